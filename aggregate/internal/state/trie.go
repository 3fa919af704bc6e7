package state

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"unsafe"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// IsField reports whether the names of a node are those of an entity's node and
// one word behind a separator.
func (t *Trie) IsField(id, entity uint32, sep byte) bool {
	n := &t.Nodes[id]
	for n.Parent != entity && n.Parent != RootNode && keyname.JoinsWord(n.Sep, n.Cls) {
		n = &t.Nodes[n.Parent]
	}
	return n.Parent == entity && n.Sep == sep && (n.Cls == keyname.ClassLiteral || n.Cls == keyname.ClassStar)
}

// Trie counts keys by pattern. Each step of a pattern, a separator and a token, is
// an edge; a node has a child for each class of tokens that stands there, and one
// for each word. At the end of a pattern hang its counters, one entry a type.
//
//	user:17:name            (root)
//	user:17:cart             └ user
//	user:18:name                └ :{int}
//	                                ├ :name   2 strings
//	                                └ :cart   1 hash
//
// Words may be as many as there are keys: names of tenants, of pages. A node with
// more words below it than Bounds.Wide is wide: behind each separator that has more
// than a sepShare of them, they become one {*}, in which all that hung below them is
// united, and later words go there too; a mark, as the '(' of "Dune (1965)", stays. So the :profile of many users stays, whatever
// their names are joined by. What is united may be wide in turn.
//
//	tenant                      tenant  wide
//	 ├ :ada                      └ :{*}
//	 │   └ :cart  1       →          ├ :cart  2
//	 ├ :bob                          └ :feed  1
//	 │   └ :cart  1
//	 └ :cyd …
//
// Whether a node is wide depends on the set of words below it alone, and uniting
// subtrees unites their sets: so the shape of the trie is a function of the set of
// patterns, in whatever order they come and however the keys were divided. That is
// the merge law. testdata/trie.txt shows the cases.
//
// MaxNodes and MaxWeight are the last resort against crafted input. When one is
// reached the limits are halved and the trie is made coarser by them, as often as
// needed, and then it is cut to fewer and fewer edges; what still needs a node
// too many is counted at the last one there is. Only then (capped) may the order
// of keys show.
type Trie struct {
	Nodes []Node // [0] is unused, [1] the root
	free  uint32 // list of unused nodes, by next
	Live  int    // nodes in use
	slots []uint64
	used  int // slots in use
	seed  uint64
	mul   uint64 // odd

	Entries   []*PatternCounters // by id, [0] unused
	chunk     []PatternCounters
	freeEntry []uint32

	wide      [len(Bounds{}.Wide)]uint32 // Bounds.Wide
	version   uint32                     // changes when nodes or entries move
	MaxNodes  int
	MaxWeight int   // bytes
	Fresh     int   // nodes, entries and pages of histograms made since the trie was weighed
	Coarse    uint8 // how often the limits were halved, or the depth
	Capped    bool

	// Moved says, once it is not nil, where nodes went that were merged into others.
	// Their ids are then not used again, and nodes become wide no more: the trie is
	// that of a report, which merges what it has reasons for.
	Moved map[uint32]uint32
}

// Shape returns a copy of the nodes, without what is counted at them, for Find.
func (t *Trie) Shape() *Trie {
	return &Trie{Nodes: slices.Clone(t.Nodes), slots: slices.Clone(t.slots), Live: t.Live, used: t.used, seed: t.seed, mul: t.mul, Coarse: t.Coarse}
}

// Resolve returns the node that a node was merged into, itself when it is there.
func (t *Trie) Resolve(id uint32) uint32 {
	for {
		to, ok := t.Moved[id]
		if !ok {
			return id
		}
		id = to
	}
}

// release frees a node that was merged into another.
func (t *Trie) release(src, dst uint32) {
	t.Live--
	if t.Moved != nil {
		t.Nodes[src] = Node{}
		t.Moved[src] = dst
		return
	}
	t.Nodes[src] = Node{Next: t.free}
	t.free = src
}

