package naming

import (
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Samples name keys, rows have nodes: these find the one by the other.

// NodeOf returns the node under which a key was counted, 0 when that is not
// known: its name, of which length bytes there were, was not kept whole, or leads to no
// node. split and groups are those of the configuration.
func (v *View) NodeOf(name []byte, length int64, split *keyname.Splitter, groups []data.Group) uint32 {
	if length != int64(len(name)) {
		return 0
	}
	for i, g := range groups {
		if keyname.Glob(g.Glob).Match(name) {
			lit := keyname.GroupLiteral(i)
			l := state.LiteralOf(lit[:])
			return v.trie.Find(state.RootNode, 0, keyname.ClassGroup, l, v.trie.Hash(state.RootNode, 0, keyname.ClassGroup, l))
		}
	}
	return v.End(name, split.Split(name))
}

// PatternOf returns the pattern of the row in which a key is shown, "" when it is
// in none: its own words are never shown for it.
func (v *View) PatternOf(key []byte, split *keyname.Splitter, groups []data.Group) string {
	for _, g := range groups {
		if keyname.Glob(g.Glob).Match(key) {
			return string(keyname.AppendGroup(nil, g.Name))
		}
	}
	edges := split.Split(key)
	path := v.path(key, edges)
	if path == nil {
		return ""
	}
	for d, s := range path {
		n := &v.trie.Nodes[s.node]
		v.text.step(d+1, n.Sep, n.Cls, v.literal(s.node))
	}
	return string(v.text.pattern[len(path)])
}

// IsField reports whether the names of a node are those of an entity's node and one
// word behind a separator.
func (v *View) IsField(node, entity uint32, sep byte) bool { return v.trie.IsField(node, entity, sep) }

// Sums returns the sums of the patterns there are, as names were cut.
func (v *View) Sums() map[keyname.PatternSum]bool {
	sums := make(map[keyname.PatternSum]bool)
	var path [keyname.MaxEdges + 2]keyname.PatternSum
	v.cut.Walk(func(_ uint32, n *state.Node) {
		if n.Depth == 0 {
			return
		}
		path[n.Depth] = path[n.Depth-1].Step(n.Sep, n.Cls, n.Lit[:n.N])
		if n.Entry != 0 {
			sums[path[n.Depth]] = true
		}
	})
	return sums
}

// SumOf returns the sum of the pattern of a name.
func (v *View) SumOf(name []byte) keyname.PatternSum {
	return keyname.SumOf(name, v.split.Split(name))
}
