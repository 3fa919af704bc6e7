package aggregate

import "math/bits"

// histogram counts values in log2 buckets of 16 sub-buckets, values below 16
// exactly. It is sparse: an octave takes memory once a value fell into it. The
// zero value is empty.
type histogram struct {
	Octaves uint64 // bit o set: a page for octave o is there
	Pages   [][16]int64
	Min     int64
	Max     int64
}

// bucket is one of a histogram.
type bucket struct{ octave, sub uint8 }

// bucketOf returns the bucket of a value; negative values count as 0.
func bucketOf(v int64) bucket {
	if v < 16 {
		return bucket{0, uint8(max(v, 0))}
	}
	e := uint(bits.Len64(uint64(v))) - 1
	return bucket{uint8(e - 3), uint8(v>>((e-4)&63)) & 15}
}

// bucketTop returns the largest value of a bucket.
func bucketTop(octave, sub uint) int64 {
	if octave == 0 {
		return int64(sub)
	}
	return int64((uint64(16+sub+1) << (octave - 1)) - 1)
}

// add counts a value and returns how many pages that made: hardly ever one.
func (h *histogram) add(v int64) (pages int) { return h.addTo(bucketOf(v), v) }

// addTo is add for a value whose bucket is known.
func (h *histogram) addTo(b bucket, v int64) (pages int) {
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

// addN adds a value n times.
func (h *histogram) addN(v, n int64) {
	h.add(v)
	b := bucketOf(v)
	h.page(uint(b.octave))[b.sub] += n - 1
}

// take removes from h what o holds of each bucket, and from o what h does not.
// The extremes stay.
func (h *histogram) take(o *histogram) {
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
func (h *histogram) page(o uint) *[16]int64 {
	i := bits.OnesCount64(h.Octaves & (1<<o - 1))
	if h.Octaves&(1<<o) == 0 {
		h.Octaves |= 1 << o
		h.Pages = append(h.Pages, [16]int64{})
		copy(h.Pages[i+1:], h.Pages[i:])
		h.Pages[i] = [16]int64{}
	}
	return &h.Pages[i]
}

func (h *histogram) merge(o *histogram) {
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

func (h *histogram) count() (n int64) {
	for i := range h.Pages {
		for _, c := range &h.Pages[i] {
			n += c
		}
	}
	return n
}

// quantile returns the value of nearest rank for the share num/den: the upper
// edge of its bucket, clamped to the exact extremes; 0 when empty.
func (h *histogram) quantile(num, den int64) int64 {
	n := h.count()
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

// sumSquares is a 128-bit sum of squares: bounds of independent errors add as
// the root of it.
type sumSquares struct{ Hi, Lo uint64 }

func (s *sumSquares) add(v int64) {
	v = max(v, -v)
	s.addProduct(v, v)
}

// addProduct adds a*b, neither negative.
func (s *sumSquares) addProduct(a, b int64) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	s.merge(sumSquares{hi, lo})
}

func (s *sumSquares) merge(o sumSquares) {
	var c uint64
	s.Lo, c = bits.Add64(s.Lo, o.Lo, 0)
	s.Hi, _ = bits.Add64(s.Hi, o.Hi, c)
}

// root returns the square root, rounded up, at most 1<<63-1.
func (s sumSquares) root() int64 {
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
