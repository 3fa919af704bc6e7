package parser_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/rdblens/rdblens/parser"
)

// dumpFile is a file of a collection of dumps and what its manifest says.
type dumpFile struct {
	path      string // inside the collection, the key of differences
	file      string
	magic     string // "-" when there is none
	types     []int  // type bytes
	opcodes   []int
	keys      int // a key that could not be read to its end counts
	scan      string
	crc, wrap string
	tail      string
	modules   string
}

// sharedDir finds the folder "shared" beside the checkout.
func sharedDir(t testing.TB) string {
	t.Helper()
	shared := findShared(t)
	if shared == "" {
		t.Skip("the collection of public dumps (../shared/corpus beside the checkout) is absent")
	}
	return shared
}

func findShared(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		shared := filepath.Join(filepath.Dir(dir), "shared")
		if _, err := os.Stat(filepath.Join(shared, "corpus", "MANIFEST.tsv")); err == nil {
			return shared
		}
		up := filepath.Dir(dir)
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil || up == dir {
			return ""
		}
		dir = up
	}
}

// manifest reads a collection's MANIFEST.tsv.
func manifest(t testing.TB, dir string) []dumpFile {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	codes := func(s string) (out []int) {
		for _, f := range strings.Split(s, ",") {
			if n, err := strconv.Atoi(strings.Split(f, ":")[0]); err == nil {
				out = append(out, n)
			}
		}
		return out
	}
	var files []dumpFile
	for _, row := range rows[1:] {
		at := func(name string) string { return row[column[name]] }
		keys, err := strconv.Atoi(at("keys"))
		if err != nil {
			t.Fatalf("%s: keys %q", at("path"), at("keys"))
		}
		files = append(files, dumpFile{
			path: at("path"), file: filepath.Join(dir, filepath.FromSlash(at("path"))), magic: at("magic_version"),
			types: codes(at("types")), opcodes: codes(at("opcodes")), keys: keys,
			scan: at("scan"), crc: at("crc"), wrap: at("wrapper"), tail: at("tail"), modules: at("modules"),
		})
	}
	return files
}

// collections calls f for the shipped dumps and, where they are present, the
// public ones.
func collections(t *testing.T, f func(t *testing.T, files []dumpFile)) {
	t.Run("shipped", func(t *testing.T) { f(t, manifest(t, filepath.Join("testdata", "dumps"))) })
	t.Run("public", func(t *testing.T) {
		files := manifest(t, filepath.Join(sharedDir(t), "corpus"))
		// Those are the shipped ones.
		f(t, slices.DeleteFunc(files, func(d dumpFile) bool { return strings.HasPrefix(d.path, "own/") }))
	})
}

