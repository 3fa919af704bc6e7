package data

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
)

func TestSignedFigures(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		a, b, c := rnd.Int64N(1<<30), rnd.Int64N(1<<30), 1+rnd.Int64N(1<<30)
		if got, want := sketch.MulDivHalf(a, b, c), (2*a*b+c)/(2*c); got != want {
			t.Fatalf("%d*%d/%d = %d, want %d", a, b, c, got, want)
		}
	}
	if got := sketch.MulDivHalf(math.MaxInt64, math.MaxInt64, 1); got != math.MaxInt64 {
		t.Errorf("%d", got)
	}
	for r, want := range map[Ratio]string{-5: "-0.0005", -10000: "-1.0000", -12345: "-1.2345", 5: "0.0005", 0: "0.0000"} {
		b, err := r.MarshalJSON()
		var back Ratio
		if err != nil || string(b) != want || back.UnmarshalJSON(b) != nil || back != r {
			t.Errorf("%d: %s, read as %d, %v", r, b, back, err)
		}
	}
}
