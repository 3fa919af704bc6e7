package statetest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/config"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// WorstSummary fills every bound of a summary as a dump of 100 M keys could:
// as many patterns as are kept apart, with some twenty sizes each, every bin of
// the timeline with its samples, every slot, top lists and samples full. Its
// counters are then those of 100 M keys.
func WorstSummary(t testing.TB) *state.Summary {
	t.Helper()
	cfg, err := config.WithDefaults(nil)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	c := collect.NewCollector(&cfg, TestSeed, TestClock(0), state.Bounds{})
	const perPattern = 20
	types := []parser.DataType{parser.DataTypeString, parser.DataTypeHash, parser.DataTypeZset, parser.DataTypeSet}
	var r counters.Observation
	// The trie is as heavy as it may be before it is made coarser.
	for i := 0; c.Trie.Live < c.Trie.MaxNodes-200 && (i%64 != 0 || c.Trie.Weigh() < c.Trie.MaxWeight/16*15); i++ {
		// 80 services with 40 things each, which have up to 40 parts.
		name := fmt.Sprintf("%sservice:%sitem:%spart", keytest.Letters(i%80), keytest.Letters(i/80%40), keytest.Letters(i/3200))
		for range perPattern {
			key := fmt.Sprintf("%s:%d:%016x", name, rnd.IntN(1e9), rnd.Uint64())
			r = counters.Observation{}
			r.Key, r.KeyLen, r.Source = []byte(key), int64(len(key)), "dump0.rdb"
			r.DataType = types[(i+rnd.IntN(2))%len(types)]
			r.Typ, r.TypeName = uint8(r.DataType), r.DataType.String()
			r.Elements, r.LongestElement = 1+rnd.Int64N(5000), rnd.Int64N(100)
			r.Size = memory.Size{
				Bytes: 50 + 1<<rnd.IntN(16) + rnd.Int64N(1<<10), Resident: 40 + rnd.Int64N(1<<12), Payload: rnd.Int64N(1 << 11),
				Waste: rnd.Int64N(64), Encoding: memory.Encoding(1 + rnd.IntN(3)), Exact: true, Longest: r.LongestElement, Error: rnd.Int64N(99),
			}
			if rnd.IntN(4) == 0 {
				r.Size.Compact, r.Size.CompactLen = r.Size.Bytes/2, r.Size.Bytes/3
			}
			r.IdleSeconds, r.Freq = rnd.Int64N(1<<rnd.IntN(22)), -1
			r.RDBBytes, r.Slot = rnd.Int64N(2000), keyname.SlotOfName(r.Key, true)
			if rnd.IntN(2) == 0 {
				r.HasExpiry, r.Expiry = true, TestNow+rnd.Int64N([]int64{state.MinuteSpan, state.HourSpan, state.DaySpan}[rnd.IntN(3)])
			}
			ObserveRow(c, &r)
		}
	}
	s := &state.Summary{Config: cfg, Sources: TestSources()[:1], Keys: c.Finish()}
	s.Sources[0].Server = "redis-7.2"
	scaleKeys(&s.Keys, rnd, 1e8)
	return s
}

// scaleKeys multiplies the counters of a state so that it counts about n keys,
// each counter by a number of its own.
func scaleKeys(s *state.KeyState, rnd *rand.Rand, n int64) {
	by := n / s.Totals.Keys
	more := func(v *int64) { *v = *v * by * (50 + rnd.Int64N(101)) / 100 }
	spread := func(h *sketch.Histogram) (sum int64) {
		for i := range h.Pages {
			for j := range h.Pages[i] {
				more(&h.Pages[i][j])
			}
		}
		return h.Count()
	}
	for i := range s.Patterns {
		for j := range s.Patterns[i].Types {
			x := &s.Patterns[i].Types[j].Stats
			x.Keys = spread(&x.Sizes)
			left := x.Keys
			for e := range x.Encodings {
				if x.Encodings[e] > 0 {
					x.Encodings[e] = min(left, x.Encodings[e]*by)
					left -= x.Encodings[e]
				}
			}
			for e := range x.Encodings {
				if x.Encodings[e] > 0 {
					x.Encodings[e] += left
					break
				}
			}
			for _, v := range []*int64{&x.Elements, &x.Memory, &x.Resident, &x.NoTTLResident, &x.KeyName, &x.Payload, &x.Waste} {
				more(v)
			}
			x.NoTTLKeys, x.NoTTLMemory = rnd.Int64N(x.Keys), rnd.Int64N(x.Memory)
			spread(&x.EnsureUse().Idle)
			for k := range x.EnsureRare().Candidates {
				c := &x.Rare.Candidates[k]
				for _, v := range []*int64{&c.Keys, &c.Before, &c.After, &c.BeforeResident, &c.AfterResident} {
					more(v)
				}
			}
		}
	}
	for i := range s.Cells {
		c := &s.Cells[i].Cell
		c.Keys = spread(&c.Sizes)
	}
	for i := range s.Timeline.Bins {
		more(&s.Timeline.Bins[i].Keys)
		more(&s.Timeline.Bins[i].Memory)
	}
	for i := range s.Slots {
		more(&s.Slots[i].Keys)
		more(&s.Slots[i].Memory)
	}
	// The sums agree again.
	var keys, memory int64
	for i := range s.Patterns {
		for j := range s.Patterns[i].Types {
			keys += s.Patterns[i].Types[j].Keys
			memory += s.Patterns[i].Types[j].Memory
		}
	}
	s.Cells = s.Cells[:1]
	one := &s.Cells[0]
	one.Keys, one.Memory, one.Sizes = keys, memory, sketch.Histogram{}
	one.Sizes.AddN(100, keys)
	s.Totals = state.Totals{Freq: s.Totals.Freq, Dropped: s.Totals.Dropped, Fields: s.Totals.Fields}
	s.Totals.Sum(s.Cells, s.Patterns)
}
