package part

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// copied is a population of strings of one pattern, page:{int}.
type copied struct {
	name   func(i int) string // of a key; page:{int} when nil
	parts  []statetest.ProbePart
	counts map[string]int64
	rnd    *rand.Rand
	within state.Bounds
}

func newCopied(seed uint64) *copied {
	return &copied{counts: make(map[string]int64), rnd: rand.New(rand.NewPCG(seed, 16))}
}

func (c *copied) put(value string, times int) {
	for range times {
		name := fmt.Sprintf("page:%d", 1_000_000+len(c.parts))
		if c.name != nil {
			name = c.name(len(c.parts))
		}
		c.parts = append(c.parts, statetest.ProbePart{Key: name, Value: rdbtest.String(rdbtest.Plain(value))})
	}
	c.counts[value] += int64(times)
}

// text is a value of its own of so many bytes.
func (c *copied) text(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(c.rnd.Uint32()%26)
	}
	return string(b)
}

// copies returns how many keys hold a value that another one holds as well, but
// for one of each.
func (c *copied) copies() (n int64) {
	for _, k := range c.counts {
		n += k - 1
	}
	return n
}

// facts analyses the population, shuffled, and returns what is said of its
// pattern, merged from so many sources.
func (c *copied) facts(t *testing.T, sources int) (*data.PatternFacts, *state.Summary) {
	t.Helper()
	c.rnd.Shuffle(len(c.parts), func(i, j int) { c.parts[i], c.parts[j] = c.parts[j], c.parts[i] })
	var all []*state.Summary
	for i := range sources {
		from, to := i*len(c.parts)/sources, (i+1)*len(c.parts)/sources
		all = append(all, statetest.ProbeSummary(t, fmt.Sprint("s", i), c.parts[from:to], nil, c.within))
	}
	s, err := state.Merge(all...)
	if err != nil {
		t.Fatal(err)
	}
	r := view.NewReport(s)
	for i := range r.Facts.Patterns {
		if p := &r.Facts.Patterns[i]; p.Pattern == "page:{int}" {
			if p.Probe == nil || p.Probe.Copies == nil {
				t.Fatal("no values were looked at")
			}
			return p, s
		}
	}
	t.Fatal("no such pattern")
	return nil, nil
}

// check holds an estimate against the truth: within its bound, which must not be
// wider than some per cent of the truth.
func (c *copied) check(t *testing.T, p *data.PatternFacts, percent int64) {
	t.Helper()
	e := &p.Probe.Copies.Saving
	truth := c.copies()
	// All keys of a population are alike, so what is saved goes with the copies.
	bound := e.Bound*max(1, e.Keys)/max(1, e.Saves()) + 1
	if e.Keys+p.Probe.Copies.Distinct != p.Probe.Copies.Compared {
		t.Errorf("%d copies and %d others of %d", e.Keys, p.Probe.Copies.Distinct, p.Probe.Copies.Compared)
	}
	if e.Bound == 0 != e.Exact {
		t.Errorf("bound %d, exact %v", e.Bound, e.Exact)
	}
	if e.Exact && e.Keys != truth {
		t.Errorf("%d copies, really %d", e.Keys, truth)
	}
	if d := max(e.Keys-truth, truth-e.Keys); d > bound*5/4 {
		t.Errorf("%d copies ± %d, really %d", e.Keys, bound, truth)
	}
	if bound*100 > percent*truth && !e.Exact {
		t.Errorf("%d copies ± %d is not within %d %%", e.Keys, bound, percent)
	}
}

// fewValues are bounds of the samples by which small populations are cut.
func fewValues(holders int) state.Bounds {
	b := state.DefaultBounds()
	b.Values, b.Holders = 512, holders
	return b
}

