package rows

import (
	"bytes"
	"cmp"
	"container/heap"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
)

// MaxLargest bounds what NewLargest keeps in memory.
const MaxLargest = 100_000

// NewLargest returns a writer that hands the n largest rows on to w when it is closed,
// the largest first: by size, rows of one size in the order in which they came. It holds
// n rows, with the names of their keys.
func NewLargest(w Writer, n int) Writer { return &largest{w: w, n: n} }

// largest is a heap whose root is the row to be dropped next.
type largest struct {
	w      Writer
	n      int
	rows   []keptRow
	seen   int64
	closed bool
}

type keptRow struct {
	aggregate.Row
	at int64 // its place in the order in which they came
}

func (l *largest) Len() int           { return len(l.rows) }
func (l *largest) Swap(i, j int)      { l.rows[i], l.rows[j] = l.rows[j], l.rows[i] }
func (l *largest) Less(i, j int) bool { return bySize(&l.rows[i], &l.rows[j]) > 0 }
func (l *largest) Push(x any)         { l.rows = append(l.rows, x.(keptRow)) }
func (l *largest) Pop() any           { panic("rows are replaced, not taken out") }

// bySize orders rows as they are written.
func bySize(a, b *keptRow) int {
	return cmp.Or(cmp.Compare(b.Size.Bytes, a.Size.Bytes), cmp.Compare(a.at, b.at))
}

func (l *largest) WriteRow(r *aggregate.Row) error {
	if l.closed {
		return ErrClosed
	}
	at := l.seen
	l.seen++
	if len(l.rows) == l.n {
		if l.n == 0 || r.Size.Bytes <= l.rows[0].Size.Bytes {
			return nil
		}
		own(&l.rows[0], r, at)
		heap.Fix(l, 0)
		return nil
	}
	var k keptRow
	own(&k, r, at)
	heap.Push(l, k)
	return nil
}

// own copies a row, whose bytes are only lent.
func own(k *keptRow, r *aggregate.Row, at int64) {
	key, pattern := append(k.Key[:0], r.Key...), append(k.Pattern[:0], r.Pattern...)
	if cap(key) > 2*len(key)+64 { // the name before was a long one
		key = bytes.Clone(key)
	}
	k.Row, k.at = *r, at
	k.Key, k.Pattern, k.Source, k.TypeName = key, pattern, strings.Clone(r.Source), strings.Clone(r.TypeName)
}

// Close writes the rows.
func (l *largest) Close() error {
	if l.closed {
		return l.w.Close()
	}
	l.closed = true
	slices.SortFunc(l.rows, func(a, b keptRow) int { return bySize(&a, &b) })
	for i := range l.rows {
		if err := l.w.WriteRow(&l.rows[i].Row); err != nil {
			return err
		}
	}
	l.rows = nil
	return l.w.Close()
}
