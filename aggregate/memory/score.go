package memory

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/rdblens/rdblens/parser"
)

// scoreEntry returns the text length of a sorted set's score as an entry of a
// packed encoding, and its class when the entry is an integer.
func scoreEntry(form scoreForm, v float64) (n int64, class parser.IntClass) {
	switch {
	case math.IsNaN(v):
		return 3, parser.NotInt
	case math.IsInf(v, 1):
		return 3, parser.NotInt
	case math.IsInf(v, -1):
		return 4, parser.NotInt
	}
	if i, ok := integralScore(form, v); ok {
		return decimalLen(i), parser.ClassOf(i)
	}
	if form == scoreShortest {
		return shortestLen(v)
	}
	return printfLen(v)
}

// integralScore reports whether a score is stored as an integer without being
// formatted as a float first.
func integralScore(form scoreForm, v float64) (int64, bool) {
	if form == scorePrintfOld {
		// util.c d2string, Redis 6.2: within ±2^52; "-0" for negative zero.
		const limit = 1 << 52
		if v > -limit+1 && v < limit && (v != 0 || !math.Signbit(v)) && v == float64(int64(v)) {
			return int64(v), true
		}
		return 0, false
	}
	// util.c double2ll, Redis 7.0: within half of int64, ends included.
	const limit = 1 << 62
	if v >= -limit && v <= limit && v == float64(int64(v)) {
		return int64(v), true
	}
	return 0, false
}

// printfLen returns the length of v under "%.17g" (util.c d2string up to 7.0)
// and its class should that text be an integer.
func printfLen(v float64) (int64, parser.IntClass) {
	if v == 0 { // only negative zero gets here
		return 2, parser.NotInt
	}
	var buf [32]byte
	text := strconv.AppendFloat(buf[:0], v, 'g', 17, 64)
	for i, c := range text {
		if c < '0' && (c != '-' || i > 0) || c > '9' {
			return int64(len(text)), parser.NotInt
		}
	}
	return int64(len(text)), parser.ClassOf(int64(v))
}

// shortestLen returns the length of v as fpconv_dtoa prints it and its class
// should that text be an int64 (deps/fpconv/fpconv_dtoa.c emit_digits).
func shortestLen(v float64) (int64, parser.IntClass) {
	sign := 0
	if v < 0 {
		v, sign = -v, 1
	}
	d := grisu2(v)
	magnitude := d.exp + d.n - 1 // exponent of the first digit
	abs := max(magnitude, -magnitude)
	switch {
	case d.exp >= 0 && abs < d.n+7:
		n := int64(sign + d.n + d.exp)
		if d.n+d.exp <= 19 {
			hi, i := bits.Mul64(d.digits, pow10[d.exp])
			if hi == 0 && i <= math.MaxInt64+uint64(sign) {
				if sign == 1 {
					i = -i
				}
				return n, parser.ClassOf(int64(i))
			}
		}
		return n, parser.NotInt
	case d.exp < 0 && (d.exp > -7 || abs < 4):
		if d.n+d.exp <= 0 { // 0.00ddd
			return int64(sign + 2 - d.exp), parser.NotInt
		}
		return int64(sign + d.n + 1), parser.NotInt
	}
	digits := min(d.n, 18-sign)
	n := sign + digits + len("e+")
	if digits > 1 {
		n++ // the point
	}
	return int64(n) + decimalLen(int64(abs)), parser.NotInt
}

// pow10 holds the powers of ten that can follow at least one digit in an int64.
var pow10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// decimalLen returns the length of v as decimal text.
func decimalLen(v int64) int64 {
	sign := uint64(v) >> 63
	u := (uint64(v) ^ -sign + sign) | 1 // the last digit does not matter
	n := bits.Len64(u) * 1233 >> 12     // 1233/4096 is just over log10(2)
	if n < len(pow10) && u >= pow10[n] {
		n++
	}
	return int64(n) + int64(sign)
}
