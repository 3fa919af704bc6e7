package naming

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// The tree adds keys up by the first tokens of their patterns, level by level.
// What a separator of the configuration cuts is a level; tokens that '-', '_'
// or nothing parts belong together.

const (
	// treeShare: a prefix with less than 1/treeShare of its parent's memory and
	// of all memory is part of [other].
	treeShare = 1000
	// treeRows is how many prefixes are shown below one at most.
	treeRows = 100
)

// Kinds of tree rows.
const (
	treePrefix = "prefix" // keys whose first tokens are these
	treeKeys   = "keys"   // of a prefix with rows below it, the keys that end there
	treeOther  = "other"  // the smaller prefixes
)

// treeNode is a prefix with what it adds up to.
type treeNode struct {
	node  uint32
	depth int
	own   treeSum // of keys that end here
	all   treeSum
	kids  []*treeNode
}

type treeSum struct {
	sketch.Tally
	noTTL sketch.Tally
	rows  int64             // patterns
	typ   string            // "mixed" where there are several, "" where there is none
	idle  *sketch.Histogram // seconds, by byte; nil when the dump has none
}

// mixedType is the type of what is of several.
const mixedType = "mixed"

func (s *treeSum) merge(o *treeSum) {
	s.Tally.Merge(o.Tally)
	s.noTTL.Merge(o.noTTL)
	s.rows += o.rows
	switch {
	case s.typ == "":
		s.typ = o.typ
	case o.typ != "" && o.typ != s.typ:
		s.typ = mixedType
	}
	if o.idle == nil || o.idle.Octaves == 0 {
		return
	}
	if s.idle == nil {
		s.idle = new(sketch.Histogram)
	}
	s.idle.Merge(o.idle)
}

// Tree returns the rows of the tree in preorder. The rows right below one add
// up to it, and those of depth 1 to all there is. counts tells the separators that cut
// levels, total is the memory of all keys, bytes.
func (v *View) Tree(counts *keyname.Splitter, total int64) []data.TreeRow {
	root := &treeNode{node: state.RootNode}
	v.growTree(root, state.RootNode, counts)
	root.sum()
	rows := []data.TreeRow{}
	v.treeRows(root, 0, total, &rows)
	return rows
}

// growTree gives n, which ends at a node, the prefixes that go on from there.
func (v *View) growTree(n *treeNode, id uint32, counts *keyname.Splitter) {
	t := v.trie
	for e := t.Nodes[id].Entry; e != 0; e = t.Entries[e].Next {
		x := &t.Entries[e].Stats
		sum := treeSum{Tally: sketch.Tally{Keys: x.Keys, Memory: x.Memory}, noTTL: sketch.Tally{Keys: x.NoTTLKeys, Memory: x.NoTTLMemory}, rows: 1, typ: v.types.Names[t.Entries[e].Typ]}
		if x.Use != nil {
			sum.idle = &x.Use.IdleMemory
		}
		n.own.merge(&sum)
	}
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		if n.node == state.RootNode || counts.Counts(t.Nodes[c].Sep) {
			v.growLevel(n, c, counts)
		}
	}
}

// growLevel adds the prefixes of one level that begin at a node: each node of
// the level where keys end or a further level begins.
func (v *View) growLevel(parent *treeNode, id uint32, counts *keyname.Splitter) {
	t := v.trie
	n := &treeNode{node: id, depth: parent.depth + 1}
	v.growTree(n, id, counts)
	if n.own.rows > 0 || len(n.kids) > 0 {
		parent.kids = append(parent.kids, n)
	}
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		if !counts.Counts(t.Nodes[c].Sep) {
			v.growLevel(parent, c, counts)
		}
	}
}

func (n *treeNode) sum() {
	n.all.merge(&n.own)
	for _, c := range n.kids {
		c.sum()
		n.all.merge(&c.all)
	}
}

func (v *View) treeRows(n *treeNode, depth int, total int64, rows *[]data.TreeRow) {
	type named struct {
		*treeNode
		pattern, match string
	}
	var kids []named
	for _, c := range n.kids {
		pattern, match := v.render(c.node)
		kids = append(kids, named{c, pattern, match})
	}
	slices.SortFunc(kids, func(a, b named) int {
		return cmp.Or(cmp.Compare(b.all.Memory, a.all.Memory), cmp.Compare(b.all.Keys, a.all.Keys), cmp.Compare(a.pattern, b.pattern), cmp.Compare(a.match, b.match))
	})
	add := func(kind, prefix, match string, s *treeSum) {
		*rows = append(*rows, data.TreeRow{
			Depth: depth + 1, Kind: kind, Prefix: prefix, Match: match, Keys: s.Keys, Memory: s.Memory, MemoryShare: data.RatioOf(s.Memory, total),
			AvgBytes: (s.Memory + s.Keys/2) / max(s.Keys, 1), KeysWithoutTTL: s.noTTL.Keys, MemoryWithoutTTL: s.noTTL.Memory, Patterns: s.rows, Type: s.typ,
		})
		if s.idle != nil {
			p50 := s.idle.Quantile(50, 100)
			(*rows)[len(*rows)-1].IdleMemoryP50 = &p50
		}
	}
	if n.own.Keys > 0 && len(kids) > 0 {
		pattern, match := v.render(n.node)
		add(treeKeys, pattern, match, &n.own)
	}
	var other treeSum
	for i, c := range kids {
		// One that is left out would only be called otherwise: it stays.
		if i > 0 && (i >= treeRows || c.all.Memory < n.all.Memory/treeShare && c.all.Memory < total/treeShare) && len(kids)-i > 1 {
			for _, c := range kids[i:] {
				other.merge(&c.all)
			}
			add(treeOther, "[other]", "", &other)
			return
		}
		match := c.match
		if len(c.kids) > 0 && (match == "" || match[len(match)-1] != '*' || keyname.EscapedEnd(match)) {
			match += "*"
		}
		add(treePrefix, c.pattern, match, &c.all)
		v.treeRows(c.treeNode, depth+1, total, rows)
	}
}

// render returns the pattern and the glob of a node.
func (v *View) render(id uint32) (pattern, match string) {
	t := v.trie
	var path [keyname.MaxEdges + 2]uint32
	d := int(t.Nodes[id].Depth)
	for i := d; i > 0; i-- {
		path[i] = id
		id = t.Nodes[id].Parent
	}
	for i := 1; i <= d; i++ {
		n := &t.Nodes[path[i]]
		v.text.step(i, n.Sep, n.Cls, v.literal(path[i]))
	}
	return string(v.text.pattern[d]), string(v.text.match[d])
}
