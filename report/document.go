// Package report renders a finished analysis: text, JSON, Parquet tables, and
// per-key rows as CSV, JSONL, text and Parquet. Renderers format; they compute nothing.
package report

import (
	"io"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice"
)

// Document is everything a report shows.
type Document struct {
	aggregate.Report
	Suggestions []advice.Suggestion `json:"suggestions"`
	Together    *int64              `json:"suggestions_together_save_bytes"`
}

// TextOptions shape the terminal report.
type TextOptions struct {
	Width    int // columns, 0 = 120
	Color    bool
	Bytes    bool     // raw byte counts instead of human units
	ASCII    bool     // no characters outside ASCII in frames and bars
	Sections []string // empty = all: health memory types patterns expiry advice biggest unknowable
	Explain  string   // a suggestion's ID: print it at length
}

// WriteText writes the terminal report.
func WriteText(w io.Writer, d *Document, o TextOptions) error { panic("contract") }

// WriteJSON writes the JSON report of docs/report.schema.json.
func WriteJSON(w io.Writer, d *Document) error { panic("contract") }

// WriteParquetTables writes one Parquet file per table; create is called with
// names such as "patterns.parquet" and each writer is closed when complete.
func WriteParquetTables(create func(name string) (io.WriteCloser, error), d *Document) error {
	panic("contract")
}

// RowWriter writes per-key rows. Close flushes but does not close the
// underlying writer.
type RowWriter interface {
	aggregate.RowSink
	Close() error
}

// NewCSV writes rows as CSV with the header of docs/keys.md.
func NewCSV(w io.Writer) RowWriter { panic("contract") }

// NewJSONL writes rows as one JSON object a line.
func NewJSONL(w io.Writer) RowWriter { panic("contract") }

// NewKeysText writes rows as aligned, streamed text lines.
func NewKeysText(w io.Writer, o TextOptions) RowWriter { panic("contract") }

// NewParquetRows writes rows as Parquet with zstd and bounded row groups.
func NewParquetRows(w io.Writer) (RowWriter, error) { panic("contract") }
