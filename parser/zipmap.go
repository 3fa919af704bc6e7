package parser

import "encoding/binary"

// A zipmap (zipmap.c of Redis, hashes up to RDB 3) is fields with their values, in
// no order and not indexed:
//
//	+----------+--------+--------+-----+----+
//	| count u8 | pair 0 | pair 1 | ... | FF |
//	+----------+--------+--------+-----+----+
//	                                          count 254, 255: only walking tells
//
//	pair     +-----+-------+-----+----------+-------+-------+
//	         | len | field | len | spare u8 | value | spare |
//	         +-----+-------+-----+----------+-------+-------+
//
// spare is how many bytes behind the value are not used, because a shorter one
// took a longer one's place. len is one byte, or FE and a u32 (little-endian); FF
// in the place of a field's length is the end.

// walkZipmap hands every field and value to p, which counts a pair as one entry; c
// stands at the first byte of the blob.
func walkZipmap(c *cursor, p *packer) bool {
	if !c.skip(int64(formats[FormatZipmap].head)) {
		return false
	}
	pairs := &packer{sc: p.sc, arity: 2, deliver: p.deliver}
	for {
		n, end, ok := zmLength(c)
		if !ok {
			return false
		}
		if end {
			return true
		}
		if !pairs.text(c, n) {
			return false
		}
		n, end, ok = zmLength(c)
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

// zmLength reads a length, or says that the end mark stands in its place.
func zmLength(c *cursor) (n int64, end, ok bool) {
	if !c.need(1) {
		return 0, false, false
	}
	x := c.b[c.p]
	c.p++
	switch x {
	case 255:
		return 0, true, true
	case 254:
		if !c.need(4) {
			return 0, false, false
		}
		n = int64(binary.LittleEndian.Uint32(c.b[c.p:]))
		c.p += 4
		return n, false, true
	}
	return int64(x), false, true
}
