package state

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// patternNode is one node of a frozen trie; nodes are in preorder, children
// sorted by class, separator and literal. It is plain data.
type patternNode struct {
	Depth   uint8         `part:"depth"`
	Sep     byte          `part:"separator"`
	Class   keyname.Class `part:"class"`
	Wide    bool          `part:"wide"`
	Takes   bool          `part:"takes"`       // of {*}: literals behind its separator go there
	Literal string        `part:"literal,raw"` // of a class, the one text that its keys have; empty when they differ
	Types   []TypeStats   `part:"types"`       // sorted by type
}

// TypeStats is what one (pattern, type) adds up to.
type TypeStats struct {
	Type           string `part:"type"`
	counters.Stats `part:"sums"`
}

// Freeze returns the trie as plain data in its canonical order. The stats move
// to the result: the trie must not be used afterwards.
func (t *Trie) Freeze(types []string) []patternNode {
	out := make([]patternNode, 0, t.Live)
	t.settle(RootNode, true)
	t.Walk(func(_ uint32, n *Node) {
		p := patternNode{Depth: n.Depth, Sep: n.Sep, Class: n.Cls, Wide: n.Wide, Takes: n.Takes, Literal: string(n.Text())}
		for e := n.Entry; e != 0; e = t.Entries[e].Next {
			p.Types = append(p.Types, TypeStats{types[t.Entries[e].Typ], t.Entries[e].Stats})
		}
		slices.SortFunc(p.Types, func(a, b TypeStats) int { return cmp.Compare(a.Type, b.Type) })
		out = append(out, p)
	})
	return out
}

// Absorb adds frozen nodes, which are not changed. What does not fit afterwards
// is coarsened.
func (t *Trie) Absorb(nodes []patternNode, typeID func(string) uint8) {
	var path [keyname.MaxEdges + 2]uint32
	limit := t.MaxNodes
	t.MaxNodes *= 2 // nodes must not move on the way
	path[0] = RootNode
	for i := range nodes {
		f := &nodes[i]
		d := int(f.Depth)
		if d > 0 {
			path[d] = t.step(path[d-1], f.Sep, f.Class, f.edge())
			if path[d] == 0 {
				path[d] = t.full(path[d-1], f.Sep)
			}
			t.absorbSame(path[d], f)
		}
		if f.Wide {
			t.widen(path[d])
		}
		if f.Takes && t.Nodes[path[d]].Cls == keyname.ClassStar {
			t.mergeBehind(path[d-1], f.Sep)
		}
		t.addTypes(path[d], f.Types, typeID)
	}
	t.MaxNodes = limit
	t.Fresh = 0
	t.settle(RootNode, true)
	if t.Coarse < LastCoarse && (t.Live > t.MaxNodes || t.Weigh() > t.MaxWeight) {
		t.coarsen(t.Coarse + 1)
	}
}

func (t *Trie) addTypes(id uint32, types []TypeStats, typeID func(string) uint8) {
	for i := range types {
		t.EntryOf(id, typeID(types[i].Type)).Merge(&types[i].Stats)
	}
}

// Trace visits what frozen nodes add up to, with the nodes of the trie where it is
// counted. They must have been absorbed, and none after it may be missing: a word that
// was absorbed may have gone into a {*} since.
func (t *Trie) Trace(nodes []patternNode, visit func(node uint32, typ string, s *counters.Stats)) {
	var path [keyname.MaxEdges + 2]uint32
	path[0] = RootNode
	for i := range nodes {
		f := &nodes[i]
		d := int(f.Depth)
		if d > 0 {
			path[d] = t.step(path[d-1], f.Sep, f.Class, f.edge())
		}
		for k := range f.Types {
			visit(path[d], f.Types[k].Type, &f.Types[k].Stats)
		}
	}
}
