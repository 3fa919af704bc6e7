package view_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
)

// TestPartitions is the merge law: whatever the partition of the keys and the
// order and grouping of the parts, state and report are the same.
func TestPartitions(t *testing.T) {
	low := statetest.LowBounds()
	rnd := rand.New(rand.NewPCG(11, 12))
	rounds, partitions := 50/keytest.Stride(25), 24/keytest.Stride(4)
	wide, named := 0, 0
	for round := range rounds {
		cfg := statetest.TestConfig()
		cfg.Top = 1 + rnd.IntN(40)
		cfg.Depth = []int{0, 0, 3}[rnd.IntN(3)]
		cfg.Loaded = rnd.IntN(4) == 0
		if rnd.IntN(3) == 0 {
			cfg.Groups = []data.Group{{Name: "posts", Glob: "post:*"}, {Name: "user", Glob: "user*"}}
		}
		const top = 30 // fewer than the keys: the bound of the lists bites
		sources := statetest.Synthetic(rnd, 100+rnd.IntN(900))
		whole := make([]state.KeyState, len(sources))
		for i, keys := range sources {
			c := collect.NewCollector(&cfg, statetest.TestSeed, statetest.TestClock(i), low)
			c.Biggest.N, c.Longest.N = top, top
			for _, r := range keys {
				r.Typ = c.Types.ID(r.TypeName)
				statetest.ObserveRow(c, &r)
			}
			whole[i] = c.Finish()
		}
		want := &state.Summary{Config: cfg, Sources: statetest.TestSources(), Keys: state.MergeKeys(low, top, []*state.KeyState{&whole[0], &whole[1], &whole[2]}), Bounds: low}
		wantJSON := statetest.ReportJSON(t, want)
		for _, p := range want.Keys.Patterns {
			if p.Wide {
				wide++
			}
		}
		for _, p := range view.NewReport(want).Patterns {
			if p.Estimated && p.Pattern != "[other]" {
				named++
			}
		}
		for range partitions {
			parts := 1 + rnd.IntN(6)
			var states []state.KeyState
			for i, keys := range sources {
				split := make([][]counters.Observation, parts)
				for _, j := range rnd.Perm(len(keys)) {
					p := rnd.IntN(parts)
					split[p] = append(split[p], keys[j])
				}
				for _, part := range split {
					c := collect.NewCollector(&cfg, statetest.TestSeed, statetest.TestClock(i), low)
					c.Biggest.N, c.Longest.N = top, top
					for _, r := range part {
						r.Typ = c.Types.ID(r.TypeName)
						statetest.ObserveRow(c, &r)
					}
					states = append(states, c.Finish())
				}
			}
			got := &state.Summary{Config: cfg, Sources: statetest.TestSources(), Keys: statetest.MergeTree(rnd, top, states, low), Bounds: low}
			if !reflect.DeepEqual(got.Keys, want.Keys) {
				t.Fatalf("round %d: state differs:\n%s", round, cmp.Diff(want.Keys, got.Keys, cmp.AllowUnexported(state.KeyState{}, state.CellState{}, state.CellKey{}, state.TypeStats{}, state.SlotTally{}, state.Totals{}, sketch.Tally{}, state.BinSample{})))
			}
			if gotJSON := statetest.ReportJSON(t, got); gotJSON != wantJSON {
				t.Fatalf("round %d: report differs:\n%s", round, cmp.Diff(wantJSON, gotJSON))
			}
		}
	}
	if wide < rounds || named < rounds {
		t.Errorf("%d wide nodes and %d named rows in %d rounds: the limits were not reached", wide, named, rounds)
	}
}

