package text

import (
	"fmt"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/units"
)

// The sections that look closer at patterns, hash slots and use. Tree, detail
// and slots are shown only when they are asked for.

// tree shows how the keys add up by their first tokens.
func (t *text) tree() {
	d := t.d
	if !t.selected("tree") {
		return
	}
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
func (t *text) detail() {
	d := t.d
	if !t.selected("detail") {
		return
	}
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
		if p.Match != "" {
			t.line("    match     " + t.clean(p.Match))
		}
	}
}

// patternUse shows how its bytes are used, as far as the dump records it.
func (t *text) patternUse(p *aggregate.PatternRow) {
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

func (t *text) slots() {
	s := &t.d.Slots
	if !t.selected("slots") {
		return
	}
	if s.Used == 0 || len(s.Biggest) == 0 {
		t.none("CLUSTER SLOTS")
		return
	}
	var rows [][]string
	for i := range s.Biggest {
		x := &s.Biggest[i]
		var tags []string
		for _, g := range x.Tags {
			bound := t.atMost
			if g.Exact {
				bound = ""
			}
			tags = append(tags, "{"+t.clean(g.Tag)+"} "+bound+t.size(g.AtMost))
		}
		rows = append(rows, []string{fmt.Sprintf("  %d", x.Slot), units.Grouped(x.Keys), t.size(x.Memory), units.Ratio(x.MemoryShare), strings.Join(tags, ", ")})
	}
	t.table([]column{{title: fmt.Sprintf("CLUSTER SLOTS (%d of %s in use)", len(s.Biggest), units.Grouped(s.Used)), min: 12},
		{title: "keys", right: true}, {title: "memory", right: true}, {title: "share", right: true}, {title: "hash tags", min: 20, drop: 1}}, rows)
	var memory, keys []string
	for i := range s.Shards {
		x := &s.Shards[i]
		memory = append(memory, fmt.Sprintf("%s: %s", units.Grouped(x.Shards), units.Times(x.MemorySkew)))
		keys = append(keys, fmt.Sprintf("%s: %s", units.Grouped(x.Shards), units.Times(x.KeysSkew)))
	}
	if len(memory) > 0 {
		t.line("  on equal shards the largest would be, compared with the mean:")
		t.flow("    memory  ", 12, " | ", memory...)
		t.flow("    keys    ", 12, " | ", keys...)
	}
	if x := s.Sources; x != nil {
		t.flow("  of the sources, compared with their mean, ", 4, ", ", "the largest has "+units.Times(x.MemorySkew)+" the memory", "that with most keys "+units.Times(x.KeysSkew)+" of them")
	}
}

func (t *text) idle() {
	x := &t.d.Idle
	var title string
	show := units.Seconds
	switch x.Recorded {
	case "idle":
		title = "IDLE TIME"
	case "freq":
		title, show = "ACCESS COUNTERS (LFU)", units.Grouped
	default:
		if x.Note != "" {
			t.paragraph("IDLE TIME   ", t.clean(x.Note))
		} else if t.selected("idle") {
			t.none("IDLE TIME")
		}
		return
	}
	t.heading(title + " of " + units.Plural(x.Keys, "key"))
	t.points("  ", x.Percentiles, show)
	if len(x.MemoryPercentiles) > 0 {
		t.points("  by bytes  ", x.MemoryPercentiles, show)
	}
	var cold []string
	for _, c := range x.Cold {
		cold = append(cold, fmt.Sprintf("for over %s: %s in %s (%s)", units.Seconds(c.IdleSeconds), t.sizeWithUnit(c.Memory), units.Plural(c.Keys, "key"), units.Ratio(c.MemoryShare)))
	}
	t.flow("  not used  ", 12, " | ", cold...)
	if x.Recorded == "idle" && x.FreqKeys > 0 {
		t.heading("ACCESS COUNTERS (LFU) of " + units.Plural(x.FreqKeys, "key"))
		t.points("  ", x.FreqPercentiles, units.Grouped)
		t.points("  by bytes  ", x.FreqMemoryPercentiles, units.Grouped)
	}
	if x.Note != "" {
		t.paragraph("  ", t.clean(x.Note))
	}
}

// points prints a distribution.
func (t *text) points(first string, points []aggregate.Percentile, show func(int64) string) {
	var items []string
	for _, p := range points {
		items = append(items, percentName(t.clean(p.Percent))+" "+show(p.Bytes))
	}
	t.flow(first, len(first), " | ", items...)
}
