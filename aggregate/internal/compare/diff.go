package compare

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/config"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/filter"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Statuses of a DiffPattern.
const (
	diffNew      = "new"
	diffVanished = "vanished"
	diffGrown    = "grown"
	diffShrunk   = "shrunk"
	diffSame     = "same"
	diffOther    = "other"
)

// A leak suspect is a (pattern, type) whose bytes without a TTL grew by at least a
// leakGrowth-th of what they were and a leakShare-th of all memory after: by more
// keys, or by keys that grow.
const (
	leakGrowth = 20
	leakShare  = 1000
)

// shortSpan is the time between snapshots, ms, below which growth per day is
// extrapolated so far that a warning says so: load has a rhythm of a day.
const shortSpan = 6 * sketch.Hour

// NewDiff compares two snapshots. It refuses those whose keys were selected or
// grouped differently (ErrConfig), and warns of what else makes them hard to
// compare. It changes neither.
func NewDiff(before, after *state.Summary, o data.DiffOptions) (*data.Diff, error) {
	for i, s := range [2]*state.Summary{before, after} {
		if s == nil {
			return nil, fmt.Errorf("%s: %w", [2]string{"before", "after"}[i], state.ErrNoSummary)
		}
	}
	if o.Top == 0 {
		o.Top = data.DefaultTop
	}
	if o.Top < 0 || o.MaxMemory < 0 {
		return nil, fmt.Errorf("options of a comparison: Top %d, MaxMemory %d: want 0 or more", o.Top, o.MaxMemory)
	}
	if m := incomparable(&before.Config, &after.Config); m != nil {
		return nil, fmt.Errorf("%w: %w", state.ErrConfig, m)
	}
	c := &comparison{before: before, after: after, o: o}
	c.spanOf()
	d := &data.Diff{
		Schema: data.DiffSchema, Tool: after.Config.Tool, Partial: before.Partial() || after.Partial(), Filters: after.Config.Filters,
		Old: side(before, c.oldTime), New: side(after, c.newTime), PatternsCapped: before.Keys.Capped || after.Keys.Capped,
	}
	if c.span > 0 {
		s := c.span / 1000
		d.SpanSeconds = &s
	}
	var old, now counters.Stats
	types := make(map[string]*[2]counters.Stats)
	for side, s := range [2]*state.Summary{before, after} {
		for i := range s.Keys.Cells {
			x := &s.Keys.Cells[i]
			t := types[x.Type]
			if t == nil {
				t = new([2]counters.Stats)
				types[x.Type] = t
			}
			for _, sum := range []*counters.Stats{&t[side], [2]*counters.Stats{&old, &now}[side]} {
				sum.Keys += x.Keys
				sum.Memory += x.Memory
				sum.NoTTLKeys += x.NoTTLKeys
				sum.NoTTLMemory += x.NoTTLMemory
			}
		}
	}
	d.Totals = c.change(&old, &now)
	d.ByType = []data.TypeChange{}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		d.ByType = append(d.ByType, data.TypeChange{Type: name, Change: c.change(&types[name][0], &types[name][1])})
	}
	slices.SortStableFunc(d.ByType, func(a, b data.TypeChange) int { return compareDiffChanges(&a.Change, &b.Change) })
	c.patterns(d)
	c.newKeys(d)
	c.forecast(d)
	c.warn(d)
	return d, nil
}

// incomparable returns the first setting that makes two configurations count
// other keys, or other patterns; nil when there is none.
func incomparable(c *data.Config, o *data.Config) *data.ConfigMismatch {
	same := *o
	same.Tool, same.Now, same.Server, same.Allocator, same.Cluster = c.Tool, c.Now, c.Server, c.Allocator, c.Cluster
	same.Settings, same.Top, same.Deep, same.NoChecksum = c.Settings, c.Top, c.Deep, c.NoChecksum
	return config.Differ(c, &same)
}

func side(s *state.Summary, ctime *data.Time) data.DiffSide {
	f, err := filter.Compile(&s.Config.Filters)
	side := data.DiffSide{Partial: s.Partial(), Ctime: ctime, Sources: []data.Source{}, Totals: view.TotalsOf(s, err == nil && f.Active)}
	for i := range s.Sources {
		side.Sources = append(side.Sources, view.NewSource(&s.Sources[i]))
	}
	return side
}

// comparison is one NewDiff under way.
type comparison struct {
	before, after    *state.Summary
	o                data.DiffOptions
	oldTime, newTime *data.Time
	span             int64 // ms from one to the other, 0 when not known
	warnings         []data.Warning
}

func (c *comparison) warnf(code, format string, args ...any) {
	c.warnings = append(c.warnings, data.Warning{Code: code, Text: fmt.Sprintf(format, args...), Count: 1})
}

