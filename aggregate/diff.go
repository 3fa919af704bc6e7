package aggregate

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
)

// DiffSchema names the JSON of a comparison; fields may be added, never changed.
const DiffSchema = "rdblens.diff/1"

// Diff compares two snapshots. All sizes are bytes; slices are never nil.
type Diff struct {
	Schema      string   `json:"schema"`
	Tool        Tool     `json:"tool"`
	Partial     bool     `json:"partial"`
	Filters     Filters  `json:"filters"`
	Old         DiffSide `json:"old"`
	New         DiffSide `json:"new"`
	SpanSeconds *int64   `json:"span_seconds"` // from Old to New, nil when not known

	Totals            Change        `json:"totals"`
	ByType            []TypeChange  `json:"by_type"`
	Patterns          []DiffPattern `json:"patterns"` // by the size of the change, the rest as [other]
	PatternsTotal     int64         `json:"patterns_total"`
	PatternsCapped    bool          `json:"patterns_capped"`
	NewPatterns       []DiffPattern `json:"new_patterns"`
	NewPatternsTotal  int64         `json:"new_patterns_total"`
	Vanished          []DiffPattern `json:"vanished_patterns"`
	VanishedTotal     int64         `json:"vanished_patterns_total"`
	LeakSuspects      []DiffPattern `json:"leak_suspects"`
	LeakSuspectsTotal int64         `json:"leak_suspects_total"`

	// NewKeys are keys in New's list of the largest that are not in Old's.
	// When NewKeysCertain is false Old had more keys than its list keeps: a key
	// may have been there, smaller than NewKeysFloor.
	NewKeys        []BigKey  `json:"new_keys"`
	NewKeysCertain bool      `json:"new_keys_certain"`
	NewKeysFloor   int64     `json:"new_keys_floor_bytes"`
	Forecast       Forecast  `json:"forecast"`
	Warnings       []Warning `json:"warnings"`

	All []DiffPattern `json:"-"` // every (pattern, type), unfolded
}

// DiffSide is one of the two snapshots.
type DiffSide struct {
	Partial bool     `json:"partial"`
	Ctime   *Time    `json:"ctime"` // of the source written last, nil when one does not say
	Sources []Source `json:"sources"`
	Totals  Totals   `json:"totals"`
}

// Change is a figure before and after.
type Change struct {
	KeysBefore             int64  `json:"keys_before"`
	KeysAfter              int64  `json:"keys_after"`
	KeysChange             int64  `json:"keys_change"`
	MemoryBefore           int64  `json:"memory_before_bytes"`
	MemoryAfter            int64  `json:"memory_after_bytes"`
	MemoryChange           int64  `json:"memory_change_bytes"`
	MemoryRatio            *Ratio `json:"memory_change_ratio"` // of the memory before, nil when there was none
	AvgBefore              int64  `json:"avg_before_bytes"`
	AvgAfter               int64  `json:"avg_after_bytes"`
	KeysWithoutTTLBefore   int64  `json:"keys_without_ttl_before"`
	KeysWithoutTTLAfter    int64  `json:"keys_without_ttl_after"`
	MemoryWithoutTTLBefore int64  `json:"memory_without_ttl_before_bytes"`
	MemoryWithoutTTLAfter  int64  `json:"memory_without_ttl_after_bytes"`
	KeysPerDay             *int64 `json:"keys_change_per_day"`
	MemoryPerDay           *int64 `json:"memory_change_bytes_per_day"`
}

// TypeChange is one type.
type TypeChange struct {
	Type string `json:"type"`
	Change
}

// DiffPattern is one (pattern, type).
type DiffPattern struct {
	Pattern string `json:"pattern"`
	Match   string `json:"match"`
	Type    string `json:"type"`
	Status  string `json:"status"` // new, vanished, grown, shrunk, same; other for [other]
	Change
	Example string `json:"example"`
	Leak    bool   `json:"leak_suspect"`
}

