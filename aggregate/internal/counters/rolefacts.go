package counters

import (
	"math"
	"strconv"

	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/parser"
)

// What tells a key's role (role.Facts) comes from two places. What lies open in
// any dump is counted of all keys: TTLs, integers, consumer groups, the scores of
// sorted sets that are stored one by one. What stands in values and packed blobs is
// looked at in sampled keys only, and stays with them as counters.

// RoleSample are the facts of one sampled key: no part of a value, only how many
// of what was looked at is of each class.
type RoleSample struct {
	Values [role.NumShapes]uint16 `part:"values,optional"` // by role.Shape
	Hashes [role.NumHashes]uint16 `part:"hashes,optional"` // by role.Hash: one in all
	Scores [role.NumScores]uint16 `part:"scores,optional"` // by role.Score: of a packed sorted set
	// Members are those of a list, a set or a sorted set as names of keys.
	Members *MemberNames `part:"members,optional"`
}

// count adds one, as far as there is room.
func count(n *uint16) {
	if *n < math.MaxUint16 {
		*n++
	}
}

// SetString takes in the first bytes of a string's value.
func (s *RoleSample) SetString(value []byte) {
	*s = RoleSample{}
	s.Values[role.ShapeOf(value)] = 1
}

// Compare makes the order of sampled keys total.
func (s *RoleSample) Compare(o *RoleSample) int {
	for _, p := range [...]struct{ a, b []uint16 }{{s.Values[:], o.Values[:]}, {s.Hashes[:], o.Hashes[:]}, {s.Scores[:], o.Scores[:]}} {
		for i := range p.a {
			if c := int(p.a[i]) - int(p.b[i]); c != 0 {
				return c
			}
		}
	}
	return s.Members.compare(o.Members)
}

// Scores are the scores of one sorted set by role.Score, as far as they were
// looked at.
type Scores struct {
	by      [role.NumScores]uint32
	at      int64 // elements that went by
	counted bool  // from elements that every dump shows
	packed  bool  // from a blob that was walked because the key is sampled
}

// A sorted set that is stored element by element begins with its highest scores.
// Of a long one a few are enough: the first, and then every so many.
const (
	firstScores = 64
	scoreStride = 64
)

// Reset forgets the key before.
func (s *Scores) Reset() {
	if s.at > 0 {
		*s = Scores{}
	}
}

// Add takes a piece of a sorted set; clock is in ms since the epoch, 0 for none.
func (s *Scores) Add(b *parser.Batch, es []parser.Element, clock int64) {
	n := int64(len(es))
	for i := int64(0); i < n; i++ {
		if s.at+i >= firstScores {
			// On to the next one that is a multiple.
			if i += -(s.at + i) & (scoreStride - 1); i >= n {
				break
			}
		}
		e := &es[i]
		score := 0.0
		switch {
		case e.Kind != parser.KindItem:
			continue
		case e.Is(parser.FlagScore):
			score, s.counted = e.Score(), true
		case e.Is(parser.FlagValueBytes):
			var err error
			if score, err = strconv.ParseFloat(string(b.ValueBytes(e)), 64); err != nil {
				continue
			}
			s.packed = true
		default:
			continue
		}
		s.by[role.ScoreOf(score, clock)]++
	}
	s.at += n
}

// sample moves what was found in a packed set to a sampled key.
func (s *Scores) sample(to *RoleSample) {
	if !s.packed || s.counted {
		return
	}
	for i, n := range &s.by {
		to.Scores[i] = uint16(min(n, math.MaxUint16))
	}
}
