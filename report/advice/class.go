package advice

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate"
)

// Class is who acts on a suggestion.
type Class string

// The classes.
const (
	ClassSettings Class = "settings" // the server's configuration
	ClassCleanUp  Class = "clean-up" // keys that can go, get a TTL or be trimmed
	ClassCode     Class = "code"     // what clients write
	ClassWatch    Class = "watch"    // nobody, or not for bytes: a risk to know of
)

// classesThatSave are in the order in which they are acted on: the cheapest first.
var classesThatSave = [...]Class{ClassSettings, ClassCleanUp, ClassCode}

// Setting is a change of the server's configuration.
type Setting struct {
	Name string `json:"name"`
	Now  int64  `json:"value_now"`
	To   int64  `json:"value_new"`
}

// ClassSum is what the suggestions of one class come to.
type ClassSum struct {
	Class       Class  `json:"class"`
	Suggestions int64  `json:"suggestions"` // those that save
	Saves       *int64 `json:"saves_bytes"` // together, no byte counted twice; nil when none saves
	// Settings are those of its suggestions, set together; empty in other classes.
	Settings []Setting `json:"settings"`
}

// Headroom is how near the server is to its limit.
type Headroom struct {
	Used      int64           `json:"used_memory_bytes"`
	Basis     string          `json:"basis"` // "live" (INFO), "reported" or "predicted"
	MaxMemory int64           `json:"maxmemory_bytes"`
	Share     aggregate.Ratio `json:"share"` // used of maxmemory
	// Over is what is above the first line of rule R23, 70 % of maxmemory, in bytes;
	// 0 or less: so much may be added.
	Over int64           `json:"over_line_1_bytes"`
	Line aggregate.Ratio `json:"line_1"`
}

// Advice is all that the rules say of a report.
type Advice struct {
	Suggestions []Suggestion
	// Together is what all suggestions save without counting a byte twice, nil when
	// none saves.
	Together *int64
	Classes  []ClassSum // those with suggestions that save
	Headroom *Headroom  // nil when maxmemory is not known, or used_memory is of several servers
}

// classes sums up findings by class.
func (in *input) classes(found []finding) []ClassSum {
	out := []ClassSum{}
	for _, class := range classesThatSave {
		var mine []finding
		sum := ClassSum{Class: class, Settings: []Setting{}}
		for i := range found {
			f := &found[i]
			if f.Class != class || f.Saves == nil {
				continue
			}
			mine = append(mine, *f)
			for _, s := range f.Settings {
				if !slices.ContainsFunc(sum.Settings, func(have Setting) bool { return have.Name == s.Name }) {
					sum.Settings = append(sum.Settings, s)
				}
			}
		}
		if len(mine) == 0 {
			continue
		}
		sum.Suggestions, sum.Saves = int64(len(mine)), combine(in, mine)
		out = append(out, sum)
	}
	return out
}

// limit is the maxmemory that is known, bytes; 0 for none.
func (in *input) limit() int64 {
	if in.maxMemory > 0 {
		return in.maxMemory
	}
	return in.Facts.Settings["maxmemory"]
}

// used is used_memory of a single server in bytes, 0 where it is not known, and where
// the figure is from.
func (in *input) used() (bytes int64, basis string) {
	switch {
	case len(in.Sources) != 1:
		return 0, ""
	case in.Live != nil && in.Live.UsedMemory > 0:
		return in.Live.UsedMemory - in.Live.NotCounted, "live"
	case in.Totals.ReportedUsedMemory != nil:
		return *in.Totals.ReportedUsedMemory, "reported"
	case in.Totals.PredictedUsedMemory != nil:
		return *in.Totals.PredictedUsedMemory, "predicted"
	}
	return 0, ""
}

// headroomLine is the name of the first line of rule R23.
const headroomLine = "line-1"

func (in *input) headroom(o Options) *Headroom {
	limit := in.limit()
	used, basis := in.used()
	if limit <= 0 || used <= 0 {
		return nil
	}
	line := limits(o.limits(&headroom.RuleInfo)).get(headroomLine)
	return &Headroom{
		Used: used, Basis: basis, MaxMemory: limit, Share: aggregate.RatioOf(used, limit),
		Over: used - aggregate.MulDiv(limit, line, 10_000), Line: aggregate.Ratio(line),
	}
}

// urgency is the order of what does not save: what stops a server first.
var urgency = []string{"R23", "R06", "R30", "R01", "R32", "R08", "R25", "R24", "R26", "R33"}

// Watched returns the suggestions that save nothing and are more than hints, the most
// urgent first.
func Watched(list []Suggestion) []Suggestion {
	rank := func(s *Suggestion) int {
		if at := slices.Index(urgency, s.ID); at >= 0 {
			return at
		}
		return len(urgency)
	}
	var out []Suggestion
	for i := range list {
		if list[i].Saves == nil && !list[i].Hint {
			out = append(out, list[i])
		}
	}
	slices.SortStableFunc(out, func(a, b Suggestion) int { return cmp.Compare(rank(&a), rank(&b)) })
	return out
}

// Saving returns the suggestions of a class that save, in the order of the list.
func Saving(list []Suggestion, class Class) []Suggestion {
	var out []Suggestion
	for i := range list {
		if list[i].Class == class && list[i].Saves != nil {
			out = append(out, list[i])
		}
	}
	return out
}
