package keyname

import (
	"math/rand/v2"
)

// pathHash sums up a path.
type pathHash struct {
	Seed, mul uint64
	Sum       uint64
}

func newPathHash() pathHash { return pathHash{Seed: rand.Uint64(), mul: rand.Uint64() | 1} }

// step adds an edge; head is the first eight bytes of a literal.
func (h *pathHash) step(sep byte, c Class, n int, head uint64) {
	h.Sum = Mix64(h.Sum^head, h.mul^(uint64(sep)|uint64(c)<<8|uint64(n)<<16)<<1)
}

// edges adds edges of a key.
func (h *pathHash) edges(key []byte, edges []Edge) {
	for i := range edges {
		e := &edges[i]
		if e.Cls != ClassLiteral {
			h.step(e.Sep, e.Cls, 0, 0)
			continue
		}
		h.step(e.Sep, e.Cls, int(e.N), WordAt(key, int(e.Off), int(min(e.N, 8))))
		if e.N > 8 {
			h.Sum = HashBytes(h.Sum, key[e.Off+8:e.Off+e.N])
		}
	}
}

// Bits of eight bytes of ASCII taken at once.
const (
	eachByte = 0x0101010101010101
	topBits  = 0x80 * eachByte
)

// lowerBytes and digitBytes return the top bit of each byte of w that is a small
// letter or a digit; w has no top bits set.
func lowerBytes(w uint64) uint64 {
	return (w + (0x80-'a')*eachByte) &^ (w + (0x7f-'z')*eachByte) & topBits
}

func digitBytes(w uint64) uint64 {
	return (w + (0x80-'0')*eachByte) &^ (w + (0x7f-'9')*eachByte) & topBits
}
