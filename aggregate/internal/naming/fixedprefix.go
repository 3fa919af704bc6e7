package naming

import (
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Some ids begin with letters that are always the same, and say what they are: AKIA of
// an access key, s of a session's store. They are glued to what is random, so the
// classifier cannot cut there; but what all sampled ids at a place begin with is no
// part of what varies. Letters alone: the first digits of ids that count the time are
// alike for years, and in them the letter behind varies little.

const (
	// prefixNames ids must be sampled for their beginning to be told.
	prefixNames = 64
	// prefixLetters is the longest beginning that is told, letters.
	prefixLetters = 6
	// prefixVaries is how many bytes must stand behind it, in all ids together.
	prefixVaries = 10
)

// beginning is what the ids of a node begin with.
type beginning struct {
	text  string
	names int
	next  [256]bool // bytes behind it
}

// findPrefixes finds what the ids of a place begin with, all of them.
func (v *View) findPrefixes(names []sampledName) {
	at := make(map[uint32]*beginning)
	visit := func(do func(id uint32, token []byte)) {
		for i := range names {
			n := &names[i]
			seen := uint32(state.RootNode)
			for d, e := range n.edges {
				// An id that was cut begins where the first of its edges does.
				id := v.trie.Resolve(n.nodes[d])
				if id == seen {
					continue
				}
				seen = id
				switch v.trie.Nodes[id].Cls {
				case keyname.ClassBase64, keyname.ClassAlnum, keyname.ClassHex:
					do(id, n.key[e.Off:])
				}
			}
		}
	}
	visit(func(id uint32, token []byte) {
		b := at[id]
		if b == nil {
			b = &beginning{text: leadingLetters(token)}
			at[id] = b
		}
		b.names++
		n := 0
		for n < len(b.text) && n < len(token) && b.text[n] == token[n] {
			n++
		}
		b.text = b.text[:n]
	})
	visit(func(id uint32, token []byte) {
		if b := at[id]; b.text != "" && len(token) > len(b.text) {
			b.next[token[len(b.text)]] = true
		}
	})
	for id, b := range at {
		varies := 0
		for _, seen := range b.next {
			if seen {
				varies++
			}
		}
		if b.text != "" && b.names >= prefixNames && varies >= prefixVaries {
			v.prefixes[id] = b.text
		}
	}
}

func leadingLetters(token []byte) string {
	n := 0
	for n < len(token) && n < prefixLetters && (token[n]|0x20)-'a' < 26 {
		n++
	}
	return string(token[:n])
}
