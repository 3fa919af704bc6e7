package sketch

import (
	"crypto/sha256"
	"encoding/binary"
)

// Digest is what texts are compared by whose bytes are not kept: SHA-256, cut to
// 128 bits. It has no seed, so that sources can be compared, and needs none: nobody
// can make two texts that have one digest.
type Digest [2]uint64

// DigestOf returns the digest of a text.
func DigestOf(text []byte) Digest {
	sum := sha256.Sum256(text)
	return Digest{binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])}
}
