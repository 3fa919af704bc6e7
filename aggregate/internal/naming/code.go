package naming

import (
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Short codes of letters and digits, the two digits of a hash that name a directory,
// the groups of an address, are cut in every way there is: 12 is a number, ab a word,
// a1 a word with a number, 1a a number with a word. Where all of them stand at one
// place, and the same follows them, they are one {alnum}.

const (
	codeKeys = 64 // there are at least this many
	// codeMixed: at least this part of them have letters and digits, codePlain of
	// them only letters, and as many only digits.
	codeMixed = 4
	codePlain = 128
	codeWords = 8 // and as many beginnings that are letters
	codeWord  = 6 // none of which is longer, bytes
)

// codes makes codes below a node one class, and reports whether there were any.
func (v *View) codes(id uint32, kids []uint32) bool {
	seps := make(map[byte]bool)
	for _, c := range kids {
		if sep := v.trie.Nodes[c].Sep; !seps[sep] {
			seps[sep] = true
			if v.codesAt(id, sep, kids) {
				return true
			}
		}
	}
	// The check digit of a number may be an X.
	for _, c := range kids {
		if v.trie.Nodes[c].Cls == keyname.ClassInt && v.checkDigit(c) {
			return true
		}
	}
	return false
}

func (v *View) codesAt(id uint32, sep byte, kids []uint32) bool {
	t := v.trie
	var all, mixed, digits, letters, most int64
	var own subtree
	target, words := uint32(0), 0
	var of []uint32
	for _, c := range kids {
		n := &t.Nodes[c]
		if n.Sep != sep {
			continue
		}
		keys, glued := v.keysBelow(c), v.gluedKeys(c)
		switch {
		case n.Cls == keyname.ClassInt:
			digits += keys - glued
			target = c
		case n.Cls == keyname.ClassAlnum:
			glued = keys
		case n.Cls == keyname.ClassStar:
			letters += keys - glued
			words += codeWords
		case n.Cls == keyname.ClassLiteral && n.N > 0 && n.N <= codeWord && keyname.HasLetter(n.Lit[:n.N]):
			letters += keys - glued
			words++
		default:
			continue
		}
		all += keys
		mixed += glued
		of = append(of, c)
		if keys > most {
			most = keys
			own = v.measureToken(c, true, marks{})
		}
	}
	if target == 0 || words < codeWords || all < codeKeys || mixed*codeMixed < all || digits*codePlain < all || letters*codePlain < all {
		return false
	}
	for _, c := range of {
		if x := v.measureToken(c, true, marks{}); c != target && own.includesLoosely(&x) {
			v.absorb(c, target)
		}
	}
	own = v.measureToken(target, true, marks{})
	v.mergeRuns(target, &own, marks{})
	t.Rename(target, keyname.ClassAlnum, nil)
	return true
}

// gluedKeys are the keys at and below a node in which its token goes on.
func (v *View) gluedKeys(id uint32) (n int64) {
	for c := v.trie.Nodes[id].Child; c != 0; c = v.trie.Nodes[c].Next {
		if v.trie.Nodes[c].Sep == 0 {
			n += v.keysBelow(c)
		}
	}
	return n
}

// checkShare: at most this part of numbers has an X for its check digit.
const checkShare = 6

// checkDigit merges the X that numbers may end in into their class.
func (v *View) checkDigit(id uint32) bool {
	t := v.trie
	for _, c := range t.Children(id) {
		if n := &t.Nodes[c]; n.Sep != 0 || n.Cls != keyname.ClassLiteral || n.N != 1 || n.Lit[0]|0x20 != 'x' {
			continue
		}
		own, x := v.measureToken(id, false, marks{}), v.measureToken(c, false, marks{})
		if x.keys*checkShare <= own.keys-x.keys && own.includes(&x) {
			v.absorb(c, id)
			return true
		}
	}
	return false
}
