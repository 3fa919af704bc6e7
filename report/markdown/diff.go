// Package markdown writes results for a pull request, a ticket or a wiki.
package markdown

import (
	"io"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/comparison"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/units"
)

// WriteDiff writes a comparison as Markdown with tables (CommonMark and
// the tables of GitHub): for a pull request, a ticket, a wiki.
func WriteDiff(w io.Writer, d *aggregate.Diff) error {
	m := markdownDiff{d: d}
	m.write()
	return m.end(w)
}

// markdownDiff builds the whole document before a byte is written: what fails,
// fails before anything of it is seen.
type markdownDiff struct {
	page
	d *aggregate.Diff
}

// write goes through the comparison in the order of the text: what it is of, the
// verdict, then what changed by type and by pattern, then what to look at.
func (m *markdownDiff) write() {
	d := m.d
	m.line("# Change between two snapshots")
	m.line("")
	if d.Partial {
		m.line("**PARTIAL: the figures cover what could be read.**")
		m.line("")
	}
	for _, s := range []struct {
		name string
		side *aggregate.DiffSide
	}{{"Old", &d.Old}, {"New", &d.New}} {
		when := "not known when"
		if s.side.Ctime != nil {
			when = units.Moment(*s.side.Ctime)
		}
		m.line("- " + s.name + ": " + escape.Markdown(comparison.SourceNames(s.side)) + ", saved " + when + ", " + units.Plural(s.side.Totals.Keys, "key"))
	}
	m.line("")
	if s := comparison.ShortSpan(d); s != "" {
		m.line(units.Seconds(*d.SpanSeconds) + " apart" + s + ".")
		m.line("")
	}
	m.table(1, []string{"", "before", "after", "change", "%", "a day"}, comparison.Totals(d, units.Bytes))
	if s := comparison.Forecast(&d.Forecast, units.Bytes); s != "" {
		m.line(s + ".")
		m.line("")
	}
	m.line("## By type")
	m.line("")
	var rows [][]string
	for i := range d.ByType {
		rows = append(rows, append([]string{escape.Markdown(d.ByType[i].Type)}, changeCells(&d.ByType[i].Change)...))
	}
	m.table(1, append([]string{"type"}, changeHeader...), rows)
	m.patterns("By pattern", d.Patterns, d.PatternsTotal)
	m.patterns("New patterns", d.NewPatterns, d.NewPatternsTotal)
	m.patterns("Vanished patterns", d.Vanished, d.VanishedTotal)
	m.patterns("Leak suspects", d.LeakSuspects, d.LeakSuspectsTotal)
	m.keys()
	m.grown()
	m.warnings(d.Warnings)
}

// changeHeader names what changeCells holds.
var changeHeader = []string{"before", "after", "change", "%", "keys before", "keys after", "per key before", "after", "no TTL", "a day"}

// changeCells go with changeHeader; a cell is empty where there was nothing to
// compare with.
func changeCells(x *aggregate.Change) []string {
	day := ""
	if x.MemoryPerDay != nil {
		day = units.Signed(*x.MemoryPerDay, units.Bytes)
	}
	return []string{
		units.Bytes(x.MemoryBefore), units.Bytes(x.MemoryAfter), units.Signed(x.MemoryChange, units.Bytes), units.SignedPercent(x.MemoryChange, x.MemoryBefore),
		units.Grouped(x.KeysBefore), units.Grouped(x.KeysAfter), units.Bytes(x.AvgBefore), units.Bytes(x.AvgAfter), units.WholePercent(x.KeysWithoutTTLAfter, x.KeysAfter), day,
	}
}

// patterns writes one list of patterns; total is how many there are beyond it.
func (m *markdownDiff) patterns(title string, list []aggregate.DiffPattern, total int64) {
	if n := int64(len(list)); total > n {
		title += " (" + units.Grouped(n) + " of " + units.Grouped(total) + ")"
	}
	m.line("## " + title)
	m.line("")
	if len(list) == 0 {
		m.line("None.")
		m.line("")
		return
	}
	var rows [][]string
	for i := range list {
		p := &list[i]
		rows = append(rows, append([]string{escape.MarkdownCode(p.Pattern), escape.Markdown(p.Type)}, changeCells(&p.Change)...))
	}
	m.table(2, append([]string{"pattern", "type"}, changeHeader...), rows)
}

// keys lists the largest keys that OLD did not have, as far as that can be known.
func (m *markdownDiff) keys() {
	m.line("## Biggest new keys")
	m.line("")
	if len(m.d.NewKeys) == 0 {
		m.line("None.")
		m.line("")
		return
	}
	var rows [][]string
	for i := range m.d.NewKeys {
		k := &m.d.NewKeys[i]
		rows = append(rows, []string{escape.MarkdownCode(k.Key), escape.Markdown(k.Type), escape.Markdown(k.Encoding), comparison.Expires(k.Expiry), units.Bytes(k.Memory), units.Grouped(k.Elements)})
	}
	m.table(4, []string{"key", "type", "encoding", "expires", "memory", "elements"}, rows)
	if s := comparison.NewKeysNote(m.d, units.Bytes); s != "" {
		m.line(strings.ToUpper(s[:1]) + s[1:] + ".")
		m.line("")
	}
}

// grown lists the keys that grew most, of those that are known on both sides.
func (m *markdownDiff) grown() {
	title := "Keys that grew most"
	if n := int64(len(m.d.GrownKeys)); m.d.GrownKeysTotal > n {
		title += " (" + units.Grouped(n) + " of " + units.Grouped(m.d.GrownKeysTotal) + ")"
	}
	m.line("## " + title)
	m.line("")
	if len(m.d.GrownKeys) == 0 {
		m.line("None.")
		m.line("")
		return
	}
	var rows [][]string
	for i := range m.d.GrownKeys {
		k := &m.d.GrownKeys[i]
		rows = append(rows, []string{escape.MarkdownCode(k.Key), escape.Markdown(k.Type), comparison.Expires(k.Expiry), units.Bytes(k.MemoryBefore), units.Bytes(k.Memory),
			units.Signed(k.MemoryChange, units.Bytes), units.Grouped(k.ElementsBefore), units.Grouped(k.Elements)})
	}
	m.table(3, []string{"key", "type", "expires", "before", "after", "change", "elements before", "after"}, rows)
}
