package memory

import "github.com/rdblens/rdblens/parser"

// endString sizes a string: an integer in the object itself, a string in the
// object's block, or an sds of its own.
func (m *meter) endString(k *parser.Key, s *Size) {
	s.Payload, s.Longest = k.Len, k.Len
	facts := keyFactsOf(k)
	if k.IntClass != parser.NotInt {
		s.Encoding = EncodingInt
		o := m.sizes.plain(facts)
		if m.shared && k.Int >= 0 && k.Int < sharedIntegers {
			o.robj.alloc, o.robj.waste = 0, 0
		}
		m.chargeObject(&o)
		m.chargeKey(&o)
		return
	}
	o := m.sizes.string(facts, k.Len)
	m.chargeObject(&o)
	if o.inside {
		s.Encoding = EncodingEmbstr
	} else {
		s.Encoding = EncodingRaw
		m.charge("value sds", "sds.c sdsnewlen", m.sizes.sds(k.Len))
	}
	m.chargeKey(&o)
	if k.Is(parser.Compressed) {
		s.Compressed, s.CompressedResident = m.stringOf(facts, k.Stored)
	}
}

// sharedIntegers is OBJ_SHARED_INTEGERS.
const sharedIntegers = 10000

// stringOf returns what a string of n bytes that is no integer would cost.
func (m *meter) stringOf(k keyFacts, n int64) (counted, alloc int64) {
	o := m.sizes.string(k, n)
	c := o.total()
	if !o.inside {
		c.add(m.sizes.sds(n))
	}
	return c.counted, c.alloc
}
