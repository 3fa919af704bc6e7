package parser

// cursorBytes is the window that a cursor reads through: what the last instruction
// of LZF may refer to, what one entry needs in one piece, and room to fill.
const cursorBytes = 128 << 10

// cursor reads the contents of one string object, decompressed, in bounded
// memory: b[p:] are the next bytes, as in a view.
//
// Contents that are not compressed and fit in one piece are read where they lie.
// All others come through the scanner's window, which moves on as they are read:
//
//	contents  [ read and gone | kept for references | next bytes | not read yet ]
//	window                    [      b[:p]          |   b[p:]    ]
//	                          ^ base                               rest bytes
type cursor struct {
	sc    *scanner
	b     []byte
	p     int
	base  int64 // offset of b[0] in the contents
	rest  int64 // bytes of the contents that are not in b yet
	cleft int64 // compressed bytes not yet read
	lzf   bool
	at    int64 // offset of the string's stored bytes in the source

	broken bool // what failed is the contents, not the source: see contain
}

// open starts reading the contents that s, just read by strHead, announces.
func (c *cursor) open(sc *scanner, s *str) bool {
	*c = cursor{sc: sc, rest: s.n, cleft: s.stored, lzf: s.lzf, at: sc.pos()}
	if !s.lzf && s.n <= headroom { // in one piece, where it lies
		if !sc.need(int(s.n)) {
			return false
		}
		c.b, c.rest = sc.b[sc.p:sc.p+int(s.n)], 0
		sc.p += int(s.n)
		return true
	}
	sc.salvage.inflated += s.n
	if sc.win == nil {
		var ok bool
		if sc.win, ok = spareWindows.get(); !ok {
			sc.win = new([cursorBytes]byte)
		}
	}
	c.b = sc.win[:0]
	return true
}

// pos is the offset of the next byte in the contents.
func (c *cursor) pos() int64 { return c.base + int64(c.p) }

// more reports whether bytes are left.
func (c *cursor) more() bool { return c.p < len(c.b) || c.rest > 0 }

// left is the number of bytes left.
func (c *cursor) left() int64 { return int64(len(c.b)-c.p) + c.rest }

// need makes n contiguous bytes available, n <= MaxName.
func (c *cursor) need(n int) bool {
	if len(c.b)-c.p >= n {
		return true
	}
	for len(c.b)-c.p < n {
		if c.rest == 0 {
			return c.corrupt("an entry reaches past the end of its blob")
		}
		if !c.refill() {
			return false
		}
	}
	return true
}

// skip passes over n bytes of the contents.
func (c *cursor) skip(n int64) bool {
	if n > c.left() {
		return c.corrupt("an entry reaches past the end of its blob")
	}
	for n > int64(len(c.b)-c.p) {
		n -= int64(len(c.b) - c.p)
		c.p = len(c.b)
		if !c.refill() {
			return false
		}
	}
	c.p += int(n)
	return true
}

// drain passes over everything that is left.
func (c *cursor) drain() bool { return c.skip(c.left()) }

// drop passes over what is left without looking at it, nor decompressing it.
func (c *cursor) drop() {
	if c.lzf {
		c.rest = c.cleft
	}
	c.sc.skip(uint64(c.rest))
	c.p, c.rest, c.cleft = len(c.b), 0, 0
}

// close checks that nothing is left over: neither contents nor compressed bytes.
func (c *cursor) close() bool {
	if c.sc.err != nil {
		return false
	}
	if c.left() > 0 {
		return c.corrupt(utoa(uint64(c.left())) + " bytes follow the end of the blob")
	}
	if c.cleft > 0 {
		return c.corrupt("compressed data goes on after the declared length")
	}
	return true
}

// corrupt reports contents that no server writes. Of compressed ones only the string
// itself has an offset in the source.
func (c *cursor) corrupt(text string) bool {
	at := c.at
	if !c.lzf {
		at += c.pos()
	}
	c.broken = c.broken || c.sc.err == nil
	return c.sc.failAt(at, "", &detail{ErrCorrupt, text + " (byte " + utoa(uint64(c.pos())) + " of the blob)"})
}

// refill moves the window on and brings in more bytes.
func (c *cursor) refill() bool {
	from := c.p // what is in front of it is gone, unless LZF may refer to it
	if c.lzf {
		from = min(from, max(0, len(c.b)-lzfWindow))
	}
	n := copy(c.sc.win[:], c.b[from:]) // to the window's beginning
	c.b = c.sc.win[:n]
	c.base += int64(from)
	c.p -= from
	if c.lzf {
		return c.inflate()
	}
	sc := c.sc
	if len(sc.b) == sc.p && !sc.advance() {
		return false
	}
	m := min(int64(len(sc.b)-sc.p), int64(len(c.sc.win)-n), c.rest)
	c.b = append(c.b, sc.b[sc.p:sc.p+int(m)]...)
	sc.p += int(m)
	c.rest -= m
	return true
}
