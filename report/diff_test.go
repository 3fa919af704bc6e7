package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// diffed compares two dumps of hostile and ordinary keys.
func diffed(t *testing.T) *aggregate.Diff {
	t.Helper()
	read := func(name, ctime string, keys ...string) *aggregate.Summary {
		w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", ctime).SelectDB(0)
		for _, k := range keys {
			w.Put(k, rdbtest.String(rdbtest.Plain(strings.Repeat("v", 100))))
		}
		s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: name, Reader: bytes.NewReader(w.EOF().Bytes())}, &aggregate.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	d, err := aggregate.Compare(read("old.rdb", "1763600400", "user:1", "gone|a:1", "`tick`:x", "\x1b[31m:1"),
		read("new|.rdb", "1763686800", "user:1", "user:2", "user:3", "fresh:{a}:1", "new\nline", "\u202eabc", "*bold*"),
		aggregate.DiffOptions{Top: 20, MaxMemory: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDiffSchema: docs/diff.schema.json describes what is written.
func TestDiffSchema(t *testing.T) {
	root := schemaOf(t, "diff")
	used := map[string]bool{}
	describes(t, root, root, reflect.TypeFor[aggregate.Diff](), "diff", used)
	for name := range root.Defs {
		if !used["#/$defs/"+name] {
			t.Errorf("nothing refers to %s", name)
		}
	}
	bare := &aggregate.Diff{Schema: aggregate.DiffSchema}
	for _, d := range []*aggregate.Diff{diffed(t), bare} {
		var b bytes.Buffer
		if err := WriteDiffJSON(&b, d); err != nil {
			t.Fatal(err)
		}
		v := decoded(t, b.String())
		checkNulls(t, "", reflect.TypeFor[aggregate.Diff](), v)
		var errs []string
		validate(t, root, root, v, "diff", &errs)
		for _, e := range errs {
			t.Error(e)
		}
		v.(map[string]any)["schema"] = "rdblens.diff/2"
		if validate(t, root, root, v, "diff", &errs); len(errs) == 0 {
			t.Error("another schema is accepted")
		}
	}
	if err := WriteDiffJSON(failAfter(10), diffed(t)); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

// TestDiffText: nothing harms a terminal, at any width.
func TestDiffText(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		for _, width := range []int{40, 60, 80, 120} {
			var b bytes.Buffer
			if err := WriteDiffText(&b, diffed(t), TextOptions{Width: width, ASCII: ascii}); err != nil {
				t.Fatal(err)
			}
			checkText(t, b.Bytes(), width, ascii)
			for _, want := range []string{"CHANGE", "BY TYPE", "NEW PATTERNS", "VANISHED", "LEAK SUSPECTS", "BIGGEST NEW"} {
				if !strings.Contains(b.String(), want) {
					t.Errorf("width %d: no %s", width, want)
				}
			}
		}
	}
}

// TestDiffMarkdown: every table has as many cells in each row as in its head,
// whatever is in a key, and no control byte leaves.
func TestDiffMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := WriteDiffMarkdown(&b, diffed(t)); err != nil {
		t.Fatal(err)
	}
	cells := 0
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		for _, r := range line {
			if r < 0x20 || r == 0x7f || r == '\u202e' {
				t.Errorf("%q has %U", line, r)
			}
		}
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if cells == 0 {
			cells = n
		}
		if n != cells {
			t.Errorf("%d bars instead of %d: %s", n, cells, line)
		}
	}
	for _, want := range []string{"| `user:{int}` | string |", "new\\|\\.rdb", "``", "`*bold*`"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
}

type keptFile struct{ bytes.Buffer }

func (*keptFile) Close() error { return nil }

// TestDiffParquet: the tables hold what the JSON holds.
func TestDiffParquet(t *testing.T) {
	d := diffed(t)
	files := map[string]*keptFile{}
	var order []string
	err := WriteDiffParquet(func(name string) (io.WriteCloser, error) {
		files[name] = new(keptFile)
		order = append(order, name)
		return files[name], nil
	}, d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"snapshots.parquet", "types.parquet", "patterns.parquet", "new_keys.parquet"}, order); diff != "" {
		t.Error(diff)
	}
	patterns := readParquet[parquetDiffPattern](t, files["patterns.parquet"].Bytes())
	if len(patterns) != len(d.All) {
		t.Fatalf("%d rows for %d patterns", len(patterns), len(d.All))
	}
	for i, p := range patterns {
		x := &d.All[i]
		got := fmt.Sprint(p.Pattern, p.Type, p.Status, p.KeysBefore, p.KeysAfter, p.KeysChange, p.MemoryBefore, p.MemoryAfter, p.MemoryChange, p.AvgBefore, p.AvgAfter, p.KeysWithoutTTLBefore, p.KeysWithoutTTLAfter, p.MemoryWithoutTTLBefore, p.MemoryWithoutTTLAfter, *p.KeysPerDay, *p.MemoryPerDay, p.Leak)
		want := fmt.Sprint(x.Pattern, x.Type, x.Status, x.KeysBefore, x.KeysAfter, x.KeysChange, x.MemoryBefore, x.MemoryAfter, x.MemoryChange, x.AvgBefore, x.AvgAfter, x.KeysWithoutTTLBefore, x.KeysWithoutTTLAfter, x.MemoryWithoutTTLBefore, x.MemoryWithoutTTLAfter, *x.KeysPerDay, *x.MemoryPerDay, x.Leak)
		if got != want {
			t.Errorf("row %d: %s\nwant %s", i, got, want)
		}
	}
	if s := readParquet[parquetSide](t, files["snapshots.parquet"].Bytes()); len(s) != 2 || s[0].Side != "old" || s[1].Name != "new|.rdb" {
		t.Errorf("snapshots %+v", s)
	}
	if k := readParquet[parquetBigKey](t, files["new_keys.parquet"].Bytes()); len(k) != len(d.NewKeys) {
		t.Errorf("%d new keys of %d", len(k), len(d.NewKeys))
	}
}
