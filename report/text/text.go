// Package text writes results for a terminal: no wider than it, and without a
// byte that could harm it. It is the only package that draws tables.
//
// layout.go lays lines out and knows of no result; page.go shows figures and
// names as the options want them; the other files say what is shown of what.
package text

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/report/document"
)

// Options shape the terminal report.
type Options struct {
	Width    int      // columns, 0 = 120, at least 40
	Color    bool     // bold headings and a red banner; nothing is told by color alone
	Bytes    bool     // raw byte counts instead of human units
	ASCII    bool     // nothing but ASCII: frames, bars, and other bytes of keys as \xNN
	Sections []string // names of ReportSections, empty = all but detail, tree and slots
	Explain  string   // a suggestion's ID or rule name: print it at length, and nothing else
}

const (
	defaultWidth = 120
	minWidth     = 40
)

// WriteReport writes the terminal report. No line is wider than o.Width, except
// for the shell commands of an explanation, which are not broken; no control
// character leaves but line feeds, and with o.Color the escapes of colors.
func WriteReport(w io.Writer, d *document.Document, o Options) error {
	t := &reportText{newPage(o), d}
	if o.Explain != "" {
		if err := t.explain(o.Explain); err != nil {
			return err
		}
	} else if err := t.report(); err != nil {
		return err
	}
	_, err := w.Write(t.out.Bytes())
	return err
}

// reportText is the text of a report.
type reportText struct {
	*page
	d *document.Document
}

// reportSections are the parts of the report in their order.
var reportSections = []struct {
	name  string
	write func(t *reportText)
}{
	{"health", (*reportText).health},
	{"memory", (*reportText).memory},
	{"types", (*reportText).types},
	{"patterns", (*reportText).patterns},
	{"detail", (*reportText).detail},
	{"tree", (*reportText).tree},
	{"expiry", (*reportText).expiry},
	{"advice", (*reportText).advice},
	{"biggest", (*reportText).biggest},
	{"sizes", (*reportText).sizes},
	{"slots", (*reportText).slots},
	{"idle", (*reportText).idle},
	{"warnings", (*reportText).warnings},
	{"unknowable", (*reportText).unknowable},
}

// ReportSections returns the names that Options.Sections may hold, in the
// order of the report.
func ReportSections() []string {
	var names []string
	for _, s := range reportSections {
		names = append(names, s.name)
	}
	return names
}

// report writes the sections that are wanted, a blank line between them. A section
// that has nothing to say writes nothing and gets none.
func (t *reportText) report() error {
	names := ReportSections()
	for _, s := range t.o.Sections {
		if !slices.Contains(names, s) {
			return fmt.Errorf("unknown section %q: the sections are %s", s, strings.Join(names, ", "))
		}
	}
	t.banner(t.d.Partial, t.d.Sources)
	for _, s := range reportSections {
		if len(t.o.Sections) > 0 && !slices.Contains(t.o.Sections, s.name) {
			continue
		}
		before := t.out.Len()
		s.write(t)
		if t.err != nil {
			return t.err
		}
		if t.out.Len() > before {
			t.blank()
		}
	}
	if len(t.o.Sections) == 0 {
		t.more()
	} else if n := t.out.Len(); n > 0 {
		t.out.Truncate(n - 1) // the blank line after the last section
	}
	return nil
}

// unknowable says what no dump tells, so that nobody looks for it here.
func (t *reportText) unknowable() {
	if len(t.d.Unknowable) == 0 {
		if t.selected("unknowable") {
			t.none("NOT IN A DUMP")
		}
		return
	}
	t.heading("NOT IN A DUMP")
	for _, s := range t.d.Unknowable {
		t.paragraph("  - ", t.clean(s))
	}
}

// more closes the report with what can be asked next.
func (t *reportText) more() {
	var items []string
	if len(t.d.Suggestions) > 0 {
		items = append(items, "--explain "+t.clean(t.d.Suggestions[0].ID))
	}
	t.flow("More: ", 6, " | ", append(items, "--top 50", "--bytes", "-o report.json", "-o tables/ (Parquet)", "rdblens keys: a row per key")...)
}
