package parser

import "slices"

// LZF (liblzf's lzf_c.c and lzf_d.c; Redis compresses strings of more than 20 bytes
// with it) is a run of two instructions, told apart by the first three bits:
//
//	literals         000nnnnn  n+1 bytes
//	                 up to 32 bytes that are copied as they are
//
//	back-reference   lllddddd           dddddddd     l = 1..6
//	                 111ddddd llllllll  dddddddd     l = 7 + the second byte
//	                 l+2 bytes that were put out d+1 bytes ago
//
// A reference may reach into what it puts out itself: "d = 0" repeats the last
// byte. At most 264 bytes come of 3, so 88 is the most that a stream expands.
const (
	lzfWindow  = 8192 // the largest distance
	lzfLongest = 264  // the most one instruction yields
	lzfStepIn  = 33   // the most one instruction takes
)

// lzfHead decompresses the first bytes of an LZF stream into dst and returns how
// many came out. in may be a prefix of the stream. -1 reports bytes that no
// compressor writes.
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

// inflate runs instructions until the window is full or the contents end. Within its
// caller, where profiles put it, it takes a third more time: measured with check.
//
//go:noinline
func (c *cursor) inflate() bool {
	sc := c.sc
	out := c.b
	limit := cap(out) - lzfLongest
	ok := true
	// An instruction is looked at whole before any of it counts: its bytes, what it
	// refers to, and that it yields no more than was declared.
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
		if ctl < 32 { // literals
			n := ctl + 1
			if n > len(in)-1 || int64(n) > c.rest {
				ok = c.badLZF("literals reach past its end")
				break
			}
			out = append(out, in[1:1+n]...)
			used += n
			c.rest -= int64(n)
		} else {
			n := ctl >> 5 // a back-reference
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
			// A reference into its own output goes byte by byte: what it copies may
			// not be there before.
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

// badLZF reports a stream that no compressor writes.
func (c *cursor) badLZF(text string) bool {
	c.broken = c.broken || c.sc.err == nil
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
