package memory_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// sizeKey sizes one key whose elements come in pieces of at most piece.
func sizeKey(m memory.Meter, k parser.Key, es []parser.Element, piece int) memory.Size {
	m.Begin(&k)
	for len(es) > piece {
		m.Elements(&parser.Batch{}, &k, es[:piece])
		es = es[piece:]
		k.Flags |= parser.Continued
	}
	m.Elements(&parser.Batch{}, &k, es)
	return m.End(&k)
}

// TestStringsByHand takes sizes from the servers' own code by hand.
func TestStringsByHand(t *testing.T) {
	for _, tt := range []struct {
		server    string
		name, n   int64
		expires   bool
		integer   bool
		bytes     int64
		resident  int64
		waste     int64
		encoding  memory.Encoding
		comment   string
		allocator memory.Allocator
	}{
		// 16 robj + 16 key sds + 24 dictEntry.
		{"redis-7.2", 9, 1, false, true, 56, 40, 5, memory.EncodingInt, "a shared integer", memory.Jemalloc},
		{"redis-7.2", 9, 44, false, false, 104, 104, 5, memory.EncodingEmbstr, "the longest embstr", memory.Jemalloc},
		{"redis-7.2", 9, 45, false, false, 112, 112, 12, memory.EncodingRaw, "the shortest raw", memory.Jemalloc},
		{"redis-6.2", 9, 44, false, false, 102, 104, 5, memory.EncodingEmbstr, "6.2 prints an embstr without header and zero", memory.Jemalloc},
		{"redis-7.0", 9, 5, false, false, 72, 80, 20, memory.EncodingEmbstr, "quantum 16: 32 + 16 + 24, which takes 32", memory.JemallocDebian},
		{"valkey-8.0", 9, 5, false, false, 64, 64, 11, memory.EncodingEmbstr, "32 and an entry of 32 with the key", memory.Jemalloc},
		// 16 + 1 + 11 + 9 bytes: 40 with a spare word for the expiry nowhere.
		{"valkey-8.1", 9, 5, false, false, 40, 40, 3, memory.EncodingEmbstr, "key and string in one block", memory.Jemalloc},
		{"valkey-8.1", 9, 5, true, false, 48, 48, 3, memory.EncodingEmbstr, "and an expiry", memory.Jemalloc},
		{"redis-8.2", 9, 100, false, false, 16 + 112, 32 + 112, 4 + 8, memory.EncodingRaw, "8.2.0 forgets the key", memory.Jemalloc},
		{"redis-8.4", 9, 100, false, false, 28 + 112, 32 + 112, 4 + 8, memory.EncodingRaw, "8.4 prints the request", memory.Jemalloc},
		{"redis-8.6", 9, 100, false, false, 32 + 112, 32 + 112, 4 + 8, memory.EncodingRaw, "8.6 prints the class", memory.Jemalloc},
		{"valkey-9.1", 9, 90, false, false, 128, 128, 14, memory.EncodingEmbstr, "two cache lines", memory.Jemalloc},
	} {
		m := memory.NewMeter(memory.Profile{Server: mustServer(t, tt.server), Allocator: tt.allocator, Config: memory.DefaultConfig()}, false)
		k := parser.Key{Type: parser.TypeString, NameLen: tt.name, Len: tt.n, Count: 1}
		if tt.expires {
			k.Flags = parser.HasExpiry
		}
		if tt.integer {
			k.IntClass, k.Int = parser.Int4, 7
		}
		got := sizeKey(m, k, nil, 1)
		want := memory.Size{Bytes: tt.bytes, Resident: tt.resident, Waste: tt.waste, Encoding: tt.encoding,
			Exact: true, Payload: tt.name + tt.n, Longest: tt.n}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s, %s: %s", tt.server, tt.comment, d)
		}
	}
}