// Rename gives a node another class, or a text, and merges it into a sibling that
// has it already; it returns the node there is then.
func (t *Trie) Rename(id uint32, c keyname.Class, text []byte) uint32 {
	parent := t.Nodes[id].Parent
	for at := &t.Nodes[parent].Child; *at != 0; at = &t.Nodes[*at].Next {
		if *at == id {
			*at = t.Nodes[id].Next
			break
		}
	}
	t.Remove(id)
	n := &t.Nodes[id]
	if n.Cls == keyname.ClassLiteral {
		t.Nodes[parent].Literals--
	}
	lit := LiteralOf(slices.Clone(text))
	n.Cls, n.Same, n.N = c, 0, uint8(len(text))
	clear(n.Lit[:])
	copy(n.Lit[:], lit.Text)
	h := t.Hash(parent, n.Sep, c, lit)
	if same := t.Find(parent, n.Sep, c, lit, h); same != 0 {
		t.MergeInto(id, same)
		return same
	}
	p := &t.Nodes[parent]
	n.hash, n.Next = h, p.Child
	p.Child = id
	if c == keyname.ClassLiteral {
		p.Literals++
	}
	t.insert(id)
	return id
}

// Node is one edge and what hangs below it.
type Node struct {
	Parent, Child, Next uint32
	Entry               uint32 // first of its entries, 0 = none
	Literals            uint32 // literal children
	hash                uint32
	Depth               uint8
	Sep                 byte
	Cls                 keyname.Class
	N                   uint8 // bytes of lit
	Wide                bool
	Takes               bool // of {*}: literals behind its separator go there
	// Same is, of a class, the length of the one text that all keys have there,
	// which is in Lit; 0 when they differ: see same.go.
	Same uint8
	Lit  [keyname.MaxLiteral]byte
}

// PatternCounters is what one (pattern, type) adds up to.
type PatternCounters struct {
	Typ  uint8
	id   uint32
	Next uint32 // the node's next entry
	counters.Stats
}

const (
	RootNode        = 1
	DefaultMaxNodes = 1 << 16
	// DefaultMaxWeight is some 16,000 patterns. A report needs several times that.
	DefaultMaxWeight = 16 << 20
	// MaxCoarse halvings leave the largest limit at 2.
	MaxCoarse = 11
	// Beyond, paths are cut to CutDepth edges, then to half of that, down to one.
	CutDepth   = 8
	LastCoarse = MaxCoarse + 4
)

// Bytes that parts of the trie take, with what the table of nodes needs.
const (
	NodeWeight  = int(unsafe.Sizeof(Node{})) + 24
	EntryWeight = int(unsafe.Sizeof(PatternCounters{})) + 16
)

// sepShare: of a wide node, the literals behind one separator are merged when they
// are more than this part of the limit.
const sepShare = 8

// limit is the number of literal children above which a node at a depth is wide.
func (t *Trie) limit(depth uint8) uint32 {
	return max(t.wide[min(int(depth), len(t.wide)-1)]>>t.Coarse, 1)
}

// NewTrie returns an empty trie.
func NewTrie(b Bounds) *Trie {
	t := &Trie{
		wide:  b.OrDefault().Wide,
		Nodes: make([]Node, RootNode+1, 256), slots: make([]uint64, 1024), Live: 1,
		// A random seed keeps crafted keys from sharing slots; results do not
		// depend on the layout of the table.
		seed: rand.Uint64(), mul: rand.Uint64() | 1, Entries: make([]*PatternCounters, 1),
		MaxNodes: DefaultMaxNodes, MaxWeight: DefaultMaxWeight,
	}
	return t
}

// Literal is the text of an edge; head is its first eight bytes as word8
// loads them.
type Literal struct {
	head uint64
	Text []byte
}

// LiteralOf returns a literal.
func LiteralOf(text []byte) Literal {
	return Literal{keyname.Word8(text[:min(len(text), 8)]), text}
}

// Hash returns the hash of an edge below a node, for Find.
func (t *Trie) Hash(parent uint32, sep byte, c keyname.Class, lit Literal) uint32 {
	h := t.seed ^ uint64(parent)<<32 ^ uint64(sep)<<16 ^ uint64(c)<<8 ^ uint64(len(lit.Text))
	h = keyname.Mix64(h^lit.head, t.mul)
	if len(lit.Text) > 8 {
		h = keyname.HashBytes(h, lit.Text[8:])
	}
	return uint32(h) ^ uint32(h>>32)
}

