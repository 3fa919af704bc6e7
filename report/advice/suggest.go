package advice

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
)

// Options select and tune rules.
type Options struct {
	Ignore []string // rule IDs or names to leave out, in any case
	// Thresholds replace those of rules, by ID and name, in the threshold's unit.
	Thresholds map[string]map[string]int64
	// MaxMemory and RAM are those of the server, bytes; 0 when not known.
	MaxMemory, RAM int64
}

// Suggest is Advise without the sums of classes.
func Suggest(r *aggregate.Report, o Options) (s []Suggestion, together *int64) {
	a := Advise(r, o)
	return a.Suggestions, a.Together
}

// Advise applies every rule to a report, biggest saving first.
//
// The order is total: by saving, then ID, then pattern, then title; it does not
// depend on the order of the report's rows. A report with a source whose
// checksum is wrong gets no suggestions: its figures may be invented.
func Advise(r *aggregate.Report, o Options) Advice {
	a := Advice{Suggestions: []Suggestion{}, Classes: []ClassSum{}}
	if r.Facts.ChecksumBad {
		return a
	}
	in := newInput(r)
	in.maxMemory, in.ram = o.MaxMemory, o.RAM
	var found []finding
	for i := range rules {
		if o.ignores(&rules[i].RuleInfo) {
			continue
		}
		fs := rules[i].apply(in, limits(o.limits(&rules[i].RuleInfo)))
		for j := range fs {
			fs[j].ID, fs[j].Rule, fs[j].Class = rules[i].ID, rules[i].Name, rules[i].Class
			fs[j].Hint = rules[i].hint && fs[j].Saves == nil
			if fs[j].Risk == "" {
				fs[j].Risk = rules[i].Risk
			}
		}
		slices.SortFunc(fs, compareFindings)
		fs = fs[:min(len(fs), maxPerRule)]
		for j := range fs {
			in.KeysFile = keysFile(&fs[j].Suggestion)
			fs[j].Action = fs[j].act()
			in.share(&fs[j].Suggestion)
		}
		found = append(found, fs...)
	}
	slices.SortFunc(found, compareFindings)
	for i := range found {
		found[i].Shares = in.sharesOf(&found[i])
		a.Suggestions = append(a.Suggestions, found[i].Suggestion)
	}
	a.Together, a.Classes, a.Headroom = combine(in, found), in.classes(found), in.headroom(o)
	return a
}

// keysFile returns the name of the file that an action lists keys in.
func keysFile(s *Suggestion) string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %s", s.Pattern, s.Title)
	return fmt.Sprintf("rdblens-%s-%08x.txt", s.ID, h.Sum32())
}

// share fills in what a saving is of all.
func (in *input) share(s *Suggestion) {
	if s.Saves != nil && *s.Saves >= 0 && in.total > 0 {
		r := aggregate.RatioOf(*s.Saves, in.total)
		s.SavesShare = &r
	}
	used := in.Totals.ReportedUsedMemory
	if used == nil {
		used = in.Totals.PredictedUsedMemory
	}
	if s.SavesUsedMemory != nil && *s.SavesUsedMemory >= 0 && used != nil && *used > 0 && !in.Filtered() {
		r := aggregate.RatioOf(*s.SavesUsedMemory, *used)
		s.SavesUsedMemoryShare = &r
	}
}

func (o Options) ignores(info *RuleInfo) bool {
	return slices.ContainsFunc(o.Ignore, func(name string) bool {
		name = strings.TrimSpace(name)
		return strings.EqualFold(name, info.ID) || strings.EqualFold(name, info.Name)
	})
}

func compareFindings(a, b finding) int {
	return cmp.Or(
		cmp.Compare(b.rank(), a.rank()),
		cmp.Compare(a.ID, b.ID),
		cmp.Compare(a.Pattern, b.Pattern),
		cmp.Compare(a.Title, b.Title),
	)
}