// Populations with fewer values than the sample takes are counted exactly.
func TestCopiesExact(t *testing.T) {
	c := newCopied(1)
	for range 300 {
		c.put(c.text(200), 2)
	}
	c.put(strings.Repeat("the same page ", 40), 300)
	for range 100 {
		c.put(c.text(200), 1)
	}
	for _, sources := range []int{1, 3} {
		p, _ := c.facts(t, sources)
		e := p.Probe.Copies
		if !e.Saving.Exact || e.Saving.Keys != 300+299 || e.Distinct != 401 {
			t.Errorf("%d sources: %+v", sources, e)
		}
		if len(e.Top) != view.TopCopies || e.Top[0].Keys != 300 || e.Top[0].Length != 560 || !e.Top[0].Counted || !strings.HasPrefix(e.Top[0].Example, "page:1000") {
			t.Errorf("top: %+v", e.Top)
		}
	}
}

// One value in 30 % of the keys is seen for certain, whatever its hash.
func TestCopiesOfOneValue(t *testing.T) {
	for seed := range uint64(6) {
		c := newCopied(seed)
		c.within = fewValues(2048)
		c.name = func(i int) string { return fmt.Sprintf("page:%d", (int(seed)+1)*1_000_000+i) } // other samples each time
		c.put(c.text(200), 3600)
		for range 8400 {
			c.put(c.text(200), 1)
		}
		p, _ := c.facts(t, 1)
		c.check(t, p, 25)
		top := p.Probe.Copies.Top
		if len(top) == 0 || top[0].Keys < 3000 || top[0].Keys > 4200 {
			t.Errorf("seed %d: top %+v", seed, top)
		}
	}
}

// Of values that two keys have each a sample of keys sees next to none.
func TestCopiesInPairs(t *testing.T) {
	for seed := range uint64(6) {
		c := newCopied(seed)
		c.within = fewValues(512)
		for range 6000 {
			c.put(c.text(200), 2)
		}
		p, _ := c.facts(t, 1)
		c.check(t, p, 25)
	}
}

// Where there are no copies none are claimed.
func TestNoCopies(t *testing.T) {
	c := newCopied(3)
	c.within = fewValues(512)
	for range 6000 {
		c.put(c.text(200), 1)
	}
	p, _ := c.facts(t, 1)
	if e := p.Probe.Copies; e.Saving.Keys != 0 || e.Saving.Saves() != 0 || len(e.Top) != 0 {
		t.Errorf("%+v", e)
	}
	if d := p.Probe.Copies.Distinct; d != 6000 {
		t.Errorf("about %d different values, really 6000", d)
	}
}

// TestCopiesOfManySizes: values that few, some and many keys have, over many
// populations: the estimate is within its bound nearly always.
func TestCopiesOfManySizes(t *testing.T) {
	const rounds = 20
	out := 0
	for seed := range uint64(rounds) {
		c := newCopied(100 + seed)
		c.within = fewValues(512)
		for range 1500 + c.rnd.IntN(2500) {
			n := 1
			switch c.rnd.IntN(20) {
			case 0:
				n = 1 + c.rnd.IntN(60)
			case 1, 2, 3, 4, 5:
				n = 2 + c.rnd.IntN(3)
			}
			c.put(c.text(120), n)
		}
		p, _ := c.facts(t, 1)
		e := &p.Probe.Copies.Saving
		if e.Exact {
			t.Fatal("the sample took all")
		}
		truth := c.copies()
		if d, bound := max(e.Keys-truth, truth-e.Keys), e.Bound*truth/max(1, e.Saves()); d > bound {
			t.Logf("seed %d: %d copies ± %d, really %d", seed, e.Keys, bound, truth)
			out++
		}
	}
	if out > 2 {
		t.Errorf("%d of %d estimates are out of bounds", out, rounds)
	}
}

