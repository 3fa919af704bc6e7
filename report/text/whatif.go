package text

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/units"
)

// whatIfSections are the parts of the comparison in their order; types,
// patterns and costs come for each scenario in turn.
var whatIfSections = []string{"health", "scenarios", "types", "patterns", "costs", "sweeps", "warnings"}

// WhatIfSections returns the names that Options.Sections may hold for a
// comparison.
func WhatIfSections() []string { return slices.Clone(whatIfSections) }

// WriteWhatIf writes the comparison for a terminal, in the manner and with
// the promises of WriteReport.
func WriteWhatIf(w io.Writer, x *aggregate.WhatIf, o Options) error {
	for _, s := range o.Sections {
		if !slices.Contains(whatIfSections, s) {
			return fmt.Errorf("unknown section %q: the sections are %s", s, strings.Join(whatIfSections, ", "))
		}
	}
	t := &whatIfText{newPage(o), x}
	t.banner(x.Partial, x.Sources)
	if len(o.Sections) == 0 {
		t.section("", t.verdict)
	}
	t.section("health", t.health)
	t.section("scenarios", t.overview)
	for i := range x.Scenarios {
		t.scenario(&x.Scenarios[i])
	}
	for i := range x.Sweeps {
		t.section("sweeps", func() { t.sweep(&x.Sweeps[i]) })
	}
	if len(x.Warnings) > 0 || t.selected("warnings") {
		t.section("warnings", func() { t.warnings(x.Warnings) })
	}
	if t.err != nil {
		return t.err
	}
	// No blank line at the end.
	_, err := w.Write(append(bytes.TrimRight(t.out.Bytes(), "\n"), '\n'))
	return err
}

// whatIfText is the text of a what-if.
type whatIfText struct {
	*page
	x *aggregate.WhatIf
}

// section writes a part if it is wanted, with a blank line behind it.
func (t *whatIfText) section(name string, write func()) {
	if t.err != nil || len(t.o.Sections) > 0 && !t.selected(name) {
		return
	}
	before := t.out.Len()
	write()
	if t.out.Len() > before {
		t.blank()
	}
}

// health says which keys are compared and with which server.
func (t *whatIfText) health() {
	t.subject(&subject{t.x.Sources, &t.x.Filters, units.Plural(t.x.Baseline.Keys, "key"), false, len(t.x.Warnings)})
}

// gain is a saving; what is lost has a minus.
func (t *whatIfText) gain(n int64) string {
	if n == 0 {
		return "-"
	}
	return t.size(n)
}

// optional is a figure that may not be known.
func (t *whatIfText) optional(n *int64) string {
	if n == nil {
		return ""
	}
	return t.size(*n)
}

// overview is a line for each scenario.
func (t *whatIfText) overview() {
	x := t.x
	rows := [][]string{{"  as it is", t.clean(x.Model.Server), t.size(x.Baseline.Memory), "", "", t.optional(x.Baseline.UsedMemory), "", ""}}
	for i := range x.Scenarios {
		s := &x.Scenarios[i]
		used := ""
		if s.SavesUsedMemory != nil {
			used = t.gain(*s.SavesUsedMemory)
		}
		rows = append(rows, []string{"  " + t.name(s.Name), t.clean(s.Server), t.size(s.MemoryAfter), t.gain(s.Saves), share(s.Saves, s.MemoryBefore),
			t.optional(s.UsedMemoryAfter), used, t.count(s.KeysChanged)})
	}
	t.table([]column{{title: "SCENARIO", min: 16, wrap: true}, {title: "server", drop: 3}, {title: "memory", right: true}, {title: "saves", right: true},
		{right: true, drop: 2}, {title: "used_memory", right: true, drop: 1}, {title: "saves", right: true, drop: 1}, {title: "keys change", right: true, drop: 4}}, rows)
	if x.Basis != "" {
		t.paragraph("  ", t.clean(x.Basis)+".")
	}
	if slices.ContainsFunc(x.Scenarios, func(s aggregate.ScenarioResult) bool { return s.Server != x.Model.Server }) {
		t.paragraph("  ", "Lines do not count alike in MEMORY USAGE, which memory adds up: between lines used_memory is the one to compare.")
	}
	if x.Baseline.UsedMemory == nil {
		t.paragraph("  ", "used_memory is not predicted for a part of a dataset: under filters, or when a source is not whole")
	}
}

// fewVerdicts is how many scenarios the verdict names.
const fewVerdicts = 3

