package naming

import (
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Beside the name of a row, which all keys together gave it, stands what its example is
// called by itself, and whether keys of other names may be in the row.

// PurePatterns knows the patterns of keys by themselves: as package keyname tells them
// of one name, before all names together gave a row its own.
type PurePatterns struct {
	view   *View
	split  *keyname.Splitter
	united map[uint32]bool // nodes that others were merged into
}

// PurePatterns returns the patterns of keys by themselves, cut as cfg says, once v is
// folded: what was merged until then is what Folded reports.
func (v *View) PurePatterns(cfg *data.Config) *PurePatterns {
	p := &PurePatterns{view: v, split: keyname.NewSplitter(cfg.Separators, cfg.Depth), united: make(map[uint32]bool)}
	for id := range v.trie.Moved {
		p.united[v.trie.Resolve(id)] = true
	}
	return p
}

// Of is the pattern of a row's example; empty when only the beginning of its name
// is known.
func (p *PurePatterns) Of(r *Row) string {
	for id := r.Node; id != 0; id = p.view.trie.Nodes[id].Parent {
		if p.view.trie.Nodes[id].Cls == keyname.ClassGroup {
			return r.Pattern
		}
	}
	k := &r.Example
	if k.Len != int64(len(k.Name)) {
		return ""
	}
	return string(keyname.AppendPattern(nil, k.Name, p.split.Split(k.Name)))
}

// Folded reports whether keys that have different patterns by themselves are at a node.
func (p *PurePatterns) Folded(id uint32) bool {
	for ; id != state.RootNode && id != 0; id = p.view.trie.Nodes[id].Parent {
		if n := &p.view.trie.Nodes[id]; p.united[id] || n.Cls == keyname.ClassStar || n.Cls == keyname.ClassSlug {
			return true
		}
	}
	return false
}
