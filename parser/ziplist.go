package parser

import "encoding/binary"

// A ziplist (ziplist.c of Redis, RDB 2 to 9) is the listpack's ancestor. Here an
// entry begins with the length of the one before it:
//
//	+-----------+----------+-----------+---------+---------+-----+----+
//	| bytes u32 | tail u32 | count u16 | entry 0 | entry 1 | ... | FF |
//	+-----------+----------+-----------+---------+---------+-----+----+
//	 little-endian                      ^ byte 10
//
// bytes is the length of all, tail the offset of the last entry (10 when there is
// none), count 65535 when there are as many entries or more.
//
//	entry    +---------+----------+------+
//	         | prevlen | encoding | data |
//	         +---------+----------+------+
//
// prevlen is the length of the entry in front, 0 for the first: one byte, or FE and
// a u32. Five bytes may hold a small number, as an entry whose neighbour shrank is
// not written again. The encoding, whose own lengths are big-endian:
//
//	00xxxxxx                 text of x bytes, x < 64
//	01xxxxxx xxxxxxxx        text of x bytes, x < 16384
//	10______ u32             text of that many bytes, big-endian
//	C0 i16  D0 i32  E0 i64   integer, little-endian
//	F0 i24  FE i8            integer, little-endian
//	F1..FD                   integer 0..12, in the low four bits plus one
//	FF                       the end, no entry

// walkZiplist hands every entry to p; c stands at the first byte of the blob.
func walkZiplist(c *cursor, h *blobHead, p *packer) bool {
	const first = 10 // the offset of the first entry
	if !c.skip(first) {
		return false
	}
	prev, last := int64(0), int64(first) // length of the entry before, offset of the last one
	for {
		if !c.need(1) {
			return false
		}
		start := c.pos()
		if c.b[c.p] == 0xff {
			c.p++
			if h.tail != last {
				return c.corrupt("the last entry is at " + utoa(uint64(last)) + ", the header says " + utoa(uint64(h.tail)))
			}
			return true
		}
		last = start
		prevLen := int64(c.b[c.p])
		c.p++
		if prevLen == 0xfe {
			if !c.need(4) {
				return false
			}
			prevLen = int64(binary.LittleEndian.Uint32(c.b[c.p:]))
			c.p += 4
		}
		if prevLen != prev {
			return c.corrupt("the entry before has " + utoa(uint64(prev)) + " bytes, not " + utoa(uint64(prevLen)))
		}
		if !zlEntry(c, p) {
			return false
		}
		prev = c.pos() - start
	}
}

// zlEntry reads an entry behind its prevlen.
func zlEntry(c *cursor, p *packer) bool {
	if !c.need(1) {
		return false
	}
	x := c.b[c.p]
	switch {
	case x < 0x40: // a text with 6 bits of length
		c.p++
		return p.text(c, int64(x))
	case x < 0x80: // with 14
		if !c.need(2) {
			return false
		}
		n := int64(x&0x3f)<<8 | int64(c.b[c.p+1])
		c.p += 2
		return p.text(c, n)
	case x < 0xc0: // with 32
		if !c.need(5) {
			return false
		}
		n := int64(binary.BigEndian.Uint32(c.b[c.p+1:]))
		c.p += 5
		return p.text(c, n)
	case x > 0xf0 && x < 0xfe: // the integer itself
		c.p++
		return p.integer(c, int64(x&0x0f)-1)
	}
	w := 0 // bytes of the integer
	switch x {
	case 0xc0:
		w = 2
	case 0xd0:
		w = 4
	case 0xe0:
		w = 8
	case 0xf0:
		w = 3
	case 0xfe:
		w = 1
	default:
		return c.corrupt("unknown entry encoding " + hexByte(x))
	}
	if !c.need(1 + w) {
		return false
	}
	v := leInt(c.b[c.p+1:], w)
	c.p += 1 + w
	return p.integer(c, v)
}
