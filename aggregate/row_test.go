package aggregate_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestRowsOnly: the rows are those of a whole analysis, and what the summary
// still tells is what that one tells.
func TestRowsOnly(t *testing.T) {
	dump, err := os.ReadFile(filepath.Join("..", "testdata", "demo.rdb"))
	if err != nil {
		t.Fatal(err)
	}
	w := rdbtest.Redis(12).SelectDB(0)
	for i := range 200 {
		w.Put(fmt.Sprintf("h:%d", i), rdbtest.HashListpackEx(1900000000000, rdbtest.NewListpack("f", "some value", "1900000000000", "g", "other longer value", "0").Str()))
	}
	late := aggregate.Time(1<<42 - 1)
	for name, c := range map[string]struct {
		dump []byte
		cfg  aggregate.Config
	}{
		"all":     {dump, aggregate.Config{}},
		"deep":    {dump, aggregate.Config{Deep: true}},
		"groups":  {dump, aggregate.Config{Groups: []aggregate.Group{{Name: "mine", Glob: "user:*"}}, Depth: 2}},
		"filters": {dump, aggregate.Config{Filters: aggregate.Filters{Type: []string{"hash", "string"}, MinSize: 100}}},
		"loaded":  {dump, aggregate.Config{Loaded: true, Now: &late}},
		"TTLs":    {w.EOF().Bytes(), aggregate.Config{}},
		"cut off": {dump[:len(dump)/2], aggregate.Config{}},
	} {
		t.Run(name, func(t *testing.T) {
			whole, want, wholeErr := analyze(t, "demo.rdb", c.dump, &c.cfg)
			c.cfg.RowsOnly = true
			only, got, err := analyze(t, "demo.rdb", c.dump, &c.cfg)
			if (err == nil) != (wholeErr == nil) || err != nil && err.Error() != wholeErr.Error() {
				t.Fatalf("error %v, of a whole analysis %v", err, wholeErr)
			}
			if len(want) < 100 {
				t.Fatalf("%d rows are too few to compare", len(want))
			}
			if len(got) != len(want) {
				t.Fatalf("%d rows, want %d", len(got), len(want))
			}
			for i := range want {
				if !reflect.DeepEqual(want[i], got[i]) { // cmp.Diff takes long for so many
					t.Fatalf("row %d (-whole +rows only):\n%s", i, gocmp.Diff(want[i], got[i]))
				}
			}
			a, b := whole.Report(), only.Report()
			// What is said of patterns is not known of rows.
			a.Warnings = slices.DeleteFunc(a.Warnings, func(w aggregate.Warning) bool { return w.Code == "memory-usage" })
			if diff := gocmp.Diff(a.Warnings, b.Warnings); diff != "" {
				t.Errorf("warnings (-whole +rows only):\n%s", diff)
			}
			if a.Totals.Keys != b.Totals.Keys || a.Totals.Memory != b.Totals.Memory || a.Partial != b.Partial {
				t.Errorf("%d keys of %d bytes, partial %v; want %d, %d, %v", b.Totals.Keys, b.Totals.Memory, b.Partial, a.Totals.Keys, a.Totals.Memory, a.Partial)
			}
			if _, err := aggregate.Merge(whole, only); err == nil {
				t.Error("what was counted and what was not were merged")
			}
			if err := aggregate.WritePart(new(bytes.Buffer), &aggregate.Part{Summary: only}); err == nil {
				t.Error("a part was made of keys that were not counted")
			}
		})
	}
	if err := aggregate.ValidateConfig(&aggregate.Config{RowsOnly: true, Scenarios: []aggregate.Scenario{{Name: "x"}}}); err == nil {
		t.Error("rows only with a scenario is valid")
	}
}
