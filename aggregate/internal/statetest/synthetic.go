package statetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// TestNow is the clock of the first synthetic source.
const TestNow = int64(1_763_700_000_000)

// TestConfig is a configuration that needs nothing of the memory model.
func TestConfig() data.Config {
	return data.Config{
		Tool: data.Tool{Name: "rdblens", Version: "test"}, Server: data.ServerAuto, Separators: keyname.DefaultSeparators, Top: data.DefaultTop,
		Settings: memory.Config{
			HashMaxListpackEntries: 512, HashMaxListpackValue: 64, ZsetMaxListpackEntries: 128, ZsetMaxListpackValue: 64,
			SetMaxIntsetEntries: 512, SetMaxListpackEntries: 128, SetMaxListpackValue: 64,
		},
	}
}

// LowBounds are small enough for a few hundred keys to reach each of them.
func LowBounds() state.Bounds {
	b := state.DefaultBounds()
	b.Wide = [...]uint32{12, 8, 5, 4, 3}
	b.Sample = 40
	return b
}

// within are the bounds that a test gives, or the default ones.
func within(b []state.Bounds) state.Bounds {
	if len(b) == 0 {
		return state.Bounds{}
	}
	return b[0]
}

// Synthetic makes n keys of three sources: tenants with heavy and light ones,
// slugs, ids of all kinds, hash tags, binary keys, ties in size, storms.
func Synthetic(rnd *rand.Rand, n int) [][]counters.Observation {
	sources := make([][]counters.Observation, 3)
	for i := range n {
		key := syntheticName(rnd, i)
		src := rnd.IntN(len(sources))
		r := counters.Observation{}
		r.Key, r.KeyLen, r.DB = []byte(key), int64(len(key)), int32(rnd.IntN(3))
		r.Source = fmt.Sprintf("dump%d.rdb", src)
		r.DataType = parser.DataType(rnd.IntN(6))
		r.TypeName = r.DataType.String()
		if rnd.IntN(20) == 0 {
			r.DataType, r.TypeName = parser.DataTypeModule, "ReJSON-RL"
		}
		r.Elements, r.LongestElement = rnd.Int64N(2000), rnd.Int64N(200)
		r.Size = memory.Size{
			Bytes: 48 + 8*rnd.Int64N(6), Resident: 40 + 8*rnd.Int64N(6), Payload: rnd.Int64N(60), Waste: rnd.Int64N(8),
			Encoding: memory.Encoding(1 + rnd.IntN(12)), Exact: true, Longest: r.LongestElement,
		}
		if rnd.IntN(10) == 0 {
			r.Size.Bytes = 1 << (6 + rnd.IntN(20))
		}
		if key[0] == 'h' && rnd.IntN(4) == 0 {
			r.Size.Bytes = 1 << 22
		}
		if rnd.IntN(8) == 0 {
			r.Size.Error, r.Size.Exact = rnd.Int64N(1000), false
		}
		if rnd.IntN(3) == 0 {
			r.Size.Compact, r.Size.CompactLen = r.Size.Bytes/2, r.Size.Bytes/3
		}
		if r.DataType == parser.DataTypeString {
			r.StrLen = rnd.Int64N(3000)
			if rnd.IntN(2) == 0 {
				r.StrStored, r.Size.Compressed = r.StrLen/2, r.Size.Bytes/2
			}
		}
		r.Integers = rnd.IntN(2) == 0
		r.RDBBytes = rnd.Int64N(1000)
		r.IdleSeconds, r.Freq = -1, -1
		if src == 1 {
			r.IdleSeconds = rnd.Int64N(1 << 20)
		}
		if src == 2 {
			r.Freq = int32(rnd.IntN(256))
		}
		if rnd.IntN(2) == 0 {
			r.HasExpiry = true
			spans := []int64{sketch.Minute, sketch.Hour, 2 * sketch.Day, 80 * sketch.Day, 400 * sketch.Day, 8000 * sketch.Day}
			r.Expiry = TestNow + int64(src)*3*sketch.Hour + rnd.Int64N(spans[rnd.IntN(len(spans))]) - rnd.Int64N(sketch.Hour)
			if rnd.IntN(50) == 0 {
				r.Expiry = -r.Expiry
			}
		}
		if rnd.IntN(4) == 0 {
			for range 1 + rnd.IntN(5) {
				r.FieldTTLs.Add(TestNow+rnd.Int64N(60*sketch.Day)-rnd.Int64N(60*sketch.Day), TestClock(src))
			}
		}
		if rnd.IntN(3) == 0 {
			// Few slots with many tags each: their samples must overflow.
			r.Key = fmt.Appendf(nil, "{t%d}%s", rnd.IntN(3), key)
			r.KeyLen = int64(len(r.Key))
		}
		r.Slot, r.Tag = keyname.SlotAndTag(r.Key, true)
		if len(r.Tag) > 0 {
			r.Slot %= 2
		}
		sources[src] = append(sources[src], r)
	}
	return sources
}

