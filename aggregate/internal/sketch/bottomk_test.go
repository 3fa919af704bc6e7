package sketch

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestBounded: whatever comes, in whatever order, the first n are kept, and an
// item is behind the last one only if it is not among them.
func TestBounded(t *testing.T) {
	type item struct{ Key, Rest uint64 }
	order := func(a, b *item) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Rest, b.Rest)) }
	rnd := rand.New(rand.NewPCG(3, 4))
	streams := map[string]func(i int) item{
		"random":     func(int) item { return item{rnd.Uint64(), 0} },
		"ties":       func(int) item { return item{rnd.Uint64N(3), rnd.Uint64N(50)} },
		"equal":      func(int) item { return item{7, 7} },
		"ascending":  func(i int) item { return item{uint64(i), 0} },
		"descending": func(i int) item { return item{1<<40 - uint64(i), 0} },
		"saw":        func(i int) item { return item{uint64(i % 37), uint64(-i)} },
	}
	for name, next := range streams {
		for _, n := range []int{0, 1, 2, 15, 16, 17, 100, 1000} {
			for _, total := range []int{0, 1, n, n + 1, n + n/4 + 16, 5000} {
				b := BottomK[item]{N: n, Compare: order}
				var all []item
				for i := range total {
					x := next(i)
					all = append(all, x)
					if b.Full && x.Key > b.Last.Key {
						continue
					}
					*b.Place() = x
					if dropped := b.Push(x.Key); dropped && n > 0 && b.Item(b.Last).Key != b.Last.Key {
						t.Fatalf("%s, %d of %d: last is not there", name, n, total)
					}
				}
				slices.SortFunc(all, func(x, y item) int { return order(&x, &y) })
				want := append([]item{}, all[:min(n, total)]...)
				if diff := gocmp.Diff(want, b.Sorted()); diff != "" {
					t.Fatalf("%s, %d of %d (-want +got):\n%s", name, n, total, diff)
				}
			}
		}
	}
}
