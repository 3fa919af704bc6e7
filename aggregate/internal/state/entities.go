package state

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
)

const (
	// A stratum keeps MaxEntities, fewer when there are many strata.
	MaxEntities = 512
	MinEntities = 16
	AllEntities = 1 << 13
	// MaxSiblings is how many strings of an entity are kept.
	MaxSiblings = 24
)

// Sibling is one string of an entity, plain data.
type Sibling struct {
	Hash     uint64          `part:"hash"`        // of its last word
	Field    int64           `part:"word_length"` // bytes of the word and of the contents
	Value    int64           `part:"value_length"`
	Int      parser.IntClass `part:"integer"`
	Memory   int64           `part:"memory"`
	Resident int64           `part:"resident"`
	Expiry   int64           `part:"expiry,signed"` // ms, -1 for none
}

func (s Sibling) compare(o Sibling) int {
	return cmp.Or(cmp.Compare(s.Hash, o.Hash), cmp.Compare(s.Field, o.Field), cmp.Compare(s.Value, o.Value), cmp.Compare(s.Int, o.Int),
		cmp.Compare(s.Memory, o.Memory), cmp.Compare(s.Resident, o.Resident), cmp.Compare(s.Expiry, o.Expiry))
}

// EntityKey is a sampled entity, plain data; Key is the name that its strings
// share, Key.Hash that of the database and this name.
type EntityKey struct {
	Key    counters.KeptKey `part:"prefix"`
	Sep    byte             `part:"separator"`
	Fields []Sibling        `part:"fields"` // sorted, the first MaxSiblings
	More   bool             `part:"more"`   // there were more
}

// Compare orders entities by hash; the rest makes it total.
func (e *EntityKey) Compare(o *EntityKey) int {
	return cmp.Or(cmp.Compare(e.Key.Hash, o.Key.Hash), cmp.Compare(e.Key.DB, o.Key.DB), e.Key.CompareName(&o.Key), cmp.Compare(e.Sep, o.Sep))
}

// EntityStratum is a stratum of a summary: its entities by hash.
type EntityStratum struct {
	Stratum  uint16      `part:"stratum"`
	Cut      bool        `part:"cut"`
	Entities []EntityKey `part:"entities"`
}

// EntityLimit returns how many entities a stratum keeps.
func EntityLimit(used int) int { return min(MaxEntities, max(MinEntities, AllEntities/max(used, 1))) }

// Add puts a string in its place.
func (e *EntityKey) Add(f Sibling) {
	i, _ := slices.BinarySearchFunc(e.Fields, f, Sibling.compare)
	if len(e.Fields) == MaxSiblings {
		e.More = true
		if i == MaxSiblings {
			return
		}
		e.Fields = e.Fields[:MaxSiblings-1]
	}
	e.Fields = slices.Insert(e.Fields, i, f)
}

// MergeEntities combines samples; strings of an entity may be in several parts.
func MergeEntities(parts ...[]EntityStratum) []EntityStratum {
	var strata [keyname.EntityStrata]*EntityStratum
	used := 0
	for _, p := range parts {
		for i := range p {
			at := p[i].Stratum & (keyname.EntityStrata - 1)
			s := strata[at]
			if s == nil {
				s = &EntityStratum{Stratum: at}
				strata[at] = s
				used++
			}
			s.Cut = s.Cut || p[i].Cut
			s.Entities = append(s.Entities, p[i].Entities...)
		}
	}
	var out []EntityStratum
	for _, s := range strata {
		if s != nil {
			s.unite()
			if limit := EntityLimit(used); len(s.Entities) > limit {
				s.Entities, s.Cut = s.Entities[:limit], true
			}
			s.Entities = sketch.Fitted(s.Entities)
			out = append(out, *s)
		}
	}
	return out
}

// unite sorts the entities and makes one of those that are the same.
func (s *EntityStratum) unite() {
	slices.SortFunc(s.Entities, func(a, b EntityKey) int { return cmp.Or(a.Compare(&b), cmp.Compare(a.Key.Source, b.Key.Source)) })
	out := s.Entities[:0]
	for _, e := range s.Entities {
		if n := len(out); n > 0 && out[n-1].Compare(&e) == 0 {
			same := &out[n-1]
			same.Fields = slices.Clone(same.Fields)
			same.More = same.More || e.More
			for _, f := range e.Fields {
				same.Add(f)
			}
			continue
		}
		out = append(out, e)
	}
	s.Entities = out
}
