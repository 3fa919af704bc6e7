package advice

import (
	"testing"
)

func TestTimes(t *testing.T) {
	for _, c := range []struct {
		whole, part int64
		want        string
	}{{5 << 60, 2 << 60, "2.50x"}, {27, 10, "2.70x"}, {1, 0, "well"}} {
		if got := times(c.whole, c.part); got != c.want {
			t.Errorf("times(%d, %d) = %q, want %q", c.whole, c.part, got, c.want)
		}
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
