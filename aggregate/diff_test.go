package aggregate

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// keysNamed are records of 64 bytes without a TTL.
func keysNamed(names ...string) []record {
	keys := make([]record, len(names))
	for i, name := range names {
		r := &keys[i]
		r.Key, r.KeyLen, r.TypeName = []byte(name), int64(len(name)), "string"
		r.Size.Bytes, r.IdleSeconds, r.Freq, r.Slot = 64, -1, -1, -1
	}
	return keys
}

// snapshot is a summary of one source written at a time, 0 for none.
func snapshot(t testing.TB, name string, ctime int64, keys []record) *Summary {
	t.Helper()
	cfg, err := new(Config).normal()
	if err != nil {
		t.Fatal(err)
	}
	s := sourceState{Name: name, Server: "redis-7.2", Allocator: "jemalloc", Ctime: ctime, HasCtime: ctime > 0, Baseline: 1000}
	return &Summary{cfg, []sourceState{s}, collect(&cfg, clock{ctime, ctime > 0}, keys)}
}

func compared(t testing.TB, old, now *Summary, o DiffOptions) *Diff {
	t.Helper()
	if o.Top == 0 {
		o.Top = 50
	}
	d, err := Compare(old, now, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDiffUnionShape: a node that is wide in one snapshot only does not make
// patterns vanish here and appear there.
func TestDiffUnionShape(t *testing.T) {
	lowLimits(t)
	limit := int(wideLimits[1])
	var few, many []string
	for i := range limit {
		few = append(few, "tenant:"+letters(i)+":x")
	}
	many = append(slices.Clone(few), "tenant:onemore:x", "tenant:another:x")
	for _, c := range []struct{ old, now []string }{{few, many}, {many, few}} {
		d := compared(t, snapshot(t, "a", 1000, keysNamed(c.old...)), snapshot(t, "b", 2000, keysNamed(c.now...)), DiffOptions{})
		if d.NewPatternsTotal+d.VanishedTotal != 0 || len(d.Patterns) != 1 || d.Patterns[0].Pattern != "tenant:{*}:x" ||
			d.Patterns[0].KeysBefore != int64(len(c.old)) || d.Patterns[0].KeysAfter != int64(len(c.now)) {
			t.Errorf("%d and %d tenants: %+v", len(c.old), len(c.now), d.Patterns)
		}
	}
}

// TestDiffFigures holds a comparison against figures worked out by hand.
func TestDiffFigures(t *testing.T) {
	old := keysNamed("user:1", "user:2", "gone:1", "same:1")
	now := keysNamed("user:1", "user:2", "user:3", "user:4", "user:5", "fresh:1", "same:1")
	now[5].Size.Bytes, now[5].HasExpiry, now[5].Expiry = 1000, true, 9*day
	d := compared(t, snapshot(t, "a", 2*day, old), snapshot(t, "b", 6*day, now), DiffOptions{MaxMemory: 100_000})
	want := []string{
		"fresh:{int} new 0>1 0>1000 no TTL 0>0 per day 250 leak false",
		"user:{int} grown 2>5 128>320 no TTL 128>320 per day 48 leak true",
		"gone:{int} vanished 1>0 64>0 no TTL 64>0 per day -16 leak false",
		"same:{int} same 1>1 64>64 no TTL 64>64 per day 0 leak false",
	}
	var got []string
	for _, p := range d.Patterns {
		got = append(got, fmt.Sprintf("%s %s %d>%d %d>%d no TTL %d>%d per day %d leak %v", p.Pattern, p.Status, p.KeysBefore, p.KeysAfter,
			p.MemoryBefore, p.MemoryAfter, p.MemoryWithoutTTLBefore, p.MemoryWithoutTTLAfter, *p.MemoryPerDay, p.Leak))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	x := d.Totals
	if x.KeysChange != 3 || x.MemoryBefore != 256 || x.MemoryAfter != 1384 || *x.MemoryRatio != 44063 || x.AvgBefore != 64 || x.AvgAfter != 198 || *x.MemoryPerDay != 282 {
		t.Errorf("totals %+v, ratio %v, per day %d", x, *x.MemoryRatio, *x.MemoryPerDay)
	}
	if *d.Patterns[2].MemoryRatio != -10000 || d.Patterns[0].MemoryRatio != nil {
		t.Error("ratios of a vanished and of a new pattern")
	}
	if *d.SpanSeconds != 4*86400 || len(d.NewKeys) != 4 || d.NewKeys[0].Key != "fresh:1" || !d.NewKeysCertain {
		t.Errorf("span %d, new keys %+v", *d.SpanSeconds, d.NewKeys)
	}
	// Resident is 0 here: used memory is the baseline, which did not grow.
	if f := d.Forecast; f.Basis != "predicted" || *f.UsedAfter != 1000 || f.Days != nil || *f.PerDay != 0 {
		t.Errorf("forecast %+v", f)
	}
	now[0].Size.Resident = 4096
	d = compared(t, snapshot(t, "a", 2*day, old), snapshot(t, "b", 6*day, now), DiffOptions{MaxMemory: 100_000})
	if f := d.Forecast; *f.PerDay != 1024 || *f.Days != (100_000-5096)*4/4096 {
		t.Errorf("growth %d a day, %d days", *f.PerDay, *f.Days)
	}
	d = compared(t, snapshot(t, "a", 2*day, old), snapshot(t, "b", 6*day, now), DiffOptions{MaxMemory: 5096})
	if *d.Forecast.Days != 0 {
		t.Errorf("full, and %d days left", *d.Forecast.Days)
	}
}

// TestDiffSums: the rows of patterns and types add up to the totals, whatever
// is folded; both ways are mirror images, also through parts.
func TestDiffSums(t *testing.T) {
	lowLimits(t)
	rounds := 30
	if testing.Short() {
		rounds = 5
	}
	for round := range uint64(rounds) {
		a, b := syntheticSummary(t, round, 600), syntheticSummary(t, round+1000, 900)
		o := DiffOptions{Top: 1 + int(round)%40}
		d, back := compared(t, a, b, o), compared(t, readPart(t, writePart(t, &Part{Summary: b})).Summary, a, o)
		for _, rows := range [][]DiffPattern{d.Patterns, d.All} {
			var sum Change
			for _, p := range rows {
				sum.KeysBefore += p.KeysBefore
				sum.KeysAfter += p.KeysAfter
				sum.MemoryBefore += p.MemoryBefore
				sum.MemoryAfter += p.MemoryAfter
				sum.KeysWithoutTTLAfter += p.KeysWithoutTTLAfter
				sum.MemoryWithoutTTLBefore += p.MemoryWithoutTTLBefore
			}
			x := d.Totals
			if sum.KeysBefore != x.KeysBefore || sum.KeysAfter != x.KeysAfter || sum.MemoryBefore != x.MemoryBefore || sum.MemoryAfter != x.MemoryAfter ||
				sum.KeysWithoutTTLAfter != x.KeysWithoutTTLAfter || sum.MemoryWithoutTTLBefore != x.MemoryWithoutTTLBefore {
				t.Fatalf("round %d: rows %+v, totals %+v", round, sum, x)
			}
		}
		if len(d.All) != len(back.All) || d.NewPatternsTotal != back.VanishedTotal || d.VanishedTotal != back.NewPatternsTotal || d.Totals.MemoryChange != -back.Totals.MemoryChange {
			t.Fatalf("round %d: one way %d new and %d vanished, the other %d and %d", round, d.NewPatternsTotal, d.VanishedTotal, back.NewPatternsTotal, back.VanishedTotal)
		}
		if same := compared(t, a, a, o); same.NewPatternsTotal+same.VanishedTotal+same.LeakSuspectsTotal != 0 || len(same.NewKeys) != 0 || same.Totals.MemoryChange != 0 {
			t.Fatalf("round %d: a snapshot differs from itself", round)
		}
	}
}

// TestDiffNewKeys: a key that the old list had no room for is not said to be
// new for certain.
func TestDiffNewKeys(t *testing.T) {
	var names []string
	for i := range minTop + 1 {
		names = append(names, fmt.Sprintf("k:%04d", i))
	}
	now := keysNamed(names...)
	now[minTop].Size.Bytes = 5000 // was the one that did not fit
	d := compared(t, snapshot(t, "a", day, keysNamed(names...)), snapshot(t, "b", 2*day, now), DiffOptions{})
	if len(d.NewKeys) != 1 || d.NewKeys[0].Key != names[minTop] || d.NewKeysCertain || d.NewKeysFloor != 64 {
		t.Errorf("%+v, certain %v, floor %d", d.NewKeys, d.NewKeysCertain, d.NewKeysFloor)
	}
}

func TestDiffWarns(t *testing.T) {
	keys := keysNamed("a:1")
	base := func() *Summary { return snapshot(t, "a", 2*day, keys) }
	for want, now := range map[string]func(s *Summary){
		"no-ctime":      func(s *Summary) { s.sources[0].HasCtime = false },
		"same-ctime":    func(*Summary) {},
		"reversed":      func(s *Summary) { s.sources[0].Ctime = day },
		"model":         func(s *Summary) { s.sources[0].Server = "valkey-9.0" },
		"configuration": func(s *Summary) { s.config.Settings.HashMaxListpackEntries++ },
		"clock":         func(s *Summary) { now := Time(5); s.config.Now = &now },
		"tool":          func(s *Summary) { s.config.Tool.Version = "other" },
		"partial":       func(s *Summary) { s.sources[0].Partial = true },
		"apart": func(s *Summary) {
			s.sources = append(s.sources, s.sources[0])
			s.sources[1].Ctime += day
		},
	} {
		s := base()
		now(s)
		d := compared(t, base(), s, DiffOptions{})
		if !slices.ContainsFunc(d.Warnings, func(w Warning) bool { return w.Code == want }) {
			t.Errorf("no warning %s in %+v", want, d.Warnings)
		}
		if undated := d.SpanSeconds == nil; undated != (d.Totals.MemoryPerDay == nil) || slices.Contains([]string{"no-ctime", "same-ctime", "reversed"}, want) && !undated {
			t.Errorf("%s: growth per day %v", want, d.Totals.MemoryPerDay)
		}
	}
	for want, change := range map[string]func(c *Config){
		"filters":  func(c *Config) { c.Filters.Match = []string{"a*"} },
		"grouping": func(c *Config) { c.Depth = 2 },
		"--loaded": func(c *Config) { c.Loaded = true },
	} {
		s := base()
		change(&s.config)
		if _, err := Compare(base(), s, DiffOptions{Top: 5}); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestDiffManyTypes: types beyond those that are told apart are counted as
// modules of their own side.
func TestDiffManyTypes(t *testing.T) {
	var keys []record
	for i := range 200 {
		k := keysNamed(fmt.Sprintf("m:%d", i))
		k[0].TypeName = fmt.Sprintf("mod-%03d", i)
		keys = append(keys, k...)
	}
	d := compared(t, snapshot(t, "a", day, keys), snapshot(t, "b", 2*day, keys[:150]), DiffOptions{})
	var before, after int64
	for _, p := range d.All {
		before, after = before+p.KeysBefore, after+p.KeysAfter
	}
	if before != 200 || after != 150 {
		t.Errorf("%d and %d keys", before, after)
	}
}

func TestSignedFigures(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		a, b, c := rnd.Int64N(1<<30), rnd.Int64N(1<<30), 1+rnd.Int64N(1<<30)
		if got, want := mulDivHalf(a, b, c), (2*a*b+c)/(2*c); got != want {
			t.Fatalf("%d*%d/%d = %d, want %d", a, b, c, got, want)
		}
	}
	if got := mulDivHalf(math.MaxInt64, math.MaxInt64, 1); got != math.MaxInt64 {
		t.Errorf("%d", got)
	}
	for r, want := range map[Ratio]string{-5: "-0.0005", -10000: "-1.0000", -12345: "-1.2345", 5: "0.0005", 0: "0.0000"} {
		b, err := r.MarshalJSON()
		var back Ratio
		if err != nil || string(b) != want || back.UnmarshalJSON(b) != nil || back != r {
			t.Errorf("%d: %s, read as %d, %v", r, b, back, err)
		}
	}
}
