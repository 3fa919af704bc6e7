package naming

import (
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// The classifier sees one key at a time, and ids of one kind may look like
// several: of random ids of letters and digits some are all digits, some a word,
// some a word with a number, and some are cut where they have a '-' or '_'. Where
// such classes stand at one place of the trie and the same follows them, the kind
// that most ids show takes the others over.
//
//	order                            order
//	 ├ :{alnum}       :total   9,120        └ :{alnum} :total   9,710
//	 ├ :{int}         :total     110   →
//	 ├ :xqvk          :total       1
//	 └ … 90 words, of which some go on with {int}, 479 keys together
//
// How many of the others chance explains is known (idKinds): a thousand numbers
// beside ten mixed ids are numbers, and a word of many keys is a word. What is followed by
// something else stays apart.
// Like folding, this is a pure function of the final Summary.

// Generalize gives patterns the names that all keys together tell: ids of one kind
// are one class, free text is {slug}, and what does not vary is its text.
func (v *View) Generalize() {
	names := v.namesOf(v.sample)
	list := make([]*sampledName, len(names))
	for i := range names {
		list[i] = &names[i]
	}
	v.fixed(state.RootNode, list)
	v.unify(state.RootNode)
	v.slugs(state.RootNode)
	if v.singles(state.RootNode, v.keysBelow(state.RootNode)) {
		v.slugs(state.RootNode) // there may be {*} now where there was none
	}
	v.constants()
	v.findPrefixes(names)
}

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
	{keyname.ClassBase64, []idShare{{keyname.ClassAlnum, 1, 1}, {keyname.ClassHex, 1, 16}, {keyname.ClassInt, 1, 16}, {keyname.ClassStar, 1, 4}, {keyname.ClassULID, 1, 4}}, true},
	{keyname.ClassAlnum, []idShare{{keyname.ClassStar, 4, 1}, {keyname.ClassInt, 4, 1}, {keyname.ClassHex, 1, 4}, {keyname.ClassBase64, 2, 1}, {keyname.ClassULID, 1, 4}, {keyname.ClassDate, 1, 64}, {keyname.ClassDatetime, 1, 64}}, true},
	{keyname.ClassULID, []idShare{{keyname.ClassAlnum, 1, 16}, {keyname.ClassBase64, 1, 16}, {keyname.ClassHex, 1, 64}}, true},
	{keyname.ClassHex, []idShare{{keyname.ClassInt, 1, 8}, {keyname.ClassAlnum, 1, 8}, {keyname.ClassStar, 1, 64}, {keyname.ClassDate, 1, 64}, {keyname.ClassDatetime, 1, 64}, {keyname.ClassFloat, 1, 64}}, true},
	{keyname.ClassFloat, []idShare{{keyname.ClassInt, 1, 8}}, false},
	{keyname.ClassInt, []idShare{{keyname.ClassDate, 1, 256}, {keyname.ClassDatetime, 1, 256}}, false},
	{keyname.ClassBin, []idShare{{keyname.ClassStar, 1, 8}, {keyname.ClassAlnum, 1, 16}, {keyname.ClassInt, 1, 16}, {keyname.ClassText, 1, 4}}, true},
}

const (
	// idWords is how many words a node must have for them to be taken for ids.
	idWords = 16
	// idWordShare: none of those words has more than this part of the keys.
	idWordShare = 256
	// idGlued words that numbers follow are taken for ids where each has at most
	// this part of the keys: e12345 among hexadecimal digits.
	idGlued      = 3
	idGluedShare = 32
	// idEmptyShare: what begins with one of the marks has at most this part.
	idEmptyShare = 16
	// idDebrisShare: a word in front of a mark and an id is taken for the beginning
	// of the id, whatever follows, where it has at most this part of the keys.
	idDebrisShare = 512
	// idMost: all but this part of what follows a class must follow the kind, too.
	idMost = 8
	// joinedLeast ids with each mark of an alphabet show that it is in it.
	joinedLeast = 4
)

// unify lets the kinds of ids below a node take others over.
func (v *View) unify(id uint32) {
	for again := true; again; {
		kids := v.trie.Children(id)
		for _, c := range kids {
			v.unify(c)
		}
		// Nodes are merged when one takes others over: the list is then another one.
		again = (len(kids) > 1 || len(kids) == 1 && v.trie.Nodes[kids[0]].Child != 0) && (v.unifyKids(id, kids) || v.codes(id, kids))
	}
}

// unifyKids lets the first kind among the children of a node that can take others
// over, and reports whether there was one.
func (v *View) unifyKids(id uint32, kids []uint32) bool {
	for i := range idKinds {
		for _, c := range kids {
			if v.trie.Nodes[c].Cls == idKinds[i].class && v.takeOver(id, c, &idKinds[i]) {
				return true
			}
		}
	}
	return false
}