// TestMergeSources permutes and groups whole summaries.
func TestMergeSources(t *testing.T) {
	low := statetest.LowBounds()
	rnd := rand.New(rand.NewPCG(13, 14))
	cfg := statetest.TestConfig()
	keys := statetest.Synthetic(rnd, 2500)
	var parts []*state.Summary
	for i, s := range statetest.TestSources() {
		parts = append(parts, &state.Summary{Config: cfg, Sources: []state.SourceState{s}, Keys: statetest.Collected(&cfg, statetest.TestClock(i), keys[i], low), Bounds: low})
	}
	merge := func(p ...*state.Summary) *state.Summary {
		m, err := state.Merge(p...)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	before := statetest.ReportJSON(t, parts[0])
	want := statetest.ReportJSON(t, merge(parts...))
	for _, p := range [][3]int{{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		a, b, c := parts[p[0]], parts[p[1]], parts[p[2]]
		for _, m := range []*state.Summary{merge(a, b, c), merge(merge(a, b), c), merge(a, merge(b, c)), merge(merge(a), merge(c, b))} {
			if got := statetest.ReportJSON(t, m); got != want {
				t.Fatalf("order %v: %s", p, cmp.Diff(want, got))
			}
		}
	}
	if statetest.ReportJSON(t, parts[0]) != before {
		t.Error("Merge changed a part")
	}
	if _, err := state.Merge(parts[0], merge(parts[1], parts[0])); !errors.Is(err, state.ErrSameSource) {
		t.Errorf("the same source twice: %v", err)
	}
	other := cfg
	other.Filters.Match = []string{"a*"}
	if _, err := state.Merge(parts[0], &state.Summary{Config: other}); !errors.Is(err, state.ErrConfig) {
		t.Errorf("different filters: %v", err)
	}
	if _, err := state.Merge(); err == nil {
		t.Error("nothing to merge: no error")
	}
}

// TestWideThreshold: a node at any depth with exactly the limit keeps its
// literals, one more makes it wide, also when the literals only meet in a merge.
func TestWideThreshold(t *testing.T) {
	cfg := statetest.TestConfig()
	wide := state.DefaultBounds().Wide
	for depth := range len(wide) + 2 {
		limit := int(wide[min(depth, len(wide)-1)])
		var names []string
		for i := range limit + 1 {
			names = append(names, strings.Repeat("up:", depth)+"w"+keytest.Letters(i)+":x")
		}
		keys := statetest.KeysNamed(names...)
		expect := func(what string, s state.KeyState, n int, wide bool) {
			t.Helper()
			literals, stars, wides := 0, 0, 0
			var counted int64
			for _, p := range s.Patterns {
				if int(p.Depth) == depth+1 && p.Class == keyname.ClassLiteral {
					literals++
				}
				if p.Class == keyname.ClassStar {
					stars++
				}
				if p.Wide {
					wides++
				}
				for _, e := range p.Types {
					counted += e.Keys
				}
			}
			if wide && (literals != 0 || stars != 1 || wides != 1) || !wide && (literals != n || stars != 0 || wides != 0) {
				t.Errorf("depth %d, %s: %d literals, %d stars, %d wide nodes", depth, what, literals, stars, wides)
			}
			if counted != int64(n) || s.Capped {
				t.Errorf("depth %d, %s: %d keys of %d, capped %v", depth, what, counted, n, s.Capped)
			}
		}
		expect("at the limit", statetest.Collected(&cfg, sketch.Clock{}, keys[:limit]), limit, false)
		expect("over the limit", statetest.Collected(&cfg, sketch.Clock{}, keys), limit+1, true)
		a, b := statetest.Collected(&cfg, sketch.Clock{}, keys[:10]), statetest.Collected(&cfg, sketch.Clock{}, keys[10:limit])
		m := state.MergeKeys(state.Bounds{}, state.MinTop, []*state.KeyState{&a, &b})
		expect("merged to the limit", m, limit, false)
		c := statetest.Collected(&cfg, sketch.Clock{}, keys[limit:])
		expect("merged over the limit", state.MergeKeys(state.Bounds{}, state.MinTop, []*state.KeyState{&m, &c}), limit+1, true)
	}
}

// TestFullAtEachDepth: with exactly as many children as allowed everywhere,
// nothing is merged; one more at a depth merges what is there, and only that.
func TestFullAtEachDepth(t *testing.T) {
	low := statetest.LowBounds()
	cfg := statetest.TestConfig()
	var names []string
	var grow func(prefix string, depth int)
	grow = func(prefix string, depth int) {
		if depth == len(low.Wide) {
			names = append(names, prefix+"7")
			return
		}
		for i := range low.Wide[depth] {
			grow(prefix+"w"+keytest.Letters(int(i))+":", depth+1)
		}
	}
	grow("", 0)
	full := statetest.Collected(&cfg, sketch.Clock{}, statetest.KeysNamed(names...), low)
	for _, p := range full.Patterns {
		if p.Wide || p.Class == keyname.ClassStar {
			t.Fatalf("a node at depth %d is wide", p.Depth)
		}
	}
	for depth := range low.Wide {
		one := strings.Repeat("wg:", depth) + "over:7" // letters(0) is g
		over := statetest.Collected(&cfg, sketch.Clock{}, statetest.KeysNamed(append(names[:len(names):len(names)], one)...), low)
		var wides []int
		for _, p := range over.Patterns {
			if p.Wide {
				wides = append(wides, int(p.Depth))
			}
		}
		// What is merged unites children of equal names: no more than there were.
		if !slices.Equal(wides, []int{depth}) {
			t.Errorf("one more at depth %d makes nodes at depths %v wide", depth, wides)
		}
	}
}

// TestTopThreshold: the lists keep their order when ties stand on the bound.
func TestTopThreshold(t *testing.T) {
	rnd := rand.New(rand.NewPCG(15, 16))
	for range 200 {
		n := 5 + rnd.IntN(200)
		var all []state.TopKey
		for i := range n {
			k := state.TopKey{Value: rnd.Int64N(4)}
			k.Key.Name, k.Key.Source, k.Key.DB = fmt.Appendf(nil, "k%03d", i), fmt.Sprint(rnd.IntN(2)), int32(rnd.IntN(2))
			all = append(all, k)
		}
		const keep = 10
		var lists [3]collect.TopList
		for i := range lists {
			lists[i] = collect.NewTopList(keep)
		}
		for _, i := range rnd.Perm(n) {
			l := &lists[rnd.IntN(3)]
			*l.Place() = all[i]
			l.Push(uint64(-1 - all[i].Value))
		}
		got := sketch.MergeSorted(keep, lists[0].Sorted(), sketch.MergeSorted(keep, lists[1].Sorted(), lists[2].Sorted(), (*state.TopKey).Compare), (*state.TopKey).Compare)
		slices.SortFunc(all, func(a, b state.TopKey) int { return a.Compare(&b) })
		want := all[:min(keep, n)]
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

// TestCapped: crafted keys reach the last resort; nothing is lost, and it is said.
func TestCapped(t *testing.T) {
	words := func(i int) string {
		return fmt.Sprintf("%s:%s:%s", keytest.Letters(i%17), keytest.Letters(i%97), keytest.Letters(i))
	}
	classes := []string{"1", "1.5", "2024-01-31", "10.0.0.1", "a1b2c3d4", "a@b.cd", "0x1f", "aa:bb:cc:dd:ee:01", "x9y8z7", "\xff"}
	shapes := func(i int) string {
		key := ""
		for range 4 {
			key += classes[i%10] + ":"
			i /= 10
		}
		return key
	}
	const maxNodes = 50
	for _, c := range []struct {
		name   string
		key    func(int) string
		coarse uint8
	}{{"literals", words, 0}, {"shapes", shapes, state.MaxCoarse}} {
		t.Run(c.name, func(t *testing.T) {
			cfg := statetest.TestConfig()
			var states [2]*state.Summary
			for round := range states {
				k := collect.NewCollector(&cfg, statetest.TestSeed, sketch.Clock{}, state.Bounds{})
				k.Trie.MaxNodes = maxNodes
				order := rand.New(rand.NewPCG(uint64(round), 1)).Perm(3000)
				for _, i := range order {
					r := counters.Observation{}
					r.Key = []byte(c.key(i))
					r.KeyLen, r.TypeName, r.Typ = int64(len(r.Key)), "hash", uint8(parser.DataTypeHash)
					r.Size.Bytes, r.IdleSeconds, r.Freq, r.Slot = 100, -1, -1, -1
					statetest.ObserveRow(k, &r)
					if k.Trie.Live > 2*maxNodes+1 {
						t.Fatalf("%d nodes", k.Trie.Live)
					}
				}
				states[round] = &state.Summary{Config: cfg, Sources: statetest.TestSources()[round : round+1], Keys: k.Finish()}
			}
			merged, err := state.Merge(states[0], states[1])
			if err != nil {
				t.Fatal(err)
			}
			for keys, s := range map[int64]*state.Summary{3000: states[0], 6000: merged} {
				r := view.NewReport(s)
				var n int64
				for _, p := range r.Patterns {
					n += p.Keys
				}
				if !r.PatternsCapped || n != keys || s.Keys.Coarse < c.coarse || s.Keys.Coarse == 0 {
					t.Errorf("capped %v, coarse %d, %d of %d keys", r.PatternsCapped, s.Keys.Coarse, n, keys)
				}
				if !slices.ContainsFunc(r.Warnings, func(w data.Warning) bool { return w.Code == "patterns-capped" }) {
					t.Error("no warning")
				}
			}
			// Coarsened alike, the order of the keys does not show.
			if c.coarse == 0 && (states[0].Keys.Coarse != states[1].Keys.Coarse || !reflect.DeepEqual(states[0].Keys.Patterns, states[1].Keys.Patterns)) {
				t.Errorf("two orders, two tries: coarse %d and %d", states[0].Keys.Coarse, states[1].Keys.Coarse)
			}
		})
	}
}
