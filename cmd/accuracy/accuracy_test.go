package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/cmd/accuracy/truth"
)

// TestDocument holds docs/accuracy.md to what the program writes.
func TestDocument(t *testing.T) {
	dir, err := truth.Folder()
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(filepath.Join(dir, "..", "..", "docs", "accuracy.md"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "accuracy.md")
	var stdout bytes.Buffer
	if err := run([]string{"-truth", dir, "-o", path}, &stdout, io.Discard); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(have), "\n")); diff != "" {
		t.Errorf("docs/accuracy.md is not what make accuracy writes (-want +have):\n%s", diff)
	}
	for _, part := range strings.Split(stdout.String(), "\n\n") {
		if !bytes.Contains(want, []byte(strings.TrimSpace(part))) {
			t.Errorf("printed, and not in the document:\n%s", part)
		}
	}
}

// TestComplete: every dump is loaded by a server, and every server's dump is
// shipped.
func TestComplete(t *testing.T) {
	dir, err := truth.Folder()
	if err != nil {
		t.Fatal(err)
	}
	files, err := truth.Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	dumps, err := truth.Dumps(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, f := range files {
		used[f.Dump] = true
		if dumps[f.Dump] == nil {
			t.Errorf("%s loaded %s, which is not in the archive", f.Name, f.Dump)
		}
		family := 0
		for _, x := range families {
			if x.is(f.Server) {
				family++
			}
		}
		if family != 1 {
			t.Errorf("%s is in %d families, want 1", f.Server, family)
		}
	}
	for name := range dumps {
		if !used[name] {
			t.Errorf("no server loaded %s", name)
		}
	}
}

func TestCells(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{share(3528, 3528), "100 %"},
		{share(999_999, 1_000_000), "99.99 %"},
		{share(0, 7), "0.00 %"},
		{difference(5, 5), "0"},
		{difference(1001, 1000), "+0.100 %"},
		{difference(999, 1000), "-0.100 %"},
		{difference(1, 0), "?"},
		{table([][]string{{"a", "b"}, {"long", "1"}}), "| a    |  b |\n| ---- | -: |\n| long |  1 |\n"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestPeer(t *testing.T) {
	dir, err := truth.Folder()
	if err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	if err := run([]string{"-truth", dir, "-peer", "redis-7.4"}, &stdout, io.Discard); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(stdout.String(), "string raw"); n != 2 {
		t.Errorf("%d tables have strings, want 2:\n%s", n, &stdout)
	}
	if err := run([]string{"-truth", dir, "-peer", "redis-9"}, &stdout, io.Discard); err == nil {
		t.Error("an unknown server is accepted")
	}
}
