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

// TestHeap compares a heap with a sorted list.
func TestHeap(t *testing.T) {
	type item struct{ Key, Rest uint64 }
	order := func(a, b item) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Rest, b.Rest)) }
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, keys := range []uint64{1, 3, 1 << 20} {
		h := Heap[item]{Compare: func(a, b item) int { return cmp.Compare(a.Rest, b.Rest) }}
		var all []item
		for i := range 5000 {
			x := item{rnd.Uint64N(keys), uint64(rnd.IntN(50))<<32 | uint64(i)}
			switch n := len(all); {
			case n > 0 && rnd.IntN(3) == 0:
				if got := h.Pop(); got != all[n-1] {
					t.Fatalf("step %d: popped %v, want %v", i, got, all[n-1])
				}
				all = all[:n-1]
			case n > 0 && rnd.IntN(4) == 0:
				h.ReplaceLast(x.Key, x)
				all[n-1] = x
			default:
				h.Push(x.Key, x)
				all = append(all, x)
			}
			slices.SortFunc(all, order)
			if h.Len() != len(all) {
				t.Fatalf("step %d: %d items, want %d", i, h.Len(), len(all))
			}
			if n := len(all); n > 0 {
				if key, got := h.Last(); key != all[n-1].Key || got != all[n-1] {
					t.Fatalf("step %d: the last is %v, want %v", i, got, all[n-1])
				}
			}
		}
		var got []item
		for i := range h.Len() {
			got = append(got, h.Item(i))
		}
		slices.SortFunc(got, order)
		if !slices.Equal(got, all) {
			t.Errorf("%d keys: other items than were put in", keys)
		}
	}
}
