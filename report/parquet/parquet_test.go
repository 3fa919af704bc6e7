package parquet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/internal/reporttest"
	reportjson "github.com/rdblens/rdblens/report/json"
	"github.com/rdblens/rdblens/report/rows"
)

// readParquet reads a file back into structs.
func readParquet[T any](t *testing.T, b []byte) []T {
	t.Helper()
	rows, err := parquet.Read[T](bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func openParquet(t *testing.T, b []byte) *parquet.File {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// checkPortable fails on what some reader does not understand.
func checkPortable(t *testing.T, f *parquet.File) {
	t.Helper()
	for i, c := range f.Schema().Columns() {
		leaf, _ := f.Schema().Lookup(c...)
		if leaf.Node.Type().LogicalType() == nil {
			continue
		}
		for _, g := range f.RowGroups() {
			checkUTF8(t, g.ColumnChunks()[i])
		}
	}
	for _, g := range f.Metadata().RowGroups {
		for _, c := range g.Columns {
			if c.MetaData.Codec != format.Zstd {
				t.Errorf("%v is compressed with %v", c.MetaData.PathInSchema, c.MetaData.Codec)
			}
			for _, e := range c.MetaData.Encoding {
				if e != format.Plain && e != format.RLE && e != format.RLEDictionary {
					t.Errorf("%v is encoded as %v", c.MetaData.PathInSchema, e)
				}
			}
		}
	}
}

// checkUTF8 fails on text that a reader would refuse.
func checkUTF8(t *testing.T, c parquet.ColumnChunk) {
	t.Helper()
	pages := c.Pages()
	defer pages.Close()
	values := make([]parquet.Value, 1024)
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for r := page.Values(); ; {
			n, err := r.ReadValues(values)
			for _, v := range values[:n] {
				if v.Kind() == parquet.ByteArray && !utf8.Valid(v.ByteArray()) {
					t.Fatalf("column %d holds %q", c.Column(), v.ByteArray())
				}
			}
			if err != nil {
				break
			}
		}
		parquet.Release(page)
	}
}

func TestParquetSchema(t *testing.T) {
	var b bytes.Buffer
	w, err := NewRows(&b)
	if err != nil {
		t.Fatal(err)
	}
	reporttest.WriteRows(t, w, reporttest.HostileRows())
	f := openParquet(t, b.Bytes())
	checkPortable(t, f)
	want := `message parquetRow {
	required int32 db (INT(32,true));
	required binary key;
	required binary type (STRING);
	required binary encoding (STRING);
	required binary pattern (STRING);
	required binary source (STRING);
	required int64 size_in_bytes (INT(64,true));
	required int64 num_elements (INT(64,true));
	optional int64 len_largest_element (INT(64,true));
	required int64 rdb_bytes (INT(64,true));
	optional int64 error_bytes (INT(64,true));
	required boolean exact;
	optional int64 expiry (TIMESTAMP(isAdjustedToUTC=true,unit=MILLIS));
	optional int64 idle_seconds (INT(64,true));
	optional int32 freq (INT(32,true));
	required int32 slot (INT(32,true));
}`
	if diff := cmp.Diff(want, f.Schema().String()); diff != "" {
		t.Error(diff)
	}
	for _, c := range f.Metadata().RowGroups[0].Columns {
		name := c.MetaData.PathInSchema[0]
		dictionary := slices.Contains(c.MetaData.Encoding, format.RLEDictionary)
		if want := slices.Contains([]string{"db", "type", "encoding", "pattern", "source", "size_in_bytes", "num_elements", "len_largest_element", "rdb_bytes", "error_bytes", "slot"}, name); dictionary != want {
			t.Errorf("%s: dictionary is %v", name, dictionary)
		}
	}
	if v, _ := f.Lookup("rdblens.schema"); v != "rdblens.keys/1" {
		t.Errorf("schema is called %q", v)
	}
}

// asParquet is the row that a file should hold.
func asParquet(r *aggregate.Row) parquetRow {
	known := func(n int64) *int64 {
		if n < 0 {
			return nil
		}
		return &n
	}
	text := func(s string) string {
		if utf8.ValidString(s) {
			return s
		}
		return string(escape.AppendPrintable(nil, s, false))
	}
	p := parquetRow{
		DB: r.DB, Key: r.Key, Type: text(rows.TypeName(r)), Encoding: text(rows.EncodingName(r)), Pattern: text(string(r.Pattern)), Source: text(r.Source), SizeInBytes: r.Size.Bytes,
		NumElements: r.Elements, LongestElement: known(r.LongestElement), RDBBytes: r.RDBBytes, Exact: r.Size.Exact,
		IdleSeconds: known(r.IdleSeconds), Slot: r.Slot,
	}
	if !r.Size.Unbounded {
		p.ErrorBytes = &r.Size.Error
	}
	if r.HasExpiry {
		ms := min(max(r.Expiry, -62167219200000), 253402300799999)
		p.Expiry = &ms
	}
	if r.Freq >= 0 {
		p.Freq = &r.Freq
	}
	if p.Key == nil {
		p.Key = []byte{}
	}
	return p
}

func checkParquetRows(t *testing.T, b []byte, rows []aggregate.Row) {
	t.Helper()
	got := readParquet[parquetRow](t, b)
	if len(got) != len(rows) {
		t.Fatalf("%d rows, want %d", len(got), len(rows))
	}
	for i := range rows {
		// cmp.Diff takes long to find long keys equal.
		if want := asParquet(&rows[i]); !reflect.DeepEqual(want, got[i]) {
			t.Fatalf("row %d: %s", i, cmp.Diff(want, got[i]))
		}
	}
}

func TestParquetRows(t *testing.T) {
	many := reporttest.HostileRows()
	for i := range 40_000 {
		r := many[i%len(reporttest.HostileKeys)]
		r.Elements = int64(i)
		many = append(many, r)
	}
	// A pattern and a key of its own for every row: no dictionary helps.
	distinct := reporttest.PlainRows(30_000)
	for i := range distinct {
		distinct[i].Pattern = fmt.Appendf(nil, "%0200d", i)
		distinct[i].Source = fmt.Sprintf("dump-%d.rdb", i/7)
	}
	long := reporttest.PlainRows(1100)
	for i := range long {
		long[i].Key = bytes.Repeat(fmt.Appendf(nil, "%08d", i), 8192)
		long[i].KeyLen = int64(len(long[i].Key))
	}
	for name, c := range map[string]struct {
		rows   []aggregate.Row
		groups int
	}{
		"none":     {nil, 0},
		"one":      {reporttest.PlainRows(1), 1},
		"batch":    {reporttest.PlainRows(batchRows), 1},
		"batch+1":  {reporttest.PlainRows(batchRows + 1), 1},
		"group+1":  {reporttest.PlainRows(groupRows + 1), 2},
		"hostile":  {many, 1},
		"distinct": {distinct, 1},
		"long":     {long, 9}, // 72 MB of names
	} {
		if testing.Short() && (name == "long" || name == "distinct") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			w, err := NewRows(&b)
			if err != nil {
				t.Fatal(err)
			}
			reporttest.WriteRows(t, w, c.rows)
			checkParquetRows(t, b.Bytes(), c.rows)
			f := openParquet(t, b.Bytes())
			checkPortable(t, f)
			if name == "long" && b.Len() > 8<<20 {
				t.Errorf("%d bytes: names are repeated where nothing compresses them", b.Len())
			}
			if n := len(f.RowGroups()); n != c.groups {
				t.Errorf("%d row groups, want %d", n, c.groups)
			}
			for _, g := range f.RowGroups() {
				if g.NumRows() > groupRows {
					t.Errorf("a row group of %d rows", g.NumRows())
				}
			}
			if err := w.WriteRow(&reporttest.PlainRows(1)[0]); !errors.Is(err, rows.ErrClosed) {
				t.Errorf("a row after close: %v", err)
			}
		})
	}
}