// Find returns the child of parent by an edge, 0 when there is none.
func (t *Trie) Find(parent uint32, sep byte, c keyname.Class, lit Literal, h uint32) uint32 {
	slots := t.slots
	mask := uint32(len(slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := slots[i]
		if s == 0 {
			return 0
		}
		if uint32(s>>32) != h {
			continue
		}
		n := &t.Nodes[uint32(s)]
		if n.Parent == parent && n.Sep == sep && n.Cls == c && int(n.N) == len(lit.Text) && n.isLit(&lit) {
			return uint32(s)
		}
	}
}

// isLit reports whether the text of a node, as long as lit, is the same.
func (n *Node) isLit(lit *Literal) bool {
	return n.N == 0 || binary.LittleEndian.Uint64(n.Lit[:8]) == lit.head && (n.N <= 8 || string(n.Lit[8:n.N]) == string(lit.Text[8:]))
}

// Locate returns the node of a split key, making it when it is new.
func (t *Trie) Locate(key []byte, edges []keyname.Edge) uint32 {
	cur := uint32(RootNode)
	fixed := true // all keys that go on from here have one text so far
	for i := 0; i < len(edges); i++ {
		e := &edges[i]
		var lit Literal
		if e.Cls == keyname.ClassLiteral {
			lit = Literal{keyname.WordAt(key, int(e.Off), int(min(e.N, 8))), key[e.Off : e.Off+e.N]}
		}
		next := t.step(cur, e.Sep, e.Cls, lit)
		if next == 0 {
			if t.Coarse < LastCoarse {
				t.coarsen(t.Coarse + 1)
				cur, i, fixed = RootNode, -1, true // nodes may have moved
				continue
			}
			return t.full(cur, e.Sep)
		}
		if fixed {
			fixed = t.see(next, key, e)
		}
		cur = next
	}
	return cur
}

// step goes down one edge, which is made when it is new; 0 when the trie is full.
func (t *Trie) step(cur uint32, sep byte, c keyname.Class, lit Literal) uint32 {
	if t.Coarse > MaxCoarse {
		switch d := int(t.Nodes[cur].Depth); {
		case d > t.depth():
			return cur
		case d == t.depth():
			return t.star(cur, 0)
		}
	}
	mark := c == keyname.ClassLiteral && isMark(lit.Text)
	if c == keyname.ClassLiteral && t.Nodes[cur].Wide && !mark && t.taker(cur, sep) != 0 {
		c, lit = keyname.ClassStar, Literal{}
	}
	h := t.Hash(cur, sep, c, lit)
	next := t.Find(cur, sep, c, lit, h)
	if next != 0 {
		return next
	}
	if t.Live >= t.MaxNodes {
		return 0
	}
	next = t.add(cur, sep, c, lit.Text, h)
	if c == keyname.ClassLiteral {
		t.Nodes[cur].Literals++
		if t.crowded(cur, sep) && !mark {
			return t.taker(cur, sep)
		}
	}
	return next
}

// taker returns the {*} below a node that literals behind a separator go to, 0 when
// there is none.
func (t *Trie) taker(cur uint32, sep byte) uint32 {
	star := t.Find(cur, sep, keyname.ClassStar, Literal{}, t.Hash(cur, sep, keyname.ClassStar, Literal{}))
	if star != 0 && !t.Nodes[star].Takes {
		return 0
	}
	return star
}

// crowded makes a node wide that has a literal more, when it is to be, and reports
// whether literals behind the separator have gone to a {*}.
func (t *Trie) crowded(id uint32, sep byte) bool {
	n := &t.Nodes[id]
	switch {
	case t.Moved != nil:
		return false
	case n.Wide:
		count := uint32(0)
		for c := n.Child; c != 0; c = t.Nodes[c].Next {
			if n := &t.Nodes[c]; n.Sep == sep && n.isWord() {
				count++
			}
		}
		if count <= t.limit(n.Depth)/sepShare {
			return false
		}
		t.mergeBehind(id, sep)
		return true
	case n.Literals <= t.limit(n.Depth):
		return false
	}
	t.widen(id)
	return t.taker(id, sep) != 0
}

// coarsen halves the limits until the trie has room again, but at least to a
// level that is given. The shape is then a function of the set of patterns and
// of the level.
func (t *Trie) coarsen(level uint8) {
	for t.Coarse < level || t.Coarse < LastCoarse && (t.Live > t.MaxNodes/4*3 || t.Weigh() > t.MaxWeight/4*3) {
		t.Coarse++
		t.Capped = true
		t.ApplyLimits(RootNode)
	}
}

// depth is how many edges a path may have before {*}.
func (t *Trie) depth() int {
	if t.Coarse <= MaxCoarse {
		return keyname.MaxEdges
	}
	return CutDepth >> (t.Coarse - MaxCoarse - 1)
}

// Bound coarsens the trie when it weighs too much.
func (t *Trie) Bound() {
	t.Fresh = 0
	if t.Coarse < LastCoarse && t.Weigh() > t.MaxWeight {
		t.coarsen(t.Coarse + 1)
	}
}

// Weigh returns the bytes the trie takes.
func (t *Trie) Weigh() int {
	n := t.Live * NodeWeight
	for _, e := range t.Entries[1:] {
		if e.Keys == 0 {
			continue
		}
		n += EntryWeight + len(e.Example.Name) + (len(e.Sizes.Pages)+len(e.Counts.Pages))*counters.PageWeight
		if u := e.Use; u != nil {
			n += counters.UseWeight + (len(u.Idle.Pages)+len(u.IdleMemory.Pages)+len(u.FreqMemory.Pages))*counters.PageWeight
		}
		if e.Rare != nil {
			n += counters.RareWeight
		}
	}
	return n
}

// ApplyLimits makes the nodes wide that are by now, from the top down.
func (t *Trie) ApplyLimits(id uint32) {
	n := &t.Nodes[id]
	if int(n.Depth) >= t.depth() {
		t.cut(id)
		return
	}
	switch {
	case n.Wide:
		t.mergeMany(id)
	case n.Literals > t.limit(n.Depth):
		t.widen(id)
	}
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		t.ApplyLimits(c)
	}
}

