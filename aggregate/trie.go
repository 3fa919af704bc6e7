package aggregate

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"unsafe"
)

// trie counts keys by pattern. A node's children are edges: classes, and
// literals until their number exceeds wideLimits; then the node is wide: its
// literal children and their subtrees are merged into one {*} for each
// separator, and later literals go there too.
//
// Whether a node is wide depends on the set of its literal children alone, and
// merging two subtrees unites their sets: so the shape of the trie is a
// function of the set of patterns, whatever their order and however the keys
// were divided (design: the merge law).
//
// maxNodes and maxWeight are the last resort against crafted input. When one is
// reached the limits are halved and the trie is made coarser by them, as often as
// needed, and then it is cut to fewer and fewer edges; what still needs a node
// too many is counted at the last one there is. Only then (capped) may the order
// of keys show.
type trie struct {
	nodes []node // [0] is unused, [1] the root
	free  uint32 // list of unused nodes, by next
	live  int    // nodes in use
	slots []uint64
	used  int // slots in use
	seed  uint64
	mul   uint64 // odd

	entries   []*entry // by id, [0] unused
	chunk     []entry
	freeEntry []uint32

	version   uint32 // changes when nodes or entries move
	maxNodes  int
	maxWeight int   // bytes
	fresh     int   // nodes and entries made since the trie was weighed
	coarse    uint8 // how often the limits were halved, or the depth
	capped    bool
}

// node is one edge and what hangs below it.
type node struct {
	parent, child, next uint32
	entry               uint32 // first of its entries, 0 = none
	literals            uint32 // literal children
	hash                uint32
	depth               uint8
	sep                 byte
	cls                 class
	n                   uint8 // bytes of lit
	wide                bool
	lit                 [maxLiteral]byte
}

// entry is what one (pattern, type) adds up to.
type entry struct {
	typ  uint8
	id   uint32
	next uint32 // the node's next entry
	stats
}

const (
	rootNode        = 1
	defaultMaxNodes = 1 << 16
	// defaultMaxWeight is some 16,000 patterns. A report needs several times that.
	defaultMaxWeight = 16 << 20
	// maxCoarse halvings leave the largest limit at 2.
	maxCoarse = 11
	// Beyond, paths are cut to cutDepth edges, then to half of that, down to one.
	cutDepth   = 8
	lastCoarse = maxCoarse + 4
)

// Bytes that parts of the trie take, with what the table of nodes needs.
const (
	nodeWeight  = int(unsafe.Sizeof(node{})) + 24
	entryWeight = int(unsafe.Sizeof(entry{})) + 16
	pageWeight  = 16 * 8
	useWeight   = int(unsafe.Sizeof(useStats{}))
	rareWeight  = int(unsafe.Sizeof(rareStats{}))
)

// wideLimits are, by depth, the numbers of literal children above which a node
// is wide; the last one holds for all deeper nodes. They are part of what a
// summary means: parts made with other limits must not be merged. (A variable
// for tests only.)
var wideLimits = [...]uint32{4096, 1024, 256, 128, 64}

// limit is the number of literal children above which a node at a depth is wide.
func (t *trie) limit(depth uint8) uint32 {
	return max(wideLimits[min(int(depth), len(wideLimits)-1)]>>t.coarse, 1)
}

func newTrie() *trie {
	t := &trie{
		nodes: make([]node, rootNode+1, 256), slots: make([]uint64, 1024), live: 1,
		// A random seed keeps crafted keys from sharing slots; results do not
		// depend on the layout of the table.
		seed: rand.Uint64(), mul: rand.Uint64() | 1, entries: make([]*entry, 1),
		maxNodes: defaultMaxNodes, maxWeight: defaultMaxWeight,
	}
	return t
}

// literal is the text of an edge; head is its first eight bytes as word8
// loads them.
type literal struct {
	head uint64
	text []byte
}

func literalOf(text []byte) literal {
	return literal{word8(text[:min(len(text), 8)]), text}
}

