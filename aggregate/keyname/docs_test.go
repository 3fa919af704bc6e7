package keyname

import (
	"os"
	"strings"
	"testing"
)

// TestPatternsDocument holds the examples of docs/patterns.md against the code, and
// the table of classes against the classes there are.
func TestPatternsDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/patterns.md")
	if err != nil {
		t.Fatal(err)
	}
	cell := func(s string) (string, bool) {
		s, ok := strings.CutPrefix(strings.TrimSpace(s), "`")
		return strings.TrimSuffix(s, "`"), ok
	}
	seen := make(map[string]bool)
	examples := 0
	for line := range strings.Lines(string(text)) {
		row := strings.Split(strings.Trim(line, "|\n"), " | ")
		if !strings.HasPrefix(line, "| `") || len(row) < 2 {
			continue
		}
		first, _ := cell(strings.TrimPrefix(row[0], " "))
		key, want := first, ""
		if len(row) == 2 {
			want, _ = cell(row[1])
		} else {
			seen[first] = true
			want = first
			var ok bool
			if key, ok = cell(row[2]); !ok {
				continue
			}
		}
		examples++
		if got := string(PatternOf([]byte(key))); got != want {
			t.Errorf("%s: %s, the document says %s", key, got, want)
		}
	}
	if examples < 25 {
		t.Errorf("%d examples: the tables were not found", examples)
	}
	for c := ClassStar; c < ClassGroup; c++ {
		if name := "{" + ClassNames[c] + "}"; !seen[name] {
			t.Errorf("%s is not in the table", name)
		}
	}
}
