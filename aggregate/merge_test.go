package aggregate

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// testNow is the clock of the first synthetic source.
const testNow = int64(1_763_700_000_000)

// testConfig is a configuration that needs nothing of the memory model.
func testConfig() Config {
	return Config{
		Tool: Tool{"rdblens", "test"}, Server: ServerAuto, Separators: DefaultSeparators, Top: DefaultTop,
		Settings: memory.Config{
			HashMaxListpackEntries: 512, HashMaxListpackValue: 64, ZsetMaxListpackEntries: 128, ZsetMaxListpackValue: 64,
			SetMaxIntsetEntries: 512, SetMaxListpackEntries: 128, SetMaxListpackValue: 64,
		},
	}
}

// lowLimits makes every bound small enough for a few hundred keys to reach it.
func lowLimits(t testing.TB) {
	wide, sample := wideLimits, sampleSize
	t.Cleanup(func() { wideLimits, sampleSize = wide, sample })
	wideLimits = [...]uint32{12, 8, 5, 4, 3}
	sampleSize = 40
}

// stride returns the step of a loop: 1, and more under -short. The race
// detector makes long loops of one goroutine far longer and finds nothing there.
func stride(n int) int {
	if testing.Short() {
		return n
	}
	return 1
}

// synthetic makes n keys of three sources: tenants with heavy and light ones,
// slugs, ids of all kinds, hash tags, binary keys, ties in size, storms.
func synthetic(rnd *rand.Rand, n int) [][]record {
	words := []string{"user", "cart", "page", "job", "lock", "tmp", "geo", "feed", "like", "chat", "team", "role", "log", "bill"}
	word := func() string { return words[rnd.IntN(len(words))] }
	name := func() string { return word() + string(rune('a'+rnd.IntN(20))) }
	sources := make([][]record, 3)
	for i := range n {
		var key string
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
		src := rnd.IntN(len(sources))
		r := record{}
		r.Key, r.KeyLen, r.DB = []byte(key), int64(len(key)), int32(rnd.IntN(3))
		r.Source = fmt.Sprintf("dump%d.rdb", src)
		r.Logical = parser.DataType(rnd.IntN(6))
		r.TypeName = r.Logical.String()
		if rnd.IntN(20) == 0 {
			r.Logical, r.TypeName = parser.DataTypeModule, "ReJSON-RL"
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
		if r.Logical == parser.DataTypeString {
			r.strLen = rnd.Int64N(3000)
			if rnd.IntN(2) == 0 {
				r.strStored, r.Size.Compressed = r.strLen/2, r.Size.Bytes/2
			}
		}
		r.integers = rnd.IntN(2) == 0
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
			spans := []int64{minute, hour, 2 * day, 80 * day, 400 * day, 8000 * day}
			r.Expiry = testNow + int64(src)*3*hour + rnd.Int64N(spans[rnd.IntN(len(spans))]) - rnd.Int64N(hour)
			if rnd.IntN(50) == 0 {
				r.Expiry = -r.Expiry
			}
		}
		if rnd.IntN(4) == 0 {
			for range 1 + rnd.IntN(5) {
				r.fieldTTLs.add(testNow+rnd.Int64N(60*day)-rnd.Int64N(60*day), testClock(src))
			}
		}
		if rnd.IntN(3) == 0 {
			// Few slots with many tags each: their samples must overflow.
			r.Key = fmt.Appendf(nil, "{t%d}%s", rnd.IntN(3), key)
			r.KeyLen = int64(len(r.Key))
		}
		r.Slot, r.tag = slotAndTag(r.Key, true)
		if len(r.tag) > 0 {
			r.Slot %= 2
		}
		sources[src] = append(sources[src], r)
	}
	return sources
}

// testClock is the clock of a synthetic source; the last has none.
func testClock(src int) clock {
	return clock{ms: testNow + int64(src)*3*hour, ok: src < 2}
}

