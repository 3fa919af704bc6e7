package aggregate

import (
	"cmp"
	"encoding/binary"
	"math/bits"

	"github.com/rdblens/rdblens/aggregate/memory"
)

// minTop is the least number of keys a top list keeps, whatever it shows.
const minTop = 1000

// topKey is a key of a top list, plain data.
type topKey struct {
	Value     int64 // what the list is ordered by
	Key       keptKey
	Type      string
	Memory    int64
	Exact     bool
	Error     int64
	Encoding  memory.Encoding
	Elements  int64
	Longest   int64 // -1 when unknown
	HasExpiry bool
	Expiry    int64
	Pattern   []byte
	RDBBytes  int64
	Idle      int64 // seconds, -1 when unknown
	Freq      int32 // -1 when unknown
	Slot      int32 // -1 when unknown
}

// compare orders a list: the larger first, then source, database and key. A
// damaged dump may hold a key twice, and two sources may have one name: the
// rest makes the order total.
func (k *topKey) compare(o *topKey) int {
	if c := cmp.Compare(o.Value, k.Value); c != 0 {
		return c
	}
	if c := cmp.Or(cmp.Compare(k.Key.Source, o.Key.Source), cmp.Compare(k.Key.DB, o.Key.DB), k.Key.compareName(&o.Key)); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(k.Memory, o.Memory), cmp.Compare(k.Elements, o.Elements), cmp.Compare(k.Expiry, o.Expiry),
		cmp.Compare(k.Type, o.Type), cmp.Compare(k.Encoding, o.Encoding), cmp.Compare(k.Longest, o.Longest),
		cmp.Compare(k.Error, o.Error), cmp.Compare(k.RDBBytes, o.RDBBytes),
		cmp.Compare(k.Idle, o.Idle), cmp.Compare(k.Freq, o.Freq), cmp.Compare(k.Slot, o.Slot))
}

// topList keeps the first keys of that order.
type topList struct {
	bounded[topKey]
	least leastKey // the last one, of a full list
}

func newTopList(n int) topList {
	return topList{bounded: bounded[topKey]{n: n, compare: (*topKey).compare}}
}

// wants reports whether a key belongs to the list as far as it was read.
func (l *topList) wants(value int64, r *record) bool {
	if !l.full || value > l.least.value {
		return true
	}
	if value < l.least.value {
		return false
	}
	// Many keys of one size: compare without copying, most often no more than
	// eight bytes. The record is of the list's only source.
	if r.DB == l.least.db {
		if head := headOf(r.Key); head != l.least.head {
			return head < l.least.head
		}
	}
	last := l.item(l.last)
	k := keptKey{Hash: r.hash, Len: r.KeyLen, Name: r.Key[:min(len(r.Key), keyLimit)]}
	return cmp.Or(cmp.Compare(r.DB, last.Key.DB), k.compareName(&last.Key)) <= 0
}

// put adds a key that the list wants.
func (l *topList) put(value int64, r *record, pattern []byte) {
	k := l.place()
	k.Value = value
	k.Key.set(r, keyLimit)
	k.Type, k.Memory, k.Exact, k.Error, k.Encoding = r.TypeName, r.size.Bytes, r.size.Exact, r.size.Error, r.size.Encoding
	k.Elements, k.Longest, k.HasExpiry, k.Expiry, k.RDBBytes = r.Elements, r.LongestElement, r.HasExpiry, r.Expiry, r.RDBBytes
	k.Idle, k.Freq, k.Slot = r.IdleSeconds, r.Freq, r.Slot
	k.Pattern = append(k.Pattern[:0], pattern...)
	if l.push(uint64(-1 - value)) { // the largest value first
		last := l.item(l.last)
		l.least = leastKey{last.Value, headOf(last.Key.Name), last.Key.DB}
	}
}

// leastKey is what decides most often against the last key of a full list.
type leastKey struct {
	value int64
	head  uint64
	db    int32
}

// headOf returns the first eight bytes of a name as a number that orders as
// they do; shorter names are filled up with zeros.
func headOf(name []byte) uint64 {
	if len(name) >= 8 {
		return binary.BigEndian.Uint64(name)
	}
	return bits.ReverseBytes64(word8(name))
}

// mergeSorted returns the first n of two sorted lists, which it does not change.
func mergeSorted[T any](n int, a, b []T, compare func(x, y *T) int) []T {
	out := make([]T, 0, min(n, len(a)+len(b)))
	for len(out) < n && len(a)+len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && compare(&a[0], &b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return out
}
