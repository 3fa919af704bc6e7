package text

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/units"
)

// patterns shows where the memory is by pattern of keys. Bars are drawn against the
// largest row, not the whole: shares have a column of their own.
func (t *reportText) patterns() {
	d := t.d
	if len(d.Patterns) == 0 {
		t.none("BY PATTERN")
		return
	}
	list := d.PatternsBy(t.o.Sort, len(d.Patterns)-1)
	title := "BY PATTERN"
	switch t.o.Sort {
	case document.ByKeys:
		title = "BY PATTERN, most keys first"
	case document.ByNoTTL:
		title = "BY PATTERN, most without a TTL first"
	}
	if n := int64(len(list)); d.PatternsTotal > n {
		title += fmt.Sprintf(" (%s of %s)", units.Grouped(n), units.Grouped(d.PatternsTotal))
	}
	var most, worst int64
	for i := range list {
		most = max(most, list[i].Memory)
	}
	width := 20
	if t.width < 110 {
		width = 10
	}
	estimated := false
	var rows [][]string
	for i := range list {
		p := &list[i]
		idle, memory := "", t.size(p.Memory)
		if p.IdleP50 != nil {
			idle = units.Seconds(*p.IdleP50)
		}
		if p.Estimated {
			estimated, worst, memory = true, max(worst, p.Error), "~"+memory
		}
		rows = append(rows, []string{"  " + t.name(p.Pattern), t.clean(p.Type), t.bar(p.Memory, most, width), memory, units.Ratio(p.MemoryShare),
			t.count(p.Keys), t.size(p.AvgBytes), units.WholePercent(p.KeysWithoutTTL, p.Keys), idle})
	}
	t.table([]column{{title: title, min: 24}, {title: "type", drop: 3}, {drop: 7}, {title: "memory", right: true},
		{title: "share", right: true, drop: 1}, {title: "keys", right: true, drop: 2}, {title: "per key", right: true, drop: 5},
		{title: "no TTL", right: true, drop: 4}, {title: "idle p50", right: true, drop: 6}}, rows)
	if estimated {
		t.paragraph("  ", "~ estimated from a sample of keys, within "+t.sizeWithUnit(worst))
	}
	switch leftOut := func(w aggregate.Warning) bool { return w.Code == "part-patterns" }; {
	case !d.PatternsCapped:
	case slices.ContainsFunc(d.Warnings, leftOut):
		t.paragraph("  ! ", "a part gave up patterns to be small: some are counted as {*}")
	default:
		t.paragraph("  ! ", "there were more patterns than are kept apart: some are counted as {*}")
	}
}

// The sections that look closer at patterns.

// tree shows how the keys add up by their first tokens.
func (t *reportText) tree() {
	d := t.d
	if len(d.Tree) == 0 {
		t.none("BY PREFIX")
		return
	}
	var rows [][]string
	indent := map[int]int{} // by depth
	for i := range d.Tree {
		r := &d.Tree[i]
		indent[r.Depth+1] = indent[r.Depth]
		if i+1 < len(d.Tree) {
			// A prefix whose keys all have the next one, too, says nothing.
			if n := &d.Tree[i+1]; n.Depth == r.Depth+1 && n.Kind == "prefix" && n.Keys == r.Keys {
				continue
			}
		}
		indent[r.Depth+1]++
		name := t.name(r.Prefix)
		if r.Kind == "keys" {
			name += "  (itself)"
		}
		name = strings.Repeat("  ", 1+indent[r.Depth]) + name
		rows = append(rows, []string{name, t.bar(r.Memory, d.Totals.Memory, 10), t.size(r.Memory), units.Ratio(r.MemoryShare), t.count(r.Keys),
			t.size(r.AvgBytes), units.WholePercent(r.KeysWithoutTTL, r.Keys), t.count(r.Patterns)})
	}
	t.table([]column{{title: "BY PREFIX", min: 24}, {drop: 5}, {title: "memory", right: true}, {title: "share", right: true, drop: 1},
		{title: "keys", right: true, drop: 2}, {title: "per key", right: true, drop: 4}, {title: "no TTL", right: true, drop: 3},
		{title: "patterns", right: true, drop: 6}}, rows)
}

