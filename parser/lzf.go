package parser

import "slices"

// LZF (liblzf): a control byte below 32 is followed by that many plus one
// literal bytes; any other starts a back-reference of (byte>>5)+2 bytes, with
// the next byte added when the three bits are 7, at distance
// ((byte&31)<<8 | last byte) + 1. At most 264 bytes come of 3.
const (
	lzfWindow   = 8192 // the largest distance
	lzfLongest  = 264  // the most one step yields
	lzfStepIn   = 33   // the most one step takes
	cursorBytes = 128 << 10
)

// lzfHead decompresses the first bytes of an LZF string into dst and returns
// how many came out; in may be a prefix of the compressed bytes, -1 reports
// bytes no compressor writes.
func lzfHead(dst, in []byte) int {
	n := 0
	for i := 0; i < len(in) && n < len(dst); {
		c := int(in[i])
		i++
		if c < 32 {
			m := copy(dst[n:], in[i:min(i+c+1, len(in))])
			n += m
			i += c + 1
			continue
		}
		length := c >> 5
		if length == 7 {
			if i == len(in) {
				break
			}
			length += int(in[i])
			i++
		}
		if i == len(in) {
			break
		}
		from := n - ((c&31)<<8 | int(in[i])) - 1
		i++
		if from < 0 {
			return -1
		}
		for m := length + 2; m > 0 && n < len(dst); m-- {
			dst[n] = dst[from]
			n++
			from++
		}
	}
	return n
}

// InflateLZF appends to dst the first n bytes of the contents of a string whose
// LZF stream, or enough of it, is in (Key.Value with ValueLZF); it reports false,
// with dst as it was, when fewer come out or no compressor writes in.
func InflateLZF(dst, in []byte, n int) ([]byte, bool) {
	from := len(dst)
	dst = slices.Grow(dst, n)[:from+n]
	if lzfHead(dst[from:], in) != n {
		return dst[:from], false
	}
	return dst, true
}

// lzfPrefix returns how many bytes of a stream are enough for the first n bytes
// of its contents: literals are the longest.
func lzfPrefix(n int) int { return n + n/(lzfStepIn-1) + lzfStepIn + 1 }

// cursor reads the contents of one string object, decompressed, in bounded
// memory: b[p:] are the next bytes.
type cursor struct {
	sc    *scanner
	b     []byte
	p     int
	base  int64 // offset of b[0] in the contents
	rest  int64 // bytes of the contents that are not in b yet
	cleft int64 // compressed bytes not yet read
	lzf   bool
	at    int64 // offset of the string's stored bytes in the source
}

// open starts reading the contents that s, just read by strHead, announces.
func (c *cursor) open(sc *scanner, s *str) bool {
	*c = cursor{sc: sc, rest: s.n, cleft: s.stored, lzf: s.lzf, at: sc.pos()}
	if !s.lzf && s.n <= headroom {
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

// need makes n contiguous bytes available, n <= 64 KiB.
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

// drop passes over what is left without looking at it.
func (c *cursor) drop() {
	if c.lzf {
		c.rest = c.cleft
	}
	c.sc.skip(uint64(c.rest))
	c.p, c.rest, c.cleft = len(c.b), 0, 0
}

// close checks that nothing is left over.
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

func (c *cursor) corrupt(text string) bool {
	at := c.at
	if !c.lzf {
		at += c.pos()
	}
	return c.sc.failAt(at, "", &detail{ErrCorrupt, text + " (byte " + utoa(uint64(c.pos())) + " of the blob)"})
}

// refill moves the window on and brings in more bytes.
func (c *cursor) refill() bool {
	from := c.p
	if c.lzf {
		from = min(from, max(0, len(c.b)-lzfWindow))
	}
	n := copy(c.sc.win[:], c.b[from:])
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

// inflate decompresses until the window is full or the contents end.
func (c *cursor) inflate() bool {
	sc := c.sc
	out := c.b
	limit := cap(out) - lzfLongest
	ok := true
	for c.rest > 0 && len(out) <= limit {
		if c.cleft == 0 {
			ok = c.badLZF("it ends before its declared length")
			break
		}
		step := int(min(c.cleft, lzfStepIn))
		if !sc.need(step) {
			ok = false
			break
		}
		in := sc.b[sc.p : sc.p+step]
		ctl := int(in[0])
		used := 1
		if ctl < 32 {
			n := ctl + 1
			if n > len(in)-1 || int64(n) > c.rest {
				ok = c.badLZF("literals reach past its end")
				break
			}
			out = append(out, in[1:1+n]...)
			used += n
			c.rest -= int64(n)
		} else {
			n := ctl >> 5
			if n == 7 && len(in) > 1 {
				n += int(in[1])
				used++
			}
			if used >= len(in) {
				ok = c.badLZF("a back-reference is cut off")
				break
			}
			dist := ((ctl&31)<<8 | int(in[used])) + 1
			used++
			n += 2
			if dist > len(out) {
				ok = c.badLZF("a back-reference points before its start")
				break
			}
			if int64(n) > c.rest {
				ok = c.badLZF("it is longer than declared")
				break
			}
			from := len(out) - dist
			if dist >= n {
				out = append(out, out[from:from+n]...)
			} else {
				for range n {
					out = append(out, out[from])
					from++
				}
			}
			c.rest -= int64(n)
		}
		sc.p += used
		c.cleft -= int64(used)
	}
	c.b = out
	return ok
}

func (c *cursor) badLZF(text string) bool {
	return c.sc.failAt(c.at, "LZF string", &detail{ErrCorrupt, text})
}

// verifyLZF decompresses a string to prove that it can be, and to see whether
// a short one is an integer.
func (sc *scanner) verifyLZF(s *str) bool {
	c := &sc.blob
	if !c.open(sc, s) {
		return false
	}
	if s.n <= maxIntText && s.n > 0 {
		if !c.need(int(s.n)) {
			return false
		}
		s.i, s.class = intText(c.b[c.p : c.p+int(s.n)])
	}
	return c.drain() && c.close()
}
