package parser

import "encoding/binary"

// A listpack (listpack.c of Redis, since RDB 10) is one allocation that can be
// walked both ways. Its length and the number of its entries stand in front, every
// entry ends with its own length, and FF ends the whole:
//
//	+-----------+-----------+---------+---------+-----+----+
//	| total u32 | count u16 | entry 0 | entry 1 | ... | FF |
//	+-----------+-----------+---------+---------+-----+----+
//	 little-endian           ^ byte 6                   total counts all, FF too
//
// count is 65535 when there are as many entries or more: then only walking tells.
//
//	entry    +----------+------+---------+
//	         | encoding | data | backlen |
//	         +----------+------+---------+
//	         |<---- size ---->|  which the backlen holds
//
// The encoding's first byte says what the data is. Lengths and integers in the
// encoding's own bits are big-endian, all others little-endian:
//
//	0xxxxxxx                 integer 0..127, no data
//	10xxxxxx                 text of x bytes, x < 64
//	110xxxxx xxxxxxxx        integer of 13 bits, signed
//	1110xxxx xxxxxxxx        text of x bytes, x < 4096
//	F0 u32                   text of that many bytes
//	F1 i16  F2 i24  F3 i32  F4 i64   integer
//	F5..FE                   nothing a server writes
//	FF                       the end, no entry

// walkListpack hands every entry to p; c stands at the first byte of the blob.
func walkListpack(c *cursor, p *packer) bool {
	if !c.skip(int64(formats[FormatListpack].head)) {
		return false
	}
	for {
		if !c.need(1) {
			return false
		}
		x := c.b[c.p]
		if x == 0xff {
			c.p++
			return true
		}
		size, ok := lpEntry(c, p, x)
		if !ok {
			return false
		}
		if !lpBacklen(c, size) {
			return false
		}
	}
}

// lpEntry reads an entry's encoding, whose first byte is x, and its data. It
// returns how many bytes they take, which is what the backlen must say.
func lpEntry(c *cursor, p *packer, x byte) (int64, bool) {
	switch {
	case x < 0x80: // the integer itself
		c.p++
		return 1, p.integer(c, int64(x))
	case x < 0xc0: // a short text
		c.p++
		n := int64(x & 0x3f)
		return 1 + n, p.text(c, n)
	case x < 0xe0: // an integer of 13 bits, the highest of which is its sign
		if !c.need(2) {
			return 0, false
		}
		v := int64(x&0x1f)<<8 | int64(c.b[c.p+1])
		if v >= 1<<12 {
			v -= 1 << 13
		}
		c.p += 2
		return 2, p.integer(c, v)
	case x < 0xf0: // a text with 12 bits of length
		if !c.need(2) {
			return 0, false
		}
		n := int64(x&0x0f)<<8 | int64(c.b[c.p+1])
		c.p += 2
		return 2 + n, p.text(c, n)
	case x == 0xf0: // a text with 32
		if !c.need(5) {
			return 0, false
		}
		n := int64(binary.LittleEndian.Uint32(c.b[c.p+1:]))
		c.p += 5
		return 5 + n, p.text(c, n)
	case x <= 0xf4: // an integer in bytes of its own
		w := [...]int{2, 3, 4, 8}[x-0xf1]
		if !c.need(1 + w) {
			return 0, false
		}
		v := leInt(c.b[c.p+1:], w)
		c.p += 1 + w
		return int64(1 + w), p.integer(c, v)
	}
	return 0, c.corrupt("unknown entry encoding " + hexByte(x))
}

// backlenSize is how many bytes the backlen of an entry of this size takes: groups
// of seven bits. The largest value of two and more groups takes a group more than
// it needs, because lpEncodeBacklen (listpack.c) compares with < and not <=.
func backlenSize(size int64) int {
	switch {
	case size <= 127:
		return 1
	case size < 16383:
		return 2
	case size < 2097151:
		return 3
	case size < 268435455:
		return 4
	}
	return 5
}

// lpBacklen reads the backlen of an entry of the given size and holds it against
// that. The server reads it from the last byte backwards, so bit 7 says that a
// group stands in front, not behind:
//
//	size 200 = 1<<7 | 72     00000001 11001000
//	                         ^ first   ^ bit 7: go on to the left
func lpBacklen(c *cursor, size int64) bool {
	n := backlenSize(size)
	if !c.need(n) {
		return false
	}
	var v int64
	for i, x := range c.b[c.p : c.p+n] {
		if (i == 0) == (x&0x80 != 0) {
			return c.corrupt("an entry's back length is malformed")
		}
		v = v<<7 | int64(x&0x7f)
	}
	if v != size {
		return c.corrupt("an entry of " + utoa(uint64(size)) + " bytes has the back length " + utoa(uint64(v)))
	}
	c.p += n
	return true
}
