package parser

import "strconv"

// What Hooks.Members asked for is read here: the bytes of one member after the other,
// each once, in as many pieces as the buffers make of it.

// show hands the next n bytes of c to Hooks.Members' function and passes over them.
func (sc *scanner) show(c *cursor, n int64) bool {
	if n > c.left() {
		return c.skip(n) // reports it
	}
	if n == 0 {
		sc.shown(nil, true, true)
	}
	for first := true; n > 0; first = false {
		if c.p == len(c.b) && !c.refill() {
			return false
		}
		m := min(n, int64(len(c.b)-c.p))
		n -= m
		sc.shown(c.b[c.p:c.p+int(m)], first, n == 0)
		c.p += int(m)
	}
	return true
}

// shownStr reads a string object like str and hands its bytes on.
func (sc *scanner) shownStr(s *str) bool {
	if !sc.strHead(s) {
		return false
	}
	if s.class != NotInt {
		sc.shown(strconv.AppendInt(sc.digits[:0], s.i, 10), true, true)
		return true
	}
	if n := int(min(s.n, 1<<30)); !s.lzf && n <= len(sc.b)-sc.p { // nearly all
		text := sc.b[sc.p : sc.p+n]
		if n <= maxIntText {
			s.i, s.class = intText(text)
		}
		sc.p += n
		sc.shown(text, true, true)
		return true
	}
	c := &sc.blob
	ok := c.open(sc, s)
	if ok && s.n <= maxIntText {
		if ok = c.need(int(s.n)); ok {
			s.i, s.class = intText(c.b[c.p : c.p+int(s.n)])
		}
	}
	if ok && sc.show(c, s.n) && c.close() {
		return true
	}
	s.i, s.class = 0, NotInt
	return sc.contain(c, false)
}