// kin is what was found of the children of a node that one kind of ids may take
// over.
type kin struct {
	kind      *idKind
	own       subtree // of the node that takes over
	m, within marks   // those of its ids, and those that may be in others
	pick      map[uint32]bool
	words     map[uint32]int64 // keys of words that may be halves of ids
	glued     int              // of them those that numbers follow
	other     int64            // keys of base64 that is picked
}

// takeOver merges what is of the kind of node target, a child of id, into it;
// it reports whether there was anything.
func (v *View) takeOver(id, target uint32, kind *idKind) bool {
	t := v.trie
	sep := t.Nodes[target].Sep
	k := kin{kind: kind, pick: make(map[uint32]bool), words: make(map[uint32]int64)}
	if kind.runs && kind.class != keyname.ClassBin && kind.class != keyname.ClassHex {
		k.m = v.marksOf(id, sep, kind.class)
	}
	k.own = v.measureToken(target, kind.runs, k.m)
	// What may be in ids of base64url is in few of those that are told by themselves.
	k.within = k.m
	k.within.url = k.within.url || kind.class == keyname.ClassBase64
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		if c != target && t.Nodes[c].Sep == sep {
			v.consider(c, &k)
		}
	}
	v.pickWords(&k)
	runs := kind.runs && v.mergeable(target, &k.own, k.m)
	if kind.class == keyname.ClassBin && len(v.debrisOf(target)) > 0 {
		runs = true
	}
	if len(k.pick) == 0 && !runs {
		return false
	}
	v.mergePicked(id, target, k.pick)
	if kind.class == keyname.ClassBin {
		for list := v.debrisOf(target); len(list) > 0; list = v.debrisOf(target) {
			for _, c := range list {
				if t.Resolve(c) == c {
					v.absorb(c, target)
				}
			}
		}
	}
	if kind.runs {
		v.mergeRuns(target, &k.own, k.m)
		if kind.class == keyname.ClassAlnum && (k.m.any() || k.other > k.own.keys/8) {
			t.Rename(target, keyname.ClassBase64, nil)
		}
	}
	return true
}

// consider picks a child if it is certainly of the kind, and notes a word that may be.
func (v *View) consider(c uint32, k *kin) {
	n, kind, own := &v.trie.Nodes[c], k.kind, &k.own
	if kind.class == keyname.ClassBin && v.binaryKeys(c)*2 > v.keysBelow(c) && v.keysBelow(c) <= own.keys/16 {
		k.pick[c] = true // random bytes, some of which are letters or separators
		return
	}
	share := kind.share(n.Cls)
	word := n.Cls == keyname.ClassLiteral && (n.N > 0 || k.within.any()) &&
		(kind.class != keyname.ClassHex || keyname.HexLetters(n.Lit[:n.N]) && (n.N >= 6 || v.hasRuns(c)))
	if share == nil && !word {
		return
	}
	x := v.measureToken(c, kind.runs, k.within)
	rare := x.keys <= max(own.keys/idWordShare, 1)
	switch {
	case x.rows == 0:
	case word && x.keys*idDebrisShare <= own.keys && v.idFollows(c, k.within):
		k.pick[c] = true
	case word && rare && own.includesLoosely(&x) && (keyname.OddWord(n.Lit[:n.N]) || v.oddRuns(c)):
		k.pick[c] = true
	case !own.includes(&x) && !(own.hasMost(&x) && (!word || v.hasRuns(c))) &&
		!(x.keys <= own.keys/idGluedShare && (v.hasRuns(c) || !word && kind.class == keyname.ClassHex) && own.includesLoosely(&x)):
	case word:
		k.words[c] = x.keys
		switch {
		case n.N == 0 && x.keys > own.keys/idEmptyShare:
		case n.N == 0:
			k.pick[c] = true
		case rare && (v.goesOn(c, k.within) || keyname.OddWord(n.Lit[:n.N])):
			k.pick[c] = true
		case x.keys <= own.keys/idGluedShare && v.turns(c) > 2:
			k.pick[c] = true // letters, a number, letters: hardly a name
		}
		if v.hasRuns(c) && x.keys <= own.keys/idGluedShare {
			k.glued++
		}
	case x.keys <= own.keys/share.per*share.times:
		k.pick[c] = true
		if n.Cls == keyname.ClassBase64 {
			k.other = x.keys
		}
	}
}

// pickWords picks the words that only their number shows to be halves of ids.
func (v *View) pickWords(k *kin) {
	if len(k.words) >= idWords || k.kind.class == keyname.ClassHex || k.m.any() {
		for c, n := range k.words {
			if n <= max(k.own.keys/idWordShare, 1) && v.trie.Nodes[c].N > 0 {
				k.pick[c] = true
			}
		}
	}
	if k.glued >= idGlued {
		for c, n := range k.words {
			if n <= k.own.keys/idGluedShare && v.hasRuns(c) {
				k.pick[c] = true
			}
		}
	}
}

