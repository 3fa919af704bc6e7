package text

import (
	"math"
	"testing"
)

func TestAverage(t *testing.T) {
	for _, c := range []struct{ total, n, want int64 }{{10, 4, 3}, {9, 4, 2}, {0, 4, 0}, {1, 0, 0}, {math.MaxInt64, 1, math.MaxInt64}, {math.MaxInt64, 2, 1 << 62}, {math.MaxInt64, math.MaxInt64, 1}} {
		if got := average(c.total, c.n); got != c.want {
			t.Errorf("average(%d, %d) = %d, want %d", c.total, c.n, got, c.want)
		}
	}
}
