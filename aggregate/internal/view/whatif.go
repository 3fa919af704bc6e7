package view

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/config"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/filter"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// whatIfBasis says what the figures mean.
const whatIfBasis = "after each server has loaded the dump with its settings; " +
	"CONFIG SET alone converts no key that exists: keys convert when they are loaded or written anew"

// NewWhatIf computes the final view of the scenarios and sweeps of a Config. It
// does not change s.
func NewWhatIf(s *state.Summary) *data.WhatIf {
	s = Effective(s)
	f, err := filter.Compile(&s.Config.Filters)
	totals := TotalsOf(s, err == nil && f.Active)
	w := &data.WhatIf{
		Schema: data.WhatIfSchema, Tool: s.Config.Tool, Partial: s.Partial(), Filters: s.Config.Filters, Basis: whatIfBasis,
		Model:   data.BaselineModel{Allocator: s.Config.Allocator.String(), Config: s.Config.Settings.Changed(), Cluster: s.Config.Cluster, Loaded: s.Config.Loaded},
		Sources: []data.Source{}, Scenarios: []data.ScenarioResult{}, Sweeps: []data.SweepResult{}, PatternsCapped: s.Keys.Capped, Warnings: Warnings(s),
		Baseline: data.Baseline{Keys: totals.Keys, Memory: totals.Memory, MemoryError: totals.MemoryError, Resident: totals.Resident, UsedMemory: totals.PredictedUsedMemory},
	}
	if s.Config.Now != nil {
		now := *s.Config.Now
		w.Now = &now
	}
	var servers []string
	for i := range s.Sources {
		w.Sources = append(w.Sources, NewSource(&s.Sources[i]))
		servers = append(servers, s.Sources[i].Server)
	}
	w.Model.Server = commonServer(servers)

	shown := naming.NewView(s)
	shown.Generalize()
	exact := shown.Rows()
	w.PatternsTotal = int64(len(exact))
	types := typeChanges(exact)
	shown.Fold(s.Config.Top)
	rows := shown.Rows()
	list, err := config.Trials(&s.Config)
	if err != nil {
		return w // they were checked when the sources were read
	}
	for i := range s.Config.Scenarios {
		w.Scenarios = append(w.Scenarios, scenario(s, i, &list[i], &totals, types, rows))
	}
	at := len(s.Config.Scenarios)
	for i := range s.Config.Sweeps {
		x := &s.Config.Sweeps[i]
		w.Sweeps = append(w.Sweeps, sweep(s, x, s.Keys.Trials.Trials[at:at+len(x.Values)], &totals))
		at += len(x.Values)
	}
	w.Warnings = append(w.Warnings, trialWarnings(s)...)
	return w
}

// commonServer is the line of all, MixedServers when they differ.
func commonServer(lines []string) string {
	lines = slices.Compact(slices.Sorted(slices.Values(lines)))
	switch len(lines) {
	case 0:
		return ""
	case 1:
		return lines[0]
	}
	return data.MixedServers
}

// scenario is the result of scenario i.
func scenario(s *state.Summary, i int, t *config.Trial, totals *data.Totals, types, rows []naming.Row) data.ScenarioResult {
	x, sum := &s.Config.Scenarios[i], &s.Keys.Trials.Trials[i]
	r := data.ScenarioResult{
		Name: keyname.EscapeText(x.Name), Settings: []data.Setting{}, Config: t.Settings.Changed(), Keys: totals.Keys, KeysChanged: sum.Changed(),
		MemoryBefore: totals.Memory, MemoryAfter: totals.Memory + sum.Delta, Saves: -sum.Delta, SavesError: sum.Error.Root(),
		SavesResident: -sum.DeltaResident, UsedMemoryBefore: totals.PredictedUsedMemory,
		ByType: []data.TypeOutcome{}, ByPattern: []data.PatternChange{}, Costs: costs(s, t, sum),
	}
	for _, c := range x.Settings {
		r.Settings = append(r.Settings, data.Setting{Name: keyname.EscapeText(c.Name), Value: keyname.EscapeText(c.Value)})
	}
	var servers []string
	var tables int64
	for j := range s.Sources {
		x := &s.Sources[j].Trials[i]
		servers = append(servers, x.Server)
		tables += x.Keyspace + x.Baseline
		r.Inexact = cmp.Or(r.Inexact, s.Sources[j].Inexact, unmeasured(x.Server))
	}
	r.Server = commonServer(servers)
	if totals.PredictedUsedMemory != nil {
		after := totals.Resident + sum.DeltaResident + tables
		saves := *totals.PredictedUsedMemory - after
		r.UsedMemoryAfter, r.SavesUsedMemory = &after, &saves
	}
	for j := range types {
		r.ByType = append(r.ByType, outcome(&types[j], i))
	}
	slices.SortStableFunc(r.ByType, func(a, b data.TypeOutcome) int { return compareChanges(&a, &b) })
	r.ByPattern = patternChanges(rows, i, s.Config.Top)
	return r
}

