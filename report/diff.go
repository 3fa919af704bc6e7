package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
)

// WriteDiffJSON writes the comparison of docs/diff.schema.json, formed like
// the report of WriteJSON.
func WriteDiffJSON(w io.Writer, d *aggregate.Diff) error {
	return writeIndented(w, "the comparison", completeDiff(d))
}

// completeDiff returns a copy of a comparison in which no slice or map is nil.
func completeDiff(d *aggregate.Diff) *aggregate.Diff {
	c := *d
	for _, side := range []*aggregate.DiffSide{&c.Old, &c.New} {
		side.Sources = completeSources(side.Sources)
	}
	c.ByType = orEmpty(c.ByType)
	for _, l := range []*[]aggregate.DiffPattern{&c.Patterns, &c.NewPatterns, &c.Vanished, &c.LeakSuspects} {
		*l = orEmpty(*l)
	}
	c.NewKeys = orEmpty(c.NewKeys)
	c.Warnings = orEmpty(c.Warnings)
	return &c
}

// diffTotals are the rows that head a comparison.
func diffTotals(d *aggregate.Diff, size func(int64) string) [][]string {
	x := &d.Totals
	row := func(name, before, after, change string, part, whole int64, perDay *int64, rate func(int64) string) []string {
		day := ""
		if perDay != nil {
			day = withSign(*perDay, rate)
		}
		return []string{name, before, after, change, signedPercent(part, whole), day}
	}
	rows := [][]string{
		row("keys", grouped(x.KeysBefore), grouped(x.KeysAfter), withSign(x.KeysChange, grouped), x.KeysChange, x.KeysBefore, x.KeysPerDay, grouped),
		row("memory", size(x.MemoryBefore), size(x.MemoryAfter), withSign(x.MemoryChange, size), x.MemoryChange, x.MemoryBefore, x.MemoryPerDay, size),
		row("per key", size(x.AvgBefore), size(x.AvgAfter), withSign(x.AvgAfter-x.AvgBefore, size), x.AvgAfter-x.AvgBefore, x.AvgBefore, nil, nil),
		row("keys, no TTL", grouped(x.KeysWithoutTTLBefore), grouped(x.KeysWithoutTTLAfter), withSign(x.KeysWithoutTTLAfter-x.KeysWithoutTTLBefore, grouped),
			x.KeysWithoutTTLAfter-x.KeysWithoutTTLBefore, x.KeysWithoutTTLBefore, nil, nil),
		row("memory, no TTL", size(x.MemoryWithoutTTLBefore), size(x.MemoryWithoutTTLAfter), withSign(x.MemoryWithoutTTLAfter-x.MemoryWithoutTTLBefore, size),
			x.MemoryWithoutTTLAfter-x.MemoryWithoutTTLBefore, x.MemoryWithoutTTLBefore, nil, nil),
	}
	if f := &d.Forecast; f.UsedBefore != nil && f.UsedAfter != nil {
		change := *f.UsedAfter - *f.UsedBefore
		rows = append(rows, row("used_memory, "+f.Basis, size(*f.UsedBefore), size(*f.UsedAfter), withSign(change, size), change, *f.UsedBefore, f.PerDay, size))
	}
	return rows
}

// withSign returns a change as it is shown: "+4", "-4", "0".
func withSign(n int64, show func(int64) string) string {
	if n > 0 {
		return "+" + show(n)
	}
	return show(n)
}

// signedPercent returns a change in percent with its sign, "" when there was
// nothing before or when the number says nothing.
func signedPercent(part, whole int64) string {
	n, ok := perMille(part, whole)
	if !ok || n > 1_000_000 {
		return ""
	}
	if n > 0 {
		return "+" + tenths(n)
	}
	return tenths(n)
}

// forecastText says when maxmemory is reached.
func forecastText(f *aggregate.Forecast, size func(int64) string) string {
	switch {
	case f.MaxMemory == nil || f.UsedAfter == nil:
		return ""
	case f.Days == nil:
		return fmt.Sprintf("maxmemory %s: at this rate it is not reached", size(*f.MaxMemory))
	case *f.UsedAfter >= *f.MaxMemory:
		return fmt.Sprintf("maxmemory %s: reached", size(*f.MaxMemory))
	}
	return fmt.Sprintf("maxmemory %s: %s left at this rate", size(*f.MaxMemory), plural(*f.Days, "day"))
}

// newKeysNote says what the list of new keys cannot know.
func newKeysNote(d *aggregate.Diff, size func(int64) string) string {
	if d.NewKeysCertain {
		return ""
	}
	return "not among the largest keys kept of OLD: such a key may have been there, smaller than " + size(d.NewKeysFloor)
}

// sourceNames names the sources of a side, the first few.
func sourceNames(s *aggregate.DiffSide) string {
	const few = 3
	var names []string
	for i := range s.Sources {
		if i == few && len(s.Sources) > few {
			names = append(names, "and "+strconv.Itoa(len(s.Sources)-few)+" more")
			break
		}
		names = append(names, s.Sources[i].Name)
	}
	return strings.Join(names, ", ")
}
