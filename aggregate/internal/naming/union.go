package naming

import (
	"math"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/state"
)

// sideTypes numbers the types of both sides, so that one trie holds the sums
// of both: even numbers are those of the side before.
type sideTypes struct{ names []string }

const maxSideTypes = 127

func (d *sideTypes) id(side int) func(string) uint8 {
	return func(name string) uint8 {
		i := slices.Index(d.names, name)
		if i < 0 && len(d.names) >= maxSideTypes && name != state.OtherModule {
			return d.id(side)(state.OtherModule)
		}
		if i < 0 {
			i = len(d.names)
			d.names = append(d.names, name)
		}
		return uint8(2*i + side)
	}
}

// Union is the trie of two snapshots. Whether a node of it is wide depends on
// the union of their patterns: what is wide in one only would otherwise look
// vanished here and new there.
type Union struct {
	view  View
	names sideTypes
}

// NewUnion puts the patterns of two summaries into one trie; it changes neither.
func NewUnion(before, after *state.Summary) *Union {
	u := &Union{view: View{trie: state.NewTrie(after.Bounds), text: patternText{groups: after.Config.Groups}}}
	u.view.trie.MaxNodes, u.view.trie.Coarse = math.MaxInt/4, max(before.Keys.Coarse, after.Keys.Coarse)
	for side, s := range [2]*state.Summary{before, after} {
		u.view.trie.Absorb(s.Keys.Patterns, u.names.id(side))
	}
	u.view.begin(&after.Config)
	for _, s := range [2]*state.Summary{before, after} {
		sample, _ := state.SampleWeight(s.Bounds, s.Keys.Sample)
		u.view.sample = append(u.view.sample, sample...)
	}
	return u
}

// Generalize gives the patterns the names that all keys of both sides together tell:
// see View.Generalize.
func (u *Union) Generalize() { u.view.Generalize() }

// FoldSmaller shows alike words below a node as one {*} where none of the rows below
// them has least bytes on either side.
func (u *Union) FoldSmaller(least int64) { u.view.foldBelow(state.RootNode, least, 0) }

// Sides are what one (pattern, type) is before and after: Stats[0] and Stats[1].
type Sides struct {
	Pattern, Match, Type string
	Stats                [2]counters.Stats
}

// Rows returns a row for each (pattern, type) of either side, in no particular order.
func (u *Union) Rows() []Sides {
	var rows []Sides
	u.view.trie.Walk(func(id uint32, n *state.Node) {
		d := int(n.Depth)
		u.view.text.step(d, n.Sep, n.Cls, u.view.literal(id))
		first := len(rows)
		for e := n.Entry; e != 0; {
			x := u.view.trie.Entries[e]
			name, side := u.names.names[x.Typ/2], x.Typ&1
			at := first + slices.IndexFunc(rows[first:], func(r Sides) bool { return r.Type == name })
			if at < first {
				at = len(rows)
				rows = append(rows, Sides{Pattern: string(u.view.text.pattern[d]), Match: string(u.view.text.match[d]), Type: name})
			}
			rows[at].Stats[side] = x.Stats
			e = x.Next
		}
	})
	return rows
}
