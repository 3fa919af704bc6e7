package check

import (
	"hash/maphash"
	"math"

	"github.com/rdblens/rdblens/parser"
)

// defect is a way to be refused by a server of which the parser sees nothing: it reads
// one thing after the other and compares none.
type defect struct {
	text   string // of the first
	offset int64  // of that key's record
	key    []byte
	count  int64 // of keys
}

// integrity looks for what rdb.c (rdbLoadObject) compares within a value.
type integrity struct {
	seed maphash.Seed
	defect
	bad bool // the key under way has been counted

	nodes, groups, consumers   idSet
	pending, owned, ofConsumer idSet
	inGroup                    bool
}

func newIntegrity(seed maphash.Seed) *integrity {
	return &integrity{seed: seed}
}

// maxIDs is how many IDs of one kind are held for comparison, of those that do not
// come in order: 2 MiB.
const maxIDs = 1 << 18

// idSet is a set of IDs or names. Those that ascend, as servers write them, cannot be
// there twice.
type idSet struct {
	bag
	any              bool
	lastMs, lastSeq  uint64
	unordered, ready bool
}

func (s *idSet) clear() {
	s.limit = maxIDs
	s.reset(0)
	s.any, s.unordered, s.ready = false, false, false
}

func (i *integrity) id(s *idSet, ms, seq uint64) uint64 {
	if s.any && (ms < s.lastMs || ms == s.lastMs && seq <= s.lastSeq) {
		s.unordered = true
	}
	s.any, s.lastMs, s.lastSeq = true, ms, seq
	h := maphash.Comparable(i.seed, [2]uint64{ms, seq})
	s.add(h)
	return h
}

func (i *integrity) name(s *idSet, name []byte) {
	s.unordered = true
	s.add(maphash.Bytes(i.seed, name))
}

// repeats reports whether something is there twice.
func (s *idSet) repeats() (yes bool) {
	if s.unordered {
		s.twice(func(uint64) { yes = true })
	}
	return yes
}

// fault counts the key under way, once.
func (i *integrity) fault(k *parser.Key, text string) {
	if i.bad {
		return
	}
	i.bad = true
	if i.count++; i.count == 1 {
		i.text, i.offset, i.key = text, k.Offset, append([]byte(nil), k.Name[:min(len(k.Name), 1024)]...)
	}
}

// maxFieldTTL is the latest time that a hash field may expire at, in ms since the
// epoch (ebuckets.h EB_EXPIRE_TIME_MAX).
const maxFieldTTL = 1<<48 - 2

// piece takes a piece of a key.
func (i *integrity) piece(b *parser.Batch, k *parser.Key) {
	if !k.Is(parser.Continued) {
		i.bad, i.inGroup = false, false
	}
	switch k.Type.DataType() {
	case parser.DataTypeZset:
		if k.Type.Packed() {
			return
		}
		for n, es := 0, b.Elements(k); n < len(es); n++ {
			if es[n].Is(parser.FlagScore) && math.IsNaN(es[n].Score()) {
				i.fault(k, "a score is not a number")
				return
			}
		}
	case parser.DataTypeHash:
		if k.Type == parser.TypeHashZipmap && k.Count == 0 && !k.Is(parser.More) && !k.Is(parser.Damaged) {
			i.fault(k, "a zipmap without fields") // others that are empty are skipped
		}
		if k.Type != parser.TypeHashMetadata && k.Type != parser.TypeHashMetadataPreGA {
			return
		}
		for n, es := 0, b.Elements(k); n < len(es); n++ {
			if es[n].Is(parser.FlagTTL) && uint64(es[n].FieldTTL()) > maxFieldTTL {
				i.fault(k, "a field expires behind the last time there is")
				return
			}
		}
	case parser.DataTypeStream:
		i.stream(b, k)
	default:
	}
}

// stream takes a piece of a stream.
func (i *integrity) stream(b *parser.Batch, k *parser.Key) {
	if !k.Is(parser.Continued) {
		i.nodes.clear()
		i.groups.clear()
	}
	for n, es := 0, b.Elements(k); n < len(es); n++ {
		e := &es[n]
		switch ms, seq := e.ID(); e.Kind {
		case parser.KindStreamNode:
			i.id(&i.nodes, ms, seq)
		case parser.KindGroup:
			i.endGroup(k)
			i.inGroup = true
			i.name(&i.groups, b.Bytes(e))
			i.consumers.clear()
			i.pending.clear()
			i.owned.clear()
			i.ofConsumer.clear()
		case parser.KindPending:
			i.id(&i.pending, ms, seq)
		case parser.KindConsumer:
			i.endConsumer(k)
			i.name(&i.consumers, b.Bytes(e))
		case parser.KindConsumerPending:
			h := i.id(&i.ofConsumer, ms, seq)
			i.owned.add(h)
			i.owns(k, h)
		case parser.KindNack:
			i.id(&i.owned, ms, seq)
		case parser.KindProducer:
			i.endGroup(k)
		default:
		}
	}
	if k.Is(parser.More) {
		return
	}
	i.endGroup(k)
	if i.nodes.repeats() {
		i.fault(k, "two nodes have one ID")
	}
	if i.groups.repeats() {
		i.fault(k, "a consumer group is there twice")
	}
	if s := k.Stream; s != nil && s.Length > 0 && s.Nodes == 0 {
		i.fault(k, "entries are counted, and there are none")
	}
}

// owns sees to it that the group knows an entry that a consumer holds.
func (i *integrity) owns(k *parser.Key, h uint64) {
	if !i.pending.ready {
		if i.pending.repeats() {
			i.fault(k, "an entry is pending twice in its group")
		}
		i.pending.sort()
		i.pending.ready = true
	}
	if !i.pending.has(h) {
		i.fault(k, "a consumer holds an entry that its group does not know")
	}
}

// endConsumer ends the consumer under way.
func (i *integrity) endConsumer(k *parser.Key) {
	if i.ofConsumer.repeats() {
		i.fault(k, "an entry is pending twice for its consumer")
	}
	i.ofConsumer.clear()
}

// endGroup ends the group under way.
func (i *integrity) endGroup(k *parser.Key) {
	if !i.inGroup {
		return
	}
	i.endConsumer(k)
	i.inGroup = false
	if i.consumers.repeats() {
		i.fault(k, "a consumer is there twice in its group")
	}
	if !i.pending.ready && i.pending.repeats() {
		i.fault(k, "an entry is pending twice in its group")
	}
	i.owned.sort()
	for _, h := range i.pending.hashes {
		if !i.owned.has(h) {
			i.fault(k, "an entry is pending that no consumer holds")
			break
		}
	}
}
