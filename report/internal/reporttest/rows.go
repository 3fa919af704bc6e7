package reporttest

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// HostileRows has every hostile key, and values at the edges of their types.
func HostileRows() []aggregate.Row {
	var rows []aggregate.Row
	for i, k := range HostileKeys {
		rows = append(rows, aggregate.Row{
			DB: int32(i), DataType: parser.DataTypeHash, TypeName: "hash", Key: []byte(k), KeyLen: int64(len(k)),
			Size: memory.Size{Bytes: int64(i * i * i * 1000), Encoding: memory.EncodingListpack, Exact: i%2 == 0, Error: int64(i % 2)}, Elements: int64(i),
			LongestElement: int64(i - 1), HasExpiry: i%3 == 0, Expiry: int64(SavedAt) + int64(i), IdleSeconds: int64(i%2 - 1), Freq: int32(i%3 - 1),
			Slot: int32(i * 500), Pattern: []byte(parser.Escape([]byte(k))), RDBBytes: int64(i), Source: HostileKeys[i/8],
		})
	}
	const m = math.MaxInt64
	return append(rows,
		aggregate.Row{DataType: parser.DataTypeModule, TypeName: "-JSON-RL", Key: []byte("module"), KeyLen: 6, Size: memory.Size{Encoding: memory.EncodingModule}, LongestElement: -1, IdleSeconds: -1, Freq: -1, Pattern: []byte("module"), Source: "stdin"},
		aggregate.Row{DataType: parser.DataTypeSet, Key: []byte("no type name"), KeyLen: 12, LongestElement: -1, HasExpiry: true, IdleSeconds: -1, Freq: -1, Pattern: []byte("=pattern,"), Source: "-"},
		aggregate.Row{DB: math.MaxInt32, TypeName: "string", Key: []byte("huge"), KeyLen: 4, Size: memory.Size{Bytes: m, Error: m, Encoding: memory.EncodingRaw}, Elements: m, LongestElement: m, HasExpiry: true, Expiry: m, IdleSeconds: m, Freq: 255, Slot: 16383, Pattern: []byte("\xff\n"), RDBBytes: m},
		aggregate.Row{TypeName: "string", Key: []byte("before the epoch"), KeyLen: 16, HasExpiry: true, Expiry: math.MinInt64, LongestElement: -1, IdleSeconds: -1, Freq: -1},
		aggregate.Row{TypeName: "string", Key: bytes.Repeat([]byte("x"), parser.MaxName), KeyLen: 1 << 40, HasExpiry: true, Expiry: -1, LongestElement: -1, IdleSeconds: -1, Freq: -1},
		aggregate.Row{TypeName: "string", Key: bytes.Repeat([]byte{0xfe}, parser.MaxName), KeyLen: parser.MaxName + 1, LongestElement: -1, IdleSeconds: -1, Freq: -1},
	)
}

// PlainRows are rows as real dumps have them.
func PlainRows(n int) []aggregate.Row {
	kinds := []struct {
		name     string
		dataType parser.DataType
		encoding memory.Encoding
	}{{"string", parser.DataTypeString, memory.EncodingEmbstr}, {"hash", parser.DataTypeHash, memory.EncodingListpack}, {"zset", parser.DataTypeZset, memory.EncodingSkiplist}}
	rows := make([]aggregate.Row, n)
	for i := range rows {
		k := kinds[i%len(kinds)]
		key := fmt.Appendf(nil, "app:%s:user:%d", k.name, i*7919%1_000_003)
		rows[i] = aggregate.Row{
			DataType: k.dataType, TypeName: k.name, Key: key, KeyLen: int64(len(key)), Size: memory.Size{Bytes: int64(64 + i%100*8), Encoding: k.encoding, Exact: true},
			Elements: int64(i % 50), LongestElement: int64(i%4) - 1, HasExpiry: i%3 == 0, Expiry: int64(SavedAt) + int64(i)*977, IdleSeconds: -1, Freq: -1,
			Slot: int32(i * 31 % 16384), Pattern: []byte("app:" + k.name + ":user:{int}"), RDBBytes: int64(30 + i%200), Source: "dump.rdb",
		}
	}
	return rows
}

// RowWriter is rows.Writer.
type RowWriter interface {
	aggregate.RowSink
	Close() error
}

// WriteRows writes rows and overwrites what they point to after each, as a
// source of rows may.
func WriteRows(t testing.TB, w RowWriter, rows []aggregate.Row) {
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

// CheckJSONKey is CheckKey for JSON, where a key that is whole and valid UTF-8 is as it
// is, and reports whether it is such a one.
func CheckJSONKey(t testing.TB, r *aggregate.Row, text string) (asIs bool) {
	t.Helper()
	if !utf8.Valid(r.Key) || r.KeyLen > int64(len(r.Key)) {
		CheckKey(t, r, text)
		return false
	}
	if text != string(r.Key) {
		t.Errorf("%q is written as %q", r.Key, text)
	}
	return true
}

// unescape undoes parser.AppendEscaped.
func unescape(t testing.TB, s string) []byte {
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

// CheckKey compares a key with what a reader makes of its escaped text.
func CheckKey(t testing.TB, r *aggregate.Row, text string) {
	t.Helper()
	if r.KeyLen > int64(len(r.Key)) {
		var ok bool
		if text, ok = strings.CutSuffix(text, fmt.Sprintf(`\...(%d bytes)`, r.KeyLen)); !ok {
			t.Fatalf("a cut key is not marked: …%q", text[max(0, len(text)-40):])
		}
	}
	if got := unescape(t, text); !bytes.Equal(got, r.Key) {
		t.Errorf("key %.200q, want %.200q", got, r.Key)
	}
}

// CheckPrintable fails on control characters but line feeds, and on bytes that
// are not UTF-8.
func CheckPrintable(t testing.TB, b []byte) {
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
