package sketch

import (
	"math"
	"math/bits"
)

// WeightUnit is what the weight of a sampled item is a multiple of: weights are
// fixed-point numbers with 16 bits behind the point.
const WeightUnit = 1 << 16

// SumCapped returns a+b for b >= 0, at most 1<<63-1.
func SumCapped(a, b int64) int64 {
	if a > 1<<63-1-b {
		return 1<<63 - 1
	}
	return a + b
}

// StandsFor returns how many keys one stands for when those up to a hash were
// taken: WeightUnit for one.
func StandsFor(cut bool, last uint64) uint64 {
	if !cut {
		return WeightUnit
	}
	w, _ := bits.Div64(WeightUnit, 0, max(last, WeightUnit+1))
	return max(w, WeightUnit)
}

// DecimalLen returns the digits of a number that is not negative.
func DecimalLen(n int64) (digits int64) {
	for digits = 1; n >= 10; n /= 10 {
		digits++
	}
	return digits
}

// Root returns the integer square root.
func Root(n int64) int64 {
	r := int64(0)
	for (r+1)*(r+1) <= n {
		r++
	}
	return r
}

// Magnitude returns |n|; the smallest int64 has one too.
func Magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// mulMod returns the remainder of a*b/c, for a, b >= 0 and c > 0.
func mulMod(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	return int64(bits.Rem64(hi, lo, uint64(c)))
}

// MulDivHalf is MulDiv, rounded half up.
func MulDivHalf(a, b, c int64) int64 {
	n := MulDiv(a, b, c)
	if rest := mulMod(a, b, c); rest >= c-rest && n < math.MaxInt64 {
		n++
	}
	return n
}

// MulDiv returns a*b/c, rounded down, for a, b >= 0 and c > 0; at most 1<<63-1.
func MulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi >= uint64(c) {
		return 1<<63 - 1
	}
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(min(q, 1<<63-1))
}
