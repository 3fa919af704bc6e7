package view

import (
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/state"
)

const (
	// perType is how many keys of a type are listed at most, typesListed how many types.
	perType     = 10
	typesListed = 16
)

// biggestByType returns the first n keys of each type of a list, the type of the first
// first. All keys of a type that are not in the list are smaller than those that are.
func biggestByType(keys []state.TopKey, n int) []state.TopKey {
	var types []string
	count := map[string]int{}
	for i := range keys {
		t := keys[i].Type
		if count[t]++; count[t] == 1 {
			types = append(types, t)
		}
	}
	var out []state.TopKey
	for _, t := range types[:min(len(types), typesListed)] {
		left := min(n, perType)
		for i := range keys {
			if left > 0 && keys[i].Type == t {
				out = append(out, keys[i])
				left--
			}
		}
	}
	return out
}

// usedMost fills in which keys are used most and least, n of each.
func usedMost(v *data.Idle, named *state.NamedLists, n int) {
	hot, cold := named.LastUsed, named.LongestIdle
	if v.Recorded == "freq" {
		hot, cold = named.MostUsed, named.LeastUsed
	}
	v.Hottest, v.Coldest = bigKeys(hot, n), bigKeys(cold, n)
}
