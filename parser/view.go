package parser

import "io"

// view is what the scanner sees of its source: b holds the bytes of the current
// buffer, with what was unread of the one before it in front.
//
//	buf.mem   [ headroom                 | data              ]
//	                 [ unread of before  | data              ]
//	b                ^ b[0] is at offset base
//	                        ^ b[p] is the next unread byte
//
// So whatever has at most headroom bytes (every number, every name that is kept)
// can be had in one piece wherever the source's buffers end: see need.
type view struct {
	b    []byte
	p    int
	base int64
	buf  *buffer
}

// pos is the offset of the next unread byte.
func (v *view) pos() int64 { return v.base + int64(v.p) }

// need makes n contiguous bytes available, n <= headroom.
func (sc *scanner) need(n int) bool {
	if len(sc.b)-sc.p >= n {
		return true
	}
	for len(sc.b)-sc.p < n {
		if !sc.advance() {
			return false
		}
	}
	return true
}

// advance moves on to the next buffer and takes the unread tail along. Where there
// is none, that is the failure: at the end of the source the dump is truncated.
func (sc *scanner) advance() bool {
	if sc.outer != nil {
		return sc.advanceInner()
	}
	if sc.buf != nil && sc.buf.err != nil {
		if sc.buf.err == io.EOF {
			sc.p = len(sc.b) // the offset of a truncation is the end of the source
			return sc.fail("", ErrTruncated)
		}
		return sc.fail("read", sc.buf.err)
	}
	var next *buffer
	select {
	case next = <-sc.in.out:
	case <-sc.stop:
	}
	if next == nil {
		return sc.fail("read", ErrClosed)
	}
	sc.enter(next)
	sc.offset.Store(sc.base)
	return true
}

// enter makes next the current buffer, with the unread tail in front of its data.
// The buffer that is left goes back to the input, unless a batch holds it.
func (sc *scanner) enter(next *buffer) {
	tail := sc.b[sc.p:]
	from := headroom - len(tail)
	copy(next.mem[from:], tail)
	if sc.cap.on {
		sc.keepCaptured(sc.p)
		sc.cap.from = 0
	}
	sc.base += int64(sc.p)
	if sc.buf != nil {
		sc.crossed = sc.crossed || sc.bufHeld
		sc.buf.release()
	}
	sc.buf, sc.bufHeld = next, false
	sc.b, sc.p = next.mem[from:headroom+next.n], 0
}

// skip passes over n bytes, however many: of a value that nobody wants to see no
// more than a buffer is ever there.
func (sc *scanner) skip(n uint64) bool {
	for n > uint64(len(sc.b)-sc.p) {
		n -= uint64(len(sc.b) - sc.p)
		sc.p = len(sc.b)
		if !sc.advance() {
			return false
		}
	}
	sc.p += int(n)
	return true
}

// hold keeps the current buffer alive for the open batch, whose names lie in it.
func (sc *scanner) hold() {
	if !sc.bufHeld {
		sc.buf.refs.Add(1)
		sc.batch.held = append(sc.batch.held, sc.buf)
		sc.bufHeld = true
	}
}

// --- records as stored ---

// capture collects the stored bytes of the open record, for Key.Raw and to search
// again what damage took with it.
type capture struct {
	on   bool
	from int // index in view.b of what is not in buf yet
	max  int64
	buf  []byte
}

// mark starts capturing a record when records are captured. It is not known yet
// whose record it is, as its attributes stand in front of its name.
func (sc *scanner) mark() {
	if sc.hooks.Record != nil || sc.opts.Salvage {
		// Without salvage only attributes need to be kept until the key is known.
		limit := int64(1 << 20)
		if sc.opts.Salvage {
			limit = salvageRecord
		}
		sc.cap = capture{on: true, from: sc.p, max: limit, buf: sc.cap.buf[:0]}
	}
}

// keepCaptured appends b[from:to] to the captured record.
func (sc *scanner) keepCaptured(to int) {
	c := &sc.cap
	if int64(len(c.buf))+int64(to-c.from) > c.max {
		c.on, c.buf = false, nil
		return
	}
	c.buf = append(c.buf, sc.b[c.from:to]...)
	c.from = to
}

// keepRaw hands the captured record over with the open key.
func (sc *scanner) keepRaw(limit int64) {
	if sc.keepCaptured(sc.p); sc.cap.on && int64(len(sc.cap.buf)) <= limit {
		sc.k.Raw = sc.cap.buf
	}
	sc.cap = capture{}
}