// verdict says what the scenarios come to, the best first, and where curves bend.
func (t *whatIfText) verdict() {
	best := make([]*aggregate.ScenarioResult, 0, len(t.x.Scenarios))
	for i := range t.x.Scenarios {
		best = append(best, &t.x.Scenarios[i])
	}
	// Between lines used_memory is the one to compare.
	gain := func(s *aggregate.ScenarioResult) int64 {
		if s.SavesUsedMemory != nil {
			return *s.SavesUsedMemory
		}
		return s.Saves
	}
	slices.SortStableFunc(best, func(a, b *aggregate.ScenarioResult) int { return cmp.Compare(gain(b), gain(a)) })
	for i, s := range best {
		if i == fewVerdicts {
			t.line(t.ellipsis + " " + units.Plural(int64(len(best)-i), "more scenario"))
			break
		}
		what := t.outcome(s)
		if n := s.SavesUsedMemory; n != nil && *n != 0 {
			used := t.sizeWithUnit(max(*n, -*n)) + " less used_memory"
			if *n < 0 {
				used = t.sizeWithUnit(-*n) + " more used_memory"
			}
			if s.Server != t.x.Model.Server {
				what = used // the only figure that means something between lines
			} else {
				what += "; " + used
			}
		}
		text := t.name(s.Name) + ": " + what
		for j, line := range breakLines(text, t.width-2) {
			if j == 0 {
				t.heading(line)
			} else {
				t.line("  " + line)
			}
		}
	}
	for i := range t.x.Sweeps {
		x := &t.x.Sweeps[i]
		if x.Knee == nil {
			continue
		}
		at := slices.IndexFunc(x.Points, func(p aggregate.SweepPoint) bool { return p.Value == *x.Knee })
		if at < 0 {
			continue
		}
		t.flow("", 2, " ", t.name(x.Setting)+": the knee of the curve is "+strconv.FormatInt(*x.Knee, 10)+",", "which saves "+t.gain(x.Points[at].Saves), "("+strconv.FormatInt(x.InForce, 10)+" in force)")
	}
}

// outcome is what a scenario does, in words.
func (t *whatIfText) outcome(s *aggregate.ScenarioResult) string {
	what := "saves " + t.sizeWithUnit(s.Saves)
	if s.Saves < 0 {
		what = "costs " + t.sizeWithUnit(-s.Saves)
	}
	if p := units.Percent(max(s.Saves, -s.Saves), s.MemoryBefore); p != "" && s.Saves != 0 {
		what += " (" + p + ")"
	}
	switch {
	case s.Saves == 0 && s.KeysChanged == 0:
		what = "changes no key"
	case s.Inexact != "":
		what += ", not exact: " + t.clean(s.Inexact)
	case s.SavesError > 0:
		what += ", within " + t.sizeWithUnit(s.SavesError)
	default:
		what += ", exact for this dump"
	}
	return what
}

// scenario writes what one scenario does.
func (t *whatIfText) scenario(s *aggregate.ScenarioResult) {
	parts := []string{"types", "patterns", "costs"}
	if len(t.o.Sections) > 0 && !slices.ContainsFunc(parts, t.selected) {
		return
	}
	what := t.outcome(s)
	name := t.name(s.Name)
	if !strings.HasPrefix(s.Name, s.Server) {
		name += onServer(t, s.Server)
	}
	for _, line := range breakLines(name+": "+what, t.width) {
		t.heading(line)
	}
	t.section("types", func() { t.byType(s) })
	t.section("patterns", func() { t.byPattern(s) })
	t.section("costs", func() { t.costs(s) })
}

// share is a saving in per cent, empty when there is none.
func share(saves, before int64) string {
	if saves == 0 {
		return ""
	}
	return units.Percent(saves, before)
}

// changes reports whether a scenario does anything to a row; the others are left
// out, a scenario touches few patterns.
func changes(c *aggregate.TypeOutcome) bool { return c.Saves != 0 || c.KeysChanged != 0 }

// outcomeRow is the cells of outcomeColumns.
func (t *whatIfText) outcomeRow(name, typ string, c *aggregate.TypeOutcome) []string {
	return []string{"  " + name, typ, t.count(c.Keys), t.count(c.KeysChanged), t.size(c.MemoryBefore), t.size(c.MemoryAfter), t.gain(c.Saves), share(c.Saves, c.MemoryBefore),
		t.encodingsOf(c)}
}

// encodingsOf shows the encodings before and, where they differ, after.
func (t *whatIfText) encodingsOf(c *aggregate.TypeOutcome) string {
	if c.Type == "mixed" {
		return ""
	}
	before := t.encodings(c.EncodingsBefore, c.Keys)
	if maps.Equal(c.EncodingsBefore, c.EncodingsAfter) {
		return before
	}
	return before + " -> " + t.encodings(c.EncodingsAfter, c.Keys)
}

// outcomeColumns are those of types and of patterns, which differ in their heads.
func outcomeColumns(title, typ string) []column {
	return []column{{title: title, min: 16}, {title: typ, drop: 4}, {title: "keys", right: true, drop: 3}, {title: "change", right: true, drop: 2},
		{title: "before", right: true}, {title: "after", right: true}, {title: "saves", right: true}, {right: true, drop: 1}, {title: "encodings", min: 24, drop: 5, wrap: true}}
}

