package markdown

import (
	"bytes"
	"io"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/units"
)

// page collects a document: nothing of it is written before all of it is there.
type page struct{ out bytes.Buffer }

// line ends what is markup already.
func (p *page) line(s string) { p.out.WriteString(s + "\n") }

// paragraph is a line with an empty one behind it.
func (p *page) paragraph(s string) { p.line(s + "\n") }

// table writes a table; cells are markup already. The first left columns are
// text, the others numbers.
func (p *page) table(left int, header []string, rows [][]string) {
	p.line("| " + strings.Join(header, " | ") + " |")
	rule := "|"
	for i := range header {
		if i < left {
			rule += " --- |"
		} else {
			rule += " ---: |"
		}
	}
	p.line(rule)
	for _, r := range rows {
		p.line("| " + strings.Join(r, " | ") + " |")
	}
	p.line("")
}

// warnings lists warnings under a heading; nothing where there are none.
func (p *page) warnings(list []aggregate.Warning) {
	if len(list) == 0 {
		return
	}
	p.paragraph("## Warnings")
	const most = 50
	for i := range list {
		if i == most {
			p.line("- and " + units.Plural(int64(len(list)-i), "more warning"))
			break
		}
		text := list[i].Text
		if s := list[i].Source; s != "" {
			text = s + ": " + text
		}
		p.line("- " + escape.Markdown(text))
	}
	p.line("")
}

// end writes the document, without its last empty line.
func (p *page) end(w io.Writer) error {
	p.out.Truncate(p.out.Len() - 1)
	_, err := w.Write(p.out.Bytes())
	return err
}

// maxSources is how many sources a document lists.
const maxSources = 10

// WriteReport writes a report as Markdown with tables: for a ticket, or the summary of
// a step of a pipeline. What presses comes first.
func WriteReport(w io.Writer, d *document.Document) error {
	r := reportPage{d: d}
	r.head()
	r.memory()
	r.watch()
	r.advice()
	r.types()
	r.patterns()
	r.expiry()
	r.biggest()
	r.warnings(d.Warnings)
	if len(d.Unknowable) > 0 {
		r.paragraph("## Not in a dump")
		for _, s := range d.Unknowable {
			r.line("- " + escape.Markdown(s))
		}
		r.line("")
	}
	return r.end(w)
}

// reportPage is the document of a report.
type reportPage struct {
	page
	d *document.Document
}

func (r *reportPage) head() {
	d := r.d
	r.paragraph("# Memory of " + escape.Markdown(titleOf(d.Sources)))
	if d.Partial {
		r.paragraph("**PARTIAL: the figures cover what could be read.**")
	}
	for i := range d.Sources {
		if i == maxSources && len(d.Sources) > maxSources+1 {
			r.line("- and " + units.Plural(int64(len(d.Sources)-i), "more source"))
			break
		}
		s := &d.Sources[i]
		line := "- " + escape.MarkdownCode(s.Name) + ": "
		if s.Magic != "" {
			line += units.Bytes(s.Bytes) + ", " + escape.Markdown(s.Magic)
			if s.ServerVersion != "" {
				line += " (" + escape.Markdown(s.ServerVersion) + ")"
			}
			if s.Ctime != nil {
				line += ", saved " + units.Moment(*s.Ctime)
			}
			line += ", " + units.Plural(s.Keys, "key") + ", checksum " + escape.Markdown(s.Checksum)
		}
		if s.Error != "" {
			line = strings.TrimSuffix(line, ": ") + ": **" + escape.Markdown(s.Error) + "**"
			if s.ErrorOffset != nil {
				line += " at byte " + units.Grouped(*s.ErrorOffset)
			}
		}
		r.line(line)
	}
	if len(d.Sources) > 0 {
		r.line("")
	}
	if d.Filters.Any() {
		r.paragraph("A selection of keys only: filters are in force.")
	}
}

// titleOf names one source, or says how many there are.
func titleOf(sources []aggregate.Source) string {
	if len(sources) == 1 {
		return sources[0].Name
	}
	return units.Plural(int64(len(sources)), "source")
}

// memory is what is used, and of what it consists.
func (r *reportPage) memory() {
	t := &r.d.Totals
	rows := [][]string{{"keys", units.Grouped(t.Keys), ""}, {"keys and values", units.Bytes(t.Memory), ""}}
	add := func(name string, n *int64) {
		if n != nil {
			rows = append(rows, []string{name, units.Bytes(*n), ""})
		}
	}
	add("key tables", t.Keyspace)
	add("server", t.Baseline)
	add("used\\_memory, predicted", t.PredictedUsedMemory)
	add("used\\_memory, reported", t.ReportedUsedMemory)
	rows = append(rows,
		[]string{"never expires", units.Bytes(t.Memory - t.MemoryWithTTL), units.WholePercent(t.Memory-t.MemoryWithTTL, t.Memory)},
		[]string{"past its TTL", units.Bytes(t.MemoryExpired), units.Plural(t.KeysExpired, "key")})
	r.table(1, []string{"", "", ""}, rows)
}

