package view

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/parser"
)

func byType(s *state.Summary) []data.TypeRow {
	rows := make([]data.TypeRow, 0, len(s.Keys.Cells))
	for i := range s.Keys.Cells {
		c := &s.Keys.Cells[i]
		rows = append(rows, data.TypeRow{
			DB: c.DB, Type: c.Type, Encoding: encodingName(c.Encoding, c.Type), Keys: c.Keys, Elements: c.Elements, Memory: c.Memory,
			KeysWithoutTTL: c.NoTTLKeys, MemoryWithoutTTL: c.NoTTLMemory,
			P50: c.Sizes.Quantile(50, 100), P90: c.Sizes.Quantile(90, 100), P99: c.Sizes.Quantile(99, 100), Max: c.Sizes.Max,
			Figures: nameFigures(&c.Figures), UnboundedKeys: c.Unbounded,
		})
	}
	slices.SortFunc(rows, func(a, b data.TypeRow) int {
		return cmp.Or(cmp.Compare(a.DB, b.DB), cmp.Compare(b.Memory, a.Memory), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Encoding, b.Encoding))
	})
	return rows
}

// byDatabase are the top databases, and how many there are. Those beyond what is told
// apart are in the row of all others.
func byDatabase(s *state.Summary, top int) (rows []data.DatabaseRow, total int64) {
	others := data.DatabaseRow{DB: data.OtherDatabases}
	cut := func() {
		slices.SortFunc(rows, func(a, b data.DatabaseRow) int {
			return cmp.Or(cmp.Compare(b.Memory, a.Memory), cmp.Compare(a.DB, b.DB))
		})
		for i := top; i < len(rows); i++ {
			addDatabase(&others, &rows[i])
		}
		rows = rows[:min(top, len(rows))]
	}
	rows = []data.DatabaseRow{}
	for cells := s.Keys.Cells; len(cells) > 0; { // they are in the order of databases
		x := data.DatabaseRow{DB: cells[0].DB}
		for len(cells) > 0 && cells[0].DB == x.DB {
			c := &cells[0]
			addDatabase(&x, &data.DatabaseRow{Keys: c.Keys, Memory: c.Memory, KeysWithoutTTL: c.NoTTLKeys, MemoryWithoutTTL: c.NoTTLMemory, Max: c.Sizes.Max})
			cells = cells[1:]
		}
		if x.DB == state.OtherDB {
			addDatabase(&others, &x)
			continue
		}
		total++
		if rows = append(rows, x); len(rows) > 2*top+100 { // there may be many
			cut()
		}
	}
	cut()
	if others.Keys > 0 {
		rows = append(rows, others)
	}
	for i := range rows {
		rows[i].MemoryShare = data.RatioOf(rows[i].Memory, s.Keys.Totals.Memory)
	}
	return rows, total
}

func addDatabase(x, y *data.DatabaseRow) {
	x.Keys += y.Keys
	x.Memory += y.Memory
	x.KeysWithoutTTL += y.KeysWithoutTTL
	x.MemoryWithoutTTL += y.MemoryWithoutTTL
	x.Max = max(x.Max, y.Max)
}

// elementsByType adds up the rows of all patterns, which have the distributions.
func elementsByType(rows []naming.Row) []data.ElementsRow {
	type sums struct {
		row    data.ElementsRow
		counts sketch.Histogram
	}
	by := map[string]*sums{}
	for i := range rows {
		r := &rows[i]
		x := by[r.Type]
		if x == nil {
			x = &sums{row: data.ElementsRow{Type: r.Type}}
			by[r.Type] = x
		}
		x.row.Keys += r.Stats.Keys
		x.row.Elements += r.Stats.Elements
		x.counts.Merge(&r.Stats.Counts)
	}
	out := []data.ElementsRow{}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		x := by[name]
		if name == parser.DataTypeString.String() {
			continue // each has one
		}
		h := &x.counts
		if others := x.row.Keys - h.Count(); others > 0 { // see elements
			h.AddN(1, others)
		}
		x.row.P50, x.row.P90, x.row.P99, x.row.Max = h.Quantile(50, 100), h.Quantile(90, 100), h.Quantile(99, 100), h.Max
		out = append(out, x.row)
	}
	return out
}
