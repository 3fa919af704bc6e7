package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// sampleDumps returns small sound dumps of every kind: all types, both magics, old
// versions without a checksum, and what servers wrote.
func sampleDumps(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{
		"zoo":    zoo().EOF().Bytes(),
		"valkey": valkeyZoo().EOF().Bytes(),
		"version 4": rdbtest.Redis(4).SelectDB(0).Expire(1700000000).Put("z", rdbtest.HashZipmap(rdbtest.NewZipmap("a", "b").Str())).
			Put("l", rdbtest.ListZiplist(rdbtest.NewZiplist("1", "two").LZF())).EOF().Bytes(),
		"no checksum": rdbtest.Redis(11).SelectDB(0).Put("a", rdbtest.String(plain("b"))).EOFZero().Bytes(),
	}
	for _, d := range manifest(t, filepath.Join("testdata", "dumps")) {
		info, err := os.Stat(d.file)
		if err != nil {
			t.Fatal(err)
		}
		if d.ok() && d.wrap == "-" && d.tail == "-" && info.Size() < 1500 {
			out[d.path] = d.bytes(t)
		}
	}
	return out
}

// stride returns the step of an exhaustive loop: 1, and more under -short and
// the race detector.
func stride(n int) int {
	if testing.Short() || raceEnabled {
		return n
	}
	return 1
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// readMemory is more than a Reader takes for its buffers and batches, with
// what the tests keep of a small dump.
const readMemory = 12 << 20

// drain reads a dump to its end and keeps nothing.
func drain(src io.Reader, opts parser.Options) (keys int64, err error) {
	r := parser.NewReader(src, opts)
	for {
		b, err := r.Next()
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return r.Info().Keys, err
		}
		b.Release()
	}
}

// TestReadError passes on the source's own error, and the keys before it.
func TestReadError(t *testing.T) {
	dump := zoo().EOF().Bytes()
	whole := readBytes(t, dump, parser.Options{})
	boom := errors.New("boom")
	for _, n := range []int{0, 5, 9, 100, len(dump) / 2, len(dump) - 1} {
		src := io.MultiReader(bytes.NewReader(dump[:n]), iotest.ErrReader(boom))
		got := readAll(t, src, parser.Options{})
		if !errors.Is(got.Err, boom) || errors.Is(got.Err, parser.ErrTruncated) {
			t.Errorf("after %d bytes: %v", n, got.Err)
		}
		keys := 0
		for keys < len(whole.Keys) && whole.Keys[keys].key.Offset+whole.Keys[keys].key.Size <= int64(n) {
			keys++
		}
		compareKeys(t, fmt.Sprintf("after %d bytes", n), whole.Keys[:keys], got.Keys)
	}
	// After the dump: the keys are whole, and still the source failed.
	got := readAll(t, io.MultiReader(bytes.NewReader(dump), iotest.ErrReader(boom)), parser.Options{})
	if !errors.Is(got.Err, boom) || len(got.Keys) != len(whole.Keys) {
		t.Errorf("after the dump: %v, %d keys", got.Err, len(got.Keys))
	}
	// A source that never gives anything must not be asked forever.
	got = readAll(t, lazyReader{}, parser.Options{})
	if !errors.Is(got.Err, io.ErrNoProgress) {
		t.Errorf("a source without progress: %v", got.Err)
	}
}

type lazyReader struct{}

func (lazyReader) Read([]byte) (int, error) { return 0, nil }

// TestErrors checks that errors say where and in which key.
func TestErrors(t *testing.T) {
	w := rdbtest.Redis(11).SelectDB(3).Put("good", rdbtest.String(plain("v")))
	w.Put("bad\x1b[31m", rdbtest.Value{Type: 1, Data: []byte{2, 1, 'a', 0xbf}}).EOF()
	got := readBytes(t, w.Bytes(), parser.Options{})
	var e *parser.Error
	if !errors.As(got.Err, &e) {
		t.Fatal(got.Err)
	}
	if want := int64(bytes.IndexByte(w.Bytes(), 0xbf)); e.Offset != want {
		t.Errorf("offset %d, want %d", e.Offset, want)
	}
	if !e.HasKey || string(e.Key) != "bad\x1b[31m" || e.DB != 3 {
		t.Errorf("key %q in db %d (%v)", e.Key, e.DB, e.HasKey)
	}
	if !errors.Is(e, parser.ErrCorrupt) {
		t.Errorf("%v is not ErrCorrupt", e)
	}
	text := e.Error()
	for _, part := range []string{fmt.Sprint(e.Offset), `bad\x1b[31m`, "db 3", "0xbf"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not say %q", text, part)
		}
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 }) {
		t.Errorf("%q holds a control character", text)
	}
	if string(got.Info.LastKey) != "good" {
		t.Errorf("last whole key %q", got.Info.LastKey)
	}

	// A key without a value, and one without a name.
	for _, n := range []int{len(w.Bytes()) - 9 - 3, 12} {
		got := readBytes(t, w.Bytes()[:n], parser.Options{})
		if !errors.Is(got.Err, parser.ErrTruncated) {
			t.Errorf("%d bytes: %v", n, got.Err)
		}
	}
}

