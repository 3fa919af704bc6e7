package aggregate

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// observeRow counts a record that has its size with it.
func (c *collector) observeRow(r *record) bool {
	r.size = &r.Size
	c.nameRow(r)
	return c.observe(r)
}

// nameRow is what the scanner says of the record's name.
func (c *collector) nameRow(r *record) {
	k := parser.Key{DB: r.DB, Name: r.Key, NameLen: r.KeyLen}
	c.names.sample(&k)
	r.hash = k.Tag[0]
	r.name.set(&k.Tag)
}

// benchKeys are n keys as a shop would have them.
func benchKeys(n int) []record {
	rnd := rand.New(rand.NewPCG(1, 1))
	keys := make([]record, n)
	for i := range keys {
		r := &keys[i]
		var key string
		switch rnd.IntN(5) {
		case 0:
			key = fmt.Sprintf("user:%d:profile", rnd.IntN(5_000_000))
		case 1:
			key = fmt.Sprintf("session:%08x-0000-4000-8000-%012x", rnd.Uint32(), rnd.Uint64()>>16)
		case 2:
			key = fmt.Sprintf("cart:%d", rnd.IntN(5_000_000))
		case 3:
			key = fmt.Sprintf("product:%d:price", rnd.IntN(100_000))
		default:
			key = fmt.Sprintf("tenant%d:feed:%d", rnd.IntN(300), rnd.IntN(1_000_000))
		}
		r.Key, r.KeyLen = []byte(key), int64(len(key))
		r.Logical, r.Source = parser.DataType(rnd.IntN(2)*4), "dump.rdb"
		r.TypeName, r.typ = r.Logical.String(), uint8(r.Logical)
		r.Size = memory.Size{Bytes: int64(64 + rnd.IntN(400)), Resident: 64, Payload: 40, Encoding: memory.EncodingRaw, Exact: true}
		r.Elements, r.IdleSeconds, r.Freq = 1, -1, -1
		if rnd.IntN(2) == 0 {
			r.HasExpiry, r.Expiry = true, testNow+rnd.Int64N(30*day)
		}
		r.Slot = slotOf(r.Key, true)
	}
	return keys
}

// BenchmarkObserve is what a key costs behind the memory model.
func BenchmarkObserve(b *testing.B) {
	cfg := testConfig()
	// The parser hands over names that lie one behind the other, and one record
	// is filled again and again. There are enough keys for a key to be new to the
	// samples each time.
	type facts struct {
		bytes, expiry int64
		logical       parser.DataType
	}
	const n = 1 << 20
	var names []byte
	keys, ends := make([]facts, n), make([]int, n+1)
	var r record
	for i, k := range benchKeys(n) {
		names = append(names, k.Key...)
		ends[i+1] = len(names)
		keys[i] = facts{k.Size.Bytes, k.Expiry, k.Logical}
		r = k
	}
	c := newCollector(&cfg, clock{testNow, true})
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		r.Key = names[ends[i]:ends[i+1]]
		r.KeyLen = int64(len(r.Key))
		r.Size.Bytes, r.Expiry, r.HasExpiry = keys[i].bytes, keys[i].expiry, keys[i].expiry != 0
		r.Logical, r.typ = keys[i].logical, uint8(keys[i].logical)
		r.Slot = slotOf(r.Key, true)
		c.observeRow(&r)
		i = (i + 1) & (n - 1)
	}
}

func BenchmarkParts(b *testing.B) {
	cfg := testConfig()
	keys := benchKeys(1 << 14)
	c := newCollector(&cfg, clock{testNow, true})
	for i := range keys {
		c.observeRow(&keys[i])
	}
	r := func(i int) *record { return &keys[i&(1<<14-1)] }
	run := func(name string, f func(i int)) {
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				f(i)
				i++
			}
		})
	}
	run("hash", func(i int) { x := r(i); hashKey(x.DB, x.Key, x.KeyLen, 0) })
	run("totals", func(i int) { c.totals.add(r(i)) })
	run("cell", func(i int) { c.addCell(r(i)) })
	run("name", func(i int) { c.nameRow(r(i)) })
	run("locate", func(i int) { x := r(i); c.isCut = false; c.entry(x) })
	run("stats", func(i int) { x := r(i); c.isCut = false; c.entry(x).add(x, c.limits) })
	run("time", func(i int) { x := r(i); c.time.add(x) })
	run("slot", func(i int) { slotOf(r(i).Key, true) })
	run("sample", func(i int) { x := r(i); c.sample.offer(x) })
	run("top", func(i int) { c.biggest.wants(r(i).Size.Bytes, r(i)) })
}

// TestObserveAllocates: nothing, in the steady state.
func TestObserveAllocates(t *testing.T) {
	cfg := testConfig()
	keys := benchKeys(1 << 14)
	c := newCollector(&cfg, clock{testNow, true})
	// A second round of the same keys finds every place made.
	for range 2 {
		for i := range keys {
			c.observeRow(&keys[i])
		}
	}
	i := 0
	if n := testing.AllocsPerRun(1<<14, func() {
		c.observeRow(&keys[i&(1<<14-1)])
		i++
	}); n > 0 {
		t.Errorf("%v allocations a key", n)
	}
}