// detail shows what the table of patterns has no room for.
func (t *reportText) detail() {
	d := t.d
	if len(d.Patterns) == 0 {
		t.none("PATTERNS IN DETAIL")
		return
	}
	t.heading("PATTERNS IN DETAIL")
	for i := range d.Patterns {
		p := &d.Patterns[i]
		about := ""
		if p.Estimated {
			about = "within " + t.sizeWithUnit(p.Error)
		}
		t.flow("  ", 4, "   ", t.name(p.Pattern), t.clean(p.Type), units.Plural(p.Keys, "key"), t.sizeWithUnit(p.Memory)+" ("+units.Ratio(p.MemoryShare)+")", about)
		if p.Role != "" {
			t.flow("    role      ", 14, " | ", t.clean(p.Role), t.clean(p.RoleReason))
		}
		t.flow("    bytes     ", 14, " | ", "p50 "+t.size(p.P50), "p90 "+t.size(p.P90), "p99 "+t.size(p.P99), "max "+t.size(p.Max))
		if p.ElementsMax > 1 {
			t.flow("    elements  ", 14, " | ", "p50 "+units.Grouped(p.ElementsP50), "p90 "+units.Grouped(p.ElementsP90), "p99 "+units.Grouped(p.ElementsP99), "max "+units.Grouped(p.ElementsMax))
		}
		if p.Resident > 0 {
			t.flow("    of it     ", 14, " | ", "contents "+units.Percent(p.Payload-p.KeyName, p.Resident), "key names "+units.Percent(p.KeyName, p.Resident),
				"overhead "+units.Percent(p.Overhead, p.Resident), "allocator rounding "+units.Percent(p.Waste, p.Resident))
		}
		if p.KeysWithoutTTL > 0 {
			t.flow("    no TTL    ", 14, " | ", units.Plural(p.KeysWithoutTTL, "key")+" ("+units.WholePercent(p.KeysWithoutTTL, p.Keys)+")", t.sizeWithUnit(p.MemoryWithoutTTL))
		}
		if p.FieldsWithTTL > 0 {
			t.flow("    fields    ", 14, " | ", units.Plural(p.FieldsWithTTL, "field")+" with a TTL", units.Grouped(p.FieldsExpired)+" expired")
		}
		t.flow("    encoding  ", 14, " | ", t.encodings(p.Encodings, p.Keys))
		t.patternUse(p)
		if p.Example != "" {
			t.line("    example   " + t.clean(p.Example))
		}
		if p.Folded && p.PurePattern != "" && p.PurePattern != p.Pattern {
			t.line("    by itself " + t.clean(p.PurePattern))
		}
		if p.Match != "" {
			t.line("    match     " + t.clean(p.Match))
		}
	}
}

// patternUse shows how its bytes are used, as far as the dump records it.
func (t *reportText) patternUse(p *aggregate.PatternRow) {
	if p.IdleMemoryP50 != nil && p.IdleMemoryP90 != nil && p.IdleMemoryP99 != nil {
		items := []string{"p50 " + units.Seconds(*p.IdleMemoryP50), "p90 " + units.Seconds(*p.IdleMemoryP90), "p99 " + units.Seconds(*p.IdleMemoryP99) + " by bytes"}
		for _, c := range [...]struct {
			days  string
			bytes *int64
		}{{"1 d", p.Cold1d}, {"7 d", p.Cold7d}, {"30 d", p.Cold30d}} {
			if c.bytes != nil && *c.bytes > 0 {
				items = append(items, "over "+c.days+" "+units.Percent(*c.bytes, p.Memory))
			}
		}
		t.flow("    idle      ", 14, " | ", items...)
	}
	if p.FreqMemoryP50 != nil && p.FreqMemoryP90 != nil && p.FreqMemoryP99 != nil {
		t.flow("    accesses  ", 14, " | ", "p50 "+units.Grouped(*p.FreqMemoryP50), "p90 "+units.Grouped(*p.FreqMemoryP90), "p99 "+units.Grouped(*p.FreqMemoryP99)+" (LFU counter, by bytes)")
	}
}
