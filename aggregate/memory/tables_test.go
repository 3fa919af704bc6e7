package memory

import (
	"math"
	"math/rand/v2"
	"testing"
)

// realDict is dict.c with buckets: a count of keys in each.
type realDict struct {
	table        [2][]int
	used         [2]int
	next         int // bucket of table 0 to move
	rehashing    bool
	replaceEmpty bool
	rnd          *rand.Rand
}

func (d *realDict) expand(n int) {
	if d.rehashing || d.used[0] > n {
		return
	}
	size := int(dictSlots(int64(n)))
	switch {
	case size == len(d.table[0]):
	case len(d.table[0]) == 0 || d.replaceEmpty && d.used[0] == 0:
		d.table[0] = make([]int, size)
	default:
		d.table[1] = make([]int, size)
		d.rehashing, d.next = true, 0
	}
}

func (d *realDict) step() {
	if d.used[0] > 0 {
		for d.table[0][d.next] == 0 {
			d.next++
		}
		for range d.table[0][d.next] {
			d.table[1][d.rnd.IntN(len(d.table[1]))]++
			d.used[0]--
			d.used[1]++
		}
		d.next++
	}
	if d.used[0] == 0 {
		d.table = [2][]int{d.table[1], nil}
		d.used = [2]int{d.used[1], 0}
		d.rehashing = false
	}
}

func (d *realDict) add() {
	if d.rehashing {
		d.step()
	}
	if !d.rehashing {
		switch {
		case len(d.table[0]) == 0:
			d.expand(4)
		case d.used[0] >= len(d.table[0]):
			d.expand(d.used[0] + 1)
		}
	}
	at := 0
	if d.rehashing {
		at = 1
	}
	d.table[at][d.rnd.IntN(len(d.table[at]))]++
	d.used[at]++
}

func (d *realDict) slots() int64 { return int64(len(d.table[0]) + len(d.table[1])) }

// TestDictAgainstBuckets fills dicts with real buckets in the ways loaders do.
// No outcome may be further from the expected one than is admitted, and the
// expected one must be common.
func TestDictAgainstBuckets(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	uncertain := 0
	for trial := range 800 {
		var f filling
		small := rnd.IntN(1 << rnd.IntN(10))
		rest := rnd.IntN(1 << rnd.IntN(10))
		k, n := int64(small), int64(small+1+rest)
		switch trial % 5 {
		case 0: // a hash that becomes a table at its pair k
			f.expand(k)
			f.add(k + 1)
			f.expandLarge(n - k - 1)
			f.add(n - k - 1)
		case 1: // the same, Redis 8.6
			f.expand(k)
			f.add(k + 1)
			f.expandLarge(n)
			f.add(n - k - 1)
		case 2: // the same, Redis 6.2
			f.add(k + 1)
			f.expandLarge(n - k - 1)
			f.add(n - k - 1)
		case 3: // a set that was an intset, Redis 7.0
			f.expand(k)
			f.add(k)
			f.expand(n)
			f.add(n - k)
		default: // natural growth
			f.expand(0)
			f.add(n)
		}
		l := &line{replaceEmpty: trial%2 == 0}
		want, spread := f.outcome(l)
		if want.used() != n {
			t.Fatalf("trial %d: %d keys, want %d", trial, want.used(), n)
		}
		if spread > 0 {
			uncertain++
		}
		expected := want.slots0 + want.slots1
		common := 0
		const runs = 40
		for range runs {
			d := realDict{replaceEmpty: l.replaceEmpty, rnd: rnd}
			for _, s := range f.steps[:f.n] {
				if s.kind == fillExpand {
					d.expand(int(s.n))
					continue
				}
				for range s.n {
					d.add()
				}
			}
			got := d.slots()
			if got == expected {
				common++
			}
			if sizeofPointer*max(got-expected, expected-got) > spread {
				t.Errorf("trial %d %+v: %d slots, the model says %d ± %d bytes", trial, f.steps[:f.n], got, expected, spread)
			}
		}
		if common < runs/8 {
			t.Errorf("trial %d %+v: %d slots expected, in %d of %d runs", trial, f.steps[:f.n], expected, common, runs)
		}
	}
	if uncertain == 0 || uncertain > 400 {
		t.Errorf("%d fillings of 800 have two outcomes", uncertain)
	}
}

