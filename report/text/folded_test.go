package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

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
