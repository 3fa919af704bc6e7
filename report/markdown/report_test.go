package markdown

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

// TestTables: in reports and trends every table has as many cells in each row as in its
// head, whatever is in a key, and no control byte leaves.
func TestTables(t *testing.T) {
	pages := map[string][]byte{}
	for name, document := range reporttest.Documents {
		var b bytes.Buffer
		if err := WriteReport(&b, document()); err != nil {
			t.Fatal(err)
		}
		pages[name] = b.Bytes()
	}
	var b bytes.Buffer
	if err := WriteTrend(&b, reporttest.Trended(t)); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "trend", b.Bytes(), *update)
	pages["trend"] = b.Bytes()
	var zero bytes.Buffer
	if err := WriteTrend(&zero, &aggregate.Trend{}); err != nil {
		t.Fatal(err)
	}
	pages["no trend"] = zero.Bytes()
	for name, page := range pages {
		reporttest.CheckPrintable(t, page)
		if !bytes.HasPrefix(page, []byte("# ")) {
			t.Errorf("%s has no title", name)
		}
		cells := 0
		for line := range strings.Lines(string(page)) {
			if !strings.HasPrefix(line, "|") {
				cells = 0
				continue
			}
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if cells == 0 {
				cells = n
			}
			if n != cells {
				t.Errorf("%s: %d bars instead of %d: %s", name, n, cells, line)
			}
		}
	}
}