// mergePicked merges some children of a node into another of them.
func (v *View) mergePicked(id, target uint32, pick map[uint32]bool) {
	t := v.trie
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
}

func (k *idKind) share(c keyname.Class) *idShare {
	for i := range k.from {
		if k.from[i].class == c {
			return &k.from[i]
		}
	}
	return nil
}

// marks are the marks that ids of a place have within them: those of one of the
// alphabets of base64, both '-' and '_' or both '+' and '/'.
type marks struct{ url, std bool }

func (m marks) any() bool { return m.url || m.std }

// in reports whether a separator is part of a token: there is none, or it is one
// of the marks.
func (m marks) in(sep byte) bool {
	return sep == 0 || m.url && (sep == '-' || sep == '_') || m.std && (sep == '+' || sep == '/')
}

// goesOn reports whether one of the marks follows a node.
func (v *View) goesOn(id uint32, m marks) bool {
	for c := v.trie.Nodes[id].Child; c != 0; c = v.trie.Nodes[c].Next {
		if sep := v.trie.Nodes[c].Sep; sep != 0 && m.in(sep) {
			return true
		}
	}
	return false
}

// idFollows reports whether an id follows a node behind one of the marks.
func (v *View) idFollows(id uint32, m marks) bool {
	for c := v.trie.Nodes[id].Child; c != 0; c = v.trie.Nodes[c].Next {
		if n := &v.trie.Nodes[c]; n.Sep != 0 && m.in(n.Sep) && (n.Cls == keyname.ClassBase64 || n.Cls == keyname.ClassAlnum) {
			return true
		}
	}
	return false
}

// endsBinary reports whether all keys at and below a node go on with binary data.
func (v *View) endsBinary(id uint32) bool {
	t := v.trie
	if t.Nodes[id].Cls == keyname.ClassBin {
		return true
	}
	if t.Nodes[id].Entry != 0 {
		return false
	}
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		if !v.endsBinary(c) {
			return false
		}
	}
	return t.Nodes[id].Child != 0
}

// isControl reports whether a separator is a control byte.
func isControl(sep byte) bool { return sep == keyname.SepNul || sep > 0 && sep < ' ' || sep == 0x7f }

// binaryKeys counts the keys at and below a node in which binary data follows, or
// control bytes.
func (v *View) binaryKeys(id uint32) (n int64) {
	t := v.trie
	if t.Nodes[id].Cls == keyname.ClassBin {
		return v.keysBelow(id)
	}
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		if isControl(t.Nodes[c].Sep) {
			n += v.keysBelow(c)
		} else {
			n += v.binaryKeys(c)
		}
	}
	return n
}

const (
	// debrisShare: what follows binary data in at most this part of its keys is
	// part of the data that looks like text, where all of it together is in at most
	// debrisMost of them.
	debrisShare = 256
	debrisMost  = 16
)

// debrisOf returns the children of binary data that are part of it.
func (v *View) debrisOf(id uint32) (list []uint32) {
	var sum int64
	all := v.keysBelow(id)
	for _, c := range v.trie.Children(id) {
		n := v.keysBelow(c)
		if n*debrisShare <= all || isControl(v.trie.Nodes[c].Sep) && n*debrisMost <= all {
			sum += n
			list = append(list, c)
		}
	}
	if sum*debrisMost > all {
		return nil
	}
	return list
}

// marksOf finds the marks that ids below a node have. What is joined by only one
// mark, or always, is no id but several tokens; but a slash in base64 is one when
// no word stands behind it.
func (v *View) marksOf(id uint32, sep byte, class keyname.Class) (m marks) {
	t := v.trie
	var joined markCounts
	var plain, all int64
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		if n := &t.Nodes[c]; n.Sep != sep || n.Cls == keyname.ClassLiteral && !v.rare(id, c) {
			continue
		}
		k, p := v.countMarks(c, &joined)
		all += k
		plain += p
	}
	enough := func(a, b byte) bool {
		x, y := joined.keys[a], joined.keys[b]
		return min(x, y) >= joinedLeast && min(x, y)*4 >= max(x, y) && plain*4 >= all
	}
	m.url, m.std = enough('-', '_') && !v.joined[place{id, sep}], enough('+', '/')
	if n := joined.keys['/']; class == keyname.ClassBase64 && n >= joinedLeast && joined.word['/']*4 <= n && plain*2 >= all {
		m.std = true
	}
	return m
}

