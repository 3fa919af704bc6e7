package report

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// hostileRows has every hostile key, and values at the edges of their types.
func hostileRows() []aggregate.Row {
	var rows []aggregate.Row
	for i, k := range hostileKeys {
		rows = append(rows, aggregate.Row{
			DB: int32(i), Logical: parser.DataTypeHash, TypeName: "hash", Key: []byte(k), KeyLen: int64(len(k)),
			Size: memory.Size{Bytes: int64(i * i * i * 1000), Encoding: memory.EncodingListpack, Exact: i%2 == 0, Error: int64(i % 2)}, Elements: int64(i),
			LongestElement: int64(i - 1), HasExpiry: i%3 == 0, Expiry: int64(savedAt) + int64(i), IdleSeconds: int64(i%2 - 1), Freq: int32(i%3 - 1),
			Slot: int32(i * 500), Pattern: []byte(parser.Escape([]byte(k))), RDBBytes: int64(i), Source: hostileKeys[i/8],
		})
	}
	const m = math.MaxInt64
	return append(rows,
		aggregate.Row{Logical: parser.DataTypeModule, TypeName: "-JSON-RL", Key: []byte("module"), KeyLen: 6, Size: memory.Size{Encoding: memory.EncodingModule}, LongestElement: -1, IdleSeconds: -1, Freq: -1, Pattern: []byte("module"), Source: "stdin"},
		aggregate.Row{Logical: parser.DataTypeSet, Key: []byte("no type name"), KeyLen: 12, LongestElement: -1, HasExpiry: true, IdleSeconds: -1, Freq: -1, Pattern: []byte("=pattern,"), Source: "-"},
		aggregate.Row{DB: math.MaxInt32, TypeName: "string", Key: []byte("huge"), KeyLen: 4, Size: memory.Size{Bytes: m, Error: m, Encoding: memory.EncodingRaw}, Elements: m, LongestElement: m, HasExpiry: true, Expiry: m, IdleSeconds: m, Freq: 255, Slot: 16383, Pattern: []byte("\xff\n"), RDBBytes: m},
		aggregate.Row{TypeName: "string", Key: []byte("before the epoch"), KeyLen: 16, HasExpiry: true, Expiry: math.MinInt64, LongestElement: -1, IdleSeconds: -1, Freq: -1},
		aggregate.Row{TypeName: "string", Key: bytes.Repeat([]byte("x"), parser.MaxName), KeyLen: 1 << 40, HasExpiry: true, Expiry: -1, LongestElement: -1, IdleSeconds: -1, Freq: -1},
		aggregate.Row{TypeName: "string", Key: bytes.Repeat([]byte{0xfe}, parser.MaxName), KeyLen: parser.MaxName + 1, LongestElement: -1, IdleSeconds: -1, Freq: -1},
	)
}

