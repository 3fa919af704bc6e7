package view

import (
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// The classifier sees one key at a time, and ids of one kind may look like
// several: of random ids of letters and digits some are all digits, some a word,
// some a word with a number. Where such classes stand at one place of the trie
// and the same follows them, the kind that most ids show takes the others over.
//
//	order                            order
//	 ├ :{alnum}       :total   9,120        └ :{alnum} :total   9,710
//	 ├ :{int}         :total     110   →
//	 ├ :xqvk          :total       1
//	 └ … 90 words, of which some go on with {int}, 479 keys together
//
// How many of the others chance explains is known (idKinds): a thousand numbers
// beside ten mixed ids are numbers, and a word of many keys is a word. What is followed by something else stays apart.
// Like folding, this is a pure function of the final Summary.

// idKind is a class that may take others over.
type idKind struct {
	class keyname.Class
	// from are the classes it takes over, each when it has at most times as many
	// keys (over a divisor: at most that part of them).
	from []idShare
	runs bool // it takes over words with numbers in them, too
}

type idShare struct {
	class      keyname.Class
	times, per int64
}

// idKinds in the order they are tried. How many of the ids of a kind look like
// another follows from chance: an id of ten hexadecimal digits is all digits
// once in 110, one of seven letters and digits is a single word once in ten.
var idKinds = [...]idKind{
	{keyname.ClassBase64, []idShare{{keyname.ClassAlnum, 1, 2}, {keyname.ClassHex, 1, 16}, {keyname.ClassInt, 1, 16}, {keyname.ClassStar, 1, 4}, {keyname.ClassULID, 1, 16}}, true},
	{keyname.ClassAlnum, []idShare{{keyname.ClassStar, 4, 1}, {keyname.ClassInt, 4, 1}, {keyname.ClassHex, 1, 4}, {keyname.ClassBase64, 1, 4}, {keyname.ClassDate, 1, 64}, {keyname.ClassDatetime, 1, 64}}, true},
	{keyname.ClassHex, []idShare{{keyname.ClassInt, 1, 8}, {keyname.ClassStar, 1, 64}, {keyname.ClassDate, 1, 64}, {keyname.ClassDatetime, 1, 64}}, false},
	{keyname.ClassInt, []idShare{{keyname.ClassDate, 1, 256}, {keyname.ClassDatetime, 1, 256}}, false},
}

const (
	// idWords is how many words a node must have for them to be taken for ids.
	idWords = 16
	// idWordShare: none of those words has more than this part of the keys.
	idWordShare = 256
)

// unify lets the kinds of ids below a node take others over.
func (v *view) unify(id uint32) {
	kids := v.trie.Children(id)
	for _, c := range kids {
		v.unify(c)
	}
	if len(kids) < 2 {
		return
	}
	for i := range idKinds {
		for _, c := range kids {
			if n := &v.trie.Nodes[c]; n.Parent == id && n.Cls == idKinds[i].class && v.takeOver(id, c, &idKinds[i]) {
				// Nodes are freed by it: the list is not up to date any more.
				v.unify(id)
				return
			}
		}
	}
}

// takeOver merges what is of the kind of node target, a child of id, into it;
// it reports whether there was anything.
func (v *view) takeOver(id, target uint32, kind *idKind) bool {
	t := v.trie
	sep := t.Nodes[target].Sep
	own := v.measureToken(target, kind.runs)
	pick := make(map[uint32]bool)
	words := make(map[uint32]int64)
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		n := &t.Nodes[c]
		if c == target || n.Sep != sep {
			continue
		}
		share := kind.share(n.Cls)
		word := n.Cls == keyname.ClassLiteral && n.N > 0 && (kind.runs || keyname.HexWord(n.Lit[:n.N]))
		if share == nil && !word {
			continue
		}
		x := v.measureToken(c, kind.runs)
		switch {
		case x.rows == 0 || !own.includes(&x):
		case word:
			words[c] = x.keys
		case x.keys <= own.keys/share.per*share.times:
			pick[c] = true
		}
	}
	if len(words) >= idWords || kind.class == keyname.ClassHex {
		for c, n := range words {
			if n <= own.keys/idWordShare {
				pick[c] = true
			}
		}
	}
	runs := kind.runs && v.hasRuns(target)
	if len(pick) == 0 && !runs {
		return false
	}
	list := t.Nodes[id].Child
	t.Nodes[id].Child = 0
	for list != 0 {
		c := list
		list = t.Nodes[c].Next
		if !pick[c] {
			t.Nodes[c].Next = t.Nodes[id].Child
			t.Nodes[id].Child = c
			continue
		}
		if t.Nodes[c].Cls == keyname.ClassLiteral {
			t.Nodes[id].Literals--
		}
		t.Remove(c)
		t.MergeInto(c, target)
	}
	if kind.runs {
		v.mergeRuns(target)
	}
	return true
}

func (k *idKind) share(c keyname.Class) *idShare {
	for i := range k.from {
		if k.from[i].class == c {
			return &k.from[i]
		}
	}
	return nil
}

func (v *view) hasRuns(id uint32) bool {
	for c := v.trie.Nodes[id].Child; c != 0; c = v.trie.Nodes[c].Next {
		if v.trie.Nodes[c].Sep == 0 {
			return true
		}
	}
	return false
}

// mergeRuns merges what goes on without a separator below a node into it.
func (v *view) mergeRuns(id uint32) {
	t := v.trie
	for v.hasRuns(id) {
		list := t.Nodes[id].Child
		t.Nodes[id].Child = 0
		var runs []uint32
		for list != 0 {
			c := list
			list = t.Nodes[c].Next
			if t.Nodes[c].Sep == 0 {
				runs = append(runs, c)
				continue
			}
			t.Nodes[c].Next = t.Nodes[id].Child
			t.Nodes[id].Child = c
		}
		for _, c := range runs {
			if t.Nodes[c].Cls == keyname.ClassLiteral {
				t.Nodes[id].Literals--
			}
			t.Remove(c)
			t.MergeInto(c, id)
		}
	}
}

// measureToken adds up the rows at and below a node by what follows its token;
// with runs, what goes on without a separator is part of the token.
func (v *view) measureToken(id uint32, runs bool) subtree {
	var sum subtree
	v.measureRun(id, runs, &sum)
	return sum
}

func (v *view) measureRun(id uint32, runs bool, sum *subtree) {
	t := v.trie
	v.measureEntries(id, keyname.HashMul1, sum)
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		if runs && t.Nodes[c].Sep == 0 {
			v.measureRun(c, runs, sum)
			continue
		}
		v.measure(c, stepShape(keyname.HashMul1, &t.Nodes[c]), sum)
	}
}

// includes reports whether all shapes of b are among those of a.
func (a *subtree) includes(b *subtree) bool {
	for h := range b.shapes {
		if _, ok := a.shapes[h]; !ok {
			return false
		}
	}
	return true
}
