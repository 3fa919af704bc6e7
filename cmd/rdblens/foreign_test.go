package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/cmd/internal/foreign"
)

// typed runs a command line in a directory that has the demo's dump as dump.rdb, and
// returns what it says on standard error.
func typed(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(""), &stdout, &stderr, func(string) string { return "" })
	return code, stderr.String()
}

// TestForeign types each word and flag of other tools: it is wrong usage, before
// anything is read, and the answer has the line to type.
func TestForeign(t *testing.T) {
	inDemoDir(t)
	for _, tool := range foreign.Tools {
		for _, h := range tool.Habits {
			words := strings.Fields(h.Typed)
			var lines [][]string
			if strings.HasPrefix(h.Typed, "-") {
				lines = [][]string{append(append([]string{"keys"}, words...), "dump.rdb"), append(words, "dump.rdb")}
			} else {
				lines = [][]string{append(words, "dump.rdb"), append([]string{strings.ToUpper(words[0])}, append(words[1:], "dump.rdb")...)}
			}
			for _, line := range lines {
				code, said := typed(t, line...)
				if ours(line) {
					continue
				}
				if want := strings.TrimSuffix(h.Line, " | head -50"); code != exitUsage || !strings.Contains(said, want) || !strings.Contains(said, h.Note) || strings.Contains(said, "PARTIAL") {
					t.Errorf("%s: %q: exit %d, %s", tool.Name, line, code, said)
				}
			}
		}
	}
}

// ours reports whether we have a flag or command of that name: then it means what it
// means here.
func ours(line []string) bool {
	root := newApp(strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}, func(string) string { return "" }).rootCommand()
	keys, _, err := root.Find([]string{"keys"})
	if err != nil {
		return false
	}
	for i, w := range line {
		name, short := strings.CutPrefix(w, "-")
		if !short {
			if c, _, err := root.Find([]string{w}); i == 0 && err == nil && c != root && w != "keys" {
				return true
			}
			continue
		}
		if keys.Flags().Lookup(strings.TrimPrefix(name, "-")) != nil || root.Flags().Lookup(strings.TrimPrefix(name, "-")) != nil {
			return true
		}
		if !strings.HasPrefix(name, "-") && (keys.Flags().ShorthandLookup(name[:1]) != nil || root.Flags().ShorthandLookup(name[:1]) != nil) {
			return true
		}
	}
	return false
}

// TestForeignLines runs the lines that the answers have, as a shell does: rdblens is in
// its PATH, see TestMain.
func TestForeignLines(t *testing.T) {
	dir := inDemoDir(t)
	ran := make(map[string]bool)
	for _, tool := range foreign.Tools {
		for _, h := range tool.Habits {
			if h.Line == "" || ran[h.Line] {
				continue
			}
			ran[h.Line] = true
			if testing.Short() && len(ran)%6 != 0 {
				continue
			}
			c := exec.Command("sh", "-c", "set -e; "+h.Line)
			c.Dir = dir
			if out, err := c.CombinedOutput(); err != nil || len(out) == 0 && !strings.Contains(h.Line, " -o ") {
				t.Errorf("%s: %v\n%.500s", h.Line, err, out)
			}
		}
	}
}

// TestForeignDocument holds docs/coming-from.md against the tables; -update rewrites it.
func TestForeignDocument(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Coming from another tool\n\n<!-- written by go test ./cmd/rdblens -run ForeignDocument -update; a test compares, and runs each line -->\n\n" +
		"What others call it, and the line that does it here, on `dump.rdb`. Typed by habit,\nmost of them are answered with that line.\n")
	for _, tool := range foreign.Tools {
		fmt.Fprintf(&b, "\n<a id=\"%s\"></a>\n\n## %s\n\n| typed | here | |\n|---|---|---|\n", tool.Anchor, tool.Name)
		for _, h := range tool.Habits {
			line := ""
			if h.Line != "" {
				line = "`" + strings.ReplaceAll(h.Line, "|", "\\|") + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", h.Typed, line, strings.ReplaceAll(h.Note, "|", "\\|"))
		}
	}
	path := filepath.Join("..", "..", "docs", "coming-from.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != b.String() {
		t.Errorf("docs/coming-from.md is not what the tables say (go test -update rewrites it): %v", err)
	}
}

// inDemoDir makes a directory with the demo's dump under two names the working one.
func inDemoDir(t *testing.T) string {
	t.Helper()
	dump, err := os.ReadFile(filepath.Join("..", "..", "testdata", "demo.rdb"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"dump.rdb", "dump.rdb.new"} {
		if err := os.WriteFile(filepath.Join(dir, name), dump, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	return dir
}