// writeRows writes rows and overwrites what they point to after each, as a
// source of rows may.
func writeRows(t testing.TB, w RowWriter, rows []aggregate.Row) {
	t.Helper()
	var key, pattern, source []byte
	for i := range rows {
		r := rows[i]
		key, pattern = append(key[:0], r.Key...), append(pattern[:0], r.Pattern...)
		r.Key, r.Pattern = key, pattern
		source = append(source[:0], r.Source...)
		r.Source = string(source)
		if err := w.WriteRow(&r); err != nil {
			t.Fatal(err)
		}
		for j := range key {
			key[j] = '!'
		}
		for j := range pattern {
			pattern[j] = '!'
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// unescape undoes parser.AppendEscaped.
func unescape(t *testing.T, s string) []byte {
	t.Helper()
	var out []byte
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
		case strings.HasPrefix(s[i:], `\\`):
			out = append(out, '\\')
			i++
		case strings.HasPrefix(s[i:], `\x`):
			b, err := strconv.ParseUint(s[i+2:i+4], 16, 8)
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			out = append(out, byte(b))
			i += 3
		default:
			t.Fatalf("%q has a lone backslash", s)
		}
	}
	return out
}

// checkKey compares a key with what a reader makes of its escaped text.
func checkKey(t *testing.T, r *aggregate.Row, text string) {
	t.Helper()
	if isCut(r) {
		var ok bool
		if text, ok = strings.CutSuffix(text, fmt.Sprintf(`\...(%d bytes)`, r.KeyLen)); !ok {
			t.Fatalf("a cut key is not marked: …%q", text[max(0, len(text)-40):])
		}
	}
	if got := unescape(t, text); !bytes.Equal(got, r.Key) {
		t.Errorf("key %.200q, want %.200q", got, r.Key)
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	rows := hostileRows()
	writeRows(t, NewCSV(&b), rows[:len(rows)-2]) // without the longest keys
	golden(t, "keys.csv", b.Bytes())
	b.Reset()
	writeRows(t, NewCSV(&b), rows)
	checkPrintable(t, b.Bytes())

	records, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(records[0], ",") + "\n"; got != csvHeader {
		t.Errorf("header %q", got)
	}
	if len(records) != len(rows)+1 {
		t.Fatalf("%d records of %d rows", len(records)-1, len(rows))
	}
	for i, record := range records[1:] {
		r := &rows[i]
		checkKey(t, r, record[2])
		longest, expiry, idle, freq := "", "", "", ""
		if r.LongestElement >= 0 {
			longest = fmt.Sprint(r.LongestElement)
		}
		if r.HasExpiry {
			expiry = aggregate.Time(r.Expiry).String()
		}
		if r.IdleSeconds >= 0 {
			idle = fmt.Sprint(r.IdleSeconds)
		}
		if r.Freq >= 0 {
			freq = fmt.Sprint(r.Freq)
		}
		want := []string{fmt.Sprint(r.DB), record[1], record[2], fmt.Sprint(r.Size.Bytes), record[4], fmt.Sprint(r.Elements), longest, expiry, idle, freq,
			fmt.Sprint(r.Slot), record[11], fmt.Sprint(r.RDBBytes), record[13], fmt.Sprint(r.Size.Exact), fmt.Sprint(r.Size.Error)}
		if diff := cmp.Diff(want, record); diff != "" {
			t.Errorf("row %d: %s", i, diff)
		}
		for j, field := range record {
			if field != "" && strings.ContainsRune("=+-@\t\r", rune(field[0])) {
				t.Errorf("row %d: field %d begins like a formula: %.20q", i, j, field)
			}
		}
	}
	if got := records[len(hostileRows())-5][1:5]; got[0] != `\x2dJSON-RL` || got[3] != `\x2dJSON-RL` {
		t.Errorf("module type %q", got)
	}
}

// checkPrintable fails on control characters but line feeds, and on bytes that
// are not UTF-8.
func checkPrintable(t *testing.T, b []byte) {
	t.Helper()
	if !utf8.Valid(b) {
		t.Error("not UTF-8")
	}
	for _, line := range bytes.Split(b, []byte("\n")) {
		for _, r := range string(line) {
			if r < 0x20 || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u202e' {
				t.Fatalf("%U in %.200q", r, line)
			}
		}
	}
}

type jsonRow struct {
	DB      *int32  `json:"db"`
	Type    *string `json:"type"`
	Key     *string `json:"key"`
	Base64  *string `json:"key_base64"`
	Size    *int64  `json:"size_in_bytes"`
	Enc     *string `json:"encoding"`
	Num     *int64  `json:"num_elements"`
	Longest *int64  `json:"len_largest_element"`
	Expiry  *string `json:"expiry"`
	Idle    *int64  `json:"idle_seconds"`
	Freq    *int32  `json:"freq"`
	Slot    *int32  `json:"slot"`
	Pattern *string `json:"pattern"`
	RDB     *int64  `json:"rdb_bytes"`
	Source  *string `json:"source"`
	Exact   *bool   `json:"exact"`
	Error   *int64  `json:"error_bytes"`
}

func TestJSONL(t *testing.T) {
	var b bytes.Buffer
	rows := hostileRows()
	writeRows(t, NewJSONL(&b), rows[:len(rows)-2])
	golden(t, "keys.jsonl", b.Bytes())
	b.Reset()
	writeRows(t, NewJSONL(&b), rows)
	checkPrintable(t, b.Bytes())

	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != len(rows) {
		t.Fatalf("%d lines of %d rows", len(lines), len(rows))
	}
	known := func(n int64) *int64 {
		if n < 0 {
			return nil
		}
		return &n
	}
	for i, line := range lines {
		var got jsonRow
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		r := &rows[i]
		checkKey(t, r, *got.Key)
		want := got // the strings are compared with the other writers' below
		want.DB, want.Size, want.Num, want.Slot, want.RDB, want.Exact, want.Error = &r.DB, &r.Size.Bytes, &r.Elements, &r.Slot, &r.RDBBytes, &r.Size.Exact, &r.Size.Error
		want.Longest, want.Idle, want.Expiry, want.Freq, want.Base64 = known(r.LongestElement), known(r.IdleSeconds), nil, nil, nil
		if r.HasExpiry {
			want.Expiry = at(aggregate.Time(r.Expiry).String())
		}
		if r.Freq >= 0 {
			want.Freq = &r.Freq
		}
		if !utf8.Valid(r.Key) {
			want.Base64 = at(base64.StdEncoding.EncodeToString(r.Key))
		}
		want.Type, want.Enc = at(typeName(r)), at(encodingName(r))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("row %d: %s", i, diff)
		}
		var names []string
		for _, n := range strings.Split(strings.TrimSpace(csvHeader), ",") {
			if n == "database" {
				n = "db"
			}
			names = append(names, n)
		}
		at := 0
		for _, n := range names {
			j := strings.Index(line[at:], `"`+n+`":`)
			if j < 0 {
				t.Fatalf("row %d: no %s in its place", i, n)
			}
			at += j
		}
	}
}

