package parser

import "strconv"

// maxIntText is the length of the longest int64 text, "-9223372036854775808".
const maxIntText = 20

// intText parses a canonical int64 text: no plus sign, no leading zeros, no
// "-0" (string2ll, util.c).
func intText(b []byte) (int64, IntClass) {
	if len(b) == 0 || len(b) > maxIntText {
		return 0, NotInt
	}
	i, neg := 0, false
	if b[0] == '-' {
		if len(b) == 1 {
			return 0, NotInt
		}
		neg, i = true, 1
	}
	c := b[i]
	if c < '1' || c > '9' {
		if c == '0' && len(b) == 1 {
			return 0, Int4
		}
		return 0, NotInt
	}
	var v uint64
	for _, c := range b[i:] {
		d := uint64(c - '0')
		if d > 9 {
			return 0, NotInt
		}
		// At most 19 digits fit in the sum before the check: 20 digits overflow to be refused here.
		if v > (1<<63)/10 {
			return 0, NotInt
		}
		v = v*10 + d
	}
	if neg {
		if v > 1<<63 {
			return 0, NotInt
		}
		return -int64(v), ClassOf(-int64(v))
	}
	if v > 1<<63-1 {
		return 0, NotInt
	}
	return int64(v), ClassOf(int64(v))
}

// digits returns the length of v's decimal text.
func digits(v int64) int64 {
	n := int64(1)
	u := uint64(v)
	if v < 0 {
		n, u = 2, -u
	}
	for u >= 10 {
		n++
		u /= 10
	}
	return n
}

func appendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }
func utoa(v uint64) string                 { return strconv.FormatUint(v, 10) }
func hexByte(c byte) string                { return "0x" + strconv.FormatUint(uint64(c), 16) }
func quote(b []byte) string                { return "\"" + Escape(b) + "\"" }
