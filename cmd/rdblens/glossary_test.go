package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/cmd/internal/glossary"
)

// TestGlossaryDocument holds docs/glossary.md against what help prints; -update
// writes it anew.
func TestGlossaryDocument(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Glossary\n\n<!-- written by go test ./cmd/rdblens -run GlossaryDocument -update; a test compares -->\n\n" +
		"The words that rdblens uses in a sense of its own. `rdblens help glossary` prints\nthe same.\n")
	for _, g := range glossary.Words {
		b.WriteString("\n**" + strings.NewReplacer("[", `\[`, "]", `\]`).Replace(g.Word) + "**: " + markdown(g.Meaning) + "\n")
	}
	file := filepath.Join("..", "..", "docs", "glossary.md")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(got)); diff != "" {
		t.Errorf("docs/glossary.md is not what help prints (-help +file):\n%s", diff)
	}
}

// markdown is a text in which nothing is taken for markup.
func markdown(s string) string {
	return strings.NewReplacer("*", `\*`, "_", `\_`, "|", `\|`, "[", `\[`, "]", `\]`).Replace(s)
}

// TestGlossary: words are in order, and each once; help prints every one of them
// within the width of a terminal.
func TestGlossary(t *testing.T) {
	var words []string
	for _, g := range glossary.Words {
		words = append(words, strings.ToLower(strings.Trim(g.Word, "[]")))
		if g.Meaning == "" || strings.TrimSpace(g.Meaning) != g.Meaning || !strings.HasSuffix(g.Meaning, ".") {
			t.Errorf("%s: %q", g.Word, g.Meaning)
		}
	}
	if !slices.IsSorted(words) || len(slices.Compact(slices.Clone(words))) != len(words) {
		t.Errorf("out of order, or twice: %q", words)
	}
	var out, errs bytes.Buffer
	env := func(string) string { return "" }
	if code := run(t.Context(), []string{"help", "glossary"}, nil, &out, &errs, env); code != exitOK || errs.Len() > 0 {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 81 {
			t.Errorf("%d columns: %s", len(line)-1, line)
		}
	}
	printed := strings.Join(strings.Fields(out.String()), " ")
	for _, g := range glossary.Words {
		if !strings.Contains(printed, g.Word+" "+g.Meaning) {
			t.Errorf("help does not print %s", g.Word)
		}
	}
	out.Reset()
	if code := run(t.Context(), []string{"help"}, nil, &out, &errs, env); code != exitOK || !strings.Contains(out.String(), "\nTopics:\n  glossary") {
		t.Errorf("exit code %d; help does not name the topic:\n%s", code, &out)
	}
}
