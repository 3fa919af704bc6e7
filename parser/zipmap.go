package parser

import "encoding/binary"

// A zipmap (zipmap.c of Redis, hashes up to RDB 3) is fields with their values, in
// no order and not indexed:
//
//	+----------+--------+--------+-----+----+
//	| count u8 | pair 0 | pair 1 | ... | FF |
//	+----------+--------+--------+-----+----+
//	                                          count 254: only walking tells
//
//	pair     +-----+-------+-----+----------+-------+-------+
//	         | len | field | len | spare u8 | value | spare |
//	         +-----+-------+-----+----------+-------+-------+
//
// spare is how many bytes behind the value are not used, because a shorter one
// took a longer one's place. len is one byte, or FE and a u32 (little-endian) from 254
// on; FF in the place of a field's length is the end.
//
// Two things are read, and are defects. A shorter length behind FE: servers took the
// four bytes for text, until zipmapValidateIntegrity began to refuse it
// (CVE-2026-25243). A count of 255: zipmapSet never wrote one, and that function
// refuses it since 6.2; earlier servers count the pairs, as for 254.

// walkZipmap hands every field and value to p, which counts a pair as one entry; c
// stands at the first byte of the blob.
func walkZipmap(c *cursor, p *packer) bool {
	if !c.need(1) {
		return false
	}
	if c.b[c.p] == zmEnd {
		p.defect(WarnCountLie, c.at, "a zipmap says it has 255 pairs, which stands for no count")
	}
	c.p++
	pairs := &packer{sc: p.sc, arity: 2, deliver: p.deliver, quiet: p.quiet}
	for {
		n, end, ok := pairs.zmLength(c)
		if !ok {
			return false
		}
		if end {
			return true
		}
		if !pairs.text(c, n) {
			return false
		}
		n, end, ok = pairs.zmLength(c)
		if !ok {
			return false
		}
		if end {
			return c.corrupt("a field without a value")
		}
		if !c.need(1) {
			return false
		}
		spare := int64(c.b[c.p])
		c.p++
		if !pairs.text(c, n) || !c.skip(spare) {
			return false
		}
		p.entries++
	}
}

const (
	zmBig = 254 // ZIPMAP_BIGLEN: the length is in four bytes behind it
	zmEnd = 255 // ZIPMAP_END
)

// zmLength reads a length, or says that the end mark stands in its place.
func (p *packer) zmLength(c *cursor) (n int64, end, ok bool) {
	if !c.need(1) {
		return 0, false, false
	}
	x := c.b[c.p]
	c.p++
	switch x {
	case zmEnd:
		return 0, true, true
	case zmBig:
		if !c.need(4) {
			return 0, false, false
		}
		n = int64(binary.LittleEndian.Uint32(c.b[c.p:]))
		c.p += 4
		if n < zmBig {
			p.defect(WarnLongLength, c.at+c.pos(), "a zipmap's length of "+utoa(uint64(n))+" takes five bytes, not one")
		}
		return n, false, true
	}
	return int64(x), false, true
}