// Forecast says when maxmemory is reached if growth goes on as it was.
type Forecast struct {
	Basis      string `json:"basis"` // "predicted" or "reported" used_memory, "" for none
	UsedBefore *int64 `json:"used_memory_before_bytes"`
	UsedAfter  *int64 `json:"used_memory_after_bytes"`
	PerDay     *int64 `json:"used_memory_change_bytes_per_day"`
	MaxMemory  *int64 `json:"maxmemory_bytes"` // of all sources of New
	Days       *int64 `json:"days_to_maxmemory"`
}

// Statuses of a DiffPattern.
const (
	diffNew      = "new"
	diffVanished = "vanished"
	diffGrown    = "grown"
	diffShrunk   = "shrunk"
	diffSame     = "same"
	diffOther    = "other"
)

// A leak suspect is a (pattern, type) whose keys without a TTL became more,
// and whose bytes without a TTL grew by at least a leakGrowth-th of what they
// were and a leakShare-th of all memory after.
const (
	leakGrowth = 20
	leakShare  = 1000
)

// DiffOptions shape a comparison.
type DiffOptions struct {
	Top       int   // rows of the lists
	MaxMemory int64 // of each server, 0: what the configuration says
}

// Compare compares two snapshots. It refuses those whose keys were selected or
// grouped differently (ErrConfig), and warns of what else makes them hard to
// compare. It changes neither.
func Compare(before, after *Summary, o DiffOptions) (*Diff, error) {
	if what := before.config.incomparable(&after.config); what != "" {
		return nil, fmt.Errorf("%w: %s", ErrConfig, what)
	}
	c := &comparison{before: before, after: after, o: o}
	c.spanOf()
	d := &Diff{
		Schema: DiffSchema, Tool: after.config.Tool, Partial: before.Partial() || after.Partial(), Filters: after.config.Filters,
		Old: before.side(c.oldTime), New: after.side(c.newTime), PatternsCapped: before.keys.Capped || after.keys.Capped,
	}
	if c.span > 0 {
		s := c.span / 1000
		d.SpanSeconds = &s
	}
	var old, now stats
	types := make(map[string]*[2]stats)
	for side, s := range [2]*Summary{before, after} {
		for i := range s.keys.Cells {
			x := &s.keys.Cells[i]
			t := types[x.Type]
			if t == nil {
				t = new([2]stats)
				types[x.Type] = t
			}
			for _, sum := range []*stats{&t[side], [2]*stats{&old, &now}[side]} {
				sum.Keys += x.Keys
				sum.Memory += x.Memory
				sum.NoTTLKeys += x.NoTTLKeys
				sum.NoTTLMemory += x.NoTTLMemory
			}
		}
	}
	d.Totals = c.change(&old, &now)
	d.ByType = []TypeChange{}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		d.ByType = append(d.ByType, TypeChange{name, c.change(&types[name][0], &types[name][1])})
	}
	slices.SortStableFunc(d.ByType, func(a, b TypeChange) int { return a.compare(&b.Change) })
	c.patterns(d)
	c.newKeys(d)
	c.forecast(d)
	c.warn(d)
	return d, nil
}

// incomparable names the first setting that makes two configurations count
// other keys, or other patterns.
func (c *Config) incomparable(o *Config) string {
	same := *o
	same.Tool, same.Now, same.Server, same.Allocator, same.Cluster = c.Tool, c.Now, c.Server, c.Allocator, c.Cluster
	same.Settings, same.Top, same.Deep, same.NoChecksum = c.Settings, c.Top, c.Deep, c.NoChecksum
	if c.Loaded != o.Loaded {
		return "--loaded"
	}
	return c.differ(&same)
}

func (s *Summary) side(ctime *Time) DiffSide {
	f, err := s.config.Filters.compile()
	side := DiffSide{Partial: s.Partial(), Ctime: ctime, Sources: []Source{}, Totals: s.totals(err == nil && f.active)}
	for i := range s.sources {
		side.Sources = append(side.Sources, s.sources[i].view())
	}
	return side
}

// comparison is one Compare under way.
type comparison struct {
	before, after    *Summary
	o                DiffOptions
	oldTime, newTime *Time
	span             int64 // ms from one to the other, 0 when not known
	warnings         []Warning
}

