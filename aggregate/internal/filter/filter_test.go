package filter

import (
	"testing"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
)

func TestParseTTL(t *testing.T) {
	for _, c := range []struct {
		in   string
		kind ttlFilter
		ms   int64
	}{{"", ttlAll, 0}, {"none", ttlNone, 0}, {"any", ttlAny, 0}, {"expired", ttlExpired, 0}, {"<1h", ttlBelow, sketch.Hour},
		{">7d", ttlAbove, 7 * sketch.Day}, {"<90", ttlBelow, 90_000}, {">1h30m", ttlAbove, 90 * sketch.Minute}, {"<250ms", ttlBelow, 250}, {">2w", ttlAbove, 14 * sketch.Day}} {
		kind, ms, err := parseTTL(c.in)
		if err != nil || kind != c.kind || ms != c.ms {
			t.Errorf("%q: %v %d %v", c.in, kind, ms, err)
		}
	}
	for _, in := range []string{"x", "<", ">h", "<1y", "<-5s", "<99999999999999999999d", "<9223372036854775807w", "<1h5"} {
		if _, _, err := parseTTL(in); err == nil {
			t.Errorf("%q: no error", in)
		}
	}
}
