package sketch

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestHistogram(t *testing.T) {
	for v := int64(0); v < 1<<14; v++ {
		b := BucketOf(v)
		o, s := uint(b.octave), uint(b.sub)
		if top := bucketTop(o, s); top < v || v >= 16 && (top-v)*16 > v {
			t.Fatalf("%d: bucket %d/%d ends at %d", v, o, s, top)
		}
	}
	for _, v := range []int64{1 << 40, math.MaxInt64, math.MaxInt64 - 1, 1<<62 - 1, 1 << 62} {
		b := BucketOf(v)
		o, s := uint(b.octave), uint(b.sub)
		if top := bucketTop(o, s); top < v || o > 59 {
			t.Errorf("%d: bucket %d/%d ends at %d", v, o, s, top)
		}
	}
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		var h, a, b Histogram
		var all []int64
		for range 1 + rnd.IntN(300) {
			v := rnd.Int64N(1 << (1 + rnd.IntN(40)))
			all = append(all, v)
			h.Add(v)
			if rnd.IntN(2) == 0 {
				a.Add(v)
			} else {
				b.Add(v)
			}
		}
		slices.Sort(all)
		a.Merge(&b)
		for _, p := range []int64{1, 50, 90, 99, 100} {
			exact := all[max((int64(len(all))*p+99)/100, 1)-1]
			got := h.Quantile(p, 100)
			if got < exact || got > exact+exact/16+1 || got > all[len(all)-1] {
				t.Fatalf("p%d: %d, exact %d", p, got, exact)
			}
			if m := a.Quantile(p, 100); m != got {
				t.Fatalf("p%d merged: %d, want %d", p, m, got)
			}
		}
		if h.Quantile(1, 1) != all[len(all)-1] || h.Min != all[0] {
			t.Fatal("extremes are not exact")
		}
	}
	var one Histogram
	one.Add(1000)
	if got := one.Quantile(50, 100); got != 1000 {
		t.Errorf("a single value: %d", got)
	}
}

func TestSumSquares(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 1000 {
		var s SumSquares
		want := new(big.Int)
		for range 1 + rnd.IntN(10) {
			v := rnd.Int64N(1 << (1 + rnd.IntN(61)))
			s.Add(v)
			want.Add(want, new(big.Int).Mul(big.NewInt(v), big.NewInt(v)))
		}
		root := new(big.Int).Sqrt(want)
		if new(big.Int).Mul(root, root).Cmp(want) < 0 {
			root.Add(root, big.NewInt(1))
		}
		if root.IsInt64() && s.Root() != root.Int64() {
			t.Fatalf("root of %s: %d, want %s", want, s.Root(), root)
		}
	}
}

func TestMulDiv(t *testing.T) {
	for _, c := range [][4]int64{{3, 5, 2, 7}, {math.MaxInt64, 10, 10, math.MaxInt64}, {math.MaxInt64, 2, 1, math.MaxInt64}, {0, 5, 3, 0}} {
		if got := MulDiv(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%d*%d/%d = %d", c[0], c[1], c[2], got)
		}
	}
}

// TestSumSquaresPart compares shares of sums with those of big numbers.
func TestSumSquaresPart(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	whole := func(s SumSquares) *big.Int {
		n := new(big.Int).SetUint64(s.Hi)
		return n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(s.Lo))
	}
	for range 100_000 {
		s := SumSquares{rnd.Uint64() >> rnd.IntN(65), rnd.Uint64() >> rnd.IntN(65)}
		den := 1 + rnd.Int64N(math.MaxInt64)>>rnd.IntN(63)
		num := rnd.Int64N(den + 1)
		if rnd.IntN(10) == 0 {
			num = den
		}
		want := new(big.Int).Mul(whole(s), big.NewInt(num))
		want.Div(want, big.NewInt(den))
		part := s.Part(num, den)
		if whole(part).Cmp(want) != 0 {
			t.Fatalf("%v * %d / %d is %v, want %v", s, num, den, whole(part), want)
		}
		rest := s
		rest.Sub(part)
		if rest.Merge(part); rest != s {
			t.Fatalf("%v less %v and with it again is %v", s, part, rest)
		}
	}
}
