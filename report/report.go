// Package report renders a finished analysis. Each format has its package;
// document holds what they render. Renderers format; they compute nothing.
package report

import (
	"io"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/json"
	"github.com/rdblens/rdblens/report/markdown"
	"github.com/rdblens/rdblens/report/parquet"
	"github.com/rdblens/rdblens/report/rows"
	"github.com/rdblens/rdblens/report/text"
)

// What is rendered, and how.
type (
	// Document is everything a report shows.
	Document = document.Document
	// Redactor replaces the names of keys by tokens.
	Redactor = document.Redactor
	// TextOptions shape text.
	TextOptions = text.Options
	// RowWriter writes per-key rows.
	RowWriter = rows.Writer
	// RowPipe writes rows on a goroutine of its own.
	RowPipe = rows.Pipe
)

// NewRedactor returns a Redactor with a secret of any length but none.
func NewRedactor(secret []byte) *Redactor { return document.NewRedactor(secret) }

// NewRowPipe returns a pipe to w.
func NewRowPipe(w RowWriter) *RowPipe { return rows.NewPipe(w) }

// NewCSV writes rows as CSV.
func NewCSV(w io.Writer) RowWriter { return rows.NewCSV(w) }

// NewJSONL writes rows as one JSON object a line.
func NewJSONL(w io.Writer) RowWriter { return rows.NewJSONL(w) }

// NewKeysText writes rows as lines for reading.
func NewKeysText(w io.Writer, o TextOptions) RowWriter { return text.NewRows(w, o) }

// NewParquetRows writes rows as Parquet.
func NewParquetRows(w io.Writer) (RowWriter, error) { return parquet.NewRows(w) }

// TextSections returns the sections of a report's text.
func TextSections() []string { return text.ReportSections() }

// WhatIfSections returns the sections of a what-if's text.
func WhatIfSections() []string { return text.WhatIfSections() }

// WriteText writes a report for a terminal.
func WriteText(w io.Writer, d *Document, o TextOptions) error { return text.WriteReport(w, d, o) }

// WriteJSON writes a report as JSON.
func WriteJSON(w io.Writer, d *Document) error { return json.WriteReport(w, d) }

// WriteParquetTables writes a report as Parquet tables.
func WriteParquetTables(create func(name string) (io.WriteCloser, error), d *Document) error {
	return parquet.WriteReport(create, d)
}

// WriteDiffText writes a comparison for a terminal.
func WriteDiffText(w io.Writer, d *aggregate.Diff, o TextOptions) error {
	return text.WriteDiff(w, d, o)
}

// WriteDiffJSON writes a comparison as JSON.
func WriteDiffJSON(w io.Writer, d *aggregate.Diff) error { return json.WriteDiff(w, d) }

// WriteDiffMarkdown writes a comparison as Markdown.
func WriteDiffMarkdown(w io.Writer, d *aggregate.Diff) error { return markdown.WriteDiff(w, d) }

// WriteDiffParquet writes a comparison as Parquet tables.
func WriteDiffParquet(create func(name string) (io.WriteCloser, error), d *aggregate.Diff) error {
	return parquet.WriteDiff(create, d)
}

// WriteWhatIfText writes a what-if for a terminal.
func WriteWhatIfText(w io.Writer, x *aggregate.WhatIf, o TextOptions) error {
	return text.WriteWhatIf(w, x, o)
}

// WriteWhatIfJSON writes a what-if as JSON.
func WriteWhatIfJSON(w io.Writer, x *aggregate.WhatIf) error { return json.WriteWhatIf(w, x) }

// WriteWhatIfCSV writes a what-if as CSV.
func WriteWhatIfCSV(w io.Writer, x *aggregate.WhatIf) error { return rows.WriteWhatIf(w, x) }

// WriteWhatIfTables writes a what-if as Parquet tables.
func WriteWhatIfTables(create func(name string) (io.WriteCloser, error), x *aggregate.WhatIf) error {
	return parquet.WriteWhatIf(create, x)
}
