package parquet

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/rdblens/rdblens/report/internal/reporttest"
)

type closer struct{ *bytes.Buffer }

func (closer) Close() error { return nil }

func TestWhatIfTables(t *testing.T) {
	files := map[string]*bytes.Buffer{}
	var order []string
	err := WriteWhatIf(func(name string) (io.WriteCloser, error) {
		files[name] = new(bytes.Buffer)
		order = append(order, name)
		return closer{files[name]}, nil
	}, reporttest.ShopComparison())
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"snapshots.parquet", "scenarios.parquet", "types.parquet", "patterns.parquet", "conversions.parquet", "sweeps.parquet"}; !slices.Equal(order, want) {
		t.Errorf("tables %v, want %v", order, want)
	}
	points := readTable[parquetPoint](t, files["sweeps.parquet"])
	if len(points) != 4 || !points[2].Knee || points[1].Knee || !points[1].InForce || points[2].Saves != 200_000_000 || points[2].ScannedMean != 17.25 {
		t.Errorf("sweeps: %+v", points)
	}
	patterns := readTable[parquetOutcome](t, files["patterns.parquet"])
	if len(patterns) != 3 || patterns[0].Pattern != "cart:{int}" || patterns[0].EncodingsAfter["listpack"] != 9_790_000 {
		t.Errorf("patterns: %+v", patterns)
	}
	costs := readTable[parquetCost](t, files["conversions.parquet"])
	if len(costs) != 1 || costs[0].Longest != 71_004 || costs[0].From != "hashtable" {
		t.Errorf("conversions: %+v", costs)
	}
	err = WriteWhatIf(func(string) (io.WriteCloser, error) { return nil, reporttest.ErrFull }, reporttest.ShopComparison())
	if !errors.Is(err, reporttest.ErrFull) {
		t.Errorf("%v", err)
	}
}

func readTable[T any](t *testing.T, b *bytes.Buffer) []T {
	t.Helper()
	rows, err := parquet.Read[T](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
