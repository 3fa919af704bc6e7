package naming

import (
	"bytes"
	"math/bits"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Random ids in an alphabet of base64 are cut wherever a '-', '_', '+' or '/' stands
// in them, and what lies between may be a word, a number or a class: ten ids of ten
// bytes have ten shapes. What tells them from words that are joined is that they all
// have one length, while the marks are now here, now there:
//
//	n:o-2Nj_LpWv                    n:{b64}-{int}Nj_LpWv
//	n:AfChALtTHj   ten bytes each   n:{b64}                 →  n:{b64}
//	n:yheu09UQA-                    n:{b64}-
//
// The names that are sampled say so; they are few of those that there are, so this is
// tried before the kinds of ids are weighed against one another (unify). The same
// sample says where the marks join words, and are not of an alphabet: names of people.

const (
	// fixedKeys sampled names at a place are the fewest that tell.
	fixedKeys = 16
	// fixedLength is the shortest length of an id with marks, bytes.
	fixedLength = 8
	// fixedSame: all but this part of the names have the length.
	fixedSame = 10
	// fixedTurns: most of them change this often between capitals, letters and digits.
	fixedTurns = 3
	// fixedForms is how many placings of marks there are at least; none has more
	// than half of the names that have marks.
	fixedForms = 3
)

// place is where a token begins: a node and the separator behind it.
type place struct {
	node uint32
	sep  byte
}

// sampledName is a name of the sample on its way through the trie.
type sampledName struct {
	key   []byte
	edges []keyname.Edge
	nodes []uint32 // of the trie as it was collected
	at    int      // the next edge
}

// namesOf returns the sampled names that were not cut and have a way through the trie.
func (v *View) namesOf(sample []counters.SampleKey) []sampledName {
	names := make([]sampledName, 0, len(sample))
	for i := range sample {
		if n, ok := v.nameOf(&sample[i].Key); ok {
			names = append(names, n)
		}
	}
	return names
}

func (v *View) nameOf(k *counters.KeptKey) (n sampledName, ok bool) {
	if k.Len != int64(len(k.Name)) {
		return n, false
	}
	edges := v.split.Split(k.Name)
	n = sampledName{key: k.Name, edges: append([]keyname.Edge(nil), edges...), nodes: make([]uint32, 0, len(edges))}
	cur := uint32(state.RootNode)
	for _, e := range n.edges {
		if cur, _ = v.follow(cur, n.key, e); cur == 0 {
			return n, false
		}
		n.nodes = append(n.nodes, cur)
	}
	return n, true
}

// token returns the text from edge i on as far as only marks, or nothing, part it,
// and the edge behind it.
func (n *sampledName) token(i int, m marks) (text []byte, next int) {
	from := n.edges[i].Off
	for next = i + 1; next < len(n.edges) && m.in(n.edges[next].Sep); next++ {
	}
	last := n.edges[next-1]
	return n.key[from : last.Off+last.N], next
}

// fixed makes random ids of one length below a node, where the names go on, one class.
func (v *View) fixed(id uint32, names []*sampledName) {
	groups := make(map[place][]*sampledName)
	var order []place
	for _, n := range names {
		if n.at < len(n.edges) {
			p := place{id, n.edges[n.at].Sep}
			if groups[p] == nil {
				order = append(order, p)
			}
			groups[p] = append(groups[p], n)
		}
	}
	for _, p := range order {
		list := groups[p]
		if len(list) < fixedKeys {
			continue
		}
		for _, m := range [...]marks{{url: true}, {std: true}} {
			if n := lengthOfIDs(list, m); n > 0 && p.sep != 0 && !m.in(p.sep) {
				v.uniteFixed(p, fixedForm{n, m, keyname.ClassBase64})
				for _, x := range list {
					if text, next := x.token(x.at, m); len(text) == n {
						x.at = next - 1
					}
				}
				break
			}
		}
		if n := lengthOfCodes(list); n > 0 && p.sep != 0 {
			v.uniteFixed(p, fixedForm{n, marks{}, keyname.ClassAlnum})
			for _, x := range list {
				if text, next := x.token(x.at, marks{}); len(text) == n {
					x.at = next - 1
				}
			}
		}
		v.noteJoined(p, list)
		below := make(map[uint32][]*sampledName)
		var kids []uint32
		for _, x := range list {
			c := v.trie.Resolve(x.nodes[x.at])
			x.at++
			if below[c] == nil {
				kids = append(kids, c)
			}
			below[c] = append(below[c], x)
		}
		for _, c := range kids {
			v.fixed(c, below[c])
		}
	}
}

// lengthOfIDs returns the length of the tokens that begin there, in bytes, when they are
// random ids of one length with marks in them; else 0.
func lengthOfIDs(names []*sampledName, m marks) int {
	lengths := make(map[int]int)
	for _, n := range names {
		text, _ := n.token(n.at, m)
		lengths[len(text)]++
	}
	most := 0
	for n, count := range lengths {
		if count > lengths[most] || count == lengths[most] && n > most {
			most = n
		}
	}
	same := lengths[most]
	if most < fixedLength || (len(names)-same)*fixedSame > len(names) {
		return 0
	}
	forms := make(map[uint64]int)
	marked, random := 0, 0
	for _, n := range names {
		text, next := n.token(n.at, m)
		if len(text) != most {
			continue
		}
		if turnsOf(text) >= fixedTurns {
			random++
		}
		if next > n.at+1 {
			if form := formOf(text, m); form != 0 {
				forms[form]++
				marked++
			}
		}
	}
	if len(forms) < fixedForms || random*4 < same*3 {
		return 0
	}
	for _, count := range forms {
		if count*2 > marked {
			return 0
		}
	}
	return most
}

// formOf hashes where the marks of a token are; 0 when it has none.
func formOf(text []byte, m marks) (form uint64) {
	for i, c := range text {
		if c < 0x80 && m.in(c) {
			form = keyname.Mix64(form^uint64(i+1), keyname.HashMul1)
		}
	}
	return form
}

// turnsOf is how often a text changes between capitals, small letters and digits.
func turnsOf(text []byte) (turns int) {
	last := 0
	for _, c := range text {
		kind := 0
		switch {
		case c-'0' < 10:
			kind = 1
		case c-'a' < 26:
			kind = 2
		case c-'A' < 26:
			kind = 4
		}
		if kind == 0 {
			continue
		}
		if last != 0 && bits.OnesCount(uint(last|kind)) > 1 {
			turns++
		}
		last = kind
	}
	return turns
}

// lengthOfCodes returns the length of the tokens that begin there, in bytes, when they are
// short codes of one length, each of letters, of digits or of both; else 0.
func lengthOfCodes(names []*sampledName) int {
	if len(names) < codeKeys {
		return 0
	}
	first, _ := names[0].token(names[0].at, marks{})
	n := len(first)
	if n < 2 || n > codeWord {
		return 0
	}
	distinct := make(map[string]bool)
	mixed, letters, digits := 0, 0, 0
	for _, x := range names {
		text, _ := x.token(x.at, marks{})
		if len(text) != n {
			return 0
		}
		distinct[string(text)] = true
		has := 0
		for _, c := range text {
			switch {
			case c-'0' < 10:
				has |= 1
			case (c|0x20)-'a' < 26:
				has |= 2
			default:
				return 0
			}
		}
		switch has {
		case 1:
			digits++
		case 2:
			letters++
		default:
			mixed++
		}
	}
	if len(distinct) < codeKeys/2 || mixed*codeMixed < len(names) || min(letters, digits)*codePlain < len(names) {
		return 0
	}
	return n
}

// fixedForm is what tokens of one length are: of n bytes, with marks or none, and of a class.
type fixedForm struct {
	n     int
	marks marks
	class keyname.Class
}

// uniteFixed makes the tokens of a form at a place one class: those that are one, and
// what marks and more text follow, when their examples have that length. Other words
// stay apart.
func (v *View) uniteFixed(p place, f fixedForm) {
	t := v.trie
	target, most := uint32(0), int64(0)
	var of []uint32
	for _, c := range t.Children(p.node) {
		if t.Nodes[c].Sep != p.sep || !v.haveLength(c, p.node, f) {
			continue
		}
		keys := v.keysBelow(c)
		if t.Nodes[c].Cls == f.class {
			keys = 1 << 62
		}
		if of = append(of, c); target == 0 || keys > most {
			target, most = c, keys
		}
	}
	if target == 0 {
		return
	}
	target = t.Rename(target, f.class, nil)
	for _, c := range of {
		if c = t.Resolve(c); c != target {
			v.absorb(c, target)
		}
	}
	for again := true; again; {
		again = false
		for _, c := range t.Children(target) {
			if t.Resolve(c) == c && f.marks.in(t.Nodes[c].Sep) && v.haveLength(c, p.node, f) {
				v.absorb(c, target)
				again = true
			}
		}
	}
}

// haveLength reports whether the examples of all rows at and below a node have a token of
// the form behind the node up, and, where they may be long, one that is more than a word.
func (v *View) haveLength(id, up uint32, f fixedForm) bool {
	t := v.trie
	for e := t.Nodes[id].Entry; e != 0; e = t.Entries[e].Next {
		x, ok := v.nameOf(&t.Entries[e].Example)
		if !ok {
			return false
		}
		at := 0
		if up != state.RootNode {
			for at = len(x.nodes); at > 0 && t.Resolve(x.nodes[at-1]) != up; at-- {
			}
			if at == 0 {
				return false
			}
		}
		if at >= len(x.edges) {
			return false
		}
		text, _ := x.token(at, f.marks)
		if len(text) != f.n || f.marks.any() && formOf(text, f.marks) == 0 && turnsOf(text) == 0 && !keyname.OddWord(text) {
			return false
		}
	}
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		if !v.haveLength(c, up, f) {
			return false
		}
	}
	return true
}

