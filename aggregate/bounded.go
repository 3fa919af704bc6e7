package aggregate

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// bounded keeps the first n of the items offered to it, in an order that is
// total. It lets a few more in and drops all behind the first n when there is no
// room left, which costs less than to have the last one known all the time.
type bounded[T any] struct {
	n       int
	compare func(a, b *T) int
	blocks  [][]T // of blockItems: what is kept is never moved
	refs    []ref // the first held are items; those behind are free places
	held    int
	last    ref // of the first n, when the rest was dropped last
	full    bool
}

// blockItems is how many items are allocated together.
const blockItems = 128

// ref is an item with its first sort key: smaller comes first.
type ref struct {
	key uint64
	at  int32
}

// place returns space for an item to be offered. It may hold an item of old,
// whose slices can be used again.
func (b *bounded[T]) place() *T {
	if b.held == len(b.refs) {
		if b.held == len(b.blocks)*blockItems {
			b.blocks = append(b.blocks, make([]T, blockItems))
		}
		b.refs = append(b.refs, ref{at: int32(b.held)})
	}
	return b.item(b.refs[b.held])
}

func (b *bounded[T]) item(r ref) *T { return &b.blocks[r.at/blockItems][r.at%blockItems] }

// push offers what place holds, whose sort key is given. It reports whether
// items were dropped: then last is another.
func (b *bounded[T]) push(key uint64) bool {
	b.refs[b.held].key = key
	b.held++
	if b.held < b.n+max(b.n/4, 16) {
		return false
	}
	b.cut()
	return true
}

// cut drops what is behind the first n.
func (b *bounded[T]) cut() {
	if b.held < b.n || b.n == 0 {
		b.held = min(b.held, b.n)
		return
	}
	b.choose()
	b.held, b.last, b.full = b.n, b.refs[b.n-1], true
}

// choose puts the first n of what is held in front, the last of them at n-1.
// Pivots are random: no order of keys makes it slow.
func (b *bounded[T]) choose() {
	lo, hi := 0, b.held-1
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
		case b.n-1 <= j:
			hi = j
		case b.n-1 >= i:
			lo = i
		default:
			return
		}
	}
}

// after orders references.
func (b *bounded[T]) after(x, y ref) bool { return b.order(x, y) > 0 }

func (b *bounded[T]) order(x, y ref) int {
	if c := cmp.Compare(x.key, y.key); c != 0 || x.at == y.at {
		return c
	}
	return b.compare(b.item(x), b.item(y))
}

// sorted returns the first n in order; the list must not be used afterwards.
func (b *bounded[T]) sorted() []T {
	b.cut()
	kept := b.refs[:b.held]
	slices.SortFunc(kept, b.order)
	out := make([]T, len(kept))
	for i, r := range kept {
		out[i] = *b.item(r)
	}
	b.blocks = nil
	return out
}
