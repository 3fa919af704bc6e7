package memory

import (
	"slices"

	"github.com/rdblens/rdblens/parser"
)

// streamState sums a stream while its nodes, groups, pending entries and
// producers arrive. Each radix tree is counted from its keys in order; only
// the indexes that need another order hold IDs, and of those a bounded number.
type streamState struct {
	m *meter

	nodes   idTree // master IDs
	packs   cost   // listpacks
	payload int64
	groups  nameTree
	pending int64 // of all groups
	members cost  // groups and what hangs on them, as counted and allocated

	inGroup    bool
	pel        idTree
	group      cost
	consumers  nameTree
	inConsumer bool
	consumer   cost
	owned      idTree
	ofGroup    int64 // counted sum of the open group's consumers
	nConsumers int64
	nGroups    int64

	producers   nameTree
	inProducer  bool
	hasEntry    bool   // the open producer is in the tree
	producerID  []byte // its ID, as far as it is known
	producerLen int64
	producer    cost
	idmp        cost

	deliveries []delivery // of the open group, for the time index
	all        []streamID // pending IDs of all groups, for their common index
	crowded    bool       // one of the two is full
	timeTree   trie
	allTree    idTree
	unordered  bool
}

// delivery is a key of the time index: delivery time, then pending ID.
type delivery struct {
	at uint64
	id streamID
}

// heldIDs bounds the IDs that are held to be sorted.
const heldIDs = 64 << 10

func newStreamState(m *meter) *streamState {
	s := &streamState{m: m}
	c := m.sizes.classes
	s.nodes.classes, s.pel.classes, s.owned.classes, s.allTree.classes = c, c, c, c
	s.groups.classes, s.consumers.classes, s.producers.classes = c, c, c
	s.timeTree.classes, s.timeTree.valueless = c, true
	return s
}

func (s *streamState) reset() {
	s.nodes.reset()
	s.groups.reset()
	s.producers.reset()
	s.packs, s.members, s.idmp = cost{}, cost{}, cost{}
	s.payload, s.pending, s.nGroups = 0, 0, 0
	s.inGroup, s.inConsumer, s.inProducer = false, false, false
	s.all = s.all[:0]
	s.crowded, s.unordered = false, false
}

// block is a struct of n bytes, counted as sizeof or, where sizes are tracked,
// as its size class.
func (m *meter) block(n int64) cost {
	a := m.sizes.of(n)
	if m.line.tracked {
		return cost{a, a, a - n}
	}
	return cost{n, a, a - n}
}

// allocated is a block that MEMORY USAGE does not count.
func (m *meter) allocated(n int64) cost {
	a := m.sizes.of(n)
	return cost{0, a, a - n}
}

// streamPack returns the cost of a node's listpack, which every line up to 8.2
// counts by its size class, 6.2 too.
func (m *meter) streamPack(n int64) cost {
	a := m.sizes.of(n)
	if m.line.tracked {
		return cost{n, a, a - n}
	}
	return cost{a, a, a - n}
}

// tree returns the cost of a radix tree of stream IDs.
func (m *meter) tree(t *trie) cost {
	c := cost{alloc: m.sizes.of(m.line.rax) + t.alloc, waste: m.sizes.of(m.line.rax) - m.line.rax + t.waste}
	if m.line.raxExact {
		c.counted = c.alloc
	} else {
		// object.c streamRadixTreeMemoryUsage: an ID for each element, and
		// for each node its header and 30 pointers.
		c.counted = sizeofStreamID*t.keys + (4+30*sizeofPointer)*t.nodes
	}
	return c
}

func (m *meter) treeSource() string {
	if m.line.raxExact {
		return "rax.c raxNodeCurrentLength"
	}
	return "object.c streamRadixTreeMemoryUsage"
}

// names returns the cost of a radix tree of names, counted only where sizes
// are tracked.
func (m *meter) names(t *trie) cost {
	c := cost{alloc: m.sizes.of(m.line.rax) + t.alloc, waste: m.sizes.of(m.line.rax) - m.line.rax + t.waste}
	if m.line.tracked {
		c.counted = c.alloc
	}
	return c
}