// TestChecksum reads right, wrong, absent and ignored checksums.
func TestChecksum(t *testing.T) {
	body := func(version int) *rdbtest.Writer {
		return rdbtest.Redis(version).SelectDB(0).Put("k", rdbtest.HashZiplist(rdbtest.NewZiplist("f", "v").Str()))
	}
	tests := []struct {
		name string
		dump []byte
		opts parser.Options
		want parser.Checksum
		err  error
		warn parser.WarningCode
	}{
		{"right", body(9).EOF().Bytes(), parser.Options{}, parser.ChecksumOK, nil, ""},
		{"right in version 5", body(5).EOF().Bytes(), parser.Options{}, parser.ChecksumOK, nil, ""},
		{"wrong", body(9).EOFWith(1).Bytes(), parser.Options{}, parser.ChecksumMismatch, parser.ErrChecksum, ""},
		{"zero", body(9).EOFZero().Bytes(), parser.Options{}, parser.ChecksumDisabled, nil, parser.WarnChecksumOff},
		{"absent", body(4).EOF().Bytes(), parser.Options{}, parser.ChecksumAbsent, nil, ""},
		{"skipped", body(9).EOF().Bytes(), parser.Options{NoChecksum: true}, parser.ChecksumSkipped, nil, ""},
		{"wrong and skipped", body(9).EOFWith(1).Bytes(), parser.Options{NoChecksum: true}, parser.ChecksumSkipped, nil, ""},
		{"zero and skipped", body(9).EOFZero().Bytes(), parser.Options{NoChecksum: true}, parser.ChecksumDisabled, nil, parser.WarnChecksumOff},
		{"missing", body(9).EOFBare().Bytes(), parser.Options{}, parser.ChecksumUnknown, parser.ErrTruncated, ""},
		{"half", body(9).EOFBare().Raw(1, 2, 3, 4).Bytes(), parser.Options{}, parser.ChecksumUnknown, parser.ErrTruncated, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := readBytes(t, tt.dump, tt.opts)
			if got.Info.Checksum != tt.want || !errors.Is(got.Err, tt.err) || got.Err != nil && tt.err == nil {
				t.Errorf("%v, %v; want %v, %v", got.Info.Checksum, got.Err, tt.want, tt.err)
			}
			if len(got.Keys) != 1 {
				t.Errorf("%d keys", len(got.Keys))
			}
			if tt.warn != "" && !got.warned(tt.warn) || tt.warn == "" && len(got.Info.Warnings) > 0 {
				t.Errorf("warnings %+v", got.Info.Warnings)
			}
			if tt.want == parser.ChecksumMismatch {
				if got.Info.ChecksumStored != 1 || got.Info.ChecksumComputed != rdbtest.Checksum(tt.dump[:len(tt.dump)-8]) {
					t.Errorf("want %x have %x", got.Info.ChecksumStored, got.Info.ChecksumComputed)
				}
				if got.errorOffset() != int64(len(tt.dump)-8) {
					t.Errorf("offset %d, the footer is at %d", got.errorOffset(), len(tt.dump)-8)
				}
			}
			// Without a checksum nothing vouches for the blobs: they are walked.
			if walked := got.Keys[0].key.Is(parser.Walked); walked != (tt.opts.NoChecksum || tt.want == parser.ChecksumAbsent) {
				t.Errorf("walked: %v", walked)
			}
		})
	}
	names := map[parser.Checksum]string{parser.ChecksumUnknown: "unknown", parser.ChecksumOK: "ok", parser.ChecksumMismatch: "mismatch",
		parser.ChecksumDisabled: "disabled", parser.ChecksumAbsent: "absent", parser.ChecksumSkipped: "skipped"}
	for c, name := range names {
		if c.String() != name {
			t.Errorf("%d is %q, want %q", c, c, name)
		}
	}
}