func TestKeysText(t *testing.T) {
	rows := hostileRows()
	for _, width := range []int{60, 80, 120} {
		var b bytes.Buffer
		writeRows(t, NewKeysText(&b, TextOptions{Width: width}), rows)
		golden(t, fmt.Sprintf("keys-text-%d", width), b.Bytes())
	}
	for width := 40; width < 130; width++ {
		for _, o := range []TextOptions{{Width: width}, {Width: width, ASCII: true}, {Width: width, Bytes: true}, {Width: width, Bytes: true, ASCII: true}} {
			var b bytes.Buffer
			writeRows(t, NewKeysText(&b, o), rows)
			lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
			if len(lines) != len(rows)+1 {
				t.Fatalf("%d lines of %d rows", len(lines)-1, len(rows))
			}
			for i, line := range lines {
				lines[i] = strings.TrimRight(line, " ") // keys may end in spaces
			}
			checkText(t, []byte(strings.Join(lines, "\n")+"\n"), width, o.ASCII)
		}
	}
}

func TestNoRows(t *testing.T) {
	for name, want := range map[string]string{"csv": csvHeader, "jsonl": "", "text": "DB       SIZE  TYPE       ENCODING     ELEMENTS  EXPIRES               KEY\n"} {
		var b bytes.Buffer
		if err := rowWriters[name](&b).Close(); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Errorf("%s of no rows: %q", name, b.String())
		}
	}
}

// rowWriters makes writers by name.
var rowWriters = map[string]func(w io.Writer) RowWriter{
	"csv":   NewCSV,
	"jsonl": NewJSONL,
	"text":  func(w io.Writer) RowWriter { return NewKeysText(w, TextOptions{}) },
	"piped": func(w io.Writer) RowWriter { return NewRowPipe(NewCSV(w)) },
	"parquet": func(w io.Writer) RowWriter {
		p, err := NewParquetRows(w)
		if err != nil {
			panic(err)
		}
		return p
	},
}

// TestRowWriteErrors: the first write error is returned and stays, wherever
// it strikes.
func TestRowWriteErrors(t *testing.T) {
	rows := plainRows(1 << 15)
	for name, create := range rowWriters {
		for _, n := range []int{0, 1, 70_000, 150_000} {
			w := create(failAfter(n))
			var err error
			for i := range rows {
				if err = w.WriteRow(&rows[i]); err != nil {
					break
				}
			}
			if err == nil {
				err = w.Close()
			}
			if !errors.Is(err, errFull) {
				t.Errorf("%s after %d bytes: %v", name, n, err)
			}
			if again := w.Close(); !errors.Is(again, errFull) {
				t.Errorf("%s after %d bytes: close says %v", name, n, again)
			}
			if again := w.WriteRow(&rows[0]); again == nil {
				t.Errorf("%s after %d bytes takes another row", name, n)
			}
		}
		short := create(shortWriter{})
		for i := range rows {
			if short.WriteRow(&rows[i]) != nil {
				break
			}
		}
		if err := short.Close(); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: a short write is %v", name, err)
		}
	}
}

type shortWriter struct{}

func (shortWriter) Write(p []byte) (int, error) { return len(p) / 2, nil }

// TestRowAllocations: text formats allocate nothing per row.
func TestRowAllocations(t *testing.T) {
	rows := plainRows(1000)
	hostile := hostileRows()
	for i := range hostile {
		if len(hostile[i].Key) < 100 && !strings.ContainsAny(hostile[i].Source, "\x00\x1b") {
			rows = append(rows, hostile[i])
		}
	}
	for _, name := range []string{"csv", "jsonl"} {
		w := rowWriters[name](io.Discard)
		n := testing.AllocsPerRun(5, func() {
			for i := range rows {
				r := &rows[i]
				r.Source = "dump.rdb"
				if err := w.WriteRow(r); err != nil {
					t.Fatal(err)
				}
			}
		})
		if n > 0 {
			t.Errorf("%s: %v allocations for %d rows", name, n, len(rows))
		}
	}
}

// TestPlainText: the scan by words finds what a look at every byte finds,
// wherever it stands.
func TestPlainText(t *testing.T) {
	for n := range 40 {
		text := bytes.Repeat([]byte("a"), n)
		if !plainText(text, ',') || !plainText(string(text), ',') {
			t.Errorf("%d letters are not plain", n)
		}
		for at := range n {
			for c := range 256 {
				text[at] = byte(c)
				want := c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != ','
				if plainText(text, ',') != want || plainText(string(text), ',') != want {
					t.Fatalf("%q: plain is %v", text, !want)
				}
			}
			text[at] = 'a'
		}
	}
}