func (s *streamState) add(b *parser.Batch, es []parser.Element) {
	m := s.m
	for i := range es {
		e := &es[i]
		switch e.Kind {
		case parser.KindStreamNode:
			s.nodes.add(newStreamID(e.ID()))
			s.packs.add(m.streamPack(e.Len))
			s.payload += e.Len
		case parser.KindGroup:
			s.closeGroup()
			s.openGroup(b.Bytes(e), e.Len)
		case parser.KindPending:
			if s.inGroup {
				s.addPending(e)
			}
		case parser.KindConsumer:
			s.closeConsumer()
			if s.inGroup {
				s.openConsumer(b.Bytes(e), e.Len)
			}
		case parser.KindConsumerPending:
			if s.inConsumer {
				s.owned.add(newStreamID(e.ID()))
			}
		case parser.KindProducer:
			s.closeProducer()
			s.openProducer(b.Bytes(e), e.Len)
		case parser.KindProducerEntry:
			if s.inProducer {
				s.addProducerEntry(e.Len)
			}
		}
	}
}

func (s *streamState) openGroup(name []byte, n int64) {
	m := s.m
	s.inGroup = true
	s.groups.add(name, n)
	s.payload += n
	s.nGroups++
	s.group = m.block(m.line.group)
	s.pel.reset()
	s.consumers.reset()
	s.ofGroup, s.nConsumers = 0, 0
	s.deliveries = s.deliveries[:0]
}

func (s *streamState) addPending(e *parser.Element) {
	id := newStreamID(e.ID())
	s.pel.add(id)
	s.pending++
	l := s.m.line
	if l.timeIndex {
		if len(s.deliveries) < heldIDs {
			s.deliveries = append(s.deliveries, delivery{uint64(e.DeliveryTime()), id})
		} else {
			s.crowded = true
		}
	}
	if l.pelIndex {
		if len(s.all) < heldIDs {
			s.all = append(s.all, id)
		} else {
			s.crowded = true
		}
	}
}

func (s *streamState) openConsumer(name []byte, n int64) {
	m := s.m
	s.inConsumer = true
	s.consumers.add(name, n)
	s.nConsumers++
	s.payload += n
	s.owned.reset()
	s.consumer = m.block(m.line.consumer)
	c := m.sizes.sds(n)
	if !m.line.tracked {
		c.counted = n // sdslen
	}
	s.consumer.add(c)
}

func (s *streamState) closeConsumer() {
	if !s.inConsumer {
		return
	}
	s.inConsumer = false
	s.owned.finish()
	s.unordered = s.unordered || s.owned.unordered
	s.consumer.add(s.m.tree(&s.owned.trie))
	s.ofGroup += s.consumer.counted
	s.consumer.counted = 0 // goes through the group's average
	s.group.add(s.consumer)
}

func (s *streamState) closeGroup() {
	s.closeConsumer()
	if !s.inGroup {
		return
	}
	s.inGroup = false
	m := s.m
	s.pel.finish()
	s.consumers.finish()
	s.unordered = s.unordered || s.pel.unordered || s.consumers.unordered
	g := &s.group
	g.add(m.tree(&s.pel.trie))
	nack := m.block(m.line.nack)
	n := s.pel.keys
	g.add(cost{nack.counted * n, nack.alloc * n, nack.waste * n})
	g.add(m.names(&s.consumers.trie))
	if m.line.timeIndex {
		g.add(s.timeIndex())
	}
	if m.line.sampleGroups {
		g.counted = serverAverage(g.counted, s.ofGroup, s.nConsumers)
	} else {
		g.counted += s.ofGroup
	}
	s.members.add(*g)
}

// timeIndex returns the index of a group's deliveries by time (Redis 8.4).
func (s *streamState) timeIndex() cost {
	d := s.deliveries
	if !slices.IsSortedFunc(d, compareDeliveries) {
		slices.SortFunc(d, compareDeliveries)
	}
	t := &s.timeTree
	t.reset()
	for i := range d {
		common := 0
		if i > 0 {
			if common = (streamID{ms: d[i-1].at}).common(streamID{ms: d[i].at}); common >= 8 {
				common = 8 + d[i-1].id.common(d[i].id)
			}
		}
		t.add(common, 24)
	}
	t.finish()
	c := s.m.tree(t)
	if held := int64(len(d)); held > 0 && held < s.pel.keys {
		c.counted = scaleUp(c.counted, s.pel.keys, held)
		c.alloc = scaleUp(c.alloc, s.pel.keys, held)
	}
	return c
}

