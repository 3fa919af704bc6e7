package memory

import "github.com/rdblens/rdblens/parser"

// zsetState sums the skiplist nodes of a sorted set.
type zsetState struct {
	score    scoreForm
	member   bool // nodes hold the member, so their size depends on its length
	mean     fixed
	variance float64
	head     [rows]nodeSize // by member length
}

type nodeSize struct {
	mean     fixed
	variance float64
}

func (z *zsetState) init(m *meter) {
	z.score, z.member = m.line.score, m.line.memberInNode
	n := int64(1)
	if z.member {
		n = rows
	}
	for i := range n {
		z.head[i] = m.nodeSize(i)
	}
}

// nodeSize returns the expected size of the node of a member of n bytes.
func (m *meter) nodeSize(n int64) nodeSize {
	mean, variance := expectedNode(m.sizes.classes, skiplistNodeHead(m.line, m.sizes.stringSizes, n))
	return nodeSize{mean, variance}
}

func (z *zsetState) reset() { z.mean, z.variance = 0, 0 }

// wholeScores bounds scores without a fraction that integralScore takes in
// every form.
const wholeScores = 1<<52 - 1

func (m *meter) addZset(es []parser.Element) {
	z, t := &m.zset, &m.items
	for i := range es {
		e := &es[i]
		if e.Kind != parser.KindItem {
			continue
		}
		t.n++
		m.addString(e.Len, e.Int)
		if e.Flags&parser.FlagScore != 0 {
			v := e.Score()
			// Every line stores these as integers, of which a listpack needs no length.
			if i := int64(v); float64(i) == v && i != 0 && i > -wholeScores && i < wholeScores && t.packed.form == packListpack {
				t.packed.sum += listpackInt[parser.ClassOf(i)]
			} else {
				t.packed.add(scoreEntry(z.score, v))
			}
		} else {
			t.packed.add(e.ValueLen(), e.ValueInt)
		}
		if z.member {
			var s nodeSize
			if uint64(e.Len) < rows {
				s = z.head[e.Len]
			} else {
				s = m.nodeSize(e.Len)
			}
			z.mean += s.mean
			z.variance += s.variance
		}
	}
}

// endZset sizes a sorted set.
func (m *meter) endZset(k *parser.Key, s *Size) {
	n := m.countOf(k)
	o := m.object(k)
	m.chargeObject(&o)
	s.Longest = m.items.longest
	var f filling
	if blob := m.zsetBlob(k, n, &f); blob > 0 {
		s.Encoding = m.packedEncoding()
		m.chargePacked(m.packedName(), blob)
		s.Packed, s.PackedElements = blob, n
		s.Payload = max(0, blob-listpackOverhead-4*n)
	} else {
		s.Encoding = EncodingSkiplist
		m.chargeSkiplist(k, n, &f)
		s.Payload = m.items.payload + 8*n
		blob := k.Len
		if m.items.n > 0 && (k.Type != parser.TypeZsetListpack || m.line.pack != packListpack) {
			blob = m.items.packed.total()
		}
		m.compact(s, &o, blob, m.packedCost(blob))
	}
	if m.items.n > 0 {
		s.Payload = m.items.payload + 8*n // scores count as doubles
	}
	m.chargeKey(&o)
}

// zsetBlob returns the bytes of a sorted set that is packed after loading, or
// 0 and how its dict is filled.
func (m *meter) zsetBlob(k *parser.Key, n int64, f *filling) int64 {
	fits := n <= m.config.ZsetMaxListpackEntries
	switch {
	case k.Type == parser.TypeZsetZiplist && m.line.pack == packZiplist,
		k.Type == parser.TypeZsetListpack && m.line.pack == packListpack:
		if fits {
			return k.Len
		}
	case k.Type == parser.TypeZsetZiplist:
		if fits {
			return m.convertedBlob(k)
		}
	default:
		if k.Type == parser.TypeZsetListpack {
			m.inexact = true // this line cannot load it
		}
		if fits && m.items.longest <= m.config.ZsetMaxListpackValue {
			return m.items.packed.total()
		}
		if m.line.hashtable > 0 {
			f.expand(n)
		} else {
			f.expandLarge(n)
		}
		f.add(n)
		return 0
	}
	if !m.line.growBlobZset {
		f.expand(n)
	}
	f.add(n)
	return 0
}

// convertedBlob returns the bytes of a blob rebuilt from its entries; where
// they were not walked it keeps its size.
func (m *meter) convertedBlob(k *parser.Key) int64 {
	if m.items.n == 0 && k.Count != 0 {
		m.inexact = true
		return k.Len
	}
	return m.items.packed.total()
}

func (m *meter) chargeSkiplist(k *parser.Key, n int64, f *filling) {
	l := m.line
	if m.items.n == 0 && n > 0 {
		m.assume(n, max(0, k.Len-listpackOverhead-4*n)/2)
		if m.zset.member {
			s := m.nodeSize(m.items.payload / n)
			m.zset.mean, m.zset.variance = s.mean*fixed(n), float64(s.variance*float64(n))
		}
	}
	if !m.zset.member {
		s := m.zset.head[0]
		m.zset.mean, m.zset.variance = s.mean*fixed(n), float64(s.variance*float64(n))
	}
	zset := m.sizes.of(sizeofZset)
	m.charge("zset", "server.h struct zset", cost{sizeofZset, zset, zset - sizeofZset})
	list := m.sizes.of(l.zskiplist)
	c := cost{l.zskiplist, list, list - l.zskiplist}
	if l.tracked {
		c.counted = list
	}
	m.charge("zskiplist", "server.h struct zskiplist", c)
	if !l.headerInList {
		request := int64(24 + 16*skiplistMaxLevel)
		if l.memberInNode {
			request = 16 + 16*skiplistMaxLevel
		}
		a := m.sizes.of(request)
		m.charge("skiplist header", "t_zset.c zslCreate", cost{a, a, a - request})
	}
	slots := m.chargeTable(f, 0, false)
	before := m.bytes
	nodes := m.zset.mean.round()
	m.charge("skiplist nodes (expected)", "t_zset.c zslCreateNode", cost{counted: nodes, alloc: nodes})
	m.variance += m.zset.variance
	sum := nodes
	if !m.zset.member {
		m.charge("members", "sds.c sdsnewlen", m.items.strings)
		sum += m.items.strings.counted
	}
	entries := m.entryCost(n, l.zsetEntry, slots, l.bareAll)
	m.charge("dict entries", "dict.c dictEntryMemUsage", entries)
	sum += entries.counted
	m.noteBlocks(2 * n)
	if !l.tracked {
		m.average(before, sum, n)
	}
}