func (c *comparison) warnf(code, format string, args ...any) {
	c.warnings = append(c.warnings, Warning{Code: code, Text: fmt.Sprintf(format, args...), Count: 1})
}

// spanOf finds the time between the snapshots: each is as old as the source
// of it that was written last.
func (c *comparison) spanOf() {
	var apart int64
	last := func(name string, s *Summary) *Time {
		var first, last int64
		for i := range s.sources {
			x := &s.sources[i]
			if !x.HasCtime {
				c.warnf("no-ctime", "%s: %s does not say when it was written: no growth per day is given", name, escapeText(x.Name))
				return nil
			}
			if i == 0 {
				first = x.Ctime
			}
			first, last = min(first, x.Ctime), max(last, x.Ctime)
		}
		apart = max(apart, last-first)
		t := Time(last)
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
		if apart > span/10 {
			c.warnf("apart", "the sources of a snapshot were written up to %d s apart, the snapshots %d s: growth per day is rough", apart/1000, span/1000)
		}
	}
}

// change puts two sums side by side.
func (c *comparison) change(old, now *stats) Change {
	x := Change{
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
		r := Ratio(signed(x.MemoryChange, func(n int64) int64 { return mulDivHalf(n, 10000, old.Memory) }))
		x.MemoryRatio = &r
	}
	return x
}

// perDay is a change over the span as one over a day, nil without a span.
func (c *comparison) perDay(change int64) *int64 {
	if c.span <= 0 {
		return nil
	}
	n := signed(change, func(n int64) int64 { return mulDivHalf(n, day, c.span) })
	return &n
}

// signed applies f to the magnitude of n and gives the result n's sign.
func signed(n int64, f func(int64) int64) int64 {
	if n < 0 {
		return -f(max(-n, 0))
	}
	return f(n)
}

// compare orders by the size of the change, then by what there is after and
// before.
func (x *Change) compare(o *Change) int {
	return cmp.Or(cmp.Compare(magnitude(o.MemoryChange), magnitude(x.MemoryChange)), cmp.Compare(o.MemoryAfter, x.MemoryAfter),
		cmp.Compare(o.MemoryBefore, x.MemoryBefore), cmp.Compare(o.KeysAfter, x.KeysAfter), cmp.Compare(o.KeysBefore, x.KeysBefore))
}

// diffTypes numbers the types of both sides, so that one trie holds the sums
// of both: even numbers are those of the side before.
type diffTypes struct{ names []string }

const maxDiffTypes = 127

func (d *diffTypes) id(side int) func(string) uint8 {
	return func(name string) uint8 {
		i := slices.Index(d.names, name)
		if i < 0 && len(d.names) >= maxDiffTypes && name != otherModule {
			return d.id(side)(otherModule)
		}
		if i < 0 {
			i = len(d.names)
			d.names = append(d.names, name)
		}
		return uint8(2*i + side)
	}
}

// union is the trie of both snapshots. Whether a node of it is wide depends on
// the union of their patterns: what is wide in one only would otherwise look
// vanished here and new there.
type union struct {
	view
	names diffTypes
}

func newUnion(before, after *Summary) *union {
	u := &union{view: view{trie: newTrie(), text: patternText{groups: after.config.Groups}}}
	u.trie.maxNodes, u.trie.coarse = math.MaxInt/4, max(before.keys.Coarse, after.keys.Coarse)
	for side, s := range [2]*Summary{before, after} {
		u.trie.absorb(s.keys.Patterns, u.names.id(side))
	}
	return u
}

// sides are what one (pattern, type) is before and after.
type sides struct {
	pattern, match, typ string
	stats               [2]stats
}

func (u *union) rows() []sides {
	var rows []sides
	u.trie.walk(func(_ uint32, n *node) {
		d := int(n.depth)
		u.text.step(d, n.sep, n.cls, string(n.lit[:n.n]))
		first := len(rows)
		for e := n.entry; e != 0; {
			x := u.trie.entries[e]
			name, side := u.names.names[x.typ/2], x.typ&1
			at := first + slices.IndexFunc(rows[first:], func(r sides) bool { return r.typ == name })
			if at < first {
				at = len(rows)
				rows = append(rows, sides{pattern: string(u.text.pattern[d]), match: string(u.text.match[d]), typ: name})
			}
			rows[at].stats[side] = x.stats
			e = x.next
		}
	})
	return rows
}

