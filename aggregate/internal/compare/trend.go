package compare

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Statuses of a PatternTrend beside those of a DiffPattern.
const (
	trendAppeared = "appeared"
	trendGone     = "gone"
)

const (
	// trendLeast is how many snapshots make a trend.
	trendLeast = 3
	// ratePoints is of how many snapshots, spread over all, the rates between any two
	// are taken.
	ratePoints = 64
	// aheadSpans: a forecast goes no further than so many times what was seen.
	aheadSpans = 4
)

// aheadDays are the days of a forecast.
var aheadDays = [...]int64{7, 30, 90}

// ErrFewSnapshots says that a trend is asked of fewer than three snapshots.
var ErrFewSnapshots = errors.New("a trend takes three snapshots and more")

// NewTrend tells how snapshots follow each other, in the order in which they were
// written, whatever the order of the list. It refuses those whose keys were selected or
// grouped differently (ErrConfig). It changes none of them.
func NewTrend(list []*state.Summary, o data.DiffOptions) (*data.Trend, error) {
	if len(list) < trendLeast {
		return nil, fmt.Errorf("%w: %d given", ErrFewSnapshots, len(list))
	}
	for i, s := range list {
		if s == nil {
			return nil, fmt.Errorf("snapshot %d: %w", i+1, state.ErrNoSummary)
		}
		if m := incomparable(&list[0].Config, &s.Config); m != nil {
			return nil, fmt.Errorf("%w: %w", state.ErrConfig, m)
		}
	}
	if o.Top == 0 {
		o.Top = data.DefaultTop
	}
	if o.Top < 0 || o.MaxMemory < 0 {
		return nil, fmt.Errorf("options of a trend: Top %d, MaxMemory %d: want 0 or more", o.Top, o.MaxMemory)
	}
	if err := sourceTwice(list); err != nil {
		return nil, err
	}
	t := &trend{o: o}
	t.order(list)
	last := t.list[len(t.list)-1]
	d := &data.Trend{Schema: data.TrendSchema, Tool: last.Config.Tool, Filters: last.Config.Filters, Snapshots: []data.TrendSnapshot{}}
	for i, s := range t.list {
		x := side(s, t.times[i])
		d.Snapshots = append(d.Snapshots, data.TrendSnapshot{Ctime: x.Ctime, Partial: x.Partial, Sources: x.Sources, Totals: x.Totals})
		d.Partial = d.Partial || x.Partial
		d.PatternsCapped = d.PatternsCapped || s.Keys.Capped
	}
	if t.span > 0 {
		seconds := t.span / 1000
		d.SpanSeconds = &seconds
	}
	t.types(d)
	t.patterns(d)
	t.forecast(d)
	t.warn(d)
	return d, nil
}

// trend is one NewTrend under way.
type trend struct {
	o        data.DiffOptions
	list     []*state.Summary
	times    []*data.Time // of each snapshot; all nil when one is not known
	span     int64        // ms from the first to the last, 0 when not known
	warnings []data.Warning
}

func (t *trend) warnf(code, format string, args ...any) {
	t.warnings = append(t.warnings, data.Warning{Code: code, Text: fmt.Sprintf(format, args...), Count: 1})
}

// order sorts the snapshots by when they were written.
func (t *trend) order(list []*state.Summary) {
	t.list, t.times = slices.Clone(list), make([]*data.Time, len(list))
	written := make(map[*state.Summary]data.Time)
	for _, s := range list {
		var last int64
		for i := range s.Sources {
			if x := &s.Sources[i]; !x.HasCtime {
				t.warnf("no-ctime", "%s does not say when it was written: the snapshots are in the order in which they were given, and no rates are told", keyname.EscapeText(x.Name))
				return
			} else if x.Ctime > last {
				last = x.Ctime
			}
		}
		if len(s.Sources) == 0 {
			t.warnf("no-ctime", "a snapshot has no sources: no rates are told")
			return
		}
		written[s] = data.Time(last)
	}
	slices.SortStableFunc(t.list, func(a, b *state.Summary) int {
		return cmp.Or(cmp.Compare(written[a], written[b]), a.Sources[0].Compare(&b.Sources[0]))
	})
	for i, s := range t.list {
		at := written[s]
		t.times[i] = &at
		if i == 0 || *t.times[i-1] != at {
			continue
		}
		if before := t.list[i-1]; len(s.Sources) == 1 && len(before.Sources) == 1 && view.SameDump(&s.Sources[0], &before.Sources[0]) {
			t.warnf(view.CodeSameDump, "%s and %s are the same dump", keyname.EscapeText(before.Sources[0].Name), keyname.EscapeText(s.Sources[0].Name))
		} else {
			t.warnf("same-ctime", "%s and %s were written at the same time, %s", keyname.EscapeText(t.list[i-1].Sources[0].Name), keyname.EscapeText(s.Sources[0].Name), at)
		}
	}
	t.span = int64(*t.times[len(t.times)-1] - *t.times[0])
}

