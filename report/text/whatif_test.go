package text

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

func whatIfText1(t *testing.T, w *aggregate.WhatIf, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteWhatIf(&b, w, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatIfText(t *testing.T) {
	for name, make := range reporttest.Comparisons {
		for _, width := range []int{120, 60} {
			w := make()
			text := whatIfText1(t, w, Options{Width: width, ASCII: true})
			reporttest.Golden(t, fmt.Sprintf("%s-%d", name, width), []byte(text), *update)
			for _, line := range strings.Split(text, "\n") {
				if displayWidth(line) > width || strings.ContainsFunc(line, func(r rune) bool { return r < 0x20 || r >= 0x7f }) {
					t.Errorf("%s at %d: %q", name, width, line)
				}
			}
			if diff := cmp.Diff(make(), w); diff != "" {
				t.Errorf("%s was changed:\n%s", name, diff)
			}
		}
	}
	w := reporttest.ShopComparison()
	costs := whatIfText1(t, w, Options{Sections: []string{"costs"}})
	if !strings.Contains(costs, "COST") || strings.Contains(costs, "BY TYPE") || strings.Contains(costs, "SWEEP") {
		t.Errorf("only costs were asked for:\n%s", costs)
	}
	if err := WriteWhatIf(io.Discard, w, Options{Sections: []string{"expiry"}}); err == nil {
		t.Error("a section of another document is taken")
	}
}