// Values that are all equal, and values that differ only between their ends, are
// as well told apart as others, and take no more room.
func TestCopiesHostile(t *testing.T) {
	c := newCopied(5)
	c.put(c.text(300), 5000)
	p, _ := c.facts(t, 2)
	if e := p.Probe.Copies; !e.Saving.Exact || e.Saving.Keys != 4999 || e.Distinct != 1 {
		t.Errorf("all equal: %+v", e)
	}

	c = newCopied(6)
	c.within = fewValues(512)
	for range 3000 {
		c.put(strings.Repeat("h", 40)+c.text(100)+strings.Repeat("t", 40), 2)
	}
	p, s := c.facts(t, 2)
	if x := &s.Keys.Values; len(x.Values) != c.within.Values || !x.Cut {
		t.Errorf("%d values, cut %v", len(x.Values), x.Cut)
	}
	c.check(t, p, 25)
	if e := p.Probe.Copies; e.Saving.Keys < 2400 || e.Saving.Keys > 3600 {
		t.Errorf("shared ends: %+v, really 3000 copies", e)
	}
}

// A value is told by what is stored: compressed alike it is equal, and one that
// a source stored compressed and another one did not counts as two.
func TestCopiesStored(t *testing.T) {
	text := strings.Repeat("b", 300)
	lzf := rdbtest.String(rdbtest.LZF([]byte(text)))
	c := newCopied(7)
	for range 30 {
		c.parts = append(c.parts, statetest.ProbePart{Key: fmt.Sprintf("page:%d", len(c.parts)+100), Value: lzf})
	}
	for range 20 {
		c.put(text, 1)
	}
	c.put("12345678901234567890", 40)                       // an integer
	c.put(strings.Repeat("s", parser.FingerprintMin-1), 40) // too short
	c.put(c.text(parser.FingerprintMax+1), 3)               // too long
	p, _ := c.facts(t, 1)
	if e := p.Probe.Copies; !e.Saving.Exact || e.Distinct != 2 || e.Saving.Keys != 29+19 {
		t.Errorf("%+v", e)
	}
}

// TestCopiesAcrossBuffers: how a source is read makes no difference.
func TestCopiesAcrossBuffers(t *testing.T) {
	c := newCopied(8)
	for range 700 {
		c.put(c.text(64+c.rnd.IntN(16000)), 1+c.rnd.IntN(2))
	}
	_, s := c.facts(t, 1)
	dump := statetest.ProbeDump(c.parts)
	for _, cfg := range []data.Config{{NoChecksum: true}, {Salvage: true}, {Deep: true}} {
		cfg.Settings = memory.DefaultConfig()
		got, err := collect.Analyze(context.Background(), data.Input{Name: "s0", Reader: bytes.NewReader(dump)}, &cfg)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.Keys.Values, got.Keys.Values); diff != "" {
			t.Errorf("%+v: (-loop +general)\n%.1500s", cfg, diff)
		}
	}
}

