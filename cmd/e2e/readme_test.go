package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReadme holds the excerpt in README.md against what `make demo` prints.
func TestReadme(t *testing.T) {
	root := filepath.Join("..", "..")
	b, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(b), "<!-- demo:")
	_, rest, fenced := strings.Cut(rest, "```text\n")
	excerpt, _, closed := strings.Cut(rest, "```\n")
	if !found || !fenced || !closed {
		t.Fatal("README.md has no excerpt of the demo")
	}
	cmd := exec.Command(binary, "report", "--allocator", "jemalloc-debian", "testdata/demo.rdb")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var printed []string
	for line := range strings.Lines(string(out)) {
		printed = append(printed, strings.TrimRight(line, " \n"))
	}
	for line := range strings.Lines(excerpt) {
		line = strings.TrimRight(line, "\n")
		if line != "  …" && !slices.Contains(printed, line) {
			t.Errorf("make demo does not print %q", line)
		}
	}
}

// TestDocumentedQueries runs the SQL of docs/keys.md on the demo's rows.
func TestDocumentedQueries(t *testing.T) {
	d := newDuck(t)
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "keys.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	analyse(t, dir, filepath.Join("..", "..", "testdata", "demo.rdb"))
	_, rest, found := strings.Cut(string(b), "```sql\n")
	block, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("docs/keys.md has no SQL")
	}
	queries := map[string]string{}
	for sql := range strings.SplitSeq(block, ";") {
		if sql = strings.TrimSpace(sql); sql != "" {
			queries[sql] = strings.ReplaceAll(sql, "'keys.parquet'", quote(filepath.Join(dir, "keys.parquet")))
		}
	}
	for sql, rows := range d.query(t, queries) {
		if len(rows) == 0 {
			t.Errorf("no rows: %s", sql)
		}
	}
}
