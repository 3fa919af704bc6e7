package view

import (
	"encoding/base64"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// BigKeys are the first n keys of a list as they are shown.
func BigKeys(keys []state.TopKey, n int) []data.BigKey {
	out := []data.BigKey{}
	for i := range keys[:min(len(keys), n)] {
		k := &keys[i]
		b := data.BigKey{
			DB: k.Key.DB, Type: k.Type, Key: keyname.EscapeText(string(k.Key.Name)), KeyLen: k.Key.Len, Memory: k.Memory, Size: k.Memory, Exact: k.Exact,
			Encoding: encodingName(k.Encoding, k.Type), Elements: k.Elements, Pattern: string(k.Pattern),
			RDBBytes: k.RDBBytes, Source: keyname.EscapeText(k.Key.Source),
		}
		if !utf8.Valid(k.Key.Name) || k.Key.Len != int64(len(k.Key.Name)) {
			b.KeyBase64 = base64.StdEncoding.EncodeToString(k.Key.Name)
		}
		if !k.Unbounded {
			bound := k.Error
			b.Error = &bound
		}
		if k.Longest >= 0 {
			longest := k.Longest
			b.LongestElement = &longest
		}
		if k.Idle >= 0 {
			idle := k.Idle
			b.Idle = &idle
		}
		if k.Freq >= 0 {
			freq := k.Freq
			b.Freq = &freq
		}
		if k.Slot >= 0 {
			slot := k.Slot
			b.Slot = &slot
		}
		if k.HasExpiry {
			t := data.Time(k.Expiry)
			b.Expiry = &t
		}
		out = append(out, b)
	}
	return out
}

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
	v.Hottest, v.Coldest = BigKeys(hot, n), BigKeys(cold, n)
}