func testSources() (out []sourceState) {
	for i := range 3 {
		c := testClock(i)
		s := sourceState{Name: fmt.Sprintf("dump%d.rdb", i), Magic: "REDIS0011", Checksum: "ok", Keys: int64(100 + i), Keyspace: 1000, Baseline: 900}
		if c.ok {
			s.Ctime, s.HasCtime, s.Clock, s.HasClock = c.ms, true, c.ms, true
		} else {
			s.setClock(nil)
		}
		out = append(out, s)
	}
	return out
}

func collect(cfg *Config, c clock, keys []record) keyState {
	k := newCollector(cfg, c)
	for i := range keys {
		r := keys[i]
		r.typ = k.types.id(r.TypeName)
		k.observeRow(&r)
	}
	return k.finish()
}

func reportJSON(t testing.TB, s *Summary) string {
	t.Helper()
	r := s.Report()
	b, err := json.MarshalIndent(struct {
		*Report
		Facts Facts
		Slots []SlotRow
	}{r, r.Facts, r.Slots.All}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// mergeTree merges states in random groups.
func mergeTree(rnd *rand.Rand, top int, states []keyState) keyState {
	for len(states) > 1 {
		rnd.Shuffle(len(states), func(i, j int) { states[i], states[j] = states[j], states[i] })
		n := min(2+rnd.IntN(3), len(states))
		group := make([]*keyState, n)
		for i := range group {
			group[i] = &states[i]
		}
		states = append(slices.Clone(states[n:]), mergeKeys(top, group))
	}
	return states[0]
}

// TestPartitions is the merge law: whatever the partition of the keys and the
// order and grouping of the parts, state and report are the same.
func TestPartitions(t *testing.T) {
	lowLimits(t)
	rnd := rand.New(rand.NewPCG(11, 12))
	rounds, partitions := 50/stride(10), 24/stride(3)
	wide, named := 0, 0
	for round := range rounds {
		cfg := testConfig()
		cfg.Top = 1 + rnd.IntN(40)
		cfg.Depth = []int{0, 0, 3}[rnd.IntN(3)]
		cfg.Loaded = rnd.IntN(4) == 0
		if rnd.IntN(3) == 0 {
			cfg.Groups = []Group{{"posts", "post:*"}, {"user", "user*"}}
		}
		const top = 30 // fewer than the keys: the bound of the lists bites
		sources := synthetic(rnd, 100+rnd.IntN(900))
		whole := make([]keyState, len(sources))
		for i, keys := range sources {
			c := newCollector(&cfg, testClock(i))
			c.biggest.n, c.longest.n = top, top
			for _, r := range keys {
				r.typ = c.types.id(r.TypeName)
				c.observeRow(&r)
			}
			whole[i] = c.finish()
		}
		want := &Summary{cfg, testSources(), mergeKeys(top, []*keyState{&whole[0], &whole[1], &whole[2]})}
		wantJSON := reportJSON(t, want)
		for _, p := range want.keys.Patterns {
			if p.Wide {
				wide++
			}
		}
		for _, p := range want.Report().Patterns {
			if p.Estimated && p.Pattern != "[other]" {
				named++
			}
		}
		for range partitions {
			parts := 1 + rnd.IntN(6)
			var states []keyState
			for i, keys := range sources {
				split := make([][]record, parts)
				for _, j := range rnd.Perm(len(keys)) {
					p := rnd.IntN(parts)
					split[p] = append(split[p], keys[j])
				}
				for _, part := range split {
					c := newCollector(&cfg, testClock(i))
					c.biggest.n, c.longest.n = top, top
					for _, r := range part {
						r.typ = c.types.id(r.TypeName)
						c.observeRow(&r)
					}
					states = append(states, c.finish())
				}
			}
			got := &Summary{cfg, testSources(), mergeTree(rnd, top, states)}
			if !reflect.DeepEqual(got.keys, want.keys) {
				t.Fatalf("round %d: state differs:\n%s", round, cmp.Diff(want.keys, got.keys, cmp.AllowUnexported(keyState{}, cellState{}, cellKey{}, typeStats{}, slotTally{}, totals{}, tally{}, binSample{})))
			}
			if gotJSON := reportJSON(t, got); gotJSON != wantJSON {
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
	lowLimits(t)
	rnd := rand.New(rand.NewPCG(13, 14))
	cfg := testConfig()
	keys := synthetic(rnd, 2500)
	var parts []*Summary
	for i, s := range testSources() {
		parts = append(parts, &Summary{cfg, []sourceState{s}, collect(&cfg, testClock(i), keys[i])})
	}
	merge := func(p ...*Summary) *Summary {
		m, err := Merge(p...)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	before := reportJSON(t, parts[0])
	want := reportJSON(t, merge(parts...))
	for _, p := range [][3]int{{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		a, b, c := parts[p[0]], parts[p[1]], parts[p[2]]
		for _, m := range []*Summary{merge(a, b, c), merge(merge(a, b), c), merge(a, merge(b, c)), merge(merge(a), merge(c, b))} {
			if got := reportJSON(t, m); got != want {
				t.Fatalf("order %v: %s", p, cmp.Diff(want, got))
			}
		}
	}
	if reportJSON(t, parts[0]) != before {
		t.Error("Merge changed a part")
	}
	if _, err := Merge(parts[0], merge(parts[1], parts[0])); !errors.Is(err, ErrSameSource) {
		t.Errorf("the same source twice: %v", err)
	}
	other := cfg
	other.Filters.Match = []string{"a*"}
	if _, err := Merge(parts[0], &Summary{config: other}); !errors.Is(err, ErrConfig) {
		t.Errorf("different filters: %v", err)
	}
	if _, err := Merge(); err == nil {
		t.Error("nothing to merge: no error")
	}
}

// TestWideThreshold: a node at any depth with exactly the limit keeps its
// literals, one more makes it wide, also when the literals only meet in a merge.
func TestWideThreshold(t *testing.T) {
	cfg := testConfig()
	for depth := range len(wideLimits) + 2 {
		limit := int(wideLimits[min(depth, len(wideLimits)-1)])
		var names []string
		for i := range limit + 1 {
			names = append(names, strings.Repeat("up:", depth)+"w"+letters(i)+":x")
		}
		keys := keysNamed(names...)
		expect := func(what string, s keyState, n int, wide bool) {
			t.Helper()
			literals, stars, wides := 0, 0, 0
			var counted int64
			for _, p := range s.Patterns {
				if int(p.Depth) == depth+1 && p.Class == classLiteral {
					literals++
				}
				if p.Class == classStar {
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
		expect("at the limit", collect(&cfg, clock{}, keys[:limit]), limit, false)
		expect("over the limit", collect(&cfg, clock{}, keys), limit+1, true)
		a, b := collect(&cfg, clock{}, keys[:10]), collect(&cfg, clock{}, keys[10:limit])
		m := mergeKeys(minTop, []*keyState{&a, &b})
		expect("merged to the limit", m, limit, false)
		c := collect(&cfg, clock{}, keys[limit:])
		expect("merged over the limit", mergeKeys(minTop, []*keyState{&m, &c}), limit+1, true)
	}
}

// TestFullAtEachDepth: with exactly as many children as allowed everywhere,
// nothing is merged; one more at a depth merges what is there, and only that.
func TestFullAtEachDepth(t *testing.T) {
	lowLimits(t)
	cfg := testConfig()
	var names []string
	var grow func(prefix string, depth int)
	grow = func(prefix string, depth int) {
		if depth == len(wideLimits) {
			names = append(names, prefix+"7")
			return
		}
		for i := range wideLimits[depth] {
			grow(prefix+"w"+letters(int(i))+":", depth+1)
		}
	}
	grow("", 0)
	full := collect(&cfg, clock{}, keysNamed(names...))
	for _, p := range full.Patterns {
		if p.Wide || p.Class == classStar {
			t.Fatalf("a node at depth %d is wide", p.Depth)
		}
	}
	for depth := range wideLimits {
		one := strings.Repeat("wg:", depth) + "over:7" // letters(0) is g
		over := collect(&cfg, clock{}, keysNamed(append(names[:len(names):len(names)], one)...))
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

// letters spells a number in letters.
func letters(i int) string {
	b := []byte{}
	for {
		b = append(b, byte('g'+i%20))
		if i /= 20; i == 0 {
			return string(b)
		}
	}
}

// TestTopThreshold: the lists keep their order when ties stand on the bound.
func TestTopThreshold(t *testing.T) {
	rnd := rand.New(rand.NewPCG(15, 16))
	for range 200 {
		n := 5 + rnd.IntN(200)
		var all []topKey
		for i := range n {
			k := topKey{Value: rnd.Int64N(4)}
			k.Key.Name, k.Key.Source, k.Key.DB = fmt.Appendf(nil, "k%03d", i), fmt.Sprint(rnd.IntN(2)), int32(rnd.IntN(2))
			all = append(all, k)
		}
		const keep = 10
		var lists [3]topList
		for i := range lists {
			lists[i] = newTopList(keep)
		}
		for _, i := range rnd.Perm(n) {
			l := &lists[rnd.IntN(3)]
			*l.place() = all[i]
			l.push(uint64(-1 - all[i].Value))
		}
		got := mergeSorted(keep, lists[0].sorted(), mergeSorted(keep, lists[1].sorted(), lists[2].sorted(), (*topKey).compare), (*topKey).compare)
		slices.SortFunc(all, func(a, b topKey) int { return a.compare(&b) })
		want := all[:min(keep, n)]
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

// TestCapped: crafted keys reach the last resort; nothing is lost, and it is said.
func TestCapped(t *testing.T) {
	words := func(i int) string { return fmt.Sprintf("%s:%s:%s", letters(i%17), letters(i%97), letters(i)) }
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
	}{{"literals", words, 0}, {"shapes", shapes, maxCoarse}} {
		t.Run(c.name, func(t *testing.T) {
			cfg := testConfig()
			var states [2]*Summary
			for round := range states {
				k := newCollector(&cfg, clock{})
				k.trie.maxNodes = maxNodes
				order := rand.New(rand.NewPCG(uint64(round), 1)).Perm(3000)
				for _, i := range order {
					r := record{}
					r.Key = []byte(c.key(i))
					r.KeyLen, r.TypeName, r.typ = int64(len(r.Key)), "hash", uint8(parser.DataTypeHash)
					r.Size.Bytes, r.IdleSeconds, r.Freq, r.Slot = 100, -1, -1, -1
					k.observeRow(&r)
					if k.trie.live > 2*maxNodes+1 {
						t.Fatalf("%d nodes", k.trie.live)
					}
				}
				states[round] = &Summary{cfg, testSources()[round : round+1], k.finish()}
			}
			merged, err := Merge(states[0], states[1])
			if err != nil {
				t.Fatal(err)
			}
			for keys, s := range map[int64]*Summary{3000: states[0], 6000: merged} {
				r := s.Report()
				var n int64
				for _, p := range r.Patterns {
					n += p.Keys
				}
				if !r.PatternsCapped || n != keys || s.keys.Coarse < c.coarse || s.keys.Coarse == 0 {
					t.Errorf("capped %v, coarse %d, %d of %d keys", r.PatternsCapped, s.keys.Coarse, n, keys)
				}
				if !slices.ContainsFunc(r.Warnings, func(w Warning) bool { return w.Code == "patterns-capped" }) {
					t.Error("no warning")
				}
			}
			// Coarsened alike, the order of the keys does not show.
			if c.coarse == 0 && (states[0].keys.Coarse != states[1].keys.Coarse || !reflect.DeepEqual(states[0].keys.Patterns, states[1].keys.Patterns)) {
				t.Errorf("two orders, two tries: coarse %d and %d", states[0].keys.Coarse, states[1].keys.Coarse)
			}
		})
	}
}
