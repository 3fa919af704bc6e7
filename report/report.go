// Package report writes results: a report, a comparison of snapshots, a what-if,
// a check, all about single keys, and a row for each key.
//
//	err := report.Write(os.Stdout, doc, report.Text, nil)
//
// Each format has a package of its own below this one; document holds what they
// render; table.go says which result has which format. Renderers format, they
// compute nothing.
package report

import (
	"io"

	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/parquet"
	"github.com/rdblens/rdblens/report/rows"
	"github.com/rdblens/rdblens/report/text"
)

// What is rendered, and how; the types are those of the packages below.
type (
	// Document is everything a report shows.
	Document = document.Document
	// Redactor replaces the names of keys by tokens.
	Redactor = document.Redactor
	// TextOptions shape text.
	TextOptions = text.Options
	// RowWriter writes per-key rows.
	RowWriter = rows.Writer
	// Columns are those of rows in CSV and JSON Lines.
	Columns = rows.Columns
	// UnknownColumnError is of a name that is none of a column.
	UnknownColumnError = rows.UnknownColumnError
	// RowPipe writes rows on a goroutine of its own.
	RowPipe = rows.Pipe
)

// Options shape what is written. The zero value, like nil, is the defaults.
type Options struct {
	Text    TextOptions // of the format Text
	Columns Columns     // of rows in CSV and JSONL; nil is the usual ones
	Table   string      // of a report in CSV: one of Kind.CSVTables, "" is the first
}

// Write writes a result in one of its formats; another format is a *FormatError.
// Nothing is written before the whole result is rendered, but of CSV, which is
// written in pieces.
func Write[R Result](w io.Writer, result R, f Format, o *Options) error {
	k := kindOf[R]()
	c := table[k].cell(f)
	if c == nil {
		return &FormatError{k, f}
	}
	if o == nil {
		o = &Options{}
	}
	return c.write(w, result, o)
}

// WriteTables writes a result as Parquet files, one for each table: create is
// called with the name of each, as snapshots.parquet, and what it returns is
// closed when its table is complete, or at the first error.
func WriteTables[R Result](create Create, result R) error {
	return table[kindOf[R]()].tables(create, result)
}

// NewRows returns a writer of per-key rows in one of the formats of KindRows;
// another format is a *FormatError.
func NewRows(w io.Writer, f Format, o *Options) (RowWriter, error) {
	c := table[KindRows].cell(f)
	if c == nil {
		return nil, &FormatError{KindRows, f}
	}
	if o == nil {
		o = &Options{}
	}
	return c.rows(w, o)
}

// IsRows reports whether a file of size bytes is Parquet of per-key rows that this
// package wrote.
func IsRows(r io.ReaderAt, size int64) bool { return parquet.IsRows(r, size) }

// MaxLargest bounds n of NewLargestRows.
const MaxLargest = rows.MaxLargest

// ParseColumns reads names of columns, separated by commas; see rows.ParseColumns.
func ParseColumns(list string) (Columns, error) { return rows.ParseColumns(list) }

// ColumnNames returns the names that ParseColumns knows.
func ColumnNames() []string { return rows.ColumnNames() }

// NewLargestRows returns a writer that hands the n largest rows on to w when it is
// closed.
func NewLargestRows(w RowWriter, n int) RowWriter { return rows.NewLargest(w, n) }

// NewRowPipe returns a pipe to w; see rows.NewPipe.
func NewRowPipe(w RowWriter) *RowPipe { return rows.NewPipe(w) }

// NewRedactor returns a Redactor with a secret of any length but none.
func NewRedactor(secret []byte) *Redactor { return document.NewRedactor(secret) }