// TestCopiesPart: the sample goes through a part whole, and one that no analysis
// makes is refused.
func TestCopiesPart(t *testing.T) {
	c := newCopied(9)
	for range 50 {
		c.put(c.text(100), 1+c.rnd.IntN(3))
	}
	_, s := c.facts(t, 1)
	for name, spoil := range map[string]func(x *state.ValueSample){
		"":          func(*state.ValueSample) {},
		"swapped":   func(x *state.ValueSample) { x.Values[0], x.Values[1] = x.Values[1], x.Values[0] },
		"twice":     func(x *state.ValueSample) { x.Values[1] = x.Values[0] },
		"no print":  func(x *state.ValueSample) { x.Values[0].ID.Print = sketch.Digest{} },
		"no keys":   func(x *state.ValueSample) { x.Values[0].Keys = 0 },
		"too short": func(x *state.ValueSample) { x.Values[0].ID.Length = parser.FingerprintMin - 1 },
		"expiring":  func(x *state.ValueSample) { x.Values[0].Expiring = x.Values[0].Keys + 1 },
		"memory":    func(x *state.ValueSample) { x.Values[0].Memory = -1 },
		"all keys": func(x *state.ValueSample) {
			x.Values[0].Keys, x.Values[0].Memory = s.Keys.Totals.Keys, s.Keys.Totals.Memory
		},
		"wrapped":  func(x *state.ValueSample) { x.Values[0].Memory, x.Values[1].Memory = 1<<62, 1<<62 },
		"resident": func(x *state.ValueSample) { x.Values[0].Resident = s.Keys.Totals.Resident + 1 },
		"name":     func(x *state.ValueSample) { x.Values[0].Example.Name = make([]byte, counters.ExampleLimit+1) },
		"stratum":  func(x *state.ValueSample) { x.Values[0].Stratum = state.ValueStrata },
		"cut":      func(x *state.ValueSample) { x.Cut = true },
		"holders":  func(x *state.ValueSample) { x.Holders[0].Stratum = state.ValueStrata },
		"held":     func(x *state.ValueSample) { x.Holders[0].Keys[0].Memory = s.Keys.Totals.Memory + 1 },
		"order":    func(x *state.ValueSample) { k := x.Holders[0].Keys; k[0], k[1] = k[1], k[0] },
	} {
		state := partTransport(t, &contents{Limits: currentLimits(), Config: s.Config, Sources: s.Sources, Keys: s.Keys})
		if diff := cmp.Diff(s.Keys.Values, state.Keys.Values); diff != "" {
			t.Fatalf("(-state +part)\n%s", diff)
		}
		spoil(&state.Keys.Values)
		_, err := Read(bytes.NewReader(reframe(t, bodyOf(t, state))))
		if (name == "") != (err == nil) || name != "" && !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCopiesAcrossStrata: equal values are found whatever their keys are called.
func TestCopiesAcrossStrata(t *testing.T) {
	c := newCopied(10)
	c.name = func(i int) string {
		var b [9]byte
		for j := range b {
			b[j] = "mnrstl"[c.rnd.Uint32()%6] // as words have them
			if j%2 == 1 {
				b[j] = "aeiou"[c.rnd.Uint32()%5]
			}
		}
		return fmt.Sprintf("page:%s%d", b[:], i)
	}
	c.put(c.text(200), 3000)
	s := statetest.ProbeSummary(t, "words", c.parts, nil)
	var copies int64
	for _, p := range view.NewReport(s).Facts.Patterns {
		if p.Probe != nil && p.Probe.Copies != nil {
			copies += p.Probe.Copies.Saving.Keys
		}
	}
	if copies != 2999 {
		t.Errorf("%d copies under random words, really 2999", copies)
	}

	c = newCopied(11)
	c.name = func(i int) string { return [2]string{fmt.Sprint("a:", i/2), fmt.Sprintf("mirror:%d:v", i/2)}[i%2] }
	for range 200 {
		c.put(c.text(200), 2)
	}
	copies = 0
	for _, p := range view.NewReport(statetest.ProbeSummary(t, "mirror", c.parts, nil)).Facts.Patterns {
		x := p.Probe.Copies
		copies += x.Saving.Keys
		if !x.Saving.Exact || x.Saving.Keys+x.Distinct != p.Keys || len(x.Also) != 1 || x.Also[0] == p.Pattern {
			t.Errorf("%s: %+v", p.Pattern, x)
		}
	}
	if copies != 200 {
		t.Errorf("%d copies in two patterns, really 200", copies)
	}
}

// TestCopiesAcrossSources: of sources with seeds of their own the values are compared
// when all of them are there; of samples that were cut copies are those within a
// source, in whatever order they are merged.
func TestCopiesAcrossSources(t *testing.T) {
	cfg := data.Config{Settings: memory.DefaultConfig()}
	source := func(ctime, values, each int, within state.Bounds) *state.Summary {
		w := rdbtest.Redis(11).Aux("redis-ver", "7.2.6").Aux("ctime", fmt.Sprint(ctime)).SelectDB(0)
		for i := range values {
			for j := range each {
				w.Put(fmt.Sprintf("page:%d", 1_000_000+i*each+j), rdbtest.String(rdbtest.Plain(strings.Repeat(fmt.Sprint("value ", i, " "), 9))))
			}
		}
		s, err := collect.AnalyzeWithin(t.Context(), data.Input{Name: fmt.Sprint(ctime), Reader: bytes.NewReader(w.EOF().Bytes())}, &cfg, within)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	merged := func(parts ...*state.Summary) *data.CopyFacts {
		s, err := state.Merge(parts...)
		if err != nil {
			t.Fatal(err)
		}
		p := view.NewReport(s).Facts.Patterns
		if len(p) != 1 || p[0].Probe == nil || p[0].Probe.Copies == nil {
			t.Fatalf("%+v", p)
		}
		return p[0].Probe.Copies
	}
	a, b := source(1_763_700_000, 100, 2, state.Bounds{}), source(1_763_700_001, 150, 1, state.Bounds{})
	if a.Sources[0].Seed == b.Sources[0].Seed {
		t.Fatal("two headers, one seed")
	}
	if c := merged(a, b); !c.Saving.Exact || c.Distinct != 150 || c.Saving.Keys != 200 || c.Values != 150 {
		t.Errorf("all values: %+v", c)
	}
	if diff := cmp.Diff(merged(a, b), merged(b, a)); diff != "" {
		t.Errorf("all values, the other way round:\n%s", diff)
	}
	within := fewValues(512)
	a, b = source(1_763_700_000, 3000, 2, within), source(1_763_700_001, 3000, 1, within)
	c := merged(a, b)
	if c.Saving.Exact || c.Saving.Keys < 2400 || c.Saving.Keys > 3600 {
		t.Errorf("a sample that was cut: %+v; 3,000 keys are copies within their source", c)
	}
	if diff := cmp.Diff(c, merged(b, a)); diff != "" {
		t.Errorf("a sample that was cut, the other way round:\n%s", diff)
	}
}

// TestCopiesBounds: over many populations estimates are within their bounds, and
// these are narrow enough to say something.
func TestCopiesBounds(t *testing.T) {
	const rounds = 8
	for name, fill := range map[string]func(c *copied){
		"hot 80":  func(c *copied) { c.hot(10_000, 100, 80) },
		"hot 40":  func(c *copied) { c.hot(6000, 40, 40) },
		"hot 60":  func(c *copied) { c.hot(10_000, 40, 60) },
		"warm 60": func(c *copied) { c.hot(6000, 400, 60) },
		"cool 50": func(c *copied) { c.hot(6000, 700, 50) },
		"json": func(c *copied) {
			for range 2000 {
				c.put(`{"uid":"`+c.text(60)+`","active":true}`, 1+c.rnd.IntN(3))
			}
		},
	} {
		out := 0
		for seed := range uint64(rounds) {
			c := newCopied(200 + seed)
			c.within = fewValues(2048)
			fill(c)
			p, _ := c.facts(t, 1)
			e := &p.Probe.Copies.Saving
			truth := c.copies()
			d, bound := max(e.Keys-truth, truth-e.Keys), e.Bound*max(1, e.Keys)/max(1, e.Saves())+1
			t.Logf("%s, seed %d: %d copies ± %d, really %d, exact %v", name, seed, e.Keys, bound, truth, e.Exact)
			if d > bound {
				out++
			}
			if bound*2 > truth {
				t.Errorf("%s: ± %d says nothing of %d copies", name, bound, truth)
			}
		}
		if out > 1 {
			t.Errorf("%s: %d of %d estimates are out of bounds", name, out, rounds)
		}
	}
}

// hot makes keys of which so many per cent hold one of some values.
func (c *copied) hot(keys, values, percent int) {
	for range values {
		c.put(c.text(100), keys*percent/100/values)
	}
	for range keys * (100 - percent) / 100 {
		c.put(c.text(100), 1)
	}
}
