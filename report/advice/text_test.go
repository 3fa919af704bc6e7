package advice

import (
	"math"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
)

func TestSize(t *testing.T) {
	tests := []struct {
		n    int64
		want string
	}{
		{0, "0 B"},
		{1023, "1023 B"},
		{1024, "1 KiB"},
		{1536, "1.5 KiB"},
		{1 << 20, "1 MiB"},
		{1<<20 - 1, "1024 KiB"},
		{10 << 20, "10 MiB"},
		{13_153_337_344, "12.25 GiB"},
		{-2048, "-2 KiB"},
		{math.MaxInt64, "8 EiB"},
		{math.MinInt64, "-4 EiB"},
	}
	for _, tt := range tests {
		if got := size(tt.n); got != tt.want {
			t.Errorf("size(%d) = %q, want %q", tt.n, got, tt.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", math.MaxInt64: "9,223,372,036,854,775,807"} {
		if got := number(n); got != want {
			t.Errorf("number(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 hashes", 1: "1 hash", 2000: "2,000 hashes"} {
		if got := count(n, "hash"); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
	for r, want := range map[aggregate.Ratio]string{0: "0 %", 10: "0.1 %", 896: "8.96 %", 10000: "100 %"} {
		if got := percent(r); got != want {
			t.Errorf("percent(%d) = %q, want %q", r, got, want)
		}
	}
	for s, want := range map[int64]string{3600: "1 hour", 2 * 86400: "2 days", 40*86400 + 5: "40 days"} {
		if got := days(s); got != want {
			t.Errorf("days(%d) = %q, want %q", s, got, want)
		}
	}
	if got := times(5<<60, 2<<60); got != "2.5x" {
		t.Errorf("times = %q", got)
	}
}

func TestLine(t *testing.T) {
	for s, want := range map[string]string{
		"plain größe":     "plain größe",
		`a\x1b\\b`:        `a\x1b\\b`,
		"a\nb\x1b":        `a\x0ab\x1b`,
		"\xff":            `\xff`,
		"\u202e":          `\xe2\x80\xae`,
		"kept \uFFFD too": "kept \uFFFD too",
	} {
		if got := line(s); got != want {
			t.Errorf("line(%q) = %q, want %q", s, got, want)
		}
	}
}
