package compare_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/compare"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
)

// TestDiffUnionShape: a node that is wide in one snapshot only does not make
// patterns vanish here and appear there.
func TestDiffUnionShape(t *testing.T) {
	low := statetest.LowBounds()
	limit := int(low.Wide[1])
	var few, many []string
	for i := range limit {
		few = append(few, "tenant:"+keytest.Letters(i)+":x")
	}
	many = append(slices.Clone(few), "tenant:onemore:x", "tenant:another:x")
	for _, c := range []struct{ old, now []string }{{few, many}, {many, few}} {
		d := statetest.Compared(t, statetest.Snapshot(t, "a", 1000, statetest.KeysNamed(c.old...), low), statetest.Snapshot(t, "b", 2000, statetest.KeysNamed(c.now...), low), data.DiffOptions{})
		if d.NewPatternsTotal+d.VanishedTotal != 0 || len(d.Patterns) != 1 || d.Patterns[0].Pattern != "tenant:{*}:x" ||
			d.Patterns[0].KeysBefore != int64(len(c.old)) || d.Patterns[0].KeysAfter != int64(len(c.now)) {
			t.Errorf("%d and %d tenants: %+v", len(c.old), len(c.now), d.Patterns)
		}
	}
}

// TestDiffFigures holds a comparison against figures worked out by hand.
func TestDiffFigures(t *testing.T) {
	old := statetest.KeysNamed("user:1", "user:2", "gone:1", "same:1")
	now := statetest.KeysNamed("user:1", "user:2", "user:3", "user:4", "user:5", "fresh:1", "same:1")
	now[5].Size.Bytes, now[5].HasExpiry, now[5].Expiry = 1000, true, 9*sketch.Day
	d := statetest.Compared(t, statetest.Snapshot(t, "a", 2*sketch.Day, old), statetest.Snapshot(t, "b", 6*sketch.Day, now), data.DiffOptions{MaxMemory: 100_000})
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
	d = statetest.Compared(t, statetest.Snapshot(t, "a", 2*sketch.Day, old), statetest.Snapshot(t, "b", 6*sketch.Day, now), data.DiffOptions{MaxMemory: 100_000})
	if f := d.Forecast; *f.PerDay != 1024 || *f.Days != (100_000-5096)*4/4096 {
		t.Errorf("growth %d a day, %d days", *f.PerDay, *f.Days)
	}
	d = statetest.Compared(t, statetest.Snapshot(t, "a", 2*sketch.Day, old), statetest.Snapshot(t, "b", 6*sketch.Day, now), data.DiffOptions{MaxMemory: 5096})
	if *d.Forecast.Days != 0 {
		t.Errorf("full, and %d days left", *d.Forecast.Days)
	}
}

// TestDiffLongNames: names of which only the beginning is kept are told apart in two
// snapshots, whose seeds differ.
func TestDiffLongNames(t *testing.T) {
	long := strings.Repeat("n", counters.KeyLimit)
	old := statetest.KeysNamed(long+"1", long+"2")
	now := statetest.KeysNamed(long+"2", long+"3")
	now[0].Size.Bytes += 100
	d := statetest.Compared(t, statetest.Snapshot(t, "a", 1000, old), statetest.Snapshot(t, "b", 2000, now), data.DiffOptions{})
	if len(d.NewKeys) != 1 || d.NewKeys[0].Memory != 64 {
		t.Errorf("new keys: %+v", d.NewKeys)
	}
	if len(d.GrownKeys) != 1 || d.GrownKeys[0].MemoryChange != 100 {
		t.Errorf("grown keys: %+v", d.GrownKeys)
	}
}

// TestDiffNewKeys: a key that the old list had no room for is not said to be
// new for certain.
func TestDiffNewKeys(t *testing.T) {
	var names []string
	for i := range state.MinTop + 1 {
		names = append(names, fmt.Sprintf("k:%04d", i))
	}
	now := statetest.KeysNamed(names...)
	now[state.MinTop].Size.Bytes = 5000 // was the one that did not fit
	d := statetest.Compared(t, statetest.Snapshot(t, "a", sketch.Day, statetest.KeysNamed(names...)), statetest.Snapshot(t, "b", 2*sketch.Day, now), data.DiffOptions{})
	if len(d.NewKeys) != 1 || d.NewKeys[0].Key != names[state.MinTop] || d.NewKeysCertain || d.NewKeysFloor != 64 {
		t.Errorf("%+v, certain %v, floor %d", d.NewKeys, d.NewKeysCertain, d.NewKeysFloor)
	}
}

