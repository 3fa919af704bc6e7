package data

import (
	"encoding/json"
	"math"
	"testing"
)

func TestTimeBeyondCalendar(t *testing.T) {
	for _, v := range []Time{math.MinInt64, math.MaxInt64, minTime, MaxTime, 0} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back Time
		if err := json.Unmarshal(b, &back); err != nil {
			t.Errorf("%d: %s: %v", int64(v), b, err)
		}
	}
}

func TestSignedRatios(t *testing.T) {
	for r, want := range map[Ratio]string{-5: "-0.0005", -10000: "-1.0000", -12345: "-1.2345", 5: "0.0005", 0: "0.0000"} {
		b, err := r.MarshalJSON()
		var back Ratio
		if err != nil || string(b) != want || back.UnmarshalJSON(b) != nil || back != r {
			t.Errorf("%d: %s, read as %d, %v", r, b, back, err)
		}
	}
}
