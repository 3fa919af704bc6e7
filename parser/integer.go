package parser

import (
	"math/bits"
	"strconv"
)

// IntClass says whether a string is a canonical int64 text and, if so, in which
// range it lies; every packed encoding sizes an integer by one of these ranges.
type IntClass uint8

const (
	NotInt IntClass = iota
	Int4            // 0..12
	Int7            // 13..127
	Int8            // -128..-1
	Int13           // -4096..-129 and 128..4095
	Int16           // the rest of int16
	Int24           // the rest of int24
	Int32           // the rest of int32
	Int64           // the rest of int64
)

// ClassOf returns the class of an integer.
func ClassOf(v int64) IntClass {
	sign := v >> 63
	class := classes[sign&1][bits.Len64(uint64(v^sign))]
	if class == Int4 && v > 12 {
		class = Int7
	}
	return class
}

// classes are the classes of integers that are not negative, and of those that are,
// by the bits they take without the sign: no comparison with eight bounds for each
// integer. Int4 ends at 12, within the integers of four bits, which ClassOf mends.
var classes = func() (t [2][65]IntClass) {
	for n := range t[0] {
		wide := Int64
		switch {
		case n <= 12:
			wide = Int13
		case n <= 15:
			wide = Int16
		case n <= 23:
			wide = Int24
		case n <= 31:
			wide = Int32
		}
		t[0][n], t[1][n] = wide, wide
		if n <= 7 {
			t[0][n], t[1][n] = Int7, Int8
		}
		if n <= 4 {
			t[0][n] = Int4
		}
	}
	return t
}()

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
	sign := uint64(v) >> 63
	u := (uint64(v) ^ -sign + sign) | 1 // the last digit does not matter
	n := bits.Len64(u) * 1233 >> 12     // 1233/4096 is just over log10(2)
	if u >= powersOf10[n] {
		n++
	}
	return int64(n) + int64(sign)
}

var powersOf10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

func appendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }
func utoa(v uint64) string                 { return strconv.FormatUint(v, 10) }
func hexByte(c byte) string                { return "0x" + strconv.FormatUint(uint64(c), 16) }
func quote(b []byte) string                { return "\"" + Escape(b) + "\"" }
