package state

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Equal values are found in two samples of strings, both functions of the set of
// keys, so they merge.
//
// The sample of values takes those with the smallest hashes, whatever the names of
// their keys, with all keys that hold them: since the largest hash that is wanted
// only falls, a value that is in it at the end was counted from the first key on.
// A value has one entry for each stratum of names, so that patterns that share
// it are told apart.
//
// The sample of holders takes the keys with the smallest hashes of each stratum,
// with the digests of their values. In it are, for certain, the values that many
// keys have, which may be few and so missing in the other one.
//
// Two hashes are needed, for they have to stand different things. What orders values
// has the seed of the source (keyname.Seed): nobody can choose a value that is in the
// sample, or one that is not. So two sources take different values, and of a sample
// that was cut copies are known within a source only. What tells values apart is a
// digest without a seed: of a sample that was not cut all values are there, and
// those of all sources are compared.
//
// A value is known by what stands in the dump: its length and its bytes as they
// are stored. A server stores equal values alike, since whether and how LZF
// compresses a string depends on the string alone. What one source stores
// compressed and another one as it is (rdbcompression no) counts as two values.
//
// Values are ordered by a hash of some of their bytes, so that most of the long
// ones are passed over without a look at the rest. Those that are equal in these
// bytes make a class: they are in the sample together, or not.

const (
	// ValueStrata are those of strings.
	ValueStrata = keyname.ProbeStrata / 2
	// A stratum keeps at least MinHolders holders.
	MinHolders = 16
)

// ValueID tells values apart: by their length and the digest of all bytes, and by
// the hash that orders them, which has the seed of a source.
type ValueID struct {
	Quick  uint64        `part:"order_hash"`
	Print  sketch.Digest `part:"digest"`
	Length int64         `part:"length"`
}

func (v *ValueID) compare(o *ValueID) int {
	return cmp.Or(cmp.Compare(v.Quick, o.Quick), slices.Compare(v.Print[:], o.Print[:]), cmp.Compare(v.Length, o.Length))
}

// SharedValue is a sampled value with the keys of one stratum that hold it, plain
// data. Sums are bytes.
type SharedValue struct {
	ID       ValueID          `part:"id"`
	Stratum  uint16           `part:"stratum"`
	Keys     int64            `part:"keys"`
	Expiring int64            `part:"expiring"`
	Memory   int64            `part:"memory"`
	Resident int64            `part:"resident"`
	Example  counters.KeptKey `part:"example"` // the key with the smallest hash
}

// Compare orders entries by value, then by stratum.
func (v *SharedValue) Compare(o *SharedValue) int {
	return cmp.Or(v.ID.compare(&o.ID), cmp.Compare(v.Stratum, o.Stratum))
}

func (v *SharedValue) merge(o *SharedValue) {
	v.Keys += o.Keys
	v.Expiring += o.Expiring
	v.Memory += o.Memory
	v.Resident += o.Resident
	if o.Example.CompareSample(&v.Example) < 0 {
		v.Example = o.Example
	}
}

// Holder is a sampled key with its value, plain data.
type Holder struct {
	Key      counters.KeptKey `part:"key"`
	ID       ValueID          `part:"id"`
	Memory   int64            `part:"memory"`
	Resident int64            `part:"resident"`
	Expires  bool             `part:"expires"`
}

// Compare orders holders; a damaged dump may hold a key twice.
func (h *Holder) Compare(o *Holder) int {
	if c := h.Key.CompareSample(&o.Key); c != 0 {
		return c
	}
	return cmp.Or(h.ID.compare(&o.ID), cmp.Compare(h.Memory, o.Memory), cmp.Compare(h.Resident, o.Resident), sketch.CompareBools(h.Expires, o.Expires))
}

// HolderStratum is a stratum of a summary: its holders by hash.
type HolderStratum struct {
	Stratum uint16   `part:"stratum"`
	Cut     bool     `part:"cut"` // there were more keys
	Keys    []Holder `part:"keys"`
}

// ValueSample is what a summary has of values: entries and strata in order.
type ValueSample struct {
	Cut     bool            `part:"cut"` // there were more values
	Values  []SharedValue   `part:"values"`
	Holders []HolderStratum `part:"holders"`
}

// ValueKey names an entry.
type ValueKey struct {
	id      ValueID
	stratum uint16
}

// Key returns the name of the entry.
func (v *SharedValue) Key() ValueKey { return ValueKey{v.ID, v.Stratum} }

// MergeValues combines samples; the keys of a value may be in several parts.
func MergeValues(b Bounds, parts ...ValueSample) ValueSample {
	b = b.OrDefault()
	var out ValueSample
	var strata [ValueStrata]*HolderStratum
	used := 0
	for i := range parts {
		p := &parts[i]
		out.Cut = out.Cut || p.Cut
		out.Values = append(out.Values, p.Values...)
		for j := range p.Holders {
			at := p.Holders[j].Stratum & (ValueStrata - 1)
			h := strata[at]
			if h == nil {
				h = &HolderStratum{Stratum: at}
				strata[at] = h
				used++
			}
			h.Cut = h.Cut || p.Holders[j].Cut
			h.Keys = append(h.Keys, p.Holders[j].Keys...)
		}
	}
	out.unite(b.Values)
	for _, h := range strata {
		if h == nil {
			continue
		}
		slices.SortFunc(h.Keys, func(a, b Holder) int { return a.Compare(&b) })
		if n := b.HolderLimit(used); len(h.Keys) > n {
			h.Keys, h.Cut = h.Keys[:n], true
		}
		h.Keys = sketch.Fitted(h.Keys)
		out.Holders = append(out.Holders, *h)
	}
	return out
}

// unite sorts the entries, makes one of those that are the same, and leaves n.
func (s *ValueSample) unite(n int) {
	slices.SortFunc(s.Values, func(a, b SharedValue) int { return a.Compare(&b) })
	out := s.Values[:0]
	for i := range s.Values {
		v := &s.Values[i]
		if last := len(out) - 1; last >= 0 && out[last].Compare(v) == 0 {
			out[last].merge(v)
			continue
		}
		out = append(out, *v)
	}
	if s.Values = out; len(out) > n {
		s.Values, s.Cut = out[:n], true
	}
	s.Values = sketch.Fitted(s.Values)
}

// Usable returns the entries of whole classes. Of a sample that was cut the last
// value is the threshold and no part of it (Cohen and Kaplan, "Summarizing data
// using bottom-k sketches", 2007), nor are those of its class: there may be more.
// A class stands for weight/WeightUnit.
func (s *ValueSample) Usable() (list []SharedValue, weight uint64) {
	if !s.Cut || len(s.Values) == 0 {
		return s.Values, sketch.WeightUnit
	}
	last := s.Values[len(s.Values)-1].ID.Quick
	n, _ := slices.BinarySearchFunc(s.Values, last, func(v SharedValue, q uint64) int { return cmp.Compare(v.ID.Quick, q) })
	w, _ := bits.Div64(sketch.WeightUnit, 0, max(last, 2*sketch.WeightUnit))
	return s.Values[:n], max(w, sketch.WeightUnit)
}

// Decides reports whether a holder is of the half that says which values are
// frequent. The other half estimates: one sample for both would take those for
// frequent that it has too many of.
func (h *Holder) Decides() bool { return h.Key.Hash&1 == 0 }
