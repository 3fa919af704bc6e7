package memory

import "math/bits"

// trie counts the nodes of a radix tree (rax.c) from its keys in ascending
// order, without holding them. Insertion order does not change the tree.
//
// The points of a key's path are the places where it has a node of its own:
// the root, branches, and ends of keys. Between two points lies one run of
// bytes, a compressed node. A point is closed, and its node counted, once no
// further key can pass through it.
type trie struct {
	classes
	valueless bool // keys carry no value: a node saves the pointer
	path      []point
	keys      int64
	nodes     int64
	alloc     int64
	waste     int64
}

type point struct {
	depth    int32
	first    int32 // depth of the first child's point
	children int32
	key      bool
}

// reset makes the tree empty.
func (t *trie) reset() {
	t.path = append(t.path[:0], point{})
	t.keys, t.nodes, t.alloc, t.waste = 0, 0, 0, 0
}

// add adds a key of length bytes that shares its first common bytes with the
// key added before it. A key that equals the last one changes nothing.
func (t *trie) add(common, length int) {
	if t.keys > 0 && common >= length {
		return
	}
	t.keys++
	for t.top().depth > int32(common) {
		t.close(int32(common))
	}
	if length == 0 {
		t.top().key = true
		return
	}
	t.path = append(t.path, point{depth: int32(length), key: true})
}

func (t *trie) top() *point { return &t.path[len(t.path)-1] }

// close counts the deepest point of the path and hangs it under its parent,
// which is the point above or, if that lies higher, a new branch at floor.
func (t *trie) close(floor int32) {
	p := *t.top()
	t.count(&p)
	t.path = t.path[:len(t.path)-1]
	if t.top().depth < floor {
		t.path = append(t.path, point{depth: floor})
	}
	parent := t.top()
	switch parent.children++; parent.children {
	case 1: // a run or a branch: known once there is, or is not, a second
		parent.first = p.depth
	case 2:
		t.run(int64(parent.first-parent.depth)-1, false)
		fallthrough
	default:
		t.run(int64(p.depth-parent.depth)-1, false)
	}
}

// count counts the node of a point whose children are complete.
func (t *trie) count(p *point) {
	if p.children == 1 {
		t.run(int64(p.first-p.depth), p.key)
		return
	}
	t.node(int64(p.children), 8*int64(p.children), p.key)
}

// run counts a compressed node of n bytes, which has one child.
func (t *trie) run(n int64, key bool) {
	if n > 0 {
		t.node(n, 8, key)
	}
}

// node counts a node: header, characters, padding, child pointers and value
// (rax.c raxNodeCurrentLength).
func (t *trie) node(size, pointers int64, key bool) {
	n := 4 + size + (8-(size+4)%8)%8 + pointers
	if key && !t.valueless {
		n += 8
	}
	t.nodes++
	a := t.of(n)
	t.alloc += a
	t.waste += a - n
}

// finish closes what is open; the counts are then those of the whole tree. An
// empty tree has its root.
func (t *trie) finish() {
	for len(t.path) > 1 {
		t.close(0)
	}
	t.count(&t.path[0])
	t.path = t.path[:0]
}

// streamID is a key of 16 bytes, big-endian ms and sequence number.
type streamID struct{ ms, seq uint64 }

func newStreamID(ms, seq uint64) streamID { return streamID{ms, seq} }

// common returns the bytes that two IDs share from the front, 0 to 16.
func (a streamID) common(b streamID) int {
	if x := a.ms ^ b.ms; x != 0 {
		return bits.LeadingZeros64(x) / 8
	}
	return 8 + bits.LeadingZeros64(a.seq^b.seq)/8
}

func (a streamID) less(b streamID) bool {
	return a.ms < b.ms || a.ms == b.ms && a.seq < b.seq
}

// idTree is a trie of stream IDs in ascending order. One that is out of order
// cannot be placed: it is counted as a leaf and marks the tree as estimated.
type idTree struct {
	trie
	last      streamID
	unordered bool
}

func (t *idTree) reset() {
	t.trie.reset()
	t.last, t.unordered = streamID{}, false
}

func (t *idTree) add(id streamID) {
	if t.keys > 0 && id.less(t.last) {
		t.unordered = true
		t.keys++
		t.node(0, 0, true)
		return
	}
	common := 0
	if t.keys > 0 {
		common = t.last.common(id)
	}
	t.trie.add(common, 16)
	t.last = id
}

// nameTree is a trie of names in ascending order.
type nameTree struct {
	trie
	last      []byte
	unordered bool
}

func (t *nameTree) reset() {
	t.trie.reset()
	t.last, t.unordered = t.last[:0], false
}

// add adds a name of length bytes of which the front is known.
func (t *nameTree) add(name []byte, length int64) {
	n := int(min(length, 1<<29-1)) // RAX_NODE_MAX_SIZE bounds a run
	common := 0
	for common < len(name) && common < len(t.last) && name[common] == t.last[common] {
		common++
	}
	if t.keys > 0 && common < len(t.last) && (common == len(name) || name[common] < t.last[common]) {
		t.unordered = true
		t.keys++
		t.node(0, 0, true)
		return
	}
	t.trie.add(common, max(n, len(name)))
	t.last = append(t.last[:0], name...)
}
