package view

import (
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// shownRow is newRow with what the row's example is called by itself.
func shownRow(r *naming.Row, pure *naming.PurePatterns, total int64) data.PatternRow {
	row := newRow(r, total)
	row.PurePattern, row.Folded = pure.Of(r), r.Pattern == naming.OtherRow || pure.Folded(r.Node)
	if r.Estimated && row.PurePattern == row.Pattern {
		row.Folded = false // one word of many
	}
	return row
}

// newRow makes the row of a report; total is the memory of all keys.
func newRow(r *naming.Row, total int64) data.PatternRow {
	p := data.PatternRow{
		Pattern: r.Pattern, Match: r.Match, Type: r.Type, Keys: r.Keys, Memory: r.Memory,
		MemoryShare: data.RatioOf(r.Memory, total), KeysWithoutTTL: r.NoTTLKeys, MemoryWithoutTTL: r.NoTTLMemory,
		Encodings: make(map[string]int64), P50: r.Sizes.Quantile(50, 100), P90: r.Sizes.Quantile(90, 100),
		P99: r.Sizes.Quantile(99, 100), Max: r.Sizes.Max, Example: ExampleText(&r.Example),
		Elements: r.Elements, KeyName: r.KeyName, Payload: r.Payload, Waste: r.Waste,
		Estimated: r.Estimated, Error: r.Bound, Role: r.Verdict.Role.String(), RoleReason: r.Verdict.Reason,
	}
	if r.Keys > 0 {
		p.AvgBytes = (r.Memory + r.Keys/2) / r.Keys
	}
	for e, n := range &r.Encodings {
		if n > 0 {
			p.Encodings[encodingName(memory.Encoding(e), r.Type)] += n
		}
	}
	p.Resident, p.Overhead = r.Resident, max(0, r.Resident-r.Payload-r.Waste)
	elements(&p, r.Stats)
	if r.Use != nil {
		use(&p, r.Use)
	}
	if r.Rare != nil {
		p.FieldsWithTTL, p.FieldsExpired = r.Rare.FieldTTL.Fields, r.Rare.FieldTTL.Expired
		p.Figures, p.UnboundedKeys = nameFigures(&r.Rare.Figures), r.Rare.Unbounded
	}
	return p
}

// elements sets the percentiles of element counts. Strings, which have one
// element each, are not in the histogram.
func elements(p *data.PatternRow, s *counters.Stats) {
	h := &s.Counts
	if others := h.Count(); others < s.Keys {
		all := *h
		all.Pages = slices.Clone(h.Pages)
		all.AddN(1, s.Keys-others)
		h = &all
	}
	p.ElementsP50, p.ElementsP90, p.ElementsP99, p.ElementsMax = h.Quantile(50, 100), h.Quantile(90, 100), h.Quantile(99, 100), h.Max
}

// use sets what the row tells of use.
func use(p *data.PatternRow, u *counters.AccessStats) {
	at := func(h *sketch.Histogram, percent int64) *int64 {
		v := h.Quantile(percent, 100)
		return &v
	}
	if u.Idle.Octaves != 0 {
		p.IdleP50 = at(&u.Idle, 50)
	}
	if h := &u.IdleMemory; h.Octaves != 0 {
		p.IdleMemoryP50, p.IdleMemoryP90, p.IdleMemoryP99 = at(h, 50), at(h, 90), at(h, 99)
		p.Cold1d, p.Cold7d, p.Cold30d = &u.Cold[0].Memory, &u.Cold[1].Memory, &u.Cold[2].Memory
	}
	if h := &u.FreqMemory; h.Octaves != 0 {
		p.FreqMemoryP50, p.FreqMemoryP90, p.FreqMemoryP99 = at(h, 50), at(h, 90), at(h, 99)
	}
}

// encodingName is what rows show: the type's name for a module's value.
func encodingName(e memory.Encoding, typ string) string {
	if e == memory.EncodingModule {
		return typ
	}
	return e.String()
}

// ExampleText is a kept key for display; it ends in … when it was cut.
func ExampleText(k *counters.KeptKey) string {
	text := keyname.EscapeText(string(k.Name))
	if k.Len > int64(len(k.Name)) {
		text += "…"
	}
	return text
}
