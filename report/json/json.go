// Package json writes results as JSON, as the schemas in docs describe them.
package json

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/escape"
)

// WriteReport writes the JSON report of docs/report.schema.json: indented by two
// spaces, arrays and objects never null, no HTML escapes, one line feed at the
// end. It does not change d.
func WriteReport(w io.Writer, d *document.Document) error {
	return writeIndented(w, "the report", document.Complete(d))
}

// writeIndented writes a value as JSON as WriteReport promises it; what names it
// in errors.
func writeIndented(w io.Writer, what string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode %s: %w", what, err)
	}
	_, err := w.Write(escape.PrintableJSON(b.Bytes()))
	return err
}

// Line returns a value as JSON on one line without HTML escapes.
func Line(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return string(escape.PrintableJSON(bytes.TrimSuffix(b.Bytes(), []byte{'\n'}))), nil
}

// WriteDiff writes the comparison of docs/diff.schema.json, formed like
// the report of WriteReport.
func WriteDiff(w io.Writer, d *aggregate.Diff) error {
	return writeIndented(w, "the comparison", document.CompleteDiff(d))
}

// WriteTrend writes the trend of docs/trend.schema.json, formed like the report of
// WriteReport. It does not change d.
func WriteTrend(w io.Writer, d *aggregate.Trend) error {
	return writeIndented(w, "the trend", document.CompleteTrend(d))
}

// WriteWhatIf writes the comparison of docs/whatif.schema.json, formatted
// as WriteReport does. It does not change x.
func WriteWhatIf(w io.Writer, x *aggregate.WhatIf) error {
	return writeIndented(w, "the comparison", document.CompleteWhatIf(x))
}

// WriteCheck writes what docs/check.schema.json describes, formatted as
// WriteReport does.
func WriteCheck(w io.Writer, c *document.Check) error { return writeIndented(w, "the check", c) }
