package state

import "github.com/rdblens/rdblens/aggregate/keyname"

// isMark reports whether a token is one mark of ASCII, of which there are few at any
// place: it is part of what names have in common, and no {*} takes it.
func isMark(text []byte) bool { return len(text) == 1 && !keyname.HasLetter(text) }

// isWord reports whether a node is one that a {*} may take.
func (n *Node) isWord() bool {
	return n.Cls == keyname.ClassLiteral && !isMark(n.Lit[:n.N])
}