// cut merges everything below a node into one {*}.
func (t *Trie) cut(id uint32) {
	if t.Nodes[id].Child == 0 {
		return
	}
	star := t.star(id, 0)
	for _, from := range [...]uint32{id, star} {
		list := t.Nodes[from].Child
		t.Nodes[from].Child, t.Nodes[from].Literals = 0, 0
		for list != 0 {
			c := list
			list = t.Nodes[c].Next
			if c == star {
				t.Nodes[c].Next = 0
				t.Nodes[id].Child = c
				continue
			}
			t.Remove(c)
			t.gather(c, star)
		}
	}
}

// gather moves the entries at and below src, which is already out of the table,
// to dst and frees the nodes.
func (t *Trie) gather(src, dst uint32) {
	for e := t.Nodes[src].Entry; e != 0; {
		next := t.Entries[e].Next
		t.moveEntry(e, dst)
		e = next
	}
	for c := t.Nodes[src].Child; c != 0; {
		next := t.Nodes[c].Next
		t.Remove(c)
		t.gather(c, dst)
		c = next
	}
	t.release(src, dst)
}

// full is where keys go that would need a new node in a trie that is full and
// cannot be coarsened: {*} below cur, or cur itself when that cannot be made.
func (t *Trie) full(cur uint32, sep byte) uint32 {
	t.Capped = true
	h := t.Hash(cur, sep, keyname.ClassStar, Literal{})
	if next := t.Find(cur, sep, keyname.ClassStar, Literal{}, h); next != 0 {
		return next
	}
	// One {*} below each node that was there when the limit was reached.
	if t.Live < 2*t.MaxNodes && t.Nodes[cur].Cls != keyname.ClassStar {
		return t.add(cur, sep, keyname.ClassStar, nil, h)
	}
	return cur
}

// add makes a node that is not there yet.
func (t *Trie) add(parent uint32, sep byte, c keyname.Class, lit []byte, h uint32) uint32 {
	id := t.free
	if id != 0 {
		t.free = t.Nodes[id].Next
	} else {
		id = uint32(len(t.Nodes))
		t.Nodes = append(t.Nodes, Node{})
	}
	t.Live++
	t.Fresh++
	p := &t.Nodes[parent]
	n := &t.Nodes[id]
	*n = Node{Parent: parent, Next: p.Child, hash: h, Depth: p.Depth + 1, Sep: sep, Cls: c, N: uint8(len(lit)), Same: newSame(c)}
	copy(n.Lit[:], lit)
	p.Child = id
	t.insert(id)
	return id
}

func (t *Trie) insert(id uint32) {
	if t.used++; t.used*2 > len(t.slots) {
		old := t.slots
		t.slots = make([]uint64, len(old)*2)
		for _, s := range old {
			if s != 0 {
				t.place(s)
			}
		}
	}
	t.place(uint64(t.Nodes[id].hash)<<32 | uint64(id))
}

