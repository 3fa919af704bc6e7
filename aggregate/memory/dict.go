package memory

import (
	"math"
	"math/bits"
)

// dict simulates dict.c while a collection is loaded: two tables of buckets
// and, between them, an incremental rehash that each insertion moves on by one
// non-empty bucket. How many of those there are depends on the server's hash
// seed; bias selects an outcome.
type dict struct {
	slots0, used0 int64
	slots1, used1 int64
	rehashing     bool
	need          int64   // non-empty buckets left to move
	bias          float64 // standard deviations added to the expectation of need
	random        bool    // a rehash of unknown length was started
	replaceEmpty  bool    // an empty table is replaced at once (7.4)
}

// dictInitialSlots is DICT_HT_INITIAL_SIZE.
const dictInitialSlots = 4

// dictSlots returns the next power of two (dict.c _dictNextPower, _dictNextExp).
func dictSlots(n int64) int64 {
	if n <= dictInitialSlots {
		return dictInitialSlots
	}
	return 1 << min(bits.Len64(uint64(n-1)), 61)
}

func (d *dict) used() int64 { return d.used0 + d.used1 }

// expand is dict.c dictExpand.
func (d *dict) expand(n int64) {
	if d.rehashing || d.used0 > n {
		return
	}
	z := dictSlots(n)
	switch {
	case z == d.slots0:
	case d.slots0 == 0 || d.replaceEmpty && d.used0 == 0:
		d.slots0 = z
	default:
		d.slots1, d.rehashing = z, true
		d.need = d.occupied()
	}
}

// occupied returns the buckets of table 0 that are not empty, by expectation.
func (d *dict) occupied() int64 {
	if d.used0 == 0 {
		return 0
	}
	mean, sd := occupiedBuckets(d.slots0, d.used0)
	if sd > 0 {
		d.random = true
	}
	n := int64(math.Round(mean + float64(d.bias*sd)))
	return max(1, min(n, d.slots0, d.used0))
}

// add is n calls of dict.c dictAdd.
func (d *dict) add(n int64) {
	for n > 0 {
		if d.rehashing {
			// All but the step that moves the last bucket.
			if quiet := min(n, d.need-1); quiet > 0 {
				d.need -= quiet
				d.used1 += quiet
				n -= quiet
				continue
			}
			d.slots0, d.used0 = d.slots1, d.used()
			d.slots1, d.used1, d.rehashing = 0, 0, false
		}
		switch {
		case d.slots0 == 0:
			d.expand(dictInitialSlots)
		case d.used0 >= d.slots0:
			d.expand(d.used0 + 1)
		}
		if d.rehashing {
			d.used1++
			n--
			continue
		}
		fit := min(n, d.slots0-d.used0)
		d.used0 += fit
		n -= fit
	}
}

// occupiedBuckets returns expectation and standard deviation of the number of
// non-empty buckets among slots after n insertions at random.
func occupiedBuckets(slots, n int64) (mean, sd float64) {
	if slots <= 0 || n <= 0 {
		return 0, 0
	}
	if slots == 1 || n == 1 {
		return 1, 0
	}
	b := float64(slots)
	empty := math.Exp(float64(float64(n) * math.Log1p(-1/b)))
	mean = float64(b * (1 - empty))
	load := float64(n) / b
	p := math.Exp(-load)
	return mean, math.Sqrt(max(0, float64(float64(b*p)*(1-float64(p*(1+load))))))
}

// bareEntries returns expectation and variance of the entries a dict without
// values allocates: a key alone in its bucket stands there bare (dict.c
// dictInsertAtPosition, no_value; Redis 7.2).
func bareEntries(slots, n int64) (mean fixed, variance float64) {
	occupied, sd := occupiedBuckets(slots, n)
	e := max(0, float64(n)-occupied)
	return toFixed(e), float64(sd * sd)
}

// toFixed rounds to the nearest fixed number.
func toFixed(v float64) fixed {
	return fixed(math.Round(float64(v * float64(fixedOne))))
}
