// Package keyname says what a key's name tells by itself: the tokens it is cut
// into and their classes, its pattern, its cluster slot and hash tag, the entity
// and the stratum it belongs to, and the hashes that order names in samples.
//
// Everything here is a pure function of the name (and of separators, depth and
// globs): it looks at one key at a time, whatever stands beside it in the dump.
// That is what lets summaries merge in any order. What several names have in
// common is found above, in the trie of internal/state.
package keyname
