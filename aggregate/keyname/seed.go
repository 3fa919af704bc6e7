package keyname

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/rdblens/rdblens/parser"
)

// Samples take the keys with the smallest hashes, under a seed that each source has
// for itself. Were it one for all sources, whoever chooses names could choose which
// of them are sampled: leave out one id in five and no sample shows his keys, take
// only that one and they are all it shows.

// Seed is what the hashes of a source depend on.
type Seed [2]uint64

// SeedOf returns the seed of a dump: SHA-256 of its magic and of its AUX fields.
//
// A server writes into them the second at which it saved, the bytes that it used
// and, when it has replicas, the identity and offset of replication: figures of a
// moment that is still to come when keys are written. Every reading of the dump
// finds them again, before the first key. A dump without AUX fields (before RDB 7,
// or of another program) has the seed of its version, which is no secret.
func SeedOf(h *parser.Header) Seed {
	d := sha256.New()
	add := func(text string) { // with its length: no two lists of texts are one text
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(text)))
		_, _ = d.Write(n[:]) // it never fails
		_, _ = d.Write([]byte(text))
	}
	add("rdblens samples")
	add(h.Magic)
	for _, a := range h.Aux {
		add(a.Key)
		add(a.Value)
	}
	sum := d.Sum(nil)
	return Seed{le64(sum), le64(sum[8:])}
}

// Hasher hashes the keys and values of a source. Its hashes are even over
// 0 … 2^64-1, and only who knows the seed can tell any of them, or how those of two
// keys compare. It is not safe for concurrent use.
type Hasher struct {
	seed             Seed
	cut, word, value secret
	names            secret // of the database db
	db               int32
}

// Of what is hashed each kind has a key of its own, and so have the names of each
// database: bytes that mean something else have another hash.
const (
	useCut = 1<<32 + iota // databases are below
	useWord
	useValue
)

// NewHasher returns a hasher under a seed.
func NewHasher(s Seed) Hasher {
	return Hasher{seed: s, cut: s.secret(useCut), word: s.secret(useWord), value: s.secret(useValue), names: s.secret(0)}
}

// secret derives the key of a use: SHA-256 of the seed and of it.
func (s Seed) secret(use uint64) secret {
	var m [24]byte
	for i, w := range [...]uint64{s[0], s[1], use} {
		binary.LittleEndian.PutUint64(m[8*i:], w)
	}
	sum := sha256.Sum256(m[:])
	return secret{le64(sum[:]), le64(sum[8:]), le64(sum[16:]), le64(sum[24:]) | 1} // the last is no zero
}

// Key hashes a key with its database. For a key longer than parser.MaxName rest is
// the hash of the whole name and length its length, in bytes.
func (h *Hasher) Key(db int32, name []byte, length int64, rest uint64) uint64 {
	if db != h.db {
		h.db, h.names = db, h.seed.secret(uint64(uint32(db)))
	}
	sum := h.names.sum(name)
	if length != int64(len(name)) {
		var m [24]byte
		binary.LittleEndian.PutUint64(m[:], sum)
		binary.LittleEndian.PutUint64(m[8:], rest)
		binary.LittleEndian.PutUint64(m[16:], uint64(length))
		return h.cut.sum(m[:])
	}
	return sum
}

// Word hashes the last word of a name, which tells it from others of an entity.
func (h *Hasher) Word(word []byte) uint64 { return h.word.sum(word) }

// WholeHash is up to how many stored bytes a value is ordered by the hash of all of
// them. More would be read of every string for the few that are sampled.
const WholeHash = 64

// Value hashes a string by its length and by what the dump stores of it: of more
// than WholeHash bytes those at both ends and in the middle. Values that are alike
// there share a hash.
func (h *Hasher) Value(length int64, stored []byte) uint64 {
	n := len(stored)
	head := uint64(length) | uint64(n)<<32
	if n <= WholeHash {
		var m [8 + WholeHash]byte
		binary.LittleEndian.PutUint64(m[:], head)
		return h.value.sum(m[:8+copy(m[8:], stored)])
	}
	return h.value.sum6([6]uint64{head, le64(stored), le64(stored[8:]), le64(stored[n/2:]), le64(stored[n-16:]), le64(stored[n-8:])})
}
