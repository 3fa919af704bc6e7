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
)

// format is an output format by the name -f takes.
type format string

const (
	formatText     format = "text"
	formatJSON     format = "json"
	formatCSV      format = "csv"
	formatJSONL    format = "jsonl"
	formatParquet  format = "parquet"
	formatPart     format = "part"
	formatMarkdown format = "markdown"
)

var suffixes = map[string]format{
	".txt": formatText, ".json": formatJSON, ".csv": formatCSV, ".jsonl": formatJSONL, ".parquet": formatParquet,
	".rdbpart": formatPart, ".md": formatMarkdown,
}

// planned are formats of the report that are not built yet.
var planned = []struct{ name, suffix string }{
	{"markdown", ".md"}, {"csv", ".csv"}, {"html", ".html"}, {"pprof", ".pb.gz"}, {"folded", ".folded"},
	{"prometheus", ".prom"},
}

// formats are those of one kind of output.
type formats struct {
	what     string   // of messages: "report"
	stdout   []format // that -f takes, the default first
	suffixes []string // that -o takes
	packed   bool     // text forms may be .gz and .zst
	planned  bool     // the formats of planned are announced for it
	dir      bool     // PATH/ is understood
}

var (
	reportFormats = formats{what: "report", stdout: []format{formatText, formatJSON, formatPart}, suffixes: []string{".txt", ".json", ".rdbpart"}, planned: true, dir: true}
	rowFormats    = formats{what: "key rows", stdout: []format{formatCSV, formatJSONL, formatText, formatParquet},
		suffixes: []string{".csv", ".jsonl", ".txt", ".parquet"}, packed: true, dir: true}
	whatIfFormats = formats{what: "comparison", stdout: []format{formatText, formatJSON, formatCSV}, suffixes: []string{".txt", ".json", ".csv"}, dir: true}
	diffFormats   = formats{what: "comparison", stdout: []format{formatText, formatJSON, formatMarkdown}, suffixes: []string{".txt", ".json", ".md"}, dir: true}
	plainFormats  = formats{what: "result", stdout: []format{formatText, formatJSON}, suffixes: []string{".txt", ".json"}}
)

func (f *formats) names() []string {
	var names []string
	for _, n := range f.stdout {
		names = append(names, string(n))
	}
	return names
}

// parse checks a value of -f; "" is the default.
func (f *formats) parse(name string) (format, error) {
	if name == "" {
		return f.stdout[0], nil
	}
	if slices.Contains(f.stdout, format(name)) {
		return format(name), nil
	}
	if f.planned {
		for _, p := range planned {
			if p.name == name {
				return "", usagef("format %s is not built yet; formats: %s", name, strings.Join(f.names(), ", "))
			}
		}
		if name == string(formatParquet) {
			return "", parquetReport()
		}
	}
	return "", badChoice("--format", name, f.names())
}

// parquetReport refuses a report as one Parquet file.
func parquetReport() *usageError {
	return usagef("a report is several tables, not one Parquet file").
		hint("-o DIR/ writes the report as a directory of Parquet tables").
		hint("--keys FILE.parquet, or rdblens keys -o FILE.parquet, writes one row per key")
}

// target is where one output goes.
type target struct {
	path   string // "-" for standard output
	format format
	pack   string // "", "gz" or "zst"
	dir    bool   // path is a directory, for Parquet; there is no format then
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
			return target{}, usagef("%s %s: a %s is not written as a directory; suffixes: %s", flag, path, f.what, strings.Join(f.suffixes, " "))
		}
		return target{path: path, dir: true}, nil
	}
	name := strings.ToLower(filepath.Base(path))
	t := target{path: path}
	suffix := filepath.Ext(name)
	if f.packed && (suffix == ".gz" || suffix == ".zst") {
		t.pack = suffix[1:]
		suffix = filepath.Ext(strings.TrimSuffix(name, suffix))
	}
	t.format = suffixes[suffix]
	if slices.Contains(f.suffixes, suffix) {
		if t.pack != "" && t.format == formatParquet {
			return t, usagef("%s %s: Parquet is compressed inside; leave .%s away", flag, path, t.pack)
		}
		return t, nil
	}
	if f.planned {
		if suffix == ".parquet" {
			return t, parquetReport()
		}
		for _, p := range planned {
			if strings.HasSuffix(name, p.suffix) {
				return t, usagef("%s %s: format %s is not built yet; suffixes: %s", flag, path, p.name, f.suffixList())
			}
		}
	}
	e := usagef("%s %s: the format is told by the suffix; suffixes: %s", flag, path, f.suffixList())
	if info, err := os.Stat(path); err == nil && info.IsDir() && f.dir {
		return t, e.hint("for a directory of Parquet files write %s/", path)
	}
	return t, e
}

func (f *formats) suffixList() string {
	s := strings.Join(f.suffixes, " ")
	if f.packed {
		s += " (text forms also .gz .zst)"
	}
	if f.dir {
		s += ", or PATH/ for Parquet"
	}
	return s
}

// plan is where the outputs of a run go.
type plan struct {
	stdout  format // "" when standard output stays empty
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

// packer compresses what is written through it to w, which it does not close.
func packer(w io.Writer, pack string) (io.WriteCloser, error) {
	switch pack {
	case "gz":
		return gzip.NewWriter(w), nil
	case "zst":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return nil, nil
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
