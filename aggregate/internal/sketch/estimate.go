package sketch

import (
	"math/bits"
)

// Estimate is the bytes of some keys as those of them in a priority sample tell
// (counters/sample.go draws the sample). With t the threshold, a key is in it with a
// probability of min(1, size/t), and counts max(size, t) bytes: on average its
// size, so sums are right on average whatever keys they are over.
type Estimate struct {
	Memory int64
	weight int64 // what a key smaller than it stands for; 0 when the sample is all keys
	small  int64 // such keys
}

// Add counts a sampled key of a size.
func (e *Estimate) Add(size, weight int64) {
	e.weight = weight
	if size >= weight {
		e.Memory += size
		return
	}
	e.Memory += weight
	e.small++
}

// Bound is how far the sum may be from the exact one. Keys smaller than the
// weight are sampled with a probability of size/weight, so the number of those
// in the sample has at most the variance of a Poisson distribution; the interval
// for its mean from n of them, the score interval, reaches z²/2 + z·√(n + z²/4)
// above n; here z = 4: of 30,000 sums one is off by more. Sums of which nothing
// was sampled are within it, too.
func (e *Estimate) Bound() int64 {
	if e.weight == 0 {
		return 0
	}
	var v SumSquares
	n := MulDiv(16*(e.small+4), e.weight, 1)
	v.addProduct(n, e.weight)
	return min(MulDiv(8, e.weight, 1), 1<<62) + min(v.Root(), 1<<62-1)
}

// RankWeight is what a key of a sample with this threshold stands for.
func RankWeight(t uint64) int64 {
	if t < 2 {
		return 1<<63 - 1
	}
	q, _ := bits.Div64(1, 0, t)
	return int64(min(q, 1<<63-1))
}
