package aggregate

import (
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// A candidate is a limit raised to a multiple. For a type with a limit on
// entries and one on their length a key gains from raising the one it exceeds
// only when it satisfies the other.

// limit is the pair of settings that decide whether a collection is packed.
type limit struct{ entries, value int64 }

type limits struct {
	hash, zset, set limit
	intset          int64
	pages           int // histogram pages made by the keys that were added
}

func limitsOf(c *memory.Config) *limits {
	return &limits{
		hash:   limit{c.HashMaxListpackEntries, c.HashMaxListpackValue},
		zset:   limit{c.ZsetMaxListpackEntries, c.ZsetMaxListpackValue},
		set:    limit{c.SetMaxListpackEntries, c.SetMaxListpackValue},
		intset: c.SetMaxIntsetEntries,
	}
}

// candidate is a place in rareStats.Candidates.
type candidate struct {
	setting string
	limit   func(*limits) int64
	factor  int64
}

// maxCandidates is the length of the longest list of candidates.
const maxCandidates = 8

// The order within a list: entries ×2 ×4 ×8, value ×2 ×4, and for sets intset
// entries ×2 ×4 ×8.
const (
	entriesAt = 0
	valueAt   = 3
	intsetAt  = 5
)

var (
	entryFactors = [...]int64{2, 4, 8}
	valueFactors = [...]int64{2, 4}
)

var candidatesOf = func() (t [parser.NumDataTypes][]candidate) {
	add := func(l parser.DataType, setting string, factors []int64, get func(*limits) int64) {
		for _, f := range factors {
			t[l] = append(t[l], candidate{setting, get, f})
		}
	}
	add(parser.DataTypeHash, "hash-max-listpack-entries", entryFactors[:], func(l *limits) int64 { return l.hash.entries })
	add(parser.DataTypeHash, "hash-max-listpack-value", valueFactors[:], func(l *limits) int64 { return l.hash.value })
	add(parser.DataTypeZset, "zset-max-listpack-entries", entryFactors[:], func(l *limits) int64 { return l.zset.entries })
	add(parser.DataTypeZset, "zset-max-listpack-value", valueFactors[:], func(l *limits) int64 { return l.zset.value })
	add(parser.DataTypeSet, "set-max-listpack-entries", entryFactors[:], func(l *limits) int64 { return l.set.entries })
	add(parser.DataTypeSet, "set-max-listpack-value", valueFactors[:], func(l *limits) int64 { return l.set.value })
	add(parser.DataTypeSet, "set-max-intset-entries", entryFactors[:], func(l *limits) int64 { return l.intset })
	return t
}()

// maxLimit is the largest limit that is multiplied.
const maxLimit = 1 << 40

// addCandidates counts a key that is a table now and could be packed.
func (s *stats) addCandidates(r *record, lim *limits) {
	n, longest := r.Elements, r.size.Longest
	var l limit
	switch r.Logical {
	case parser.DataTypeHash:
		l = lim.hash
	case parser.DataTypeZset:
		l = lim.zset
	case parser.DataTypeSet:
		if r.integers {
			s.raise(r, intsetAt, entryFactors[:], n, lim.intset)
			return
		}
		l = lim.set
	default:
		return
	}
	switch {
	case longest < 0:
	case n > l.entries && longest <= l.value:
		s.raise(r, entriesAt, entryFactors[:], n, l.entries)
	case n <= l.entries && longest > l.value:
		s.raise(r, valueAt, valueFactors[:], longest, l.value)
	}
}

func (s *stats) raise(r *record, at int, factors []int64, have, limit int64) {
	if limit <= 0 || limit > maxLimit || have <= limit {
		return
	}
	for i, f := range factors {
		if have > limit*f {
			continue
		}
		c := &s.rare().Candidates[at+i]
		c.Keys++
		c.Before += r.size.Bytes
		c.After += r.size.Compact
		c.BeforeResident += r.size.Resident
		c.AfterResident += r.size.CompactResident
		c.Longest = max(c.Longest, r.size.CompactLen)
	}
}
