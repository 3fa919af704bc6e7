package parser

import (
	"encoding/binary"
	"math"
)

// CBOR (RFC 8949) as RedisJSON writes documents (encode in ijson's src/cbor.rs, of
// RedisJSON 8.8): an item is a head and what it announces.
//
//	head   major type (3 bits)  argument (5 bits, or 1, 2, 4 or 8 bytes behind)
//
//	0 1    integer, and -1 minus the argument
//	2 3    bytes and text of so many bytes
//	4 5    array and map of so many items, and pairs
//	6      a tag, an item follows: RFC 8746 typed arrays, and 0x10000 for bfloat16
//	7      20 false, 21 true, 22 null, 25..27 a float of 2, 4 or 8 bytes, 31 break

const (
	cborIndefinite = 31
	cborBreak      = 0xff
)

// readCBOR reads a document of CBOR.
func (d *documents) readCBOR(c *cursor) bool {
	t := &d.tree
	for {
		if t.depth > 0 {
			at := t.depth - 1
			if t.left[at] < 0 && c.need(1) && c.b[c.p] == cborBreak {
				c.p++
				t.left[at] = 0
			}
			if t.left[at] == 0 && !t.value[at] {
				t.depth--
				if !d.node(KindClose, 0, 0) {
					return false
				}
				if t.depth == 0 {
					return true
				}
				continue
			}
			if t.left[at] > 0 && !t.value[at] { // a value was counted with its name
				t.left[at]--
			}
			if t.object[at] && !t.value[at] {
				t.value[at] = true
				if !d.cborName(c) {
					return false
				}
				continue
			}
			t.value[at] = false
		}
		opened, ok := d.cborItem(c)
		if !ok {
			return false
		}
		if !opened && t.depth == 0 {
			return true
		}
	}
}

// cborHead reads the head of an item; indefinite says that a break ends it.
func cborHead(c *cursor) (major byte, argument uint64, indefinite, ok bool) {
	if !c.need(1) {
		return 0, 0, false, false
	}
	x := c.b[c.p]
	c.p++
	major = x >> 5
	switch low := x & 31; {
	case low < 24:
		return major, uint64(low), false, true
	case low <= 27:
		n := 1 << (low - 24)
		if !c.need(n) {
			return 0, 0, false, false
		}
		var b [8]byte
		copy(b[8-n:], c.b[c.p:c.p+n])
		c.p += n
		return major, binary.BigEndian.Uint64(b[:]), false, true
	case low == cborIndefinite && major >= 2 && major <= 5:
		return major, 0, true, true
	}
	return 0, 0, false, c.corrupt("CBOR has a head " + hexByte(x))
}

// cborName reads the name of a member.
func (d *documents) cborName(c *cursor) bool {
	major, n, indefinite, ok := cborHead(c)
	if !ok {
		return false
	}
	if major != 3 {
		return c.corrupt("CBOR has a name that is no text")
	}
	length, ok := cborText(c, major, n, indefinite)
	return ok && d.node(KindName, length, 0)
}

// cborText passes over the bytes of a text or byte string and returns how many.
func cborText(c *cursor, major byte, n uint64, indefinite bool) (int64, bool) {
	if !indefinite {
		if n > uint64(c.left()) {
			return 0, c.corrupt("CBOR has a string that reaches past its end")
		}
		return int64(n), c.skip(int64(n))
	}
	var total int64
	for {
		if !c.need(1) {
			return 0, false
		}
		if c.b[c.p] == cborBreak {
			c.p++
			return total, true
		}
		m, n, open, ok := cborHead(c)
		if !ok {
			return 0, false
		}
		if m != major || open || n > uint64(c.left()) {
			return 0, c.corrupt("CBOR has a string of pieces that are none")
		}
		if !c.skip(int64(n)) {
			return 0, false
		}
		total += int64(n)
	}
}

// cborItem reads an item that is no name; opened says that members follow.
func (d *documents) cborItem(c *cursor) (opened, ok bool) {
	if !c.need(1) {
		return false, false
	}
	if x := c.b[c.p]; x>>5 == 7 {
		c.p++
		return false, d.cborSimple(c, x)
	}
	major, n, indefinite, ok := cborHead(c)
	if !ok {
		return false, false
	}
	switch major {
	case 0:
		if !d.node(KindInteger, 0, int64(n)) {
			return false, false
		}
		if n > math.MaxInt64 {
			es := d.sc.batch.elements
			es[len(es)-1].Flags |= FlagUnsigned
		}
		return false, true
	case 1:
		if n > math.MaxInt64 {
			return false, c.corrupt("CBOR has an integer below 64 bits")
		}
		return false, d.node(KindInteger, 0, -1-int64(n))
	case 3:
		length, ok := cborText(c, major, n, indefinite)
		return false, ok && d.node(KindString, length, 0)
	case 4, 5:
		return d.cborOpen(c, major == 5, n, indefinite)
	case 6:
		m, length, open, ok := cborHead(c)
		if !ok {
			return false, false
		}
		if m != 2 {
			return false, c.corrupt("CBOR has a tag on what is no typed array")
		}
		size, ok := cborText(c, m, length, open)
		return false, ok && d.node(KindTyped, size, int64(n))
	}
	return false, c.corrupt("CBOR has bytes that are no typed array")
}

// cborOpen enters an array or a map.
func (d *documents) cborOpen(c *cursor, object bool, n uint64, indefinite bool) (opened, ok bool) {
	kind, left := KindArray, int64(min(n, math.MaxInt64))
	if object {
		kind = KindObject
	}
	// Every item takes a byte at least.
	if n > uint64(c.left()) {
		return false, c.corrupt("CBOR announces more members than it has bytes")
	}
	if indefinite {
		left = -1
	}
	if !d.tree.open(object, left) {
		return false, c.corrupt("CBOR is nested too deeply")
	}
	return true, d.node(kind, 0, left)
}

// cborSimple reads what is neither an integer nor a string nor a container, behind its
// first byte: false, true, null, and floats. What is no finite number is loaded as null.
func (d *documents) cborSimple(c *cursor, x byte) bool {
	var v float64
	switch x {
	case 0xf4, 0xf5, 0xf6:
		return d.node(KindAtom, 0, 0)
	case 0xf9:
		if !c.need(2) {
			return false
		}
		v = halfFloat(binary.BigEndian.Uint16(c.b[c.p:]))
		c.p += 2
	case 0xfa:
		if !c.need(4) {
			return false
		}
		v = float64(math.Float32frombits(binary.BigEndian.Uint32(c.b[c.p:])))
		c.p += 4
	case 0xfb:
		if !c.need(8) {
			return false
		}
		v = math.Float64frombits(binary.BigEndian.Uint64(c.b[c.p:]))
		c.p += 8
	default:
		return c.corrupt("CBOR has a simple value " + hexByte(x))
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return d.node(KindAtom, 0, 0)
	}
	return d.node(KindFloat, 0, int64(math.Float64bits(v)))
}

// halfFloat returns an IEEE 754 float of two bytes.
func halfFloat(b uint16) float64 {
	exponent, fraction := int(b>>10&31), float64(b&1023)
	var v float64
	switch exponent {
	case 0:
		v = math.Ldexp(fraction, -24)
	case 31:
		v = math.Inf(1)
		if fraction != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(1024+fraction, exponent-25)
	}
	if b>>15 != 0 {
		v = -v
	}
	return v
}