func (t *trie) hash(parent uint32, sep byte, c class, lit literal) uint32 {
	h := t.seed ^ uint64(parent)<<32 ^ uint64(sep)<<16 ^ uint64(c)<<8 ^ uint64(len(lit.text))
	h = fold(h^lit.head, t.mul)
	if len(lit.text) > 8 {
		h = hashBytes(h, lit.text[8:])
	}
	return uint32(h) ^ uint32(h>>32)
}

// find returns the child of parent by an edge, 0 when there is none.
func (t *trie) find(parent uint32, sep byte, c class, lit literal, h uint32) uint32 {
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
		n := &t.nodes[uint32(s)]
		if n.parent == parent && n.sep == sep && n.cls == c && int(n.n) == len(lit.text) &&
			binary.LittleEndian.Uint64(n.lit[:8]) == lit.head && (len(lit.text) <= 8 || string(n.lit[8:n.n]) == string(lit.text[8:])) {
			return uint32(s)
		}
	}
}

// locate returns the node of a split key, making it when it is new.
func (t *trie) locate(key []byte, edges []edge) uint32 {
	cur := uint32(rootNode)
	for i := 0; i < len(edges); i++ {
		e := &edges[i]
		var lit literal
		if e.cls == classLiteral {
			lit = literal{wordAt(key, int(e.off), int(min(e.n, 8))), key[e.off : e.off+e.n]}
		}
		next := t.step(cur, e.sep, e.cls, lit)
		if next == 0 {
			if t.coarse < lastCoarse {
				t.coarsen(t.coarse + 1)
				cur, i = rootNode, -1 // nodes may have moved
				continue
			}
			return t.full(cur, e.sep)
		}
		cur = next
	}
	return cur
}

// step goes down one edge, which is made when it is new; 0 when the trie is full.
func (t *trie) step(cur uint32, sep byte, c class, lit literal) uint32 {
	if t.coarse > maxCoarse {
		switch d := int(t.nodes[cur].depth); {
		case d > t.depth():
			return cur
		case d == t.depth():
			return t.star(cur, 0)
		}
	}
	if c == classLiteral && t.nodes[cur].wide {
		c, lit = classStar, literal{}
	}
	h := t.hash(cur, sep, c, lit)
	next := t.find(cur, sep, c, lit, h)
	if next != 0 {
		return next
	}
	if t.live >= t.maxNodes {
		return 0
	}
	next = t.add(cur, sep, c, lit.text, h)
	if c == classLiteral {
		n := &t.nodes[cur]
		if n.literals++; n.literals > t.limit(n.depth) {
			t.widen(cur)
			return t.star(cur, sep)
		}
	}
	return next
}

// coarsen halves the limits until the trie has room again, but at least to a
// level that is given. The shape is then a function of the set of patterns and
// of the level.
func (t *trie) coarsen(level uint8) {
	for t.coarse < level || t.coarse < lastCoarse && (t.live > t.maxNodes/4*3 || t.weigh() > t.maxWeight/4*3) {
		t.coarse++
		t.capped = true
		t.applyLimits(rootNode)
	}
}

// depth is how many edges a path may have before {*}.
func (t *trie) depth() int {
	if t.coarse <= maxCoarse {
		return maxEdges
	}
	return cutDepth >> (t.coarse - maxCoarse - 1)
}

// bound coarsens the trie when it weighs too much.
func (t *trie) bound() {
	t.fresh = 0
	if t.coarse < lastCoarse && t.weigh() > t.maxWeight {
		t.coarsen(t.coarse + 1)
	}
}

// weigh returns the bytes the trie takes.
func (t *trie) weigh() int {
	n := t.live * nodeWeight
	for _, e := range t.entries[1:] {
		if e.Keys == 0 {
			continue
		}
		n += entryWeight + len(e.Example.Name) + (len(e.Sizes.Pages)+len(e.Counts.Pages))*pageWeight
		if u := e.Use; u != nil {
			n += useWeight + (len(u.Idle.Pages)+len(u.IdleMemory.Pages)+len(u.FreqMemory.Pages))*pageWeight
		}
		if e.Rare != nil {
			n += rareWeight
		}
	}
	return n
}

