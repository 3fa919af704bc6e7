package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/parser/rdbtest"
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
skipped c.rdb: an empty file
skipped d.txt: not an RDB dump

4 sources: 2 ok, 1 damaged, 1 no dump; 3 files skipped
`
	if d := cmp.Diff(want, end); d != "" {
		t.Errorf("(-want +got)\n%s\nof\n%s", d, &out)
	}
}

// TestFolded: no line is wider than the terminal, unless a word is, and no word
// is lost.
func TestFolded(t *testing.T) {
	text := "name: ok\n  aux        a=1, b=2, " + strings.Repeat("é", 30) + ", c=3\n\n  types      " + strings.Repeat("TYPE 1, ", 40) + "end\n"
	for width := range 130 {
		got := folded(text, width)
		if d := cmp.Diff(strings.Fields(text), strings.Fields(got)); d != "" {
			t.Fatalf("width %d (-want +got)\n%s", width, d)
		}
		if width <= 2*factIndent && got != text || strings.Contains(got, " \n") {
			t.Errorf("width %d:\n%s", width, got)
		}
		for line := range strings.Lines(got) {
			if n := utf8.RuneCountInString(line) - 1; width > 2*factIndent && n > max(width, factIndent+31) {
				t.Errorf("width %d: %d columns: %s", width, n, line)
			}
		}
	}
}
