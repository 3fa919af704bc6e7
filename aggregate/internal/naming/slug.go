package naming

import (
	"maps"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Titles, slugs and names of people are words joined by '-', '_', '+' or blanks,
// a different number of them in each. Where many words stand at one place, each
// with few of the keys, and more words follow, all of them are one {slug}: a
// place is varied when the trie has {*} there, or when there are slugWords that
// have each at most 1/slugShare of the keys. What follows the words, such as
// :profile, stays apart.

const (
	slugWords = 32
	slugShare = 32
	// Behind the first word this many must differ, each with this part of the keys.
	slugWithin      = 12
	slugWithinShare = 16
)

// joinsWords reports whether a separator joins words of free text that begins
// behind another one.
func joinsWords(sep, first byte) bool {
	switch sep {
	case '-', '_', '+', ' ', '\'':
		return true
	case '.', ',':
		return first != '.' && first != 0 && first != sep
	}
	return false
}

// slugs makes free text below a node one class.
func (v *View) slugs(id uint32) {
	seps := make(map[byte]bool)
	for _, c := range v.trie.Children(id) {
		if sep := v.trie.Nodes[c].Sep; v.trie.Resolve(c) == c && !seps[sep] {
			seps[sep] = true
			v.slugAt(id, sep)
			v.longText(id, sep)
			if sep == '/' {
				v.paths(id)
			}
		}
	}
	for _, c := range v.trie.Children(id) {
		v.slugs(c)
	}
}

// words are the literals, and the {*}, of a node behind one separator.
type words struct {
	star      uint32
	literals  map[uint32]int64 // keys
	keys      int64
	light     int   // literals with few of the keys
	lightKeys int64 // and of {*}
}

func (v *View) wordsOf(id uint32, sep byte, share int64) words {
	t := v.trie
	w := words{literals: make(map[uint32]int64)}
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		switch n := &t.Nodes[c]; {
		case n.Sep != sep:
		case n.Cls == keyname.ClassStar:
			w.star = c
			w.lightKeys = v.keysBelow(c)
			w.keys += w.lightKeys
		case n.Cls == keyname.ClassLiteral && keyname.HasLetter(n.Lit[:n.N]):
			k := v.keysBelow(c)
			w.literals[c] = k
			w.keys += k
		}
	}
	for _, k := range w.literals {
		if k*share <= w.keys || k == 1 {
			w.light++
			w.lightKeys += k
		}
	}
	return w
}

// varied reports whether the words differ from key to key.
func (w *words) varied(least int) bool {
	return (w.star != 0 || w.light >= least) && w.lightKeys*4 >= w.keys
}

// slugAt makes the words below a node behind a separator {slug}, when they are.
func (v *View) slugAt(id uint32, sep byte) {
	t := v.trie
	w := v.wordsOf(id, sep, slugShare)
	if !w.varied(slugWords) {
		return
	}
	// Of how many keys do words go on?
	var joined int64
	light := make(map[uint32]bool)
	var all subtree
	add := func(c uint32) {
		for k := t.Nodes[c].Child; k != 0; k = t.Nodes[k].Next {
			if n := &t.Nodes[k]; joinsWords(n.Sep, sep) && wordy(n) || n.Sep == 0 || isBlank(n) {
				joined += v.keysBelow(k)
			}
		}
	}
	for c, k := range w.literals {
		if k*slugShare <= w.keys || k == 1 {
			light[c] = true
			add(c)
			x := v.measureWords(c, sep)
			all.merge(&x)
		}
	}
	if w.star != 0 {
		add(w.star)
		x := v.measureWords(w.star, sep)
		all.merge(&x)
	}
	if joined*10 < w.lightKeys*3 {
		return
	}
	// Common words go with the rare ones when the same follows them.
	for c := range w.literals {
		if x := v.measureWords(c, sep); !light[c] && all.includes(&x) {
			light[c] = true
		}
	}
	if len(light) > 0 {
		t.MergeLiterals(id, func(c uint32) bool { return light[c] })
	}
	star := t.Find(id, sep, keyname.ClassStar, state.Literal{}, t.Hash(id, sep, keyname.ClassStar, state.Literal{}))
	if star == 0 {
		return
	}
	v.joinWords(star, sep)
}

