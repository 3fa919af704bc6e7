// Package document holds what renderers render: plain data, complete and, if
// wanted, redacted.
package document

import (
	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice"
)

// Document is everything a report shows.
type Document struct {
	aggregate.Report
	Suggestions []advice.Suggestion `json:"suggestions"`
	Together    *int64              `json:"suggestions_together_save_bytes"`
	// Classes sums suggestions up by who acts on them.
	Classes  []advice.ClassSum `json:"suggestions_by_class"`
	Headroom *advice.Headroom  `json:"headroom"` // nil when maxmemory is not known
	// CommandLogs are the commands of append-only files: what they changed is in no
	// figure of the report.
	CommandLogs []aggregate.CommandLog `json:"command_logs,omitempty"`
	// Part is what the document was made of, nil where that is not known: the
	// format part writes it, whole and before any redaction.
	Part *aggregate.Part `json:"-"`
}