// TestContainers reads dumps with something around them.
func TestContainers(t *testing.T) {
	body := func(w *rdbtest.Writer) *rdbtest.Writer {
		return w.Redis(9).SelectDB(0).Put("k", rdbtest.String(plain("v"))).EOF()
	}
	mark := strings.Repeat("0123456789abcdef", 3)[:40]
	sync := "+FULLRESYNC " + mark + " 1234\r\n"
	tests := []struct {
		name   string
		before string
		after  string
		tail   string
	}{
		{"alone", "", "", ""},
		{"full resync to disk", "\n\n" + sync + "\n$25\r\n", "", ""},
		{"rdb channel", "\n+RDBCHANNELSYNC 17\r\n$EOF:" + mark + "\r\n", mark, "eof-mark"},
		{"full resync without disk", sync + "$EOF:" + mark + "\r\n", mark, "eof-mark"},
		{"then commands", sync + "$EOF:" + mark + "\r\n", mark + "*1\r\n$4\r\nPING\r\n", "eof-mark"},
		{"disk form then commands", "$25\r\n", "*1\r\n$4\r\nPING\r\n", "aof"},
		{"dual channel", "+DUALCHANNELSYNC\r\n$ENDOFF:1 " + mark + " 0 7\r\n$EOF:" + mark + "\r\n", mark, "eof-mark"},
		{"redis-cli to stdout", "", mark, "eof-mark"},
		{"preamble", "", "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n", "aof"},
		{"preamble with annotation", "", "#TS:1700000000\r\n*1\r\n$4\r\nPING\r\n", "aof"},
		{"newline", "", "\n", "newline"},
		{"crlf", "", "\r\n", "newline"},
		{"second dump", "", "REDIS0009\xff", "rdb"},
		{"zero padding", "", "\x00\x00\x00", "garbage"},
		{"long garbage", "", strings.Repeat("\xee", 700_000), "garbage"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := body(new(rdbtest.Writer).RawString(tt.before))
			end := w.Offset()
			dump := w.RawString(tt.after).Bytes()
			got := readBytes(t, dump, parser.Options{})
			if got.Err != nil {
				t.Fatal(got.Err)
			}
			in := got.Info
			if in.Start != int64(len(tt.before)) || in.End != end || in.Tail.Kind != tt.tail || in.Tail.Bytes != int64(len(tt.after)) || in.Checksum != parser.ChecksumOK {
				t.Errorf("start %d end %d tail %+v checksum %v", in.Start, in.End, in.Tail, in.Checksum)
			}
			if got.warned(parser.WarnTransfer) || got.warned(parser.WarnContainer) != (tt.before != "") || got.warned(parser.WarnTrailing) != (tt.after != "") {
				t.Errorf("warnings %+v", in.Warnings)
			}
			// Offsets are positions in the source.
			k := got.Keys[0].key
			if record := dump[k.Offset : k.Offset+k.Size]; string(record) != "\x00\x01k\x01v" {
				t.Errorf("the record at %d is %q", k.Offset, record)
			}
		})
	}
	for name, around := range map[string][2]string{
		"longer than announced":  {"$24\r\n", ""},
		"shorter than announced": {"$9223372036854775807\r\n", "*1\r\n$4\r\nPING\r\n"},
		"no length":              {"$-1\r\n", ""},
		"another mark":           {"$EOF:" + mark + "\r\n", strings.Repeat("f", 40)},
		"half a mark":            {"$EOF:" + mark + "\r\n", mark[:39]},
		"no mark":                {"$EOF:" + mark + "\r\n", ""},
	} {
		dump := body(new(rdbtest.Writer).RawString(around[0])).RawString(around[1]).Bytes()
		got := readBytes(t, dump, parser.Options{})
		if got.Err != nil || len(got.Keys) != 1 || !got.warned(parser.WarnTransfer) || got.Info.Tail.Kind == "eof-mark" {
			t.Errorf("%s: %v, %d keys, tail %+v, warnings %+v", name, got.Err, len(got.Keys), got.Info.Tail, got.Info.Warnings)
		}
	}
	for name, source := range map[string]string{
		"nothing": "", "text": "hello, this is no dump at all", "gzip": "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "aof": "*1\r\n$4\r\nPING\r\n",
		"error reply": "-ERR unknown command\r\n", "two digits": "REDIS00AB\xff", "line before half a magic": "\nREDI", "endless line": "$" + strings.Repeat("9", 1<<20),
		"newlines": strings.Repeat("\n", 1<<20), "lower case": "redis0011\xff", "old container": "$EOF:" + mark + "\r\n",
	} {
		got := readBytes(t, []byte(source), parser.Options{})
		if !errors.Is(got.Err, parser.ErrNotRDB) {
			t.Errorf("%s: %v", name, got.Err)
		}
		if off := got.errorOffset(); off < 0 || off > int64(len(source)) {
			t.Errorf("%s: offset %d in %d bytes", name, off, len(source))
		}
	}
}

// TestVersions warns of versions and magics no server writes, and reads on.
func TestVersions(t *testing.T) {
	tests := []struct {
		w    *rdbtest.Writer
		warn parser.WarningCode
	}{
		{rdbtest.Redis(1), ""}, {rdbtest.Redis(11), ""}, {rdbtest.Redis(15), ""}, {rdbtest.Valkey(80), ""},
		{rdbtest.Redis(0), parser.WarnMagicVersion}, {rdbtest.Redis(80), parser.WarnMagicVersion}, {rdbtest.Valkey(11), parser.WarnMagicVersion},
		{rdbtest.Redis(75), parser.WarnNewerVersion}, {rdbtest.Valkey(999), parser.WarnNewerVersion},
	}
	for _, tt := range tests {
		magic := string(tt.w.Bytes())
		got := readBytes(t, tt.w.Put("k", rdbtest.String(plain("v"))).EOF().Bytes(), parser.Options{})
		if got.Err != nil || len(got.Keys) != 1 || got.Info.Magic != magic {
			t.Errorf("%s: %v, %d keys", magic, got.Err, len(got.Keys))
		}
		if tt.warn != "" && !got.warned(tt.warn) || tt.warn == "" && len(got.Info.Warnings) > 0 {
			t.Errorf("%s: warnings %+v", magic, got.Info.Warnings)
		}
	}
}