// applyLimits makes the nodes wide that are by now, from the top down.
func (t *trie) applyLimits(id uint32) {
	n := &t.nodes[id]
	if int(n.depth) >= t.depth() {
		t.cut(id)
		return
	}
	if n.literals > t.limit(n.depth) {
		t.widen(id)
	}
	for c := t.nodes[id].child; c != 0; c = t.nodes[c].next {
		t.applyLimits(c)
	}
}

// cut merges everything below a node into one {*}.
func (t *trie) cut(id uint32) {
	if t.nodes[id].child == 0 {
		return
	}
	star := t.star(id, 0)
	for _, from := range [...]uint32{id, star} {
		list := t.nodes[from].child
		t.nodes[from].child, t.nodes[from].literals = 0, 0
		for list != 0 {
			c := list
			list = t.nodes[c].next
			if c == star {
				t.nodes[c].next = 0
				t.nodes[id].child = c
				continue
			}
			t.remove(c)
			t.gather(c, star)
		}
	}
}

// gather moves the entries at and below src, which is already out of the table,
// to dst and frees the nodes.
func (t *trie) gather(src, dst uint32) {
	for e := t.nodes[src].entry; e != 0; {
		next := t.entries[e].next
		t.moveEntry(e, dst)
		e = next
	}
	for c := t.nodes[src].child; c != 0; {
		next := t.nodes[c].next
		t.remove(c)
		t.gather(c, dst)
		c = next
	}
	t.nodes[src] = node{next: t.free}
	t.free = src
	t.live--
}

// full is where keys go that would need a new node in a trie that is full and
// cannot be coarsened: {*} below cur, or cur itself when that cannot be made.
func (t *trie) full(cur uint32, sep byte) uint32 {
	t.capped = true
	h := t.hash(cur, sep, classStar, literal{})
	if next := t.find(cur, sep, classStar, literal{}, h); next != 0 {
		return next
	}
	// One {*} below each node that was there when the limit was reached.
	if t.live < 2*t.maxNodes && t.nodes[cur].cls != classStar {
		return t.add(cur, sep, classStar, nil, h)
	}
	return cur
}

// add makes a node that is not there yet.
func (t *trie) add(parent uint32, sep byte, c class, lit []byte, h uint32) uint32 {
	id := t.free
	if id != 0 {
		t.free = t.nodes[id].next
	} else {
		id = uint32(len(t.nodes))
		t.nodes = append(t.nodes, node{})
	}
	t.live++
	t.fresh++
	p := &t.nodes[parent]
	n := &t.nodes[id]
	*n = node{parent: parent, next: p.child, hash: h, depth: p.depth + 1, sep: sep, cls: c, n: uint8(len(lit))}
	copy(n.lit[:], lit)
	p.child = id
	t.insert(id)
	return id
}

func (t *trie) insert(id uint32) {
	if t.used++; t.used*2 > len(t.slots) {
		old := t.slots
		t.slots = make([]uint64, len(old)*2)
		for _, s := range old {
			if s != 0 {
				t.place(s)
			}
		}
	}
	t.place(uint64(t.nodes[id].hash)<<32 | uint64(id))
}

func (t *trie) place(s uint64) {
	mask := uint32(len(t.slots) - 1)
	i := uint32(s>>32) & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}