// TestOccupiedBuckets compares expectation and deviation with throws.
func TestOccupiedBuckets(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, tt := range []struct{ slots, n int }{{1, 5}, {2, 2}, {4, 3}, {16, 16}, {128, 100}, {1024, 1000}, {1024, 512}, {512, 1024}} {
		mean, sd := occupiedBuckets(int64(tt.slots), int64(tt.n))
		const runs = 2000
		var sum, squares float64
		for range runs {
			hit := make([]bool, tt.slots)
			n := 0
			for range tt.n {
				if b := rnd.IntN(tt.slots); !hit[b] {
					hit[b] = true
					n++
				}
			}
			sum += float64(n)
			squares += float64(n * n)
		}
		m := sum / runs
		s := math.Sqrt(max(0, squares/runs-m*m))
		if math.Abs(m-mean) > 5*(sd+.1)/math.Sqrt(runs) || math.Abs(s-sd) > 0.1*sd+0.3 {
			t.Errorf("%d keys in %d buckets: %.2f ± %.2f, measured %.2f ± %.2f", tt.n, tt.slots, mean, sd, m, s)
		}
	}
}

func TestBucketExponent(t *testing.T) {
	for c, want := range map[int64]int{1: 0, 6: 0, 7: 1, 12: 1, 13: 2, 25: 2, 26: 3, 51: 3, 52: 4, 512: 7, 513: 7, 819: 7, 820: 8} {
		if got := bucketExponent(c); got != want {
			t.Errorf("capacity %d: 2^%d buckets, want 2^%d", c, got, want)
		}
	}
	if got := bucketExponent(math.MaxInt64); got < 50 || got > 62 {
		t.Errorf("largest capacity: 2^%d buckets", got)
	}
}

// TestHashtableStepByStep holds that n insertions at once are n times one.
func TestHashtableStepByStep(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for trial := range 2000 {
		bulk := hashtable{exp0: -1, exp1: -1, lazy: trial%2 == 0}
		single := bulk
		for range 1 + rnd.IntN(6) {
			n := int64(rnd.IntN(1 << rnd.IntN(12)))
			switch rnd.IntN(3) {
			case 0:
				bulk.expand(n)
				single.expand(n)
			case 1:
				bulk.resize(max(n, bulk.used))
				single.resize(max(n, single.used))
			default:
				bulk.add(n)
				for range n {
					single.add(1)
				}
			}
			if bulk != single {
				t.Fatalf("trial %d: %+v at once, %+v one by one", trial, bulk, single)
			}
			current := bulk.exp0
			if bulk.rehashing {
				current = bulk.exp1
			}
			if !bulk.lazy && current >= 0 && bulk.used > bucketEntries<<current {
				t.Fatalf("trial %d: overfull: %+v", trial, bulk)
			}
		}
	}
}

// TestChildBuckets compares expectation and deviation with throws, and the
// figures of spec for a bucket at several loads.
func TestChildBuckets(t *testing.T) {
	for load, want := range map[float64][2]float64{3.2: {.017, .13}, 4: {.051, .22}, 5: {.134, .34}, 6: {.260, .45}, 6.4: {.319, .48}} {
		const buckets = 1 << 14
		mean, variance := childBuckets(buckets, buckets, int64(load*buckets))
		m, sd := float64(mean)/float64(fixedOne)/buckets, math.Sqrt(variance/buckets)
		if math.Abs(m-want[0]) > 0.001 || math.Abs(sd-want[1]) > 0.01 {
			t.Errorf("load %.1f: %.4f ± %.3f, want %.3f ± %.2f", load, m, sd, want[0], want[1])
		}
	}
	rnd := rand.New(rand.NewPCG(9, 10))
	for _, tt := range []struct{ buckets, n int }{{2, 8}, {2, 12}, {4, 25}, {64, 400}, {128, 512}} {
		mean, variance := childBuckets(int64(tt.buckets), int64(tt.buckets), int64(tt.n))
		const runs = 3000
		var sum float64
		for range runs {
			in := make([]int64, tt.buckets)
			for range tt.n {
				in[rnd.IntN(tt.buckets)]++
			}
			for _, m := range in {
				sum += float64(children(m))
			}
		}
		m := float64(mean) / float64(fixedOne)
		if math.Abs(sum/runs-m) > 5*math.Sqrt(variance/runs) {
			t.Errorf("%d keys in %d buckets: %.3f ± %.3f children, measured %.3f", tt.n, tt.buckets, m, math.Sqrt(variance), sum/runs)
		}
	}
	if mean, variance := childBuckets(1, 1, 14); mean != 2*fixedOne || variance != 0 {
		t.Errorf("one bucket of 14: %d children, variance %v", mean>>20, variance)
	}
}
