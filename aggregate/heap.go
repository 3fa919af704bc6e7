package aggregate

// bounded keeps the first n of the items offered to it, in an order that is
// total: a heap of references with the last item on top, so that items stay
// where they are.
type bounded[T any] struct {
	n       int
	compare func(a, b *T) int
	items   []T
	heap    []ref
	spare   T // space for the item being offered
}

// ref is an item with its first sort key: smaller comes first.
type ref struct {
	key uint64
	at  int32
}

func (b *bounded[T]) full() bool { return len(b.heap) == b.n }

// last returns the sort key of the last item that is kept, and the item.
func (b *bounded[T]) last() (uint64, *T) { return b.heap[0].key, &b.items[b.heap[0].at] }

func (b *bounded[T]) after(x, y ref) bool {
	if x.key != y.key {
		return x.key > y.key
	}
	return b.compare(&b.items[x.at], &b.items[y.at]) > 0
}

// push offers spare, whose sort key is given. Afterwards spare is space again.
func (b *bounded[T]) push(key uint64) {
	if !b.full() {
		r := ref{key, int32(len(b.items))}
		b.items = append(b.items, b.spare)
		b.spare = *new(T)
		b.heap = append(b.heap, r)
		i := len(b.heap) - 1
		for ; i > 0; i = (i - 1) / 2 {
			up := (i - 1) / 2
			if !b.after(r, b.heap[up]) {
				break
			}
			b.heap[i] = b.heap[up]
		}
		b.heap[i] = r
		return
	}
	if b.n == 0 {
		return
	}
	top, item := b.last()
	if key > top || key == top && b.compare(&b.spare, item) >= 0 {
		return
	}
	*item, b.spare = b.spare, *item
	r := ref{key, b.heap[0].at}
	i := 0
	for {
		down := 2*i + 1
		if down >= len(b.heap) {
			break
		}
		if down+1 < len(b.heap) && b.after(b.heap[down+1], b.heap[down]) {
			down++
		}
		if !b.after(b.heap[down], r) {
			break
		}
		b.heap[i] = b.heap[down]
		i = down
	}
	b.heap[i] = r
}
