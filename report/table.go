package report

import (
	"errors"
	"io"
	"reflect"
	"slices"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/csv"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/folded"
	"github.com/rdblens/rdblens/report/html"
	"github.com/rdblens/rdblens/report/json"
	"github.com/rdblens/rdblens/report/markdown"
	"github.com/rdblens/rdblens/report/ncdu"
	"github.com/rdblens/rdblens/report/parquet"
	"github.com/rdblens/rdblens/report/pprof"
	"github.com/rdblens/rdblens/report/prometheus"
	"github.com/rdblens/rdblens/report/rows"
	"github.com/rdblens/rdblens/report/text"
)

// This file is the one place that says which result is written in which format.
// Help, error messages, the suffixes of -o and what is kept from a terminal all
// follow from it.
//
// To add a format: a constant and a line in format.go, a package that renders,
// and a cell in the row of each result that has it (a planned cell is turned
// into one). To add a result: a Kind, its type in Result, and a row with its
// cells. To write it, a command calls Write; to offer it, it asks the Kind.

// Kind is a kind of result: a row of the table.
type Kind uint8

// The kinds of results.
const (
	KindReport Kind = iota // *Document
	KindDiff               // *aggregate.Diff
	KindTrend              // *aggregate.Trend
	KindWhatIf             // *aggregate.WhatIf
	KindCheck              // *document.Check
	KindShow               // *document.Show
	KindRows               // a row for each key, by NewRows
	numKinds
)

// Result is what Write writes.
type Result interface {
	*Document | *aggregate.Diff | *aggregate.Trend | *aggregate.WhatIf | *document.Check | *document.Show
}

// Create opens a file of a directory of tables.
type Create = func(name string) (io.WriteCloser, error)

// row is what one kind of result can be written as.
type row struct {
	name     string          // in messages
	result   reflect.Type    // nil where there is no value of the whole
	formats  []cell          // of one stream, the default first
	planned  []Format        // named as what is to come
	sections func() []string // of its text, nil where that has none
	// csvTables are those that CSV may hold one of, the default first; nil where it
	// has one table only, or is no format of the result.
	csvTables func() []string
	// tables writes the result as a directory of Parquet files.
	tables func(create Create, result any) error
	// dir: a directory of files is understood, which the caller begins.
	dir bool
}

// cell writes one kind of result in one format.
type cell struct {
	format Format
	write  func(w io.Writer, result any, o *Options) error // nil for rows
	rows   func(w io.Writer, o *Options) (RowWriter, error)
}

