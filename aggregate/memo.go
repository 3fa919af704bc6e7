package aggregate

import "math/rand/v2"

// Most keys have a pattern that was seen a moment ago. While a key is split its
// path (separators, classes, literals) is hashed, and a small table leads from
// the hash to the entry without a step through the trie for each token.

// memoSize is the number of places of the table, a power of two.
const memoSize = 1 << 12

// memo remembers where paths lead. A path is known by 64 bits under random
// seeds: that two of them collide is as unlikely as a memory error.
type memo struct {
	places  []memoPlace
	version uint32 // of the trie the places lead into
}

type memoPlace struct {
	path  uint64
	entry *entry
}

func newMemo() memo { return memo{places: make([]memoPlace, memoSize)} }

// at returns the place of a path with a type. A trie that was rearranged since
// empties the table: entries may have moved.
func (m *memo) at(path uint64, typ uint8, t *trie) *memoPlace {
	if m.version != t.version {
		clear(m.places)
		m.version = t.version
	}
	return &m.places[memoIndex(path, typ)]
}

func memoIndex(path uint64, typ uint8) uint64 {
	return (path>>52 ^ uint64(typ)*0x9d) & (memoSize - 1)
}

// pathHash sums up a path.
type pathHash struct {
	seed, mul uint64
	sum       uint64
}

func newPathHash() pathHash { return pathHash{seed: rand.Uint64(), mul: rand.Uint64() | 1} }

// step adds an edge; head is the first eight bytes of a literal.
func (h *pathHash) step(sep byte, c class, n int, head uint64) {
	h.sum = fold(h.sum^head, h.mul^(uint64(sep)|uint64(c)<<8|uint64(n)<<16)<<1)
}

// edges adds edges of a key.
func (h *pathHash) edges(key []byte, edges []edge) {
	for i := range edges {
		e := &edges[i]
		if e.cls != classLiteral {
			h.step(e.sep, e.cls, 0, 0)
			continue
		}
		h.step(e.sep, e.cls, int(e.n), wordAt(key, int(e.off), int(min(e.n, 8))))
		if e.n > 8 {
			h.sum = hashBytes(h.sum, key[e.off+8:e.off+e.n])
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