// byType shows what becomes of each type.
func (t *whatIfText) byType(s *aggregate.ScenarioResult) {
	var rows [][]string
	for i := range s.ByType {
		if c := &s.ByType[i]; changes(c) {
			rows = append(rows, t.outcomeRow(t.clean(c.Type), "", c))
		}
	}
	if len(rows) > 0 {
		t.table(outcomeColumns("BY TYPE", ""), rows)
	}
}

// byPattern shows what becomes of each pattern, those first that change most.
func (t *whatIfText) byPattern(s *aggregate.ScenarioResult) {
	var rows [][]string
	for i := range s.ByPattern {
		if c := &s.ByPattern[i]; changes(&c.TypeOutcome) {
			rows = append(rows, t.outcomeRow(t.name(c.Pattern), t.clean(c.Type), &c.TypeOutcome))
		}
	}
	if len(rows) > 0 {
		t.table(outcomeColumns("BY PATTERN", "type"), rows)
	}
}

// costs says what the packed values cost that a scenario makes or leaves.
func (t *whatIfText) costs(s *aggregate.ScenarioResult) {
	var rows [][]string
	row := func(typ, what string, keys int64, saves string, p *aggregate.PackedCost) {
		r := []string{"  " + typ, what, t.count(keys), saves, "", "", ""}
		if p.Keys > 0 {
			r[4], r[5], r[6] = t.size(p.Longest), units.Grouped(p.ScannedMax), elements(p.ScannedMean)
		}
		rows = append(rows, r)
	}
	for i := range s.Costs {
		c := &s.Costs[i]
		if c.KeysChanged == 0 && c.Before == c.After {
			continue
		}
		for j := range c.Conversions {
			x := &c.Conversions[j]
			row(t.clean(c.Type), t.clean(x.From)+" -> "+t.clean(x.To), x.Keys, t.gain(x.MemoryBefore-x.MemoryAfter), &x.PackedCost)
		}
		if c.Before == c.After {
			continue
		}
		if c.Before.Keys > 0 {
			row(t.clean(c.Type), "all packed, before", c.Before.Keys, "", &c.Before)
		}
		if c.After.Keys > 0 {
			row(t.clean(c.Type), "all packed, after", c.After.Keys, "", &c.After)
		}
	}
	if len(rows) == 0 {
		return
	}
	t.table([]column{{title: "COST", min: 10}, {min: 18}, {title: "keys", right: true, drop: 3}, {title: "saves", right: true, drop: 4},
		{title: "longest", right: true}, {title: "scanned at most", right: true}, {title: "on average", right: true, drop: 1}}, rows)
	t.paragraph("  ", "longest: bytes of the longest packed value or list node, which a write moves; scanned: elements passed to find one of a packed value, bisection steps for an intset")
}

// elements returns a mean number of elements with one decimal.
func elements(r aggregate.Ratio) string {
	n := (int64(r) + 500) / 1000
	return units.Grouped(n/10) + "." + strconv.FormatInt(n%10, 10)
}

// sweep draws the curve of a setting.
func (t *whatIfText) sweep(x *aggregate.SweepResult) {
	var least, most int64
	for i := range x.Points {
		least, most = min(least, x.Points[i].Saves), max(most, x.Points[i].Saves)
	}
	var rows [][]string
	for i := range x.Points {
		p := &x.Points[i]
		var marks []string
		if p.Value == x.InForce {
			marks = append(marks, "in force")
		}
		if x.Knee != nil && p.Value == *x.Knee {
			marks = append(marks, "knee")
		}
		r := []string{"  " + strconv.FormatInt(p.Value, 10), strings.Join(marks, ", "), t.size(p.Memory), t.gain(p.Saves), t.bar(p.Saves-least, most-least, 20),
			t.count(p.KeysChanged), "", "", ""}
		if p.Keys > 0 {
			r[6], r[7], r[8] = t.size(p.Longest), units.Grouped(p.ScannedMax), elements(p.ScannedMean)
		}
		rows = append(rows, r)
	}
	t.heading("SWEEP of " + t.clean(x.Setting) + onServer(t, t.x.Model.Server))
	t.table([]column{{title: "  value"}, {}, {title: "memory", right: true}, {title: "saves", right: true}, {drop: 4}, {title: "keys change", right: true, drop: 3},
		{title: "longest", right: true, drop: 2}, {title: "scanned at most", right: true, drop: 2}, {title: "on average", right: true, drop: 5}}, rows)
	switch {
	case most == least:
		t.paragraph("  ", "no value changes anything here")
	case x.Knee == nil:
		t.paragraph("  ", "the curve has no knee: it does not flatten within these values")
	}
}

// onServer names a server in a heading, unless it is not known.
func onServer(t *whatIfText, server string) string {
	if server == "" {
		return ""
	}
	return " on " + t.clean(server)
}
