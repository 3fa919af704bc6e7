package keyname

import (
	"bytes"
	"encoding/binary"
)

// NumSlots is the number of hash slots of a cluster.
const NumSlots = 16384

// crc16 is CRC-16/XMODEM (polynomial 0x1021, no reflection, start 0), which
// clusters hash keys with (redis crc16.c). Table i advances a byte that i more
// bytes follow, so that eight bytes take one step.
var crc16 = func() (t [8][256]uint16) {
	for i := range t[0] {
		c := uint16(i) << 8
		for range 8 {
			if c&0x8000 != 0 {
				c = c<<1 ^ 0x1021
			} else {
				c <<= 1
			}
		}
		t[0][i] = c
	}
	for k := 1; k < len(t); k++ {
		for i := range t[k] {
			p := t[k-1][i]
			t[k][i] = p<<8 ^ t[0][p>>8]
		}
	}
	return t
}()

// crc16Of goes by whole words, the last one at the end of b. What the first
// lacks are zeros in front: as the start is 0 they change nothing.
func crc16Of(b []byte) uint16 {
	first, rest := crc16Words(b)
	c := crc16Word(0, first<<(64-8*(len(b)-len(rest))))
	for ; len(rest) >= 8; rest = rest[8:] {
		c = crc16Word(c, binary.LittleEndian.Uint64(rest))
	}
	return c
}

// crc16Words returns the first eight bytes, or fewer, and what lies a number of
// whole words before the end. Both may hold the same bytes.
func crc16Words(b []byte) (first uint64, rest []byte) {
	if len(b) < 8 {
		return Word8(b), nil
	}
	return binary.LittleEndian.Uint64(b), b[len(b)%8:]
}

func crc16Word(c uint16, w uint64) uint16 {
	// All but the first two bytes need not wait for c.
	return crc16[5][byte(w>>16)] ^ crc16[4][byte(w>>24)] ^ crc16[3][byte(w>>32)] ^
		crc16[2][byte(w>>40)] ^ crc16[1][byte(w>>48)] ^ crc16[0][w>>56] ^
		(crc16[7][byte(w)^byte(c>>8)] ^ crc16[6][byte(w>>8)^byte(c)])
}

// SlotOfName returns the hash slot of a key: CRC16 of what stands between the
// first '{' and the first '}' after it, when that is not empty, otherwise of
// the whole key (redis cluster.c, keyHashSlot). whole is false when name is
// only the beginning of the key; the slot is then -1 unless the hash tag is
// within name.
func SlotOfName(name []byte, whole bool) int32 {
	slot, _ := SlotAndTag(name, whole)
	return slot
}

// SlotAndTag is SlotOfName with the key's hash tag, empty when it has none.
func SlotAndTag(name []byte, whole bool) (slot int32, tag []byte) {
	first, rest := crc16Words(name)
	if holds(first, '{') {
		return bracedSlot(name, whole)
	}
	// The words are those of crc16Of.
	c := crc16Word(0, first<<(64-8*(len(name)-len(rest))))
	for ; len(rest) >= 8; rest = rest[8:] {
		w := binary.LittleEndian.Uint64(rest)
		if holds(w, '{') {
			return bracedSlot(name, whole)
		}
		c = crc16Word(c, w)
	}
	if !whole {
		return -1, nil
	}
	return int32(c & (NumSlots - 1)), nil
}

// holds reports whether one of eight bytes is c, which is not 0.
func holds(w uint64, c byte) bool {
	x := w ^ uint64(c)*eachByte
	return (x-eachByte)&^x&topBits != 0
}

// bracedSlot is SlotAndTag for a key with a brace.
func bracedSlot(name []byte, whole bool) (slot int32, tag []byte) {
	i := bytes.IndexByte(name, '{')
	j := bytes.IndexByte(name[i+1:], '}')
	switch {
	case j > 0:
		tag = name[i+1 : i+1+j]
		return int32(crc16Of(tag) & (NumSlots - 1)), tag
	case !whole: // the tag may end, or another may not begin, beyond name
		return -1, nil
	}
	return int32(crc16Of(name) & (NumSlots - 1)), nil
}

// SlotOf returns the cluster slot of a key, 0 to 16383.
func SlotOf(key []byte) int32 { return SlotOfName(key, true) }