// syntheticName is the i-th name, of one of the kinds that Synthetic promises.
func syntheticName(rnd *rand.Rand, i int) (key string) {
	words := []string{"user", "cart", "page", "job", "lock", "tmp", "geo", "feed", "like", "chat", "team", "role", "log", "bill"}
	word := func() string { return words[rnd.IntN(len(words))] }
	name := func() string { return word() + string(rune('a'+rnd.IntN(20))) }
	switch rnd.IntN(12) {
	case 0:
		key = fmt.Sprintf("%s:%d", word(), rnd.IntN(1000))
	case 1:
		key = fmt.Sprintf("tenant:%s:%s:%d", name(), word(), i)
	case 2:
		key = fmt.Sprintf("post:%s-%s-%s", word(), word(), word())
	case 3:
		key = fmt.Sprintf("{%s%d}:%s", word(), rnd.IntN(9), word())
	case 4:
		key = fmt.Sprintf("s:%08x-0000-4000-8000-%012x", rnd.Uint32(), rnd.Uint64()>>16)
	case 5:
		key = name()
	case 6:
		key = fmt.Sprintf("stats:2026-%02d-%02d", 1+rnd.IntN(12), 1+rnd.IntN(28))
	case 7:
		key = "b:\xff" + string(rune(rnd.IntN(5)))
	case 8:
		key = fmt.Sprintf("%s:%s:%s:%s:%s", word(), word(), word(), word(), name())
	case 9:
		key = fmt.Sprintf("heavy:tenant%c:%d", rune('a'+rnd.IntN(26)), i)
	case 10:
		key = word()
	default:
		key = fmt.Sprintf("%s.%s/%s_%d", word(), name(), word(), rnd.IntN(50))
	}
	return key
}

// TestClock is the clock of a synthetic source; the last has none.
func TestClock(src int) sketch.Clock {
	return sketch.Clock{Ms: TestNow + int64(src)*3*sketch.Hour, Known: src < 2}
}

// TestSources are the sources of Synthetic.
func TestSources() (out []state.SourceState) {
	for i := range 3 {
		c := TestClock(i)
		s := state.SourceState{Name: fmt.Sprintf("dump%d.rdb", i), Magic: "REDIS0011", Checksum: "ok", Keys: int64(100 + i), Keyspace: 1000, Baseline: 900, Seed: TestSeed}
		if c.Known {
			s.Ctime, s.HasCtime, s.Clock, s.HasClock = c.Ms, true, c.Ms, true
		} else {
			collect.SetClock(&s, nil)
		}
		out = append(out, s)
	}
	return out
}

// TestSeed is that of the sources that Collected counts.
var TestSeed = keyname.Seed{1, 2}

// Collected counts keys, within the default bounds if none are given.
func Collected(cfg *data.Config, c sketch.Clock, keys []counters.Observation, b ...state.Bounds) state.KeyState {
	return CollectedUnder(cfg, TestSeed, c, keys, b...)
}

// CollectedUnder is Collected for a source with a seed.
func CollectedUnder(cfg *data.Config, seed keyname.Seed, c sketch.Clock, keys []counters.Observation, b ...state.Bounds) state.KeyState {
	k := collect.NewCollector(cfg, seed, c, within(b))
	for i := range keys {
		r := keys[i]
		r.Typ = k.Types.ID(r.TypeName)
		ObserveRow(k, &r)
	}
	return k.Finish()
}

// ReportJSON is everything that a report of the summary says.
func ReportJSON(t testing.TB, s *state.Summary) string {
	t.Helper()
	r := view.NewReport(s)
	b, err := json.MarshalIndent(struct {
		*data.Report
		Facts data.Facts
		Slots []data.SlotRow
	}{r, r.Facts, r.Slots.All}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// MergeTree merges states in random groups.
func MergeTree(rnd *rand.Rand, top int, states []state.KeyState, b ...state.Bounds) state.KeyState {
	for len(states) > 1 {
		rnd.Shuffle(len(states), func(i, j int) { states[i], states[j] = states[j], states[i] })
		n := min(2+rnd.IntN(3), len(states))
		group := make([]*state.KeyState, n)
		for i := range group {
			group[i] = &states[i]
		}
		states = append(slices.Clone(states[n:]), state.MergeKeys(within(b), top, group))
	}
	return states[0]
}
