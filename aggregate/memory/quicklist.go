package memory

import (
	"math"

	"github.com/rdblens/rdblens/parser"
)

// listState sums the nodes of a quicklist while they arrive, or are filled
// item by item.
type listState struct {
	ziplist  bool
	plainMin int64 // items from this size on get a plain node
	depth    int64 // list-compress-depth

	nodes   int64
	entries int64 // of all nodes
	bodies  cost  // blobs
	payload int64
	longest int64 // bytes of the longest packed node
	fullest int64 // entries of the fullest packed node
	doubt   int64 // bytes of nodes that are compressed to a length not known
	unbuilt bool  // some node was to be rebuilt and its items did not come
	blind   bool  // some packed node was not walked

	open    listNode // the node being filled, or whose items follow
	filling bool     // open is being filled by pushes
	convert bool     // nodes are rebuilt from their items
	recent  []saving // what compression would do to the last depth nodes
}

// listNode is one quicklist node.
type listNode struct {
	open   bool
	plain  bool
	bytes  int64 // of its blob or its plain item
	lzf    int64 // LZF length, 0: not compressible or unknown
	count  int64
	guess  bool  // lzf is an estimate
	walked int64 // items seen
	packed packer
}

// saving is the change that compression makes to a node.
type saving struct {
	cost  cost
	doubt int64
}

func (s *listState) init(m *meter) {
	s.ziplist = m.line.pack == packZiplist
	s.depth = min(m.config.ListCompressDepth, 1<<16-1)
	s.recent = make([]saving, s.depth)
	switch {
	case !m.line.plainByLimit:
		// quicklist.c packed_threshold, Redis 7.0; 6.2 has no plain nodes.
		s.plainMin = 1 << 30
		if s.ziplist {
			s.plainMin = math.MaxInt64
		}
	case m.nodeBytes == math.MaxInt64:
		s.plainMin = listSafety + 1
	default:
		s.plainMin = m.nodeBytes + 1
	}
}

// listSafety is quicklist.c SIZE_SAFETY_LIMIT.
const listSafety = 8192

func (s *listState) reset() {
	s.nodes, s.entries, s.bodies, s.payload, s.doubt = 0, 0, cost{}, 0, 0
	s.longest, s.fullest = 0, 0
	s.unbuilt, s.blind, s.filling, s.convert = false, false, false, false
	s.open = listNode{}
}

// addList pushes the items of a plain list at the tail (rdb.c, RDB_TYPE_LIST
// and RDB_TYPE_LIST_ZIPLIST; quicklist.c quicklistPushTail).
func (m *meter) addList(es []parser.Element) {
	s, t := &m.list, &m.items
	s.filling = true
	for i := range es {
		e := &es[i]
		if e.Kind != parser.KindItem {
			continue
		}
		t.n++
		t.payload += e.Len
		t.longest = max(t.longest, e.Len)
		if e.Len >= s.plainMin {
			m.closeNode()
			s.open = listNode{open: true, plain: true, bytes: e.Len, count: 1}
			continue
		}
		if n := &s.open; !n.open || n.plain || !m.nodeTakes(n, e.Len) {
			m.closeNode()
			s.open = listNode{open: true, packed: packer{form: m.line.pack}}
		}
		s.open.packed.add(e.Len, e.Int)
		s.open.bytes = s.open.packed.total()
		s.open.count++
	}
}

// nodeTakes reports whether a packed node takes an item of n bytes
// (quicklist.c _quicklistNodeAllowInsert).
func (m *meter) nodeTakes(node *listNode, n int64) bool {
	overhead := int64(8) // SIZE_ESTIMATE_OVERHEAD
	if m.list.ziplist {
		overhead = ziplistPrev(n)
		switch {
		case n < 64:
			overhead++
		case n < 16384:
			overhead += 2
		default:
			overhead += 5
		}
	}
	size := node.bytes + n + overhead
	if m.nodeEntries == math.MaxInt64 {
		return size <= m.nodeBytes
	}
	return size <= listSafety && node.count < m.nodeEntries
}

// addQuicklist adds the nodes of a quicklist, which loaders keep as they are;
// where the line needs another packed form they are rebuilt.
func (m *meter) addQuicklist(es []parser.Element) {
	s, t := &m.list, &m.items
	for i := range es {
		e := &es[i]
		switch e.Kind {
		case parser.KindNode:
			m.closeNode()
			s.open = listNode{
				open:   true,
				plain:  e.Flags&parser.FlagPlain != 0,
				bytes:  e.Len,
				lzf:    e.StoredLen(),
				count:  e.Entries(),
				packed: packer{form: m.line.pack},
			}
			if s.open.plain {
				s.open.count = 1
				t.longest = max(t.longest, e.Len)
			}
		case parser.KindItem:
			s.open.walked++
			t.longest = max(t.longest, e.Len)
			s.payload += e.Len
			s.open.packed.add(e.Len, e.Int)
		}
	}
}

