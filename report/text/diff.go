package text

import (
	"io"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/comparison"
	"github.com/rdblens/rdblens/report/units"
)

// WriteDiff writes a comparison for a terminal, under the same rules as
// WriteReport: its first screen, with o.Full all of it.
func WriteDiff(w io.Writer, d *aggregate.Diff, o Options) error {
	t := diffText{newPage(o), d}
	t.head()
	t.verdict()
	t.suspects()
	t.totals()
	if o.Full {
		t.whole()
	} else {
		t.rest()
	}
	if t.err != nil {
		return t.err
	}
	_, err := w.Write(t.out.Bytes())
	return err
}

const (
	fewTypes    = 5 // types of the first screen
	fewWarnings = 4 // lines of it that may be warnings
	leastRows   = 4 // patterns of it at least
)

// rest fills the first screen: types, patterns as far as there is room, and a word of what
// is not shown.
func (t *diffText) rest() {
	d := t.diff
	t.types(fewTypes)
	below := t.capture(func() {
		t.someWarnings()
		t.more()
	})
	room := t.screenful() - lines(t.out.Bytes()) - lines(below) - 2 // its heading, a blank line
	rows := d.Patterns
	if n := len(rows); n > 0 && rows[n-1].Status == "other" {
		rows = rows[:n-1] // the heading counts them
	}
	t.patterns("BY PATTERN", rows[:max(min(len(rows), room), min(len(rows), leastRows))], d.PatternsTotal)
	t.out.Write(below)
}

// someWarnings prints the first warnings, as far as there is room, and at least one.
func (t *diffText) someWarnings() {
	list := t.diff.Warnings
	if len(list) == 0 {
		return
	}
	n := len(list)
	for n > 1 && lines(t.capture(func() { t.page.warnings(list[:n]) })) > fewWarnings {
		n--
	}
	t.page.warnings(list[:n])
	if n < len(list) {
		t.line("  ! and " + units.Plural(int64(len(list)-n), "more warning"))
	}
	t.blank()
}

// more says what there is beyond the first screen.
func (t *diffText) more() {
	d := t.diff
	var items []string
	for _, x := range []struct {
		n    int64
		what string
	}{
		{d.NewPatternsTotal, "new pattern"}, {d.VanishedTotal, "vanished pattern"}, {int64(len(d.NewKeys)), "big new key"}, {d.GrownKeysTotal, "big key that grew"},
	} {
		switch {
		case x.n == 1:
			items = append(items, "1 "+x.what)
		case x.n > 1 && x.what == "big key that grew":
			items = append(items, units.Grouped(x.n)+" big keys that grew")
		case x.n > 1:
			items = append(items, units.Grouped(x.n)+" "+x.what+"s")
		}
	}
	if len(items) > 0 {
		t.flow("also   ", 7, ", ", items...)
	}
	t.paintedHeading("Next", func() { t.flow("Next   ", 7, "   ", "--full everything", "-o diff.html to browse") })
}

// whole is everything behind the totals.
func (t *diffText) whole() {
	d := t.diff
	t.types(len(d.ByType))
	t.patterns("BY PATTERN", d.Patterns, d.PatternsTotal)
	t.patterns("NEW PATTERNS", d.NewPatterns, d.NewPatternsTotal)
	t.patterns("VANISHED PATTERNS", d.Vanished, d.VanishedTotal)
	t.patterns("LEAK SUSPECTS IN DETAIL", d.LeakSuspects, d.LeakSuspectsTotal)
	t.keys()
	t.grown()
	t.warnings()
}

// diffText is the text of a comparison.
type diffText struct {
	*page
	diff *aggregate.Diff
}

// head says which snapshots are compared, and how far they are apart.
func (t *diffText) head() {
	if t.diff.Partial {
		t.styled(styleAlarm, "PARTIAL: the figures cover what could be read")
		t.blank()
	}
	for _, s := range []struct {
		name string
		side *aggregate.DiffSide
	}{{"OLD  ", &t.diff.Old}, {"NEW  ", &t.diff.New}} {
		when := "not known when"
		if s.side.Ctime != nil {
			when = units.Moment(*s.side.Ctime)
		}
		t.flow(s.name, len(s.name), "   ", t.clean(comparison.SourceNames(s.side)), "saved "+when, units.Plural(s.side.Totals.Keys, "key"))
	}
	if s := t.diff.SpanSeconds; s != nil {
		t.line("     " + units.Seconds(*s) + " apart" + comparison.ShortSpan(t.diff))
	}
	t.blank()
}

