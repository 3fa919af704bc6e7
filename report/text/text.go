// Package text writes results for a terminal: no wider than it, and without a
// byte that could harm it. It is the only package that draws tables.
//
// layout.go and fold.go lay lines out and know of no result; page.go shows figures and
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
	Width int  // columns, 0 = 120, at least 40
	Color bool // bold headings and a red banner; nothing is told by color alone
	Bytes bool // raw byte counts instead of human units
	Full  bool // the whole report instead of its first screen
	// Whole: nothing is cut or left out to make lines fit; they may be longer than Width.
	Whole bool
	// Sort is what patterns are sorted by, "" for memory.
	Sort     document.Order
	ASCII    bool     // nothing but ASCII: frames, bars, and other bytes of keys as \xNN
	Sections []string // names of ReportSections, empty = the first screen, or all with Full
	Explain  string   // a suggestion's ID or rule name: print it at length, and nothing else
}

const (
	defaultWidth = 120
	minWidth     = 40
)

// WriteReport writes the report: its first screen, with o.Full all of it, with
// o.Sections these. No line is wider than o.Width, unless o.Whole is set, and except
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

// reportSections are the parts of the whole report in their order: the answer first,
// then what it rests on, and the advice at length last.
var reportSections = []struct {
	name  string
	write func(t *reportText)
}{
	{"health", (*reportText).health},
	{"used", (*reportText).used},
	{"where", (*reportText).where},
	{"watch", (*reportText).watch},
	{"help", (*reportText).help},
	{"memory", (*reportText).memory},
	{"types", (*reportText).types},
	{"patterns", (*reportText).patterns},
	{"tree", (*reportText).tree},
	{"detail", (*reportText).detail},
	{"expiry", (*reportText).expiry},
	{"biggest", (*reportText).biggest},
	{"names", (*reportText).names},
	{"sizes", (*reportText).sizes},
	{"slots", (*reportText).slots},
	{"idle", (*reportText).idle},
	{"warnings", (*reportText).warnings},
	{"unknowable", (*reportText).unknowable},
	{"advice", (*reportText).advice},
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

// report writes the first screen, or the sections that are wanted, a blank line between
// them. A section that has nothing to say writes nothing and gets none.
func (t *reportText) report() error {
	names := ReportSections()
	for _, s := range t.o.Sections {
		if !slices.Contains(names, s) {
			return fmt.Errorf("unknown section %q: the sections are %s", s, strings.Join(names, ", "))
		}
	}
	if len(t.o.Sections) == 0 && !t.o.Full {
		t.screen()
		return t.err
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
		// What a terminal shows of a long report is its end.
		least := rooms[len(rooms)-1]
		t.used()
		t.blank()
		t.watchIn(least)
		t.blank()
		t.helpIn(least)
		t.blank()
		t.next()
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
