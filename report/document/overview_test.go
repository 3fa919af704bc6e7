package document

import (
	"fmt"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
)

// forest is a tree of n prefixes of p parts each, the first the largest.
func forest(n, p int) *Document {
	d := &Document{}
	for i := range n {
		parent := aggregate.TreeRow{Depth: 1, Kind: "prefix", Prefix: fmt.Sprintf("p%d", i), Type: "mixed", Patterns: int64(p)}
		var kids []aggregate.TreeRow
		for k := range p {
			keys, memory := int64(k+1), int64((n-i)*(p-k)*100)
			kids = append(kids, aggregate.TreeRow{Depth: 2, Kind: "prefix", Prefix: fmt.Sprintf("p%d:{int}:k%d", i, k), Type: "hash", Keys: keys, Memory: memory, KeysWithoutTTL: keys, MemoryWithoutTTL: memory / 2, Patterns: 1})
			parent.Keys += keys
			parent.Memory += memory
			parent.KeysWithoutTTL += keys
			parent.MemoryWithoutTTL += memory / 2
		}
		d.Tree = append(append(d.Tree, parent), kids...)
		d.Totals.Keys += parent.Keys
		d.Totals.Memory += parent.Memory
	}
	return d
}

// TestOverviewAddsUp: whatever room there is, and whatever is sorted by, the rows right
// below one add up to it, the larger first, and they are no more than there is room for.
func TestOverviewAddsUp(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {1, 5}, {3, 4}, {12, 3}, {40, 2}} {
		d := forest(size[0], size[1])
		for _, order := range []Order{ByMemory, ByKeys, ByNoTTL} {
			for lines := 2; lines <= 60; lines++ {
				rows := d.Overview(order, lines)
				if len(rows) > lines {
					t.Fatalf("%v %s: %d rows, room for %d", size, order, len(rows), lines)
				}
				sums := map[int]OverviewRow{} // of the rows below the last one, by depth
				last := map[int]int64{}
				finish := func(depth int, of *OverviewRow) {
					if s := sums[depth]; s.Keys != of.Keys || s.Memory != of.Memory || s.Groups != of.Groups {
						t.Errorf("%v %s %d lines: below %q are %+v, it is %+v", size, order, lines, of.Name, s, of)
					}
				}
				for i := range rows {
					r := &rows[i]
					if i > 0 && r.Depth > rows[i-1].Depth {
						sums[r.Depth], last[r.Depth] = OverviewRow{}, 1<<62
					}
					if !r.Left && i > 0 && r.Depth <= rows[i-1].Depth && r.Weight > last[r.Depth] {
						t.Errorf("%v %s: %q is larger than the row before", size, order, r.Name)
					}
					last[r.Depth] = r.Weight
					s := sums[r.Depth]
					sums[r.Depth] = OverviewRow{Keys: s.Keys + r.Keys, Memory: s.Memory + r.Memory, Groups: s.Groups + r.Groups}
					if r.Last && r.Depth > 0 {
						for p := i; p >= 0; p-- {
							if rows[p].Depth == r.Depth-1 {
								finish(r.Depth, &rows[p])
								break
							}
						}
					}
				}
				finish(0, &OverviewRow{Keys: d.Totals.Keys, Memory: d.Totals.Memory, Groups: int64(size[0] * size[1])})
			}
		}
	}
}

// TestOverviewOpens: a prefix of 10 % is opened, a smaller one is one row for all its
// groups, and names of parts do not repeat that of the whole.
func TestOverviewOpens(t *testing.T) {
	rows := forest(12, 3).Overview(ByMemory, 20)
	if len(rows) < 5 || !rows[0].Parent || rows[0].Name != "p0" || rows[1].Name != ":{int}:k0" || rows[1].Depth != 1 || rows[1].Rest != "" {
		t.Errorf("%+v", rows)
	}
	for i := range rows {
		if rows[i].Name == "p11" && (rows[i].Parent || rows[i].Rest != ":*" || rows[i].Groups != 3) {
			t.Errorf("%+v", rows[i])
		}
	}
	// A prefix with one part is that part.
	if rows := forest(1, 1).Overview(ByMemory, 20); len(rows) != 1 || rows[0].Name != "p0:{int}:k0" || rows[0].Parent {
		t.Errorf("%+v", rows)
	}
}

// TestOverviewEmptyName: the key whose name is empty is a row like any other, and not what
// is left.
func TestOverviewEmptyName(t *testing.T) {
	d := &Document{}
	for _, name := range []string{"a", "", "b"} {
		d.Tree = append(d.Tree, aggregate.TreeRow{Depth: 1, Kind: "prefix", Prefix: name, Keys: 1, Memory: 100, Patterns: 1, Type: "string"})
	}
	rows := d.Overview(ByMemory, 10)
	if len(rows) != 3 || rows[1].Name != "" || rows[1].Left {
		t.Errorf("%+v", rows)
	}
	rows = d.Overview(ByMemory, 2)
	if len(rows) != 2 || rows[0].Left || !rows[1].Left || rows[1].Groups != 2 {
		t.Errorf("two lines: %+v", rows)
	}
}
