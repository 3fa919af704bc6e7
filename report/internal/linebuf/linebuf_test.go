package linebuf

import (
	"math"
	"strconv"
	"testing"
)

func TestAppendInt(t *testing.T) {
	for n := int64(1); n > 0; n *= 10 {
		for _, n := range []int64{n - 1, n, n + 1, n * 9, -n, -n + 1, n + n/7} {
			if got, want := string(AppendInt([]byte("x"), n)), "x"+strconv.FormatInt(n, 10); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		if n > math.MaxInt64/10 {
			break
		}
	}
	for _, n := range []int64{math.MaxInt64, math.MinInt64} {
		if got, want := string(AppendInt(nil, n)), strconv.FormatInt(n, 10); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
