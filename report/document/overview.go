package document

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate"
)

// Order is what patterns are sorted by.
type Order string

// The orders.
const (
	ByMemory Order = "memory" // bytes of MEMORY USAGE
	ByKeys   Order = "keys"
	ByNoTTL  Order = "no-ttl" // bytes of keys without a TTL
)

// Orders are all of them, the default first.
var Orders = []string{string(ByMemory), string(ByKeys), string(ByNoTTL)}

// weight is what a row has of what o sorts by.
func (o Order) weight(keys, memory, noTTL int64) int64 {
	switch o {
	case ByKeys:
		return keys
	case ByNoTTL:
		return noTTL
	}
	return memory
}

// Total is what all keys have of what o sorts by.
func (d *Document) Total(o Order) int64 {
	var noTTL int64
	for i := range d.ByType {
		noTTL += d.ByType[i].MemoryWithoutTTL
	}
	return o.weight(d.Totals.Keys, d.Totals.Memory, noTTL)
}

const (
	// parentShare is the share from which on a prefix is a row with its children below
	// it, in ten-thousandths, leastShare that of a row of its own.
	parentShare = 1000
	leastShare  = 50
)

// OverviewRow is a row of an overview: keys whose names begin alike, or what is left
// of those below one row.
type OverviewRow struct {
	Depth int    // of the row it is below, from 0
	Name  string // escaped for display, of a child without the name of its parent; "" for the key of that name, and for what is left
	// Left: what is left of those below the parent, of Groups groups.
	Left bool
	// Itself: the keys that end where their parent's name ends.
	Itself bool
	// Parent: its rows follow and add up to it. Otherwise it may still be of several
	// groups, whose names Rest begins all.
	Parent bool
	Last   bool   // of the rows below its parent
	Rest   string // what parts the name from those of its groups, "" where it is one
	Type   string // "mixed" where there are several

	Groups, Keys, Memory, AvgBytes int64
	KeysWithoutTTL                 int64
	Weight                         int64  // what the order sorts by
	IdleP50                        *int64 // seconds, by byte; nil where the dump has none
}

// branch is a row of the tree with those below it.
type branch struct {
	row    *aggregate.TreeRow // nil for the root
	weight int64
	kids   []*branch
	shown  []*branch
}

// Overview chooses rows of Report.Tree, at most lines of them: prefixes of 10 % and
// more are opened, the heaviest rows first. The rows right below one add up to it, and
// those of depth 0 to all there is, as far as that is in the tree.
func (d *Document) Overview(o Order, lines int) []OverviewRow {
	root := growBranches(d.Tree, o)
	total := root.weight
	used := 1 // the row of what is left
	type candidate struct{ of, kid *branch }
	var open []candidate
	push := func(b *branch) {
		for _, k := range b.kids {
			if k.row.Kind != "other" && atLeast(k.weight, total, leastShare) {
				open = append(open, candidate{b, k})
			}
		}
	}
	push(root)
	for len(open) > 0 {
		at := 0
		for i := range open {
			if open[i].kid.weight > open[at].kid.weight {
				at = i
			}
		}
		c := open[at]
		open = slices.Delete(open, at, at+1)
		cost := 1
		if c.of != root && len(c.of.shown) == 0 {
			cost++ // what is left of it
		}
		if used+cost > lines {
			continue // a row of an open prefix may still fit
		}
		used += cost
		c.of.shown = append(c.of.shown, c.kid)
		if len(c.kid.kids) > 1 && atLeast(c.kid.weight, total, parentShare) {
			push(c.kid)
		}
	}
	var out []OverviewRow
	root.list(0, o, &out)
	return out
}

// atLeast reports whether part is so many ten-thousandths of whole.
func atLeast(part, whole, share int64) bool {
	return whole > 0 && int64(aggregate.RatioOf(part, whole)) >= share
}

// growBranches makes a tree of rows in preorder. A prefix whose keys all have the next
// one, too, is that.
func growBranches(rows []aggregate.TreeRow, o Order) *branch {
	root := &branch{}
	way := []*branch{root}
	for i := range rows {
		r := &rows[i]
		b := &branch{row: r, weight: o.weight(r.Keys, r.Memory, r.MemoryWithoutTTL)}
		depth := min(max(r.Depth, 1), len(way))
		way = append(way[:depth], b)
		up := way[depth-1]
		up.kids = append(up.kids, b)
	}
	for _, k := range root.kids {
		root.weight += k.weight
	}
	root.settle()
	return root
}