// closeNode adds up the open node.
func (m *meter) closeNode() {
	s := &m.list
	n := &s.open
	if !n.open {
		return
	}
	if !s.filling {
		m.settleNode(n)
	}
	s.nodes++
	s.entries += n.count
	if !n.plain {
		s.longest, s.fullest = max(s.longest, n.bytes), max(s.fullest, n.count)
	}
	body := m.packedCost(n.bytes)
	if s.depth > 0 {
		m.compressNode(n, body)
	}
	s.bodies.add(body)
	n.open = false
}

// settleNode gives a node of the dump the size it has in memory, and notes
// what is known of its items.
func (m *meter) settleNode(n *listNode) {
	s := &m.list
	switch {
	case n.plain && n.walked == 0:
		s.payload += n.bytes
	case n.walked > 0:
		n.count = n.walked
	default:
		s.blind = true
		s.payload += max(0, n.bytes-listpackOverhead-2*n.count)
	}
	if !s.convert {
		return
	}
	before := n.bytes
	switch {
	case n.plain && s.ziplist: // 6.2 has no plain nodes
		n.packed.reset()
		n.packed.add(n.bytes, parser.NotInt)
		n.bytes, n.plain = n.packed.total(), false
	case n.walked > 0:
		n.bytes = n.packed.total()
	case !n.plain && n.count > 0:
		s.unbuilt = true
	}
	if n.lzf > 0 { // of the node as it was
		n.lzf, n.guess = scaleUp(n.lzf, n.bytes, before), true
	}
}

// compressNode keeps what LZF would save on a node until it is known not to be
// among the last depth nodes, which stay as they are (quicklist.c
// __quicklistCompress, __quicklistCompressNode).
func (m *meter) compressNode(n *listNode, body cost) {
	const (
		leastBytes  = 48 // MIN_COMPRESS_BYTES
		leastSaving = 8  // MIN_COMPRESS_IMPROVE
	)
	s := &m.list
	slot := &s.recent[(s.nodes-1)%s.depth]
	if s.nodes > s.depth {
		s.bodies.add(slot.cost)
		s.doubt += slot.doubt
	}
	*slot = saving{}
	if s.nodes <= s.depth || n.bytes < leastBytes {
		return
	}
	if s.filling || n.guess {
		slot.doubt = body.alloc
	}
	if n.lzf > 0 && n.lzf+leastSaving < n.bytes {
		c := m.packedCost(m.line.lzfHeader + n.lzf)
		if s.ziplist {
			c.counted = n.lzf // objectComputeSize, 6.2: the LZF length alone
		}
		slot.cost = cost{c.counted - body.counted, c.alloc - body.alloc, c.waste - body.waste}
	}
}

// endList sizes a list.
func (m *meter) endList(k *parser.Key, s *Size) {
	l := &m.list
	m.closeNode()
	o := m.object(k)
	m.chargeObject(&o)
	last := l.open
	if k.Type == parser.TypeListQuicklist2 && l.ziplist {
		m.inexact = true // this line cannot load it
	}
	s.Longest = m.items.longest
	if l.blind {
		s.Longest = -1
	}
	s.Payload = m.items.payload + l.payload
	s.Packed, s.PackedElements = l.longest, l.fullest
	if m.line.listListpack && k.Type != parser.TypeListZiplist && l.nodes == 1 && !last.plain &&
		last.bytes <= m.nodeBytes && last.count <= m.nodeEntries {
		// t_list.c listTypeTryConvertQuicklist.
		s.Encoding = EncodingListpack
		m.chargePacked("listpack", last.bytes)
	} else {
		s.Encoding = EncodingQuicklist
		m.chargeQuicklist()
		m.inexact = m.inexact || l.unbuilt
		m.spread += l.doubt
	}
	m.chargeKey(&o)
}

func (m *meter) chargeQuicklist() {
	l := m.line
	head, node := m.sizes.of(l.quicklist), m.sizes.of(l.node)
	c := cost{l.quicklist, head, head - l.quicklist}
	nodes := cost{l.node, node, node - l.node}
	if l.tracked {
		c.counted, nodes.counted = head, node
	}
	n := m.list.nodes
	nodes = cost{nodes.counted * n, nodes.alloc * n, nodes.waste * n}
	m.charge("quicklist", "quicklist.h struct quicklist", c)
	before := m.bytes
	m.charge("nodes", "quicklist.h struct quicklistNode", nodes)
	m.charge("packed blobs", l.source, m.list.bodies)
	m.noteBlocks(2 * n)
	if !l.tracked {
		if l.averageItems {
			n = m.list.entries
		}
		m.average(before, nodes.counted+m.list.bodies.counted, n)
	}
}
