package counters

import (
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// A candidate is a limit raised to a multiple. For a type with a limit on
// entries and one on their length a key gains from raising the one it exceeds
// only when it satisfies the other.

// limit is the pair of settings that decide whether a collection is packed.
type limit struct{ entries, value int64 }

// Limits are the settings of a server that decide what is packed.
type Limits struct {
	hash, zset, set limit
	intset          int64
}

// LimitsOf returns the limits among the settings of a server.
func LimitsOf(c *memory.Config) *Limits {
	return &Limits{
		hash:   limit{c.HashMaxListpackEntries, c.HashMaxListpackValue},
		zset:   limit{c.ZsetMaxListpackEntries, c.ZsetMaxListpackValue},
		set:    limit{c.SetMaxListpackEntries, c.SetMaxListpackValue},
		intset: c.SetMaxIntsetEntries,
	}
}

// candidate is a place in rareStats.Candidates.
type candidate struct {
	Setting string
	Limit   func(*Limits) int64
	Factor  int64
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

// CandidatesOf lists the candidates of each data type; types without a limit that
// decides have none.
var CandidatesOf = func() (t [parser.NumDataTypes][]candidate) {
	add := func(l parser.DataType, setting string, factors []int64, get func(*Limits) int64) {
		for _, f := range factors {
			t[l] = append(t[l], candidate{setting, get, f})
		}
	}
	add(parser.DataTypeHash, "hash-max-listpack-entries", entryFactors[:], func(l *Limits) int64 { return l.hash.entries })
	add(parser.DataTypeHash, "hash-max-listpack-value", valueFactors[:], func(l *Limits) int64 { return l.hash.value })
	add(parser.DataTypeZset, "zset-max-listpack-entries", entryFactors[:], func(l *Limits) int64 { return l.zset.entries })
	add(parser.DataTypeZset, "zset-max-listpack-value", valueFactors[:], func(l *Limits) int64 { return l.zset.value })
	add(parser.DataTypeSet, "set-max-listpack-entries", entryFactors[:], func(l *Limits) int64 { return l.set.entries })
	add(parser.DataTypeSet, "set-max-listpack-value", valueFactors[:], func(l *Limits) int64 { return l.set.value })
	add(parser.DataTypeSet, "set-max-intset-entries", entryFactors[:], func(l *Limits) int64 { return l.intset })
	return t
}()

// A key that two limits hold back gains only when both are raised: pairs are what
// raising the one on entries and the one on their length together adds to what each
// of them brings alone.
const maxPairs = len(entryFactors) * len(valueFactors)

// LimitPair is a place in rareStats.Both.
type LimitPair struct {
	Entries, Value             string // settings
	EntriesFactor, ValueFactor int64
	limit                      func(*Limits) limit
}

// Limits returns the limits that a pair stands for.
func (p *LimitPair) Limits(l *Limits) (entries, value int64) {
	x := p.limit(l)
	return x.entries * p.EntriesFactor, x.value * p.ValueFactor
}

// PairsOf lists the pairs of each data type.
var PairsOf = func() (t [parser.NumDataTypes][]LimitPair) {
	add := func(l parser.DataType, name string, get func(*Limits) limit) {
		for _, e := range entryFactors {
			for _, v := range valueFactors {
				t[l] = append(t[l], LimitPair{name + "-max-listpack-entries", name + "-max-listpack-value", e, v, get})
			}
		}
	}
	add(parser.DataTypeHash, "hash", func(l *Limits) limit { return l.hash })
	add(parser.DataTypeZset, "zset", func(l *Limits) limit { return l.zset })
	add(parser.DataTypeSet, "set", func(l *Limits) limit { return l.set })
	return t
}()

// maxLimit is the largest limit that is multiplied.
const maxLimit = 1 << 40

// addCandidates counts a key that is a table now and could be packed.
func (s *Stats) addCandidates(r *Observation, lim *Limits) {
	n, longest := r.Elements, r.Cost.Longest
	var l limit
	switch r.DataType {
	case parser.DataTypeHash:
		l = lim.hash
	case parser.DataTypeZset:
		l = lim.zset
	case parser.DataTypeSet:
		if r.Integers {
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
	case n > l.entries && longest > l.value:
		s.raiseBoth(r, n, longest, l)
	}
}

// raiseBoth counts a key that both limits hold back.
func (s *Stats) raiseBoth(r *Observation, n, longest int64, l limit) {
	if l.entries <= 0 || l.value <= 0 || l.entries > maxLimit || l.value > maxLimit {
		return
	}
	i := 0
	for _, e := range entryFactors {
		for _, v := range valueFactors {
			if n <= l.entries*e && longest <= l.value*v {
				s.EnsureRare().Both[i].add(r)
			}
			i++
		}
	}
}

func (s *Stats) raise(r *Observation, at int, factors []int64, have, limit int64) {
	if limit <= 0 || limit > maxLimit || have <= limit {
		return
	}
	for i, f := range factors {
		if have > limit*f {
			continue
		}
		s.EnsureRare().Candidates[at+i].add(r)
	}
}

// add counts a key as it is, and packed.
func (c *candidateStats) add(r *Observation) {
	c.Keys++
	c.Before += r.Cost.Bytes
	c.After += r.Cost.Compact
	c.BeforeResident += r.Cost.Resident
	c.AfterResident += r.Cost.CompactResident
	c.Longest = max(c.Longest, r.Cost.CompactLen)
}
