package aggregate

import (
	"encoding/binary"
	"math/bits"
)

// The hashes of this file order keys (examples, samples) and find trie nodes.
// Key hashes are part of summaries and must not change within a part format.

const (
	hashMul1 = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio
	hashMul2 = 0xda942042e4dd58b5
)

// fold multiplies to 128 bits and folds the halves.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// word8 loads up to eight bytes as a little-endian number, len(b) <= 8.
func word8(b []byte) uint64 {
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

// wordAt loads the n <= 8 bytes of b at i like word8, mostly without a branch
// on n.
func wordAt(b []byte, i, n int) uint64 {
	switch {
	case i+8 <= len(b):
		return binary.LittleEndian.Uint64(b[i:]) & (1<<(8*n) - 1)
	case len(b) >= 8:
		w := binary.LittleEndian.Uint64(b[len(b)-8:]) >> (8 * (i + 8 - len(b)))
		return w & (1<<(8*n) - 1)
	}
	return word8(b[i : i+n])
}

// hashBytes hashes b under a seed.
func hashBytes(seed uint64, b []byte) uint64 {
	h := seed ^ uint64(len(b))*hashMul2
	for len(b) > 8 {
		h = fold(h^binary.LittleEndian.Uint64(b), hashMul1) + hashMul2
		b = b[8:]
	}
	return fold(h^word8(b), hashMul1)
}

// hashKey hashes a key with its database. For a key longer than
// parser.MaxName rest is the hash of the whole name and length its length.
func hashKey(db int32, name []byte, length int64, rest uint64) uint64 {
	h := hashBytes(uint64(uint32(db))*hashMul1+hashMul2, name)
	if length != int64(len(name)) {
		h = fold(h^rest, hashMul2^uint64(length))
	}
	// One more round: the sample orders keys by all bits of the hash.
	return fold(h^hashMul2, hashMul1)
}