func (t *Trie) place(s uint64) {
	mask := uint32(len(t.slots) - 1)
	i := uint32(s>>32) & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}

// Remove takes a node out of the table; those behind it move up.
func (t *Trie) Remove(id uint32) {
	mask := uint32(len(t.slots) - 1)
	i := t.Nodes[id].hash & mask
	for uint32(t.slots[i]) != id {
		i = (i + 1) & mask
	}
	t.used--
	for j := i; ; {
		j = (j + 1) & mask
		s := t.slots[j]
		if s == 0 {
			break
		}
		// s may move to i if its home is not between i (exclusive) and j.
		if home := uint32(s>>32) & mask; (j-home)&mask >= (j-i)&mask {
			t.slots[i] = s
			i = j
		}
	}
	t.slots[i] = 0
}

// Group returns the node of a group, whose name is its number. Groups have room
// always.
func (t *Trie) Group(number []byte) uint32 {
	lit := LiteralOf(number)
	h := t.Hash(RootNode, 0, keyname.ClassGroup, lit)
	if id := t.Find(RootNode, 0, keyname.ClassGroup, lit, h); id != 0 {
		return id
	}
	return t.add(RootNode, 0, keyname.ClassGroup, number, h)
}

// star returns the {*} child of a node for a separator, making it when it is
// not there: unlike others it is made beyond MaxNodes too, since it replaces
// literals.
func (t *Trie) star(cur uint32, sep byte) uint32 {
	h := t.Hash(cur, sep, keyname.ClassStar, Literal{})
	if next := t.Find(cur, sep, keyname.ClassStar, Literal{}, h); next != 0 {
		return next
	}
	return t.add(cur, sep, keyname.ClassStar, nil, h)
}

// widen makes a node wide.
func (t *Trie) widen(id uint32) {
	if !t.Nodes[id].Wide {
		t.Nodes[id].Wide = true
		t.mergeMany(id)
	}
}

// mergeMany merges the literals of a wide node behind each separator that has many.
func (t *Trie) mergeMany(id uint32) {
	var counts [256]uint32
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		if n := &t.Nodes[c]; n.isWord() {
			counts[n.Sep]++
		}
	}
	most := t.limit(t.Nodes[id].Depth) / sepShare
	for sep, n := range counts {
		if n > most {
			t.mergeBehind(id, byte(sep))
		}
	}
}

// mergeBehind merges the literals of a node behind a separator into a {*} that
// takes later ones.
func (t *Trie) mergeBehind(id uint32, sep byte) {
	t.Nodes[t.star(id, sep)].Takes = true
	t.MergeLiterals(id, func(c uint32) bool { return t.Nodes[c].Sep == sep && t.Nodes[c].isWord() })
}

// MergeLiterals merges those literal children of a node into {*} that pick
// accepts, all of them when it is nil.
func (t *Trie) MergeLiterals(id uint32, pick func(child uint32) bool) {
	list := t.Nodes[id].Child
	t.Nodes[id].Child = 0
	for list != 0 {
		c := list
		list = t.Nodes[c].Next
		if t.Nodes[c].Cls != keyname.ClassLiteral || pick != nil && !pick(c) {
			t.Nodes[c].Next = t.Nodes[id].Child
			t.Nodes[id].Child = c
			continue
		}
		t.Nodes[id].Literals--
		t.Remove(c)
		// The star may be in the part of the list that was not reached yet: it
		// is found through the table, and stays in the list.
		t.MergeInto(c, t.star(id, t.Nodes[c].Sep))
	}
}

// MergeInto moves everything below src, which is already out of the table, to
// dst and frees src.
func (t *Trie) MergeInto(src, dst uint32) {
	t.version++
	for e := t.Nodes[src].Entry; e != 0; {
		next := t.Entries[e].Next
		t.moveEntry(e, dst)
		e = next
	}
	switch {
	case !t.Nodes[src].Wide:
	case t.Moved != nil:
		t.Nodes[dst].Wide = true
	default:
		t.widen(dst)
	}
	t.mergeSame(src, dst)
	for c := t.Nodes[src].Child; c != 0; {
		next := t.Nodes[c].Next
		t.Remove(c)
		t.moveChild(c, dst)
		c = next
	}
	t.release(src, dst)
}

