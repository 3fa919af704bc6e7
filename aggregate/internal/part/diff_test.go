package part

import (
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
)

// TestDiffSums: the rows of patterns and types add up to the totals, whatever
// is folded; both ways are mirror images, also through parts.
func TestDiffSums(t *testing.T) {
	low := statetest.LowBounds()
	rounds := 30
	if testing.Short() {
		rounds = 5
	}
	for round := range uint64(rounds) {
		a, b := statetest.SyntheticSummary(t, round, 600, low), statetest.SyntheticSummary(t, round+1000, 900, low)
		o := data.DiffOptions{Top: 1 + int(round)%40}
		d, back := statetest.Compared(t, a, b, o), statetest.Compared(t, readLow(t, writePart(t, &Part{Summary: b})).Summary, a, o)
		for _, rows := range [][]data.DiffPattern{d.Patterns, d.All} {
			var sum data.Change
			for _, p := range rows {
				sum.KeysBefore += p.KeysBefore
				sum.KeysAfter += p.KeysAfter
				sum.MemoryBefore += p.MemoryBefore
				sum.MemoryAfter += p.MemoryAfter
				sum.KeysWithoutTTLAfter += p.KeysWithoutTTLAfter
				sum.MemoryWithoutTTLBefore += p.MemoryWithoutTTLBefore
			}
			x := d.Totals
			if sum.KeysBefore != x.KeysBefore || sum.KeysAfter != x.KeysAfter || sum.MemoryBefore != x.MemoryBefore || sum.MemoryAfter != x.MemoryAfter ||
				sum.KeysWithoutTTLAfter != x.KeysWithoutTTLAfter || sum.MemoryWithoutTTLBefore != x.MemoryWithoutTTLBefore {
				t.Fatalf("round %d: rows %+v, totals %+v", round, sum, x)
			}
		}
		if len(d.All) != len(back.All) || d.NewPatternsTotal != back.VanishedTotal || d.VanishedTotal != back.NewPatternsTotal || d.Totals.MemoryChange != -back.Totals.MemoryChange {
			t.Fatalf("round %d: one way %d new and %d vanished, the other %d and %d", round, d.NewPatternsTotal, d.VanishedTotal, back.NewPatternsTotal, back.VanishedTotal)
		}
		if same := statetest.Compared(t, a, a, o); same.NewPatternsTotal+same.VanishedTotal+same.LeakSuspectsTotal != 0 || len(same.NewKeys) != 0 || same.Totals.MemoryChange != 0 {
			t.Fatalf("round %d: a snapshot differs from itself", round)
		}
	}
}
