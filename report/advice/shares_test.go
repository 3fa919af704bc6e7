package advice

import (
	"bytes"
	"os"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// TestSharesAddUp: what suggestions say of each group is what they save together, and
// names groups of the report.
func TestSharesAddUp(t *testing.T) {
	dump, err := os.ReadFile("../../testdata/demo.rdb")
	if err != nil {
		t.Fatal(err)
	}
	cfg := &aggregate.Config{Server: "auto", Allocator: memory.Jemalloc, Settings: memory.DefaultConfig(), Separators: ":./|", Top: 20}
	read, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: "demo.rdb", Reader: bytes.NewReader(dump), Size: int64(len(dump))}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	r := read.Report()
	s, together := Suggest(r, Options{})
	if together == nil {
		t.Fatal("nothing of the demo saves")
	}
	in := newInput(r)
	rows := map[*aggregate.PatternFacts]int{}
	for i, row := range in.Rows {
		rows[row] = i
	}
	gains := map[string]gain{nameInside: gainName}
	for g, name := range gainNames {
		gains[name] = gain(g)
	}
	var found []finding
	for i := range s {
		f := finding{Suggestion: s[i]}
		if s[i].Saves != nil && *s[i].Saves > 0 && len(s[i].Shares) == 0 {
			t.Errorf("%s saves %d bytes of no group", s[i].ID, *s[i].Saves)
		}
		for _, x := range s[i].Shares {
			if r.Groups[x.Group].Pattern != r.Facts.Patterns[x.Group].Pattern {
				t.Errorf("%s: group %d is another one", s[i].ID, x.Group)
			}
			g, ok := gains[x.Gain]
			if !ok {
				t.Fatalf("%s: gain %q", s[i].ID, x.Gain)
			}
			f.shares = append(f.shares, share{row: rows[&r.Facts.Patterns[x.Group]], gain: g, bytes: x.Bytes, keys: x.Keys})
		}
		found = append(found, f)
	}
	if again := combine(in, found); again == nil || *again != *together {
		t.Errorf("the shares add up to %v, not to %d", again, *together)
	}
}
