package text

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

// TestTrendGolden: the verdict comes first, at several widths and in ASCII; no line is
// wider, and no control byte leaves.
func TestTrendGolden(t *testing.T) {
	d := reporttest.Trended(t)
	for name, o := range map[string]Options{"trend": {Width: 120}, "trend-80": {Width: 80}, "trend-ascii": {Width: 100, ASCII: true, Bytes: true}, "trend-40": {Width: 40}} {
		var b bytes.Buffer
		if err := WriteTrend(&b, d, o); err != nil {
			t.Fatal(err)
		}
		reporttest.Golden(t, name, b.Bytes(), *update)
		reporttest.CheckPrintable(t, b.Bytes())
		if !strings.HasPrefix(b.String(), "TREND of 4 snapshots\n") {
			t.Errorf("%s begins with %.40q", name, b.String())
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > o.Width {
				t.Errorf("%s: %d columns in %q", name, n, line)
			}
		}
	}
	var b bytes.Buffer
	if err := WriteTrend(&b, &aggregate.Trend{}, Options{}); err != nil {
		t.Error(err)
	}
}

func TestCurve(t *testing.T) {
	long := make([]int64, 365)
	for i := range long {
		long[i] = int64(i)
	}
	for _, c := range []struct {
		values []int64
		want   string
	}{{nil, ""}, {[]int64{0, 0}, ""}, {[]int64{1}, "█"}, {[]int64{0, 1, 1 << 62}, " ▁█"}, {[]int64{1<<63 - 1, 1}, "█▁"}, {long, " ▁▂▂▃▃▄▄▅▅▆▆▇▇██"}} {
		trend := trendText{newPage(Options{}), nil}
		if got := trend.curve(c.values); got != c.want {
			t.Errorf("%v: %q, want %q", c.values, got, c.want)
		}
	}
}