// unmeasured says why sizes of a line are not exact, "" for those that may be.
func unmeasured(line string) string {
	server, err := memory.ParseServer(line)
	if err != nil {
		return ""
	}
	return server.Unmeasured()
}

// typeChanges adds up the rows of each type.
func typeChanges(rows []naming.Row) []naming.Row {
	var out []naming.Row
	at := make(map[string]int)
	for i := range rows {
		j, ok := at[rows[i].Type]
		if !ok {
			j = len(out)
			at[rows[i].Type] = j
			out = append(out, naming.Row{Type: rows[i].Type, Stats: new(counters.Stats)})
		}
		out[j].Merge(rows[i].Stats)
	}
	slices.SortFunc(out, func(a, b naming.Row) int { return cmp.Compare(a.Type, b.Type) })
	return out
}

// compareChanges puts what changes most first.
func compareChanges(a, b *data.TypeOutcome) int {
	return cmp.Or(cmp.Compare(max(b.Saves, -b.Saves), max(a.Saves, -a.Saves)), cmp.Compare(b.KeysChanged, a.KeysChanged),
		cmp.Compare(b.MemoryBefore, a.MemoryBefore), strings.Compare(a.Type, b.Type))
}

// patternChanges returns the n rows that scenario i changes most, and the sum
// of the others.
func patternChanges(rows []naming.Row, i, n int) []data.PatternChange {
	type ranked struct {
		row *naming.Row
		data.TypeOutcome
	}
	all := make([]ranked, len(rows))
	for j := range rows {
		all[j] = ranked{&rows[j], outcome(&rows[j], i)}
	}
	slices.SortFunc(all, func(a, b ranked) int {
		return cmp.Or(compareChanges(&a.TypeOutcome, &b.TypeOutcome), a.row.Compare(b.row))
	})
	out := []data.PatternChange{}
	for _, x := range all[:min(n, len(all))] {
		out = append(out, data.PatternChange{Pattern: x.row.Pattern, Match: x.row.Match, TypeOutcome: x.TypeOutcome})
	}
	if len(all) > n {
		other := naming.Row{Type: "mixed", Stats: new(counters.Stats)}
		for _, x := range all[n:] {
			other.Merge(x.row.Stats)
		}
		out = append(out, data.PatternChange{Pattern: naming.OtherRow, Match: "", TypeOutcome: outcome(&other, i)})
	}
	return out
}

// outcome is what scenario i does to the keys of a row.
func outcome(r *naming.Row, i int) data.TypeOutcome {
	c := data.TypeOutcome{Type: r.Type, Keys: r.Keys, MemoryBefore: r.Memory, MemoryAfter: r.Memory,
		EncodingsBefore: make(map[string]int64), EncodingsAfter: make(map[string]int64)}
	after := r.Encodings
	if r.Effects != nil {
		e := &r.Effects[i]
		c.MemoryAfter += e.Delta
		c.Saves, c.SavesError, c.SavesResident, c.KeysChanged = -e.Delta, e.Error.Root(), -e.DeltaResident, e.Changed()
		for _, m := range e.Moves {
			after[m.From] -= m.Keys
			after[m.To] += m.Keys
		}
	}
	for e := range after {
		name := encodingName(memory.Encoding(e), r.Type)
		if n := r.Encodings[e]; n > 0 {
			c.EncodingsBefore[name] += n
		}
		if after[e] > 0 {
			c.EncodingsAfter[name] += after[e]
		}
	}
	return c
}

// costs are the rows of the types that a trial may change and that have packed
// values or change their encoding.
func costs(s *state.Summary, t *config.Trial, sum *counters.TrialState) []data.Cost {
	types := memory.AllTypes
	if t.Server == "" {
		types = s.Config.Settings.Differ(t.Settings)
	}
	out := []data.Cost{}
	for l := range parser.NumDataTypes {
		l := parser.DataType(l)
		if !types.Has(l) {
			continue
		}
		c := data.Cost{Type: l.String(), Before: s.Keys.Trials.Packed[l].NewPackedCost(), After: sum.Packed[l].NewPackedCost(), Conversions: []data.Conversion{}}
		for i := range sum.Conversions {
			x := &sum.Conversions[i]
			if x.Type == l {
				c.KeysChanged += x.Keys
				c.Conversions = append(c.Conversions, data.Conversion{
					From: x.From.String(), To: x.To.String(), Keys: x.Keys, MemoryBefore: x.Before, MemoryAfter: x.After, PackedCost: x.Packed.NewPackedCost(),
				})
			}
		}
		if c.Before.Keys+c.After.Keys+c.KeysChanged > 0 {
			out = append(out, c)
		}
	}
	return out
}