// TestStringTables holds that sizes from tables are those computed term by
// term, for every length of name and string around the limits.
func TestStringTables(t *testing.T) {
	for i, name := range serverNames() {
		allocators := []memory.Allocator{memory.Jemalloc, memory.JemallocDebian, memory.Libc}
		if i%4 != 0 {
			if testing.Short() {
				continue
			}
			allocators = allocators[:1]
		}
		for _, a := range allocators {
			p := memory.Profile{Server: mustServer(t, name), Allocator: a, Config: memory.DefaultConfig(), Cluster: a == memory.JemallocDebian}
			fast, slow := memory.NewMeter(p, false), memory.NewMeter(p, true)
			for n := int64(0); n < 300; n += 1 + n/24 {
				for l := int64(0); l < 600; l += 1 + l/130*37 {
					for variant := range 6 {
						k := parser.Key{Type: parser.TypeString, NameLen: n, Len: l, Stored: l / 2, Flags: parser.Compressed, Metas: uint16(variant / 4)}
						if variant&1 != 0 {
							k.Flags |= parser.HasExpiry
						}
						if variant&2 != 0 {
							k.IntClass, k.Int = parser.Int16, 9999+l%2
						}
						f, s := sizeKey(fast, k, nil, 1), sizeKey(slow, k, nil, 1)
						if f != s {
							t.Fatalf("%s, name %d, length %d, variant %d: %s", name, n, l, variant, cmp.Diff(s, f))
						}
						var bytes, waste int64
						for _, term := range slow.Terms() {
							bytes += term.Bytes
							waste += term.Waste
						}
						if bytes != s.Bytes || waste != s.Waste {
							t.Fatalf("%s, name %d, length %d, variant %d: terms of %d bytes, %d waste, size %+v", name, n, l, variant, bytes, waste, s)
						}
						if s.Waste < 0 || s.Resident < s.Payload-s.Longest {
							t.Fatalf("%s, name %d, length %d, variant %d: %+v", name, n, l, variant, s)
						}
					}
				}
			}
			if len(fast.Terms()) != 0 {
				t.Errorf("%s: a meter that does not explain has terms", name)
			}
		}
	}
}

// serverNames returns all lines and the releases that differ from their line.
func serverNames() []string {
	names := []string{"redis-8.2.2", "redis-8.8.0", "valkey-8.1.0"}
	for _, s := range memory.Servers() {
		names = append(names, s.String())
	}
	return names
}