// sourceTwice refuses snapshots that have a source in common.
func sourceTwice(list []*state.Summary) error {
	var all []*state.SourceState
	for _, s := range list {
		for i := range s.Sources {
			all = append(all, &s.Sources[i])
		}
	}
	slices.SortFunc(all, (*state.SourceState).Compare)
	for i := 1; i < len(all); i++ {
		if all[i].Compare(all[i-1]) == 0 {
			return fmt.Errorf("%w: %s", state.ErrSameSource, keyname.EscapeText(all[i].Name))
		}
	}
	return nil
}

// course is how some figures went.
func (t *trend) course(sums []naming.SeriesSum) data.Course {
	c := data.Course{Keys: make([]int64, len(sums)), Memory: make([]int64, len(sums)), KeysWithoutTTL: make([]int64, len(sums)), MemoryWithoutTTL: make([]int64, len(sums))}
	for i, s := range sums {
		c.Keys[i], c.Memory[i], c.KeysWithoutTTL[i], c.MemoryWithoutTTL[i] = s.Keys, s.Memory, s.NoTTLKeys, s.NoTTLMemory
		if i == 0 {
			continue
		}
		switch {
		case s.Memory > sums[i-1].Memory:
			c.Rises++
		case s.Memory < sums[i-1].Memory:
			c.Falls++
		}
	}
	first, last := sums[0], sums[len(sums)-1]
	c.KeysChange, c.MemoryChange = last.Keys-first.Keys, last.Memory-first.Memory
	if first.Memory > 0 {
		r := data.Ratio(signed(c.MemoryChange, func(n int64) int64 { return sketch.MulDivHalf(n, 10000, first.Memory) }))
		c.MemoryRatio = &r
	}
	c.KeysPerDay, c.MemoryPerDay = t.rate(c.Keys), t.rate(c.Memory)
	return c
}

// rate is the median and the quartiles of the changes a day between any two snapshots,
// nil without times.
func (t *trend) rate(values []int64) *data.Rate {
	if t.span <= 0 || len(values) < 2 {
		return nil
	}
	var points []int
	for i := range min(len(values), ratePoints) {
		points = append(points, i*(len(values)-1)/(min(len(values), ratePoints)-1))
	}
	var slopes []int64
	for k, j := range points {
		for _, i := range points[:k] {
			if apart := int64(*t.times[j] - *t.times[i]); apart > 0 {
				slopes = append(slopes, signed(values[j]-values[i], func(n int64) int64 { return sketch.MulDivHalf(n, sketch.Day, apart) }))
			}
		}
	}
	slices.Sort(slopes)
	quartile := func(n int) int64 { return slopes[(len(slopes)*n+3)/4-1] } // nearest rank
	return &data.Rate{Median: quartile(2), Low: quartile(1), High: quartile(3)}
}

// types fills in totals and types.
func (t *trend) types(d *data.Trend) {
	all := make([]naming.SeriesSum, len(t.list))
	types := make(map[string][]naming.SeriesSum)
	for i, s := range t.list {
		for k := range s.Keys.Cells {
			c := &s.Keys.Cells[k]
			sum := naming.SeriesSum{Keys: c.Keys, Memory: c.Memory, NoTTLKeys: c.NoTTLKeys, NoTTLMemory: c.NoTTLMemory}
			if types[c.Type] == nil {
				types[c.Type] = make([]naming.SeriesSum, len(t.list))
			}
			types[c.Type][i].Add(sum)
			all[i].Add(sum)
		}
	}
	d.Totals = t.course(all)
	d.ByType = []data.TypeTrend{}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		d.ByType = append(d.ByType, data.TypeTrend{Type: name, Course: t.course(types[name])})
	}
	slices.SortStableFunc(d.ByType, func(a, b data.TypeTrend) int { return compareCourses(&a.Course, &b.Course) })
}

// compareCourses orders by the size of the change, then by what there is in the last and
// the first.
func compareCourses(x, o *data.Course) int {
	last, first := len(x.Memory)-1, 0
	return cmp.Or(cmp.Compare(sketch.Magnitude(o.MemoryChange), sketch.Magnitude(x.MemoryChange)), cmp.Compare(o.Memory[last], x.Memory[last]),
		cmp.Compare(o.Memory[first], x.Memory[first]), cmp.Compare(o.Keys[last], x.Keys[last]), cmp.Compare(o.Keys[first], x.Keys[first]))
}