// wordy reports whether a node is a word, or what may be one.
func wordy(n *state.Node) bool {
	c := n.Cls
	return c == keyname.ClassLiteral && keyname.HasLetter(n.Lit[:n.N]) || c == keyname.ClassStar || c == keyname.ClassAlnum || c == keyname.ClassSlug
}

// joinWords merges the words, and numbers, that go on below a node into it.
func (v *View) joinWords(id uint32, first byte) {
	t := v.trie
	slug := false
	for again := true; again; {
		again = false
		seps := make(map[byte]bool)
		for _, c := range t.Children(id) {
			if t.Resolve(c) != c {
				continue
			}
			if w := v.wordsOf(c, 0, slugWithinShare); isBlank(&t.Nodes[c]) && w.varied(slugWithin) {
				v.absorb(c, id)
				again, slug = true, true
				continue
			}
			sep := t.Nodes[c].Sep
			if (joinsWords(sep, first) || sep == 0) && !seps[sep] {
				seps[sep] = true
				if v.joinAt(id, sep, first) {
					again = true
					slug = slug || sep != 0
				}
			}
		}
	}
	// Words that a number or an odd word begins: 10-things, x5-review.
	p := t.Nodes[id].Parent
	own := v.measureWords(id, first)
	for _, c := range t.Children(p) {
		n := &t.Nodes[c]
		if c == id || n.Sep != first || n.Cls != keyname.ClassInt && n.Cls != keyname.ClassAlnum {
			continue
		}
		x := v.measureWords(c, first)
		if slug && own.includes(&x) && x.keys*2 <= own.keys && (v.plainKeys(c, first)*4 <= x.keys || v.wordy[place{p, first}]) {
			v.absorb(c, id)
			v.joinWords(id, first)
			return
		}
	}
	if slug {
		for tail := v.tailOf(id, first); len(tail) > 0; tail = v.tailOf(id, first) {
			for _, c := range tail {
				if t.Resolve(c) == c {
					v.absorb(c, id)
				}
			}
		}
		t.Rename(id, keyname.ClassSlug, nil)
	}
}

// tailShare: what words go on with in at most this part of their keys is more of them.
const tailShare = 16

// tailOf returns the children of words that are more of them.
func (v *View) tailOf(id uint32, first byte) (tail []uint32) {
	t := v.trie
	plain := v.measurePlain(id, first)
	var ends subtree // of the words, with the numbers that follow them
	for _, c := range t.Children(id) {
		if n := &t.Nodes[c]; !wordy(n) {
			v.measure(c, stepShape(shapeOf(keyname.HashMul1), n), &ends)
		}
	}
	v.measureEntries(id, shapeOf(keyname.HashMul1), &ends)
	for _, c := range t.Children(id) {
		n := &t.Nodes[c]
		if !joinsWords(n.Sep, first) && n.Sep != 0 && !isBlank(n) {
			continue
		}
		if n.Cls == keyname.ClassLiteral || n.Cls == keyname.ClassStar {
			var x subtree
			v.measure(c, shapeOf(keyname.HashMul1), &x)
			if x.keys*tailShare <= ends.keys && ends.includes(&x) {
				tail = append(tail, c)
				continue
			}
		}
		switch n.Cls {
		case keyname.ClassInt, keyname.ClassAlnum, keyname.ClassStar, keyname.ClassSlug, keyname.ClassLiteral:
			if x := v.measureWords(c, first); x.keys*tailShare <= plain.keys && plain.includes(&x) {
				tail = append(tail, c)
			}
		}
	}
	return tail
}

// isBlank reports whether a node is a blank between words of a URL: %20.
func isBlank(n *state.Node) bool {
	return n.Sep == '%' && n.Cls == keyname.ClassLiteral && string(n.Lit[:n.N]) == "20"
}

