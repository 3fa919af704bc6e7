package parquet

import (
	"bytes"
	"io"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/rdblens/rdblens/report/internal/reporttest"
)

// TestTrendTables: the series add up to each snapshot, by pattern and by type.
func TestTrendTables(t *testing.T) {
	d := reporttest.Trended(t)
	files := map[string]*bytes.Buffer{}
	err := WriteTrend(func(name string) (io.WriteCloser, error) {
		files[name] = new(bytes.Buffer)
		return closer{files[name]}, nil
	}, d)
	if err != nil || len(files) != 4 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	series, err := parquet.Read[parquetSeries](bytes.NewReader(files["series.parquet"].Bytes()), int64(files["series.parquet"].Len()))
	if err != nil {
		t.Fatal(err)
	}
	byType, byPattern := make([]int64, len(d.Snapshots)), make([]int64, len(d.Snapshots))
	for _, r := range series {
		if r.Ctime == nil || *r.Ctime != int64(*d.Snapshots[r.Snapshot].Ctime) {
			t.Errorf("snapshot %d: %v", r.Snapshot, r.Ctime)
		}
		if r.Pattern == "" {
			byType[r.Snapshot] += r.Memory
		} else {
			byPattern[r.Snapshot] += r.Memory
		}
	}
	for i, want := range d.Totals.Memory {
		if byType[i] != want || byPattern[i] != want {
			t.Errorf("snapshot %d: %d bytes by type, %d by pattern, want %d", i, byType[i], byPattern[i], want)
		}
	}
	patterns, err := parquet.Read[parquetPatternTrend](bytes.NewReader(files["patterns.parquet"].Bytes()), int64(files["patterns.parquet"].Len()))
	if err != nil || len(patterns) != len(d.All) || patterns[0].Pattern != d.All[0].Pattern || *patterns[0].MemoryPerDay != d.All[0].MemoryPerDay.Median {
		t.Errorf("%d patterns, %v", len(patterns), err)
	}
}
