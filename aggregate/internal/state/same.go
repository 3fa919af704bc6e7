package state

import (
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// What does not vary is no class: a report shows the one text that all keys have
// at a node (s3, :1:, a cache's own prefix) in place of the class. A node of a
// class knows the text while it is the same in all keys and nothing in front of
// it varied. Whether there is one, and which, is a function of the set of keys;
// to merge two nodes is to compare two texts.
//
// Behind something that varies nothing is kept: what was seen there depended on
// the order of keys until settle forgets it.

// noText is Node.Same of a class that no text was seen of yet.
const noText = 0xff

func newSame(c keyname.Class) uint8 {
	if c == keyname.ClassLiteral || c == keyname.ClassStar || c == keyname.ClassGroup {
		return 0
	}
	return noText
}

// Text returns the text of a literal, or the one that the keys of a class have.
func (n *Node) Text() []byte {
	if n.Cls == keyname.ClassLiteral || n.Cls == keyname.ClassGroup {
		return n.Lit[:n.N]
	}
	if n.Same == noText {
		return nil
	}
	return n.Lit[:n.Same]
}

// see notes the text of an edge in front of which nothing varies, and reports
// whether that is so behind it.
func (t *Trie) see(id uint32, key []byte, e *keyname.Edge) bool {
	n := &t.Nodes[id]
	switch {
	case n.Cls == keyname.ClassLiteral:
		return true
	case n.Cls != e.Cls || n.Same == 0:
		return false
	}
	return n.join(key[e.Off : e.Off+e.N])
}

// join adds a text to those of a class, and reports whether they are one.
func (n *Node) join(text []byte) bool {
	switch {
	case n.Same == 0:
	case len(text) == 0 || len(text) > keyname.MaxLiteral || !keyname.IsWord(text):
		n.differ()
	case n.Same == noText:
		n.Same = uint8(copy(n.Lit[:], text))
	case string(n.Lit[:n.Same]) != string(text):
		n.differ()
	}
	return n.Same != 0
}

func (n *Node) differ() {
	n.Same = 0
	clear(n.Lit[:])
}

// mergeSame adds the texts of a node to those of another.
func (t *Trie) mergeSame(src, dst uint32) {
	s, d := &t.Nodes[src], &t.Nodes[dst]
	if d.Same == 0 || s.Cls == keyname.ClassLiteral {
		if d.Same != 0 {
			d.differ()
		}
		return
	}
	if s.Same != noText {
		d.join(s.Text())
	}
}

// absorbSame adds the text of a frozen node.
func (t *Trie) absorbSame(id uint32, f *patternNode) {
	if n := &t.Nodes[id]; n.Cls == f.Class && n.Cls != keyname.ClassLiteral && n.Cls != keyname.ClassGroup {
		n.join([]byte(f.Literal))
	}
}

// edge is the text by which the node is found among its siblings.
func (f *patternNode) edge() Literal {
	if f.Class == keyname.ClassLiteral || f.Class == keyname.ClassGroup {
		return LiteralOf([]byte(f.Literal))
	}
	return Literal{}
}

// settle forgets the texts behind what varies.
func (t *Trie) settle(id uint32, fixed bool) {
	n := &t.Nodes[id]
	if n.Cls != keyname.ClassLiteral {
		if !fixed || n.Same == noText {
			n.differ0()
		}
		fixed = fixed && n.Same != 0
	}
	for c := n.Child; c != 0; c = t.Nodes[c].Next {
		t.settle(c, fixed)
	}
}

// differ0 is differ for what is a group, too: that keeps its number.
func (n *Node) differ0() {
	if n.Cls != keyname.ClassGroup && n.Same != 0 {
		n.differ()
	}
}

// FixedPrefix returns how many bytes a key begins with that say all that there is
// to see of it: a key with the same path that begins with them, and goes on with
// the same byte, has no text that is new. ok is false when no number of bytes
// says so.
func (t *Trie) FixedPrefix(id uint32, key []byte, edges []keyname.Edge) (n int, ok bool) {
	var path [keyname.MaxEdges + 2]uint32
	depth := int(t.Nodes[id].Depth)
	for d := depth; d > 0; d-- {
		path[d] = id
		id = t.Nodes[id].Parent
	}
	for d := 1; d <= depth && d <= len(edges); d++ {
		x, e := &t.Nodes[path[d]], &edges[d-1]
		switch {
		case x.Cls != e.Cls:
			return n, true
		case x.Cls == keyname.ClassLiteral:
		case x.Same == 0:
			return n, true // what is behind it is not kept
		case !x.Cls.Plain():
			return 0, false
		default:
			n = int(e.Off + e.N)
		}
	}
	return n, true
}