func (t *trend) pattern(r *naming.SeriesRow) data.PatternTrend {
	p := data.PatternTrend{Pattern: r.Pattern, Match: r.Match, Type: r.Type, Course: t.course(r.Sums), Example: view.ExampleText(r.Example)}
	first, last := r.Sums[0], r.Sums[len(r.Sums)-1]
	switch {
	case last.Keys == 0:
		p.Status = trendGone
	case first.Keys == 0:
		p.Status = trendAppeared
	case p.MemoryChange > 0:
		p.Status = diffGrown
	case p.MemoryChange < 0:
		p.Status = diffShrunk
	default:
		p.Status = diffSame
	}
	// As in a comparison, and it must have risen more often than not, and fallen at most
	// once in four.
	grown := last.NoTTLMemory - first.NoTTLMemory
	steps := int64(len(r.Sums) - 1)
	p.Leak = grown > 0 && grown >= first.NoTTLMemory/leakGrowth && grown >= t.list[len(t.list)-1].Keys.Totals.Memory/leakShare &&
		p.Rises*2 > steps && p.Falls*4 <= steps
	return p
}

func comparePatternTrends(p, o *data.PatternTrend) int {
	return cmp.Or(compareCourses(&p.Course, &o.Course), cmp.Compare(p.Pattern, o.Pattern), cmp.Compare(p.Type, o.Type), cmp.Compare(p.Match, o.Match))
}

// patterns fills in what is said by pattern, as that of a comparison.
func (t *trend) patterns(d *data.Trend) {
	series := naming.NewSeries(t.list)
	series.Generalize()
	rows := series.Rows()
	for i := range rows {
		d.All = append(d.All, t.pattern(&rows[i]))
	}
	slices.SortFunc(d.All, func(a, b data.PatternTrend) int { return comparePatternTrends(&a, &b) })
	d.PatternsTotal = int64(len(d.All))
	pick := func(want func(p *data.PatternTrend) bool) (out []data.PatternTrend, n int64) {
		out = []data.PatternTrend{}
		for i := range d.All {
			if !want(&d.All[i]) {
				continue
			}
			if n++; len(out) < t.o.Top {
				out = append(out, d.All[i])
			}
		}
		return out, n
	}
	d.Appeared, d.AppearedTotal = pick(func(p *data.PatternTrend) bool { return p.Status == trendAppeared })
	d.Gone, d.GoneTotal = pick(func(p *data.PatternTrend) bool { return p.Status == trendGone })
	d.LeakSuspects, d.LeakSuspectsTotal = pick(func(p *data.PatternTrend) bool { return p.Leak })
	if n := t.o.Top; len(d.All) > n {
		if least := sketch.Magnitude(d.All[n-1].MemoryChange); least > 0 {
			series.FoldSmaller(int64(min(least, 1<<63-1)))
			rows = series.Rows()
		}
	}
	d.Patterns = t.shown(rows)
}

// shown sorts rows, keeps some and adds up the others.
func (t *trend) shown(rows []naming.SeriesRow) []data.PatternTrend {
	type shownRow struct {
		data.PatternTrend
		at int
	}
	list := make([]shownRow, len(rows))
	for i := range rows {
		list[i] = shownRow{t.pattern(&rows[i]), i}
	}
	slices.SortFunc(list, func(a, b shownRow) int { return comparePatternTrends(&a.PatternTrend, &b.PatternTrend) })
	out := []data.PatternTrend{}
	rest := make([]naming.SeriesSum, len(t.list))
	for i, r := range list {
		if i < t.o.Top {
			out = append(out, r.PatternTrend)
			continue
		}
		for k, s := range rows[r.at].Sums {
			rest[k].Add(s)
		}
	}
	if len(list) > t.o.Top {
		out = append(out, data.PatternTrend{Pattern: naming.OtherRow, Type: "mixed", Status: diffOther, Course: t.course(rest)})
	}
	return out
}

// usedBy returns a figure of each snapshot, nil when one does not have it.
func usedBy(d *data.Trend, of func(t *data.Totals) *int64) []int64 {
	var out []int64
	for i := range d.Snapshots {
		n := of(&d.Snapshots[i].Totals)
		if n == nil {
			return nil
		}
		out = append(out, *n)
	}
	return out
}

