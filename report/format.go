package report

import (
	"fmt"
	"strings"
)

// Format is a form that results are written in, by the name that -f takes.
type Format string

// The formats. Which result has which is in the table of table.go.
const (
	Text       Format = "text"
	JSON       Format = "json"
	JSONL      Format = "jsonl"
	CSV        Format = "csv"
	Markdown   Format = "markdown"
	Parquet    Format = "parquet"
	Part       Format = "part" // aggregate.WritePart: merged, not read
	HTML       Format = "html"
	Pprof      Format = "pprof"
	Folded     Format = "folded"
	Ncdu       Format = "ncdu"
	Prometheus Format = "prometheus"
)

// formats is what is known of each format, whatever the result.
var formats = []struct {
	format Format
	suffix string // of files
	noun   string // in a sentence
	binary bool   // not for a terminal
}{
	{Text, ".txt", "text", false},
	{JSON, ".json", "JSON", false},
	{JSONL, ".jsonl", "JSON Lines", false},
	{CSV, ".csv", "CSV", false},
	{Markdown, ".md", "Markdown", false},
	{Parquet, ".parquet", "Parquet", true},
	{Part, ".rdbpart", "a part", true},
	{HTML, ".html", "HTML", false},
	{Pprof, ".pb.gz", "a profile", true},
	{Folded, ".folded", "folded stacks", false},
	{Ncdu, ".ncdu.json", "an export of ncdu", false},
	{Prometheus, ".prom", "metrics", false},
}

// Suffix returns the suffix of files in a format, with its dot; "" for a format
// that is none of the constants.
func (f Format) Suffix() string {
	for i := range formats {
		if formats[i].format == f {
			return formats[i].suffix
		}
	}
	return ""
}

// Noun names a format in a sentence: "a part", "Parquet".
func (f Format) Noun() string {
	for i := range formats {
		if formats[i].format == f {
			return formats[i].noun
		}
	}
	return string(f)
}

// Binary reports whether a format must be kept from a terminal.
func (f Format) Binary() bool {
	for i := range formats {
		if formats[i].format == f {
			return formats[i].binary
		}
	}
	return false
}

// FormatError says that a result cannot be written in a format.
type FormatError struct {
	Kind   Kind
	Format Format
}

// Error names the formats there are.
func (e *FormatError) Error() string {
	names := make([]string, 0, 4)
	for _, f := range e.Kind.Formats() {
		names = append(names, string(f))
	}
	return fmt.Sprintf("a %s is not written as %q; formats: %s", e.Kind, string(e.Format), strings.Join(names, ", "))
}
