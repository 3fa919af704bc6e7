package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// TestFolded: no line is wider than the terminal, nothing is lost, and only a word that
// does not fit into a line of its own is broken.
func TestFolded(t *testing.T) {
	text := "name: ok\n  aux        a=1, b=2, " + strings.Repeat("é", 30) + ", c=3\n\n  types      " + strings.Repeat("TYPE 1, ", 40) + "end\n"
	for width := range 130 {
		got := folded(text, width)
		want, words := strings.Fields(text), strings.Fields(got)
		if width > 2*factIndent && width < factIndent+31 {
			want, words = []string{strings.Join(want, "")}, []string{strings.Join(words, "")}
		}
		if d := cmp.Diff(want, words); d != "" {
			t.Fatalf("width %d (-want +got)\n%s", width, d)
		}
		if width <= 2*factIndent && got != text || strings.Contains(got, " \n") {
			t.Errorf("width %d:\n%s", width, got)
		}
		for line := range strings.Lines(got) {
			if n := utf8.RuneCountInString(line) - 1; width > 2*factIndent && n > width {
				t.Errorf("width %d: %d columns: %s", width, n, line)
			}
		}
	}
}
