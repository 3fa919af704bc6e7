package sketch

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestMulDivHalf(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		a, b, c := rnd.Int64N(1<<30), rnd.Int64N(1<<30), 1+rnd.Int64N(1<<30)
		if got, want := MulDivHalf(a, b, c), (2*a*b+c)/(2*c); got != want {
			t.Fatalf("%d*%d/%d = %d, want %d", a, b, c, got, want)
		}
	}
	if got := MulDivHalf(math.MaxInt64, math.MaxInt64, 1); got != math.MaxInt64 {
		t.Errorf("%d", got)
	}
}
