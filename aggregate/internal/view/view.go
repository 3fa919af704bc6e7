package view

import (
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/filter"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// NewReport computes the final view. It does not change s.
func NewReport(s *state.Summary) *data.Report {
	s = Effective(s)
	f, err := filter.Compile(&s.Config.Filters)
	filtered := err == nil && f.Active
	r := &data.Report{
		Schema: data.ReportSchema, Tool: s.Config.Tool, Partial: s.Partial(), Filters: s.Config.Filters,
		Blobs: "walked", Sources: []data.Source{}, ByType: []data.TypeRow{}, Patterns: []data.PatternRow{}, Groups: []data.PatternRow{},
		PatternsCapped: s.Keys.Capped, Separators: s.Config.Separators, Tree: []data.TreeRow{}, Sizes: []data.Percentile{}, Unknowable: unknowable(s), Warnings: Warnings(s),
	}
	if s.Config.Now != nil {
		now := *s.Config.Now
		r.Now = &now
	}
	for i := range s.Sources {
		if !s.Sources[i].Walked {
			r.Blobs = "header"
		}
		r.Sources = append(r.Sources, NewSource(&s.Sources[i]))
	}
	r.Totals = TotalsOf(s, filtered)
	r.Live = live(s, filtered)
	r.ByType = byType(s)
	r.ByDatabase, r.DatabasesTotal = byDatabase(s, s.Config.Top)
	var sizes sketch.Histogram
	for i := range s.Keys.Cells {
		sizes.Merge(&s.Keys.Cells[i].Sizes)
	}
	r.Sizes = percentiles(&sizes)
	r.Idle = idle(s)

	shown := naming.NewView(s)
	shown.Generalize()
	rows := shown.Rows()
	r.PatternsTotal = int64(len(rows))
	r.ElementsByType = elementsByType(rows)
	shown.Fold(s.Config.Top)
	rows = shown.Rows()
	var purposes *decided
	r.Facts, purposes = facts(s, shown, rows)
	r.Expiry = expiry(s, shown) // of the rows that are shown
	r.Tree = append(r.Tree, shown.Tree(keyname.NewSplitter(s.Config.Separators, 0), s.Keys.Totals.Memory)...)
	pure := shown.PurePatterns(&s.Config)
	for i := range rows { // sorted by facts, with their roles
		r.Groups = append(r.Groups, shownRow(&rows[i], pure, s.Keys.Totals.Memory))
	}
	rows = shown.NameHeavy(shown.Rows(), s)
	rows = shown.TopRows(rows, s.Config.Top)
	purposes.shown(rows)
	for i := range rows {
		r.Patterns = append(r.Patterns, shownRow(&rows[i], pure, s.Keys.Totals.Memory))
	}
	r.Warnings = append(append(r.Warnings, liveWarnings(s)...), miscounted(rows)...)
	r.Warnings = append(r.Warnings, Repeated(s)...)
	r.Biggest = BigKeys(s.Keys.Biggest, s.Config.Top)
	r.BiggestByElements = BigKeys(s.Keys.Longest, s.Config.Top)
	r.BiggestByType = BigKeys(biggestByType(s.Keys.Biggest, s.Config.Top), len(s.Keys.Biggest))
	usedMost(&r.Idle, &s.Keys.Named, s.Config.Top)
	r.LongestNames = BigKeys(s.Keys.Named.LongNames, s.Config.Top)
	r.Slots = slots(s)
	return r
}