// sweep is the curve of one setting.
func sweep(s *state.Summary, x *data.Sweep, states []counters.TrialState, totals *data.Totals) data.SweepResult {
	r := data.SweepResult{Setting: x.Setting, Points: []data.SweepPoint{}}
	if v, ok := s.Config.Settings.Get(x.Setting); ok {
		r.InForce, _ = strconv.ParseInt(v, 10, 64) // a setting that is swept is a number
	}
	concerned := memory.SettingTypes(x.Setting)
	for l := range parser.NumDataTypes {
		if concerned.Has(parser.DataType(l)) {
			r.Type = parser.DataType(l).String()
		}
	}
	for i, v := range x.Values {
		t := &states[i]
		p := data.SweepPoint{Value: v, Memory: totals.Memory + t.Delta, Saves: -t.Delta, SavesError: t.Error.Root(),
			SavesResident: -t.DeltaResident, KeysChanged: t.Changed()}
		for l := range parser.NumDataTypes {
			if !concerned.Has(parser.DataType(l)) {
				continue
			}
			packed := &t.Packed[l]
			if v == r.InForce {
				packed = &s.Keys.Trials.Packed[l]
			}
			p.PackedCost = packed.NewPackedCost()
		}
		r.Points = append(r.Points, p)
	}
	if i := knee(r.Points); i >= 0 {
		r.Knee = &r.Points[i].Value
	}
	return r
}

// knee returns the point from which more of the setting brings less: the one
// farthest above the straight line from the first to the last (Satopää et al.,
// "Finding a Kneedle in a Haystack", 2011), the points taken as equally far
// apart; -1 when none is above it.
func knee(points []data.SweepPoint) int {
	n := len(points) - 1
	if n < 2 {
		return -1
	}
	first, rise := points[0].Saves, points[n].Saves-points[0].Saves
	best, above := -1, int64(0)
	for i := range points {
		if d := (points[i].Saves-first)*int64(n) - rise*int64(i); d > above {
			best, above = i, d
		}
	}
	return best
}

// trialWarnings are about scenarios and sweeps that ask for something odd.
func trialWarnings(s *state.Summary) []data.Warning {
	out := []data.Warning{}
	warn := func(code, format string, args ...any) {
		w := data.Warning{Code: code, Text: fmt.Sprintf(format, args...), Count: 1}
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	heeded := func(line, setting string) {
		server, err := memory.ParseServer(line)
		if err != nil {
			return // it was resolved when the source was read
		}
		if !server.Heeds(setting) {
			warn("no-effect", "%s has no effect on %s", setting, line)
		}
		if name := server.SettingName(setting); name != setting {
			warn("setting-name", "%s calls %s %s", line, setting, name)
		}
	}
	// What loading does not do and writing does.
	kept := func(setting string, lower bool) {
		switch {
		case setting == "list-max-listpack-size":
			warn("list-nodes", "list-max-listpack-size: loading keeps the nodes of a list as they were written; the setting decides whether a list of one node is a listpack, and shapes nodes only as lists are written anew")
		case setting == "list-compress-depth" && !lower:
			warn("list-compression", "list-compress-depth: an access beyond the nodes that stay uncompressed at either end decompresses a node, and a write there compresses it again; nodes that the dump holds uncompressed are taken as not compressible")
		case lower && strings.HasSuffix(setting, "-value"):
			warn("value-limit", "%s: loading holds packed values against the limit on entries only, not against a lower limit on their length; they are unpacked as they are written", setting)
		}
	}
	for i, x := range s.Config.Scenarios {
		for _, c := range x.Settings {
			name, ok := memory.CanonicalSetting(c.Name)
			if !ok {
				continue
			}
			after, _ := config.With(s.Config.Settings, []data.Setting{c})
			was, _ := s.Config.Settings.Get(name)
			is, _ := after.Get(name)
			kept(name, lessNumber(is, was))
			for j := range s.Sources {
				heeded(s.Sources[j].Trials[i].Server, name)
			}
			if is == was {
				warn("in-force", "scenario %s: %s is %s already", keyname.EscapeText(x.Name), name, keyname.EscapeText(c.Value))
			}
		}
		for j := range s.Sources {
			src := &s.Sources[j]
			server, err := memory.ParseServer(src.Trials[i].Server)
			if x.Server != "" && err == nil && !server.Loads(src.RDBVersion, strings.HasPrefix(src.Magic, "VALKEY")) {
				warn("not-loadable", "%s does not load a dump that begins with %s: its figures are those of the same data written there",
					server, keyname.EscapeText(src.Magic))
			}
		}
	}
	for _, x := range s.Config.Sweeps {
		was, _ := s.Config.Settings.Get(x.Setting)
		kept(x.Setting, slices.ContainsFunc(x.Values, func(v int64) bool { return lessNumber(strconv.FormatInt(v, 10), was) }))
		for j := range s.Sources {
			heeded(s.Sources[j].Server, x.Setting)
		}
	}
	return out
}

// lessNumber compares settings; words are not less than others.
func lessNumber(a, b string) bool {
	x, err := strconv.ParseInt(a, 10, 64)
	if err != nil {
		return false
	}
	y, err := strconv.ParseInt(b, 10, 64)
	return err == nil && x < y
}