func TestAppendInt(t *testing.T) {
	for n := int64(1); n > 0; n *= 10 {
		for _, n := range []int64{n - 1, n, n + 1, n * 9, -n, -n + 1, n + n/7} {
			if got, want := string(appendInt([]byte("x"), n)), "x"+strconv.FormatInt(n, 10); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		if n > math.MaxInt64/10 {
			break
		}
	}
	for _, n := range []int64{math.MaxInt64, math.MinInt64} {
		if got, want := string(appendInt(nil, n)), strconv.FormatInt(n, 10); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestAppendTime(t *testing.T) {
	for _, ms := range []int64{0, 1, -1, 999, 1000, -62167219200000, -62167219200001, 253402300799999, 253402300800000, int64(savedAt), math.MaxInt64, math.MinInt64,
		time.Date(2024, 2, 29, 23, 59, 59, 7e6, time.UTC).UnixMilli()} {
		want := aggregate.Time(ms).String()
		if got := string(appendTime(nil, ms)); got != want {
			t.Errorf("%d: %s, want %s", ms, got, want)
		}
	}
}

func FuzzRows(f *testing.F) {
	for _, k := range hostileKeys {
		f.Add([]byte(k), k, int64(len(k)), 60)
	}
	// A line that ends within the name of a type.
	for width := 40; width < 48; width++ {
		f.Add([]byte("key"), strings.Repeat("\xff", 6)+"€", int64(0), width)
	}
	f.Fuzz(func(t *testing.T, key []byte, text string, length int64, width int) {
		r := aggregate.Row{TypeName: text[:min(9, len(text))], Key: key, KeyLen: max(length, int64(len(key))), Pattern: []byte(text), Source: text,
			HasExpiry: true, Expiry: length, LongestElement: length, IdleSeconds: length, Freq: int32(length)}
		var c, j, k bytes.Buffer
		writeRows(t, NewCSV(&c), []aggregate.Row{r, r})
		writeRows(t, NewJSONL(&j), []aggregate.Row{r, r})
		writeRows(t, NewKeysText(&k, TextOptions{Width: width % 1000}), []aggregate.Row{r, r})
		records, err := csv.NewReader(&c).ReadAll()
		if err != nil || len(records) != 3 || len(records[1]) != 16 {
			t.Fatalf("CSV: %v, %q", err, records)
		}
		checkKey(t, &r, records[1][2])
		for s := bufio.NewScanner(&j); s.Scan(); {
			var row jsonRow
			if err := json.Unmarshal(s.Bytes(), &row); err != nil {
				t.Fatalf("JSONL: %v in %q", err, s.Bytes())
			}
			checkKey(t, &r, *row.Key)
		}
		if n := bytes.Count(k.Bytes(), []byte("\n")); n != 3 {
			t.Fatalf("text: %d lines", n)
		}
		checkPrintable(t, k.Bytes())
	})
}

// plainRows are rows as real dumps have them.
func plainRows(n int) []aggregate.Row {
	kinds := []struct {
		name     string
		logical  parser.DataType
		encoding memory.Encoding
	}{{"string", parser.DataTypeString, memory.EncodingEmbstr}, {"hash", parser.DataTypeHash, memory.EncodingListpack}, {"zset", parser.DataTypeZset, memory.EncodingSkiplist}}
	rows := make([]aggregate.Row, n)
	for i := range rows {
		k := kinds[i%len(kinds)]
		key := fmt.Appendf(nil, "app:%s:user:%d", k.name, i*7919%1_000_003)
		rows[i] = aggregate.Row{
			Logical: k.logical, TypeName: k.name, Key: key, KeyLen: int64(len(key)), Size: memory.Size{Bytes: int64(64 + i%100*8), Encoding: k.encoding, Exact: true},
			Elements: int64(i % 50), LongestElement: int64(i%4) - 1, HasExpiry: i%3 == 0, Expiry: int64(savedAt) + int64(i)*977, IdleSeconds: -1, Freq: -1,
			Slot: int32(i * 31 % 16384), Pattern: []byte("app:" + k.name + ":user:{int}"), RDBBytes: int64(30 + i%200), Source: "dump.rdb",
		}
	}
	return rows
}

func BenchmarkRows(b *testing.B) {
	rows := plainRows(1 << 16)
	for _, name := range []string{"csv", "jsonl", "text", "parquet"} {
		b.Run(name, func(b *testing.B) {
			w := rowWriters[name](io.Discard)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if err := w.WriteRow(&rows[i&(len(rows)-1)]); err != nil {
					b.Fatal(err)
				}
				i++
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
