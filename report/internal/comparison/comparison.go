// Package comparison words what the text and the Markdown of a diff have in
// common.
package comparison

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/units"
)

// Totals returns the rows that head a comparison.
func Totals(d *aggregate.Diff, size func(int64) string) [][]string {
	x := &d.Totals
	row := func(name, before, after, change string, part, whole int64, perDay *int64, rate func(int64) string) []string {
		day := ""
		if perDay != nil {
			day = units.Signed(*perDay, rate)
		}
		return []string{name, before, after, change, units.SignedPercent(part, whole), day}
	}
	rows := [][]string{
		row("keys", units.Grouped(x.KeysBefore), units.Grouped(x.KeysAfter), units.Signed(x.KeysChange, units.Grouped), x.KeysChange, x.KeysBefore, x.KeysPerDay, units.Grouped),
		row("memory", size(x.MemoryBefore), size(x.MemoryAfter), units.Signed(x.MemoryChange, size), x.MemoryChange, x.MemoryBefore, x.MemoryPerDay, size),
		row("per key", size(x.AvgBefore), size(x.AvgAfter), units.Signed(x.AvgAfter-x.AvgBefore, size), x.AvgAfter-x.AvgBefore, x.AvgBefore, nil, nil),
		row("keys, no TTL", units.Grouped(x.KeysWithoutTTLBefore), units.Grouped(x.KeysWithoutTTLAfter), units.Signed(x.KeysWithoutTTLAfter-x.KeysWithoutTTLBefore, units.Grouped),
			x.KeysWithoutTTLAfter-x.KeysWithoutTTLBefore, x.KeysWithoutTTLBefore, nil, nil),
		row("memory, no TTL", size(x.MemoryWithoutTTLBefore), size(x.MemoryWithoutTTLAfter), units.Signed(x.MemoryWithoutTTLAfter-x.MemoryWithoutTTLBefore, size),
			x.MemoryWithoutTTLAfter-x.MemoryWithoutTTLBefore, x.MemoryWithoutTTLBefore, nil, nil),
	}
	if f := &d.Forecast; f.UsedBefore != nil && f.UsedAfter != nil {
		change := *f.UsedAfter - *f.UsedBefore
		rows = append(rows, row("used_memory, "+f.Basis, size(*f.UsedBefore), size(*f.UsedAfter), units.Signed(change, size), change, *f.UsedBefore, f.PerDay, size))
	}
	return rows
}

// Forecast says when maxmemory is reached.
func Forecast(f *aggregate.Forecast, size func(int64) string) string {
	switch {
	case f.MaxMemory == nil || f.UsedAfter == nil:
		return ""
	case f.Days == nil:
		return fmt.Sprintf("maxmemory %s: at this rate it is not reached", size(*f.MaxMemory))
	case *f.UsedAfter >= *f.MaxMemory:
		return fmt.Sprintf("maxmemory %s: reached", size(*f.MaxMemory))
	}
	return fmt.Sprintf("maxmemory %s: %s left at this rate", size(*f.MaxMemory), units.Grouped(*f.Days)+" d")
}

// ShortSpan says so when snapshots are too near to each other for a change a day
// to mean much, as the warning of the same name does: otherwise it is empty.
func ShortSpan(d *aggregate.Diff) string {
	for i := range d.Warnings {
		if d.Warnings[i].Code == "short-span" {
			return ": a change a day is extrapolated from that, and says little of a day"
		}
	}
	return ""
}

// Expires says when a key expires.
func Expires(t *aggregate.Time) string {
	if t == nil {
		return "never"
	}
	return units.Moment(*t)
}

// NewKeysNote says what the list of new keys cannot know.
func NewKeysNote(d *aggregate.Diff, size func(int64) string) string {
	if d.NewKeysCertain {
		return ""
	}
	return "not among the largest keys kept of OLD: such a key may have been there, smaller than " + size(d.NewKeysFloor)
}

// SourceNames names the sources of a side, the first few.
func SourceNames(s *aggregate.DiffSide) string {
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