func (d *dumpFile) bytes(t testing.TB) []byte {
	t.Helper()
	p, err := os.ReadFile(d.file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (d *dumpFile) ok() bool { return d.scan == "ok" }

// difference is where the reader on purpose does not agree with the manifest,
// which was made by a scanner that stops at the first thing that does not add up.
type difference struct {
	keys    int                // delivered
	warning parser.WarningCode // what is said instead of an error
	err     error              // the class of error instead
}

// differences, by path in a collection.
var differences = map[string]difference{
	// Only the header's number of entries is wrong; the entries are whole.
	"malformed/lp-count-lie.rdb": {keys: 3, warning: parser.WarnCountLie},
	"malformed/zl-count-lie.rdb": {keys: 3, warning: parser.WarnCountLie},
	"redis-corrupt-dump-payloads/fuzzer-findings-npd-in-quicklistindex.rdb":                          {keys: 1, warning: parser.WarnCountLie},
	"redis-corrupt-dump-payloads/fuzzer-findings-set-with-invalid-length-causes-sscan-to-hang.rdb":   {keys: 1, warning: parser.WarnCountLie},
	"redis-corrupt-dump-payloads/hash-listpack-encoded-with-invalid-length-causes-hscan-to-hang.rdb": {keys: 1, warning: parser.WarnCountLie},
	"redis-corrupt-dump-payloads/quicklist-ziplist-wrong-count.rdb":                                  {keys: 1, warning: parser.WarnCountLie},
}

// failure derives from the manifest the number of keys delivered before the
// error and the classes the error may have.
func (d *dumpFile) failure() (keys int, classes []error) {
	keys = d.keys
	if strings.Contains(d.scan, "(in key ") {
		keys--
	}
	switch s := d.scan; {
	case d.crc == "MISMATCH":
		return keys, []error{parser.ErrChecksum}
	case strings.Contains(s, "bad magic"), strings.Contains(s, "short read: need 9 "):
		// One wrong byte is damage, and so is an end inside the magic.
		return keys, []error{parser.ErrNotRDB, parser.ErrCorrupt, parser.ErrTruncated}
	case strings.Contains(s, "not an RDB"):
		return keys, []error{parser.ErrNotRDB}
	case strings.Contains(s, "unknown type/opcode"):
		return keys, []error{parser.ErrUnknownType}
	case strings.HasSuffix(s, "type 27)"), strings.HasSuffix(s, "type 29)"):
		// Types of drafts, or of a newer version than the magic says.
		return keys, []error{parser.ErrUnknownType}
	case strings.Contains(s, "cannot fit"), strings.Contains(s, "short read"):
		// Without the size of the source a count is read as far as it goes, into
		// whatever follows.
		return keys, []error{parser.ErrTruncated, parser.ErrCorrupt}
	}
	return keys, []error{parser.ErrCorrupt}
}

// TestCorpus reads every dump to its end with every blob walked.
func TestCorpus(t *testing.T) {
	collections(t, func(t *testing.T, files []dumpFile) {
		for _, d := range files {
			t.Run(d.path, func(t *testing.T) {
				dump := d.bytes(t)
				got := readBytes(t, dump, parser.Options{WalkAll: true})
				if off := got.errorOffset(); got.Err != nil && (off < 0 || off > int64(len(dump))) {
					t.Errorf("offset %d of an error in %d bytes", off, len(dump))
				}
				if diff, ok := differences[d.path]; ok {
					checkDifference(t, &diff, got)
					return
				}
				if !d.ok() {
					keys, classes := d.failure()
					if at, before := got.damaged(); at >= 0 && got.Err == nil && slices.Contains(classes, parser.ErrCorrupt) {
						// It is inside a value, which the reading goes on behind.
						if before != keys {
							t.Errorf("damage at %d, behind %d keys, want %d", at, before, keys)
						}
						return
					}
					if !slices.ContainsFunc(classes, func(c error) bool { return errors.Is(got.Err, c) }) {
						t.Errorf("error %v, want one of %v for %s", got.Err, classes, d.scan)
					}
					if len(got.Keys) != keys {
						t.Errorf("%d keys before the error %v, want %d", len(got.Keys), got.Err, keys)
					}
					return
				}
				if got.Err != nil {
					t.Fatal(got.Err)
				}
				checkWhole(t, &d, dump, got)
			})
		}
	})
}

func checkDifference(t *testing.T, want *difference, got *reading) {
	t.Helper()
	if !errors.Is(got.Err, want.err) {
		t.Errorf("error %v, want %v", got.Err, want.err)
	}
	if len(got.Keys) != want.keys {
		t.Errorf("%d keys, want %d", len(got.Keys), want.keys)
	}
	if want.warning != "" && !got.warned(want.warning) {
		t.Errorf("no warning %s in %+v", want.warning, got.Info.Warnings)
	}
}

// checkWhole compares the reading of a sound dump with its manifest.
func checkWhole(t *testing.T, d *dumpFile, dump []byte, got *reading) {
	t.Helper()
	in := &got.Info
	if len(got.Keys) != d.keys {
		t.Errorf("%d keys, want %d", len(got.Keys), d.keys)
	}
	if in.Magic != d.magic {
		t.Errorf("magic %q, want %q", in.Magic, d.magic)
	}
	var types, opcodes []int
	for _, k := range got.Keys {
		if !slices.Contains(types, int(k.key.Code)) {
			types = append(types, int(k.key.Code))
		}
	}
	slices.Sort(types)
	if !slices.Equal(types, d.types) {
		t.Errorf("types %v, want %v", types, d.types)
	}
	var typed int64
	for ty, n := range in.Types {
		typed += n
		if n > 0 && !slices.Contains(types, ty&0x7f) {
			t.Errorf("Info counts %d keys of type %d", n, ty)
		}
	}
	if typed != in.Keys {
		t.Errorf("Info counts %d keys by type and %d keys", typed, in.Keys)
	}
	for op, n := range in.Opcodes {
		if n > 0 {
			opcodes = append(opcodes, op)
		}
	}
	if !slices.Equal(opcodes, d.opcodes) {
		t.Errorf("opcodes %v, want %v", opcodes, d.opcodes)
	}
	want := map[string]parser.Checksum{"ok": parser.ChecksumOK, "zero": parser.ChecksumDisabled, "none(v<5)": parser.ChecksumAbsent}[d.crc]
	if in.Checksum != want {
		t.Errorf("checksum %v, want %v", in.Checksum, want)
	}
	if (d.wrap != "-") != (in.Start > 0) || (d.wrap != "-") != got.warned(parser.WarnContainer) {
		t.Errorf("the dump starts at %d, warnings %+v; the manifest says %q", in.Start, in.Warnings, d.wrap)
	}
	if !bytes.HasPrefix(dump[in.Start:], []byte(d.magic)) {
		t.Errorf("no magic at %d", in.Start)
	}
	checkTail(t, d, dump, got)
	var keys, expires int64
	for _, db := range in.Databases {
		keys += db.Keys
		expires += db.Expires
	}
	if keys != in.Keys || expires != in.Expires {
		t.Errorf("databases hold %d keys, %d with an expiry; the dump %d, %d", keys, expires, in.Keys, in.Expires)
	}
	if n := len(got.Keys); n > 0 {
		last := &got.Keys[n-1].key
		if string(in.LastKey) != string(last.Name[:min(len(last.Name), 1024)]) || in.LastKeyDB != last.DB || in.LastKeyOffset != last.Offset {
			t.Errorf("last key %q db %d at %d, want %q db %d at %d", in.LastKey, in.LastKeyDB, in.LastKeyOffset, last.Name, last.DB, last.Offset)
		}
	}
	if !in.Walked {
		t.Error("not marked as walked")
	}
}

func checkTail(t *testing.T, d *dumpFile, dump []byte, got *reading) {
	t.Helper()
	in := &got.Info
	kind := ""
	switch {
	case strings.Contains(d.tail, "EOF mark"):
		kind = "eof-mark"
	case strings.HasPrefix(d.tail, "AOF tail"):
		kind = "aof"
	case strings.Contains(d.tail, "b'REDIS"):
		kind = "rdb"
	case strings.Contains(d.tail, "trailing"):
		kind = "garbage"
	}
	if in.Tail.Kind != kind {
		t.Errorf("tail %+v, want %q (%s)", in.Tail, kind, d.tail)
	}
	if in.End+in.Tail.Bytes != int64(len(dump)) {
		t.Errorf("the dump ends at %d with %d bytes behind it; the source has %d", in.End, in.Tail.Bytes, len(dump))
	}
	if (kind != "") != got.warned(parser.WarnTrailing) {
		t.Errorf("tail %q, warnings %+v", kind, in.Warnings)
	}
}

// TestCorpusEveryWay reads every dump whole, in small pieces, from a pipe and
// from a source that returns data with its error: the outcome is the same.
func TestCorpusEveryWay(t *testing.T) {
	collections(t, func(t *testing.T, files []dumpFile) {
		for i, d := range files {
			if testing.Short() && i%4 != 0 {
				continue
			}
			t.Run(d.path, func(t *testing.T) {
				dump := d.bytes(t)
				if raceEnabled && len(dump) > 4<<10 {
					t.Skip("long under the race detector")
				}
				for _, walk := range []bool{false, true} {
					opts := parser.Options{WalkAll: walk}
					want := readBytes(t, dump, opts)
					for name, src := range map[string]io.Reader{
						"one byte at a time": iotest.OneByteReader(bytes.NewReader(dump)),
						"half":               iotest.HalfReader(bytes.NewReader(dump)),
						"data with error":    iotest.DataErrReader(bytes.NewReader(dump)),
					} {
						compare(t, fmt.Sprintf("%s, walk %v", name, walk), want, readAll(t, src, opts))
					}
					compare(t, fmt.Sprintf("pipe, walk %v", walk), want, readPipe(t, dump, opts))
				}
			})
		}
	})
}

// TestCorpusWalkOrNot compares what is known of each key with its blobs walked
// and judged by their headers.
func TestCorpusWalkOrNot(t *testing.T) {
	collections(t, func(t *testing.T, files []dumpFile) {
		for _, d := range files {
			if !d.ok() {
				continue
			}
			t.Run(d.path, func(t *testing.T) {
				dump := d.bytes(t)
				if raceEnabled && len(dump) > 64<<10 {
					t.Skip("long under the race detector")
				}
				walked, headers := readBytes(t, dump, parser.Options{WalkAll: true}), readBytes(t, dump, parser.Options{})
				compareWalk(t, walked, headers)
				asked := readBytes(t, dump, parser.Options{Hooks: hooked(parser.Hooks{Walk: func(*parser.Key) bool { return true }})})
				compareKeys(t, "every key asked for", walked.Keys, asked.Keys)
			})
		}
	})
}

// compareWalk compares a reading with every blob walked with one by headers:
// head facts are equal, and so are the elements that do not come out of blobs.
func compareWalk(t *testing.T, walked, headers *reading) {
	t.Helper()
	if len(walked.Keys) != len(headers.Keys) {
		t.Fatalf("%d keys walked, %d by headers", len(walked.Keys), len(headers.Keys))
	}
	for i := range walked.Keys {
		w, h := &walked.Keys[i], &headers.Keys[i]
		if w.Head != h.Head {
			t.Errorf("key %d\nwalked     %s\nby headers %s", i, w.Head, h.Head)
		}
		elements := w.Elements
		if h.key.Is(parser.Walked) {
			// A dump without a checksum is walked anyway.
		} else if w.key.Type.Packed() || w.key.Is(parser.Walked) {
			elements = nil
			for e := range w.Elements {
				if w.kinds[e] != parser.KindItem && (w.kinds[e] < parser.KindArray || w.key.Module == nil) {
					elements = append(elements, w.Elements[e])
				}
			}
		}
		if (w.key.Type.Packed() || w.key.Module != nil && w.key.Module.Name == "ReJSON-RL" && w.key.Module.Version >= 2) != w.key.Is(parser.Walked) {
			t.Errorf("key %q of type %v is marked as walked: %v", w.key.Name, w.key.Type, w.key.Is(parser.Walked))
		}
		if !slices.Equal(elements, h.Elements) {
			t.Errorf("key %d %q: elements\nwalked     %v\nby headers %v", i, w.key.Name, elements, h.Elements)
		}
		checkItems(t, w)
	}
}

// checkItems compares the number of items of a walked key with its count.
func checkItems(t *testing.T, r *record) {
	t.Helper()
	var items int64
	for _, kind := range r.kinds {
		if kind == parser.KindItem || kind == parser.KindVector {
			items++
		}
	}
	switch r.key.Type.DataType() {
	case parser.DataTypeList, parser.DataTypeSet, parser.DataTypeZset, parser.DataTypeHash, parser.DataTypeArray:
		if items != r.key.Count {
			t.Errorf("key %q of type %v: %d items, count %d", r.key.Name, r.key.Type, items, r.key.Count)
		}
	case parser.DataTypeStream:
		if items != 0 {
			t.Errorf("stream %q has %d items", r.key.Name, items)
		}
	}
}

// TestServersKeys compares types with what servers answered for every key of
// the dumps they wrote.
func TestServersKeys(t *testing.T) {
	truth := filepath.Join(sharedDir(t), "truth")
	dumps, err := filepath.Glob(filepath.Join(truth, "*.rdb"))
	if err != nil || len(dumps) == 0 {
		t.Skipf("no dumps in %s", truth)
	}
	if raceEnabled || testing.Short() {
		dumps = dumps[:1] // the others run the same code
	}
	for _, path := range dumps {
		name := strings.TrimSuffix(filepath.Base(path), ".rdb")
		t.Run(name, func(t *testing.T) {
			dump, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := readBytes(t, dump, parser.Options{WalkAll: true})
			if got.Err != nil {
				t.Fatal(got.Err)
			}
			if got.Info.Checksum != parser.ChecksumOK || len(got.Info.Warnings) > 0 {
				t.Errorf("checksum %v, warnings %+v", got.Info.Checksum, got.Info.Warnings)
			}
			compareWalk(t, got, readBytes(t, dump, parser.Options{}))
			have := map[string]string{}
			for i := range got.Keys {
				k := &got.Keys[i].key
				typeName := k.Type.DataType().String()
				if k.Module != nil {
					typeName = k.Module.Name
				}
				have[fmt.Sprintf("%d %s", k.DB, hex.EncodeToString(k.Name))] = typeName
			}
			want := serverTypes(t, filepath.Join(truth, name+".tsv.gz"))
			for key, typeName := range want {
				if have[key] != typeName {
					t.Errorf("key %s: type %q, the server says %q", key, have[key], typeName)
				}
			}
			if len(want) != len(have) {
				t.Errorf("%d keys, the server has %d", len(have), len(want))
			}
		})
	}
}

// serverTypes reads db, key and TYPE of a server's answers.
func serverTypes(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		f := strings.Split(line, "\t")
		out[f[0]+" "+f[1]] = f[2]
	}
	return out
}