// spanOf finds the time between the snapshots: each is as old as the source
// of it that was written last.
func (c *comparison) spanOf() {
	var apart int64
	last := func(name string, s *state.Summary) *data.Time {
		var first, last int64
		for i := range s.Sources {
			x := &s.Sources[i]
			if !x.HasCtime {
				c.warnf("no-ctime", "%s: %s does not say when it was written: no growth per day is given", name, keyname.EscapeText(x.Name))
				return nil
			}
			if i == 0 {
				first = x.Ctime
			}
			first, last = min(first, x.Ctime), max(last, x.Ctime)
		}
		apart = max(apart, last-first)
		t := data.Time(last)
		return &t
	}
	c.oldTime, c.newTime = last("OLD", c.before), last("NEW", c.after)
	if c.oldTime == nil || c.newTime == nil {
		return
	}
	switch span := int64(*c.newTime - *c.oldTime); {
	case span == 0:
		c.warnf("same-ctime", "both snapshots were written at %s: no growth per day is given", *c.newTime)
	case span < 0:
		c.warnf("reversed", "OLD was written after NEW (%s, %s): no growth per day is given", *c.oldTime, *c.newTime)
	default:
		c.span = span
		if span < shortSpan {
			c.warnf("short-span", "the snapshots were written %d s apart: growth per day is that multiplied by %d, and says little of a day", span/1000, sketch.Day/span)
		}
		if apart > span/10 {
			c.warnf("apart", "the sources of a snapshot were written up to %d s apart, the snapshots %d s: growth per day is rough", apart/1000, span/1000)
		}
	}
}

// change puts two sums side by side.
func (c *comparison) change(old, now *counters.Stats) data.Change {
	x := data.Change{
		KeysBefore: old.Keys, KeysAfter: now.Keys, KeysChange: now.Keys - old.Keys,
		MemoryBefore: old.Memory, MemoryAfter: now.Memory, MemoryChange: now.Memory - old.Memory,
		KeysWithoutTTLBefore: old.NoTTLKeys, KeysWithoutTTLAfter: now.NoTTLKeys,
		MemoryWithoutTTLBefore: old.NoTTLMemory, MemoryWithoutTTLAfter: now.NoTTLMemory,
		KeysPerDay: c.perDay(now.Keys - old.Keys), MemoryPerDay: c.perDay(now.Memory - old.Memory),
	}
	if old.Keys > 0 {
		x.AvgBefore = (old.Memory + old.Keys/2) / old.Keys
	}
	if now.Keys > 0 {
		x.AvgAfter = (now.Memory + now.Keys/2) / now.Keys
	}
	if old.Memory > 0 {
		r := data.Ratio(signed(x.MemoryChange, func(n int64) int64 { return sketch.MulDivHalf(n, 10000, old.Memory) }))
		x.MemoryRatio = &r
	}
	return x
}

// perDay is a change over the span as one over a day, nil without a span.
func (c *comparison) perDay(change int64) *int64 {
	if c.span <= 0 {
		return nil
	}
	n := signed(change, func(n int64) int64 { return sketch.MulDivHalf(n, sketch.Day, c.span) })
	return &n
}

// signed applies f to the magnitude of n and gives the result n's sign.
func signed(n int64, f func(int64) int64) int64 {
	if n < 0 {
		return -f(max(-n, 0))
	}
	return f(n)
}

func (c *comparison) pattern(r *naming.Sides) data.DiffPattern {
	p := data.DiffPattern{Pattern: r.Pattern, Match: r.Match, Type: r.Type, Change: c.change(&r.Stats[0], &r.Stats[1])}
	example := &r.Stats[1].Example
	switch {
	case p.KeysBefore == 0:
		p.Status = diffNew
	case p.KeysAfter == 0:
		p.Status, example = diffVanished, &r.Stats[0].Example
	case p.MemoryChange > 0:
		p.Status = diffGrown
	case p.MemoryChange < 0:
		p.Status = diffShrunk
	default:
		p.Status = diffSame
	}
	p.Example = view.ExampleText(example)
	grown := p.MemoryWithoutTTLAfter - p.MemoryWithoutTTLBefore
	p.Leak = grown > 0 && grown >= p.MemoryWithoutTTLBefore/leakGrowth && grown >= c.after.Keys.Totals.Memory/leakShare
	return p
}

func sortPatterns(rows []data.DiffPattern) {
	slices.SortFunc(rows, func(a, b data.DiffPattern) int { return compareDiffPatterns(&a, &b) })
}

