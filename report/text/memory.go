package text

import (
	"fmt"
	"strconv"

	"github.com/rdblens/rdblens/report/units"
)

// memory adds up what a server needs and holds it against what one reported.
func (t *reportText) memory() {
	m := &t.d.Totals
	base, of := int64(0), "" // without them there is nothing to be a share of
	switch {
	case m.ReportedUsedMemory != nil && *m.ReportedUsedMemory > 0:
		base, of = *m.ReportedUsedMemory, "of reported"
	case m.PredictedUsedMemory != nil:
		base, of = *m.PredictedUsedMemory, "of predicted"
	}
	var rows [][]string
	add := func(name string, n *int64, note string) {
		if n == nil {
			rows = append(rows, []string{"  " + name, "-", "", note})
			return
		}
		rows = append(rows, []string{"  " + name, t.size(*n), units.Percent(*n, base), note})
	}
	add("keys + values", &m.Resident, "")
	add("keyspace tables", m.Keyspace, "")
	add("server baseline", m.Baseline, "")
	add("predicted", m.PredictedUsedMemory, "")
	add("reported used-mem", m.ReportedUsedMemory, "")
	if difference := t.d.Unexplained(); difference != nil {
		note := "buffers, backlog, scripts: not in a dump"
		if *difference < 0 {
			note = "less was in use: another version or other settings?"
		}
		add("difference", difference, note)
	}
	t.table([]column{{title: "MEMORY"}, {right: true}, {title: of, right: true}, {wrap: true, min: 24, drop: 1}}, rows)
	if m.PredictedUsedMemory == nil {
		t.paragraph("  ", "nothing is predicted for a part of a dataset: under filters, or when a source is not whole")
	}
	if m.ReportedUsedMemory == nil {
		t.paragraph("  ", "the dump does not say what the server reported (used-mem)")
	}
	share := func(name string, n int64) string {
		if p := units.Percent(n, m.Resident); p != "" && n >= 0 {
			return name + " " + p
		}
		return ""
	}
	t.flow("  keys + values: ", 4, " | ", share("contents", t.d.Contents()), share("key names", m.KeyName),
		share("overhead", t.d.Overhead()), share("allocator rounding", m.Waste))
	if m.Keys == 0 {
		return
	}
	usage, expired := "MEMORY USAGE adds up to "+t.sizeWithUnit(m.Memory), ""
	if m.MemoryError > 0 {
		usage += ", within " + t.sizeWithUnit(m.MemoryError)
	}
	if m.KeysExpired > 0 {
		expired = fmt.Sprintf("expired and still there: %s, %s", units.Plural(m.KeysExpired, "key"), t.sizeWithUnit(m.MemoryExpired))
	}
	t.flow("  ", 2, " | ", usage, fmt.Sprintf("with a TTL: %s (%s), %s", units.Plural(m.KeysWithTTL, "key"),
		units.WholePercent(m.KeysWithTTL, m.Keys), t.sizeWithUnit(m.MemoryWithTTL)), expired)
}

// types shows what each type takes, over databases and encodings; and what each
// database does where there are several. A percentile of several rows cannot be
// had from theirs: it is at most the highest of them.
func (t *reportText) types() {
	types := t.d.Types()
	if len(types) == 0 {
		t.none("BY TYPE")
		return
	}
	total := t.d.Totals.Memory
	var rows [][]string
	for i := range types {
		x := &types[i]
		p99 := t.size(x.P99)
		if x.Rows > 1 {
			p99 = t.atMost + p99
		}
		rows = append(rows, []string{"  " + t.clean(x.Type), units.Grouped(x.Keys), t.size(x.Memory), units.Percent(x.Memory, total),
			t.size(x.AvgBytes), p99, t.size(x.Max), units.WholePercent(x.KeysWithoutTTL, x.Keys), t.encodings(x.Encodings, x.Keys)})
	}
	t.table([]column{{title: "BY TYPE", min: 12}, {title: "keys", right: true}, {title: "memory", right: true},
		{title: "share", right: true, drop: 1}, {title: "per key", right: true, drop: 3}, {title: "p99", right: true, drop: 5},
		{title: "max", right: true, drop: 4}, {title: "no TTL", right: true, drop: 2}, {title: "encodings", min: 20, drop: 6}}, rows)
	dbs := t.d.Databases()
	if len(dbs) < 2 {
		return
	}
	t.blank()
	rows = rows[:0]
	for i := range dbs {
		x := &dbs[i]
		rows = append(rows, []string{"  " + strconv.Itoa(int(x.DB)), units.Grouped(x.Keys), t.size(x.Memory), units.Percent(x.Memory, total),
			t.size(x.AvgBytes), t.size(x.Max), units.WholePercent(x.KeysWithoutTTL, x.Keys)})
	}
	t.table([]column{{title: "BY DATABASE", min: 12}, {title: "keys", right: true}, {title: "memory", right: true},
		{title: "share", right: true, drop: 1}, {title: "per key", right: true, drop: 3}, {title: "max", right: true, drop: 4},
		{title: "no TTL", right: true, drop: 2}}, rows)
}