func (c *comparison) pattern(r *sides) DiffPattern {
	p := DiffPattern{Pattern: r.pattern, Match: r.match, Type: r.typ, Change: c.change(&r.stats[0], &r.stats[1])}
	example := &r.stats[1].Example
	switch {
	case p.KeysBefore == 0:
		p.Status = diffNew
	case p.KeysAfter == 0:
		p.Status, example = diffVanished, &r.stats[0].Example
	case p.MemoryChange > 0:
		p.Status = diffGrown
	case p.MemoryChange < 0:
		p.Status = diffShrunk
	default:
		p.Status = diffSame
	}
	p.Example = exampleText(example)
	grown := p.MemoryWithoutTTLAfter - p.MemoryWithoutTTLBefore
	p.Leak = p.KeysWithoutTTLAfter > p.KeysWithoutTTLBefore && grown > 0 &&
		grown >= p.MemoryWithoutTTLBefore/leakGrowth && grown >= c.after.keys.Totals.Memory/leakShare
	return p
}

func (p *DiffPattern) compare(o *DiffPattern) int {
	return cmp.Or(p.Change.compare(&o.Change), cmp.Compare(p.Pattern, o.Pattern), cmp.Compare(p.Type, o.Type), cmp.Compare(p.Match, o.Match))
}

func sortPatterns(rows []DiffPattern) {
	slices.SortFunc(rows, func(a, b DiffPattern) int { return a.compare(&b) })
}

