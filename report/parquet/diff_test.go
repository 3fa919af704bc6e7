package parquet

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/report/internal/reporttest"
)

type keptFile struct{ bytes.Buffer }

func (*keptFile) Close() error { return nil }

// TestDiffParquet: the tables hold what the JSON holds.
func TestDiffParquet(t *testing.T) {
	d := reporttest.Diffed(t)
	files := map[string]*keptFile{}
	var order []string
	err := WriteDiff(func(name string) (io.WriteCloser, error) {
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
