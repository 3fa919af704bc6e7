package memory

import (
	"math"
	"slices"
)

// volatileSet models Valkey 9.0's vset.c, which keeps the fields of a hash
// that have a TTL in order of expiry: nothing for one field, a vector up to
// 127, from then on a radix tree of buckets, each for a window of time.
type volatileSet struct {
	classes
	n       int64
	times   []int64 // ms, in dump order, the first volatileMax of them
	buckets []volatileBucket
	free    [][]int64 // vectors not in use
	tree    trie
}

// volatileBucket holds the fields that expire before key, and not before the
// key of the bucket to its left.
type volatileBucket struct {
	key   int64
	times []int64 // of a vector, in order of insertion
	alloc int64   // bytes of the vector, 0 for a single field
	n     int64   // fields of a bucket that became a hash table
}

const (
	volatileVector = 127      // VSET_BUCKET: entries of a vector
	volatileWindow = 8192     // ms, widest bucket
	volatileFine   = 16       // ms, narrowest
	volatileMax    = 64 << 10 // fields simulated; beyond that the rest is in proportion
)

func (v *volatileSet) reset() {
	v.n = 0
	v.times = v.times[:0]
}

func (v *volatileSet) add(ms int64) {
	if v.n++; v.n <= volatileMax {
		v.times = append(v.times, ms)
	}
}

// windowEnd and fineEnd are vset.c get_max_bucket_ts and get_bucket_ts.
func windowEnd(ms int64) int64 { return roundedUp(ms, volatileWindow) }
func fineEnd(ms int64) int64   { return roundedUp(ms, volatileFine) }

func roundedUp(ms, window int64) int64 {
	ms &^= window - 1
	if ms > math.MaxInt64-window {
		return math.MaxInt64
	}
	return ms + window
}

// vectorBytes returns the request of a vector of n entries (vset.c pVector:
// a length and pointers).
func vectorBytes(n int64) int64 { return 8 + 8*n }

// measure returns the bytes of the structure beside the fields, and the number
// of hash tables in it.
func (v *volatileSet) measure(l *line) (total cost, tables int, children fixed, variance float64) {
	switch {
	case v.n <= 1:
		return cost{}, 0, 0, 0
	case v.n == 2: // vset.c pvNew for two
		return cost{24, v.of(24), v.of(24) - 24}, 0, 0, 0
	case v.n <= volatileVector:
		a := v.of(vectorBytes(v.n))
		return cost{a, a, a - vectorBytes(v.n)}, 0, 0, 0
	}
	v.simulate()
	v.tree.classes = v.classes
	v.tree.reset()
	total = cost{v.of(l.rax), v.of(l.rax), v.of(l.rax) - l.rax}
	last := uint64(0)
	for i := range v.buckets {
		b := &v.buckets[i]
		key := uint64(b.key)
		common := 0
		if i > 0 {
			common = streamID{ms: last}.common(streamID{ms: key})
		}
		v.tree.add(common, 8)
		last = key
		if b.n > 0 {
			f := filling{}
			f.add(b.n)
			h := f.hashtable(l)
			buckets, c, vr := h.tables()
			t := v.of(l.hashtable) + v.of(bucketBytes*buckets)
			total.add(cost{counted: t, alloc: t})
			children += c
			variance += vr
			tables++
		} else if b.alloc > 0 {
			total.add(cost{counted: b.alloc, alloc: b.alloc})
		}
	}
	v.tree.finish()
	total.add(cost{v.tree.alloc, v.tree.alloc, v.tree.waste})
	if seen := int64(len(v.times)); seen < v.n {
		scale := float64(v.n) / float64(seen)
		total.counted = int64(float64(total.counted) * scale)
		total.alloc = int64(float64(total.alloc) * scale)
	}
	return total, tables, children, variance
}

