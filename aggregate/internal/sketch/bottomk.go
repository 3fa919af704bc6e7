package sketch

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// BottomK keeps the first N of the items offered to it, in an order that is total:
// the bottom k of a set, whatever order it comes in. The bottom k of a union are
// among the bottom k of its parts, which is why samples and top lists of sources
// merge.
//
// A heap would have the last of the N at hand all the time, at the cost of log N
// moves for each item. Here a quarter more is let in, and when there is no room
// left all behind the first N are dropped at once (Cut), by a selection in linear
// time: a few moves for each item, and only these know a new last one.
//
//	refs    [ 17  3  9  5 | 12  8 ]          keys of 64 bits, with where the item is
//	          the first N   let in since     sorted in neither half
//	blocks  [T T T …][T T T …]               items: large, and never moved
//
// While it is not Full everything belongs to the first N. Then a caller may pass
// over what comes behind Last, which is most of all, without making an item of it.
type BottomK[T any] struct {
	N       int
	Compare func(a, b *T) int // orders items of one key
	blocks  [][]T             // of blockItems
	refs    []ref             // the first Held are items; those behind are free places
	Held    int
	Last    ref  // of the first N, when others were dropped last
	Full    bool // others were dropped
}

// blockItems is how many items are allocated together.
const blockItems = 128

// ref is an item with its first sort key: smaller comes first.
type ref struct {
	Key uint64
	at  int32
}

// Place returns space for an item to be offered by Push. It may hold an item that
// was dropped, whose slices can be used again.
func (b *BottomK[T]) Place() *T {
	if b.Held == len(b.refs) {
		if b.Held == len(b.blocks)*blockItems {
			b.blocks = append(b.blocks, make([]T, blockItems))
		}
		b.refs = append(b.refs, ref{at: int32(b.Held)})
	}
	return b.Item(b.refs[b.Held])
}

// Item returns the item of a reference; it may be changed as long as its order
// stays.
func (b *BottomK[T]) Item(r ref) *T { return &b.blocks[r.at/blockItems][r.at%blockItems] }

// Push offers what Place returned, whose sort key is given. It reports whether
// items were dropped: then Last is another one.
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
