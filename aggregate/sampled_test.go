package aggregate_test

import (
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestSampledHashesByOrder: what is said of a hash does not depend on whether
// it came early enough to be looked at.
func TestSampledHashesByOrder(t *testing.T) {
	lp := rdbtest.NewListpack()
	for i := range 20_000 { // its header tells 40,000 entries
		lp.Add(fmt.Sprintf("f%d", i), fmt.Sprintf("value%d", i))
	}
	big, small := rdbtest.HashListpack(lp.Str()), rdbtest.HashListpack(rdbtest.NewListpack("a", "bcdef").Str())
	cfg := aggregate.Config{Settings: memory.DefaultConfig()}
	cfg.Settings.HashMaxListpackEntries = 30_000
	var sizes [2]memory.Size
	for last := range sizes {
		w := rdbtest.Redis(12).SelectDB(0)
		if last == 0 {
			w.Put("h:big0", big)
		}
		for i := range 20_000 {
			w.Put(fmt.Sprintf("h:%d", i), small)
		}
		if last == 1 {
			w.Put("h:big0", big)
		}
		_, rows, err := analyze(t, "x", w.EOF().Bytes(), &cfg)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			if rows[i].Elements == 20_000 {
				sizes[last] = rows[i].Size
			}
		}
	}
	if diff := gocmp.Diff(sizes[0], sizes[1]); diff != "" || sizes[0].Bytes == 0 {
		t.Errorf("first and last in the dump (-first +last):\n%s", diff)
	}
}
