package markdown

import (
	"io"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/comparison"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/units"
)

// WriteTrend writes a trend as Markdown with tables: the verdict first.
func WriteTrend(w io.Writer, d *aggregate.Trend) error {
	m := trendPage{d: d}
	m.paragraph("# Trend of " + units.Plural(int64(len(d.Snapshots)), "snapshot"))
	if d.Partial {
		m.paragraph("**PARTIAL: the figures cover what could be read.**")
	}
	for _, s := range comparison.TrendVerdict(d, units.Bytes) {
		m.line("- " + escape.Markdown(s))
	}
	m.line("")
	m.patterns("Leak suspects", d.LeakSuspects, d.LeakSuspectsTotal)
	m.patterns("By pattern", d.Patterns, d.PatternsTotal)
	m.patterns("Appeared", d.Appeared, d.AppearedTotal)
	m.patterns("Gone", d.Gone, d.GoneTotal)
	m.snapshots()
	m.warnings(d.Warnings)
	return m.end(w)
}

// trendPage is the document of a trend.
type trendPage struct {
	page
	d *aggregate.Trend
}

// patterns writes one list of patterns; total is how many there are beyond it.
func (m *trendPage) patterns(title string, list []aggregate.PatternTrend, total int64) {
	if n := int64(len(list)); total > n {
		title += " (" + units.Grouped(n) + " of " + units.Grouped(total) + ")"
	}
	m.paragraph("## " + title)
	if len(list) == 0 {
		m.paragraph("None.")
		return
	}
	var rows [][]string
	for i := range list {
		p := &list[i]
		last, day := len(p.Memory)-1, ""
		if p.MemoryPerDay != nil {
			day = comparison.RateText(p.MemoryPerDay, units.Bytes)
		}
		rows = append(rows, []string{escape.MarkdownCode(p.Pattern), escape.Markdown(p.Type), units.Bytes(p.Memory[0]), units.Bytes(p.Memory[last]), units.Signed(p.MemoryChange, units.Bytes),
			units.SignedPercent(p.MemoryChange, p.Memory[0]), day, units.Grouped(p.Keys[0]), units.Grouped(p.Keys[last]), units.WholePercent(p.KeysWithoutTTL[last], p.Keys[last])})
	}
	m.table(2, []string{"pattern", "type", "first", "last", "change", "%", "a day", "keys first", "last", "no TTL"}, rows)
}

// snapshots lists what the trend is of.
func (m *trendPage) snapshots() {
	m.paragraph("## Snapshots")
	var rows [][]string
	for i := range m.d.Snapshots {
		s := &m.d.Snapshots[i]
		when := ""
		if s.Ctime != nil {
			when = units.Moment(*s.Ctime)
		}
		rows = append(rows, []string{escape.Markdown(comparison.SnapshotName(s)), when, units.Grouped(s.Totals.Keys), units.Bytes(s.Totals.Memory)})
	}
	m.table(2, []string{"snapshot", "saved", "keys", "keys and values"}, rows)
}
