package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/rdblens/rdblens/aggregate"
)

// WriteJSON writes the JSON report of docs/report.schema.json: indented by two
// spaces, arrays and objects never null, no HTML escapes, one line feed at the
// end. It does not change d.
func WriteJSON(w io.Writer, d *Document) error {
	return writeIndented(w, "the report", complete(d))
}

// writeIndented writes a value as JSON as WriteJSON promises it; what names it
// in errors.
func writeIndented(w io.Writer, what string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode %s: %w", what, err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// complete returns a copy of a document in which no slice or map is nil.
func complete(d *Document) *Document {
	c := *d
	c.Sources = completeSources(c.Sources)
	c.ByType = orEmpty(c.ByType)
	c.Patterns = slices.Clone(orEmpty(c.Patterns))
	for i := range c.Patterns {
		c.Patterns[i].Encodings = orEmptyMap(c.Patterns[i].Encodings)
	}
	c.Tree = orEmpty(c.Tree)
	c.Expiry.Buckets = orEmpty(c.Expiry.Buckets)
	c.Expiry.Fields.Buckets = orEmpty(c.Expiry.Fields.Buckets)
	c.Expiry.Storms = slices.Clone(orEmpty(c.Expiry.Storms))
	for i := range c.Expiry.Storms {
		c.Expiry.Storms[i].TopPatterns = orEmpty(c.Expiry.Storms[i].TopPatterns)
	}
	c.Biggest = orEmpty(c.Biggest)
	c.BiggestByElements = orEmpty(c.BiggestByElements)
	c.Sizes = orEmpty(c.Sizes)
	c.Slots.Biggest = slices.Clone(orEmpty(c.Slots.Biggest))
	for i := range c.Slots.Biggest {
		c.Slots.Biggest[i].Tags = orEmpty(c.Slots.Biggest[i].Tags)
	}
	c.Slots.Shards = orEmpty(c.Slots.Shards)
	c.Idle.Percentiles = orEmpty(c.Idle.Percentiles)
	c.Idle.MemoryPercentiles = orEmpty(c.Idle.MemoryPercentiles)
	c.Idle.Cold = orEmpty(c.Idle.Cold)
	c.Idle.FreqPercentiles = orEmpty(c.Idle.FreqPercentiles)
	c.Idle.FreqMemoryPercentiles = orEmpty(c.Idle.FreqMemoryPercentiles)
	c.Unknowable = orEmpty(c.Unknowable)
	c.Warnings = orEmpty(c.Warnings)
	c.Suggestions = slices.Clone(orEmpty(c.Suggestions))
	for i := range c.Suggestions {
		s := &c.Suggestions[i]
		s.Action = orEmpty(s.Action)
		s.Evidence = orEmptyMap(s.Evidence)
	}
	return &c
}

// completeSources returns a copy of sources in which no map is nil.
func completeSources(sources []aggregate.Source) []aggregate.Source {
	sources = slices.Clone(orEmpty(sources))
	for i := range sources {
		s := &sources[i]
		s.Aux = orEmptyMap(s.Aux)
		s.Model.Config = orEmptyMap(s.Model.Config)
	}
	return sources
}

// orEmpty returns an empty slice for nil, which JSON would show as null.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func orEmptyMap[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

// marshal returns a value as JSON on one line without HTML escapes.
func marshal(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte{'\n'})), nil
}