// longText lets words that differ, and slugs, take over text that is longer than words
// are, where the same follows.
func (v *View) longText(id uint32, sep byte) {
	t := v.trie
	words, text := uint32(0), uint32(0)
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		switch n := &t.Nodes[c]; {
		case n.Sep != sep:
		case n.Cls == keyname.ClassSlug || n.Cls == keyname.ClassStar && words == 0:
			words = c
		case n.Cls == keyname.ClassText:
			text = c
		}
	}
	if text == 0 {
		return
	}
	if words == 0 {
		// As many words that differ, as there is text?
		w := v.wordsOf(id, sep, slugShare)
		if !w.varied(slugWords) || w.lightKeys > 8*v.keysBelow(text) {
			return
		}
		t.MergeLiterals(id, func(c uint32) bool {
			k, ok := w.literals[c]
			return ok && (k*slugShare <= w.keys || k == 1)
		})
		if words = t.Find(id, sep, keyname.ClassStar, state.Literal{}, t.Hash(id, sep, keyname.ClassStar, state.Literal{})); words == 0 {
			return
		}
	}
	own, x := v.measureWords(words, sep), v.measureWords(text, sep)
	if own.includes(&x) {
		v.absorb(text, words)
		v.joinWords(words, sep)
	}
}

// joinAt merges the words behind one separator below a node into it.
func (v *View) joinAt(id uint32, sep, first byte) (joined bool) {
	t := v.trie
	w := v.wordsOf(id, sep, slugWithinShare)
	plain := v.measurePlain(id, first)
	if w.varied(slugWithin) {
		var all subtree
		for c, k := range w.literals {
			if k*slugWithinShare <= w.keys || k == 1 {
				x := v.measureWords(c, first)
				all.merge(&x)
			}
		}
		if w.star != 0 {
			x := v.measureWords(w.star, first)
			all.merge(&x)
		}
		for _, c := range slices.Sorted(maps.Keys(w.literals)) {
			if t.Resolve(c) != c {
				continue // with others, when there were too many of them
			}
			k := w.literals[c]
			x := v.measureWords(c, first)
			if k*slugWithinShare <= w.keys || k == 1 || all.includes(&x) {
				v.absorb(c, id)
				joined = true
			}
		}
		if w.star != 0 {
			v.absorb(w.star, id)
			joined = true
		}
		if joined {
			return true
		}
	}
	for _, c := range t.Children(id) {
		n := &t.Nodes[c]
		if n.Sep != sep {
			continue
		}
		switch n.Cls {
		case keyname.ClassInt, keyname.ClassSlug, keyname.ClassAlnum, keyname.ClassStar:
		case keyname.ClassLiteral:
			if w.light < slugWithin || !keyname.HasLetter(n.Lit[:n.N]) {
				continue
			}
		default:
			continue
		}
		x := v.measureWords(c, first)
		if n.Cls == keyname.ClassSlug || plain.rows > 0 && plain.includes(&x) && (n.Cls != keyname.ClassAlnum || x.keys*8 <= plain.keys) {
			v.absorb(c, id)
			return true
		}
	}
	return false
}

// absorb merges a node into another one, which is not below it.
func (v *View) absorb(c, into uint32) {
	t := v.trie
	n := &t.Nodes[c]
	parent := n.Parent
	for at := &t.Nodes[parent].Child; *at != 0; at = &t.Nodes[*at].Next {
		if *at == c {
			*at = n.Next
			break
		}
	}
	if n.Cls == keyname.ClassLiteral {
		t.Nodes[parent].Literals--
	}
	t.Remove(c)
	t.MergeInto(c, into)
}

// measureWords adds up the rows at and below a node by what follows its words.
func (v *View) measureWords(id uint32, first byte) (sum subtree) {
	v.measureJoined(id, first, true, &sum)
	return sum
}

// measurePlain does so for what no further word follows.
func (v *View) measurePlain(id uint32, first byte) (sum subtree) {
	v.measureJoined(id, first, false, &sum)
	return sum
}

func (v *View) measureJoined(id uint32, first byte, further bool, sum *subtree) {
	t := v.trie
	v.measureEntries(id, shapeOf(keyname.HashMul1), sum)
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		n := &t.Nodes[c]
		if (joinsWords(n.Sep, first) || n.Sep == 0 || isBlank(n)) && (wordy(n) || n.Cls == keyname.ClassInt) {
			if further {
				v.measureJoined(c, first, true, sum)
			}
			continue
		}
		v.measure(c, stepShape(shapeOf(keyname.HashMul1), n), sum)
	}
}

// plainKeys are the keys of a node that no word follows.
func (v *View) plainKeys(id uint32, first byte) int64 {
	x := v.measurePlain(id, first)
	return x.keys
}
