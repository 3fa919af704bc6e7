package sketch

// Heap holds items in such an order that the last of them can be had, and let go,
// at any time. It is for samples that are bounded by more than a number of items,
// or whose items are looked up by name meanwhile: there each item that goes must
// be known as it goes. Where only a number bounds the sample BottomK costs less.
//
// Each item has a key of 64 bits, which most comparisons need alone; Compare
// orders items of one key, and may be nil when there are none.
//
//	     [0]            the last of all
//	  [1]   [2]         [i] is not before [2i+1] and [2i+2]
//	[3] [4] [5] …
type Heap[T any] struct {
	Compare func(a, b T) int
	items   []ranked[T]
}

type ranked[T any] struct {
	key  uint64
	item T
}

// Len returns the number of items.
func (h *Heap[T]) Len() int { return len(h.items) }

// Last returns the last item and its key; there must be one.
func (h *Heap[T]) Last() (key uint64, item T) { return h.items[0].key, h.items[0].item }

// Item returns one of the items, 0 to Len()-1, in no particular order.
func (h *Heap[T]) Item(i int) T { return h.items[i].item }

// after is the order of the heap.
func (h *Heap[T]) after(i, j int) bool {
	a, b := &h.items[i], &h.items[j]
	if a.key != b.key || h.Compare == nil {
		return a.key > b.key
	}
	return h.Compare(a.item, b.item) > 0
}

// Push adds an item.
func (h *Heap[T]) Push(key uint64, item T) {
	h.items = append(h.items, ranked[T]{key, item})
	for i := len(h.items) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.after(i, up) {
			return
		}
		h.items[i], h.items[up] = h.items[up], h.items[i]
		i = up
	}
}

// Pop removes the last item; there must be one.
func (h *Heap[T]) Pop() T {
	last, n := h.items[0].item, len(h.items)-1
	h.items[0] = h.items[n]
	h.items[n] = ranked[T]{}
	h.items = h.items[:n]
	h.sink()
	return last
}

// ReplaceLast puts another item in the place of the last one; there must be one.
func (h *Heap[T]) ReplaceLast(key uint64, item T) {
	h.items[0] = ranked[T]{key, item}
	h.sink()
}

// sink puts the first item where it belongs.
func (h *Heap[T]) sink() {
	for i, n := 0, len(h.items); ; {
		down := 2*i + 1
		if down >= n {
			return
		}
		if down+1 < n && h.after(down+1, down) {
			down++
		}
		if !h.after(down, i) {
			return
		}
		h.items[i], h.items[down] = h.items[down], h.items[i]
		i = down
	}
}
