package memory_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// loadBatches reads a whole dump and keeps its batches, every blob walked so
// that meters of all lines find what they ask for.
func loadBatches(tb testing.TB, data []byte) (batches []*parser.Batch, keys, elements int) {
	tb.Helper()
	r := parser.NewReader(bytes.NewReader(data), parser.Options{WalkAll: true})
	for {
		b, err := r.Next()
		if err == io.EOF {
			return batches, keys, elements
		}
		if err != nil {
			tb.Fatal(err)
		}
		batches = append(batches, b)
		for i := range b.Keys {
			if !b.Keys[i].Is(parser.More) {
				keys++
			}
			elements += len(b.Elements(&b.Keys[i]))
		}
	}
}

// meterAll feeds batches to a meter and returns the sum of the sizes.
func meterAll(m memory.Meter, batches []*parser.Batch) (total int64) {
	for _, b := range batches {
		for i := range b.Keys {
			k := &b.Keys[i]
			if !k.Is(parser.Continued) {
				m.Begin(k)
			}
			if es := b.Elements(k); len(es) > 0 {
				m.Elements(b, k, es)
			}
			if !k.Is(parser.More) {
				s := m.End(k)
				total += s.Bytes
			}
		}
	}
	return total
}

// TestNoAllocation holds that sizing a dump allocates nothing once a meter has
// seen it: neither for keys nor for elements.
func TestNoAllocation(t *testing.T) {
	batches, keys, _ := loadBatches(t, truthDump(t, "redis-7.4.rdb"))
	for _, s := range memory.Servers() {
		t.Run(s.String(), func(t *testing.T) {
			m := memory.NewMeter(memory.Profile{Server: s, Config: memory.DefaultConfig()}, false)
			want := meterAll(m, batches)
			allocs := testing.AllocsPerRun(2, func() {
				if got := meterAll(m, batches); got != want {
					t.Errorf("the second reading sums to %d, the first to %d", got, want)
				}
			})
			if allocs > 0 {
				t.Errorf("%v allocations for %d keys", allocs, keys)
			}
		})
	}
}

// BenchmarkMeter sizes a dump; one operation is the whole of it.
func BenchmarkMeter(b *testing.B) {
	batches, keys, elements := loadBatches(b, truthDump(b, "redis-7.4.rdb"))
	for _, s := range memory.Servers() {
		b.Run(s.String(), func(b *testing.B) {
			m := memory.NewMeter(memory.Profile{Server: s, Config: memory.DefaultConfig()}, false)
			b.ReportAllocs()
			for b.Loop() {
				meterAll(m, batches)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(elements), "ns/element")
			b.ReportMetric(float64(keys), "keys")
		})
	}
}

// BenchmarkNewMeter is what a profile costs before its first key.
func BenchmarkNewMeter(b *testing.B) {
	s := memory.Servers()
	for b.Loop() {
		memory.NewMeter(memory.Profile{Server: s[len(s)-1], Config: memory.DefaultConfig()}, false)
	}
}

// BenchmarkStrings sizes keys that hold strings, most of most dumps.
func BenchmarkStrings(b *testing.B) {
	keys := make([]parser.Key, 1024)
	for i := range keys {
		keys[i] = parser.Key{Type: parser.TypeString, NameLen: int64(10 + i%50), Len: int64(i), Count: 1}
		if i%4 == 0 {
			keys[i].Flags = parser.HasExpiry
		}
	}
	for _, s := range memory.Servers() {
		b.Run(s.String(), func(b *testing.B) {
			m := memory.NewMeter(memory.Profile{Server: s, Config: memory.DefaultConfig()}, false)
			i := 0
			for b.Loop() {
				k := &keys[i%len(keys)]
				i++
				m.Begin(k)
				m.End(k)
			}
		})
	}
}
