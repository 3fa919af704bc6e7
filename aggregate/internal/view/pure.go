package view

import (
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Beside the name of a row, which all keys together gave it, stands what its example is
// called by itself, and whether keys of other names may be in the row.

// purist knows the patterns of keys by themselves.
type purist struct {
	*view
	split  *keyname.Splitter
	united map[uint32]bool // nodes that others were merged into
}

func (v *view) purist(cfg *data.Config) *purist {
	p := &purist{view: v, split: keyname.NewSplitter(cfg.Separators, cfg.Depth), united: make(map[uint32]bool)}
	for id := range v.trie.Moved {
		p.united[v.trie.Resolve(id)] = true
	}
	return p
}

// row makes the row of a report.
func (p *purist) row(r *patternRow, total int64) data.PatternRow {
	row := r.view(total)
	row.PurePattern, row.Folded = p.pureOf(r), r.pattern == otherRow || p.folded(r.node)
	if r.estimated && row.PurePattern == row.Pattern {
		row.Folded = false // one word of many
	}
	return row
}

// pureOf is the pattern of a row's example; empty when only the beginning of its name
// is known.
func (p *purist) pureOf(r *patternRow) string {
	for id := r.node; id != 0; id = p.trie.Nodes[id].Parent {
		if p.trie.Nodes[id].Cls == keyname.ClassGroup {
			return r.pattern
		}
	}
	k := &r.Example
	if k.Len != int64(len(k.Name)) {
		return ""
	}
	return string(keyname.AppendPattern(nil, k.Name, p.split.Split(k.Name)))
}

// folded reports whether keys that have different patterns by themselves are at a node.
func (p *purist) folded(id uint32) bool {
	for ; id != state.RootNode && id != 0; id = p.trie.Nodes[id].Parent {
		if n := &p.trie.Nodes[id]; p.united[id] || n.Cls == keyname.ClassStar || n.Cls == keyname.ClassSlug {
			return true
		}
	}
	return false
}
