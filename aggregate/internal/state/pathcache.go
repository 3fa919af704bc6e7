package state

import (
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Most keys have a pattern that was seen a moment ago. While a key is split its
// path (separators, classes, literals) is hashed, and a small table leads from
// the hash to the entry without a step through the trie for each token.

// cachedPaths is the number of places of the table, a power of two.
const cachedPaths = 1 << 12

// PathCache remembers where paths lead. A path is known by 64 bits under random
// seeds: that two of them collide is as unlikely as a memory error.
type PathCache struct {
	places  []CachedPath
	version uint32 // of the trie the places lead into
}

// CachedPath is a place of the table: a path and the entry it leads to. No entry: a
// free place.
type CachedPath struct {
	Path  uint64
	Entry *PatternCounters
	// Keys of the path whose first Fixed bytes have the hash Prefix have no text
	// that the trie did not see. Fixed is 0 when no key has, and notFixed when
	// each must be looked at.
	Prefix uint64
	Fixed  int
}

const notFixed = -1

// Seen reports whether the trie has seen all there is to see of a key.
func (p *CachedPath) Seen(key []byte) bool {
	return p.Fixed == 0 || p.Fixed > 0 && len(key) >= p.Fixed && p.Prefix == prefixHash(key, p.Fixed)
}

// prefixHash is a hash of the first n bytes of a key and what follows them.
func prefixHash(key []byte, n int) uint64 {
	return keyname.HashBytes(uint64(n), key[:min(n+1, len(key))])
}

// Remember is a place for a key that was located.
func (t *Trie) Remember(path uint64, e *PatternCounters, node uint32, key []byte, edges []keyname.Edge) CachedPath {
	p := CachedPath{Path: path, Entry: e}
	n, ok := t.FixedPrefix(node, key, edges)
	switch {
	case !ok:
		p.Fixed = notFixed
	case n > 0:
		p.Fixed, p.Prefix = n, prefixHash(key, n)
	}
	return p
}

// NewPathCache returns an empty table.
func NewPathCache() PathCache { return PathCache{places: make([]CachedPath, cachedPaths)} }

// At returns the place of a path with a type. A trie that was rearranged since
// empties the table: entries may have moved.
func (m *PathCache) At(path uint64, typ uint8, t *Trie) *CachedPath {
	if m.version != t.version {
		clear(m.places)
		m.version = t.version
	}
	return &m.places[memoIndex(path, typ)]
}

func memoIndex(path uint64, typ uint8) uint64 {
	return (path>>52 ^ uint64(typ)*0x9d) & (cachedPaths - 1)
}
