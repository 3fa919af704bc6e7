package memory

import (
	"math"

	"github.com/rdblens/rdblens/parser"
)

// setState follows what the loader makes of a set while its members arrive
// (rdb.c rdbLoadObject, RDB_TYPE_SET): an intset until the first member that
// is no integer, then a listpack (7.2) until a limit is passed, then a table.
type setState struct {
	encoding Encoding
	leading  int64 // integers before the first other member
	min, max int64 // of those integers
}

func (s *setState) reset() {
	*s = setState{encoding: EncodingIntset, min: math.MaxInt64, max: math.MinInt64}
}

func (m *meter) addSet(es []parser.Element) {
	s, t := &m.set, &m.items
	for i := range es {
		e := &es[i]
		if e.Kind != parser.KindItem {
			continue
		}
		before := t.n
		t.n++
		m.addString(e.Len, e.Int)
		switch s.encoding {
		case EncodingIntset:
			if e.Int != parser.NotInt {
				s.leading++
				s.min, s.max = min(s.min, e.Integer()), max(s.max, e.Integer())
				continue
			}
			if m.line.setListpack && before < m.config.SetMaxListpackEntries && t.longest <= m.config.SetMaxListpackValue {
				s.encoding = EncodingListpack
				continue
			}
		case EncodingListpack:
			if before < m.config.SetMaxListpackEntries && e.Len <= m.config.SetMaxListpackValue {
				continue
			}
		}
		s.encoding = EncodingHashtable
	}
}

// reservedListpack returns the bytes a listpack is made with when an intset of
// n integers is turned into it (t_set.c setTypeConvertAndExpand, listpack.c
// lpEstimateBytesRepeatedInteger).
func reservedListpack(n, lowest, highest int64) int64 {
	if n == 0 {
		return 0
	}
	return listpackOverhead + n*max(listpackInt[parser.ClassOf(lowest)], listpackInt[parser.ClassOf(highest)])
}

// endSet sizes a set.
func (m *meter) endSet(k *parser.Key, s *Size) {
	n := m.countOf(k)
	o := m.object(k)
	m.chargeObject(&o)
	s.Longest = m.items.longest
	var f filling
	switch encoding, blob := m.setEncoding(k, n, &f); encoding {
	case EncodingIntset:
		s.Encoding = encoding
		m.chargePacked("intset", blob)
		s.Packed, s.PackedElements = blob, n
		s.Payload = blob - intsetOverhead
	case EncodingListpack:
		s.Encoding = encoding
		m.charge("listpack", m.line.source, m.setListpackCost(k, blob))
		s.Packed, s.PackedElements = blob, n
		s.Payload = max(0, blob-listpackOverhead-2*n)
	default:
		s.Encoding = EncodingHashtable
		m.chargeSetTable(k, n, &f)
		s.Payload = m.items.payload
		m.compactSet(k, n, &o, s)
	}
	if m.items.n > 0 {
		s.Payload = m.items.payload
	}
	m.chargeKey(&o)
}

// setListpackCost returns the cost of a set's listpack of n bytes. One that was
// an intset first keeps the block it was made with; its length is what counts
// where sizes are tracked.
func (m *meter) setListpackCost(k *parser.Key, n int64) cost {
	c := m.packedCost(n)
	if k.Type == parser.TypeSetListpack {
		return c
	}
	if reserved := reservedListpack(m.set.leading, m.set.min, m.set.max); reserved > n {
		c.alloc = m.sizes.of(reserved)
		c.waste = c.alloc - n
		if m.line.roundPacked {
			c.counted = c.alloc
		}
	}
	return c
}

// compactSet fills in what a set that is a table would cost packed: as an
// intset when it has integers only, else, from 7.2, as a listpack.
func (m *meter) compactSet(k *parser.Key, n int64, o *object, s *Size) {
	switch {
	case k.Type == parser.TypeSetIntset, k.Type == parser.TypeSetListpack && m.line.setListpack:
		m.compact(s, o, k.Len, m.packedCost(k.Len))
	case m.items.n == 0:
	case m.set.leading == n:
		blob := intsetOverhead + n*intsetWidth(m.set.min, m.set.max)
		m.compact(s, o, blob, m.packedCost(blob))
	case m.line.setListpack:
		blob := m.items.packed.total()
		m.compact(s, o, blob, m.setListpackCost(k, blob))
	}
}

// setEncoding returns what a set is after loading: the bytes of its blob, or
// how its table is filled.
func (m *meter) setEncoding(k *parser.Key, n int64, f *filling) (e Encoding, blob int64) {
	limit := min(m.config.SetMaxIntsetEntries, 1<<30)
	switch {
	case k.Type == parser.TypeSetIntset:
		if n <= limit {
			return EncodingIntset, k.Len
		}
		f.expand(n)
		f.add(n)
		return EncodingHashtable, 0
	case k.Type == parser.TypeSetListpack && m.line.setListpack:
		if n <= m.config.SetMaxListpackEntries {
			return EncodingListpack, k.Len
		}
		f.expand(n)
		f.add(n)
		return EncodingHashtable, 0
	}
	if k.Type == parser.TypeSetListpack {
		m.inexact = true // this line cannot load it
	}
	switch {
	case n > limit:
		if m.line.hashtable > 0 {
			f.expand(n)
		} else {
			f.expandLarge(n)
		}
		f.add(n)
	case m.set.encoding == EncodingIntset && (m.items.n > 0 || n == 0):
		return EncodingIntset, intsetOverhead + n*intsetWidth(m.set.min, m.set.max)
	case m.set.encoding == EncodingListpack:
		return EncodingListpack, m.items.packed.total()
	case m.line.convertSmall:
		// t_set.c setTypeConvert expands to the intset's length; then
		// rdb.c expands to the set's.
		f.expand(m.set.leading)
		f.add(m.set.leading)
		f.expand(n)
		f.add(n - m.set.leading)
	default:
		f.expand(n)
		f.add(n)
	}
	return EncodingHashtable, 0
}

// setPayload estimates the bytes of n members from the blob that holds them.
func setPayload(k *parser.Key, n int64) int64 {
	if k.Type != parser.TypeSetIntset {
		return max(0, k.Len-listpackOverhead-2*n)
	}
	switch width := (k.Len - intsetOverhead) / max(n, 1); {
	case width <= 2:
		return 5 * n
	case width <= 4:
		return 10 * n
	default:
		return 19 * n
	}
}

func (m *meter) chargeSetTable(k *parser.Key, n int64, f *filling) {
	if m.items.n == 0 && n > 0 {
		m.assume(n, setPayload(k, n))
	}
	slots := m.chargeTable(f, m.line.dictMeta, false)
	before := m.bytes
	members := m.items.strings
	m.charge("members", "sds.c sdsnewlen", members)
	entries := m.entryCost(n, sizeofDictEntry, slots, m.line.bareSet)
	m.charge("dict entries", "dict.c dictEntryMemUsage", entries)
	m.noteBlocks(2 * n)
	if !m.line.tracked {
		m.average(before, members.counted+entries.counted, n)
	}
}

// noteBlocks adds the uncertainty of n blocks under glibc.
func (m *meter) noteBlocks(n int64) {
	if m.sizes.quantum == 0 {
		m.variance += float64(glibcSlackVariance * float64(n))
	}
}
