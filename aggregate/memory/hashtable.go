package memory

import (
	"math"
	"math/bits"
)

// Valkey's hashtable (hashtable.c, 8.1): buckets of one cache line with seven
// entries; a full one gives its last place to a pointer to a child bucket.
const (
	bucketBytes   = 64
	bucketEntries = 7
)

// hashtable simulates hashtable.c while a collection is loaded: an incremental
// rehash moves one top-level bucket with each insertion.
type hashtable struct {
	exp0, exp1 int // buckets are 1 << exp; -1: no table
	used       int64
	rehashing  bool
	before     int64 // entries when the rehash began
	moved      int64 // buckets moved since
	lazy       bool  // 9.0: no resize while rehashing
}

// bucketExponent returns the exponent for a capacity (hashtable.c nextBucketExp:
// a fill of 32 entries to five buckets).
func bucketExponent(capacity int64) int {
	m := (min(capacity, math.MaxInt64/8)*5-1)/32 + 1
	if m <= 1 {
		return 0
	}
	return bits.Len64(uint64(m - 1))
}

// resize is hashtable.c resize.
func (h *hashtable) resize(capacity int64) {
	exp := bucketExponent(max(capacity, 1))
	if h.rehashing {
		h.finish()
	}
	if h.exp0 == exp {
		return
	}
	if h.exp0 < 0 || h.used == 0 {
		h.exp0 = exp
		return
	}
	h.exp1, h.rehashing, h.before, h.moved = exp, true, h.used, 0
}

func (h *hashtable) finish() { h.exp0, h.exp1, h.rehashing = h.exp1, -1, false }

// expand is hashtable.c hashtableExpand.
func (h *hashtable) expand(capacity int64) {
	if capacity < h.used || h.lazy && h.rehashing {
		return
	}
	h.resize(capacity)
}

// add is n insertions. Each moves one bucket of a running rehash first, then
// looks whether the table has to grow (9.0: only when it is not rehashing).
func (h *hashtable) add(n int64) {
	for n > 0 {
		if h.rehashing {
			quiet := min(n, 1<<h.exp0-h.moved-1)
			if !h.lazy {
				quiet = min(quiet, bucketEntries<<h.exp1-h.used)
			}
			if quiet > 0 {
				h.moved += quiet
				h.used += quiet
				n -= quiet
				continue
			}
			if h.moved++; h.moved >= 1<<h.exp0 {
				h.finish()
			}
		}
		if !h.rehashing || !h.lazy {
			h.grow()
		}
		fit := int64(1)
		if !h.rehashing {
			fit = max(1, min(n, bucketEntries<<h.exp0-h.used))
		}
		h.used += fit
		n -= fit
	}
}

// grow is hashtable.c hashtableExpandIfNeeded for one more entry.
func (h *hashtable) grow() {
	current := h.exp0
	if h.rehashing {
		current = h.exp1
	}
	if current < 0 || h.used+1 > bucketEntries<<current {
		h.resize(h.used + 1)
	}
}

// tables returns the top-level buckets of both tables together, and
// expectation and variance of the number of child buckets.
func (h *hashtable) tables() (buckets int64, children fixed, variance float64) {
	if h.exp0 < 0 {
		return 0, 0, 0
	}
	if !h.rehashing {
		children, variance = childBuckets(1<<h.exp0, 1<<h.exp0, h.used)
		return 1 << h.exp0, children, variance
	}
	left := int64(1)<<h.exp0 - h.moved
	inOld := int64(float64(float64(h.before) * float64(left) / float64(int64(1)<<h.exp0)))
	old, oldVariance := childBuckets(left, 1<<h.exp0, h.before)
	fresh, freshVariance := childBuckets(1<<h.exp1, 1<<h.exp1, h.used-inOld)
	return 1<<h.exp0 + 1<<h.exp1, old + fresh, oldVariance + freshVariance
}

// childBuckets returns expectation and variance of the child buckets that
// count of the buckets of a table have, n entries being spread over all of
// them: a bucket of m entries has none up to seven, then one for each six more.
func childBuckets(count, buckets, n int64) (mean fixed, variance float64) {
	if n <= bucketEntries {
		return 0, 0
	}
	if buckets == 1 {
		return fixed(children(n)) * fixedOne, 0
	}
	// The binomial distribution of m, by recurrence from m = 0.
	p := 1 / float64(buckets)
	odds := p / (1 - p)
	term := math.Exp(float64(float64(n) * math.Log1p(-p)))
	load := float64(n) * p
	var sum, squares float64
	for m := int64(0); m <= n; m++ {
		if m > bucketEntries {
			c := float64(children(m))
			sum += float64(term * c)
			squares += float64(term * float64(c*c))
			if float64(m) > load && float64(term*c) < 1e-12 {
				break
			}
		}
		term = float64(term*float64(n-m)) / float64(m+1) * odds
	}
	mean = toFixed(float64(sum * float64(count)))
	return mean, float64(count) * max(0, squares-float64(sum*sum))
}

// children returns the child buckets of a chain of m entries.
func children(m int64) int64 {
	if m <= bucketEntries {
		return 0
	}
	return (m - bucketEntries + 5) / 6
}