// simulate replays the insertions from the first vector on.
func (v *volatileSet) simulate() {
	for i := range v.buckets {
		v.release(v.buckets[i].times)
	}
	v.buckets = v.buckets[:0]
	first := v.vector()
	first = append(first, v.times[:volatileVector]...)
	slices.Sort(first)
	if windowEnd(first[0]) == windowEnd(first[volatileVector-1]) {
		v.buckets = append(v.buckets, volatileBucket{key: windowEnd(first[0]), times: first,
			alloc: v.of(vectorBytes(volatileVector))})
	} else {
		for _, ms := range first {
			v.insert(ms)
		}
		v.release(first)
	}
	for _, ms := range v.times[volatileVector:] {
		v.insert(ms)
	}
}

func (v *volatileSet) vector() []int64 {
	if n := len(v.free); n > 0 {
		b := v.free[n-1]
		v.free = v.free[:n-1]
		return b
	}
	return make([]int64, 0, volatileVector)
}

func (v *volatileSet) release(b []int64) {
	if b != nil {
		v.free = append(v.free, b[:0])
	}
}

// insert is vset.c vsetAddEntry for a radix tree.
func (v *volatileSet) insert(ms int64) {
	for {
		i, _ := slices.BinarySearchFunc(v.buckets, ms, func(b volatileBucket, ms int64) int {
			if b.key <= ms {
				return -1
			}
			return 1
		})
		if i == len(v.buckets) || windowEnd(ms) < v.buckets[i].key {
			b := volatileBucket{key: windowEnd(ms), times: append(v.vector(), ms)}
			v.buckets = slices.Insert(v.buckets, i, b)
			return
		}
		b := &v.buckets[i]
		switch {
		case b.n > 0:
			b.n++
			return
		case len(b.times) == 1:
			b.times = append(b.times, ms)
			b.alloc = v.of(24)
			return
		case len(b.times) < volatileVector:
			b.times = append(b.times, ms)
			if need := vectorBytes(int64(len(b.times))); b.alloc < need {
				b.alloc = v.of(need)
			}
			return
		}
		v.split(i)
	}
}

// split makes room in a full vector: by an earlier key, by two buckets, or by
// a hash table when all its fields expire within the finest window.
func (v *volatileSet) split(i int) {
	b := &v.buckets[i]
	slices.Sort(b.times)
	first, last := fineEnd(b.times[0]), fineEnd(b.times[volatileVector-1])
	switch {
	case last < b.key:
		b.key = last
	case first != last:
		at := splitPoint(b.times)
		left := append(v.vector(), b.times[:at]...)
		rest := copy(b.times, b.times[at:])
		b.times = b.times[:rest]
		b.alloc = v.of(vectorBytes(int64(rest)))
		v.buckets = slices.Insert(v.buckets, i, volatileBucket{key: fineEnd(left[at-1]), times: left,
			alloc: v.of(vectorBytes(int64(at)))})
	default:
		b.n = volatileVector
		v.release(b.times)
		b.times = nil
	}
}

// splitPoint returns the index nearest the middle at which a new fine window
// begins, to the left first.
func splitPoint(times []int64) int {
	middle := len(times) / 2
	for d := 0; ; d++ {
		for _, i := range [...]int{middle - d, middle + d} {
			if i > 0 && i < len(times) && fineEnd(times[i-1]) < fineEnd(times[i]) {
				return i
			}
		}
		if d > len(times) {
			return middle
		}
	}
}

// chargeVolatileSet charges the fields' order of expiry.
func (m *meter) chargeVolatileSet() {
	c, tables, children, variance := m.hash.vset.measure(m.line)
	m.charge("expiry order", "vset.c vsetMemUsage", c)
	if tables > 0 {
		b := (children * bucketBytes).round()
		m.charge("expiry order, child buckets (expected)", "vset.c vsetMemUsage", cost{counted: b, alloc: b})
		m.variance += float64(variance * (bucketBytes * bucketBytes))
	}
	if int64(len(m.hash.vset.times)) < m.hash.vset.n {
		m.inexact = true
	}
}
