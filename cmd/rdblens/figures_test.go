package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// figures is a JSON report, as much of it as these tests look at.
type figures struct {
	Totals struct {
		Keys   int64
		Memory int64 `json:"memory_bytes"`
	}
	ByDatabase []struct {
		DB     int
		Keys   int64
		Memory int64 `json:"memory_bytes"`
	} `json:"by_database"`
	DatabasesTotal int64 `json:"databases_total"`
	ElementsByType []struct {
		Type               string
		Keys, Elements     int64
		P50, P90, P99, Max int64
	} `json:"elements_by_type"`
	Patterns []struct {
		Pattern     string
		PurePattern string `json:"pure_pattern"`
		Example     string
	}
	Idle struct {
		Recorded    string
		Percentiles []map[string]any
	}
	Sources []struct {
		Functions     int64
		FunctionBytes int64 `json:"function_bytes"`
		Libraries     []struct {
			Name, Engine string
			Bytes        int64
		}
	}
}

func figuresOf(t *testing.T, args ...string) (f figures) {
	t.Helper()
	code, out, errs := execute(t, append([]string{"report", "-f", "json"}, args...)...)
	if code != exitOK {
		t.Fatalf("%d %s", code, errs)
	}
	if err := json.Unmarshal([]byte(out), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// unpack writes a compressed dump of testdata/live to a file.
func unpack(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open("../../testdata/live/" + name + ".rdb.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	to, err := os.Create(t.TempDir() + "/" + name + ".rdb")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.ReadFrom(z); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return to.Name()
}

// TestDatabases: lists of databases are bounded as those of patterns are, in JSON and in
// text, and add up.
func TestDatabases(t *testing.T) {
	path := unpack(t, "300-databases")
	for _, top := range []string{"20", "7", "400"} {
		f := figuresOf(t, "--top", top, path)
		rows := map[string]int{"20": 21, "7": 8, "400": 300}[top]
		var keys, memory int64
		for _, x := range f.ByDatabase {
			keys, memory = keys+x.Keys, memory+x.Memory
		}
		if len(f.ByDatabase) != rows || f.DatabasesTotal != 300 || keys != f.Totals.Keys || memory != f.Totals.Memory {
			t.Errorf("--top %s: %d rows of %d databases, %d of %d keys", top, len(f.ByDatabase), f.DatabasesTotal, keys, f.Totals.Keys)
		}
		if last := f.ByDatabase[len(f.ByDatabase)-1]; (last.DB == -1) != (rows < 300) {
			t.Errorf("--top %s: the last row is %+v", top, last)
		}
	}
	_, out, _ := execute(t, "report", "--section", "types", path)
	if n := strings.Count(out, "\n"); n > 40 || !strings.Contains(out, "  others") {
		t.Errorf("%d lines of text", n)
	}
}

// TestFiguresOfUse: what holds seconds is called so, beside its old name.
func TestFiguresOfUse(t *testing.T) {
	f := figuresOf(t, unpack(t, "redis-6.2-lru"))
	if f.Idle.Recorded != "idle" || len(f.Idle.Percentiles) == 0 {
		t.Fatalf("%+v", f.Idle)
	}
	for _, p := range f.Idle.Percentiles {
		if p["value"] == nil || p["value"] != p["bytes"] {
			t.Errorf("%v", p)
		}
	}
}

// TestLibraries: the report names the libraries of functions, in parts and merges too.
func TestLibraries(t *testing.T) {
	lua, none := "#!lua name=mylib\nredis.register_function('f', function() end)", "no head"
	w := head(10).Function2(rdbtest.Plain(lua)).Function2(rdbtest.Plain(none))
	w.SelectDB(0).Put("h:1", rdbtest.HashListpack(rdbtest.Plain(rdbtest.NewListpack("a", "1", "b", "2").Bytes())))
	for i := range 9 {
		w.Put("z:"+strings.Repeat("x", i), rdbtest.ZsetListpack(rdbtest.Plain(rdbtest.NewListpack("a", "1").Bytes())))
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("f.rdb", w.EOF().Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f := figuresOf(t, "f.rdb")
	s := f.Sources[0]
	if s.Functions != 2 || s.FunctionBytes != int64(len(rdbtest.Plain(lua))+len(rdbtest.Plain(none))) || len(s.Libraries) != 2 ||
		s.Libraries[1].Name != "mylib" || s.Libraries[1].Engine != "lua" || s.Libraries[0].Name != "" {
		t.Errorf("%+v", s)
	}
	if e := f.ElementsByType; len(e) != 2 || e[0].Type != "hash" || e[0].P50 != 2 || e[0].Elements != 2 || e[1].Type != "zset" || e[1].Keys != 9 || e[1].Max != 1 {
		t.Errorf("%+v", e)
	}
	if code, _, errs := execute(t, "report", "f.rdb", "-o", "f.rdbpart"); code != exitOK {
		t.Fatal(errs)
	}
	_, direct, _ := execute(t, "report", "f.rdb", "-f", "json")
	if _, merged, _ := execute(t, "merge", "f.rdbpart", "-f", "json"); merged != direct {
		t.Error("the merge is another report")
	}
	if _, redacted, _ := execute(t, "report", "f.rdb", "-f", "json", "--redact"); strings.Contains(redacted, "mylib") {
		t.Error("--redact shows the name of a library")
	}
}

// TestPatternsJoin: the patterns of a report join with those of rows, whatever --top was.
func TestPatternsJoin(t *testing.T) {
	const demo = "../../testdata/demo.rdb"
	_, out, _ := execute(t, "keys", demo, "--columns", "pattern")
	rows := map[string]bool{}
	for line := range strings.Lines(out) {
		rows[strings.Trim(strings.TrimSpace(line), `"`)] = true
	}
	for _, top := range []string{"3", "20", "500"} {
		for _, p := range figuresOf(t, "--top", top, demo).Patterns {
			if p.Pattern != "[other]" && !rows[p.PurePattern] {
				t.Errorf("--top %s: no row of %q (%q)", top, p.PurePattern, p.Pattern)
			}
		}
	}
}
