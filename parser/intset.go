package parser

// An intset (intset.c of Redis) is a sorted array of integers, all as wide as the
// widest needs:
//
//	+-----------+-----------+---------+---------+-----+
//	| width u32 | count u32 | value 0 | value 1 | ... |
//	+-----------+-----------+---------+---------+-----+
//	 2, 4 or 8               ^ byte 8   width bytes each, signed
//
// All of it is little-endian, the values ascend strictly, and there is no end mark:
// 8 + width * count bytes are the blob.

// walkIntset hands every integer to p; c stands at the first byte of the blob.
func walkIntset(c *cursor, h *blobHead, p *packer) bool {
	if !c.skip(int64(formats[FormatIntset].head)) {
		return false
	}
	w := int(h.width)
	var prev int64
	for i := int64(0); i < h.entries; i++ {
		if !c.need(w) {
			return false
		}
		v := leInt(c.b[c.p:], w)
		if i > 0 && v <= prev {
			return c.corrupt("the integers do not ascend")
		}
		prev = v
		c.p += w
		if !p.integer(c, v) {
			return false
		}
	}
	return true
}
