// Package layers holds the import arrows of the project: see
// docs/architecture.md. The linter knows the same rules; this test needs no
// linter.
package layers

import (
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/rdblens/rdblens"

// layer says what the files of a folder may import beside the standard library.
type layer struct {
	dir string   // folder, its subfolders included unless they have a layer of their own
	own []string // packages of the module, and everything below them
	// third gives, for each module of others, the file names (patterns) that
	// may import it.
	third map[string][]string
}

// layers lists the more specific folder first.
var layers = []layer{
	{dir: "parser", own: []string{"parser"}},
	{
		// Test data, like parser/rdbtest: what servers said of every key.
		dir: "aggregate/memory/truth", own: []string{"aggregate/memory"},
		third: map[string][]string{"github.com/ulikunitz/xz": {"*"}},
	},
	{dir: "aggregate/memory", own: []string{"parser", "aggregate/memory"}},
	{
		dir: "aggregate/probe", own: []string{"parser", "aggregate/memory", "aggregate/probe", "aggregate/internal/sketch"},
		third: map[string][]string{"github.com/klauspost/compress": {"*"}},
	},
	{dir: "aggregate/keyname", own: []string{"parser", "aggregate/keyname"}},
	{dir: "aggregate/role", own: []string{"parser", "aggregate/keyname", "aggregate/role"}},
	{dir: "aggregate/internal/sketch", own: []string{"aggregate/internal/sketch"}},
	{dir: "aggregate/data", own: []string{"parser", "aggregate/memory", "aggregate/keyname", "aggregate/role", "aggregate/data"}},
	{dir: "aggregate/internal/filter", own: []string{"parser", "aggregate/keyname", "aggregate/data", "aggregate/internal/sketch", "aggregate/internal/filter"}},
	{dir: "aggregate/internal/config", own: []string{"parser", "aggregate/memory", "aggregate/keyname", "aggregate/data", "aggregate/internal/filter", "aggregate/internal/config"}},
	{dir: "aggregate/internal/counters", own: []string{"parser", "aggregate/memory", "aggregate/probe", "aggregate/role", "aggregate/keyname", "aggregate/data", "aggregate/internal/sketch", "aggregate/internal/counters"}},
	{dir: "aggregate/internal/state", own: []string{"parser", "aggregate/memory", "aggregate/probe", "aggregate/keyname", "aggregate/data", "aggregate/internal/sketch", "aggregate/internal/config", "aggregate/internal/counters", "aggregate/internal/state"}},
	{dir: "aggregate/internal/collect", own: []string{"parser", "aggregate/memory", "aggregate/probe", "aggregate/role", "aggregate/keyname", "aggregate/data", "aggregate/internal/sketch", "aggregate/internal/filter", "aggregate/internal/config", "aggregate/internal/counters", "aggregate/internal/state", "aggregate/internal/collect"}},
	{
		dir: "aggregate/internal/part", own: []string{"parser", "aggregate/memory", "aggregate/probe", "aggregate/role", "aggregate/keyname", "aggregate/data", "aggregate/internal/sketch", "aggregate/internal/filter", "aggregate/internal/config", "aggregate/internal/counters", "aggregate/internal/state", "aggregate/internal/part"},
		third: map[string][]string{"github.com/klauspost/compress": {"*"}},
	},
	{dir: "aggregate/internal/naming", own: []string{"aggregate/role", "aggregate/keyname", "aggregate/data", "aggregate/internal/sketch", "aggregate/internal/counters", "aggregate/internal/state", "aggregate/internal/naming"}},
	{dir: "aggregate/internal/view", own: []string{"parser", "aggregate/memory", "aggregate/probe", "aggregate/role", "aggregate/keyname", "aggregate/data", "aggregate/internal/sketch", "aggregate/internal/filter", "aggregate/internal/config", "aggregate/internal/counters", "aggregate/internal/state", "aggregate/internal/naming", "aggregate/internal/view"}},
	{dir: "aggregate/internal/compare", own: []string{"aggregate/keyname", "aggregate/data", "aggregate/internal/sketch", "aggregate/internal/filter", "aggregate/internal/config", "aggregate/internal/counters", "aggregate/internal/state", "aggregate/internal/naming", "aggregate/internal/view", "aggregate/internal/compare"}},
	{dir: "aggregate/internal/statetest", own: []string{"parser", "aggregate"}},
	{dir: "aggregate", own: []string{"parser", "aggregate"}},
	{dir: "report/units", own: []string{"report/units"}},
	{dir: "report/internal/escape", own: []string{"report/internal/escape"}},
	{dir: "report/advice/internal/command", own: []string{"aggregate", "report/advice/internal/command", "report/units", "report/internal/escape"}},
	{dir: "report/advice/internal/packing", own: []string{"aggregate", "report/advice/internal/packing"}},
	{dir: "report/advice", own: []string{"parser", "aggregate", "report/advice", "report/units", "report/internal/escape"}},
	{
		dir: "report/text", own: []string{"parser", "aggregate", "report"},
		third: map[string][]string{"github.com/olekukonko/tablewriter": {"*"}},
	},
	{
		dir: "report/parquet", own: []string{"parser", "aggregate", "report"},
		third: map[string][]string{
			"github.com/parquet-go/parquet-go": {"*"},
			"github.com/klauspost/compress":    {"*"},
		},
	},
	{
		dir: "report/pprof", own: []string{"aggregate", "report"},
		third: map[string][]string{"github.com/google/pprof": {"*"}},
	},
	{
		dir: "report/internal/reporttest", own: []string{"parser", "aggregate", "report"},
		third: map[string][]string{"github.com/google/go-cmp": {"*"}},
	},
	{dir: "report", own: []string{"parser", "aggregate", "report"}},
	{dir: "cmd/internal/usage", own: []string{"cmd/internal/usage"}},
	{
		dir: "cmd/internal/process", own: []string{"cmd/internal/process"},
		third: map[string][]string{"golang.org/x/sys": {"*"}},
	},
	{
		dir: "cmd/internal/destination", own: []string{"cmd/internal/destination", "cmd/internal/usage", "report"},
		third: map[string][]string{"github.com/klauspost/compress": {"*"}, "golang.org/x/term": {"*"}},
	},
}

// onlyIn names the modules that only some folders may import.
var onlyIn = map[string][]string{
	"gocloud.dev":                       {"cmd/internal/source"},
	"cloud.google.com/go":               {"cmd/internal/source"},
	"github.com/Azure":                  {"cmd/internal/source"},
	"github.com/aws":                    {"cmd/internal/source"},
	"github.com/hdt3213/rdb":            {"cmd/internal/preview", "cmd/internal/dev"},
	"github.com/olekukonko/tablewriter": {"report/text"},
	"github.com/parquet-go/parquet-go":  {"report/parquet"},
	"github.com/google/pprof":           {"report/pprof"},
}

func TestImports(t *testing.T) {
	root := moduleRoot(t)
	seen := map[string]int{}
	walk(t, root, func(file string, imports []string) {
		dir := path.Dir(file)
		for _, l := range layers {
			if !under(dir, l.dir) {
				continue
			}
			seen[l.dir]++
			for _, imp := range imports {
				if !l.allows(path.Base(file), imp) {
					t.Errorf("%s imports %s", file, imp)
				}
			}
			break
		}
		for _, imp := range imports {
			for mod, folders := range onlyIn {
				if under(imp, mod) && !slices.ContainsFunc(folders, func(f string) bool { return under(dir, f) }) {
					t.Errorf("%s imports %s, which only %s may", file, imp, strings.Join(folders, " and "))
				}
			}
		}
	})
	for _, dir := range []string{"parser", "aggregate/memory", "aggregate/keyname", "aggregate/data", "aggregate/internal/filter", "aggregate/internal/config", "aggregate/internal/sketch", "aggregate/internal/counters", "aggregate/internal/state", "aggregate/internal/collect", "aggregate/internal/part", "aggregate/internal/naming", "aggregate/internal/view", "aggregate/internal/compare", "aggregate", "report/advice/internal/command", "report/advice/internal/packing", "report/advice", "report/units", "report/text", "report/parquet", "report/pprof", "report", "cmd/internal/usage", "cmd/internal/process", "cmd/internal/destination"} {
		if seen[dir] == 0 {
			t.Errorf("no file of %s was looked at", dir)
		}
	}
}

// TestAllows holds the rules against imports that must and must not pass.
func TestAllows(t *testing.T) {
	rule := func(dir string) layer {
		for _, l := range layers {
			if l.dir == dir {
				return l
			}
		}
		t.Fatalf("no layer %s", dir)
		return layer{}
	}
	for _, c := range []struct {
		dir, file, imp string
		want           bool
	}{
		{"parser", "reader.go", "io", true},
		{"parser", "reader.go", module + "/parser/rdbtest", true},
		{"parser", "reader.go", module + "/aggregate", false},
		{"parser", "reader.go", "github.com/hdt3213/rdb/core", false},
		{"aggregate/memory", "meter.go", module + "/aggregate", false},
		{"aggregate/memory", "meter.go", module + "/parser", true},
		{"aggregate/memory", "meter.go", "github.com/ulikunitz/xz", false},
		{"aggregate/memory/truth", "truth.go", "github.com/ulikunitz/xz", true},
		{"aggregate/memory/truth", "truth.go", module + "/aggregate", false},
		{"aggregate", "merge.go", module + "/report", false},
		{"aggregate", "merge.go", module + "/parserx", false},
		{"aggregate/internal/part", "part.go", "github.com/klauspost/compress/zstd", true},
		{"aggregate/internal/part", "part.go", module + "/aggregate/internal/collect", false},
		{"aggregate/internal/view", "view.go", module + "/aggregate/internal/collect", false},
		{"aggregate/internal/view", "view.go", module + "/aggregate/internal/naming", true},
		{"aggregate/internal/naming", "unify.go", module + "/aggregate/internal/view", false},
		{"aggregate/internal/view", "view.go", module + "/aggregate/internal/compare", false},
		{"aggregate/internal/compare", "diff.go", module + "/aggregate/internal/view", true},
		{"aggregate/internal/counters", "stats.go", module + "/aggregate/internal/state", false},
		{"aggregate/internal/state", "merge.go", module + "/aggregate/internal/view", false},
		{"aggregate/internal/state", "merge.go", module + "/aggregate", false},
		{"aggregate/keyname", "key.go", module + "/aggregate/data", false},
		{"aggregate/data", "config.go", module + "/aggregate/internal/sketch", false},
		{"aggregate/internal/config", "config.go", module + "/aggregate/internal/state", false},
		{"aggregate/internal/sketch", "order.go", module + "/parser", false},
		{"aggregate", "merge.go", "github.com/klauspost/compress/zstd", false},
		{"report/text", "text.go", "github.com/olekukonko/tablewriter/tw", true},
		{"report/text", "text.go", "github.com/parquet-go/parquet-go", false},
		{"report", "text.go", "github.com/olekukonko/tablewriter", false},
		{"report/parquet", "rows.go", "github.com/parquet-go/parquet-go", true},
		{"report/parquet", "rows.go", "github.com/klauspost/compress/zstd", true},
		{"report/parquet", "rows.go", "github.com/olekukonko/tablewriter", false},
		{"report/pprof", "pprof.go", "github.com/google/pprof/profile", true},
		{"report", "ncdu.go", "github.com/google/pprof/profile", false},
		{"report", "parquet_rows.go", "github.com/parquet-go/parquet-go", false},
		{"report", "csv.go", "github.com/klauspost/compress/zstd", false},
		{"report", "json.go", module + "/cmd/rdblens", false},
		{"report/units", "units.go", module + "/aggregate", false},
		{"report/advice", "text.go", module + "/report/units", true},
		{"report/advice", "rules.go", module + "/report", false},
		{"report/advice/internal/command", "command.go", module + "/report/advice/internal/packing", false},
		{"report/advice/internal/packing", "packing.go", module + "/report/units", false},
		{"cmd/internal/usage", "usage.go", module + "/report", false},
		{"cmd/internal/usage", "usage.go", module + "/cmd/internal/source", false},
		{"cmd/internal/process", "stdout_linux.go", "golang.org/x/sys/unix", true},
		{"cmd/internal/process", "signal.go", module + "/cmd/internal/output", false},
		{"cmd/internal/destination", "plan.go", module + "/cmd/internal/usage", true},
		{"cmd/internal/destination", "plan.go", module + "/cmd/internal/output", false},
		{"cmd/internal/destination", "plan.go", module + "/aggregate", false},
	} {
		if got := rule(c.dir).allows(c.file, c.imp); got != c.want {
			t.Errorf("%s/%s imports %s: allowed %v, want %v", c.dir, c.file, c.imp, got, c.want)
		}
	}
}

func (l layer) allows(file, imp string) bool {
	if rest, ok := strings.CutPrefix(imp, module+"/"); ok {
		return slices.ContainsFunc(l.own, func(p string) bool { return under(rest, p) })
	}
	if first, _, _ := strings.Cut(imp, "/"); !strings.Contains(first, ".") {
		return true // standard library
	}
	for mod, files := range l.third {
		if under(imp, mod) && slices.ContainsFunc(files, func(p string) bool { ok, _ := path.Match(p, file); return ok }) {
			return true
		}
	}
	return false
}

// under reports whether p is dir or lies below it.
func under(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// walk calls visit for every non-test Go file that a build of the module takes
// in; nested modules are left out.
func walk(t *testing.T, root string, visit func(file string, imports []string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || d.Name() == "testdata") {
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil && rel != "." {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		if ok, err := build.Default.MatchFile(filepath.Dir(name), d.Name()); err != nil || !ok {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, spec := range f.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, imp)
		}
		visit(rel, imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = up
	}
}
