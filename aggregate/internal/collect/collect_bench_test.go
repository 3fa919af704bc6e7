package collect_test

import (
	"testing"

	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
)

// BenchmarkObserve is what a key costs behind the memory model.
func BenchmarkObserve(b *testing.B) {
	cfg := statetest.TestConfig()
	// The parser hands over names that lie one behind the other, and one record
	// is filled again and again. There are enough keys for a key to be new to the
	// samples each time.
	type facts struct {
		bytes, expiry int64
		dataType      parser.DataType
	}
	const n = 1 << 20
	var names []byte
	keys, ends := make([]facts, n), make([]int, n+1)
	var r counters.Observation
	for i, k := range statetest.BenchKeys(n) {
		names = append(names, k.Key...)
		ends[i+1] = len(names)
		keys[i] = facts{k.Size.Bytes, k.Expiry, k.DataType}
		r = k
	}
	c := collect.NewCollector(&cfg, statetest.TestSeed, sketch.Clock{Ms: statetest.TestNow, Known: true}, state.Bounds{})
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		r.Key = names[ends[i]:ends[i+1]]
		r.KeyLen = int64(len(r.Key))
		r.Size.Bytes, r.Expiry, r.HasExpiry = keys[i].bytes, keys[i].expiry, keys[i].expiry != 0
		r.DataType, r.Typ = keys[i].dataType, uint8(keys[i].dataType)
		r.Slot = keyname.SlotOfName(r.Key, true)
		statetest.ObserveRow(c, &r)
		i = (i + 1) & (n - 1)
	}
}

func BenchmarkParts(b *testing.B) {
	cfg, hasher := statetest.TestConfig(), keyname.NewHasher(statetest.TestSeed)
	keys := statetest.BenchKeys(1 << 14)
	c := collect.NewCollector(&cfg, statetest.TestSeed, sketch.Clock{Ms: statetest.TestNow, Known: true}, state.Bounds{})
	for i := range keys {
		statetest.ObserveRow(c, &keys[i])
	}
	r := func(i int) *counters.Observation { return &keys[i&(1<<14-1)] }
	run := func(name string, f func(i int)) {
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				f(i)
				i++
			}
		})
	}
	run("hash", func(i int) { x := r(i); hasher.Key(x.DB, x.Key, x.KeyLen, 0) })
	run("totals", func(i int) { c.Totals.Add(r(i)) })
	run("cell", func(i int) { c.AddCell(r(i)) })
	run("name", func(i int) { statetest.NameRow(c, r(i)) })
	run("locate", func(i int) { x := r(i); c.IsCut = false; c.Entry(x) })
	run("stats", func(i int) { x := r(i); c.IsCut = false; c.Entry(x).Add(x, c.Limits) })
	run("time", func(i int) { x := r(i); c.Time.Add(x) })
	run("slot", func(i int) { keyname.SlotOfName(r(i).Key, true) })
	run("sample", func(i int) { x := r(i); c.Sample.Offer(x) })
	run("top", func(i int) { c.Biggest.Wants(r(i).Size.Bytes, r(i)) })
}

// TestObserveAllocates: nothing, in the steady state.
func TestObserveAllocates(t *testing.T) {
	cfg := statetest.TestConfig()
	keys := statetest.BenchKeys(1 << 14)
	c := collect.NewCollector(&cfg, statetest.TestSeed, sketch.Clock{Ms: statetest.TestNow, Known: true}, state.Bounds{})
	// A second round of the same keys finds every place made.
	for range 2 {
		for i := range keys {
			statetest.ObserveRow(c, &keys[i])
		}
	}
	i := 0
	if n := testing.AllocsPerRun(1<<14, func() {
		statetest.ObserveRow(c, &keys[i&(1<<14-1)])
		i++
	}); n > 0 {
		t.Errorf("%v allocations a key", n)
	}
}
