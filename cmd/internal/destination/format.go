// Package destination is where the results of a command go and as what: the formats of
// each kind of result (-f), the paths and suffixes that -o takes, and the terminal that a
// stream may be. It opens nothing: cmd/internal/output does.
package destination

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/report"
)

// Formats are what one kind of output is offered in.
type Formats struct {
	what         string          // of messages: "report"
	stdout       []report.Format // that -f takes, the default first; -o takes their suffixes
	planned      []report.Format // announced as not built yet
	compressible bool            // text forms may be .gz and .zst
	dir          bool            // PATH/ is understood
}

// formatsOf takes them from the table of results and formats.
func formatsOf(k report.Kind) Formats {
	return Formats{what: k.String(), stdout: k.Formats(), planned: k.Planned(), compressible: k == report.KindRows, dir: k.Dir()}
}

// The formats of each kind of result; PlainFormats are those of a command whose result
// is none of report.Kind.
var (
	ReportFormats = formatsOf(report.KindReport)
	RowFormats    = formatsOf(report.KindRows)
	WhatIfFormats = formatsOf(report.KindWhatIf)
	DiffFormats   = formatsOf(report.KindDiff)
	TrendFormats  = formatsOf(report.KindTrend)
	CheckFormats  = formatsOf(report.KindCheck)
	ShowFormats   = formatsOf(report.KindShow)
	PlainFormats  = Formats{what: "result", stdout: []report.Format{report.Text, report.JSON}}
)

// Names are the values of -f.
func (f *Formats) Names() []string {
	var names []string
	for _, n := range f.stdout {
		names = append(names, string(n))
	}
	return names
}

// parse checks a value of -f; "" is the default.
func (f *Formats) parse(name string) (report.Format, error) {
	if name == "" {
		return f.stdout[0], nil
	}
	if slices.Contains(f.stdout, report.Format(name)) {
		return report.Format(name), nil
	}
	if slices.Contains(f.planned, report.Format(name)) {
		return "", usage.Errorf("format %s is not built yet; formats: %s", name, strings.Join(f.Names(), ", "))
	}
	if f.isReport() && name == string(report.Parquet) {
		return "", parquetReport()
	}
	return "", usage.BadChoice("--format", name, f.Names())
}

// suffixes are those of the formats, in their order.
func (f *Formats) suffixes() []string {
	suffixes := make([]string, len(f.stdout))
	for i, fm := range f.stdout {
		suffixes[i] = fm.Suffix()
	}
	return suffixes
}

// isReport reports whether this is the report, which is often asked for as one
// Parquet file and can only be had as several.
func (f *Formats) isReport() bool { return f.what == report.KindReport.String() }

// parquetReport refuses a report as one Parquet file.
func parquetReport() *usage.Error {
	return usage.Errorf("a report is several tables, not one Parquet file").
		Hint("-o DIR/ writes the report as a directory of Parquet tables").
		Hint("--keys FILE.parquet, or rdblens keys -o FILE.parquet, writes one row per key")
}

// Target is where one output goes.
type Target struct {
	Path        string // "-" for standard output
	Format      report.Format
	Compression string // "", "gz" or "zst"
	Dir         bool   // Path is a directory, for Parquet; there is no format then
}

// Target reads a path given to -o; flag is its name in messages.
func (f *Formats) Target(flag, path string) (Target, error) {
	switch {
	case path == "":
		return Target{}, usage.Errorf("%s: the path is empty", flag)
	case path == "-":
		return Target{Path: path}, nil
	case isDirName(path):
		if !f.dir {
			return Target{}, usage.Errorf("%s %s: a %s is not written as a directory; suffixes: %s", flag, path, f.what, strings.Join(f.suffixes(), " "))
		}
		return Target{Path: path, Dir: true}, nil
	}
	name := strings.ToLower(filepath.Base(path))
	t := Target{Path: path}
	suffix := filepath.Ext(name)
	if f.compressible && (suffix == ".gz" || suffix == ".zst") {
		t.Compression = suffix[1:]
		suffix = filepath.Ext(strings.TrimSuffix(name, suffix))
	}
	at := slices.Index(f.suffixes(), suffix)
	for i, s := range f.suffixes() {
		if t.Compression == "" && strings.Count(s, ".") > 1 && strings.HasSuffix(name, s) {
			at, suffix = i, s // .ncdu.json is no .json
		}
	}
	if at >= 0 && suffix != "" {
		t.Format = f.stdout[at]
		if t.Compression != "" && t.Format.Binary() {
			return t, usage.Errorf("%s %s: %s is compressed inside; leave .%s away", flag, path, t.Format.Noun(), t.Compression)
		}
		return t, nil
	}
	if f.isReport() && suffix == report.Parquet.Suffix() {
		return t, parquetReport()
	}
	for _, fm := range f.planned {
		if strings.HasSuffix(name, fm.Suffix()) {
			return t, usage.Errorf("%s %s: format %s is not built yet; suffixes: %s", flag, path, fm, f.SuffixList())
		}
	}
	e := usage.Errorf("%s %s: the format is told by the suffix; suffixes: %s", flag, path, f.SuffixList())
	if info, err := os.Stat(path); err == nil && info.IsDir() && f.dir {
		return t, e.Hint("for a directory of Parquet files write %s/", path)
	}
	return t, e
}

// SuffixList is what -o takes, for messages and help.
func (f *Formats) SuffixList() string {
	s := strings.Join(f.suffixes(), " ")
	if f.compressible {
		s += " (text forms also .gz .zst)"
	}
	if f.dir {
		s += ", or PATH/ for Parquet"
	}
	return s
}

// isDirName reports whether a path is written as a directory.
func isDirName(path string) bool {
	return strings.HasSuffix(path, "/") || strings.HasSuffix(path, string(filepath.Separator))
}
