package aggregate

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// slots is the number of hash slots of a cluster.
const slots = 16384

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

func crc16Of(b []byte) uint16 {
	var c uint16
	for len(b) >= 8 {
		c = crc16Word(c, binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	return crc16Rest(c, b)
}

func crc16Word(c uint16, w uint64) uint16 {
	w ^= uint64(bits.ReverseBytes16(c))
	return crc16[7][byte(w)] ^ crc16[6][byte(w>>8)] ^ crc16[5][byte(w>>16)] ^ crc16[4][byte(w>>24)] ^
		crc16[3][byte(w>>32)] ^ crc16[2][byte(w>>40)] ^ crc16[1][byte(w>>48)] ^ crc16[0][w>>56]
}

// crc16Rest adds fewer than eight bytes.
func crc16Rest(c uint16, b []byte) uint16 {
	if len(b) >= 4 {
		c = crc16[3][b[0]^byte(c>>8)] ^ crc16[2][b[1]^byte(c)] ^ crc16[1][b[2]] ^ crc16[0][b[3]]
		b = b[4:]
	}
	for _, x := range b {
		c = c<<8 ^ crc16[0][byte(c>>8)^x]
	}
	return c
}

// slotOf returns the hash slot of a key: CRC16 of what stands between the
// first '{' and the first '}' after it, when that is not empty, otherwise of
// the whole key (redis cluster.c, keyHashSlot). whole is false when name is
// only the beginning of the key; the slot is then -1 unless the hash tag is
// within name.
func slotOf(name []byte, whole bool) int32 {
	var c uint16
	b := name
	for len(b) >= 8 {
		w := binary.LittleEndian.Uint64(b)
		if holds(w, '{') {
			return taggedSlot(name, whole)
		}
		c = crc16Word(c, w)
		b = b[8:]
	}
	if len(b) > 0 && holds(word8(b), '{') {
		return taggedSlot(name, whole)
	}
	if !whole {
		return -1
	}
	return int32(crc16Rest(c, b) & (slots - 1))
}

// holds reports whether one of eight bytes is c, which is not 0.
func holds(w uint64, c byte) bool {
	x := w ^ uint64(c)*eachByte
	return (x-eachByte)&^x&topBits != 0
}

// taggedSlot is slotOf for a key with a brace.
func taggedSlot(name []byte, whole bool) int32 {
	i := bytes.IndexByte(name, '{')
	j := bytes.IndexByte(name[i+1:], '}')
	switch {
	case j > 0:
		return int32(crc16Of(name[i+1:i+1+j]) & (slots - 1))
	case !whole: // the tag may end, or another may not begin, beyond name
		return -1
	}
	return int32(crc16Of(name) & (slots - 1))
}

// slotCounter counts keys and bytes by slot. Most keys take eight bytes of a
// table that is half as large as one of tallies: the cache holds it.
type slotCounter struct {
	small []uint64 // keys in the upper smallKeys bits, bytes below
	large []tally  // what was moved out of small
}

const (
	smallKeys  = 20
	smallBytes = 64 - smallKeys
)

func newSlotCounter() slotCounter {
	return slotCounter{make([]uint64, slots), make([]tally, slots)}
}

func (c *slotCounter) add(slot int32, bytes int64) {
	if uint64(bytes) >= 1<<(smallBytes-1) {
		c.large[slot].add(bytes)
		return
	}
	v := c.small[slot] + 1<<smallBytes + uint64(bytes)
	// Either half may have filled its upper bit: room for one more is left.
	if v&(1<<63|1<<(smallBytes-1)) != 0 {
		c.large[slot].merge(smallTally(v))
		v = 0
	}
	c.small[slot] = v
}

func smallTally(v uint64) tally {
	return tally{int64(v >> smallBytes), int64(v & (1<<smallBytes - 1))}
}

// sums returns the counts; it moves all of them to large.
func (c *slotCounter) sums() []tally {
	for i, v := range c.small {
		c.large[i].merge(smallTally(v))
		c.small[i] = 0
	}
	return c.large
}