// moveChild hangs a node that is out of the table, with its subtree, below dst.
func (t *Trie) moveChild(c, dst uint32) {
	n := &t.Nodes[c]
	if n.isWord() && t.Nodes[dst].Wide && t.Moved == nil {
		if star := t.taker(dst, n.Sep); star != 0 {
			t.MergeInto(c, star)
			return
		}
	}
	sep, takes := n.Sep, n.Takes
	lit := LiteralOf(n.Lit[:n.N])
	h := t.Hash(dst, n.Sep, n.Cls, lit)
	if same := t.Find(dst, n.Sep, n.Cls, lit, h); same != 0 {
		t.MergeInto(c, same)
		if takes && t.Moved == nil {
			t.mergeBehind(dst, sep)
		}
		return
	}
	d := &t.Nodes[dst]
	n.Parent, n.hash, n.Next = dst, h, d.Child
	d.Child = c
	t.insert(c)
	if n.Depth != d.Depth+1 {
		t.setDepth(c, d.Depth+1)
	}
	if n.Cls == keyname.ClassLiteral {
		d.Literals++
		t.crowded(dst, sep)
	}
	if takes && t.Moved == nil {
		t.mergeBehind(dst, sep)
	}
}

// setDepth sets the depth of a node, and of those below it. Only where a node is
// merged into the one above it does it change.
func (t *Trie) setDepth(id uint32, depth uint8) {
	t.Nodes[id].Depth = depth
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		t.setDepth(c, depth+1)
	}
}

// moveEntry adds an entry to those of dst.
func (t *Trie) moveEntry(e, dst uint32) {
	t.version++
	src := t.Entries[e]
	for i := t.Nodes[dst].Entry; i != 0; i = t.Entries[i].Next {
		if d := t.Entries[i]; d.Typ == src.Typ {
			d.Merge(&src.Stats)
			*src = PatternCounters{id: e}
			t.freeEntry = append(t.freeEntry, e)
			return
		}
	}
	src.Next = t.Nodes[dst].Entry
	t.Nodes[dst].Entry = e
}

// EntryOf returns the entry of a node for a type, making it when it is new.
func (t *Trie) EntryOf(id uint32, typ uint8) *PatternCounters {
	for e := t.Nodes[id].Entry; e != 0; {
		x := t.Entries[e]
		if x.Typ == typ {
			return x
		}
		e = x.Next
	}
	if len(t.Entries)-len(t.freeEntry) > t.MaxNodes {
		// Full: everything new is counted at the root's {*}, one entry a type.
		t.Capped = true
		if all := t.star(RootNode, 0); id != all {
			return t.EntryOf(all, typ)
		}
	}
	t.Fresh++
	e := t.newEntry()
	e.Typ, e.Next = typ, t.Nodes[id].Entry
	t.Nodes[id].Entry = e.id
	return e
}

func (t *Trie) newEntry() *PatternCounters {
	if n := len(t.freeEntry); n > 0 {
		e := t.Entries[t.freeEntry[n-1]]
		t.freeEntry = t.freeEntry[:n-1]
		return e
	}
	if len(t.chunk) == 0 {
		t.chunk = make([]PatternCounters, 64)
	}
	e := &t.chunk[0]
	t.chunk = t.chunk[1:]
	e.id = uint32(len(t.Entries))
	t.Entries = append(t.Entries, e)
	return e
}

// Walk visits the nodes in preorder, children by class, separator and literal.
func (t *Trie) Walk(visit func(id uint32, n *Node)) { t.walkFrom(RootNode, visit) }

func (t *Trie) walkFrom(id uint32, visit func(id uint32, n *Node)) {
	visit(id, &t.Nodes[id])
	for _, c := range t.Children(id) {
		t.walkFrom(c, visit)
	}
}

// Children returns the children of a node in their canonical order.
func (t *Trie) Children(id uint32) []uint32 {
	var kids []uint32
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		kids = append(kids, c)
	}
	slices.SortFunc(kids, func(a, b uint32) int {
		x, y := &t.Nodes[a], &t.Nodes[b]
		return cmp.Or(cmp.Compare(x.Cls, y.Cls), cmp.Compare(x.Sep, y.Sep), bytes.Compare(x.Lit[:x.N], y.Lit[:y.N]))
	})
	return kids
}
