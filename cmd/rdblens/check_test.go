package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/parser/rdbtest"
	"github.com/rdblens/rdblens/report/document"
)

// TestCheckDirectory: of a directory of all sorts nothing is left out without
// a word, not in text that goes to a file either.
func TestCheckDirectory(t *testing.T) {
	dir := t.TempDir()
	whole := head(11).SelectDB(0).Put("k", rdbtest.String(rdbtest.Plain("v"))).EOF().Bytes()
	for name, data := range map[string][]byte{
		"a.rdb": whole, "b.rdb": whole[:len(whole)-12], "c.rdb": nil, "d.txt": []byte("hello"), "e.rdb": append(whole[:len(whole):len(whole)], "*1\r\n"...),
		"f.manifest": []byte("file a.rdb seq 1 type b\nfile b.rdb seq 2 type b\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"check", "-q", ".", "gone.rdb"}, strings.NewReader(""), &out, &errs, func(string) string { return "" })
	if code != exitPartial {
		t.Errorf("exit code %d: %s", code, &errs)
	}
	_, end, _ := strings.Cut(out.String(), "\n\nskipped ")
	want := `f.manifest: not the manifest of an AOF: line 2: a second base
skipped d.txt: not an RDB dump
`
	if !strings.HasPrefix(out.String(), "5 sources: 2 ok, 1 damaged, 2 no dump; 2 files skipped\n\ngone.rdb: NOT A DUMP\n") {
		t.Errorf("no verdict first:\n%s", &out)
	}
	if d := cmp.Diff(want, end); d != "" {
		t.Errorf("(-want +got)\n%s\nof\n%s", d, &out)
	}
}

// TestCheckDuplicates: a dump with keys twice is refused, as by servers; a file is
// read again for proof, and for the name of the first.
func TestCheckDuplicates(t *testing.T) {
	w := head(11).SelectDB(0)
	for i := range 5000 {
		w.Put(fmt.Sprintf("key:%d", i), rdbtest.String(rdbtest.Plain("v")))
	}
	w.SelectDB(1).Put("key:7", rdbtest.String(rdbtest.Plain("v"))).SelectDB(0).Put("key:9\x1b", rdbtest.List(rdbtest.Plain("v")))
	w.Put("key:7", rdbtest.Set(rdbtest.Plain("v"))).Put("key:9", rdbtest.String(rdbtest.Plain("v")))
	file := filepath.Join(t.TempDir(), "twice.rdb")
	if err := os.WriteFile(file, w.EOF().Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, arg := range []string{file, "-"} {
		var out, errs bytes.Buffer
		code := run(t.Context(), []string{"check", "-f", "json", arg}, bytes.NewReader(w.Bytes()), &out, &errs, func(string) string { return "" })
		var r document.Check
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if code != exitPartial || !r.Partial || r.Sources[0].Duplicates.Possible != 2 || r.Sources[0].Duplicates.Proven == 0 != (arg == "-") {
			t.Errorf("exit code %d, %+v: %s", code, r.Sources[0].Duplicates, &errs)
		}
		if len(r.Warnings) != 1 || r.Warnings[0].Code != "duplicate-keys" || r.Warnings[0].Count != 2 {
			t.Fatalf("warnings %+v", r.Warnings)
		}
		if named := strings.Contains(r.Warnings[0].Text, `key "key:7", db 0, again at offset `); named != (arg == file) {
			t.Errorf("%s", r.Warnings[0].Text)
		}
	}
}
