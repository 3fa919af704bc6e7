package advice

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var farTTL = rule{
	RuleInfo: RuleInfo{
		ID:    "R33",
		Name:  "far-ttl",
		Class: ClassCleanUp,
		Title: "TTLs of more than ten years",
		What: "Counts keys that expire more than ten years after the dump was saved, by its own clock, and says what a thousandth of the longest such time is, in one suggestion for the whole dump. " +
			"There is no saving: the keys are needed, or not, whatever their TTL says.",
		Why: "EXPIRE, SETEX and EX take seconds, PEXPIRE and PX milliseconds, EXPIREAT seconds since 1970. Milliseconds given as seconds make an hour 41 days, a month 82 years, and the present the year 57,000: such keys never go, and yet count as having a TTL.",
		Thresholds: []Threshold{
			{Name: "far", Value: aggregate.FarAwaySeconds, Unit: UnitSeconds, Meaning: "time to live from which a TTL is taken for a mistake", Fixed: true},
			{Name: "min-keys", Value: 1, Unit: UnitKeys, Meaning: "such keys, at least"},
		},
		Risk: "Some programs write a very long TTL where they mean for ever. A right TTL deletes the keys when it runs out: mend the writer first, and make sure that readers can do without them.",
	},
	apply: func(in *input, t limits) []finding {
		var clock *aggregate.Time
		for i := range in.Sources {
			if n := in.Sources[i].Now; n != nil && (clock == nil || *n > *clock) {
				clock = n
			}
		}
		if clock == nil {
			return nil
		}
		far := slices.DeleteFunc(slices.Clone(in.Rows), func(row *aggregate.PatternFacts) bool { return row.Far.Keys == 0 })
		slices.SortStableFunc(far, func(a, b *aggregate.PatternFacts) int { return cmp.Compare(b.Far.Keys, a.Far.Keys) })
		var x aggregate.FarTTLs
		var names []string
		var rowKeys, rowSeconds []int64
		for _, row := range far {
			x.Keys += row.Far.Keys
			x.Memory += row.Far.Memory
			x.Last = max(x.Last, row.Far.Last)
			if len(names) < 10 {
				names, rowKeys, rowSeconds = append(names, row.Pattern), append(rowKeys, row.Far.Keys), append(rowSeconds, int64(row.Far.Last-*clock)/1000)
			}
		}
		if x.Keys == 0 || x.Keys < t.get("min-keys") {
			return nil
		}
		left := int64(x.Last-*clock) / 1000
		f := finding{}
		of := ""
		if len(far) == 1 {
			f.Pattern, of = names[0], " of "+command.Clip(names[0])
		} else if aggregate.RatioOf(rowKeys[0], x.Keys) > 5000 {
			f.Pattern, of = names[0], ", most of them "+command.Clip(names[0])+","
		}
		f.Keys = x.Keys
		f.Basis = "exact for this dump; lifetimes, not bytes"
		f.Title = fmt.Sprintf("%s%s %s in more than 10 y, the last in %s", units.Plural(x.Keys, "key"), of, verb(x.Keys, "expires", "expire"), units.Seconds(left))
		f.Evidence = Evidence{
			{"keys", UnitKeys, x.Keys},
			{"memory_bytes", UnitBytes, x.Memory},
			{"longest_seconds", UnitSeconds, left},
			{"longest_thousandth_seconds", UnitSeconds, left / 1000},
			{"last", UnitNone, x.Last.String()},
			{"patterns", UnitNone, names},
			{"pattern_keys", UnitKeys, rowKeys},
			{"pattern_longest_seconds", UnitSeconds, rowSeconds},
			{"example", UnitNone, command.Line(far[0].Example)},
		}
		// As milliseconds since 1970 an EXPIREAT or EXAT would be near the clock.
		if at := aggregate.Time(int64(x.Last) / 1000); max(at-*clock, *clock-at) < aggregate.FarAwaySeconds*1000 && left > 100*aggregate.FarAwaySeconds {
			f.Title += fmt.Sprintf("; as milliseconds that is %s", at)
			f.fact("last_as_milliseconds", UnitNone, at.String())
		} else if left/1000 >= 60 && left/1000 < aggregate.FarAwaySeconds {
			f.Title += fmt.Sprintf("; milliseconds given as seconds? A thousandth is %s", units.Seconds(left/1000))
		}
		f.act = func() []string {
			return []string{
				command.Note("look at what sets the TTL: EXPIRE, SETEX and EX take seconds, PEXPIRE, PSETEX and PX milliseconds, EXPIREAT and EXAT seconds since 1970"),
				command.Note("the keys meant, and when they expire, from the dump:"),
				fmt.Sprintf("rdblens keys --ttl '>%ds' %s", aggregate.FarAwaySeconds, in.Dump()),
			}
		}
		return []finding{f}
	},
}
