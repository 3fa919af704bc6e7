package keyname

import (
	"encoding/binary"
	"math/bits"
)

const (
	// WholeHash is up to how many stored bytes a value is ordered by the hash of
	// all. More would be read of every string for the few that are sampled.
	WholeHash = 64
)

// mix combines a word with a hash. A product alone would lose one factor where
// the other is 0.
func mix(h, x, y uint64) uint64 {
	x, y = x^HashMul1, y^h
	return (Mix64(x, y) + x) ^ bits.RotateLeft64(y, 32) + HashMul2
}

// HashPlaces hashes the length of a value of more than WholeHash stored bytes,
// and some bytes at its ends and in its middle.
func HashPlaces(length int64, stored []byte) uint64 {
	n := len(stored)
	h := uint64(length)*HashMul2 ^ uint64(n)
	if n < 32 {
		return Mix64(HashBytes(h, stored)^HashMul2, HashMul1)
	}
	at := func(i int) uint64 { return binary.LittleEndian.Uint64(stored[i:]) }
	h = mix(h, at(0), at(n-8))
	h = mix(h, at(8), at(n-16))
	h = mix(h, at(n/2), 0)
	return Mix64(h^HashMul2, HashMul1)
}

// HashStored hashes all that is stored of a value with its length, twice; the
// second hash is never 0.
func HashStored(length int64, stored []byte) (first, second uint64) {
	a, b := uint64(length)*HashMul1+HashMul2, uint64(len(stored))*HashMul2+HashMul1
	for len(stored) >= 32 {
		a = mix(a, binary.LittleEndian.Uint64(stored), binary.LittleEndian.Uint64(stored[8:]))
		b = mix(b, binary.LittleEndian.Uint64(stored[16:]), binary.LittleEndian.Uint64(stored[24:]))
		stored = stored[32:]
	}
	h := HashBytes(mix(a, b, HashMul2), stored)
	return Mix64(h^HashMul2, HashMul1), max(1, HashBytes(mix(b, HashMul1, a), stored))
}