// TestParquetIsDeterministic: equal rows and reports are equal files.
func TestParquetIsDeterministic(t *testing.T) {
	rows := reporttest.PlainRows(5000)
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		w, err := NewRows(b)
		if err != nil {
			t.Fatal(err)
		}
		reporttest.WriteRows(t, w, rows)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("rows differ")
	}
	want := writeTables(t, reporttest.ShopDocument())
	for range 10 {
		for name, b := range writeTables(t, reporttest.ShopDocument()) {
			if !bytes.Equal(b, want[name]) {
				t.Errorf("%s differs", name)
			}
		}
	}
}

// TestParquetMemory: what is held does not grow with the rows, nor with the
// length of their names.
func TestParquetMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a million rows")
	}
	w, err := NewRows(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	peak := func(rows []aggregate.Row, n int) (most uint64) {
		for i := range n {
			if err := w.WriteRow(&rows[i%len(rows)]); err != nil {
				t.Fatal(err)
			}
			if i%16_384 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		return most
	}
	rows := reporttest.PlainRows(1 << 14)
	// Equal numbers of whole row groups: what is held rises towards the end of each.
	before := peak(rows, 4*groupRows)
	after := peak(rows, 4*groupRows)
	if limit := before + before/4 + 8<<20; after > limit {
		t.Errorf("%d bytes are held in the second half of the rows, %d in the first", after, before)
	}
	long := reporttest.PlainRows(256)
	for i := range long {
		long[i].Key = bytes.Repeat(fmt.Appendf(nil, "%08x", i*0x9e3779b1), 8192)
		long[i].KeyLen = int64(len(long[i].Key))
	}
	if most := peak(long, 2500); most > before+128<<20 {
		t.Errorf("%d bytes are held for long names, %d for short ones", most, before)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// memoryFile is a file that remembers whether it was closed.
type memoryFile struct {
	bytes.Buffer
	closed int
	err    error
}

func (f *memoryFile) Close() error { f.closed++; return f.err }

func writeTables(t *testing.T, d *document.Document) map[string][]byte {
	t.Helper()
	files := map[string]*memoryFile{}
	err := WriteReport(func(name string) (io.WriteCloser, error) {
		files[name] = &memoryFile{}
		return files[name], nil
	}, d)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][]byte{}
	for name, f := range files {
		if f.closed != 1 {
			t.Errorf("%s was closed %d times", name, f.closed)
		}
		tables[name] = f.Bytes()
	}
	return tables
}

// tableNames are the files of the contract.
var tableNames = []string{"biggest.parquet", "expiry.parquet", "patterns.parquet", "slots.parquet", "snapshots.parquet", "suggestions.parquet", "types.parquet"}

// TestParquetTables holds the tables against the JSON report: the same columns
// in the same order with the same values.
func TestParquetTables(t *testing.T) {
	for name, document := range reporttest.Documents {
		t.Run(name, func(t *testing.T) {
			d := document()
			tables := writeTables(t, d)
			if diff := cmp.Diff(tableNames, slices.Sorted(maps.Keys(tables))); diff != "" {
				t.Fatal(diff)
			}
			var b bytes.Buffer
			if err := reportjson.WriteReport(&b, d); err != nil {
				t.Fatal(err)
			}
			var j struct {
				Sources, ByType, Patterns, Biggest, Suggestions []map[string]any
				Types                                           []map[string]any `json:"by_type"`
				Expiry                                          struct{ Buckets []map[string]any }
			}
			dec := json.NewDecoder(&b)
			dec.UseNumber()
			if err := dec.Decode(&j); err != nil {
				t.Fatal(err)
			}
			compareTable[parquetSnapshot](t, tables["snapshots.parquet"], j.Sources)
			compareTable[parquetType](t, tables["types.parquet"], j.Types)
			compareTable[parquetPattern](t, tables["patterns.parquet"], j.Patterns)
			compareTable[parquetBucket](t, tables["expiry.parquet"], j.Expiry.Buckets)
			compareTable[parquetBigKey](t, tables["biggest.parquet"], j.Biggest)
			compareTable[parquetSuggestion](t, tables["suggestions.parquet"], j.Suggestions)
			slots := readParquet[parquetSlot](t, tables["slots.parquet"])
			if len(slots) != len(d.Slots.All) {
				t.Fatalf("%d slots, want %d", len(slots), len(d.Slots.All))
			}
			for i, s := range d.Slots.All {
				want := parquetSlot{
					Slot: s.Slot, Keys: s.Keys, Memory: s.Memory, MemoryShare: float64(s.MemoryShare) / 10000,
					TaggedKeys: s.TaggedKeys, TaggedMemory: s.TaggedMemory,
				}
				for _, b := range d.Slots.Biggest {
					if b.Slot == s.Slot && len(b.Tags) > 0 {
						want.TopTag, want.TopTagAtMost, want.TopTagExact = &b.Tags[0].Tag, &b.Tags[0].AtMost, &b.Tags[0].Exact
					}
				}
				if diff := cmp.Diff(want, slots[i]); diff != "" {
					t.Errorf("slot %d (-want +got):\n%s", s.Slot, diff)
				}
			}
		})
	}
}

// compareTable compares a file with an array of the JSON report, by way of the
// columns' names.
func compareTable[T any](t *testing.T, b []byte, want []map[string]any) {
	t.Helper()
	f := openParquet(t, b)
	checkPortable(t, f)
	rows := readParquet[T](t, b)
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i := range rows {
		got := columnsOf(t, &rows[i])
		for name, w := range want[i] {
			if strings.Contains(comparable(w), "\ufffd") {
				// Not UTF-8: JSON has the replacement character, the table escapes.
				if strings.Contains(got[name], `\ufffd`) || !strings.Contains(got[name], `\\x`) {
					t.Errorf("row %d, %s: %s", i, name, got[name])
				}
			} else if diff := cmp.Diff(comparable(w), got[name]); diff != "" {
				t.Errorf("row %d, %s: %s", i, name, diff)
			}
			delete(got, name)
		}
		for name, g := range got {
			// JSON leaves out what is empty where the field says so.
			if g != "null" {
				t.Errorf("row %d: %s is %s in the table and absent in JSON", i, name, g)
			}
		}
	}
}

func TestParquetTableMetadata(t *testing.T) {
	tables := writeTables(t, reporttest.FleetDocument())
	for name, b := range tables {
		f := openParquet(t, b)
		for key, want := range map[string]string{"rdblens.schema": "rdblens.report/1", "rdblens.tool": "rdblens 1.0.0", "rdblens.partial": "true"} {
			if got, ok := f.Lookup(key); got != want || !ok {
				t.Errorf("%s: %s is %q, want %q", name, key, got, want)
			}
		}
	}
	var totals aggregate.Totals
	text, _ := openParquet(t, tables["snapshots.parquet"]).Lookup("rdblens.totals")
	if err := json.Unmarshal([]byte(text), &totals); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(reporttest.FleetDocument().Totals, totals); diff != "" {
		t.Error(diff)
	}
	var storms []aggregate.Storm
	text, _ = openParquet(t, tables["expiry.parquet"]).Lookup("rdblens.storms")
	if err := json.Unmarshal([]byte(text), &storms); err != nil {
		t.Fatal(err)
	}
	if len(storms) != len(reporttest.FleetDocument().Expiry.Storms) {
		t.Errorf("%d storms", len(storms))
	}
}

// TestParquetTableErrors: whatever fails first is returned, nothing more is
// created, and what was created is closed.
func TestParquetTableErrors(t *testing.T) {
	for i := range tableNames {
		for _, stage := range []string{"create", "write", "close"} {
			var files []*failingFile
			err := WriteReport(func(name string) (io.WriteCloser, error) {
				f := &failingFile{}
				if len(files) == i {
					if stage == "create" {
						return nil, reporttest.ErrFull
					}
					f.write, f.close = stage == "write", stage == "close"
				}
				files = append(files, f)
				return f, nil
			}, reporttest.ShopDocument())
			if !errors.Is(err, reporttest.ErrFull) {
				t.Errorf("%s of table %d: %v", stage, i, err)
			}
			for _, f := range files {
				if f.closed != 1 {
					t.Errorf("%s of table %d: a file was closed %d times", stage, i, f.closed)
				}
			}
			if len(files) > i+1 {
				t.Errorf("%s of table %d: %d files were created", stage, i, len(files))
			}
		}
	}
	d := reporttest.ShopDocument()
	d.Suggestions[0].Evidence = append(d.Suggestions[0].Evidence, advice.Fact{Name: "bad", Value: math.NaN()})
	if err := WriteReport(func(string) (io.WriteCloser, error) { return &memoryFile{}, nil }, d); err == nil || !strings.Contains(err.Error(), "R02") {
		t.Errorf("evidence that is no JSON: %v", err)
	}
}

type failingFile struct {
	write, close bool
	closed       int
}

func (f *failingFile) Write(p []byte) (int, error) {
	if f.write {
		return 0, reporttest.ErrFull
	}
	return len(p), nil
}

func (f *failingFile) Close() error {
	f.closed++
	if f.close {
		return reporttest.ErrFull
	}
	return nil
}
