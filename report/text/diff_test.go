package text

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/report/internal/reporttest"
)

// TestDiffText: nothing harms a terminal, at any width.
func TestDiffText(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		for _, width := range []int{40, 60, 80, 120} {
			var b bytes.Buffer
			if err := WriteDiff(&b, reporttest.Diffed(t), Options{Width: width, ASCII: ascii}); err != nil {
				t.Fatal(err)
			}
			checkText(t, b.Bytes(), width, ascii)
			for _, want := range []string{"CHANGE", "BY TYPE", "NEW PATTERNS", "VANISHED", "LEAK SUSPECTS", "BIGGEST NEW"} {
				if !strings.Contains(b.String(), want) {
					t.Errorf("width %d: no %s", width, want)
				}
			}
		}
	}
}

func TestDiffGolden(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		var b bytes.Buffer
		if err := WriteDiff(&b, reporttest.Diffed(t), Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		reporttest.Golden(t, fmt.Sprintf("diff-%d", width), b.Bytes(), *update)
	}
}