func (t *trend) forecast(d *data.Trend) {
	f := &d.Forecast
	f.Used, f.Ahead, f.Basis = []int64{}, []data.TrendAhead{}, ""
	last := t.list[len(t.list)-1]
	limit := t.o.MaxMemory
	if limit == 0 {
		limit = last.Config.Settings.MaxMemory
	}
	if limit > 0 {
		all := sketch.MulDiv(limit, int64(len(last.Sources)), 1)
		f.MaxMemory = &all
	}
	if d.Partial {
		return // it would be of fewer keys than were saved
	}
	for _, b := range []struct {
		name string
		of   func(t *data.Totals) *int64
	}{
		{"predicted", func(t *data.Totals) *int64 { return t.PredictedUsedMemory }},
		{"reported", func(t *data.Totals) *int64 { return t.ReportedUsedMemory }},
		{"memory", func(t *data.Totals) *int64 { return &t.Memory }},
	} {
		if b.name == "reported" && d.Filters.Any() {
			continue // that of all keys
		}
		if used := usedBy(d, b.of); used != nil {
			f.Used, f.Basis = used, b.name
			break
		}
	}
	if f.PerDay = t.rate(f.Used); f.PerDay == nil {
		return
	}
	now, at := f.Used[len(f.Used)-1], *t.times[len(t.times)-1]
	for _, days := range aheadDays {
		if days*sketch.Day <= aheadSpans*t.span {
			f.Ahead = append(f.Ahead, data.TrendAhead{Days: days, At: at + data.Time(days*sketch.Day), Used: ahead(now, f.PerDay.Median, days), Low: ahead(now, f.PerDay.Low, days), High: ahead(now, f.PerDay.High, days)})
		}
	}
	if f.MaxMemory == nil || f.Basis == "memory" {
		return
	}
	left := *f.MaxMemory - now
	f.Reached = &data.TrendReached{Days: daysTo(left, f.PerDay.Median), Earliest: daysTo(left, f.PerDay.High), Latest: daysTo(left, f.PerDay.Low)}
}

// ahead is a figure some days later, bytes; never below zero.
func ahead(now, perDay, days int64) int64 {
	return max(0, now+signed(perDay, func(n int64) int64 { return min(sketch.MulDiv(n, days, 1), 1<<62) }))
}

// daysTo is after how many days left bytes are used up, nil for never.
func daysTo(left, perDay int64) *int64 {
	var days int64
	switch {
	case left <= 0:
	case perDay <= 0:
		return nil
	default:
		days = left / perDay
	}
	return &days
}

func (t *trend) warn(d *data.Trend) {
	first := t.list[0]
	for i, s := range t.list {
		name := fmt.Sprintf("snapshot %d", i+1)
		if len(s.Sources) > 0 {
			name = keyname.EscapeText(s.Sources[0].Name)
		}
		if s.Config.Tool != first.Config.Tool {
			t.warnf("tool", "%s was read by another version of the program: it may cut keys into patterns differently", name)
		}
		if a, b := models(first), models(s); !slices.Equal(a, b) {
			t.warnf("model", "%s was sized for %v, the first snapshot for %v: part of the change is the server's", name, b, a)
		}
		if s.Config.Settings != first.Config.Settings || s.Config.Cluster != first.Config.Cluster {
			t.warnf("configuration", "%s was sized with other server settings than the first snapshot: part of the change is theirs", name)
		}
		if len(s.Sources) != len(first.Sources) {
			t.warnf("sources", "%s is a snapshot of %d sources, the first one of %d: what has no counterpart looks new or gone", name, len(s.Sources), len(first.Sources))
		}
		if s.Partial() {
			t.warnf("partial", "%s is PARTIAL: what could not be read looks gone or new", name)
		}
		t.warnings = append(t.warnings, view.Repeated(s)...)
	}
	if d.SpanSeconds != nil && t.span < shortSpan {
		t.warnf("short-span", "the snapshots were written within %d s: rates a day say little of a day", t.span/1000)
	}
	if d.PatternsCapped {
		t.warnf("patterns-capped", "there were more patterns than are kept apart: more of them than usual were merged into {*}")
	}
	if last := t.list[len(t.list)-1]; d.Forecast.MaxMemory != nil && len(last.Sources) > 1 {
		t.warnf("maxmemory", "maxmemory is taken once for each of the %d sources of a snapshot: the fullest of them is full earlier", len(last.Sources))
	}
	d.Warnings = append([]data.Warning{}, t.warnings...)
	for _, s := range t.list {
		d.Warnings = append(d.Warnings, sourceWarnings(s)...)
	}
}
