package markdown

import (
	"bytes"
	"flag"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/report/internal/reporttest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestDiffGolden(t *testing.T) {
	var b bytes.Buffer
	if err := WriteDiff(&b, reporttest.Diffed(t)); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "diff", b.Bytes(), *update)
}

// TestDiff: every table has as many cells in each row as in its head,
// whatever is in a key, and no control byte leaves.
func TestDiff(t *testing.T) {
	var b bytes.Buffer
	if err := WriteDiff(&b, reporttest.Diffed(t)); err != nil {
		t.Fatal(err)
	}
	cells := 0
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		for _, r := range line {
			if r < 0x20 || r == 0x7f || r == '\u202e' {
				t.Errorf("%q has %U", line, r)
			}
		}
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if cells == 0 {
			cells = n
		}
		if n != cells {
			t.Errorf("%d bars instead of %d: %s", n, cells, line)
		}
	}
	for _, want := range []string{"| `user:{int}` | string |", "new\\|\\.rdb", "``", "`*bold*`"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
}
