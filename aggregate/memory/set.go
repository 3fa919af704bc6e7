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
	all      bool  // every member is an integer
	estimate int64 // bytes reserved when the intset became a listpack
	index    int64 // member that made it a table
}

func (s *setState) reset() {
	*s = setState{encoding: EncodingIntset, all: true, min: math.MaxInt64, max: math.MinInt64}
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
		if s.encoding == EncodingHashtable {
			if s.all {
				m.noteInt(e)
			}
			continue
		}
		if s.encoding == EncodingIntset {
			if e.Int != parser.NotInt {
				s.leading++
				m.noteInt(e)
				continue
			}
			s.all = false
			if m.line.setListpack && before < m.config.SetMaxListpackEntries && t.longest <= m.config.SetMaxListpackValue {
				s.encoding = EncodingListpack
				s.estimate = reservedListpack(s.leading, s.min, s.max)
				continue
			}
		} else if before < m.config.SetMaxListpackEntries && e.Len <= m.config.SetMaxListpackValue {
			continue
		}
		s.encoding, s.index = EncodingHashtable, before
	}
}

// noteInt widens the range of a set that has only integers so far.
func (m *meter) noteInt(e *parser.Element) {
	s := &m.set
	if e.Int == parser.NotInt {
		s.all = false
		return
	}
	s.min, s.max = min(s.min, e.Aux), max(s.max, e.Aux)
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
	o := m.sizes.plain(keyFactsOf(k))
	m.chargeObject(&o)
	s.Longest = m.items.longest
	var f filling
	switch encoding, blob := m.setEncoding(k, n, &f); encoding {
	case EncodingIntset:
		s.Encoding = encoding
		m.chargePacked("intset", blob)
		s.Payload = blob - intsetOverhead
	case EncodingListpack:
		s.Encoding = encoding
		c := m.packedCost(blob)
		if reserved := m.set.estimate; k.Type != parser.TypeSetListpack && reserved > blob {
			// The block keeps the size it was made with; counted is the
			// blob where sizes are tracked.
			c.alloc = m.sizes.of(reserved)
			c.waste = c.alloc - blob
			if m.line.roundPacked {
				c.counted = c.alloc
			}
		}
		m.charge("listpack", srcComputeSize, c)
		s.Payload = max(0, blob-listpackOverhead-2*n)
	default:
		s.Encoding = EncodingHashtable
		m.chargeSetTable(k, n, &f)
		if m.items.n > 0 && m.set.all {
			m.compact(s, &o, intsetOverhead+n*intsetWidth(m.set.min, m.set.max), cost{})
		} else if m.items.n > 0 && m.line.setListpack {
			m.compact(s, &o, m.items.packed.total(), cost{})
		} else if k.Type == parser.TypeSetIntset {
			m.compact(s, &o, k.Len, cost{})
		}
	}
	if m.items.n > 0 {
		s.Payload = m.items.payload
	}
	m.chargeKey(&o)
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

func (m *meter) chargeSetTable(k *parser.Key, n int64, f *filling) {
	if m.items.n == 0 && n > 0 {
		m.assume(n, max(0, k.Len-listpackOverhead-2*n))
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
