package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/term"

	"github.com/rdblens/rdblens/report"
)

// formats are what one kind of output is offered in.
type formats struct {
	what         string          // of messages: "report"
	stdout       []report.Format // that -f takes, the default first; -o takes their suffixes
	planned      []report.Format // announced as not built yet
	compressible bool            // text forms may be .gz and .zst
	dir          bool            // PATH/ is understood
}

// formatsOf takes them from the table of results and formats.
func formatsOf(k report.Kind) formats {
	return formats{what: k.String(), stdout: k.Formats(), planned: k.Planned(), compressible: k == report.KindRows, dir: k.Dir()}
}

var (
	reportFormats = formatsOf(report.KindReport)
	rowFormats    = formatsOf(report.KindRows)
	whatIfFormats = formatsOf(report.KindWhatIf)
	diffFormats   = formatsOf(report.KindDiff)
	checkFormats  = formatsOf(report.KindCheck)
	showFormats   = formatsOf(report.KindShow)
	plainFormats  = formats{what: "result", stdout: []report.Format{report.Text, report.JSON}}
)

func (f *formats) names() []string {
	var names []string
	for _, n := range f.stdout {
		names = append(names, string(n))
	}
	return names
}

// parse checks a value of -f; "" is the default.
func (f *formats) parse(name string) (report.Format, error) {
	if name == "" {
		return f.stdout[0], nil
	}
	if slices.Contains(f.stdout, report.Format(name)) {
		return report.Format(name), nil
	}
	if slices.Contains(f.planned, report.Format(name)) {
		return "", usagef("format %s is not built yet; formats: %s", name, strings.Join(f.names(), ", "))
	}
	if f.isReport() && name == string(report.Parquet) {
		return "", parquetReport()
	}
	return "", badChoice("--format", name, f.names())
}

// suffixes are those of the formats, in their order.
func (f *formats) suffixes() []string {
	suffixes := make([]string, len(f.stdout))
	for i, fm := range f.stdout {
		suffixes[i] = fm.Suffix()
	}
	return suffixes
}

// isReport reports whether this is the report, which is often asked for as one
// Parquet file and can only be had as several.
func (f *formats) isReport() bool { return f.what == report.KindReport.String() }

// parquetReport refuses a report as one Parquet file.
func parquetReport() *usageError {
	return usagef("a report is several tables, not one Parquet file").
		hint("-o DIR/ writes the report as a directory of Parquet tables").
		hint("--keys FILE.parquet, or rdblens keys -o FILE.parquet, writes one row per key")
}

// target is where one output goes.
type target struct {
	path        string // "-" for standard output
	format      report.Format
	compression string // "", "gz" or "zst"
	dir         bool   // path is a directory, for Parquet; there is no format then
}

// target reads a path given to -o; flag is its name in messages.
func (f *formats) target(flag, path string) (target, error) {
	switch {
	case path == "":
		return target{}, usagef("%s: the path is empty", flag)
	case path == "-":
		return target{path: path}, nil
	case isDirName(path):
		if !f.dir {
			return target{}, usagef("%s %s: a %s is not written as a directory; suffixes: %s", flag, path, f.what, strings.Join(f.suffixes(), " "))
		}
		return target{path: path, dir: true}, nil
	}
	name := strings.ToLower(filepath.Base(path))
	t := target{path: path}
	suffix := filepath.Ext(name)
	if f.compressible && (suffix == ".gz" || suffix == ".zst") {
		t.compression = suffix[1:]
		suffix = filepath.Ext(strings.TrimSuffix(name, suffix))
	}
	if at := slices.Index(f.suffixes(), suffix); at >= 0 && suffix != "" {
		t.format = f.stdout[at]
		if t.compression != "" && t.format.Binary() {
			return t, usagef("%s %s: %s is compressed inside; leave .%s away", flag, path, t.format.Noun(), t.compression)
		}
		return t, nil
	}
	if f.isReport() && suffix == report.Parquet.Suffix() {
		return t, parquetReport()
	}
	for _, fm := range f.planned {
		if strings.HasSuffix(name, fm.Suffix()) {
			return t, usagef("%s %s: format %s is not built yet; suffixes: %s", flag, path, fm, f.suffixList())
		}
	}
	e := usagef("%s %s: the format is told by the suffix; suffixes: %s", flag, path, f.suffixList())
	if info, err := os.Stat(path); err == nil && info.IsDir() && f.dir {
		return t, e.hint("for a directory of Parquet files write %s/", path)
	}
	return t, e
}

func (f *formats) suffixList() string {
	s := strings.Join(f.suffixes(), " ")
	if f.compressible {
		s += " (text forms also .gz .zst)"
	}
	if f.dir {
		s += ", or PATH/ for Parquet"
	}
	return s
}

// plan is where the outputs of a run go.
type plan struct {
	stdout  report.Format // "" when standard output stays empty
	targets []target
}

// plan puts -f and -o together. Standard output gets the result when -f or
// "-o -" asks for it, or when there is no -o.
func (f *formats) plan(formatName string, asked bool, paths []string) (plan, error) {
	var p plan
	fm, err := f.parse(formatName)
	if err != nil {
		return p, err
	}
	if asked || len(paths) == 0 {
		p.stdout = fm
	}
	dashes := 0
	for _, path := range paths {
		t, err := f.target("-o", path)
		if err != nil {
			return p, err
		}
		if t.path == "-" {
			p.stdout = fm
			if dashes++; dashes > 1 {
				return p, usagef("-o - is given twice")
			}
			continue
		}
		p.targets = append(p.targets, t)
	}
	return p, nil
}

// compressor compresses what is written through it to w, which it does not close.
func compressor(w io.Writer, compression string) (io.WriteCloser, error) {
	switch compression {
	case "gz":
		return gzip.NewWriter(w), nil
	case "zst":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return nil, nil
}

// checkTerminal refuses a binary format on a terminal.
func (p *plan) checkTerminal(s screen) error {
	if p.stdout == "" || !p.stdout.Binary() || !s.terminal {
		return nil
	}
	return usagef("%s is binary and standard output is a terminal", p.stdout.Noun()).hint("-o FILE%s writes a file", p.stdout.Suffix())
}

// hasText reports whether any output is text.
func (p *plan) hasText() bool {
	return p.stdout == report.Text || slices.ContainsFunc(p.targets, func(t target) bool { return t.format == report.Text })
}

// screen says what is known of the terminal a stream is, if it is one.
type screen struct {
	terminal bool
	width    int // columns, 0 when not known
}

func screenOf(stream any) screen {
	f, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return screen{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 0
	}
	return screen{terminal: true, width: width}
}

// isDirName reports whether a path is written as a directory.
func isDirName(path string) bool {
	return strings.HasSuffix(path, "/") || strings.HasSuffix(path, string(filepath.Separator))
}
