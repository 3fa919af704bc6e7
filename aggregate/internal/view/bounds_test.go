package view_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// TestEstimatesWithinBounds compares every estimate of many random populations
// with the exact value: the rows of heavy tenants of a wide node and what is
// left of the row they were taken from, and the tags behind slots.
func TestEstimatesWithinBounds(t *testing.T) {
	low := statetest.LowBounds()
	low.Sample = 1500
	rnd := rand.New(rand.NewPCG(31, 32))
	rounds, rows, tags := 150/keytest.Stride(5), 0, 0
	for round := range rounds {
		cfg := statetest.TestConfig()
		cfg.Top = 500
		c := collect.NewCollector(&cfg, statetest.TestSeed, sketch.Clock{}, low)
		tenants := 20 + rnd.IntN(100)
		skew := 1 + rnd.IntN(4)
		exact := make(map[string]int64) // by pattern
		tagged := make(map[string]int64)
		slotted := make(map[int32]int64)
		var total int64
		totals := make(map[byte]int64) // by the first byte
		for i := range 3000 + rnd.IntN(6000) {
			n := tenants
			for range skew {
				n = 1 + rnd.IntN(n)
			}
			name := keytest.Letters(n)
			size := int64(48 + 8*rnd.IntN(20))
			switch {
			case rnd.IntN(200) == 0:
				size = int64(1 << (10 + rnd.IntN(12)))
			case round%3 == 0:
				size = int64(1 << (6 + rnd.IntN(10)))
			}
			r := counters.Observation{}
			r.Key = fmt.Appendf(nil, "t:%s:%d", name, i)
			if i%2 == 0 {
				// Few slots, with some tags each.
				r.Key = fmt.Appendf(nil, "{%s}%d", keytest.Letters(n%11), i)
			}
			r.KeyLen, r.TypeName, r.Typ = int64(len(r.Key)), "string", uint8(parser.DataTypeString)
			r.Size = memory.Size{Bytes: size, Resident: size, Encoding: memory.EncodingRaw, Exact: true}
			r.Elements, r.IdleSeconds, r.Freq = 1, -1, -1
			r.Slot, r.Tag = keyname.SlotAndTag(r.Key, true)
			if len(r.Tag) > 0 {
				r.Slot %= 3
				tagged[fmt.Sprint(r.Slot, string(r.Tag))] += size
				slotted[r.Slot] += size
				exact["{{"+string(r.Tag)+"}}"] += size
			} else {
				r.Slot = -1
				exact["t:"+name] += size
			}
			totals[r.Key[0]] += size
			statetest.ObserveRow(c, &r)
			total += size
		}
		sources := statetest.TestSources()[:1]
		rep := view.NewReport((&state.Summary{Config: cfg, Sources: sources, Keys: c.Finish(), Bounds: low}))
		named := make(map[byte]int64)
		var rests []*data.PatternRow
		var shown int64
		for i := range rep.Patterns {
			p := &rep.Patterns[i]
			shown += p.Memory
			if !p.Estimated {
				continue
			}
			name := strings.TrimSuffix(strings.TrimSuffix(p.Pattern, "{int}"), ":")
			if strings.Contains(name, "{*}") {
				rests = append(rests, p)
				continue
			}
			rows++
			if exact[name] == 0 {
				t.Fatalf("round %d: %s is estimated", round, p.Pattern)
			}
			named[name[0]] += exact[name]
			if off := max(p.Memory-exact[name], exact[name]-p.Memory); off > p.Error {
				t.Errorf("round %d: %s is %d, estimated %d within %d", round, p.Pattern, exact[name], p.Memory, p.Error)
			}
		}
		for _, rest := range rests {
			left := totals[rest.Pattern[0]] - named[rest.Pattern[0]]
			if off := max(rest.Memory-left, left-rest.Memory); off > rest.Error {
				t.Errorf("round %d: the rest of %s is %d, estimated %d within %d", round, rest.Pattern, left, rest.Memory, rest.Error)
			}
		}
		if shown != total {
			t.Errorf("round %d: the rows add up to %d of %d", round, shown, total)
		}
		for _, s := range rep.Slots.Biggest {
			if s.Memory != slotted[s.Slot] || s.TaggedMemory != s.Memory {
				t.Errorf("round %d: slot %d: %+v, want %d", round, s.Slot, s, slotted[s.Slot])
			}
			for _, g := range s.Tags {
				tags++
				if g.AtMost < tagged[fmt.Sprint(s.Slot, g.Tag)] || g.AtMost > s.TaggedMemory || g.Exact && g.AtMost != tagged[fmt.Sprint(s.Slot, g.Tag)] {
					t.Errorf("round %d: tag %s has %d, at most %d of %d", round, g.Tag, tagged[fmt.Sprint(s.Slot, g.Tag)], g.AtMost, s.TaggedMemory)
				}
			}
		}
	}
	if rows < 2*rounds || tags < 2*rounds {
		t.Errorf("%d estimated rows and %d tags: too few to tell", rows, tags)
	}
}
