package state

// Most keys have a pattern that was seen a moment ago. While a key is split its
// path (separators, classes, literals) is hashed, and a small table leads from
// the hash to the entry without a step through the trie for each token.

// memoSize is the number of places of the table, a power of two.
const memoSize = 1 << 12

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
}

// NewPathCache returns an empty table.
func NewPathCache() PathCache { return PathCache{places: make([]CachedPath, memoSize)} }

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
	return (path>>52 ^ uint64(typ)*0x9d) & (memoSize - 1)
}