// markCounts are keys by the mark that follows a token, and by the most frequent
// word behind it.
type markCounts struct{ keys, word [256]int64 }

// rare reports whether a word has few of the keys of its parent.
func (v *View) rare(id, c uint32) bool { return v.keysBelow(c)*16 <= v.keysBelow(id) }

// keysBelow returns the keys at and below a node.
func (v *View) keysBelow(id uint32) (n int64) {
	t := v.trie
	for e := t.Nodes[id].Entry; e != 0; e = t.Entries[e].Next {
		n += t.Entries[e].Keys
	}
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		n += v.keysBelow(c)
	}
	return n
}

// countMarks counts the keys of a token by the mark that follows it; plain are
// those that no mark follows.
func (v *View) countMarks(id uint32, joined *markCounts) (all, plain int64) {
	t := v.trie
	for e := t.Nodes[id].Entry; e != 0; e = t.Entries[e].Next {
		plain += t.Entries[e].Keys
	}
	all = plain
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		switch sep := t.Nodes[c].Sep; sep {
		case 0:
			a, p := v.countMarks(c, joined)
			all += a
			plain += p
		case '-', '_', '+', '/':
			k := v.keysBelow(c)
			joined.keys[sep] += k
			if t.Nodes[c].Cls == keyname.ClassLiteral && t.Nodes[c].N > 0 {
				joined.word[sep] = max(joined.word[sep], k)
			}
			all += k
		default:
			k := v.keysBelow(c)
			all += k
			plain += k
		}
	}
	return all, plain
}

func (v *View) hasRuns(id uint32) bool {
	for c := v.trie.Nodes[id].Child; c != 0; c = v.trie.Nodes[c].Next {
		if v.trie.Nodes[c].Sep == 0 {
			return true
		}
	}
	return false
}

// mergeable reports whether something goes on below a node that is part of its
// token.
func (v *View) mergeable(id uint32, own *subtree, m marks) bool {
	for c := v.trie.Nodes[id].Child; c != 0; c = v.trie.Nodes[c].Next {
		if v.isRun(c, own, m) {
			return true
		}
	}
	return false
}

// turns is how often a token that begins at a node changes between letters and digits,
// at most.
func (v *View) turns(id uint32) int {
	most := 0
	for c := v.trie.Nodes[id].Child; c != 0; c = v.trie.Nodes[c].Next {
		if v.trie.Nodes[c].Sep == 0 {
			most = max(most, v.turns(c))
		}
	}
	return most + 1
}

// oddRuns reports whether a word is long, and digits go on with it: names of programs
// are hardly so.
func (v *View) oddRuns(id uint32) bool {
	return v.trie.Nodes[id].N >= 8 && v.hasRuns(id)
}

// isRun reports whether a node goes on with the token in front of it.
func (v *View) isRun(c uint32, own *subtree, m marks) bool {
	sep := v.trie.Nodes[c].Sep
	if sep == 0 || v.trie.Nodes[v.trie.Nodes[c].Parent].Cls == keyname.ClassBin && v.endsBinary(c) {
		return true
	}
	if !m.in(sep) {
		return false
	}
	x := v.measureToken(c, true, m)
	return own.includes(&x)
}

// mergeRuns merges what goes on with the token of a node into it.
func (v *View) mergeRuns(id uint32, own *subtree, m marks) {
	t := v.trie
	for v.mergeable(id, own, m) {
		list := t.Nodes[id].Child
		t.Nodes[id].Child = 0
		var runs []uint32
		for list != 0 {
			c := list
			list = t.Nodes[c].Next
			if v.isRun(c, own, m) {
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
// with runs, what goes on without a separator, or with one of the marks, is part
// of the token.
func (v *View) measureToken(id uint32, runs bool, m marks) subtree {
	var sum subtree
	v.measureRun(id, runs, m, &sum)
	return sum
}

func (v *View) measureRun(id uint32, runs bool, m marks, sum *subtree) {
	t := v.trie
	v.measureEntries(id, shapeOf(keyname.HashMul1), sum)
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		if runs && m.in(t.Nodes[c].Sep) {
			v.measureRun(c, runs, m, sum)
			continue
		}
		v.measure(c, stepShape(shapeOf(keyname.HashMul1), &t.Nodes[c]), sum)
	}
}

// hasMost reports whether nearly all keys of b have shapes that are among those of a.
func (a *subtree) hasMost(b *subtree) bool {
	var other int64
	for h, n := range b.shapes {
		if _, ok := a.shapes[h]; !ok {
			other += n
		}
	}
	return other*idMost <= b.keys
}

// includesLoosely is includes for what may be an id or a word each.
func (a *subtree) includesLoosely(b *subtree) bool {
	for h := range b.loose {
		if !a.loose[h] {
			return false
		}
	}
	return true
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
