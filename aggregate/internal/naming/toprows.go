package naming

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// OtherRow is the name of the row of all that is not shown.
const OtherRow = "[other]"

// TopRows sorts rows, keeps n and adds up the others. Where those that are left
// out are many below one prefix, and together larger than a row that is shown, the
// prefix is a row in its place; the rest is [other].
func (v *View) TopRows(rows []Row, n int) []Row {
	slices.SortFunc(rows, func(a, b Row) int { return a.Compare(&b) })
	if len(rows) <= n || n == 0 {
		return addUp(rows, n)
	}
	shown, rest := slices.Clone(rows[:n]), slices.Clone(rows[n:])
	parents := make(map[[2]string]bool)
	for range n {
		p, others := v.parentOf(rest)
		last := len(shown) - 1
		if p == nil || parents[[2]string{shown[last].Pattern, shown[last].Type}] || p.Compare(&shown[last]) >= 0 {
			break
		}
		name := [2]string{p.Pattern, p.Type}
		if at := slices.IndexFunc(shown, func(r Row) bool { return r.Pattern == p.Pattern && r.Type == p.Type }); at >= 0 {
			// A row of the same name is of these keys, too.
			all := addUp([]Row{shown[at], *p}, 0)[0]
			all.Pattern, all.Match, all.Type, all.Node = p.Pattern, p.Match, p.Type, shown[at].Node
			shown[at] = all
			rest = others
		} else {
			rest = append(others, shown[last])
			shown[last] = *p
		}
		parents[name] = true
		slices.SortFunc(shown, func(a, b Row) int { return a.Compare(&b) })
	}
	return addUp(append(shown, rest...), n)
}

// addUp keeps n rows and adds up the others in a last one.
func addUp(rows []Row, n int) []Row {
	if len(rows) <= n {
		return rows
	}
	other := Row{Pattern: OtherRow, Type: "mixed", Several: true, Stats: new(counters.Stats)}
	var err sketch.SumSquares
	for i := n; i < len(rows); i++ {
		other.Merge(rows[i].Stats)
		err.Add(rows[i].Bound)
		other.Estimated = other.Estimated || rows[i].Estimated
	}
	other.Bound = err.Root()
	return append(rows[:n:n], other)
}

// parentOf returns the row of the prefix below which most of the rows are, and
// the rows that are not; nil when there is none with two of them.
func (v *View) parentOf(rows []Row) (*Row, []Row) {
	t := v.trie
	// way returns the nodes from the first token to that of a row.
	sums := make(map[uint32]int64)
	count := make(map[uint32]int)
	for i := range rows {
		if rows[i].Pattern == OtherRow || rows[i].Node == 0 {
			continue
		}
		for id := rows[i].Node; id != state.RootNode && id != 0; id = t.Nodes[id].Parent {
			sums[id] += rows[i].Memory
			count[id]++
		}
	}
	best := uint32(0)
	for id, sum := range sums {
		if count[id] < 2 || t.Nodes[id].Parent != state.RootNode || t.Nodes[id].Cls == keyname.ClassGroup {
			continue
		}
		if best == 0 || cmp.Or(cmp.Compare(sum, sums[best]), cmp.Compare(best, id)) > 0 {
			best = id
		}
	}
	if best == 0 {
		return nil, rows
	}
	// Down to where they part.
	for {
		next := uint32(0)
		for c := t.Nodes[best].Child; c != 0; c = t.Nodes[c].Next {
			if sums[c]*10 >= sums[best]*9 && count[c] >= 2 {
				next = c
			}
		}
		if next == 0 {
			break
		}
		best = next
	}
	var mine, others []Row
	for i := range rows {
		id := rows[i].Node
		for id != best && id != state.RootNode && id != 0 {
			id = t.Nodes[id].Parent
		}
		if id == best {
			mine = append(mine, rows[i])
		} else {
			others = append(others, rows[i])
		}
	}
	p := addUp(mine, 0)[0]
	p.Type = mine[0].Type
	sep, same := byte(0), true
	for i := range mine {
		if mine[i].Type != p.Type {
			p.Type = "mixed"
		}
		id := mine[i].Node
		for id != best && t.Nodes[id].Parent != best {
			id = t.Nodes[id].Parent
		}
		if id == best {
			same = false
		} else if sep != 0 && sep != t.Nodes[id].Sep {
			same = false
		} else {
			sep = t.Nodes[id].Sep
		}
	}
	if !same {
		sep = 0
	}
	p.Pattern, p.Match = v.render(best)
	d := int(t.Nodes[best].Depth) + 1
	v.text.step(d, sep, keyname.ClassStar, "")
	p.Pattern, p.Match = string(v.text.pattern[d]), string(v.text.match[d])
	p.Node = best
	return &p, others
}
