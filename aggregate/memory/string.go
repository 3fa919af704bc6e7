package memory

import "github.com/rdblens/rdblens/parser"

// endString sizes a string: an integer in the object itself, a string in the
// object's block, or an sds of its own.
func (m *meter) endString(k *parser.Key, s *Size) {
	s.Payload, s.Longest = k.Len, k.Len
	facts := keyFactsOf(k)
	switch {
	case k.IntClass != parser.NotInt:
		s.Encoding = EncodingInt
		m.chargeInteger(&facts, k.Int)
		return
	case m.explain:
		s.Encoding = m.explainString(&facts, k.Len)
	default:
		c, inside := m.stringCost(&facts, k.Len)
		m.bytes, m.alloc, m.waste = c.counted, c.alloc, c.waste
		s.Encoding = stringEncoding(inside)
	}
	if k.Is(parser.Compressed) {
		c, _ := m.stringCost(&facts, k.Stored)
		s.Compressed, s.CompressedResident = c.counted, c.alloc
	}
}

// quickString is endString for a name that the tables hold, where nothing is to
// be explained and blocks have the size of their class: m's sums stay as they are.
func (m *meter) quickString(k *parser.Key, s *Size) {
	facts := keyFacts{name: k.NameLen, expires: k.Flags&parser.HasExpiry != 0}
	s.Payload, s.Longest = k.Len+k.NameLen, k.Len
	s.Exact = true
	if k.IntClass != parser.NotInt {
		r := m.tops.plainRow(&facts)
		s.Encoding = EncodingInt
		s.Bytes, s.Resident, s.Waste = int64(r.counted), int64(r.alloc), int64(r.waste)
		if m.shared && k.Int >= 0 && k.Int < sharedIntegers {
			s.Resident -= m.tops.robj
			s.Waste -= m.tops.robj - sizeofRobj
		}
		return
	}
	if n := uint64(k.Len); n < rows && m.line.embed == embed44 {
		top, value := m.tops.plainRow(&facts), &m.rows.value[n]
		s.Encoding = EncodingRaw
		if n < uint64(len(m.tops.embstr)) {
			top, value = &m.tops.named[facts.name], &m.tops.embstr[n]
			s.Encoding = EncodingEmbstr
		}
		s.Bytes = int64(top.counted) + int64(value.counted)
		s.Resident = int64(top.alloc) + int64(value.alloc)
		s.Waste = int64(top.waste) + int64(value.waste)
	} else {
		c, inside := m.stringCost(&facts, k.Len)
		s.Bytes, s.Resident, s.Waste = c.counted, c.alloc, c.waste
		s.Encoding = stringEncoding(inside)
	}
	if k.Flags&parser.Compressed != 0 {
		c, _ := m.stringCost(&facts, k.Stored)
		s.Compressed, s.CompressedResident = c.counted, c.alloc
	}
}

func stringEncoding(inside bool) Encoding {
	if inside {
		return EncodingEmbstr
	}
	return EncodingRaw
}

func (m *meter) chargeInteger(k *keyFacts, v int64) {
	shared := m.shared && v >= 0 && v < sharedIntegers
	if !m.explain && k.metas == 0 && uint64(k.name) < names {
		r := m.tops.plainRow(k)
		m.bytes, m.alloc, m.waste = int64(r.counted), int64(r.alloc), int64(r.waste)
		if shared {
			m.alloc -= m.tops.robj
			m.waste -= m.tops.robj - sizeofRobj
		}
		return
	}
	o := m.sizes.plain(*k)
	if shared {
		o.robj.alloc, o.robj.waste = 0, 0
	}
	m.chargeObject(&o)
	m.chargeKey(&o)
}

// explainString charges a string of n bytes term by term.
func (m *meter) explainString(k *keyFacts, n int64) Encoding {
	o := m.sizes.string(*k, n)
	m.chargeObject(&o)
	if !o.inside {
		m.charge("value sds", "sds.c sdsnewlen", m.sizes.sds(n))
	}
	m.chargeKey(&o)
	return stringEncoding(o.inside)
}

// stringCost returns what a string of n bytes that is no integer costs with
// its key, and whether it is inside the object's block. Common lengths come
// from tables.
func (m *meter) stringCost(k *keyFacts, n int64) (c cost, inside bool) {
	t := &m.sizes
	if uint64(k.name) < names && k.metas == 0 {
		switch {
		case uint64(n) >= rows: // too long for any block
			c = t.sds(n)
			r := m.tops.plainRow(k)
			c.add(cost{int64(r.counted), int64(r.alloc), int64(r.waste)})
			return c, false
		case t.line.embed == embed44:
			if n < int64(len(m.tops.embstr)) {
				return m.tops.named[k.name].plus(&m.tops.embstr[n]), true
			}
			return m.tops.plainRow(k).plus(&m.rows.value[n]), false
		case !t.embeds(*k, n):
			// Without an expiry it does not fit either.
			if !k.expires || !t.embeds(keyFacts{name: k.name}, n) {
				return m.tops.plainRow(k).plus(&m.rows.value[n]), false
			}
		case !k.expires || t.line.family != "valkey":
			request := t.stringRequest(*k, n)
			a := t.of(request)
			return cost{a, a, a - request}, true
		}
	}
	o := t.string(*k, n)
	c = o.total()
	if !o.inside {
		c.add(t.sds(n))
	}
	return c, o.inside
}

// sharedIntegers is OBJ_SHARED_INTEGERS.
const sharedIntegers = 10000