// soon is how many days before maxmemory is reached are worth an alarm.
const soon = 30

// verdict says how it went, and the days left.
func (t *diffText) verdict() {
	x := &t.diff.Totals
	word, by := "UNCHANGED", ""
	switch {
	case x.MemoryChange > 0:
		word, by = "GROWN", " by "+t.sizeWithUnit(x.MemoryChange)
	case x.MemoryChange < 0:
		word, by = "SHRUNK", " by "+t.sizeWithUnit(-x.MemoryChange)
	}
	if p := units.SignedPercent(x.MemoryChange, x.MemoryBefore); p != "" && x.MemoryChange != 0 {
		by += " (" + p + ")"
	}
	if s := t.diff.SpanSeconds; s != nil {
		by += " in " + units.Seconds(*s)
	}
	t.paintedHeading(word, func() {
		t.flow("", 2, "   ", word+by, t.sizeWithUnit(x.MemoryBefore)+" -> "+t.sizeWithUnit(x.MemoryAfter), units.Grouped(x.KeysBefore)+" -> "+units.Plural(x.KeysAfter, "key"))
	})
	f := &t.diff.Forecast
	switch s := comparison.Forecast(f, t.size); {
	case s == "":
		t.line("  --maxmemory SIZE tells the days left")
	case f.UsedAfter != nil && f.MaxMemory != nil && (*f.UsedAfter >= *f.MaxMemory || f.Days != nil && *f.Days < soon):
		t.withWord("!", styleAlarm, func() { t.paragraph("  ! ", s) })
	default:
		t.paragraph("  ", s)
	}
	t.blank()
}

// fewSuspects is how many are named before the tables.
const fewSuspects = 5

// suspects names the patterns that grow and never expire.
func (t *diffText) suspects() {
	list := t.diff.LeakSuspects
	if len(list) == 0 {
		t.none("LEAK SUSPECTS")
		t.blank()
		return
	}
	t.paintedHeading("LEAK SUSPECTS", func() { t.flow("", 2, "   ", "LEAK SUSPECTS", "they grow and never expire") })
	var rows [][]string
	for i := range list {
		if i == fewSuspects {
			break
		}
		p := &list[i]
		day := ""
		if p.MemoryPerDay != nil {
			day = units.Signed(*p.MemoryPerDay, t.size) + " a day"
		}
		rows = append(rows, []string{" !", t.name(p.Pattern), t.clean(p.Type), units.Signed(p.MemoryChange, t.size), units.Signed(p.KeysChange, t.count) + " " + keyOrKeys(p.KeysChange), day})
	}
	t.list([]column{{}, {middle: true, min: 16}, {drop: 3}, {right: true}, {right: true, drop: 2}, {right: true, drop: 1}}, rows,
		func(_ int, line string) string { return t.paint(line, "!", styleWatch) })
	if n := t.diff.LeakSuspectsTotal - int64(len(rows)); n > 0 {
		t.line(" " + t.ellipsis + " " + units.Grouped(n) + " more")
	}
	t.blank()
}

// keyOrKeys is the noun that goes with a change.
func keyOrKeys(n int64) string {
	if n == 1 || n == -1 {
		return "key"
	}
	return "keys"
}

// totals is what all keys took before and after.
func (t *diffText) totals() {
	rows := comparison.Totals(t.diff, t.size)
	for _, r := range rows {
		r[0] = "  " + r[0]
	}
	t.table([]column{{title: "CHANGE", min: 16}, {title: "before", right: true}, {title: "after", right: true}, {title: "change", right: true},
		{title: "%", right: true, drop: 1}, {title: "a day", right: true, drop: 2}}, rows)
	t.blank()
}

// types shows the change of n types; it is left out when there are no keys at all.
func (t *diffText) types(n int) {
	if len(t.diff.ByType) == 0 {
		return
	}
	title := "BY TYPE"
	if all := len(t.diff.ByType); n < all {
		title += " (" + units.Grouped(int64(n)) + " of " + units.Grouped(int64(all)) + ")"
	}
	var rows [][]string
	for i := range t.diff.ByType[:min(n, len(t.diff.ByType))] {
		x := &t.diff.ByType[i]
		rows = append(rows, append([]string{"  " + t.clean(x.Type)}, t.change(&x.Change)...))
	}
	t.table(append([]column{{title: title, min: max(10, len(title))}}, changeColumns...), rows)
	t.blank()
}

