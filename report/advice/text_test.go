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
