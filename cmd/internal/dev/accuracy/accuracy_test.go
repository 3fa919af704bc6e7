package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate/memory/truth"
)

// TestDocument holds docs/accuracy.md to what the program writes.
func TestDocument(t *testing.T) {
	if testing.Short() {
		t.Skip("long: measures every truth set")
	}
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

// TestBounds: the error bound is two standard deviations, no more and no less.
func TestBounds(t *testing.T) {
	dir, err := truth.Folder()
	if err != nil {
		t.Fatal(err)
	}
	results, err := compareAll(dir)
	if err != nil {
		t.Fatal(err)
	}
	random := map[string]*group{}
	for _, r := range results {
		for name, g := range r.groups {
			family, _, _ := strings.Cut(r.file.Server, "-")
			if strings.HasSuffix(r.file.Server, "-libc") {
				continue // nearly all keys have a bound, and are exact
			}
			if random[family+" "+name] == nil {
				random[family+" "+name] = &group{}
			}
			random[family+" "+name].add(g)
		}
	}
	for _, name := range []string{"redis zset skiplist", "valkey zset skiplist", "valkey set hashtable", "valkey hash hashtable"} {
		g := random[name]
		if g == nil || g.bounded < 400 {
			t.Fatalf("%s: too few keys with a bound: %+v", name, g)
		}
		if share := 100 * float64(g.within) / float64(g.bounded); share < 94 || share > 99 {
			t.Errorf("%s: %d of %d keys are within their bound (%.1f %%)", name, g.within, g.bounded, share)
		}
	}
	if g := random["redis hash hashtable"]; g.within != g.bounded {
		t.Errorf("redis hash hashtable: %d of %d keys are within their bound", g.within, g.bounded)
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

// TestReadme holds what the README says of the accuracy.
func TestReadme(t *testing.T) {
	dir, err := truth.Folder()
	if err != nil {
		t.Fatal(err)
	}
	results, err := compareAll(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	keys := 0
	within := func(name, what string, value, low, high float64) {
		t.Helper()
		if value < low || value > high {
			t.Errorf("%s: %s %.4f, the README says %v to %v", name, what, value, low, high)
		}
	}
	percent := func(n, of int64) float64 { return 100 * float64(n) / float64(of) }
	for _, r := range results {
		name := r.file.Name
		keys += r.all.keys
		if r.wrong != 0 || r.all.encodings != r.all.keys {
			t.Errorf("%s: %d keys wrongly called exact, %d of %d encodings", name, r.wrong, r.all.encodings, r.all.keys)
		}
		within(name, "sum", percent(r.all.model-r.all.server, r.all.server), -0.03, 0.03)
		used := r.file.Loaded.UsedMemory
		within(name, "used_memory", percent(r.predicted-used, used), -0.06, 0.06)
		exact := percent(int64(r.all.exact), int64(r.all.keys))
		switch {
		case strings.HasSuffix(r.file.Server, "-libc"):
			within(name, "exact", exact, 97.4, 97.5)
		case strings.HasPrefix(name, "redis"):
			within(name, "exact", exact, 98, 98.75)
		default:
			within(name, "exact", exact, 90, 96)
		}
	}
	for _, figure := range []string{
		fmt.Sprintf("%d,%03d keys", keys/1000, keys%1000), fmt.Sprintf("%d servers", len(results)),
		"within 0.03 %, `used_memory` within 0.06 %", "98.0 to 98.7 %", "97.4 %", "90 to 96 %",
	} {
		if !strings.Contains(string(text), figure) {
			t.Errorf("the README does not say %q", figure)
		}
	}
}
