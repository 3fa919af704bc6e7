package report

import (
	"bytes"
	"io"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
)

// WriteDiffMarkdown writes a comparison as Markdown with tables (CommonMark and
// the tables of GitHub): for a pull request, a ticket, a wiki.
func WriteDiffMarkdown(w io.Writer, d *aggregate.Diff) error {
	m := markdownDiff{d: d}
	m.write()
	_, err := w.Write(m.out.Bytes())
	return err
}

type markdownDiff struct {
	d   *aggregate.Diff
	out bytes.Buffer
}

// markdownText makes text safe within a line of Markdown: nothing of it is
// markup, and it does not end a cell.
func markdownText(s string) string {
	var b strings.Builder
	for _, c := range string(appendPrintable(nil, s, false)) {
		if c < 0x80 && strings.ContainsRune("\\`*_{}[]()<>#+-.!|~&", c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// markdownCode makes a code span of a key or pattern.
func markdownCode(s string) string {
	s = string(appendPrintable(nil, s, false))
	s = strings.ReplaceAll(s, "|", "\\|") // a table's cell ends at a bare one, in code too
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if s == "" || strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.TrimSpace(s) == "" {
		s = " " + s + " "
	}
	return fence + s + fence
}

func (m *markdownDiff) line(s string) { m.out.WriteString(s + "\n") }

// table writes a table; cells are markup already. The first left columns are
// text, the others numbers.
func (m *markdownDiff) table(left int, header []string, rows [][]string) {
	m.line("| " + strings.Join(header, " | ") + " |")
	rule := "|"
	for i := range header {
		if i < left {
			rule += " --- |"
		} else {
			rule += " ---: |"
		}
	}
	m.line(rule)
	for _, r := range rows {
		m.line("| " + strings.Join(r, " | ") + " |")
	}
	m.line("")
}

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
			when = moment(*s.side.Ctime)
		}
		m.line("- " + s.name + ": " + markdownText(sourceNames(s.side)) + ", saved " + when + ", " + plural(s.side.Totals.Keys, "key"))
	}
	m.line("")
	m.table(1, []string{"", "before", "after", "change", "%", "a day"}, diffTotals(d, humanBytes))
	if s := forecastText(&d.Forecast, humanBytes); s != "" {
		m.line(s + ".")
		m.line("")
	}
	m.line("## By type")
	m.line("")
	var rows [][]string
	for i := range d.ByType {
		rows = append(rows, append([]string{markdownText(d.ByType[i].Type)}, changeCells(&d.ByType[i].Change)...))
	}
	m.table(1, append([]string{"type"}, changeHeader...), rows)
	m.patterns("By pattern", d.Patterns, d.PatternsTotal)
	m.patterns("New patterns", d.NewPatterns, d.NewPatternsTotal)
	m.patterns("Vanished patterns", d.Vanished, d.VanishedTotal)
	m.patterns("Leak suspects", d.LeakSuspects, d.LeakSuspectsTotal)
	m.keys()
	if len(d.Warnings) > 0 {
		m.line("## Warnings")
		m.line("")
		for i := range d.Warnings {
			text := d.Warnings[i].Text
			if s := d.Warnings[i].Source; s != "" {
				text = s + ": " + text
			}
			m.line("- " + markdownText(text))
		}
		m.line("")
	}
	m.out.Truncate(m.out.Len() - 1) // the last empty line
}

var changeHeader = []string{"before", "after", "change", "%", "keys before", "keys after", "per key before", "after", "no TTL", "a day"}

func changeCells(x *aggregate.Change) []string {
	day := ""
	if x.MemoryPerDay != nil {
		day = withSign(*x.MemoryPerDay, humanBytes)
	}
	return []string{
		humanBytes(x.MemoryBefore), humanBytes(x.MemoryAfter), withSign(x.MemoryChange, humanBytes), signedPercent(x.MemoryChange, x.MemoryBefore),
		grouped(x.KeysBefore), grouped(x.KeysAfter), humanBytes(x.AvgBefore), humanBytes(x.AvgAfter), wholePercent(x.KeysWithoutTTLAfter, x.KeysAfter), day,
	}
}

func (m *markdownDiff) patterns(title string, list []aggregate.DiffPattern, total int64) {
	if n := int64(len(list)); total > n {
		title += " (" + grouped(n) + " of " + grouped(total) + ")"
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
		rows = append(rows, append([]string{markdownCode(p.Pattern), markdownText(p.Type)}, changeCells(&p.Change)...))
	}
	m.table(2, append([]string{"pattern", "type"}, changeHeader...), rows)
}

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
		expires := "never"
		if k.Expiry != nil {
			expires = moment(*k.Expiry)
		}
		rows = append(rows, []string{markdownCode(k.Key), markdownText(k.Type), markdownText(k.Encoding), expires, humanBytes(k.Memory), grouped(k.Elements)})
	}
	m.table(4, []string{"key", "type", "encoding", "expires", "memory", "elements"}, rows)
	if s := newKeysNote(m.d, humanBytes); s != "" {
		m.line(strings.ToUpper(s[:1]) + s[1:] + ".")
		m.line("")
	}
}
