package parquet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/rdblens/rdblens/aggregate"
)

// TestUpperBound: what a value is cut to is above it, and no longer than it must be.
func TestUpperBound(t *testing.T) {
	long := strings.Repeat("k", 100)
	for _, c := range []struct{ v, want string }{
		{"", ""}, {"a", "a"}, {"\xff\xff", "\xff\xff"}, {long[:boundBytes], long[:boundBytes]}, {long, long[:boundBytes-1] + "l"},
		{"a\xff" + strings.Repeat("\xff", 50), "b"}, {strings.Repeat("\xff", 40) + "a" + long, strings.Repeat("\xff", 40) + "b"},
	} {
		got, ok := upperBound([]byte(c.v))
		if !ok || string(got) != c.want {
			t.Errorf("%q: %q, %v", c.v, got, ok)
		}
	}
	if _, ok := upperBound(bytes.Repeat([]byte{0xff}, 99)); ok {
		t.Error("there is nothing above 0xff for ever")
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		v := make([]byte, rnd.IntN(60))
		for i := range v {
			v[i] = byte(0xfe + rnd.IntN(2))
		}
		if up, ok := upperBound(v); ok && bytes.Compare(up, v) < 0 {
			t.Fatalf("%x is not above %x", up, v)
		}
		if low := lowerBound(v); bytes.Compare(low, v) > 0 {
			t.Fatalf("%x is not below %x", low, v)
		}
	}
}

// TestNameIndex: the bounds of each page of names hold, for all names, and stay
// small.
func TestNameIndex(t *testing.T) {
	var b bytes.Buffer
	w, err := NewRows(&b)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(2, 2))
	var keys [][]byte
	for i := range 400 {
		key := fmt.Appendf(nil, "%x:%s", rnd.Uint32(), strings.Repeat("n", rnd.IntN(20_000)))
		if i%50 == 0 {
			key = bytes.Repeat([]byte{0xff}, 10_000+i)
		}
		keys = append(keys, key)
		if err := w.WriteRow(&aggregate.Row{Key: key, KeyLen: int64(len(key)), Source: "s", TypeName: "string"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	pages, at := 0, 0
	for i, g := range f.RowGroups() {
		stats := f.Metadata().RowGroups[i].Columns[colKey].MetaData.Statistics
		if len(stats.MinValue) > boundBytes || len(stats.MaxValue) > boundBytes && stats.MaxValue[0] != 0xff {
			t.Errorf("row group %d: bounds of %d and %d bytes", i, len(stats.MinValue), len(stats.MaxValue))
		}
		for _, k := range keys[at : at+int(g.NumRows())] {
			if bytes.Compare(k, stats.MinValue) < 0 || bytes.Compare(k, stats.MaxValue) > 0 {
				t.Fatalf("row group %d: a name is out of its bounds", i)
			}
		}
		column := g.ColumnChunks()[colKey]
		index, err := column.ColumnIndex()
		if err != nil {
			t.Fatal(err)
		}
		offsets, err := column.OffsetIndex()
		if err != nil {
			t.Fatal(err)
		}
		for p := range index.NumPages() {
			pages++
			end := int(g.NumRows())
			if p+1 < index.NumPages() {
				end = int(offsets.FirstRowIndex(p + 1))
			}
			least, most := index.MinValue(p).ByteArray(), index.MaxValue(p).ByteArray()
			if len(least) > boundBytes || len(most) > boundBytes && most[0] != 0xff {
				t.Errorf("page %d: bounds of %d and %d bytes", p, len(least), len(most))
			}
			for _, k := range keys[at+int(offsets.FirstRowIndex(p)) : at+end] {
				if bytes.Compare(k, least) < 0 || bytes.Compare(k, most) > 0 {
					t.Fatalf("page %d: a name is out of its bounds", p)
				}
			}
		}
		at += int(g.NumRows())
	}
	if pages < 5 || at != len(keys) {
		t.Errorf("%d pages, %d rows", pages, at)
	}
}

// TestLongNamesInMemory: what a writer holds does not grow with the names it has
// written.
func TestLongNamesInMemory(t *testing.T) {
	w, err := NewRows(discard{})
	if err != nil {
		t.Fatal(err)
	}
	name := bytes.Repeat([]byte("0123456789abcdef"), 4000)
	held := func(rows int) uint64 {
		for i := range rows {
			copy(name, fmt.Sprintf("%08d", i*7919%rows))
			if err := w.WriteRow(&aggregate.Row{Key: name, KeyLen: int64(len(name)), Source: "s", TypeName: "string"}); err != nil {
				t.Fatal(err)
			}
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	first := held(2000)
	later := held(6000)
	if later > first+8<<20 {
		t.Errorf("%d MiB after 2,000 names of 64 KB, %d after 8,000", first>>20, later>>20)
	}
	runtime.KeepAlive(w)
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
