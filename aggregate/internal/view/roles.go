package view

import (
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/parser"
)

// What a pattern is for is decided here, of merged state: from counters of all its
// keys, from those of the sampled ones, and from the other patterns of the report.

// roleExamples is how many names of a pattern its role is decided by at most.
const roleExamples = 16

// dataTypes are the types by the names that rows have; others are of modules.
var dataTypes = func() map[string]parser.DataType {
	m := map[string]parser.DataType{}
	for l := range parser.NumDataTypes {
		m[parser.DataType(l).String()] = parser.DataType(l)
	}
	return m
}()

// purpose returns a row as package role wants it.
func (r *patternRow) purpose(samples []weighed) role.Pattern {
	p := role.Pattern{Name: r.pattern}
	f := &p.Facts
	var ok bool
	if f.Type, ok = dataTypes[r.typ]; !ok {
		f.Type = parser.DataTypeModule
	}
	f.Keys, f.KeysWithoutTTL, f.Elements = r.Keys, r.NoTTLKeys, r.Elements
	f.Integers, f.SmallIntegers = r.Integers, r.SmallIntegers
	if x := r.Rare; x != nil {
		f.Groups, f.Scores = x.Groups, x.Scores
	}
	for i := range samples {
		s := &samples[i].Role
		for j, n := range &s.Values {
			f.Values[j] += int64(n)
		}
		for j, n := range &s.Hashes {
			f.Hashes[j] += int64(n)
		}
		for j, n := range &s.Scores {
			f.Scores[j] += int64(n)
		}
	}
	p.Examples = r.names(samples, roleExamples)
	return p
}

// names returns names of a row's keys that were kept whole, n at most.
func (r *patternRow) names(samples []weighed, n int) []string {
	var out []string
	add := func(k *state.KeptKey) {
		if len(out) < n && k.Len == int64(len(k.Name)) {
			out = append(out, string(k.Name))
		}
	}
	add(&r.Example)
	for i := range samples {
		if k := &samples[i].Key; k.Hash != r.Example.Hash {
			add(k)
		}
	}
	return out
}

// decide finds the roles of the rows of a report before they are folded, and
// returns them as evidence for those that come of folding them.
func decide(rows []patternRow, samples map[rowKey][]weighed) *role.Siblings {
	patterns := make([]role.Pattern, len(rows))
	for i := range rows {
		patterns[i] = rows[i].purpose(samples[rows[i].key()])
	}
	all := role.NewSiblings(patterns)
	sketch.EachOf(len(rows), func() func(int) {
		return func(i int) { rows[i].verdict = role.Of(&patterns[i], all) }
	})
	return all
}

func (r *patternRow) key() rowKey { return rowKey{r.node, r.typ} }

// decideShown finds the roles of the rows that are shown. Rows that are none of
// those of decide have facts of their own; keys of several patterns have no role.
func (v *view) decideShown(rows []patternRow, s *state.Summary, all *role.Siblings) {
	samples := v.samplesByRow(s.Keys.Probes, &s.Config)
	for i := range rows {
		r := &rows[i]
		if r.several {
			r.verdict = role.Verdict{Reason: "keys of several patterns"}
			continue
		}
		mine := samples[r.key()]
		if r.estimated {
			mine = nil // these are of other keys, too
		}
		p := r.purpose(mine)
		r.verdict = role.Of(&p, all)
	}
}

// namesByRow returns the names that were kept of the keys of each row beside its
// example: those of the keys that were looked at, and of the sample of all.
func (v *view) namesByRow(s *state.Summary, split *keyname.Splitter, samples map[rowKey][]weighed) map[rowKey][]string {
	size := 0
	for _, list := range samples {
		for i := range list {
			size += len(list[i].Key.Name)
		}
	}
	for i := range s.Keys.Sample {
		size += len(s.Keys.Sample[i].Key.Name)
	}
	// One block of memory for all of them.
	var block strings.Builder
	block.Grow(size)
	text := func(name []byte) string {
		from := block.Len()
		block.Write(name)
		return block.String()[from:]
	}
	out := make(map[rowKey][]string, len(samples))
	for at, list := range samples {
		names := make([]string, len(list))
		for i := range list {
			names[i] = text(list[i].Key.Name)
		}
		out[at] = names
	}
	for i := range s.Keys.Sample {
		k := &s.Keys.Sample[i]
		if node := v.nodeOf(k.Key.Name, k.Key.Len, split, s.Config.Groups); node != 0 {
			at := rowKey{node, k.Type}
			out[at] = append(out[at], text(k.Key.Name))
		}
	}
	return out
}

// purposeOf returns a verdict as plain data.
func purposeOf(v *role.Verdict) data.Purpose {
	p := data.Purpose{Role: v.Role, Own: v.Own, MayExpire: v.MayExpire(), MayDelete: v.MayDelete(), MayTrim: v.MayTrim(), MayRename: v.MayRename(), Finished: v.Finished, Jobs: v.Jobs, ByTTL: v.ByTTL}
	if v.Framework != nil {
		p.Framework, p.Bound = v.Framework.Name, v.Framework.Bound
	}
	return p
}

// unique returns names in order, each once.
func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
