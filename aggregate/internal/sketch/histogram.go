package sketch

import (
	"math/bits"
)

// Histogram counts values by size, large ones less exactly than small ones: each
// octave, from a power of two to the next, is cut into 16 buckets of one width, so
// that a bucket is at most 1/16 of its values wide. Values below 16 have a bucket
// each.
//
//	octave 0     0  1  2  3 … 15           one value each
//	octave 1    16 17 18 … 31              one value each
//	octave 2    32-33 34-35 … 62-63        two
//	octave o    from 16<<(o-1) on          1<<(o-1)
//
// It is sparse: an octave has a page of 16 counters once a value fell into it,
// found by the ones below its bit in Octaves. Histograms of all keys of a pattern
// add up bucket by bucket, whatever order keys come in; Min and Max are exact. The
// zero value is empty.
type Histogram struct {
	Octaves uint64      `part:"octaves"` // bit o set: a page for octave o is there
	Pages   [][16]int64 `part:"pages"`
	Min     int64       `part:"min,large"`
	Max     int64       `part:"max,large"`
}

// Bucket is one of a histogram.
type Bucket struct{ octave, sub uint8 }

// BucketOf returns the bucket of a value; negative values count as 0.
func BucketOf(v int64) Bucket {
	if v < 16 {
		return Bucket{0, uint8(max(v, 0))}
	}
	e := uint(bits.Len64(uint64(v))) - 1
	return Bucket{uint8(e - 3), uint8(v>>((e-4)&63)) & 15}
}

// bucketTop returns the largest value of a bucket.
func bucketTop(octave, sub uint) int64 {
	if octave == 0 {
		return int64(sub)
	}
	return int64((uint64(16+sub+1) << (octave - 1)) - 1)
}

// Add counts a value, negative ones as 0, and returns how many pages that made: hardly ever one.
func (h *Histogram) Add(v int64) (pages int) { return h.AddTo(BucketOf(v), v) }

// AddTo is Add for a value whose bucket is known.
func (h *Histogram) AddTo(b Bucket, v int64) (pages int) {
	v = max(v, 0)
	if h.Octaves == 0 {
		h.Min, h.Max = v, v
	} else if v < h.Min {
		h.Min = v
	} else if v > h.Max {
		h.Max = v
	}
	bit := uint64(1) << (b.octave & 63)
	if h.Octaves&bit == 0 {
		h.page(uint(b.octave))
		pages = 1
	}
	h.Pages[bits.OnesCount64(h.Octaves&(bit-1))][b.sub&15]++
	return pages
}

// AddN adds a value n times.
func (h *Histogram) AddN(v, n int64) {
	h.Add(v)
	b := BucketOf(v)
	h.page(uint(b.octave))[b.sub] += n - 1
}

// Take removes from h what o holds of each bucket, and from o what h does not.
// The extremes stay.
func (h *Histogram) Take(o *Histogram) {
	for oct, i := uint(0), 0; i < len(o.Pages); oct++ {
		if o.Octaves&(1<<oct) == 0 {
			continue
		}
		p := h.page(oct)
		for s, n := range &o.Pages[i] {
			n = min(n, p[s])
			o.Pages[i][s] = n
			p[s] -= n
		}
		i++
	}
}

// page returns the counters of an octave, making them when they are not there.
func (h *Histogram) page(o uint) *[16]int64 {
	i := bits.OnesCount64(h.Octaves & (1<<o - 1))
	if h.Octaves&(1<<o) == 0 {
		h.Octaves |= 1 << o
		h.Pages = append(h.Pages, [16]int64{})
		copy(h.Pages[i+1:], h.Pages[i:])
		h.Pages[i] = [16]int64{}
	}
	return &h.Pages[i]
}

