package comparison

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/units"
)

// TrendVerdict says in sentences where it went, and goes.
func TrendVerdict(d *aggregate.Trend, size func(int64) string) []string {
	if len(d.Snapshots) == 0 || len(d.Totals.Memory) == 0 {
		return nil
	}
	x := &d.Totals
	first, last := x.Memory[0], x.Memory[len(x.Memory)-1]
	text := "The keys take as much as in the first snapshot"
	switch {
	case x.MemoryChange > 0:
		text = "The keys take " + size(x.MemoryChange) + " more"
	case x.MemoryChange < 0:
		text = "The keys take " + size(-x.MemoryChange) + " less"
	}
	if x.MemoryChange != 0 && first > 0 {
		text += " (" + units.SignedPercent(x.MemoryChange, first) + ")"
	}
	text += ": " + size(first) + " to " + size(last)
	if d.SpanSeconds != nil {
		text += " in " + units.Seconds(*d.SpanSeconds)
	}
	out := []string{text}
	f := &d.Forecast
	if f.PerDay != nil {
		out = append(out, usedName(f.Basis)+" changes by "+RateText(f.PerDay, size)+" a day")
	}
	for _, a := range f.Ahead {
		out = append(out, fmt.Sprintf("in %s d: %s (%s to %s)", units.Grouped(a.Days), size(a.Used), size(a.Low), size(a.High)))
	}
	if s := TrendReached(f, size); s != "" {
		out = append(out, s)
	}
	return out
}

// usedName names what a forecast is of.
func usedName(basis string) string {
	if basis == "memory" {
		return "What the keys take"
	}
	return "used_memory (" + basis + ")"
}

// RateText is a rate with its spread.
func RateText(r *aggregate.Rate, show func(int64) string) string {
	if r.Low == r.High {
		return units.Signed(r.Median, show)
	}
	return units.Signed(r.Median, show) + " (" + units.Signed(r.Low, show) + " to " + units.Signed(r.High, show) + ")"
}

// TrendReached says when maxmemory is reached.
func TrendReached(f *aggregate.TrendForecast, size func(int64) string) string {
	if f.MaxMemory == nil || f.Reached == nil || len(f.Used) == 0 {
		return ""
	}
	text := "maxmemory " + size(*f.MaxMemory)
	if f.Used[len(f.Used)-1] >= *f.MaxMemory {
		return text + " is reached"
	}
	days := func(n *int64) string {
		if n == nil {
			return "never"
		}
		return units.Grouped(*n) + " d"
	}
	r := f.Reached
	switch {
	case r.Days == nil && r.Earliest == nil:
		return text + " is not reached at this rate"
	case r.Days == nil:
		return text + " is not reached at the median rate, in " + days(r.Earliest) + " at the higher one"
	}
	return text + " is reached in " + days(r.Days) + " at this rate (" + days(r.Earliest) + " to " + days(r.Latest) + ")"
}

// SnapshotName names the sources of a snapshot, the first few.
func SnapshotName(s *aggregate.TrendSnapshot) string {
	return SourceNames(&aggregate.DiffSide{Sources: s.Sources})
}
