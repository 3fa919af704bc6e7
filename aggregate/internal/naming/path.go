package naming

import (
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

const (
	// pathDepths: keys that are paths end at this many depths at least, at each with
	// at least 1/pathShare of them, and nearly all of them end at one of those.
	pathDepths = 3
	pathShare  = 32

	// singleWords words, each of one key, tell nothing each in a dump that has
	// singleShare times as many keys.
	singleWords = 12
	singleShare = 32
)

// paths makes words that '/' joins one {slug}, as those joined by '-' are, where words
// differ from key to key and paths have different lengths: the pages of a site.
func (v *View) paths(id uint32) {
	t := v.trie
	w := v.wordsOf(id, '/', slugShare)
	if !w.varied(slugWords) {
		return
	}
	var ends [keyname.MaxEdges + 2]int64
	all := v.keysBelow(id)
	v.pathEnds(id, 0, &ends)
	depths, sum := 0, int64(0)
	for _, n := range ends {
		if n*pathShare >= all && n > 0 {
			depths++
			sum += n
		}
	}
	if depths < pathDepths || sum*10 < all*9 {
		return
	}
	t.MergeLiterals(id, func(c uint32) bool { return t.Nodes[c].Sep == '/' && wordy(&t.Nodes[c]) })
	first := uint32(0)
	for _, c := range t.Children(id) {
		if n := &t.Nodes[c]; n.Sep == '/' && (n.Cls == keyname.ClassStar || n.Cls == keyname.ClassSlug) {
			if first != 0 {
				v.absorb(c, first)
				continue
			}
			first = c
		}
	}
	for again := true; again; {
		again = false
		for _, c := range t.Children(first) {
			if t.Resolve(c) == c && t.Nodes[c].Sep == '/' && wordy(&t.Nodes[c]) {
				v.absorb(c, first)
				again = true
			}
		}
	}
	t.Rename(first, keyname.ClassSlug, nil)
}

// pathEnds counts the keys below a node that are words behind '/' to their end, by how
// many words they have.
func (v *View) pathEnds(id uint32, depth int, ends *[keyname.MaxEdges + 2]int64) {
	t := v.trie
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		if n := &t.Nodes[c]; n.Sep != '/' || !wordy(n) {
			continue
		}
		for e := t.Nodes[c].Entry; e != 0; e = t.Entries[e].Next {
			ends[depth] += t.Entries[e].Keys
		}
		v.pathEnds(c, depth+1, ends)
	}
}

// singles makes words that each have one key one {*}: people, places, titles that an
// index has a set for each. Words that programs use are fewer at a place, or stand
// for things of several types.
func (v *View) singles(id uint32, all int64) (found bool) {
	t := v.trie
	if id != state.RootNode && t.Nodes[id].Literals >= singleWords {
		type kind struct {
			sep   byte
			shape uint64
		}
		kinds := make(map[kind][]uint32)
		for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
			n := &t.Nodes[c]
			if n.Cls != keyname.ClassLiteral || n.N < 2 || v.keysBelow(c) != 1 {
				continue
			}
			x := v.measureToken(c, false, marks{})
			for h := range x.shapes {
				kinds[kind{n.Sep, h}] = append(kinds[kind{n.Sep, h}], c)
			}
		}
		pick := make(map[uint32]bool)
		for _, list := range kinds {
			if len(list) >= singleWords && int64(len(list))*singleShare <= all {
				for _, c := range list {
					pick[c] = true
				}
			}
		}
		if len(pick) > 0 {
			found = true
			t.MergeLiterals(id, func(c uint32) bool { return pick[c] })
		}
	}
	for _, c := range t.Children(id) {
		if v.singles(c, all) {
			found = true
		}
	}
	return found
}
