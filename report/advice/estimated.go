package advice

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

// savingThresholds are those of the rules whose savings are estimated on
// sampled keys; gain is the least share of the keys' own memory to be saved.
func savingThresholds(gain int64) []Threshold {
	return []Threshold{
		{Name: "min-bytes", Value: 16 << 10, Unit: UnitBytes, Meaning: "less saving is not reported"},
		{Name: "min-share", Value: 10, Unit: UnitShare, Meaning: "nor is a smaller share of all memory"},
		{Name: "min-gain", Value: gain, Unit: UnitShare, Meaning: "share of the keys' own memory that must be saved"},
		{Name: "min-sample", Value: 16, Unit: UnitKeys, Meaning: "patterns of which fewer keys were looked at are not judged, unless these are all"},
	}
}

// trusted reports whether an estimate stands on enough keys, and is larger than
// twice its bound.
func trusted(e *aggregate.Estimate, t limits) bool {
	return e.Exact || e.Sampled >= t.get("min-sample") && e.Bound <= e.Saves()/2
}

// saving reports whether an estimate is worth a suggestion.
func (in *input) saving(e *aggregate.Estimate, t limits) bool {
	return e.Saves() > 0 && trusted(e, t) && in.worth(e.Saves(), t) && aggregate.RatioOf(e.Saves(), e.Before) >= aggregate.Ratio(t.get("min-gain"))
}

// basisOf says how well a saving is known.
func basisOf(e *aggregate.Estimate, what string) string {
	if e.Exact {
		return "exact for this dump"
	}
	if e.Saves() <= 0 {
		return fmt.Sprintf("model on %s, ± %s", units.Plural(e.Sampled, "sampled "+what), units.Bytes(e.Bound))
	}
	if e.Bound == 0 {
		return fmt.Sprintf("model on %s, which all save the same share", units.Plural(e.Sampled, "sampled "+what))
	}
	share := units.Ratio(aggregate.RatioOf(e.Bound, max(1, e.Saves())))
	if share == units.Ratio(aggregate.Ratio(0)) {
		share = "less than " + units.ExactRatio(aggregate.Ratio(10))
	}
	return fmt.Sprintf("model on %s, ± %s", units.Plural(e.Sampled, "sampled "+what), share)
}

// estimated begins a finding about one row.
func (in *input) estimated(i int, e *aggregate.Estimate, g gain, what string) finding {
	row := in.Rows[i]
	saves, used := e.Saves(), e.BeforeResident-e.AfterResident
	f := finding{shares: []share{{row: i, gain: g, bytes: saves, keys: e.Keys}}}
	f.Pattern = row.Pattern
	f.Keys = e.Keys
	f.Saves, f.SavesUsedMemory = &saves, &used
	f.Basis = basisOf(e, what)
	f.Evidence = Evidence{
		{"type", UnitNone, row.Type},
		{"keys", UnitKeys, row.Keys},
		{"sampled_keys", UnitKeys, e.Sampled},
		{"memory_before_bytes", UnitBytes, e.Before},
		{"memory_after_bytes", UnitBytes, e.After},
		{"bound_bytes", UnitBytes, e.Bound},
		{"example", UnitNone, command.Line(row.Example)},
	}
	return f
}

// values adds sampled values to the evidence where they were asked for.
func (f *finding) values(p *aggregate.ProbeFacts) {
	if len(p.Previews) == 0 {
		return
	}
	shown := make([]string, len(p.Previews))
	for i, v := range p.Previews {
		shown[i] = command.Line(v)
	}
	f.fact("values", UnitNone, shown)
}

// each returns the mean saving of a key in bytes.
func each(e *aggregate.Estimate) int64 { return e.Saves() / max(1, e.Keys) }

// scan returns the commands that list a row's keys on the server.
func (in *input) scan(row *aggregate.PatternFacts) []string {
	if row.Match == "" || row.Keys == 1 {
		return nil // the evidence names the only one
	}
	lines, ok := in.ScanKeys(row)
	if !ok {
		return lines
	}
	return append(in.Places(row.Type), lines...)
}
