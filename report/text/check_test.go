package text

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// checkText fails when text could harm a terminal or is wider than it.
func checkText(t *testing.T, text []byte, width int, ascii bool) {
	t.Helper()
	if !bytes.HasSuffix(text, []byte("\n")) {
		t.Error("the last line does not end")
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		for _, r := range line {
			if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
				t.Errorf("line %d has %U: %q", i+1, r, line)
			}
			if ascii && r >= 0x80 {
				t.Errorf("line %d is not ASCII: %q", i+1, line)
			}
		}
		if n := twwidth.WidthWithOptions(line, twwidth.Options{}); n > width {
			t.Errorf("line %d takes %d columns of %d: %q", i+1, n, width, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("line %d ends in spaces: %q", i+1, line)
		}
	}
}