// scaleUp returns v·whole/part for a part of the elements that was measured.
func scaleUp(v, whole, part int64) int64 {
	return int64(float64(v) * (float64(whole) / float64(part)))
}

func compareDeliveries(a, b delivery) int {
	switch {
	case a.at != b.at:
		if a.at < b.at {
			return -1
		}
		return 1
	default:
		return compareIDs(a.id, b.id)
	}
}

func compareIDs(a, b streamID) int {
	switch {
	case a.less(b):
		return -1
	case b.less(a):
		return 1
	default:
		return 0
	}
}

func (s *streamState) openProducer(name []byte, n int64) {
	s.inProducer, s.hasEntry = true, false
	s.producerID, s.producerLen = append(s.producerID[:0], name...), n
	s.producer = s.m.block(24) // stream.h struct idmpProducer
}

// addProducerEntry adds an entry with an ID of n bytes. A producer without any
// is dropped at load.
func (s *streamState) addProducerEntry(n int64) {
	if !s.hasEntry {
		s.hasEntry = true
		s.producers.add(s.producerID, s.producerLen)
		s.payload += s.producerLen
	}
	s.producer.add(s.m.block(32 + n)) // stream.h struct idmpEntry
	s.payload += n
}

func (s *streamState) closeProducer() {
	if !s.inProducer {
		return
	}
	s.inProducer = false
	if s.hasEntry {
		s.idmp.add(s.producer)
	}
}

// endStream sizes a stream (object.c objectComputeSize; from Redis 8.4
// the stream's own alloc_size).
func (m *meter) endStream(k *parser.Key, size *Size) {
	l, s := m.line, m.stream
	s.closeGroup()
	s.closeProducer()
	s.nodes.finish()
	s.groups.finish()
	s.producers.finish()
	o := m.object(k)
	m.chargeObject(&o)
	m.charge("stream", "stream.h struct stream", m.block(l.stream))
	m.charge("index of nodes", m.treeSource(), m.tree(&s.nodes.trie))
	m.charge("listpacks", l.source, s.packs)
	if s.nGroups > 0 {
		before := m.bytes
		m.charge("consumer groups", "stream.h struct streamCG", s.members)
		if l.sampleGroups {
			m.average(before, s.members.counted, s.nGroups)
		}
		m.charge("index of groups", "rax.c raxNodeCurrentLength", m.names(&s.groups.trie))
	}
	if s.pending > 0 && l.pelIndex {
		m.charge("index of pending entries", "stream.h cgroups_ref", s.pelIndex())
	}
	if s.producers.keys > 0 && l.tracked {
		m.charge("producers", "rdb.c rdbLoadStreamIdmpEntries", s.idmp)
		m.charge("index of producers", "rax.c raxNodeCurrentLength", m.names(&s.producers.trie))
		m.inexact = true // entries expire against the clock of the load
	}
	m.chargeKey(&o)
	m.inexact = m.inexact || s.crowded || s.unordered ||
		s.nodes.unordered || s.groups.unordered || s.producers.unordered
	m.noteBlocks(s.nodes.nodes + s.nodes.keys + 2*s.pending)
	size.Encoding, size.Longest, size.Payload = EncodingStream, -1, s.payload
}

// pelIndex returns the stream's index of the IDs pending in any group, with a
// list of references for each (Redis 8.2); counted from 8.4, the lists never.
func (s *streamState) pelIndex() cost {
	m := s.m
	ids := s.all
	if s.nGroups > 1 && !slices.IsSortedFunc(ids, compareIDs) {
		slices.SortFunc(ids, compareIDs)
	}
	t := &s.allTree
	t.reset()
	for _, id := range ids {
		t.add(id)
	}
	t.finish()
	c := m.names(&t.trie)
	distinct := t.keys
	if held := int64(len(ids)); held > 0 && held < s.pending {
		c.counted, c.alloc = scaleUp(c.counted, s.pending, held), scaleUp(c.alloc, s.pending, held)
		distinct = scaleUp(distinct, s.pending, held)
	}
	list, node := m.allocated(48), m.allocated(24)
	c.alloc += list.alloc*distinct + node.alloc*s.pending
	c.waste += list.waste*distinct + node.waste*s.pending
	return c
}