// patterns fills in what is said by pattern. New, vanished and suspect ones
// are told before alike patterns are folded into one, but under the names that
// all keys of both snapshots together tell: a new title is no new pattern.
func (c *comparison) patterns(d *data.Diff) {
	exact := naming.NewUnion(c.before, c.after)
	exact.Generalize()
	rows := exact.Rows()
	for i := range rows {
		d.All = append(d.All, c.pattern(&rows[i]))
	}
	sortPatterns(d.All)
	d.PatternsTotal = int64(len(d.All))
	pick := func(want func(p *data.DiffPattern) bool) (out []data.DiffPattern, n int64) {
		out = []data.DiffPattern{}
		for i := range d.All {
			if !want(&d.All[i]) {
				continue
			}
			if n++; len(out) < c.o.Top {
				out = append(out, d.All[i])
			}
		}
		return out, n
	}
	d.NewPatterns, d.NewPatternsTotal = pick(func(p *data.DiffPattern) bool { return p.Status == diffNew })
	d.Vanished, d.VanishedTotal = pick(func(p *data.DiffPattern) bool { return p.Status == diffVanished })
	d.LeakSuspects, d.LeakSuspectsTotal = pick(func(p *data.DiffPattern) bool { return p.Leak })

	if n := c.o.Top; n > 0 && len(d.All) > n {
		if least := sketch.Magnitude(d.All[n-1].MemoryChange); least > 0 {
			// A row that is shown is at least as large as its change: it is
			// not folded.
			exact.FoldSmaller(int64(min(least, math.MaxInt64)))
			rows = exact.Rows()
		}
	}
	d.Patterns = c.shown(rows)
}

// shown sorts rows, keeps some and adds up the others.
func (c *comparison) shown(rows []naming.Sides) []data.DiffPattern {
	type shownRow struct {
		data.DiffPattern
		at int
	}
	list := make([]shownRow, len(rows))
	for i := range rows {
		list[i] = shownRow{c.pattern(&rows[i]), i}
	}
	slices.SortFunc(list, func(a, b shownRow) int { return compareDiffPatterns(&a.DiffPattern, &b.DiffPattern) })
	out := []data.DiffPattern{}
	var rest [2]counters.Stats
	for i, r := range list {
		if i < c.o.Top {
			out = append(out, r.DiffPattern)
			continue
		}
		for side := range rest {
			rest[side].Merge(&rows[r.at].Stats[side])
		}
	}
	if len(list) > c.o.Top {
		out = append(out, data.DiffPattern{Pattern: naming.OtherRow, Type: "mixed", Status: diffOther, Change: c.change(&rest[0], &rest[1])})
	}
	return out
}

// newKeys lists keys that are among the largest of one side only, and those that
// are among the largest of both and grew.
func (c *comparison) newKeys(d *data.Diff) {
	old := c.before.Keys.Biggest
	known := make(map[view.KeyName]*state.TopKey, len(old))
	for i := range old {
		name := view.NameOf(&old[i])
		if _, twice := known[name]; twice {
			known[name] = nil // of several sources: which of them is meant is not known
			continue
		}
		known[name] = &old[i]
	}
	d.NewKeysCertain = int64(len(old)) >= c.before.Keys.Totals.Keys && !d.Old.Partial
	if !d.NewKeysCertain && len(old) > 0 {
		d.NewKeysFloor = old[len(old)-1].Memory
	}
	seen := make(map[view.KeyName]int)
	for i := range c.after.Keys.Biggest {
		seen[view.NameOf(&c.after.Keys.Biggest[i])]++
	}
	type pair struct{ was, is *state.TopKey }
	var fresh []state.TopKey
	var grown []pair
	for i := range c.after.Keys.Biggest {
		k := &c.after.Keys.Biggest[i]
		was, there := known[view.NameOf(k)]
		switch {
		case !there && len(fresh) < c.o.Top:
			fresh = append(fresh, *k)
		case was != nil && was.Type == k.Type && k.Memory > was.Memory && seen[view.NameOf(k)] == 1:
			grown = append(grown, pair{was, k})
		}
	}
	d.NewKeys = view.BigKeys(fresh, c.o.Top)
	slices.SortStableFunc(grown, func(a, b pair) int { return cmp.Compare(b.is.Memory-b.was.Memory, a.is.Memory-a.was.Memory) })
	d.GrownKeys, d.GrownKeysTotal = []data.GrownKey{}, int64(len(grown))
	for _, g := range grown[:min(len(grown), c.o.Top)] {
		d.GrownKeys = append(d.GrownKeys, data.GrownKey{
			BigKey: view.BigKeys([]state.TopKey{*g.is}, 1)[0], MemoryBefore: g.was.Memory, MemoryChange: g.is.Memory - g.was.Memory, ElementsBefore: g.was.Elements,
		})
	}
}

