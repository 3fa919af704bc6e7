package main

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	pprof "github.com/google/pprof/profile"
	"github.com/klauspost/compress/gzip"
	"github.com/parquet-go/parquet-go"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// outputCases are dumps whose outputs are held: the demo, one without keys, one that is
// cut, and two together.
var outputCases = []struct {
	name string
	code int
	make func(t *testing.T, dir string) []string
}{
	{"demo", exitOK, func(t *testing.T, dir string) []string { return []string{copyDemo(t, dir, "demo.rdb", -1)} }},
	{"empty", exitOK, func(t *testing.T, dir string) []string {
		return []string{saveDump(t, dir, "empty.rdb", rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", "1763686800"))}
	}},
	{"partial", exitPartial, func(t *testing.T, dir string) []string { return []string{copyDemo(t, dir, "cut.rdb", 1<<20)} }},
	{"sources", exitOK, func(t *testing.T, dir string) []string {
		return []string{copyDemo(t, dir, "demo.rdb", -1), saveDump(t, dir, "hostile.rdb", oddNames())}
	}},
}

// oddNames has names that are something in one format or another.
func oddNames() *rdbtest.Writer {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.0.15").Aux("ctime", "1763686800").SelectDB(3)
	for _, name := range []string{"", "a;b 5", "x 12", "#:1", ".", "..", "a/../../etc", "/etc/passwd", "a\nb 7", `"q":\`, "=1+1", "{int}:{{x}}", "\u202e:x", "größe:ö", "<script>:1", "\xff\x00:1"} {
		w.Put(name, rdbtest.String(rdbtest.Plain(strings.Repeat("v", 50))))
	}
	return w
}

func saveDump(t *testing.T, dir, name string, w *rdbtest.Writer) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), w.EOF().Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// copyDemo writes the first n bytes of the demo's dump, all for -1.
func copyDemo(t *testing.T, dir, name string, n int) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "demo.rdb"))
	if err != nil {
		t.Fatal(err)
	}
	if n < 0 {
		n = len(b)
	}
	if err := os.WriteFile(filepath.Join(dir, name), b[:n], 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// suffixes are those of the outputs of one pass.
var suffixes = []string{".txt", ".json", ".md", ".csv", ".html", ".pb.gz", ".folded", ".ncdu.json", ".prom"}

// allOutputs runs a report with every output there is, and returns the directory.
func allOutputs(t *testing.T, code int, write func(t *testing.T, dir string) []string) string {
	t.Helper()
	dir := t.TempDir()
	args := []string{"report", "-o", "tables/", "--keys", "keys.csv", "-q"}
	for _, s := range suffixes {
		args = append(args, "-o", "out"+s)
	}
	args = append(args, write(t, dir)...)
	var said bytes.Buffer
	c := exec.Command("rdblens", args...)
	c.Dir, c.Stderr = dir, &said
	_ = c.Run()
	if got := c.ProcessState.ExitCode(); got != code {
		t.Fatalf("exit code %d, want %d\n%s", got, code, said.Bytes())
	}
	return dir
}

func readFile(t *testing.T, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestOutputs: all outputs of one pass agree in keys and bytes, and those that other
// programs open are what they were.
func TestOutputs(t *testing.T) {
	for _, c := range outputCases {
		t.Run(c.name, func(t *testing.T) {
			dir := allOutputs(t, c.code, c.make)
			var doc struct {
				Totals struct {
					Keys   int64 `json:"keys"`
					Memory int64 `json:"memory_bytes"`
				} `json:"totals"`
				Groups, Patterns []sums
				ByType           []sums `json:"by_type"`
			}
			if err := json.Unmarshal(readFile(t, dir, "out.json"), &doc); err != nil {
				t.Fatal(err)
			}
			want := sums{doc.Totals.Keys, doc.Totals.Memory}
			for what, got := range map[string]sums{
				"JSON groups": addUp(doc.Groups), "JSON patterns": addUp(doc.Patterns), "JSON types": addUp(doc.ByType),
				"CSV of patterns": sumCSV(t, readFile(t, dir, "out.csv"), "memory_bytes"), "CSV of keys": sumCSV(t, readFile(t, dir, "keys.csv"), "size_in_bytes"),
				"Parquet patterns": sumParquet(t, filepath.Join(dir, "tables", "patterns.parquet")), "Parquet types": sumParquet(t, filepath.Join(dir, "tables", "types.parquet")),
				"HTML": sumHTML(t, readFile(t, dir, "out.html")), "pprof": sumProfile(t, filepath.Join(dir, "out.pb.gz")),
				"ncdu": sumNcdu(t, readFile(t, dir, "out.ncdu.json")), "metrics": sumMetrics(t, readFile(t, dir, "out.prom"), ""),
				"metrics by pattern": sumMetrics(t, readFile(t, dir, "out.prom"), "pattern_"), "metrics by type": sumMetrics(t, readFile(t, dir, "out.prom"), "type_"),
				"folded": {want.Keys, sumFolded(t, readFile(t, dir, "out.folded"))}, // has no keys
			} {
				if got != want {
					t.Errorf("%s: %d keys, %d bytes; want %d, %d", what, got.Keys, got.Memory, want.Keys, want.Memory)
				}
			}
			for _, f := range []string{"out.txt", "out.md"} {
				keys := grouped(want.Keys)
				if text := string(readFile(t, dir, f)); !strings.Contains(text, keys) {
					t.Errorf("%s does not say that there are %s keys", f, keys)
				}
			}
			for _, s := range []string{".md", ".csv", ".folded", ".ncdu.json", ".prom"} {
				golden(t, c.name+s, readFile(t, dir, "out"+s))
			}
			golden(t, c.name+".pprof", []byte(parseProfile(t, filepath.Join(dir, "out.pb.gz")).String()))
			openedByOthers(t, dir, want)
		})
	}
}

// golden compares an output with the one that is kept in testdata/outputs.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "outputs", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(readFile(t, path)), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got; go test -update rewrites it):\n%s", path, diff)
	}
}

// sums are what outputs must agree in.
type sums struct {
	Keys   int64 `json:"keys" parquet:"keys"`
	Memory int64 `json:"memory_bytes" parquet:"memory_bytes"`
}

func addUp(rows []sums) (s sums) {
	for _, r := range rows {
		s.Keys, s.Memory = s.Keys+r.Keys, s.Memory+r.Memory
	}
	return s
}

// grouped writes a number as reports do.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func sumCSV(t *testing.T, text []byte, column string) (s sums) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		keys := int64(1)
		for i, name := range rows[0] {
			switch name {
			case "keys":
				keys, _ = strconv.ParseInt(r[i], 10, 64)
			case column:
				n, err := strconv.ParseInt(r[i], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				s.Memory += n
			}
		}
		s.Keys += keys
	}
	return s
}

func sumParquet(t *testing.T, path string) sums {
	t.Helper()
	rows, err := parquet.ReadFile[sums](path)
	if err != nil {
		t.Fatal(err)
	}
	return addUp(rows)
}

// sumHTML adds up the groups of the page's JSON, which are kept by columns.
func sumHTML(t *testing.T, page []byte) (s sums) {
	t.Helper()
	m := regexp.MustCompile(`id="data"( data-packed="gzip, base64")?>([^<>]*)</script>`).FindSubmatch(page)
	if m == nil {
		t.Fatal("no data in the page")
	}
	text := m[2]
	if m[1] != nil {
		z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		if text, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	var doc struct {
		Groups struct {
			Columns []string
			Blocks  [][][]any
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for _, block := range doc.Groups.Blocks {
		for k, name := range doc.Groups.Columns {
			for _, cell := range block[k] {
				switch name {
				case "keys":
					s.Keys += int64(cell.(float64))
				case "memory_bytes":
					s.Memory += int64(cell.(float64))
				}
			}
		}
	}
	return s
}

func parseProfile(t *testing.T, path string) *pprof.Profile {
	t.Helper()
	p, err := pprof.Parse(bytes.NewReader(readFile(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sumProfile(t *testing.T, path string) (s sums) {
	t.Helper()
	for _, x := range parseProfile(t, path).Sample {
		s.Keys, s.Memory = s.Keys+x.Value[0], s.Memory+x.Value[1]
	}
	return s
}

func sumFolded(t *testing.T, text []byte) (memory int64) {
	t.Helper()
	for line := range strings.Lines(string(text)) {
		n, err := strconv.ParseInt(strings.TrimSpace(line[strings.LastIndexByte(line, ' '):]), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		memory += n
	}
	return memory
}

// sumNcdu adds up the files of an export, whose names say how many keys they are.
func sumNcdu(t *testing.T, text []byte) (s sums) {
	t.Helper()
	var export []any
	if err := json.Unmarshal(text, &export); err != nil {
		t.Fatal(err)
	}
	keys := regexp.MustCompile(`, ([0-9,]+) keys?\]$`)
	var walk func(item any)
	walk = func(item any) {
		if list, dir := item.([]any); dir {
			for _, x := range list[1:] {
				walk(x)
			}
			return
		}
		file := item.(map[string]any)
		m := keys.FindStringSubmatch(file["name"].(string))
		if m == nil {
			t.Fatalf("the file %v says no keys", file["name"])
		}
		n, err := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s.Keys, s.Memory = s.Keys+n, s.Memory+int64(file["dsize"].(float64))
	}
	walk(export[3])
	return s
}

// sumMetrics adds up rdblens_…keys and rdblens_…memory_bytes.
func sumMetrics(t *testing.T, text []byte, of string) (s sums) {
	t.Helper()
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, "{")
		if strings.HasPrefix(line, "#") || name != "rdblens_"+of+"keys" && name != "rdblens_"+of+"memory_bytes" {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(line[strings.LastIndexByte(line, ' '):]), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "keys") {
			s.Keys += n
		} else {
			s.Memory += n
		}
	}
	return s
}

// foreignProgram finds a program that is not ours; without it the test of it is skipped, or
// fails where the CI should have installed it.
func foreignProgram(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("RDBLENS_CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("no %s: .ci/run installs it", name)
	}
	return path
}

// openedByOthers lets the programs that the formats are for read them.
func openedByOthers(t *testing.T, dir string, want sums) {
	t.Run("pprof", func(t *testing.T) {
		out, err := exec.Command(foreignProgram(t, "go"), "tool", "pprof", "-raw", filepath.Join(dir, "out.pb.gz")).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var got sums
		for _, m := range regexp.MustCompile(`(?m)^ +(\d+) +(\d+): `).FindAllSubmatch(out, -1) {
			keys, _ := strconv.ParseInt(string(m[1]), 10, 64)
			memory, _ := strconv.ParseInt(string(m[2]), 10, 64)
			got.Keys, got.Memory = got.Keys+keys, got.Memory+memory
		}
		if got != want {
			t.Errorf("go tool pprof -raw: %+v, want %+v", got, want)
		}
		// The difference with itself is nothing.
		out, err = exec.Command(foreignProgram(t, "go"), "tool", "pprof", "-top", "-diff_base", filepath.Join(dir, "out.pb.gz"), filepath.Join(dir, "out.pb.gz")).CombinedOutput()
		if err != nil || want.Keys > 0 && !bytes.Contains(out, []byte("Showing nodes accounting for 0")) {
			t.Errorf("-diff_base: %v\n%s", err, out)
		}
	})
	t.Run("ncdu", func(t *testing.T) {
		// ncdu exports what it has read: all that it understood.
		c := exec.Command(foreignProgram(t, "ncdu"), "-0", "-f", filepath.Join(dir, "out.ncdu.json"), "-o", "-")
		var out, said bytes.Buffer
		c.Stdout, c.Stderr = &out, &said
		if err := c.Run(); err != nil {
			t.Fatalf("%v\n%s", err, said.Bytes())
		}
		if got := sumNcdu(t, out.Bytes()); got != want {
			t.Errorf("ncdu has read %+v, want %+v", got, want)
		}
	})
	t.Run("promtool", func(t *testing.T) {
		c := exec.Command(foreignProgram(t, "promtool"), "check", "metrics")
		c.Stdin = bytes.NewReader(readFile(t, dir, "out.prom"))
		if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("promtool check metrics: %v\n%s", err, out)
		}
	})
}

// TestProfileDiff: go tool pprof tells what came between two dumps.
func TestProfileDiff(t *testing.T) {
	dir := t.TempDir()
	for i, keys := range []int{10, 25} {
		w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").SelectDB(0)
		for k := range keys {
			w.Put(fmt.Sprintf("cart:%d", k), rdbtest.String(rdbtest.Plain("123456789012345")))
		}
		name := saveDump(t, dir, fmt.Sprintf("%d.rdb", i), w)
		c := exec.Command("rdblens", name, "-o", fmt.Sprintf("%d.pb.gz", i))
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	out, err := exec.Command(foreignProgram(t, "go"), "tool", "pprof", "-top", "-sample_index=keys", "-diff_base", filepath.Join(dir, "0.pb.gz"), filepath.Join(dir, "1.pb.gz")).CombinedOutput()
	if err != nil || !regexp.MustCompile(`\n +15 +.* cart:\{int\}`).Match(out) {
		t.Errorf("%v\n%s", err, out)
	}
}
