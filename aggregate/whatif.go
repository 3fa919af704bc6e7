package aggregate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// WhatIfSchema names the JSON of a comparison; fields may be added, never changed.
const WhatIfSchema = "rdblens.whatif/1"

// WhatIf is the same keys on other servers or under other settings, as plain
// data. All sizes are bytes; saves is before minus after. Slices and maps are
// never nil.
type WhatIf struct {
	Schema         string           `json:"schema"`
	Tool           Tool             `json:"tool"`
	Partial        bool             `json:"partial"`
	Now            *Time            `json:"now,omitempty"` // explicit --now only
	Filters        Filters          `json:"filters"`
	Basis          string           `json:"basis"` // what the figures mean
	Model          BaselineModel    `json:"model"`
	Sources        []Source         `json:"sources"`
	Baseline       Baseline         `json:"baseline"`
	Scenarios      []ScenarioResult `json:"scenarios"`
	Sweeps         []SweepResult    `json:"sweeps"`
	PatternsTotal  int64            `json:"patterns_total"` // distinct (pattern, type) before folding
	PatternsCapped bool             `json:"patterns_capped"`
	Warnings       []Warning        `json:"warnings"`
}

// MixedServers stands for a line where sources are sized for different ones.
const MixedServers = "mixed"

// BaselineModel is the server that everything is compared with.
type BaselineModel struct {
	Server    string            `json:"server"` // a line, or MixedServers: each source's is in sources
	Allocator string            `json:"allocator"`
	Config    map[string]string `json:"config"` // settings that differ from the defaults
	Cluster   bool              `json:"cluster"`
	Loaded    bool              `json:"loaded"` // expired keys are not counted
}

// Baseline is what the keys take there.
type Baseline struct {
	Keys        int64  `json:"keys"`
	Memory      int64  `json:"memory_bytes"`
	MemoryError int64  `json:"memory_error_bytes"`
	Resident    int64  `json:"resident_bytes"`
	UsedMemory  *int64 `json:"predicted_used_memory_bytes"` // nil under filters and when a source is not whole
}

// ScenarioResult is what one scenario does.
type ScenarioResult struct {
	Name             string            `json:"name"`
	Server           string            `json:"server"` // a line, or MixedServers
	Settings         []Setting         `json:"settings"`
	Config           map[string]string `json:"config"` // settings that differ from the defaults
	Keys             int64             `json:"keys"`
	KeysChanged      int64             `json:"keys_changed"` // that change their encoding
	MemoryBefore     int64             `json:"memory_before_bytes"`
	MemoryAfter      int64             `json:"memory_after_bytes"`
	Saves            int64             `json:"saves_bytes"`
	SavesError       int64             `json:"saves_error_bytes"`
	SavesResident    int64             `json:"saves_resident_bytes"` // of what is really allocated for the keys
	UsedMemoryBefore *int64            `json:"used_memory_before_bytes"`
	UsedMemoryAfter  *int64            `json:"used_memory_after_bytes"`
	SavesUsedMemory  *int64            `json:"saves_used_memory_bytes"`
	ByType           []TypeOutcome     `json:"by_type"`
	ByPattern        []PatternChange   `json:"by_pattern"`
	Costs            []Cost            `json:"costs"`
}

// TypeOutcome is what a scenario does to the keys of a type.
type TypeOutcome struct {
	Type            string           `json:"type"`
	Keys            int64            `json:"keys"`
	KeysChanged     int64            `json:"keys_changed"`
	MemoryBefore    int64            `json:"memory_before_bytes"`
	MemoryAfter     int64            `json:"memory_after_bytes"`
	Saves           int64            `json:"saves_bytes"`
	SavesError      int64            `json:"saves_error_bytes"`
	SavesResident   int64            `json:"saves_resident_bytes"`
	EncodingsBefore map[string]int64 `json:"encodings_before"`
	EncodingsAfter  map[string]int64 `json:"encodings_after"`
}

// PatternChange is what a scenario does to the keys of a (pattern, type). The
// last row may be "[other]", of type "mixed".
type PatternChange struct {
	Pattern string `json:"pattern"` // escaped for display
	Match   string `json:"match"`   // a glob for SCAN MATCH that covers it, "" for [other]
	TypeOutcome
}