// Merge adds the values of o.
func (h *Histogram) Merge(o *Histogram) {
	if o.Octaves == 0 {
		return
	}
	if h.Octaves == 0 {
		h.Min, h.Max = o.Min, o.Max
	}
	h.Min, h.Max = min(h.Min, o.Min), max(h.Max, o.Max)
	for oct, i := uint(0), 0; i < len(o.Pages); oct++ {
		if o.Octaves&(1<<oct) == 0 {
			continue
		}
		p := h.page(oct)
		for s, n := range &o.Pages[i] {
			p[s] += n
		}
		i++
	}
}

// Count returns how many values were added.
func (h *Histogram) Count() (n int64) {
	for i := range h.Pages {
		for _, c := range &h.Pages[i] {
			n += c
		}
	}
	return n
}

// Quantile returns the value of nearest rank for the share num/den: the upper
// edge of its bucket, clamped to the exact extremes; 0 when empty.
func (h *Histogram) Quantile(num, den int64) int64 {
	n := h.Count()
	if n == 0 {
		return 0
	}
	// ceil(n*num/den) without overflow for any n.
	rank := n/den*num + (n%den*num+den-1)/den
	rank = min(max(rank, 1), n)
	for oct, i := uint(0), 0; i < len(h.Pages); oct++ {
		if h.Octaves&(1<<oct) == 0 {
			continue
		}
		for s, c := range &h.Pages[i] {
			if rank -= c; rank <= 0 {
				return min(max(bucketTop(oct, uint(s)), h.Min), h.Max)
			}
		}
		i++
	}
	return h.Max
}

// SumSquares is a 128-bit sum of squares: bounds of independent errors add as
// the root of it.
type SumSquares struct {
	Hi uint64 `part:"hi"`
	Lo uint64 `part:"lo"`
}

// Add adds the square of v.
func (s *SumSquares) Add(v int64) {
	v = max(v, -v)
	s.addProduct(v, v)
}

// addProduct adds a*b, neither negative.
func (s *SumSquares) addProduct(a, b int64) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	s.Merge(SumSquares{hi, lo})
}

// Merge adds o.
func (s *SumSquares) Merge(o SumSquares) {
	var c uint64
	s.Lo, c = bits.Add64(s.Lo, o.Lo, 0)
	s.Hi, _ = bits.Add64(s.Hi, o.Hi, c)
}

// Sub takes away what was added before.
func (s *SumSquares) Sub(o SumSquares) {
	var borrow uint64
	s.Lo, borrow = bits.Sub64(s.Lo, o.Lo, 0)
	s.Hi, _ = bits.Sub64(s.Hi, o.Hi, borrow)
}

// Part returns the share num/den of the sum, rounded down, 0 <= num <= den and
// den > 0.
func (s SumSquares) Part(num, den int64) SumSquares {
	n, d := uint64(num), uint64(den)
	// Long division by words of the product, of 192 bits:
	//
	//	 Hi·n             high, low
	//	      Lo·n              mid, least
	high, low := bits.Mul64(s.Hi, n)
	hi, rest := bits.Div64(high, low, d) // high < d, since n <= d
	mid, least := bits.Mul64(s.Lo, n)
	mid, carry := bits.Add64(mid, rest, 0) // rest < d and mid < d
	if carry > 0 || mid >= d {
		hi++
		mid -= d
	}
	lo, _ := bits.Div64(mid, least, d)
	return SumSquares{hi, lo}
}

// Root returns the square root, rounded up, at most 1<<63-1.
func (s SumSquares) Root() int64 {
	if s.Hi == 0 && s.Lo == 0 {
		return 0
	}
	if s.Hi >= 1<<62 {
		return 1<<63 - 1
	}
	// The smallest r with r*r >= s, one bit at a time.
	var r uint64
	for bit := uint64(1) << 62; bit > 0; bit >>= 1 {
		t := r | bit
		if hi, lo := bits.Mul64(t-1, t-1); hi < s.Hi || hi == s.Hi && lo < s.Lo {
			r = t // (t-1)² < s: the root is at least t
		}
	}
	return int64(r)
}
