package aggregate

// The classifier sees one key at a time, and ids of one kind may look like
// several: of random ids of letters and digits some are all digits, some a word,
// some a word with a number. Where such classes stand at one place of the trie
// and the same follows them, the kind that most ids show takes the others over.
// Like folding, this is a pure function of the final Summary.

// idKind is a class that may take others over.
type idKind struct {
	class class
	// from are the classes it takes over, each when it has at most times as many
	// keys (over a divisor: at most that part of them).
	from []idShare
	runs bool // it takes over words with numbers in them, too
}

type idShare struct {
	class      class
	times, per int64
}

// idKinds in the order they are tried. How many of the ids of a kind look like
// another follows from chance: an id of ten hexadecimal digits is all digits
// once in 110, one of seven letters and digits is a single word once in ten.
var idKinds = [...]idKind{
	{classBase64, []idShare{{classAlnum, 1, 2}, {classHex, 1, 16}, {classInt, 1, 16}, {classStar, 1, 4}, {classULID, 1, 16}}, true},
	{classAlnum, []idShare{{classStar, 4, 1}, {classInt, 4, 1}, {classHex, 1, 4}, {classBase64, 1, 4}, {classDate, 1, 64}, {classDatetime, 1, 64}}, true},
	{classHex, []idShare{{classInt, 1, 8}, {classStar, 1, 64}, {classDate, 1, 64}, {classDatetime, 1, 64}}, false},
	{classInt, []idShare{{classDate, 1, 256}, {classDatetime, 1, 256}}, false},
}

const (
	// idWords is how many words a node must have for them to be taken for ids.
	idWords = 16
	// idWordShare: none of those words has more than this part of the keys.
	idWordShare = 256
)

// unify lets the kinds of ids below a node take others over.
func (v *view) unify(id uint32) {
	kids := v.trie.children(id)
	for _, c := range kids {
		v.unify(c)
	}
	if len(kids) < 2 {
		return
	}
	for i := range idKinds {
		for _, c := range kids {
			if n := &v.trie.nodes[c]; n.parent == id && n.cls == idKinds[i].class && v.takeOver(id, c, &idKinds[i]) {
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
	sep := t.nodes[target].sep
	own := v.measureToken(target, kind.runs)
	pick := make(map[uint32]bool)
	words := make(map[uint32]int64)
	for c := t.nodes[id].child; c != 0; c = t.nodes[c].next {
		n := &t.nodes[c]
		if c == target || n.sep != sep {
			continue
		}
		share := kind.share(n.cls)
		word := n.cls == classLiteral && n.n > 0 && (kind.runs || hexWord(n.lit[:n.n]))
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
	if len(words) >= idWords || kind.class == classHex {
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
	list := t.nodes[id].child
	t.nodes[id].child = 0
	for list != 0 {
		c := list
		list = t.nodes[c].next
		if !pick[c] {
			t.nodes[c].next = t.nodes[id].child
			t.nodes[id].child = c
			continue
		}
		if t.nodes[c].cls == classLiteral {
			t.nodes[id].literals--
		}
		t.remove(c)
		t.mergeInto(c, target)
	}
	if kind.runs {
		v.mergeRuns(target)
	}
	return true
}

func (k *idKind) share(c class) *idShare {
	for i := range k.from {
		if k.from[i].class == c {
			return &k.from[i]
		}
	}
	return nil
}

// hexWord reports whether a word could be a hexadecimal number of at least six
// digits.
func hexWord(b []byte) bool {
	for _, c := range b {
		if c < 'a' || c > 'f' {
			return false
		}
	}
	return len(b) >= 6
}

func (v *view) hasRuns(id uint32) bool {
	for c := v.trie.nodes[id].child; c != 0; c = v.trie.nodes[c].next {
		if v.trie.nodes[c].sep == 0 {
			return true
		}
	}
	return false
}

// mergeRuns merges what goes on without a separator below a node into it.
func (v *view) mergeRuns(id uint32) {
	t := v.trie
	for v.hasRuns(id) {
		list := t.nodes[id].child
		t.nodes[id].child = 0
		var runs []uint32
		for list != 0 {
			c := list
			list = t.nodes[c].next
			if t.nodes[c].sep == 0 {
				runs = append(runs, c)
				continue
			}
			t.nodes[c].next = t.nodes[id].child
			t.nodes[id].child = c
		}
		for _, c := range runs {
			if t.nodes[c].cls == classLiteral {
				t.nodes[id].literals--
			}
			t.remove(c)
			t.mergeInto(c, id)
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
	v.measureEntries(id, hashMul1, sum)
	for c := t.nodes[id].child; c != 0; c = t.nodes[c].next {
		if runs && t.nodes[c].sep == 0 {
			v.measureRun(c, runs, sum)
			continue
		}
		v.measure(c, stepShape(hashMul1, &t.nodes[c]), sum)
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
