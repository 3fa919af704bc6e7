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
	for _, s := range someServers() {
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

// someServers are all of them; under -short, which is how the race detector
// runs, one in three: a meter is for one goroutine.
func someServers() []memory.Server {
	var some []memory.Server
	for i, s := range memory.Servers() {
		if i%3 == 0 || !testing.Short() {
			some = append(some, s)
		}
	}
	return some
}

// TestPiece holds that sizing piece by piece is the same as to say where keys begin
// and end, under every line and allocator.
func TestPiece(t *testing.T) {
	batches, _, _ := loadBatches(t, truthDump(t, "redis-7.4.rdb"))
	var sizes []memory.Size
	for _, s := range someServers() {
		for _, a := range []memory.Allocator{memory.Jemalloc, memory.JemallocDebian, memory.Libc} {
			p := memory.Profile{Server: s, Allocator: a, Config: memory.DefaultConfig()}
			one, all := memory.NewMeter(p, false), memory.NewMeter(p, false)
			open := false
			keys := 0
			for _, b := range batches {
				// What was in the sizes must not show.
				sizes = append(sizes[:0], make([]memory.Size, len(b.Keys))...)
				for i := range sizes {
					sizes[i] = memory.Size{Bytes: -1, Compact: -1, Compressed: -1, Error: -1}
				}
				for i := range b.Keys {
					k := &b.Keys[i]
					open = all.Piece(b, k, &sizes[i], open)
					if !k.Is(parser.Continued) {
						one.Begin(k)
					}
					one.Elements(b, k, b.Elements(k))
					want := memory.Size{}
					if !k.Is(parser.More) {
						want = one.End(k)
						keys++
					}
					if sizes[i] != want {
						t.Fatalf("%v %v: key %q: %+v, want %+v", s, a, k.Name, sizes[i], want)
					}
				}
				if last := &b.Keys[len(b.Keys)-1]; open != last.Is(parser.More) {
					t.Fatalf("%v: open is %v behind key %q", s, open, last.Name)
				}
			}
			if keys < 1000 {
				t.Fatalf("%d keys", keys)
			}
		}
	}
}

// TestPieceStrings does it for strings of every length, with names of every
// length that matters.
func TestPieceStrings(t *testing.T) {
	b := &parser.Batch{}
	for _, name := range []int64{0, 1, 12, 31, 32, 44, 127, 128, 300} {
		for _, n := range []int64{0, 1, 20, 31, 32, 43, 44, 45, 63, 64, 115, 116, 117, 252, 253, 511, 512, 513, 70_000} {
			for _, flags := range []parser.KeyFlags{0, parser.HasExpiry, parser.Compressed, parser.HasExpiry | parser.Compressed} {
				b.Keys = append(b.Keys, parser.Key{Type: parser.TypeString, NameLen: name, Len: n, Count: 1, Flags: flags, Stored: n / 2},
					parser.Key{Type: parser.TypeString, NameLen: name, Len: 4, Count: 1, Int: n, IntClass: parser.ClassOf(n), Flags: flags &^ parser.Compressed},
					parser.Key{Type: parser.TypeString, NameLen: name, Len: n, Count: 1, Flags: flags &^ parser.Compressed, Metas: 2})
			}
		}
	}
	sizes := make([]memory.Size, len(b.Keys))
	for _, s := range memory.Servers() {
		for _, a := range []memory.Allocator{memory.Jemalloc, memory.JemallocDebian, memory.Libc} {
			p := memory.Profile{Server: s, Allocator: a, Config: memory.DefaultConfig()}
			m, explained := memory.NewMeter(p, false), memory.NewMeter(p, true)
			for i := range b.Keys {
				k := &b.Keys[i]
				if m.Piece(b, k, &sizes[i], false) {
					t.Fatalf("%v %v: %+v goes on", s, a, *k)
				}
				m.Begin(k)
				explained.Begin(k)
				want := m.End(k)
				if sizes[i] != want || explained.End(k) != want {
					t.Fatalf("%v %v: %+v\nin one go %+v\nin pieces %+v", s, a, *k, sizes[i], want)
				}
			}
		}
	}
}

// BenchmarkPiece sizes a dump as a report does.
func BenchmarkPiece(b *testing.B) {
	dump := truthDump(b, "redis-7.4.rdb")
	batches, keys, _ := loadBatches(b, dump)
	var size memory.Size
	m := memory.NewMeter(memory.Profile{Server: memory.Servers()[0], Config: memory.DefaultConfig()}, false)
	b.SetBytes(int64(len(dump)))
	b.ReportAllocs()
	for b.Loop() {
		open := false
		for _, batch := range batches {
			for i := range batch.Keys {
				open = m.Piece(batch, &batch.Keys[i], &size, open)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(keys), "ns/key")
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
