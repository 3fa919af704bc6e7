package keyname

import "strings"

// Glob is a pattern as SCAN MATCH and KEYS take it: * ? [a-z] [^a] and \ to
// take the next byte literally. Beyond what servers take, \xNN is the byte with that
// number, and a glob with a bracket matches the name that is printed so (Escape), too:
// what a report shows of a name can be given as a glob. It works on bytes, as the servers do
// (redis util.c, stringmatchlen), but in time len(pattern)*len(s) at most.
type Glob string

// Match reports whether the glob matches all of s.
func (g Glob) Match(s []byte) bool {
	return g.matches(s) || strings.IndexByte(string(g), '[') >= 0 && g.prints(s)
}

// prints reports whether s is printed as the glob is written.
func (g Glob) prints(s []byte) bool {
	i := 0
	for p := 0; p < len(g); i++ {
		if i == len(s) {
			return false
		}
		c, next := g[p], p+1
		if c == '\\' {
			if c, next = g.literal(p); next == p+1 {
				return false
			}
		}
		if c != s[i] {
			return false
		}
		p = next
	}
	return i == len(s)
}

// literal returns the byte that the backslash at p stands for with what follows it, and
// where the next element begins.
func (g Glob) literal(p int) (c byte, next int) {
	if p+1 == len(g) {
		return '\\', p + 1
	}
	if g[p+1] == 'x' && p+3 < len(g) {
		if high, low := hexDigit(g[p+2]), hexDigit(g[p+3]); high < 16 && low < 16 {
			return high<<4 | low, p + 4
		}
	}
	return g[p+1], p + 2
}

// hexDigit returns the value of a digit, 16 for none.
func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

func (g Glob) matches(s []byte) bool {
	p, i := 0, 0
	star, from := -1, 0 // position after the last '*', where its match ends
	for i < len(s) {
		if p < len(g) && g[p] == '*' {
			p++
			if p == len(g) {
				return true
			}
			star, from = p, i
			continue
		}
		if p < len(g) {
			if ok, next := g.one(p, s[i]); ok {
				p = next
				i++
				continue
			}
		}
		if star < 0 {
			return false
		}
		from++
		p, i = star, from
	}
	for p < len(g) && g[p] == '*' {
		p++
	}
	return p == len(g)
}

// one matches a single byte against the element at p and returns where the
// next element begins.
func (g Glob) one(p int, c byte) (ok bool, next int) {
	switch g[p] {
	case '?':
		return true, p + 1
	case '\\':
		want, next := g.literal(p)
		return want == c, next
	case '[':
		p++
		not := p < len(g) && g[p] == '^'
		if not {
			p++
		}
		hit := false
		for {
			switch {
			case p >= len(g): // an unclosed class ends with the pattern
				return hit != not, p
			case g[p] == ']':
				return hit != not, p + 1
			case g[p] == '\\' && p+1 < len(g):
				p++
				hit = hit || g[p] == c
				p++
			case p+2 < len(g) && g[p+1] == '-':
				lo, hi := g[p], g[p+2]
				if lo > hi {
					lo, hi = hi, lo
				}
				hit = hit || lo <= c && c <= hi
				p += 3
			default:
				hit = hit || g[p] == c
				p++
			}
		}
	}
	return g[p] == c, p + 1
}

// AppendGlobLiteral appends text so that a glob matches it literally.
func AppendGlobLiteral(dst []byte, text string) []byte {
	for i := range len(text) {
		switch c := text[i]; c {
		case '*', '?', '[', ']', '\\':
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// EscapedEnd reports whether a glob ends in an escaped byte.
func EscapedEnd(glob string) bool {
	n := 0
	for i := len(glob) - 2; i >= 0 && glob[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}
