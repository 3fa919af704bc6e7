package naming_test

import (
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/view"
)

// TestHostileKeys: memory is bounded whatever the keys are, no key is lost, and
// the columns add up.
func TestHostileKeys(t *testing.T) {
	n := 60_000 / keytest.Stride(10)
	for _, s := range keytest.HostileSchemes {
		t.Run(s.Name, func(t *testing.T) {
			c, err := collect.Analyze(t.Context(), data.Input{Name: "x", Reader: keytest.HostileDump(s, n)}, new(data.Config))
			if err != nil {
				t.Fatal(err)
			}
			tr := state.NewTrie(state.Bounds{})
			tr.MaxNodes, tr.MaxWeight, tr.Coarse = 1<<30, 1<<40, c.Keys.Coarse
			types := state.TypeTable{}
			tr.Absorb(c.Keys.Patterns, types.ID)
			// Between two weighings it may grow a little.
			if w := tr.Weigh(); w > state.DefaultMaxWeight+collect.WeighEvery*(state.NodeWeight+state.EntryWeight+counters.ExampleLimit) {
				t.Errorf("the trie weighs %d MiB", w>>20)
			}
			r := view.NewReport(c)
			var patterns, tree sketch.Tally
			for _, p := range r.Patterns {
				patterns.Merge(sketch.Tally{Keys: p.Keys, Memory: p.Memory})
			}
			for _, x := range r.Tree {
				if x.Depth == 1 {
					tree.Merge(sketch.Tally{Keys: x.Keys, Memory: x.Memory})
				}
			}
			if want := (sketch.Tally{Keys: int64(n), Memory: r.Totals.Memory}); patterns != want || tree != want {
				t.Errorf("patterns add up to %+v, the tree to %+v, want %+v", patterns, tree, want)
			}
		})
	}
}

// BenchmarkHostileKeys reports the memory of the process.
func BenchmarkHostileKeys(b *testing.B) {
	const n = 1_000_000
	for _, s := range keytest.HostileSchemes {
		b.Run(s.Name, func(b *testing.B) {
			keytest.ResetPeak()
			for b.Loop() {
				c, err := collect.Analyze(b.Context(), data.Input{Name: "x", Reader: keytest.HostileDump(s, n)}, new(data.Config))
				if err != nil {
					b.Fatal(err)
				}
				view.NewReport(c)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/key")
			b.ReportMetric(keytest.PeakRSS(b), "peak-MiB")
		})
	}
}