// remove takes a node out of the table; those behind it move up.
func (t *trie) remove(id uint32) {
	mask := uint32(len(t.slots) - 1)
	i := t.nodes[id].hash & mask
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

// group returns the node of a group, whose name is its number. Groups have room
// always.
func (t *trie) group(number []byte) uint32 {
	lit := literalOf(number)
	h := t.hash(rootNode, 0, classGroup, lit)
	if id := t.find(rootNode, 0, classGroup, lit, h); id != 0 {
		return id
	}
	return t.add(rootNode, 0, classGroup, number, h)
}

// star returns the {*} child of a node for a separator, making it when it is
// not there: unlike others it is made beyond maxNodes too, since it replaces
// literals.
func (t *trie) star(cur uint32, sep byte) uint32 {
	h := t.hash(cur, sep, classStar, literal{})
	if next := t.find(cur, sep, classStar, literal{}, h); next != 0 {
		return next
	}
	return t.add(cur, sep, classStar, nil, h)
}

// widen merges the literal children of a node into {*}.
func (t *trie) widen(id uint32) {
	if t.nodes[id].wide {
		return
	}
	t.nodes[id].wide = true
	t.mergeLiterals(id, nil)
}

// mergeLiterals merges those literal children of a node into {*} that pick
// accepts, all of them when it is nil.
func (t *trie) mergeLiterals(id uint32, pick func(child uint32) bool) {
	list := t.nodes[id].child
	t.nodes[id].child = 0
	for list != 0 {
		c := list
		list = t.nodes[c].next
		if t.nodes[c].cls != classLiteral || pick != nil && !pick(c) {
			t.nodes[c].next = t.nodes[id].child
			t.nodes[id].child = c
			continue
		}
		t.nodes[id].literals--
		t.remove(c)
		// The star may be in the part of the list that was not reached yet: it
		// is found through the table, and stays in the list.
		t.mergeInto(c, t.star(id, t.nodes[c].sep))
	}
}

// mergeInto moves everything below src, which is already out of the table, to
// dst and frees src.
func (t *trie) mergeInto(src, dst uint32) {
	t.version++
	for e := t.nodes[src].entry; e != 0; {
		next := t.entries[e].next
		t.moveEntry(e, dst)
		e = next
	}
	if t.nodes[src].wide {
		t.widen(dst)
	}
	for c := t.nodes[src].child; c != 0; {
		next := t.nodes[c].next
		t.remove(c)
		t.moveChild(c, dst)
		c = next
	}
	t.nodes[src] = node{next: t.free}
	t.free = src
	t.live--
}

// moveChild hangs a node that is out of the table, with its subtree, below dst.
func (t *trie) moveChild(c, dst uint32) {
	n := &t.nodes[c]
	if n.cls == classLiteral && t.nodes[dst].wide {
		t.mergeInto(c, t.star(dst, n.sep))
		return
	}
	lit := literalOf(n.lit[:n.n])
	h := t.hash(dst, n.sep, n.cls, lit)
	if same := t.find(dst, n.sep, n.cls, lit, h); same != 0 {
		t.mergeInto(c, same)
		return
	}
	d := &t.nodes[dst]
	n.parent, n.hash, n.next = dst, h, d.child
	d.child = c
	t.insert(c)
	if n.cls == classLiteral {
		if d.literals++; d.literals > t.limit(d.depth) {
			t.widen(dst)
		}
	}
}

// moveEntry adds an entry to those of dst.
func (t *trie) moveEntry(e, dst uint32) {
	t.version++
	src := t.entries[e]
	for i := t.nodes[dst].entry; i != 0; i = t.entries[i].next {
		if d := t.entries[i]; d.typ == src.typ {
			d.merge(&src.stats)
			*src = entry{id: e}
			t.freeEntry = append(t.freeEntry, e)
			return
		}
	}
	src.next = t.nodes[dst].entry
	t.nodes[dst].entry = e
}

// entryOf returns the entry of a node for a type, making it when it is new.
func (t *trie) entryOf(id uint32, typ uint8) *entry {
	for e := t.nodes[id].entry; e != 0; {
		x := t.entries[e]
		if x.typ == typ {
			return x
		}
		e = x.next
	}
	if len(t.entries)-len(t.freeEntry) > t.maxNodes {
		// Full: everything new is counted at the root's {*}, one entry a type.
		t.capped = true
		if all := t.star(rootNode, 0); id != all {
			return t.entryOf(all, typ)
		}
	}
	t.fresh++
	e := t.newEntry()
	e.typ, e.next = typ, t.nodes[id].entry
	t.nodes[id].entry = e.id
	return e
}

func (t *trie) newEntry() *entry {
	if n := len(t.freeEntry); n > 0 {
		e := t.entries[t.freeEntry[n-1]]
		t.freeEntry = t.freeEntry[:n-1]
		return e
	}
	if len(t.chunk) == 0 {
		t.chunk = make([]entry, 64)
	}
	e := &t.chunk[0]
	t.chunk = t.chunk[1:]
	e.id = uint32(len(t.entries))
	t.entries = append(t.entries, e)
	return e
}

// patternNode is one node of a frozen trie; nodes are in preorder, children
// sorted by class, separator and literal. It is plain data.
type patternNode struct {
	Depth   uint8
	Sep     byte
	Class   class
	Wide    bool
	Literal string
	Types   []typeStats // sorted by type
}

// typeStats is what one (pattern, type) adds up to.
type typeStats struct {
	Type string
	stats
}

// walk visits the nodes in preorder, children by class, separator and literal.
func (t *trie) walk(visit func(id uint32, n *node)) { t.walkFrom(rootNode, visit) }

func (t *trie) walkFrom(id uint32, visit func(id uint32, n *node)) {
	visit(id, &t.nodes[id])
	for _, c := range t.children(id) {
		t.walkFrom(c, visit)
	}
}

// children returns the children of a node in their canonical order.
func (t *trie) children(id uint32) []uint32 {
	var kids []uint32
	for c := t.nodes[id].child; c != 0; c = t.nodes[c].next {
		kids = append(kids, c)
	}
	slices.SortFunc(kids, func(a, b uint32) int {
		x, y := &t.nodes[a], &t.nodes[b]
		return cmp.Or(cmp.Compare(x.cls, y.cls), cmp.Compare(x.sep, y.sep), bytes.Compare(x.lit[:x.n], y.lit[:y.n]))
	})
	return kids
}

// freeze returns the trie as plain data in its canonical order. The stats move
// to the result: the trie must not be used afterwards.
func (t *trie) freeze(types []string) []patternNode {
	out := make([]patternNode, 0, t.live)
	t.walk(func(_ uint32, n *node) {
		p := patternNode{Depth: n.depth, Sep: n.sep, Class: n.cls, Wide: n.wide, Literal: string(n.lit[:n.n])}
		for e := n.entry; e != 0; e = t.entries[e].next {
			p.Types = append(p.Types, typeStats{types[t.entries[e].typ], t.entries[e].stats})
		}
		slices.SortFunc(p.Types, func(a, b typeStats) int { return cmp.Compare(a.Type, b.Type) })
		out = append(out, p)
	})
	return out
}

// absorb adds frozen nodes, which are not changed. What does not fit afterwards
// is coarsened.
func (t *trie) absorb(nodes []patternNode, typeID func(string) uint8) {
	var path [maxEdges + 2]uint32
	limit := t.maxNodes
	t.maxNodes *= 2 // nodes must not move on the way
	path[0] = rootNode
	for i := range nodes {
		f := &nodes[i]
		d := int(f.Depth)
		if d > 0 {
			path[d] = t.step(path[d-1], f.Sep, f.Class, literalOf([]byte(f.Literal)))
			if path[d] == 0 {
				path[d] = t.full(path[d-1], f.Sep)
			}
		}
		if f.Wide {
			t.widen(path[d])
		}
		t.addTypes(path[d], f.Types, typeID)
	}
	t.maxNodes = limit
	t.fresh = 0
	if t.coarse < lastCoarse && (t.live > t.maxNodes || t.weigh() > t.maxWeight) {
		t.coarsen(t.coarse + 1)
	}
}

func (t *trie) addTypes(id uint32, types []typeStats, typeID func(string) uint8) {
	for i := range types {
		t.entryOf(id, typeID(types[i].Type)).merge(&types[i].stats)
	}
}