// Cost is what an access pays for packed values of a type, before and after.
// Elements are fields, members and items: one in a listpack is found by
// scanning it, half of it on average, one in an intset by bisection. Of lists
// the longest and the fullest node count.
type Cost struct {
	Type        string       `json:"type"`
	KeysChanged int64        `json:"keys_changed"`
	Before      PackedCost   `json:"before"`
	After       PackedCost   `json:"after"`
	Conversions []Conversion `json:"conversions"`
}

// PackedCost describes packed values: listpacks, ziplists, intsets, list nodes.
type PackedCost struct {
	Keys        int64 `json:"packed_keys"`
	Longest     int64 `json:"longest_packed_bytes"`
	ScannedMax  int64 `json:"elements_scanned_max"`
	ScannedMean Ratio `json:"elements_scanned_mean"`
}

// Conversion is the keys of one encoding that take another one. PackedCost is
// that of the new encoding, zeros where it is a table.
type Conversion struct {
	From         string `json:"from"`
	To           string `json:"to"`
	Keys         int64  `json:"keys"`
	MemoryBefore int64  `json:"memory_before_bytes"`
	MemoryAfter  int64  `json:"memory_after_bytes"`
	PackedCost
}

// SweepResult is the curve of one setting.
type SweepResult struct {
	Setting string       `json:"setting"`
	Type    string       `json:"type"` // whose keys it concerns
	InForce int64        `json:"value_in_force"`
	Knee    *int64       `json:"knee"` // nil when the curve has none
	Points  []SweepPoint `json:"points"`
}

// SweepPoint is one value of the setting, all else as it is.
type SweepPoint struct {
	Value         int64 `json:"value"`
	Memory        int64 `json:"memory_bytes"` // of all keys
	Saves         int64 `json:"saves_bytes"`
	SavesError    int64 `json:"saves_error_bytes"`
	SavesResident int64 `json:"saves_resident_bytes"`
	KeysChanged   int64 `json:"keys_changed"`
	PackedCost
}

// whatIfBasis says what the figures mean.
const whatIfBasis = "after each server has loaded the dump with its settings; " +
	"CONFIG SET alone converts no key that exists: keys convert when they are loaded or written anew"

// WhatIf computes the final view of the scenarios and sweeps of a Config. It
// does not change s.
func (s *Summary) WhatIf() *WhatIf {
	f, err := s.config.Filters.compile()
	totals := s.totals(err == nil && f.active)
	w := &WhatIf{
		Schema: WhatIfSchema, Tool: s.config.Tool, Partial: s.Partial(), Filters: s.config.Filters, Basis: whatIfBasis,
		Model:   BaselineModel{Allocator: s.config.Allocator.String(), Config: s.config.Settings.Changed(), Cluster: s.config.Cluster, Loaded: s.config.Loaded},
		Sources: []Source{}, Scenarios: []ScenarioResult{}, Sweeps: []SweepResult{}, PatternsCapped: s.keys.Capped, Warnings: s.warnings(),
		Baseline: Baseline{Keys: totals.Keys, Memory: totals.Memory, MemoryError: totals.MemoryError, Resident: totals.Resident, UsedMemory: totals.PredictedUsedMemory},
	}
	if s.config.Now != nil {
		now := *s.config.Now
		w.Now = &now
	}
	var servers []string
	for i := range s.sources {
		w.Sources = append(w.Sources, s.sources[i].view())
		servers = append(servers, s.sources[i].Server)
	}
	w.Model.Server = commonServer(servers)

	exact := newView(s).rows()
	w.PatternsTotal = int64(len(exact))
	types := typeChanges(exact)
	slices.SortFunc(exact, func(a, b patternRow) int { return a.compare(&b) })
	shown := newView(s)
	shown.fold(exact, s.config.Top)
	rows := shown.rows()
	list, err := s.config.trials()
	if err != nil {
		return w // they were checked when the sources were read
	}
	for i := range s.config.Scenarios {
		w.Scenarios = append(w.Scenarios, s.scenario(i, &list[i], &totals, types, rows))
	}
	at := len(s.config.Scenarios)
	for i := range s.config.Sweeps {
		x := &s.config.Sweeps[i]
		w.Sweeps = append(w.Sweeps, s.sweep(x, s.keys.Trials.Trials[at:at+len(x.Values)], &totals))
		at += len(x.Values)
	}
	w.Warnings = append(w.Warnings, s.trialWarnings()...)
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
	return MixedServers
}