// noteJoined notes the places where '-' and '_' join words: most of what they part are
// small letters, that a number may follow. Where nearly all tokens are such words, marks
// or not, that is noted, too.
func (v *View) noteJoined(p place, names []*sampledName) {
	var words, pieces, joinedWords, joinedPieces int
	for _, n := range names {
		text, next := n.token(n.at, marks{url: true})
		w, all := countWords(text)
		words, pieces = words+w, pieces+all
		if next > n.at+1 {
			joinedWords, joinedPieces = joinedWords+w, joinedPieces+all
		}
	}
	v.joined[p] = joinedPieces >= fixedKeys && joinedWords*4 >= joinedPieces*3
	v.wordy[p] = words*8 >= pieces*7
}

// countWords counts what '-' and '_' part, and the words among it.
func countWords(text []byte) (words, pieces int) {
	for piece := range bytes.FieldsFuncSeq(text, func(r rune) bool { return r == '-' || r == '_' }) {
		pieces++
		if isPlain(piece) {
			words++
		}
	}
	return words, pieces
}

// isPlain reports whether a text is a word of three letters and more, which may begin with
// a capital and end in a number.
func isPlain(text []byte) bool {
	i := 0
	if text[0]-'A' < 26 {
		i = 1
	}
	for ; i < len(text) && text[i]-'a' < 26; i++ {
	}
	letters := i
	for ; i < len(text) && text[i]-'0' < 10; i++ {
	}
	return i == len(text) && letters >= 3
}
