package view_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/view"
)

// keyRow is what a row and an entry of the top lists both say of a key.
type keyRow struct {
	DB                     int32
	Key                    string
	Size, Idle, Freq, Slot int64
}

type keyRows []keyRow

func (s *keyRows) WriteRow(r *data.Row) error {
	*s = append(*s, keyRow{r.DB, string(r.Key), r.Size.Bytes, r.IdleSeconds, int64(r.Freq), int64(r.Slot)})
	return nil
}

// orNone is the number behind p, -1 for null.
func orNone[T int32 | int64](p *T) int64 {
	if p == nil {
		return -1
	}
	return int64(*p)
}

// The top lists tell of a key what its row tells.
func TestTopKeysAreRows(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "..", "testdata", "demo.rdb"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all keyRows
	s, err := collect.Analyze(context.Background(), data.Input{Name: "demo.rdb", Reader: f, Sinks: []data.RowSink{&all}}, &data.Config{Top: 50})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(all, func(a, b keyRow) int { return int(b.Size - a.Size) })
	report := view.NewReport(s)
	for list, keys := range map[string][]data.BigKey{"biggest": report.Biggest, "biggest_by_elements": report.BiggestByElements} {
		if len(keys) != 50 {
			t.Fatalf("%s: %d keys, want 50", list, len(keys))
		}
		for _, k := range keys {
			got := keyRow{k.DB, k.Key, k.Size, orNone(k.Idle), orNone(k.Freq), orNone(k.Slot)}
			i := slices.IndexFunc(all, func(r keyRow) bool { return r.DB == k.DB && r.Key == k.Key })
			if i < 0 {
				t.Fatalf("%s: key %q is no row", list, k.Key)
			}
			if diff := cmp.Diff(all[i], got); diff != "" {
				t.Errorf("%s (-row +list):\n%s", list, diff)
			}
		}
	}
	if all[0].Size != report.Biggest[0].Size || all[0].Idle < 0 {
		t.Errorf("biggest key: row %+v, list %+v", all[0], report.Biggest[0])
	}
}