// scenario is the result of scenario i.
func (s *Summary) scenario(i int, t *trial, totals *Totals, types, rows []patternRow) ScenarioResult {
	x, sum := &s.config.Scenarios[i], &s.keys.Trials.Trials[i]
	r := ScenarioResult{
		Name: escapeText(x.Name), Settings: []Setting{}, Config: t.settings.Changed(), Keys: totals.Keys, KeysChanged: sum.changed(),
		MemoryBefore: totals.Memory, MemoryAfter: totals.Memory + sum.Delta, Saves: -sum.Delta, SavesError: sum.Error.root(),
		SavesResident: -sum.DeltaResident, UsedMemoryBefore: totals.PredictedUsedMemory,
		ByType: []TypeOutcome{}, ByPattern: []PatternChange{}, Costs: s.costs(t, sum),
	}
	for _, c := range x.Settings {
		r.Settings = append(r.Settings, Setting{escapeText(c.Name), escapeText(c.Value)})
	}
	var servers []string
	var tables int64
	for j := range s.sources {
		x := &s.sources[j].Trials[i]
		servers = append(servers, x.Server)
		tables += x.Keyspace + x.Baseline
	}
	r.Server = commonServer(servers)
	if totals.PredictedUsedMemory != nil {
		after := totals.Resident + sum.DeltaResident + tables
		saves := *totals.PredictedUsedMemory - after
		r.UsedMemoryAfter, r.SavesUsedMemory = &after, &saves
	}
	for j := range types {
		r.ByType = append(r.ByType, types[j].change(i))
	}
	slices.SortStableFunc(r.ByType, func(a, b TypeOutcome) int { return compareChanges(&a, &b) })
	r.ByPattern = patternChanges(rows, i, s.config.Top)
	return r
}

// typeChanges adds up the rows of each type.
func typeChanges(rows []patternRow) []patternRow {
	var out []patternRow
	at := make(map[string]int)
	for i := range rows {
		j, ok := at[rows[i].typ]
		if !ok {
			j = len(out)
			at[rows[i].typ] = j
			out = append(out, patternRow{typ: rows[i].typ, stats: new(stats)})
		}
		out[j].merge(rows[i].stats)
	}
	slices.SortFunc(out, func(a, b patternRow) int { return cmp.Compare(a.typ, b.typ) })
	return out
}

// compareChanges puts what changes most first.
func compareChanges(a, b *TypeOutcome) int {
	return cmp.Or(cmp.Compare(max(b.Saves, -b.Saves), max(a.Saves, -a.Saves)), cmp.Compare(b.KeysChanged, a.KeysChanged),
		cmp.Compare(b.MemoryBefore, a.MemoryBefore), strings.Compare(a.Type, b.Type))
}

// patternChanges returns the n rows that scenario i changes most, and the sum
// of the others.
func patternChanges(rows []patternRow, i, n int) []PatternChange {
	type ranked struct {
		row *patternRow
		TypeOutcome
	}
	all := make([]ranked, len(rows))
	for j := range rows {
		all[j] = ranked{&rows[j], rows[j].change(i)}
	}
	slices.SortFunc(all, func(a, b ranked) int {
		return cmp.Or(compareChanges(&a.TypeOutcome, &b.TypeOutcome), a.row.compare(b.row))
	})
	out := []PatternChange{}
	for _, x := range all[:min(n, len(all))] {
		out = append(out, PatternChange{x.row.pattern, x.row.match, x.TypeOutcome})
	}
	if len(all) > n {
		other := patternRow{typ: "mixed", stats: new(stats)}
		for _, x := range all[n:] {
			other.merge(x.row.stats)
		}
		out = append(out, PatternChange{"[other]", "", other.change(i)})
	}
	return out
}

// changed is how many keys change their encoding.
func (e *effect) changed() (n int64) {
	for _, m := range e.Moves {
		n += m.Keys
	}
	return n
}

