package keyname

import (
	"encoding/binary"
	"math/bits"
)

// CacheLinePad is put between what one goroutine writes and another uses, for they would
// take the cache line from each other each time: two lines of 64 bytes, which
// processors fetch in pairs.
type CacheLinePad [128]byte

// The hashes of this file find trie nodes and paths, under seeds of the process, and
// sort names into strata. Samples are ordered by those of a Hasher.

const (
	HashMul1 = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio
	HashMul2 = 0xda942042e4dd58b5
)

// Mix64 multiplies to 128 bits and folds the halves.
func Mix64(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// Word8 loads up to eight bytes as a little-endian number, len(b) <= 8.
func Word8(b []byte) uint64 {
	switch n := len(b); {
	case n == 8:
		return binary.LittleEndian.Uint64(b)
	case n >= 4:
		// Two loads that overlap; the bytes both hold are shifted out of one.
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))>>(64-8*n)<<32
	case n > 0:
		return uint64(b[0]) | uint64(b[n>>1])<<(8*(n>>1)) | uint64(b[n-1])<<(8*(n-1))
	}
	return 0
}

// WordAt loads the n <= 8 bytes of b at i like word8, mostly without a branch
// on n.
func WordAt(b []byte, i, n int) uint64 {
	switch {
	case i+8 <= len(b):
		return binary.LittleEndian.Uint64(b[i:]) & (1<<(8*n) - 1)
	case len(b) >= 8:
		w := binary.LittleEndian.Uint64(b[len(b)-8:]) >> (8 * (i + 8 - len(b)))
		return w & (1<<(8*n) - 1)
	}
	return Word8(b[i : i+n])
}

// HashBytes hashes b under a seed.
func HashBytes(seed uint64, b []byte) uint64 {
	h := seed ^ uint64(len(b))*HashMul2
	for len(b) > 8 {
		h = Mix64(h^binary.LittleEndian.Uint64(b), HashMul1) + HashMul2
		b = b[8:]
	}
	return Mix64(h^Word8(b), HashMul1)
}

// HeadOf returns the first eight bytes of a name as a number that orders as
// they do; shorter names are filled up with zeros.
func HeadOf(name []byte) uint64 {
	if len(name) >= 8 {
		return binary.BigEndian.Uint64(name)
	}
	return bits.ReverseBytes64(Word8(name))
}