// TestVariants holds how releases differ within their line: by the printed
// part of the key's block alone.
func TestVariants(t *testing.T) {
	k := parser.Key{Type: parser.TypeSetIntset, NameLen: 20, Len: 40, Count: 16}
	bytes := func(name string) int64 {
		m := memory.NewMeter(memory.Profile{Server: mustServer(t, name), Config: memory.DefaultConfig()}, false)
		return sizeKey(m, k, nil, 1).Bytes
	}
	// The block of robj and key is 16 + 1 + 22, of class 40.
	for name, want := range map[string]int64{"redis-8.2": 16 + 40, "redis-8.2.2": 40 + 40, "redis-8.4": 39 + 40, "redis-8.6": 40 + 40,
		"redis-8.8": 39 + 40, "redis-8.8.0": 40 + 40, "valkey-8.1.0": 16 + 40, "valkey-8.1": 40 + 40} {
		if got := bytes(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// TestPieces holds that neither explaining nor the division of a key into
// pieces changes anything.
func TestPieces(t *testing.T) {
	batches, _, _ := loadBatches(t, truthDump(t, "redis-7.4.rdb"))
	for _, name := range serverNames() {
		p := memory.Profile{Server: mustServer(t, name), Config: memory.DefaultConfig()}
		whole, small, explained := memory.NewMeter(p, false), memory.NewMeter(p, false), memory.NewMeter(p, true)
		for _, b := range batches {
			for i := range b.Keys {
				k := &b.Keys[i]
				es := b.Elements(k)
				if !k.Is(parser.Continued) {
					whole.Begin(k)
					small.Begin(k)
					explained.Begin(k)
				}
				whole.Elements(b, k, es)
				explained.Elements(b, k, es)
				for j := 0; j < len(es); j += 7 {
					small.Elements(b, k, es[j:min(j+7, len(es))])
				}
				if k.Is(parser.More) {
					continue
				}
				want := whole.End(k)
				if got := small.End(k); got != want {
					t.Errorf("%s, key %.40q: in pieces %s", name, k.Name, cmp.Diff(want, got))
				}
				if got := explained.End(k); got != want {
					t.Errorf("%s, key %.40q: explained %s", name, k.Name, cmp.Diff(want, got))
				}
			}
		}
	}
}

// TestCompact holds Compact against the size under limits that let the value
// be packed.
func TestCompact(t *testing.T) {
	batches, _, _ := loadBatches(t, truthDump(t, "redis-7.4.rdb"))
	wide := memory.DefaultConfig()
	for _, s := range []string{"hash-max-listpack-entries", "hash-max-listpack-value", "zset-max-listpack-entries", "zset-max-listpack-value",
		"set-max-intset-entries", "set-max-listpack-entries", "set-max-listpack-value"} {
		if _, err := wide.Set(s, "1000000"); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range serverNames() {
		s := mustServer(t, name)
		narrow := memory.NewMeter(memory.Profile{Server: s, Config: memory.DefaultConfig()}, false)
		loose := memory.NewMeter(memory.Profile{Server: s, Config: wide}, false)
		compared := map[parser.DataType]int{}
		for _, b := range batches {
			for i := range b.Keys {
				k := &b.Keys[i]
				for _, m := range []memory.Meter{narrow, loose} {
					if !k.Is(parser.Continued) {
						m.Begin(k)
					}
					m.Elements(b, k, b.Elements(k))
				}
				if k.Is(parser.More) {
					continue
				}
				table, packed := narrow.End(k), loose.End(k)
				if table.Encoding != memory.EncodingHashtable && table.Encoding != memory.EncodingSkiplist {
					if table.Compact != 0 || table.CompactLen != 0 || table.CompactResident != 0 {
						t.Errorf("%s, key %.40q: %s has a compact form", name, k.Name, table.Encoding)
					}
					continue
				}
				if packed.Encoding == memory.EncodingHashtable {
					if table.Compact != 0 {
						t.Errorf("%s, key %.40q: a compact form of %d for a value that is never packed", name, k.Name, table.Compact)
					}
					continue
				}
				compared[k.Type.DataType()]++
				if table.Compact != packed.Bytes || table.CompactResident != packed.Resident {
					t.Errorf("%s, key %.40q of type %d: compact %d (%d allocated), packed %d (%d)", name, k.Name, k.Type,
						table.Compact, table.CompactResident, packed.Bytes, packed.Resident)
				}
				if table.CompactLen > table.CompactResident || table.CompactLen <= table.Payload-k.NameLen-9*k.Count*2 && k.Type != parser.TypeSet {
					t.Errorf("%s, key %.40q: a blob of %d bytes for %d bytes of contents", name, k.Name, table.CompactLen, table.Payload)
				}
			}
		}
		if compared[parser.DataTypeSet] == 0 || compared[parser.DataTypeZset] == 0 || compared[parser.DataTypeHash] == 0 {
			t.Errorf("%s: compared %v", name, compared)
		}
	}
}

func TestNeedsWalk(t *testing.T) {
	for _, tt := range []struct {
		typ   parser.Type
		count int64
		// Lines of Redis 6.2, 7.0, 7.2, 7.4, Valkey 9.0.
		want [5]bool
	}{
		{parser.TypeString, 1, [5]bool{}},
		{parser.TypeList, 5000, [5]bool{}},
		{parser.TypeHash, 5000, [5]bool{}},
		{parser.TypeHashZipmap, 3, [5]bool{true, true, true, true, true}},
		{parser.TypeListZiplist, 3, [5]bool{true, true, true, true, true}},
		{parser.TypeListQuicklist, 3, [5]bool{false, true, true, true, true}},
		{parser.TypeListQuicklist2, 3, [5]bool{true, false, false, false, false}},
		{parser.TypeSetIntset, 512, [5]bool{}},
		{parser.TypeSetIntset, 513, [5]bool{true, true, true, true, true}},
		{parser.TypeSetListpack, 128, [5]bool{true, true, false, false, false}},
		{parser.TypeSetListpack, 129, [5]bool{true, true, true, true, true}},
		{parser.TypeZsetZiplist, 128, [5]bool{false, true, true, true, true}},
		{parser.TypeZsetZiplist, 129, [5]bool{true, true, true, true, true}},
		{parser.TypeZsetListpack, 128, [5]bool{true, false, false, false, false}},
		{parser.TypeZsetListpack, 129, [5]bool{true, true, true, true, true}},
		{parser.TypeHashZiplist, 512, [5]bool{false, true, true, true, true}},
		{parser.TypeHashListpack, 512, [5]bool{true, false, false, false, false}},
		{parser.TypeHashListpack, 513, [5]bool{true, true, true, true, true}},
		{parser.TypeHashListpack, -1, [5]bool{true, true, true, true, true}},
		{parser.TypeHashListpackEx, 512, [5]bool{true, true, true, false, true}},
		{parser.TypeHashListpackEx, 513, [5]bool{true, true, true, true, true}},
		{parser.TypeStreamListpacks3, 5000, [5]bool{}},
	} {
		for i, name := range []string{"redis-6.2", "redis-7.0", "redis-7.2", "redis-7.4", "valkey-9.0"} {
			m := memory.NewMeter(memory.Profile{Server: mustServer(t, name), Config: memory.DefaultConfig()}, false)
			if got := m.NeedsWalk(&parser.Key{Type: tt.typ, Count: tt.count}); got != tt.want[i] {
				t.Errorf("%s, type %d of %d: %v", name, tt.typ, tt.count, got)
			}
		}
	}
}

// TestUnwalked sizes blobs that should have been walked and were not: the
// figure is an estimate, said to be one, and near the true one.
func TestUnwalked(t *testing.T) {
	batches, _, _ := loadBatches(t, truthDump(t, "redis-7.4.rdb"))
	for _, name := range []string{"redis-6.2", "redis-7.0", "redis-7.4", "redis-8.6", "valkey-8.1", "valkey-9.1"} {
		tight := memory.DefaultConfig()
		tight.HashMaxListpackEntries, tight.ZsetMaxListpackEntries, tight.SetMaxListpackEntries, tight.SetMaxIntsetEntries = 1, 1, 1, 1
		m := memory.NewMeter(memory.Profile{Server: mustServer(t, name), Config: tight}, false)
		var walked, blind int64
		keys := 0
		for _, b := range batches {
			for i := range b.Keys {
				k := b.Keys[i]
				if k.Is(parser.More) || k.Is(parser.Continued) || !k.Is(parser.Walked) || !m.NeedsWalk(&k) {
					continue
				}
				keys++
				full := sizeKey(m, k, b.Elements(&b.Keys[i]), 1<<20)
				k.Flags &^= parser.Walked
				var nodes []parser.Element // of a quicklist; they come in any case
				for _, e := range b.Elements(&b.Keys[i]) {
					if e.Kind == parser.KindNode {
						nodes = append(nodes, e)
					}
				}
				est := sizeKey(m, k, nodes, 1<<20)
				if est.Exact && full.Bytes != est.Bytes {
					t.Errorf("%s, key %.40q of type %d: %d called exact, is %d", name, k.Name, k.Type, est.Bytes, full.Bytes)
				}
				walked += full.Bytes
				blind += est.Bytes
			}
		}
		if keys == 0 || blind < walked*2/3 || blind > walked*3/2 {
			t.Errorf("%s: %d keys, %d bytes walked, %d estimated", name, keys, walked, blind)
		}
	}
}

// TestArrays takes sizes from array.c of Redis 8.8 by hand.
func TestArrays(t *testing.T) {
	m := memory.NewMeter(memory.Profile{Server: mustServer(t, "redis-8.8"), Config: memory.DefaultConfig()}, false)
	const top = 16 + 1 + 5 // robj, size of the key's header, a key of 3
	slots := func(index ...uint64) []parser.Element {
		es := make([]parser.Element, len(index))
		for i, x := range index {
			es[i] = parser.Element{Kind: parser.KindItem, Aux: int64(x), Value: 1}
		}
		return es
	}
	run := func(from, n, step uint64) []parser.Element {
		var index []uint64
		for i := range n {
			index = append(index, from+i*step)
		}
		return slots(index...)
	}
	for _, tt := range []struct {
		name string
		es   []parser.Element
		want int64
	}{
		// A sparse slice of four: 32 + 8 + 32.
		{"one element", slots(0), 80 + 8 + 80},
		{"ten elements", run(0, 10, 1), 80 + 8 + 160}, // 32 + 24 + 80 = 136
		{"eleven elements", run(0, 11, 1), 80 + 8 + 160},
		{"a run of seventeen", run(0, 17, 1), 80 + 8 + 320}, // window 32
		{"the end of a slice", run(4080, 16, 1), 80 + 8 + 160},
		{"a whole slice", run(0, 4096, 1), 80 + 8 + 32800 + 8160},
		{"the second slice", slots(4096), 80 + 16 + 80},
		{"far away", slots(1 << 40), 80 + 96 + 16384 + 80},
		{"two blocks", slots(0, 1<<40), 80 + 96 + 2*16384 + 2*80},
		{"a string", []parser.Element{{Kind: parser.KindItem, Len: 30, Value: 0}}, 80 + 8 + 80 + 32},
		{"a short string", []parser.Element{{Kind: parser.KindItem, Len: 5, Value: 3}}, 80 + 8 + 80},
	} {
		s := sizeKey(m, parser.Key{Type: parser.TypeArray, NameLen: 3, Count: int64(len(tt.es))}, tt.es, 5)
		if s.Bytes != top+tt.want || !s.Exact || s.Encoding != memory.EncodingArray {
			t.Errorf("%s: %d bytes beside the key, exact %v, want %d", tt.name, s.Bytes-top, s.Exact, tt.want)
		}
	}
	s := sizeKey(m, parser.Key{Type: parser.TypeArray, NameLen: 3, Count: 2}, slots(5, 3), 5)
	if s.Exact {
		t.Error("indexes out of order are called exact")
	}
}

// TestModules holds that a module's value is its payload, and said to be a guess.
func TestModules(t *testing.T) {
	for _, name := range serverNames() {
		m := memory.NewMeter(memory.Profile{Server: mustServer(t, name), Config: memory.DefaultConfig()}, true)
		s := sizeKey(m, parser.Key{Type: parser.TypeModule2, NameLen: 3, Len: 1000, Module: &parser.Module{Name: "ReJSON-RL"}}, nil, 1)
		if s.Exact || !s.Unbounded || s.Encoding != memory.EncodingModule || s.Bytes < 1000 || s.Bytes > 1100 || s.Longest != -1 {
			t.Errorf("%s: %+v", name, s)
		}
		s = sizeKey(m, parser.Key{Type: parser.TypeKeyDBCron, NameLen: 3, Len: 50}, nil, 1)
		if s.Exact || s.Encoding != memory.EncodingUnknown || s.Bytes < 50 {
			t.Errorf("%s: an unknown type: %+v", name, s)
		}
	}
}

// FuzzMeter feeds hostile facts to every line: nothing may panic or hang, and
// what is said must hold together.
func FuzzMeter(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03 some facts that mean nothing at all"), uint16(0))
	for _, typ := range []parser.Type{1, 2, 4, 5, 11, 14, 16, 18, 20, 21, 24, 25, 27, 28, 7, parser.TypeValkeyHash2} {
		f.Add([]byte(fmt.Sprintf("%c............0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP\xff\xff\xff\x00\x00", typ)), uint16(typ))
	}
	var meters []memory.Meter
	for i, name := range serverNames() {
		for _, a := range []memory.Allocator{memory.Jemalloc, memory.Libc} {
			c := memory.DefaultConfig()
			if i%2 == 1 {
				c.ListCompressDepth, c.ListMaxListpackSize, c.HashMaxListpackEntries, c.ArraySliceSize = 2, 3, 5, 16
			}
			meters = append(meters, memory.NewMeter(memory.Profile{Server: mustServer(f, name), Allocator: a, Config: c}, i%3 == 0))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, typ uint16) {
		at := 0
		next := func() byte {
			if at >= len(data) {
				return 0
			}
			at++
			return data[at-1]
		}
		number := func() int64 {
			v := int64(next()) << (next() % 40)
			if next()%16 == 0 {
				v = [...]int64{math.MaxInt64, math.MinInt64, -1, 1 << 62, 1<<32 - 1}[next()%5]
			}
			return v
		}
		length := func() int64 { return max(0, number()) & (1<<40 - 1) }
		k := parser.Key{Type: parser.Type(typ), NameLen: length(), Len: length(), Stored: length(), Count: number() & (1<<40 - 1),
			Int: number(), IntClass: parser.IntClass(next() % 9), Metas: uint16(next()), Flags: parser.KeyFlags(next())}
		if next()%2 == 0 {
			k.Module = &parser.Module{Vector: &parser.VectorSet{Dim: uint64(number()), Elements: uint64(next()), Config: uint64(number()), Flags: uint64(next()), InputDim: uint64(number())}}
		}
		var es []parser.Element
		for at < len(data) && len(es) < 4000 {
			e := parser.Element{Len: length(), Value: length(), Aux: number(), Kind: parser.Kind(next() % 12), Int: parser.IntClass(next() % 9),
				ValueInt: parser.IntClass(next() % 9)}
			// Without the flags that promise bytes in the batch.
			e.Flags = parser.ElementFlags(next()) &^ (parser.FlagBytes | parser.FlagValueBytes)
			for range 1 + next()%200 {
				es = append(es, e)
			}
		}
		for _, m := range meters {
			m.NeedsWalk(&k)
			s := sizeKey(m, k, es, 100)
			if terms := m.Terms(); len(terms) > 0 {
				var sum int64
				for _, term := range terms {
					sum += term.Bytes
				}
				if sum != s.Bytes {
					t.Errorf("type %d: terms of %d bytes, size %d", typ, sum, s.Bytes)
				}
			}
			if s.Exact && s.Error != 0 {
				t.Errorf("type %d: exact with an error of %d", typ, s.Error)
			}
			_ = s.Encoding.String()
		}
	})
}

// TestStreamByHand takes a stream with a group and with idempotent producers
// from the structs of Redis 8.6 by hand.
func TestStreamByHand(t *testing.T) {
	m := memory.NewMeter(memory.Profile{Server: mustServer(t, "redis-8.6"), Config: memory.DefaultConfig()}, false)
	node := parser.Element{Kind: parser.KindStreamNode, Len: 100, Value: 1700000000000}
	const (
		top  = 24           // 16 + 1 + 5
		base = 160          // struct stream
		ids  = 32 + 32 + 16 // struct rax, a run of 16 bytes, a leaf
		name = 32 + 16 + 16 // struct rax, a run of 2 bytes, a leaf
	)
	for _, tt := range []struct {
		what  string
		es    []parser.Element
		want  int64
		exact bool
	}{
		{"a node", []parser.Element{node}, top + base + ids + 100, true},
		{"no node", nil, top + base + 32 + 8, true},
		{"a group without entries", []parser.Element{node, {Kind: parser.KindGroup, Len: 2}},
			top + base + ids + 100 + name + 56 + 40 + 40, true},
		{"a group with an entry", []parser.Element{node, {Kind: parser.KindGroup, Len: 2},
			{Kind: parser.KindPending, Value: 1700000000000}, {Kind: parser.KindConsumer, Len: 2},
			{Kind: parser.KindConsumerPending, Value: 1700000000000}},
			// streamCG, its entries, their index, the consumers' index; the
			// consumer, its name of 4 counted bytes, its entries; all entries.
			top + base + ids + 100 + name + (56 + 64 + ids + name) + (32 + 4 + ids) + ids, true},
		{"a producer", []parser.Element{node, {Kind: parser.KindProducer, Len: 2}, {Kind: parser.KindProducerEntry, Len: 5}},
			top + base + ids + 100 + name + 24 + 40, false},
		{"a producer without entries", []parser.Element{node, {Kind: parser.KindProducer, Len: 2}}, top + base + ids + 100, true},
		{"what belongs to nothing", []parser.Element{node, {Kind: parser.KindPending}, {Kind: parser.KindConsumer}, {Kind: parser.KindConsumerPending},
			{Kind: parser.KindProducerEntry}}, top + base + ids + 100, true},
	} {
		s := sizeKey(m, parser.Key{Type: parser.TypeStreamListpacks4, NameLen: 3}, tt.es, 2)
		if s.Bytes != tt.want || s.Exact != tt.exact || s.Encoding != memory.EncodingStream {
			t.Errorf("%s: %d bytes, exact %v, want %d, %v", tt.what, s.Bytes, s.Exact, tt.want, tt.exact)
		}
	}
}
