package text

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/units"
)

// memory adds up what a server needs and holds it against what one reported.
func (t *reportText) memory() {
	m := &t.d.Totals
	if !t.reconciliation() {
		t.prediction(m)
	}
	t.liveNotes()
	t.contents(m)
}

// prediction is what a loaded server needs, beside what the dump says its own had.
func (t *reportText) prediction(m *aggregate.Totals) {
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
		note := "room of live values to grow, and what only INFO tells (--info FILE)"
		if t.d.Live != nil {
			note = "room of live values to grow, and buffers"
		}
		if indexed := t.d.Indexed(); indexed != "" {
			note = t.clean(indexed) + ", built when it is loaded; " + note
		}
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
	if note := t.d.FitNote(); note != "" {
		t.paragraph("  ", note)
	}
	if d := t.d.Unexplained(); d != nil && *d > *m.ReportedUsedMemory/100 {
		t.paragraph("  ", t.d.GrowthRoom())
	}
}

// contents says what of it is the user's data.
func (t *reportText) contents(m *aggregate.Totals) {
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
	if m.UnboundedKeys > 0 {
		usage += fmt.Sprintf(", and %s of unknown size taken as %s", units.Plural(m.UnboundedKeys, "key"), t.sizeWithUnit(m.UnboundedMemory))
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
	t.modules(types)
	dbs, others := largestDatabases(t.d.Databases())
	if len(dbs) < 2 {
		return
	}
	t.blank()
	rows = rows[:0]
	row := func(name string, x *document.Sums) {
		rows = append(rows, []string{"  " + name, units.Grouped(x.Keys), t.size(x.Memory), units.Percent(x.Memory, total),
			t.size(x.AvgBytes), t.size(x.Max), units.WholePercent(x.KeysWithoutTTL, x.Keys)})
	}
	for i := range dbs {
		row(strconv.Itoa(int(dbs[i].DB)), &dbs[i].Sums)
	}
	if others.Keys > 0 {
		row("others", &others)
	}
	t.table([]column{{title: "BY DATABASE", min: 12}, {title: "keys", right: true}, {title: "memory", right: true},
		{title: "share", right: true, drop: 1}, {title: "per key", right: true, drop: 3}, {title: "max", right: true, drop: 4},
		{title: "no TTL", right: true, drop: 2}}, rows)
}

// maxDatabases is how many databases have a row.
const maxDatabases = 20

// largestDatabases returns those with most memory, in the order of their numbers, and
// what the others have together.
func largestDatabases(dbs []document.DatabaseSums) (shown []document.DatabaseSums, others document.Sums) {
	bySize := slices.Clone(dbs)
	slices.SortStableFunc(bySize, func(x, y document.DatabaseSums) int { return cmp.Compare(y.Memory, x.Memory) })
	for i := range bySize {
		if x := &bySize[i]; len(shown) < maxDatabases && x.DB != aggregate.OtherDatabases {
			shown = append(shown, *x)
		} else {
			others.Merge(&x.Sums)
		}
	}
	slices.SortFunc(shown, func(x, y document.DatabaseSums) int { return cmp.Compare(x.DB, y.DB) })
	return shown, others
}

// modules shows what users of modules know their values by.
func (t *reportText) modules(types []document.TypeSums) {
	var rows [][]string
	for i := range types {
		x := &types[i]
		// Any type may be of unknown size where the nearest line stands in.
		if x.Figures == nil && (x.Unbounded == 0 || isServersOwn(x.Type)) {
			continue
		}
		rows = append(rows, []string{"  " + t.clean(x.Type), units.Grouped(x.Keys), t.size(x.Memory), moduleFigures(x)})
	}
	if len(rows) == 0 {
		return
	}
	t.blank()
	t.table([]column{{title: "MODULES", min: 12}, {title: "keys", right: true}, {title: "memory", right: true}, {title: "what they hold", wrap: true, min: 24}}, rows)
}

// isServersOwn reports whether a type is one that servers have without modules.
func isServersOwn(name string) bool {
	for d := range parser.NumDataTypes {
		if t := parser.DataType(d); t != parser.DataTypeModule && t.String() == name {
			return true
		}
	}
	return false
}

// moduleFigures spells the figures of a type.
func moduleFigures(x *document.TypeSums) string {
	var parts []string
	for i := range memory.NumFigures {
		name := memory.Figure(i).String()
		n := x.Figures[name]
		switch {
		case n == 0:
			continue
		case name == memory.FigureTextBytes.String():
			parts = append(parts, units.Bytes(n)+" of JSON")
			continue
		case name == memory.FigureCapacity.String() && x.Figures["items"] > 0 && x.Figures["filters"] > 0:
			parts = append(parts, "capacity "+units.Grouped(n)+" ("+units.Percent(x.Figures["items"], n)+" full)")
			continue
		}
		parts = append(parts, units.Grouped(n)+" "+name)
	}
	if x.Unbounded > 0 {
		parts = append(parts, "size not known: "+units.Plural(x.Unbounded, "key"))
	}
	return strings.Join(parts, ", ")
}
