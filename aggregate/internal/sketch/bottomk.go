package sketch

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// BottomK keeps the first n of the items offered to it, in an order that is
// total. It lets a few more in and drops all behind the first n when there is no
// room left, which costs less than to have the last one known all the time.
type BottomK[T any] struct {
	N       int
	Compare func(a, b *T) int
	blocks  [][]T // of blockItems: what is kept is never moved
	refs    []ref // the first held are items; those behind are free places
	Held    int
	Last    ref // of the first n, when the rest was dropped last
	Full    bool
}

// blockItems is how many items are allocated together.
const blockItems = 128

// ref is an item with its first sort key: smaller comes first.
type ref struct {
	Key uint64
	at  int32
}

// Place returns space for an item to be offered. It may hold an item of old,
// whose slices can be used again.
func (b *BottomK[T]) Place() *T {
	if b.Held == len(b.refs) {
		if b.Held == len(b.blocks)*blockItems {
			b.blocks = append(b.blocks, make([]T, blockItems))
		}
		b.refs = append(b.refs, ref{at: int32(b.Held)})
	}
	return b.Item(b.refs[b.Held])
}

func (b *BottomK[T]) Item(r ref) *T { return &b.blocks[r.at/blockItems][r.at%blockItems] }

// Push offers what place holds, whose sort key is given. It reports whether
// items were dropped: then last is another.
func (b *BottomK[T]) Push(key uint64) bool {
	b.refs[b.Held].Key = key
	b.Held++
	if b.Held < b.N+max(b.N/4, 16) {
		return false
	}
	b.Cut()
	return true
}

// Cut drops what is behind the first n.
func (b *BottomK[T]) Cut() {
	if b.Held < b.N || b.N == 0 {
		b.Held = min(b.Held, b.N)
		return
	}
	b.choose()
	b.Held, b.Last, b.Full = b.N, b.refs[b.N-1], true
}

// choose puts the first n of what is held in front, the last of them at n-1.
// Pivots are random: no order of keys makes it slow.
func (b *BottomK[T]) choose() {
	lo, hi := 0, b.Held-1
	for lo < hi {
		pivot := b.refs[lo+rand.IntN(hi-lo+1)]
		i, j := lo, hi
		for i <= j {
			for b.after(pivot, b.refs[i]) {
				i++
			}
			for b.after(b.refs[j], pivot) {
				j--
			}
			if i <= j {
				b.refs[i], b.refs[j] = b.refs[j], b.refs[i]
				i++
				j--
			}
		}
		switch {
		case b.N-1 <= j:
			hi = j
		case b.N-1 >= i:
			lo = i
		default:
			return
		}
	}
}

// after orders references.
func (b *BottomK[T]) after(x, y ref) bool { return b.order(x, y) > 0 }

func (b *BottomK[T]) order(x, y ref) int {
	if c := cmp.Compare(x.Key, y.Key); c != 0 || x.at == y.at {
		return c
	}
	return b.Compare(b.Item(x), b.Item(y))
}

// Sorted returns the first n in order; the list must not be used afterwards.
func (b *BottomK[T]) Sorted() []T {
	b.Cut()
	kept := b.refs[:b.Held]
	slices.SortFunc(kept, b.order)
	out := make([]T, len(kept))
	for i, r := range kept {
		out[i] = *b.Item(r)
	}
	b.blocks = nil
	return out
}
