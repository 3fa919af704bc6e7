package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/check"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/document"
)

// corpusFile is a dump of the public collection and what its manifest says.
type corpusFile struct {
	path, file string
	magic      string // "-" when there is none
	scan       string // "ok", or an error
	crc        string
}

func corpus(t *testing.T) []corpusFile {
	t.Helper()
	shared := sharedDir()
	if shared == "" {
		t.Skip("the collection of public dumps (../shared/corpus beside the checkout) is absent")
	}
	f, err := os.Open(filepath.Join(shared, "corpus", "MANIFEST.tsv"))
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
	at := func(row []string, name string) string { return row[slices.Index(rows[0], name)] }
	var files []corpusFile
	for _, row := range rows[1:] {
		path := at(row, "path")
		files = append(files, corpusFile{path, filepath.Join(shared, "corpus", filepath.FromSlash(path)), at(row, "magic_version"), at(row, "scan"), at(row, "crc")})
	}
	if len(files) < 400 {
		t.Fatalf("%d files in the manifest", len(files))
	}
	return files
}

// TestCorpus: every public dump gets the exit code that its manifest calls
// for, an error tells its offset, and nothing panics.
func TestCorpus(t *testing.T) {
	codes, refused := map[int]int{}, 0
	for i, f := range corpus(t) {
		if i%stride(3) != 0 {
			continue
		}
		want := exitOK
		switch {
		case f.magic == "-" && !strings.Contains(f.scan, "bad magic b'REDIS") && !strings.Contains(f.scan, "need 9 have 5"):
			want = exitFailed // the exceptions are damaged magics, and ends inside one
		case f.scan != "ok":
			want = exitPartial
		}
		var out, errs bytes.Buffer
		env := func(string) string { return "" }
		code := run(t.Context(), []string{"check", "-f", "json", f.file}, nil, &out, &errs, env)
		codes[code]++
		if code == exitPartial && want == exitOK && serversRefuse(t, out.Bytes()) {
			refused++
			want = code
		}
		if code != want {
			t.Errorf("%s: check exits with %d, want %d (%s, %s, crc %s): %s", f.path, code, want, f.magic, f.scan, f.crc, &errs)
			continue
		}
		var r document.Check
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v", f.path, err)
		}
		s := r.Sources[0]
		if (s.Error != "") != (code != exitOK) || code == exitPartial && s.ErrorOffset == nil {
			t.Errorf("%s: exit code %d, error %q at %v", f.path, code, s.Error, s.ErrorOffset)
		}
		if i%stride(6) != 0 {
			continue
		}
		// The other commands get along with it too.
		for _, args := range [][]string{{"keys", "-f", "jsonl"}, {"report", "-f", "json"}, {"report"}} {
			out.Reset()
			errs.Reset()
			got := run(t.Context(), append(args, f.file), nil, &out, &errs, env)
			// Blobs are walked by check only: what is wrong inside one the others may not see.
			// What is in commands is counted by the others only.
			commands := got == exitPartial && strings.Contains(errs.String(), "are commands of an append-only file")
			if got != code && (code != exitPartial || got != exitOK) && !commands {
				t.Errorf("%s: %s exits with %d, check with %d: %s", f.path, args[0], got, code, &errs)
			}
			if strings.ContainsAny(out.String(), "\x1b\x00\x07") || strings.ContainsAny(errs.String(), "\x1b\x00\x07") {
				t.Errorf("%s: %s prints control bytes", f.path, args[0])
			}
		}
	}
	if refused != 26 && !testing.Short() {
		t.Errorf("%d dumps that read to their end are refused, want 26", refused)
	}
	t.Logf("exit codes: %v", codes)
}

// serversRefuse reports whether a check found what the manifest does not look for: a
// key or member twice, or parts of a value that contradict each other.
func serversRefuse(t *testing.T, out []byte) bool {
	t.Helper()
	var r document.Check
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	s := &r.Sources[0]
	return s.Duplicates.Proven > 0 || s.Members.Proven > 0 || slices.ContainsFunc(r.Warnings, func(w aggregate.Warning) bool {
		switch w.Code {
		case "integrity", string(parser.WarnLongLength):
			return true
		case string(parser.WarnCountLie):
			return strings.Contains(w.Text, "which stands for no count") // of a zipmap
		}
		return false
	})
}

var torture = flag.Bool("torture", false, "damage dumps at many places")

