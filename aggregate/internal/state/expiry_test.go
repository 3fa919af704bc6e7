package state

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
)

// expiring is one key that expires, as a timeline sees it.
type expiring struct {
	expiry, width int64
	hash          uint64
}

// timelineOf counts keys.
func timelineOf(keys []expiring) Timeline {
	bins := make(map[[2]int64]*Bin)
	var samples []BinSample
	for _, k := range keys {
		one := Bin{Width: k.width, Start: k.expiry - k.expiry%k.width, Keys: 1, Memory: 10, First: k.expiry, Last: k.expiry}
		at := [2]int64{one.Width, one.Start}
		if bins[at] == nil {
			bins[at] = new(Bin)
			*bins[at] = Bin{Width: one.Width, Start: one.Start}
		}
		bins[at].merge(&one)
		samples = append(samples, BinSample{KeptKey: counters.KeptKey{Hash: k.hash, Name: fmt.Appendf(nil, "%x", k.hash), Len: 16}, Expiry: k.expiry, Width: k.width})
	}
	var list []Bin
	for _, b := range bins {
		list = append(list, *b)
	}
	return NewTimeline(list, samples)
}

// TestBinWidths: each is a multiple of the one before, so that bins unite to the same
// ones in any number of steps.
func TestBinWidths(t *testing.T) {
	for i := 1; i < len(BinWidths); i++ {
		if BinWidths[i] <= BinWidths[i-1] || BinWidths[i]%BinWidths[i-1] != 0 {
			t.Errorf("%d after %d", BinWidths[i], BinWidths[i-1])
		}
	}
	for _, w := range []int64{sketch.Minute, sketch.Hour, sketch.Day} {
		if !slices.Contains(BinWidths[:], w) {
			t.Errorf("no bins of %d ms", w)
		}
	}
}

// TestTimelineBound: a timeline of very many spans has as many bins and samples as
// it may, and is the same however its keys were divided.
func TestTimelineBound(t *testing.T) {
	for _, c := range []struct {
		name string
		keys int
		key  func(rnd *rand.Rand, i int) expiring
		wide int64 // what bins are at least wide
	}{
		{"few", 2000, func(rnd *rand.Rand, i int) expiring {
			return expiring{int64(i%300) * sketch.Minute, sketch.Minute, rnd.Uint64()}
		}, sketch.Minute},
		{"as many as there may be", MaxBins, func(rnd *rand.Rand, i int) expiring {
			return expiring{int64(i) * sketch.Minute, sketch.Minute, rnd.Uint64()}
		}, sketch.Minute},
		{"one more", MaxBins + 1, func(rnd *rand.Rand, i int) expiring {
			return expiring{int64(i) * sketch.Minute, sketch.Minute, rnd.Uint64()}
		}, 2 * sketch.Minute},
		{"days of a century and minutes", 105_000, func(rnd *rand.Rand, i int) expiring {
			if i%3 == 0 {
				return expiring{int64(i/3) * sketch.Day, sketch.Day, rnd.Uint64()}
			}
			return expiring{rnd.Int64N(400 * sketch.Day), sketch.Minute, rnd.Uint64()}
		}, 2 * sketch.Day},
		{"one storm among them", 120_000, func(rnd *rand.Rand, i int) expiring {
			if i%20 == 0 {
				return expiring{77 * sketch.Minute, sketch.Minute, rnd.Uint64()}
			}
			return expiring{rnd.Int64N(20_000) * sketch.Minute, sketch.Minute, rnd.Uint64()}
		}, sketch.Minute},
		{"one hash for all", 40_000, func(_ *rand.Rand, i int) expiring {
			return expiring{int64(i%20_000) * sketch.Minute, sketch.Minute, 7}
		}, sketch.Minute},
	} {
		if testing.Short() && c.keys > 100_000 {
			c.keys = 40_000
			if c.wide > sketch.Minute {
				continue // fewer keys need no wider bins
			}
		}
		t.Run(c.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(41, 42))
			var keys []expiring
			for i := range c.keys {
				keys = append(keys, c.key(rnd, i))
			}
			want := timelineOf(keys)
			if err := want.check(); err != nil {
				t.Fatal(err)
			}
			if len(want.Bins) > MaxBins || len(want.Samples) > MaxBinSamples || want.Width() != c.wide {
				t.Errorf("%d bins of %d ms, %d samples", len(want.Bins), want.Width(), len(want.Samples))
			}
			var n int64
			for i := range want.Bins {
				n += want.Bins[i].Keys
			}
			if n != int64(c.keys) {
				t.Errorf("%d keys of %d", n, c.keys)
			}
			if c.name == "one storm among them" && len(want.SamplesOf()[[2]int64{sketch.Minute, 77 * sketch.Minute}]) != BinSamples {
				t.Error("the storm lost samples")
			}
			for range 2 {
				parts := make([]Timeline, 2+rnd.IntN(3))
				divided := make([][]expiring, len(parts))
				for i, k := range keys {
					to := rnd.IntN(len(parts))
					if rnd.IntN(3) == 0 {
						to = i * len(parts) / len(keys) // also by time
					}
					divided[to] = append(divided[to], k)
				}
				for i := range parts {
					parts[i] = timelineOf(divided[i])
				}
				for len(parts) > 1 {
					i := rnd.IntN(len(parts) - 1)
					before := [2]Timeline{clone(parts[i]), clone(parts[i+1])}
					merged := mergeTimelines(&parts[i+1], &parts[i])
					if !reflect.DeepEqual(before, [2]Timeline{parts[i], parts[i+1]}) {
						t.Fatal("merging changed a part")
					}
					parts = slices.Replace(parts, i, i+2, merged)
				}
				if !reflect.DeepEqual(want, parts[0]) {
					t.Fatal(cmp.Diff(want, parts[0]))
				}
			}
		})
	}
}

func clone(t Timeline) Timeline {
	t.Bins, t.Samples = slices.Clone(t.Bins), slices.Clone(t.Samples)
	return t
}