func (c *comparison) forecast(d *data.Diff) {
	f := &d.Forecast
	f.UsedBefore, f.UsedAfter, f.Basis = d.Old.Totals.PredictedUsedMemory, d.New.Totals.PredictedUsedMemory, "predicted"
	if f.UsedBefore == nil || f.UsedAfter == nil {
		f.UsedBefore, f.UsedAfter, f.Basis = d.Old.Totals.ReportedUsedMemory, d.New.Totals.ReportedUsedMemory, "reported"
	}
	limit := c.o.MaxMemory
	if limit == 0 {
		limit = view.Effective(c.after).Config.Settings.MaxMemory
	}
	if limit > 0 {
		all := sketch.MulDiv(limit, int64(len(c.after.Sources)), 1)
		f.MaxMemory = &all
	}
	if f.UsedBefore == nil || f.UsedAfter == nil {
		*f = data.Forecast{MaxMemory: f.MaxMemory}
		return
	}
	growth := *f.UsedAfter - *f.UsedBefore
	f.PerDay = c.perDay(growth)
	if f.MaxMemory == nil {
		return
	}
	var days int64
	switch left := *f.MaxMemory - *f.UsedAfter; {
	case left <= 0:
	case growth <= 0 || c.span <= 0:
		return // at this rate never
	default:
		days = sketch.MulDiv(left, c.span, growth) / sketch.Day
	}
	f.Days = &days
}

// models are the servers the sources of a summary were sized for.
func models(s *state.Summary) []string {
	var out []string
	for i := range s.Sources {
		x := &s.Sources[i]
		out = append(out, x.Server+" "+x.Allocator)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *comparison) warn(d *data.Diff) {
	a, b := &c.before.Config, &c.after.Config
	if a.Tool != b.Tool {
		c.warnf("tool", "OLD was read by %s %s, NEW by %s %s: they may cut keys into patterns differently",
			keyname.EscapeText(a.Tool.Name), keyname.EscapeText(a.Tool.Version), keyname.EscapeText(b.Tool.Name), keyname.EscapeText(b.Tool.Version))
	}
	if x, y := models(c.before), models(c.after); !slices.Equal(x, y) {
		c.warnf("model", "OLD was sized for %v, NEW for %v: part of the change is the server's", x, y)
	}
	if a.Settings != b.Settings || a.Cluster != b.Cluster {
		c.warnf("configuration", "the snapshots were sized with different server settings: part of the change is theirs")
	}
	if (a.Now == nil) != (b.Now == nil) || a.Now != nil && *a.Now != *b.Now {
		c.warnf("clock", "the snapshots were read with different clocks")
	}
	if c.before.Keys.LeftOut.Patterns || c.after.Keys.LeftOut.Patterns {
		c.warnf("part-patterns", "a part was to be small and gave up patterns: more of them than usual were merged into {*}; reports of the dumps have them")
	} else if d.PatternsCapped {
		c.warnf("patterns-capped", "there were more patterns than are kept apart: more of them than usual were merged into {*}")
	}
	for _, side := range []struct {
		name string
		s    *state.Summary
	}{{"OLD", c.before}, {"NEW", c.after}} {
		for _, w := range view.Repeated(side.s) {
			w.Text = side.name + ": " + w.Text
			c.warnings = append(c.warnings, w)
		}
		if side.s.Partial() {
			c.warnf("partial", "%s is PARTIAL: what could not be read looks vanished or new", side.name)
		}
	}
	if d.Forecast.MaxMemory != nil && len(c.after.Sources) > 1 {
		c.warnf("maxmemory", "maxmemory is taken once for each of the %d sources of NEW: the fullest of them is full earlier", len(c.after.Sources))
	}
	d.Warnings = slices.Concat([]data.Warning{}, c.warnings, sourceWarnings(c.before), sourceWarnings(c.after))
}

// sourceWarnings are the warnings of the sources.
func sourceWarnings(s *state.Summary) []data.Warning {
	return slices.DeleteFunc(view.Warnings(s), func(w data.Warning) bool { return w.Source == "" })
}

// compareDiffChanges orders by the size of the change, then by what there is after and
// before.
func compareDiffChanges(x, o *data.Change) int {
	return cmp.Or(cmp.Compare(sketch.Magnitude(o.MemoryChange), sketch.Magnitude(x.MemoryChange)), cmp.Compare(o.MemoryAfter, x.MemoryAfter),
		cmp.Compare(o.MemoryBefore, x.MemoryBefore), cmp.Compare(o.KeysAfter, x.KeysAfter), cmp.Compare(o.KeysBefore, x.KeysBefore))
}

// compareDiffPatterns orders by the change, then by name.
func compareDiffPatterns(p, o *data.DiffPattern) int {
	return cmp.Or(compareDiffChanges(&p.Change, &o.Change), cmp.Compare(p.Pattern, o.Pattern), cmp.Compare(p.Type, o.Type), cmp.Compare(p.Match, o.Match))
}