// watch is what presses.
func (r *reportPage) watch() {
	if len(r.d.Expiry.Storms) == 0 {
		return
	}
	r.paragraph("## Watch")
	const most = 5
	for i := range r.d.Expiry.Storms {
		if i == most {
			r.line("- and " + units.Plural(int64(len(r.d.Expiry.Storms)-i), "more span") + " like these")
			break
		}
		s := &r.d.Expiry.Storms[i]
		line := "- " + units.Plural(s.Keys, "key") + " (" + units.Bytes(s.Memory) + ") expire within " + units.Seconds(s.WidthSeconds) + " from " + units.Moment(s.At)
		if s.Mostly() {
			line += ", most of them " + escape.MarkdownCode(s.TopPatterns[0])
		}
		r.line(line)
	}
	r.line("")
}

func (r *reportPage) advice() {
	d := r.d
	if len(d.Suggestions) == 0 {
		return
	}
	title := "## What to do"
	if d.Together != nil {
		title += ": together at most " + units.Bytes(*d.Together) + " of " + units.Bytes(d.Totals.Memory)
	}
	r.paragraph(title)
	var rows [][]string
	for i := range d.Suggestions {
		s := &d.Suggestions[i]
		saves := ""
		if s.Saves != nil {
			saves = units.Bytes(*s.Saves)
		}
		rows = append(rows, []string{escape.Markdown(s.ID), escape.Markdown(s.Title), escape.Markdown(s.Basis), saves})
	}
	r.table(3, []string{"rule", "", "basis", "saves"}, rows)
}

func (r *reportPage) types() {
	types := r.d.Types()
	if len(types) == 0 {
		return
	}
	r.paragraph("## By type")
	var rows [][]string
	for i := range types {
		x := &types[i]
		rows = append(rows, []string{escape.Markdown(x.Type), units.Bytes(x.Memory), units.Percent(x.Memory, r.d.Totals.Memory), units.Grouped(x.Keys),
			units.Bytes(x.AvgBytes), units.Bytes(x.Max), units.WholePercent(x.KeysWithoutTTL, x.Keys)})
	}
	r.table(1, []string{"type", "memory", "share", "keys", "per key", "largest", "no TTL"}, rows)
}

func (r *reportPage) patterns() {
	if len(r.d.Patterns) == 0 {
		return
	}
	title := "## By pattern"
	if n := int64(len(r.d.Patterns)); r.d.PatternsTotal > n {
		title += " (" + units.Grouped(n) + " of " + units.Grouped(r.d.PatternsTotal) + ")"
	}
	r.paragraph(title)
	var rows [][]string
	estimated := false
	for i := range r.d.Patterns {
		p := &r.d.Patterns[i]
		memory := units.Bytes(p.Memory)
		if p.Estimated {
			memory, estimated = "≈ "+memory, true
		}
		rows = append(rows, []string{escape.MarkdownCode(p.Pattern), escape.Markdown(p.Type), memory, units.Percent(p.Memory, r.d.Totals.Memory), units.Grouped(p.Keys),
			units.Bytes(p.AvgBytes), units.WholePercent(p.KeysWithoutTTL, p.Keys)})
	}
	r.table(2, []string{"pattern", "type", "memory", "share", "keys", "per key", "no TTL"}, rows)
	if estimated {
		r.paragraph("≈ carried over from a sample of keys.")
	}
}

func (r *reportPage) expiry() {
	var rows [][]string
	for _, b := range r.d.Expiry.Buckets {
		if b.Keys > 0 {
			rows = append(rows, []string{escape.Markdown(b.Label), units.Bytes(b.Memory), units.Grouped(b.Keys)})
		}
	}
	if len(rows) == 0 {
		return
	}
	r.paragraph("## Expiry")
	r.table(1, []string{"time left", "memory", "keys"}, rows)
}

func (r *reportPage) biggest() {
	if len(r.d.Biggest) == 0 {
		return
	}
	r.paragraph("## Biggest keys")
	var rows [][]string
	for i := range r.d.Biggest {
		k := &r.d.Biggest[i]
		rows = append(rows, []string{escape.MarkdownCode(k.Key), escape.Markdown(k.Type), escape.Markdown(k.Encoding), units.Bytes(k.Memory), units.Grouped(k.Elements)})
	}
	r.table(3, []string{"key", "type", "encoding", "memory", "elements"}, rows)
}