func TestDiffWarns(t *testing.T) {
	keys := statetest.KeysNamed("a:1")
	base := func() *state.Summary { return statetest.Snapshot(t, "a", 2*sketch.Day, keys) }
	for want, now := range map[string]func(s *state.Summary){
		"no-ctime":      func(s *state.Summary) { s.Sources[0].HasCtime = false },
		"same-ctime":    func(*state.Summary) {},
		"reversed":      func(s *state.Summary) { s.Sources[0].Ctime = sketch.Day },
		"model":         func(s *state.Summary) { s.Sources[0].Server = "valkey-9.0" },
		"configuration": func(s *state.Summary) { s.Config.Settings.HashMaxListpackEntries++ },
		"clock":         func(s *state.Summary) { now := data.Time(5); s.Config.Now = &now },
		"tool":          func(s *state.Summary) { s.Config.Tool.Version = "other" },
		"partial":       func(s *state.Summary) { s.Sources[0].Partial = true },
		"apart": func(s *state.Summary) {
			s.Sources = append(s.Sources, s.Sources[0])
			s.Sources[1].Ctime += sketch.Day
		},
	} {
		s := base()
		now(s)
		d := statetest.Compared(t, base(), s, data.DiffOptions{})
		if !slices.ContainsFunc(d.Warnings, func(w data.Warning) bool { return w.Code == want }) {
			t.Errorf("no warning %s in %+v", want, d.Warnings)
		}
		if undated := d.SpanSeconds == nil; undated != (d.Totals.MemoryPerDay == nil) || slices.Contains([]string{"no-ctime", "same-ctime", "reversed"}, want) && !undated {
			t.Errorf("%s: growth per day %v", want, d.Totals.MemoryPerDay)
		}
	}
	for want, change := range map[string]func(c *data.Config){
		"filters":  func(c *data.Config) { c.Filters.Match = []string{"a*"} },
		"grouping": func(c *data.Config) { c.Depth = 2 },
		"Loaded":   func(c *data.Config) { c.Loaded = true },
	} {
		s := base()
		change(&s.Config)
		if _, err := compare.NewDiff(base(), s, data.DiffOptions{Top: 5}); !errors.Is(err, state.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestDiffManyTypes: types beyond those that are told apart are counted as
// modules of their own side.
func TestDiffManyTypes(t *testing.T) {
	var keys []counters.Observation
	for i := range 200 {
		k := statetest.KeysNamed(fmt.Sprintf("m:%d", i))
		k[0].TypeName = fmt.Sprintf("mod-%03d", i)
		keys = append(keys, k...)
	}
	d := statetest.Compared(t, statetest.Snapshot(t, "a", sketch.Day, keys), statetest.Snapshot(t, "b", 2*sketch.Day, keys[:150]), data.DiffOptions{})
	var before, after int64
	for _, p := range d.All {
		before, after = before+p.KeysBefore, after+p.KeysAfter
	}
	if before != 200 || after != 150 {
		t.Errorf("%d and %d keys", before, after)
	}
}

// TestDiffGrowth: keys that grow are a leak even when there are no more of them, and
// they are named, those that shrank and those that are there twice are not.
func TestDiffGrowth(t *testing.T) {
	names := []string{"feed:1", "feed:2", "feed:3", "feed:4"}
	sized := func(sizes ...int64) []counters.Observation {
		rs := statetest.KeysNamed(names...)
		for i := range rs {
			rs[i].Size.Bytes = sizes[i]
		}
		return rs
	}
	const minute = 60_000
	d := statetest.Compared(t, statetest.Snapshot(t, "a", 2*sketch.Day, sized(1000, 1000, 1000, 1000)),
		statetest.Snapshot(t, "b", 2*sketch.Day+4*minute, sized(900, 5000, 3000, 1000)), data.DiffOptions{})
	if len(d.LeakSuspects) != 1 || d.LeakSuspects[0].Pattern != "feed:{int}" || d.LeakSuspects[0].KeysChange != 0 {
		t.Errorf("suspects %+v", d.LeakSuspects)
	}
	var got []string
	for _, k := range d.GrownKeys {
		got = append(got, fmt.Sprintf("%s %d>%d +%d", k.Key, k.MemoryBefore, k.Memory, k.MemoryChange))
	}
	if diff := cmp.Diff([]string{"feed:2 1000>5000 +4000", "feed:3 1000>3000 +2000"}, got); diff != "" || d.GrownKeysTotal != 2 {
		t.Errorf("%d grown keys (-want +got):\n%s", d.GrownKeysTotal, diff)
	}
	short := func(d *data.Diff) bool {
		return slices.ContainsFunc(d.Warnings, func(w data.Warning) bool { return w.Code == "short-span" })
	}
	if !short(d) {
		t.Errorf("four minutes are taken for a day without a word: %+v", d.Warnings)
	}
	if d := statetest.Compared(t, statetest.Snapshot(t, "a", 2*sketch.Day, sized(1, 1, 1, 1)), statetest.Snapshot(t, "b", 3*sketch.Day, sized(1, 1, 1, 1)), data.DiffOptions{}); short(d) || len(d.GrownKeys) != 0 {
		t.Errorf("a day: %+v, %+v", d.Warnings, d.GrownKeys)
	}
	// The same name in two sources of a side: which of them grew is not known.
	twice := statetest.Compared(t, statetest.Snapshot(t, "a", 2*sketch.Day, append(sized(1000, 1000, 1000, 1000), sized(10, 10, 10, 10)...)),
		statetest.Snapshot(t, "b", 3*sketch.Day, sized(2000, 2000, 2000, 2000)), data.DiffOptions{})
	if len(twice.GrownKeys) != 0 {
		t.Errorf("grown: %+v", twice.GrownKeys)
	}
}