// patterns fills in what is said by pattern. New, vanished and suspect ones
// are told before alike patterns are folded into one.
func (c *comparison) patterns(d *Diff) {
	exact := newUnion(c.before, c.after)
	rows := exact.rows()
	for i := range rows {
		d.All = append(d.All, c.pattern(&rows[i]))
	}
	sortPatterns(d.All)
	d.PatternsTotal = int64(len(d.All))
	pick := func(want func(p *DiffPattern) bool) (out []DiffPattern, n int64) {
		out = []DiffPattern{}
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
	d.NewPatterns, d.NewPatternsTotal = pick(func(p *DiffPattern) bool { return p.Status == diffNew })
	d.Vanished, d.VanishedTotal = pick(func(p *DiffPattern) bool { return p.Status == diffVanished })
	d.LeakSuspects, d.LeakSuspectsTotal = pick(func(p *DiffPattern) bool { return p.Leak })

	if n := c.o.Top; n > 0 && len(d.All) > n {
		if least := magnitude(d.All[n-1].MemoryChange); least > 0 {
			// A row that is shown is at least as large as its change: it is
			// not folded.
			exact.foldBelow(rootNode, int64(min(least, math.MaxInt64)))
			rows = exact.rows()
		}
	}
	d.Patterns = c.shown(rows)
}

// shown sorts rows, keeps some and adds up the others.
func (c *comparison) shown(rows []sides) []DiffPattern {
	type shownRow struct {
		DiffPattern
		at int
	}
	list := make([]shownRow, len(rows))
	for i := range rows {
		list[i] = shownRow{c.pattern(&rows[i]), i}
	}
	slices.SortFunc(list, func(a, b shownRow) int { return a.compare(&b.DiffPattern) })
	out := []DiffPattern{}
	var rest [2]stats
	for i, r := range list {
		if i < c.o.Top {
			out = append(out, r.DiffPattern)
			continue
		}
		for side := range rest {
			rest[side].merge(&rows[r.at].stats[side])
		}
	}
	if len(list) > c.o.Top {
		out = append(out, DiffPattern{Pattern: "[other]", Type: "mixed", Status: diffOther, Change: c.change(&rest[0], &rest[1])})
	}
	return out
}

// newKeys lists keys that are among the largest of one side only.
func (c *comparison) newKeys(d *Diff) {
	type name struct {
		db   int32
		len  int64
		hash uint64
		text string
	}
	nameOf := func(k *topKey) name { return name{k.Key.DB, k.Key.Len, k.Key.Hash, string(k.Key.Name)} }
	old := c.before.keys.Biggest
	known := make(map[name]bool, len(old))
	for i := range old {
		known[nameOf(&old[i])] = true
	}
	d.NewKeysCertain = int64(len(old)) >= c.before.keys.Totals.Keys && !d.Old.Partial
	if !d.NewKeysCertain && len(old) > 0 {
		d.NewKeysFloor = old[len(old)-1].Memory
	}
	var fresh []topKey
	for i := range c.after.keys.Biggest {
		if k := &c.after.keys.Biggest[i]; len(fresh) < c.o.Top && !known[nameOf(k)] {
			fresh = append(fresh, *k)
		}
	}
	d.NewKeys = bigKeys(fresh, c.o.Top)
}

func (c *comparison) forecast(d *Diff) {
	f := &d.Forecast
	f.UsedBefore, f.UsedAfter, f.Basis = d.Old.Totals.PredictedUsedMemory, d.New.Totals.PredictedUsedMemory, "predicted"
	if f.UsedBefore == nil || f.UsedAfter == nil {
		f.UsedBefore, f.UsedAfter, f.Basis = d.Old.Totals.ReportedUsedMemory, d.New.Totals.ReportedUsedMemory, "reported"
	}
	limit := c.o.MaxMemory
	if limit == 0 {
		limit = c.after.config.Settings.MaxMemory
	}
	if limit > 0 {
		all := mulDiv(limit, int64(len(c.after.sources)), 1)
		f.MaxMemory = &all
	}
	if f.UsedBefore == nil || f.UsedAfter == nil {
		*f = Forecast{MaxMemory: f.MaxMemory}
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
		days = mulDiv(left, c.span, growth) / day
	}
	f.Days = &days
}

// models are the servers the sources of a summary were sized for.
func (s *Summary) models() []string {
	var out []string
	for i := range s.sources {
		x := &s.sources[i]
		out = append(out, x.Server+" "+x.Allocator)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *comparison) warn(d *Diff) {
	a, b := &c.before.config, &c.after.config
	if a.Tool != b.Tool {
		c.warnf("tool", "OLD was read by %s %s, NEW by %s %s: they may cut keys into patterns differently",
			escapeText(a.Tool.Name), escapeText(a.Tool.Version), escapeText(b.Tool.Name), escapeText(b.Tool.Version))
	}
	if x, y := c.before.models(), c.after.models(); !slices.Equal(x, y) {
		c.warnf("model", "OLD was sized for %v, NEW for %v: part of the change is the server's, --server sizes both for one", x, y)
	}
	if a.Settings != b.Settings || a.Cluster != b.Cluster {
		c.warnf("configuration", "the snapshots were sized with different server settings: part of the change is theirs")
	}
	if (a.Now == nil) != (b.Now == nil) || a.Now != nil && *a.Now != *b.Now {
		c.warnf("clock", "the snapshots were read with different clocks (--now)")
	}
	if d.PatternsCapped {
		c.warnf("patterns-capped", "there were more patterns than are kept apart: more of them than usual were merged into {*}")
	}
	for _, side := range []struct {
		name string
		s    *Summary
	}{{"OLD", c.before}, {"NEW", c.after}} {
		if side.s.Partial() {
			c.warnf("partial", "%s is PARTIAL: what could not be read looks vanished or new", side.name)
		}
	}
	if d.Forecast.MaxMemory != nil && len(c.after.sources) > 1 {
		c.warnf("maxmemory", "maxmemory is taken once for each of the %d sources of NEW: the fullest of them is full earlier", len(c.after.sources))
	}
	d.Warnings = slices.Concat([]Warning{}, c.warnings, c.before.sourceWarnings(), c.after.sourceWarnings())
}

// sourceWarnings are the warnings of the sources.
func (s *Summary) sourceWarnings() []Warning {
	return slices.DeleteFunc(s.warnings(), func(w Warning) bool { return w.Source == "" })
}
