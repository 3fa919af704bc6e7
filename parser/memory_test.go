package parser_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// generator is a source of n pieces, each written by fill when it is read.
type generator struct {
	n    int
	fill func(dst []byte, i int) []byte
	i    int
	buf  []byte
	rest []byte
}

func (g *generator) Read(p []byte) (int, error) {
	for len(g.rest) == 0 {
		if g.i == g.n {
			return 0, io.EOF
		}
		g.buf = g.fill(g.buf[:0], g.i)
		g.rest = g.buf
		g.i++
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// repeat is a source of n times the same bytes.
func repeat(p []byte, n int) io.Reader {
	return &generator{n: n, fill: func(dst []byte, _ int) []byte { return append(dst, p...) }}
}

// checkMemory runs f, which reads a large source, and checks what it took:
// both all that was allocated and how far the heap grew.
func checkMemory(t *testing.T, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > readMemory {
		t.Errorf("%d bytes allocated", n)
	}
	if n := int64(after.HeapSys) - int64(before.HeapSys); n > readMemory {
		t.Errorf("the heap grew by %d bytes", n)
	}
}

// streamed reads a dump of one key from a source and sums up its elements.
type streamed struct {
	key    parser.Key
	pieces int
	items  int64
	bytes  int64 // of items and their values
	most   int   // elements of a piece
}

func readStreamed(t *testing.T, src io.Reader, opts parser.Options) (s streamed) {
	t.Helper()
	r := parser.NewReader(src, opts)
	for {
		b, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Keys {
			k := &b.Keys[i]
			s.pieces++
			elements := b.Elements(k)
			s.most = max(s.most, len(elements))
			for e := range elements {
				if elements[e].Kind == parser.KindItem {
					s.items++
					s.bytes += elements[e].Len + max(elements[e].Value, 0)
				}
			}
			if !k.Is(parser.More) {
				s.key = *k
				s.key.Name = bytes.Clone(k.Name)
				if k.Stream != nil {
					stream := *k.Stream
					s.key.Stream = &stream
				}
			}
		}
		b.Release()
	}
	if string(s.key.Name) != "giant" || s.key.Is(parser.More) {
		t.Errorf("key %q, flags %b", s.key.Name, s.key.Flags)
	}
	return s
}

// giant returns a dump of one key, its value from other sources.
func giant(typ byte, value ...io.Reader) io.Reader {
	head := rdbtest.Redis(11).SelectDB(0).Raw(typ).Str(plain("giant")).Bytes()
	foot := new(rdbtest.Writer).EOFZero().Bytes()
	parts := append([]io.Reader{bytes.NewReader(head)}, value...)
	return io.MultiReader(append(parts, bytes.NewReader(foot))...)
}

// TestGiantValues streams values far larger than the memory they may take.
func TestGiantValues(t *testing.T) {
	scale := 1
	if testing.Short() || raceEnabled {
		scale = 20
	}
	block := bytes.Repeat([]byte("0123456789abcdef"), 4096) // 64 KiB
	for _, walk := range []bool{false, true} {
		opts := parser.Options{WalkAll: walk}
		t.Run(fmt.Sprintf("string of 400 MiB, walk %v", walk), func(t *testing.T) {
			n := 6400 / scale
			checkMemory(t, func() {
				size := int64(n) * int64(len(block))
				s := readStreamed(t, giant(0, bytes.NewReader(rdbtest.AppendLen(nil, uint64(size))), repeat(block, n)), opts)
				if s.key.Len != size || s.key.Count != 1 || s.key.IntClass != parser.NotInt {
					t.Errorf("%d bytes, want %d", s.key.Len, size)
				}
			})
		})
		t.Run(fmt.Sprintf("compressed string of 440 MB, walk %v", walk), func(t *testing.T) {
			// One literal, then matches of 264 bytes: 88 bytes for each of 3.
			steps := 5_000_000 / 3 / scale
			stored, size := uint64(2+3*steps), uint64(1+264*steps)
			head := append(rdbtest.AppendLen(rdbtest.AppendLen([]byte{0xc3}, stored), size), 0, 'a')
			matches := bytes.Repeat([]byte{0xe0, 0xff, 0x00}, 1000)
			checkMemory(t, func() {
				s := readStreamed(t, giant(0, bytes.NewReader(head), repeat(matches, steps/1000), bytes.NewReader(matches[:3*(steps%1000)])), opts)
				if s.key.Len != int64(size) || s.key.Stored != int64(stored) || !s.key.Is(parser.Compressed) {
					t.Errorf("%d bytes in %d, want %d in %d", s.key.Len, s.key.Stored, size, stored)
				}
			})
		})
		t.Run(fmt.Sprintf("JSON document of 500 MB, walk %v", walk), func(t *testing.T) {
			member := bytes.Repeat([]byte(`{"id":7,"name":"some \u00e9 text","of":[1.5,null]},`), 1000)
			n := 500_000_000 / len(member) / scale
			head := rdbtest.AppendLen(nil, rdbtest.ModuleID("ReJSON-RL", 3))
			head = append(rdbtest.AppendLen(append(head, 5), uint64(n*len(member)+3)), '[')
			checkMemory(t, func() {
				s := readStreamed(t, giant(7, bytes.NewReader(head), repeat(member, n), bytes.NewReader([]byte{'0', ']', 0})), opts)
				if s.key.Is(parser.Damaged) || s.key.Is(parser.Walked) != walk || walk != (s.pieces > 10) {
					t.Errorf("flags %b, %d pieces", s.key.Flags, s.pieces)
				}
			})
		})
		t.Run(fmt.Sprintf("hash of 2 million fields, walk %v", walk), func(t *testing.T) {
			n := 2_000_000 / scale
			field := func(dst []byte, i int) []byte {
				dst = strconv.AppendInt(append(dst, "\x0dfield:"...), int64(1_000_000+i%1_000_000), 10)
				return strconv.AppendInt(append(dst, "\x14value number "...), int64(1_000_000+i%1_000_000), 10)
			}
			checkMemory(t, func() {
				s := readStreamed(t, giant(4, bytes.NewReader(rdbtest.AppendLen(nil, uint64(n))), &generator{n: n, fill: field}), opts)
				if s.key.Count != int64(n) || s.items != int64(n) || s.bytes != 33*int64(n) {
					t.Errorf("count %d, %d items of %d bytes", s.key.Count, s.items, s.bytes)
				}
				if s.pieces < 10 || s.most > n/10 {
					t.Errorf("%d pieces, the longest of %d elements", s.pieces, s.most)
				}
			})
		})
		t.Run(fmt.Sprintf("quicklist of 300,000 nodes, walk %v", walk), func(t *testing.T) {
			n := 300_000 / scale
			node := append(rdbtest.AppendLen(nil, 2), rdbtest.NewListpack("one", "2", "three").Str()...)
			checkMemory(t, func() {
				s := readStreamed(t, giant(18, bytes.NewReader(rdbtest.AppendLen(nil, uint64(n))), repeat(node, n)), opts)
				items := int64(0)
				if walk {
					items = 3 * int64(n)
				}
				if s.key.Count != 3*int64(n) || s.items != items || s.bytes != 3*items {
					t.Errorf("count %d, %d items of %d bytes", s.key.Count, s.items, s.bytes)
				}
			})
		})
		t.Run(fmt.Sprintf("listpack of 60 MB, walk %v", walk), func(t *testing.T) {
			// Too many entries for its header: it is walked in any case.
			n := 300 / scale
			part := new(rdbtest.Listpack)
			for i := range 20_000 {
				part.Text(fmt.Sprintf("entry%03d", i%1000))
			}
			entries := part.Bytes()
			entries = entries[6 : len(entries)-1]
			total := 6 + len(entries)*n + 1
			head := rdbtest.AppendLen(nil, uint64(total))
			head = binary.LittleEndian.AppendUint32(head, uint32(total))
			head = append(head, 0xff, 0xff)
			checkMemory(t, func() {
				s := readStreamed(t, giant(20, bytes.NewReader(head), repeat(entries, n), bytes.NewReader([]byte{0xff})), opts)
				items := int64(0)
				if walk {
					items = 20_000 * int64(n)
				}
				if s.key.Count != 20_000*int64(n) || s.items != items || s.bytes != 8*items || s.key.Len != int64(total) {
					t.Errorf("count %d, %d items of %d bytes, blob of %d", s.key.Count, s.items, s.bytes, s.key.Len)
				}
			})
		})
		t.Run(fmt.Sprintf("stream with a million pending entries, walk %v", walk), func(t *testing.T) {
			n := 1_000_000 / scale
			head := append([]byte{0, 0, 0, 0, 1, 1, 'g', 0, 0}, rdbtest.AppendLen(nil, uint64(n))...)
			pending := make([]byte, 25)
			checkMemory(t, func() {
				s := readStreamed(t, giant(15, bytes.NewReader(head), repeat(pending, n), bytes.NewReader([]byte{0})), opts)
				if s.key.Stream == nil || s.key.Stream.Groups != 1 || s.pieces < 10 {
					t.Errorf("%d pieces, %+v", s.pieces, s.key.Stream)
				}
			})
		})
		t.Run(fmt.Sprintf("module of 3 million numbers, walk %v", walk), func(t *testing.T) {
			n := 3_000_000 / scale
			checkMemory(t, func() {
				s := readStreamed(t, giant(7, bytes.NewReader(rdbtest.AppendLen(nil, rdbtest.ModuleID("test-type", 0))), repeat([]byte{2, 1}, n), bytes.NewReader([]byte{0})), opts)
				if s.key.Module == nil || s.key.Len < 2*int64(n) {
					t.Errorf("%d bytes of %+v", s.key.Len, s.key.Module)
				}
			})
		})
	}
	// Back lengths of four and five bytes, which only entries of 2 MiB and 256 MiB
	// have. The largest number of four takes five, as servers write it.
	for _, entry := range []int{1 << 21, 1<<28 - 1, 1 << 28, 300 << 20} {
		t.Run(fmt.Sprintf("listpack entry of %d bytes", entry), func(t *testing.T) {
			if entry > 1<<22 && (testing.Short() || raceEnabled) {
				t.Skip("long")
			}
			backlen, size := 4, entry-5 // the encoding takes five
			if entry >= 1<<28-1 {
				backlen = 5
			}
			back := make([]byte, backlen)
			for i := range back {
				back[i] = byte(entry>>(7*(backlen-1-i)))&0x7f | 0x80
			}
			back[0] &= 0x7f
			total := 6 + entry + backlen + 1
			head := binary.LittleEndian.AppendUint32(rdbtest.AppendLen(nil, uint64(total)), uint32(total))
			head = binary.LittleEndian.AppendUint32(append(head, 1, 0, 0xf0), uint32(size))
			read := func(back []byte) (s streamed) {
				checkMemory(t, func() {
					s = readStreamed(t, giant(20, bytes.NewReader(head), repeat(block, size/len(block)), bytes.NewReader(block[:size%len(block)]),
						bytes.NewReader(back), bytes.NewReader([]byte{0xff})), parser.Options{WalkAll: true})
				})
				return s
			}
			if s := read(back); s.key.Count != 1 || s.items != 1 || s.bytes != int64(size) || s.key.Len != int64(total) {
				t.Errorf("count %d, %d items of %d bytes, blob of %d", s.key.Count, s.items, s.bytes, s.key.Len)
			}
		})
	}
	t.Run("key of 200 MiB", func(t *testing.T) {
		n := 3200 / scale
		size := int64(n) * int64(len(block))
		head := rdbtest.Redis(11).Raw(0).Len(uint64(size)).Bytes()
		checkMemory(t, func() {
			r := parser.NewReader(io.MultiReader(bytes.NewReader(head), repeat(block, n), bytes.NewReader(new(rdbtest.Writer).Str(plain("v")).EOFZero().Bytes())), parser.Options{})
			for k := range r.Keys() {
				if k.NameLen != size || !k.Is(parser.NameTruncated) || len(k.Name) != parser.MaxName || !bytes.Equal(k.Name[:len(block)], block) {
					t.Errorf("%d of %d bytes kept", len(k.Name), k.NameLen)
				}
			}
			if r.Err() != nil || r.Info().Keys != 1 {
				t.Errorf("%v, %d keys", r.Err(), r.Info().Keys)
			}
		})
	})
	t.Run("tail of 200 MiB", func(t *testing.T) {
		n := 3200 / scale
		checkMemory(t, func() {
			r := parser.NewReader(io.MultiReader(bytes.NewReader(tinyDump(10)), bytes.NewReader([]byte("*1\r\n")), repeat(block, n)), parser.Options{})
			for range r.Keys() {
			}
			if tail := r.Info().Tail; r.Err() != nil || tail.Kind != "aof" || tail.Bytes != 4+int64(n)*int64(len(block)) {
				t.Errorf("%v, tail %+v", r.Err(), tail)
			}
		})
	})
}

// mallocs returns the number of allocations and bytes that reading takes.
func mallocs(t *testing.T, dump []byte, opts parser.Options) (n uint64, keys int64) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	keys, err := drain(bytes.NewReader(dump), opts)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	return after.Mallocs - before.Mallocs, keys
}

// TestAllocations reads dumps of different sizes: the number of allocations
// does not grow with the number of keys and elements.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	// Vector sets have a header of their own, allocated for each; the field
	// names of a self-contained template hash (a form that servers do not write
	// to dumps) are kept to be compared.
	all := slices.DeleteFunc(specimens(), func(s specimen) bool {
		return strings.HasPrefix(s.name, "vector set") || s.key.Type == parser.TypeHashTmplArray
	})
	every := func(n int) []byte {
		w := rdbtest.Redis(15).HashTemplate(1, "f1", "field2").SelectDB(0)
		for i := range n / 4 {
			w.Put("key", all[i%len(all)].value)
		}
		return w.EOF().Bytes()
	}
	dumps := map[string]func(n int) []byte{"tiny": tinyDump, "mixed": mixedDump, "every type": every}
	modes := map[string]parser.Options{
		"headers":    {},
		"walked":     {WalkAll: true},
		"some asked": {Hooks: hooked(parser.Hooks{Walk: func(k *parser.Key) bool { return k.Offset&1 == 0 }})},
		"sampled":    {Hooks: hooked(parser.Hooks{Key: func(*parser.Key) int { return 100 }})},
	}
	n := 200_000
	if testing.Short() {
		n = 60_000
	}
	for name, dump := range dumps {
		small, large := dump(20_000), dump(n)
		for mode, opts := range modes {
			t.Run(name+" "+mode, func(t *testing.T) {
				few, n := mallocs(t, small, opts)
				many, m := mallocs(t, large, opts)
				// How many buffers are in flight depends on how fast each side is.
				if limit := few + 300; many > limit {
					t.Errorf("%d allocations for %d keys, %d for %d", few, n, many, m)
				}
				if few > 2000 {
					t.Errorf("%d allocations for %d keys", few, n)
				}
			})
		}
	}
}
