package text

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate"
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
			b.Reset()
			if err := WriteDiff(&b, reporttest.Diffed(t), Options{Width: width, ASCII: ascii, Full: true}); err != nil {
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
		if err := WriteDiff(&b, reporttest.Diffed(t), Options{Width: width, Full: true}); err != nil {
			t.Fatal(err)
		}
		reporttest.Golden(t, fmt.Sprintf("diff-%d", width), b.Bytes(), *update)
	}
	var b bytes.Buffer
	if err := WriteDiff(&b, reporttest.Diffed(t), Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "diff-screen-100", b.Bytes(), *update)
}

// TestDiffScreen: whatever there is to say, the first screen of a comparison is a screen
// long, and begins with the verdict.
func TestDiffScreen(t *testing.T) {
	d := reporttest.Diffed(t)
	for len(d.Patterns) < 60 {
		d.Patterns = append([]aggregate.DiffPattern{{Pattern: fmt.Sprintf("p%d:{int}", len(d.Patterns)), Type: "hash", Status: "grown"}}, d.Patterns...)
	}
	for len(d.LeakSuspects) < 20 {
		d.LeakSuspects = append(d.LeakSuspects, aggregate.DiffPattern{Pattern: "leak:{int}", Type: "string"})
	}
	for len(d.ByType) < 12 {
		d.ByType = append(d.ByType, aggregate.TypeChange{Type: "MBbloom--"})
	}
	d.PatternsTotal, d.LeakSuspectsTotal = 1000, 200
	for range 30 {
		d.Warnings = append(d.Warnings, aggregate.Warning{Code: "model", Text: strings.Repeat("a long warning ", 12), Count: 1})
	}
	for width, most := range map[int]int{60: 65, 80: 55, 100: 45, 120: 45, 200: 45} {
		var b bytes.Buffer
		if err := WriteDiff(&b, d, Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(b.String()) {
			if n++; utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > width {
				t.Errorf("width %d: %q", width, line)
			}
		}
		if n > most {
			t.Errorf("width %d: %d lines, at most %d", width, n, most)
		}
		verdict, table := strings.Index(b.String(), "\nGROWN"), strings.Index(b.String(), "\nCHANGE")
		if verdict < 0 || table < verdict || !strings.Contains(b.String(), "--full") {
			t.Errorf("width %d:\n%s", width, &b)
		}
	}
}
