package state

import (
	"math"
	"testing"

	"github.com/rdblens/rdblens/aggregate/keyname"
)

// TestStratumLimits: they only fall as strata get keys, and what they let in
// together is bounded.
func TestStratumLimits(t *testing.T) {
	lastKeys, lastBytes := math.MaxInt, math.MaxInt
	for used := 1; used <= keyname.ProbeStrata; used++ {
		keys, bytes := StratumLimits(0, used)
		if keys > lastKeys || bytes > lastBytes || keys < MinStratum || bytes < MinStratumBytes {
			t.Errorf("%d strata: %d keys and %d bytes after %d and %d", used, keys, bytes, lastKeys, lastBytes)
		}
		if n := keys * used; n > ProbeKeys {
			t.Errorf("%d strata keep %d keys", used, n)
		}
		lastKeys, lastBytes = keys, bytes
	}
	// Random words fill all strata of strings: the sample stays small.
	if keys, _ := StratumLimits(0, keyname.ProbeStrata/2); keys*keyname.ProbeStrata/2 > ProbeKeys/2 {
		t.Errorf("%d keys in each of %d strata", keys, keyname.ProbeStrata/2)
	}
}
