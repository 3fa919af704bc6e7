package counters

import (
	"slices"
	"testing"

	"github.com/rdblens/rdblens/parser"
)

func TestCandidates(t *testing.T) {
	lim := &Limits{hash: limit{512, 64}, zset: limit{128, 64}, set: limit{128, 64}, intset: 512}
	key := func(l parser.DataType, n, longest int64, ints bool) *Observation {
		r := &Observation{Integers: ints}
		r.Cost = &r.Size
		r.DataType, r.Elements, r.IdleSeconds = l, n, -1
		r.Size.Bytes, r.Size.Compact, r.Size.CompactLen, r.Size.Longest = 1000, 400, n*10, longest
		return r
	}
	for _, c := range []struct {
		name string
		r    *Observation
		want []int // places counted
	}{
		{"just over entries", key(parser.DataTypeHash, 513, 64, false), []int{0, 1, 2}},
		{"twice", key(parser.DataTypeHash, 1024, 10, false), []int{0, 1, 2}},
		{"over twice", key(parser.DataTypeHash, 1025, 10, false), []int{1, 2}},
		{"over all", key(parser.DataTypeHash, 4097, 10, false), nil},
		{"value", key(parser.DataTypeHash, 512, 65, false), []int{3, 4}},
		{"value over twice", key(parser.DataTypeHash, 5, 129, false), []int{4}},
		{"both", key(parser.DataTypeHash, 513, 65, false), nil},
		{"neither", key(parser.DataTypeHash, 512, 64, false), nil},
		{"unknown longest", key(parser.DataTypeHash, 513, -1, false), nil},
		{"zset", key(parser.DataTypeZset, 200, 64, false), []int{0, 1, 2}},
		{"set", key(parser.DataTypeSet, 200, 10, false), []int{0, 1, 2}},
		{"set value", key(parser.DataTypeSet, 100, 100, false), []int{3, 4}},
		{"intset", key(parser.DataTypeSet, 2000, 5, true), []int{6, 7}},
		{"list", key(parser.DataTypeList, 2000, 5, false), nil},
	} {
		var s Stats
		s.Add(c.r, lim)
		var got []int
		if s.Rare != nil {
			for i, x := range s.Rare.Candidates {
				if x.Keys == 1 && x.Before == 1000 && x.After == 400 && x.Longest == c.r.Size.CompactLen {
					got = append(got, i)
				} else if x.Keys != 0 {
					t.Errorf("%s: %+v", c.name, x)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: counted at %v, want %v", c.name, got, c.want)
		}
	}
}