// changeColumns go with change.
var changeColumns = []column{
	{title: "before", right: true, drop: 4}, {title: "after", right: true, drop: 3}, {title: "change", right: true},
	{title: "%", right: true, drop: 2}, {title: "keys", right: true, drop: 1}, {title: "change", right: true, drop: 5},
	{title: "per key", right: true, drop: 6}, {title: "was", right: true, drop: 8}, {title: "no TTL", right: true, drop: 7},
	{title: "a day", right: true, drop: 9},
}

// change is the cells of changeColumns. What is not known, as the change a day of
// dumps without a time, is an empty cell, so that its column goes when no row has it.
func (t *diffText) change(x *aggregate.Change) []string {
	day := ""
	if x.MemoryPerDay != nil {
		day = units.Signed(*x.MemoryPerDay, t.size)
	}
	per, was := "", ""
	if x.KeysAfter > 0 {
		per = t.size(x.AvgAfter)
	}
	if x.KeysBefore > 0 {
		was = t.size(x.AvgBefore)
	}
	return []string{
		t.size(x.MemoryBefore), t.size(x.MemoryAfter), units.Signed(x.MemoryChange, t.size), units.SignedPercent(x.MemoryChange, x.MemoryBefore),
		t.count(x.KeysAfter), units.Signed(x.KeysChange, t.count), per, was, units.WholePercent(x.KeysWithoutTTLAfter, x.KeysAfter), day,
	}
}

// patterns shows one list of patterns; total is how many there are beyond it.
func (t *diffText) patterns(title string, list []aggregate.DiffPattern, total int64) {
	if len(list) == 0 {
		t.none(title)
		t.blank()
		return
	}
	if n := int64(len(list)); total > n {
		title += " (" + units.Grouped(n) + " of " + units.Grouped(total) + ")"
	}
	var rows [][]string
	for i := range list {
		p := &list[i]
		rows = append(rows, append([]string{"  " + t.name(p.Pattern), t.clean(p.Type)}, t.change(&p.Change)...))
	}
	t.table(append([]column{{title: title, min: 20}, {title: "type", drop: 5}}, changeColumns...), rows)
	t.blank()
}

// keys lists the largest keys that OLD did not have, as far as that can be known.
func (t *diffText) keys() {
	if len(t.diff.NewKeys) == 0 {
		t.none("BIGGEST NEW KEYS")
	} else {
		t.bigKeys("BIGGEST NEW KEYS", t.diff.NewKeys)
		if s := comparison.NewKeysNote(t.diff, t.sizeWithUnit); s != "" {
			t.paragraph("  ", s)
		}
	}
}

// grown lists the keys that grew most, of those that are known on both sides.
func (t *diffText) grown() {
	t.blank()
	list := t.diff.GrownKeys
	if len(list) == 0 {
		t.none("KEYS THAT GREW MOST")
		return
	}
	title := "KEYS THAT GREW MOST"
	if n := int64(len(list)); t.diff.GrownKeysTotal > n {
		title += " (" + units.Grouped(n) + " of " + units.Grouped(t.diff.GrownKeysTotal) + ")"
	}
	var rows [][]string
	for i := range list {
		k := &list[i]
		rows = append(rows, []string{"  " + t.name(k.Key), t.clean(k.Type), t.size(k.MemoryBefore), t.size(k.Memory), units.Signed(k.MemoryChange, t.size),
			units.Signed(k.Elements-k.ElementsBefore, t.count), comparison.Expires(k.Expiry)})
	}
	t.table([]column{{title: title, min: 20}, {title: "type", drop: 4}, {title: "before", right: true, drop: 2}, {title: "after", right: true, drop: 1},
		{title: "change", right: true}, {title: "elements", right: true, drop: 3}, {title: "expires", drop: 5}}, rows)
}

// warnings come last, and only when there are any: diff has no sections to ask for.
func (t *diffText) warnings() {
	if len(t.diff.Warnings) == 0 {
		return
	}
	t.blank()
	t.page.warnings(t.diff.Warnings)
}