// TestTorture: a dump cut anywhere, or with a byte flipped in the range of its
// checksum, exits with 3 and says where. The parser's test of this name does so
// at every byte; here a few places of each dump go through the program.
func TestTorture(t *testing.T) {
	places := 3
	if *torture {
		places = 60
	}
	checkDump := func(dump []byte) (int, *check.Source) {
		var out, errs bytes.Buffer
		code := run(t.Context(), []string{"check", "-f", "json", "-"}, bytes.NewReader(dump), &out, &errs, func(string) string { return "" })
		var r document.Check
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatalf("%v: %s", err, &errs)
		}
		return code, &r.Sources[0]
	}
	least := 265
	if testing.Short() {
		least = 30
	}
	var files, cuts, flips int
	for i, f := range corpus(t) {
		if i%stride(6) != 0 {
			continue
		}
		dump, err := os.ReadFile(f.file)
		if err != nil {
			t.Fatal(err)
		}
		code, whole := checkDump(dump)
		if code != exitOK || whole.Start > 0 {
			continue
		}
		files++
		for i := range places {
			n := 1 + i*(len(dump)-1)/places
			want := exitPartial
			if int64(n) >= whole.End {
				want = exitOK
			}
			cuts++
			code, got := checkDump(dump[:n])
			if code != want || want == exitPartial && (got.ErrorOffset == nil || *got.ErrorOffset != int64(n) || got.Error == "") {
				t.Errorf("%s cut at %d: exit code %d, error %q at %v", f.path, n, code, got.Error, got.ErrorOffset)
			}
			if whole.Checksum != "ok" {
				continue
			}
			flips++
			at := i * int(whole.End-1) / places
			dump[at] ^= 1 << (i % 8)
			if code, got := checkDump(dump); code != exitPartial || got.Error == "" || got.ErrorOffset == nil {
				t.Errorf("%s with byte %d flipped: exit code %d, error %q", f.path, at, code, got.Error)
			}
			dump[at] ^= 1 << (i % 8)
		}
	}
	if files < least || cuts == 0 || flips == 0 {
		t.Errorf("%d files, %d cuts, %d flips", files, cuts, flips)
	}
	t.Logf("torture: through the program: exit codes of %d cuts and %d flips of %d dumps", cuts, flips, files)
}

// TestCorpusShow: every key of every public dump can be shown.
func TestCorpusShow(t *testing.T) {
	const enough = 40 // keys of one dump
	shown := 0
	for i, f := range corpus(t) {
		if f.magic == "-" || i%stride(6) != 0 {
			continue
		}
		var out, errs bytes.Buffer
		env := func(string) string { return "" }
		run(t.Context(), []string{"keys", "-f", "jsonl", f.file}, nil, &out, &errs, env)
		args := []string{"show", "-f", "json", "--", f.file}
		keys := len(args)
		for line := range strings.Lines(out.String()) {
			var row struct {
				Key string `json:"key"`
			}
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatalf("%s: %v: %s", f.path, err, line)
			}
			if !slices.Contains(args[keys:], row.Key) && !strings.HasSuffix(row.Key, "…") {
				args = append(args, row.Key)
			}
			if len(args) == enough {
				break
			}
		}
		if len(args) == keys {
			continue
		}
		out.Reset()
		errs.Reset()
		code := run(t.Context(), args, nil, &out, &errs, env)
		damaged := strings.Contains(errs.String(), "is damaged")
		if code == exitUsage || code == exitFailed && !damaged {
			t.Errorf("%s: show exits with %d: %s", f.path, code, &errs)
			continue
		}
		if damaged || code == exitPartial {
			// What is wrong inside a blob is seen when the key is shown.
			continue
		}
		var r struct{ Keys []json.RawMessage }
		if err := json.Unmarshal(out.Bytes(), &r); err != nil || len(r.Keys) < len(args)-keys {
			t.Errorf("%s: %d keys shown, want %d: %v", f.path, len(r.Keys), len(args)-keys, err)
		}
		shown += len(r.Keys)
	}
	t.Logf("%d keys shown", shown)
}

// sharedDir is the folder "shared" beside the checkout, "" if there is none.
func sharedDir() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			shared := filepath.Join(filepath.Dir(dir), "shared")
			if _, e := os.Stat(shared); e == nil {
				return shared
			}
			return ""
		}
		if filepath.Dir(dir) == dir {
			return ""
		}
		dir = filepath.Dir(dir)
	}
	return ""
}