// change is what scenario i does to the keys of a row.
func (r *patternRow) change(i int) TypeOutcome {
	c := TypeOutcome{Type: r.typ, Keys: r.Keys, MemoryBefore: r.Memory, MemoryAfter: r.Memory,
		EncodingsBefore: make(map[string]int64), EncodingsAfter: make(map[string]int64)}
	after := r.Encodings
	if r.Effects != nil {
		e := &r.Effects[i]
		c.MemoryAfter += e.Delta
		c.Saves, c.SavesError, c.SavesResident, c.KeysChanged = -e.Delta, e.Error.root(), -e.DeltaResident, e.changed()
		for _, m := range e.Moves {
			after[m.From] -= m.Keys
			after[m.To] += m.Keys
		}
	}
	for e := range after {
		name := encodingName(memory.Encoding(e), r.typ)
		if n := r.Encodings[e]; n > 0 {
			c.EncodingsBefore[name] += n
		}
		if after[e] > 0 {
			c.EncodingsAfter[name] += after[e]
		}
	}
	return c
}

func (p *packedStats) view() PackedCost {
	return PackedCost{Keys: p.Keys, Longest: p.Longest, ScannedMax: p.Most, ScannedMean: RatioOf(p.Twice, 2*p.Keys)}
}

// costs are the rows of the types that a trial may change and that have packed
// values or change their encoding.
func (s *Summary) costs(t *trial, sum *trialState) []Cost {
	types := memory.AllTypes
	if t.server == "" {
		types = s.config.Settings.Differ(t.settings)
	}
	out := []Cost{}
	for l := range parser.NumDataTypes {
		l := parser.DataType(l)
		if !types.Has(l) {
			continue
		}
		c := Cost{Type: l.String(), Before: s.keys.Trials.Packed[l].view(), After: sum.Packed[l].view(), Conversions: []Conversion{}}
		for i := range sum.Conversions {
			x := &sum.Conversions[i]
			if x.Type == l {
				c.KeysChanged += x.Keys
				c.Conversions = append(c.Conversions, Conversion{
					From: x.From.String(), To: x.To.String(), Keys: x.Keys, MemoryBefore: x.Before, MemoryAfter: x.After, PackedCost: x.Packed.view(),
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
func (s *Summary) sweep(x *Sweep, states []trialState, totals *Totals) SweepResult {
	r := SweepResult{Setting: x.Setting, Points: []SweepPoint{}}
	if v, ok := s.config.Settings.Get(x.Setting); ok {
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
		p := SweepPoint{Value: v, Memory: totals.Memory + t.Delta, Saves: -t.Delta, SavesError: t.Error.root(),
			SavesResident: -t.DeltaResident, KeysChanged: t.changed()}
		for l := range parser.NumDataTypes {
			if !concerned.Has(parser.DataType(l)) {
				continue
			}
			packed := &t.Packed[l]
			if v == r.InForce {
				packed = &s.keys.Trials.Packed[l]
			}
			p.PackedCost = packed.view()
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
func knee(points []SweepPoint) int {
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
func (s *Summary) trialWarnings() []Warning {
	out := []Warning{}
	warn := func(code, format string, args ...any) {
		w := Warning{Code: code, Text: fmt.Sprintf(format, args...), Count: 1}
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
	for i, x := range s.config.Scenarios {
		for _, c := range x.Settings {
			name, ok := memory.CanonicalSetting(c.Name)
			if !ok {
				continue
			}
			after, _ := with(s.config.Settings, []Setting{c})
			was, _ := s.config.Settings.Get(name)
			is, _ := after.Get(name)
			kept(name, lessNumber(is, was))
			for j := range s.sources {
				heeded(s.sources[j].Trials[i].Server, name)
			}
			if is == was {
				warn("in-force", "scenario %s: %s is %s already", escapeText(x.Name), name, escapeText(c.Value))
			}
		}
		for j := range s.sources {
			src := &s.sources[j]
			server, err := memory.ParseServer(src.Trials[i].Server)
			if x.Server != "" && err == nil && !server.Loads(src.RDBVersion, strings.HasPrefix(src.Magic, "VALKEY")) {
				warn("not-loadable", "%s does not load a dump that begins with %s: its figures are those of the same data written there",
					server, escapeText(src.Magic))
			}
		}
	}
	for _, x := range s.config.Sweeps {
		was, _ := s.config.Settings.Get(x.Setting)
		kept(x.Setting, slices.ContainsFunc(x.Values, func(v int64) bool { return lessNumber(strconv.FormatInt(v, 10), was) }))
		for j := range s.sources {
			heeded(s.sources[j].Server, x.Setting)
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
