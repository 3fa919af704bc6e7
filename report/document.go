// Package report renders a finished analysis: text, JSON, Parquet tables, and
// per-key rows as CSV, JSONL, text and Parquet. Renderers format; they compute nothing.
package report

import (
	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice"
)

// Document is everything a report shows.
type Document struct {
	aggregate.Report
	Suggestions []advice.Suggestion `json:"suggestions"`
	Together    *int64              `json:"suggestions_together_save_bytes"`
}

// RowWriter writes per-key rows. Close flushes but does not close the
// underlying writer. After an error every call returns that error.
type RowWriter interface {
	aggregate.RowSink
	Close() error
}