// settle skips prefixes that say nothing, and sorts the rows below each.
func (b *branch) settle() {
	for i, k := range b.kids {
		for len(k.kids) == 1 && k.kids[0].row.Kind != "other" {
			k = k.kids[0]
		}
		b.kids[i] = k
		k.settle()
	}
	slices.SortStableFunc(b.kids, func(x, y *branch) int { return cmp.Compare(y.weight, x.weight) })
}

// list appends the rows below b, and what is left of them.
func (b *branch) list(depth int, o Order, out *[]OverviewRow) {
	var left []*branch
	for _, k := range b.kids {
		if !slices.Contains(b.shown, k) {
			left = append(left, k)
		}
	}
	if len(left) == 1 && left[0].row.Kind != "other" && len(b.shown) > 0 {
		// It takes no more room than to say that there is one.
		b.shown, left = append(b.shown, left[0]), nil
	}
	slices.SortStableFunc(b.shown, func(x, y *branch) int { return cmp.Compare(y.weight, x.weight) })
	for i, k := range b.shown {
		r := k.row
		row := OverviewRow{
			Depth: depth, Name: r.Prefix, Parent: len(k.shown) > 0, Last: i == len(b.shown)-1 && len(left) == 0, Type: r.Type,
			Groups: r.Patterns, Keys: r.Keys, Memory: r.Memory, AvgBytes: r.AvgBytes, KeysWithoutTTL: r.KeysWithoutTTL, Weight: k.weight, IdleP50: r.IdleMemoryP50,
		}
		if b.row != nil {
			if r.Kind == "keys" {
				row.Itself = true
			}
			row.Name = after(r.Prefix, b.row.Prefix)
		}
		if !row.Parent && len(k.kids) > 0 {
			row.Rest = "*"
			for _, kid := range k.kids {
				if rest := after(kid.row.Prefix, r.Prefix); kid.row.Kind == "prefix" && rest != kid.row.Prefix && rest != "" {
					row.Rest = rest[:1] + "*"
					break
				}
			}
		}
		*out = append(*out, row)
		k.list(depth+1, o, out)
	}
	if len(left) == 0 || b.row != nil && len(b.shown) == 0 {
		return
	}
	rest := OverviewRow{Depth: depth, Last: true, Left: true}
	var mixed bool
	for _, k := range left {
		r := k.row
		rest.Groups += r.Patterns
		rest.Keys += r.Keys
		rest.Memory += r.Memory
		rest.KeysWithoutTTL += r.KeysWithoutTTL
		rest.Weight += k.weight
		mixed = mixed || rest.Type != "" && rest.Type != r.Type
		rest.Type = r.Type
	}
	if mixed {
		rest.Type = "mixed"
	}
	rest.AvgBytes = average(rest.Memory, rest.Keys)
	*out = append(*out, rest)
}

// after returns what follows prefix in a name, the name where it does not begin so or
// is no longer.
func after(name, prefix string) string {
	if len(name) > len(prefix) && name[:len(prefix)] == prefix {
		return name[len(prefix):]
	}
	return name
}

// PatternsBy returns the n groups that have most of what o sorts by, and one row of the
// others; by memory those are Report.Patterns, which may name more.
func (d *Document) PatternsBy(o Order, n int) []aggregate.PatternRow {
	if o == ByMemory || o == "" || len(d.Groups) == 0 {
		return d.Patterns
	}
	rows := slices.Clone(d.Groups)
	slices.SortStableFunc(rows, func(a, b aggregate.PatternRow) int {
		return cmp.Compare(o.weight(b.Keys, b.Memory, b.MemoryWithoutTTL), o.weight(a.Keys, a.Memory, a.MemoryWithoutTTL))
	})
	if len(rows) <= n+1 {
		return rows
	}
	other := aggregate.PatternRow{Pattern: "[other]", Type: "mixed"}
	for i := n; i < len(rows); i++ {
		r := &rows[i]
		other.Keys += r.Keys
		other.Memory += r.Memory
		other.KeysWithoutTTL += r.KeysWithoutTTL
		other.MemoryWithoutTTL += r.MemoryWithoutTTL
	}
	other.MemoryShare = aggregate.RatioOf(other.Memory, d.Totals.Memory)
	other.AvgBytes = average(other.Memory, other.Keys)
	return append(rows[:n:n], other)
}
