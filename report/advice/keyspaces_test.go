package advice_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice"
)

// keyspaces returns the dumps of testdata/keyspaces, which real libraries wrote, by
// name. RDBLENS_KEYSPACES may name a folder with some of them uncut.
func keyspaces(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../testdata/keyspaces/*.rdb.gz")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d dumps, %v", len(files), err)
	}
	out := map[string][]byte{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".rdb.gz")
		if dir := os.Getenv("RDBLENS_KEYSPACES"); dir != "" {
			if b, err := os.ReadFile(filepath.Join(dir, name+".rdb")); err == nil {
				out[name] = b
				continue
			}
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		if out[name], err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	return out
}

// changes are the words of commands by which data goes, or gets shorter or another
// name; what they do to a key is in the table.
var changes = []string{"EXPIRE", "UNLINK", " DEL ", "FLUSH", "ZREM", "XTRIM", "LTRIM", "RENAME", "XACK", "XGROUP", "PERSIST"}

// changesOf returns those that an action runs, not those that it explains.
func changesOf(s *advice.Suggestion) string {
	var found []string
	for _, l := range s.Action {
		for _, c := range changes {
			if !strings.HasPrefix(l, "# ") && strings.Contains(l, c) && !slices.Contains(found, strings.TrimSpace(c)) {
				found = append(found, strings.TrimSpace(c))
			}
		}
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}

// TestSuggestionsForKeyspaces holds every suggestion for dumps of real libraries
// against testdata/suggestions.tsv, where each was read with the documentation of
// the library: a suggestion that nobody has read fails, and so does one whose
// commands change keys in another way than when it was read. What stands in the
// table and is not suggested any more is no failure.
func TestSuggestionsForKeyspaces(t *testing.T) {
	text, err := os.ReadFile("testdata/suggestions.tsv")
	if err != nil {
		t.Fatal(err)
	}
	type read struct{ changes, verdict string }
	table := map[string]read{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 6 || f[5] == "" {
			t.Fatalf("not six fields: %q", line)
		}
		if f[4] != "true" && f[4] != "useless" {
			t.Errorf("%s is %s: nothing wrong may be suggested", f[:3], f[4])
		}
		id := strings.Join(f[:3], "\t")
		if _, ok := table[id]; ok {
			t.Errorf("%q is there twice", id)
		}
		table[id] = read{f[3], f[4]}
	}
	seen := 0
	for name, dump := range keyspaces(t) {
		s, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: name + ".rdb", Reader: bytes.NewReader(dump), Size: int64(len(dump))}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := advice.Suggest(s.Report(), advice.Options{})
		for i := range got {
			x := &got[i]
			id := fmt.Sprintf("%s\t%s\t%s", name, x.ID, x.Pattern)
			want, ok := table[id]
			switch {
			case !ok:
				t.Errorf("nobody has read this one; its line would begin with\n%s\t%s\n%s\n%s", id, changesOf(x), x.Title, strings.Join(x.Action, "\n"))
			case want.changes != changesOf(x):
				t.Errorf("%s: its commands change keys by %q, and by %q when it was read", id, changesOf(x), want.changes)
			}
			seen++
		}
	}
	if seen < 30 {
		t.Errorf("%d suggestions: were the dumps read?", seen)
	}
}