var table = [numKinds]row{
	KindReport: {
		name: "report", result: reflect.TypeFor[*Document](), sections: text.ReportSections,
		formats: []cell{
			as(Text, func(w io.Writer, d *Document, o *Options) error { return text.WriteReport(w, d, o.Text) }),
			as(JSON, func(w io.Writer, d *Document, _ *Options) error { return json.WriteReport(w, d) }),
			as(Markdown, func(w io.Writer, d *Document, _ *Options) error { return markdown.WriteReport(w, d) }),
			as(CSV, func(w io.Writer, d *Document, o *Options) error { return csv.WriteReport(w, d, o.Table) }),
			as(HTML, func(w io.Writer, d *Document, _ *Options) error { return html.WriteReport(w, d) }),
			as(Pprof, func(w io.Writer, d *Document, _ *Options) error { return pprof.WriteReport(w, d) }),
			as(Folded, func(w io.Writer, d *Document, _ *Options) error { return folded.WriteReport(w, d) }),
			as(Ncdu, func(w io.Writer, d *Document, _ *Options) error { return ncdu.WriteReport(w, d) }),
			as(Prometheus, func(w io.Writer, d *Document, _ *Options) error { return prometheus.WriteReport(w, d) }),
			as(Part, writePart),
		},
		csvTables: csv.ReportTables,
		tables:    asTables(parquet.WriteReport),
	},
	KindDiff: {
		name: "comparison", result: reflect.TypeFor[*aggregate.Diff](),
		formats: []cell{
			as(Text, func(w io.Writer, d *aggregate.Diff, o *Options) error { return text.WriteDiff(w, d, o.Text) }),
			as(JSON, func(w io.Writer, d *aggregate.Diff, _ *Options) error { return json.WriteDiff(w, d) }),
			as(Markdown, func(w io.Writer, d *aggregate.Diff, _ *Options) error { return markdown.WriteDiff(w, d) }),
			as(HTML, func(w io.Writer, d *aggregate.Diff, _ *Options) error { return html.WriteDiff(w, d) }),
		},
		tables: asTables(parquet.WriteDiff),
	},
	KindTrend: {
		name: "trend", result: reflect.TypeFor[*aggregate.Trend](),
		formats: []cell{
			as(Text, func(w io.Writer, d *aggregate.Trend, o *Options) error { return text.WriteTrend(w, d, o.Text) }),
			as(JSON, func(w io.Writer, d *aggregate.Trend, _ *Options) error { return json.WriteTrend(w, d) }),
			as(Markdown, func(w io.Writer, d *aggregate.Trend, _ *Options) error { return markdown.WriteTrend(w, d) }),
			as(CSV, func(w io.Writer, d *aggregate.Trend, _ *Options) error { return csv.WriteTrend(w, d) }),
			as(HTML, func(w io.Writer, d *aggregate.Trend, _ *Options) error { return html.WriteTrend(w, d) }),
		},
		tables: asTables(parquet.WriteTrend),
	},
	KindWhatIf: {
		name: "comparison", result: reflect.TypeFor[*aggregate.WhatIf](), sections: text.WhatIfSections,
		formats: []cell{
			as(Text, func(w io.Writer, x *aggregate.WhatIf, o *Options) error { return text.WriteWhatIf(w, x, o.Text) }),
			as(JSON, func(w io.Writer, x *aggregate.WhatIf, _ *Options) error { return json.WriteWhatIf(w, x) }),
			as(CSV, func(w io.Writer, x *aggregate.WhatIf, _ *Options) error { return rows.WriteWhatIf(w, x) }),
			as(HTML, func(w io.Writer, x *aggregate.WhatIf, _ *Options) error { return html.WriteWhatIf(w, x) }),
		},
		tables: asTables(parquet.WriteWhatIf),
	},
	KindCheck: {
		name: "result", result: reflect.TypeFor[*document.Check](),
		formats: []cell{
			as(Text, func(w io.Writer, c *document.Check, o *Options) error { return text.WriteCheck(w, c, o.Text) }),
			as(JSON, func(w io.Writer, c *document.Check, _ *Options) error { return json.WriteCheck(w, c) }),
		},
	},
	KindShow: {
		name: "result", result: reflect.TypeFor[*document.Show](),
		formats: []cell{
			as(Text, func(w io.Writer, s *document.Show, o *Options) error { return text.WriteShow(w, s, o.Text) }),
			as(JSON, func(w io.Writer, s *document.Show, _ *Options) error { return json.WriteShow(w, s) }),
		},
	},
	KindRows: {
		name: "key rows",
		formats: []cell{
			asRows(CSV, func(w io.Writer, o *Options) (RowWriter, error) { return rows.NewCSV(w, o.Columns), nil }),
			asRows(JSONL, func(w io.Writer, o *Options) (RowWriter, error) { return rows.NewJSONL(w, o.Columns), nil }),
			asRows(Text, func(w io.Writer, o *Options) (RowWriter, error) { return text.NewRows(w, o.Text), nil }),
			asRows(Parquet, func(w io.Writer, _ *Options) (RowWriter, error) { return parquet.NewRows(w) }),
		},
		dir: true,
	},
}

// as is the cell of a result that is written at once.
func as[R Result](f Format, write func(w io.Writer, result R, o *Options) error) cell {
	return cell{format: f, write: func(w io.Writer, result any, o *Options) error { return write(w, result.(R), o) }}
}

// asRows is a cell of rows.
func asRows(f Format, create func(w io.Writer, o *Options) (RowWriter, error)) cell {
	return cell{format: f, rows: create}
}

func asTables[R Result](write func(create Create, result R) error) func(Create, any) error {
	return func(create Create, result any) error { return write(create, result.(R)) }
}

// errNoPart says that a document does not know the part it was made of.
var errNoPart = errors.New("the document has no part")

func writePart(w io.Writer, d *Document, _ *Options) error {
	if d.Part == nil {
		return errNoPart
	}
	return aggregate.WritePart(w, d.Part)
}

// String names a kind of result in a sentence: "report", "key rows".
func (k Kind) String() string { return table[k].name }

// Formats returns the formats that a result can be written in as one stream, the
// default first.
func (k Kind) Formats() []Format {
	out := make([]Format, len(table[k].formats))
	for i := range out {
		out[i] = table[k].formats[i].format
	}
	return out
}

// Planned returns the formats of a result that are announced and not built yet.
func (k Kind) Planned() []Format { return slices.Clone(table[k].planned) }

// Dir reports whether a result can be written as a directory of Parquet files.
func (k Kind) Dir() bool { return table[k].dir || table[k].tables != nil }

// Sections returns what TextOptions.Sections may name, in the order of the text.
func (k Kind) Sections() []string {
	if table[k].sections == nil {
		return nil
	}
	return table[k].sections()
}

// CSVTables returns what Options.Table may name, the default first; nil where CSV has
// one table only, or is no format of the result.
func (k Kind) CSVTables() []string {
	if table[k].csvTables == nil {
		return nil
	}
	return table[k].csvTables()
}

// cell finds the cell of a format; nil when the result does not have it.
func (r *row) cell(f Format) *cell {
	for i := range r.formats {
		if r.formats[i].format == f {
			return &r.formats[i]
		}
	}
	return nil
}

// kindOf returns the kind of a result by its type.
func kindOf[R Result]() Kind {
	return Kind(slices.IndexFunc(table[:], func(r row) bool { return r.result == reflect.TypeFor[R]() }))
}
