package naming_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// addUp compares what the rows of a report add up to with its totals.
func addUp(t *testing.T, name string, r *data.Report) (estimated int) {
	t.Helper()
	var sum data.PatternRow
	for i := range r.Patterns {
		p := &r.Patterns[i]
		sum.Keys += p.Keys
		sum.Memory += p.Memory
		sum.KeysWithoutTTL += p.KeysWithoutTTL
		sum.MemoryWithoutTTL += p.MemoryWithoutTTL
		sum.Elements += p.Elements
		sum.KeyName += p.KeyName
		sum.Payload += p.Payload
		sum.Waste += p.Waste
		sum.Resident += p.Resident
		sum.FieldsWithTTL += p.FieldsWithTTL
		sum.FieldsExpired += p.FieldsExpired
		if p.Estimated {
			estimated++
		}
		if p.Keys < 1 || p.Memory < 1 || p.KeysWithoutTTL > p.Keys || p.MemoryWithoutTTL > p.Memory {
			t.Errorf("%s: no keys have these figures: %+v", name, p)
		}
	}
	x := &r.Totals
	want := data.PatternRow{
		Keys: x.Keys, Memory: x.Memory, KeysWithoutTTL: x.Keys - x.KeysWithTTL, MemoryWithoutTTL: x.Memory - x.MemoryWithTTL, Elements: x.Elements,
		KeyName: x.KeyName, Payload: x.Payload, Waste: x.Waste, Resident: x.Resident, FieldsWithTTL: r.Expiry.Fields.Fields, FieldsExpired: r.Expiry.Fields.Expired,
	}
	if fmt.Sprint(sum) != fmt.Sprint(want) {
		t.Errorf("%s: the rows add up to %+v, the totals are %+v", name, sum, want)
	}
	return estimated
}

// TestRowsAddUp: whatever rows are named from the sample, they have together what
// was counted, of fields that expire too.
func TestRowsAddUp(t *testing.T) {
	rnd := rand.New(rand.NewPCG(41, 42))
	estimated := 0
	for round := range 60 / keytest.Stride(3) {
		cfg := statetest.TestConfig()
		cfg.Top = 1 + rnd.IntN(200)
		sources := statetest.Synthetic(rnd, 200+rnd.IntN(3000))
		s := &state.Summary{Config: cfg, Sources: statetest.TestSources()[:1], Keys: statetest.Collected(&cfg, statetest.TestClock(0), sources[0], statetest.LowBounds()), Bounds: statetest.LowBounds()}
		estimated += addUp(t, fmt.Sprint("round ", round), view.NewReport(s))
	}
	if estimated < 100 {
		t.Errorf("%d estimated rows: too few to tell", estimated)
	}
}

// TestHeavyHashes: the row of a heavy word has the fields with a TTL of its
// hashes, whether it leaves keys behind in {*} or none.
func TestHeavyHashes(t *testing.T) {
	for _, others := range []int{0, 5} {
		hash := func(name string, fields int64) counters.Observation {
			k := statetest.KeysNamed(name)[0]
			k.DataType, k.TypeName, k.Elements = parser.DataTypeHash, "hash", 2
			k.Size = memory.Size{Bytes: 300, Resident: 320, Payload: 100, Encoding: memory.EncodingHashtable, Exact: true}
			for range fields {
				k.FieldTTLs.Add(statetest.TestNow+sketch.Hour, statetest.TestClock(0))
			}
			return k
		}
		var keys []counters.Observation
		for i := range 5000 {
			keys = append(keys, statetest.KeysNamed(keytest.Letters(i)+":a")...)
		}
		for i := range 400 {
			keys = append(keys, hash(fmt.Sprintf("heavyhash:%d", i), 2))
		}
		for i := range others {
			keys = append(keys, hash(fmt.Sprintf("light%s:%d", keytest.Letters(i), i), 0))
		}
		cfg := statetest.TestConfig()
		r := view.NewReport(&state.Summary{Config: cfg, Sources: statetest.TestSources()[:1], Keys: statetest.Collected(&cfg, statetest.TestClock(0), keys)})
		if addUp(t, fmt.Sprint(others, " others"), r) == 0 {
			t.Errorf("%d others: no row is estimated", others)
		}
		for i := range r.Patterns {
			p := &r.Patterns[i]
			if heavy := p.Pattern == "heavyhash:{int}"; p.Type == "hash" && heavy != (p.FieldsWithTTL == 800) {
				t.Errorf("%d others: %s has %d fields with a TTL", others, p.Pattern, p.FieldsWithTTL)
			}
		}
	}
}
