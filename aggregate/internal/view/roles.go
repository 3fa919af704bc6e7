package view

import (
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
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
func (e *existing) purpose(r *naming.Row, samples []weighed) role.Pattern {
	p := role.Pattern{Name: r.Pattern}
	f := &p.Facts
	var ok bool
	if f.Type, ok = dataTypes[r.Type]; !ok {
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
		e.members(f, &samples[i].Key, s.Members)
	}
	p.Examples = namesOf(r, samples, roleExamples)
	return p
}

// existing are the patterns of the keys that there are.
type existing struct {
	v    *naming.View
	cfg  *data.Config
	sums map[keyname.PatternSum]bool
}

func newExisting(v *naming.View, cfg *data.Config) *existing { return &existing{v, cfg, v.Sums()} }

// members counts those members of a sampled key that are names of keys, of another
// pattern than its own: friends of a user are no index of users.
func (e *existing) members(f *role.Facts, key *counters.KeptKey, m *counters.MemberNames) {
	if m == nil || key.Len != int64(len(key.Name)) {
		return
	}
	own := e.v.SumOf(key.Name)
	is := func(sum uint64) bool {
		s := keyname.PatternSum(sum)
		return sum != 0 && s != own && e.sums[s]
	}
	f.Members += m.Looked
	for i := range m.Own {
		if is(m.Own[i]) {
			f.MembersKeys++
		}
		if is(m.Under[i]) {
			f.MembersUnder++
		}
	}
}

// namesOf returns names of a row's keys that were kept whole, n at most.
func namesOf(r *naming.Row, samples []weighed, n int) []string {
	var out []string
	add := func(k *counters.KeptKey) {
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

// decided is what the roles of rows were decided by. Rows that come of others later are
// decided by the same.
type decided struct {
	keys    *existing
	samples map[naming.RowKey][]weighed
	refs    references
	named   map[naming.RowKey]role.Named
	all     *role.Siblings
}

// decide finds the roles of the rows of a report.
func decide(v *naming.View, cfg *data.Config, rows []naming.Row, samples map[naming.RowKey][]weighed) *decided {
	patterns := make([]role.Pattern, len(rows))
	keys := newExisting(v, cfg)
	d := &decided{keys: keys, samples: samples, refs: keys.referTo(rows, samples), named: map[naming.RowKey]role.Named{}}
	for i := range rows {
		patterns[i] = d.purpose(&rows[i], samples[rows[i].Key()])
	}
	d.all = role.NewSiblings(patterns)
	at := make(map[naming.RowKey]int, len(rows))
	sketch.EachOf(len(rows), func() func(int) {
		return func(i int) { rows[i].Verdict = role.Of(&patterns[i], d.all) }
	})
	for i := range rows {
		at[rows[i].Key()] = i
	}
	// What is named is decided again when it is known by what.
	for key, by := range d.refs.named {
		i, named := at[key], role.NamedByNone
		for _, k := range by {
			named = max(named, role.NamedBy(rows[at[k]].Pattern, &rows[at[k]].Verdict))
		}
		if named == role.NamedByNone {
			continue
		}
		d.named[key] = named
		patterns[i].Facts.Named = named
	}
	for key := range d.named {
		i := at[key]
		rows[i].Verdict = role.Of(&patterns[i], d.all)
	}
	return d
}

// purpose is that of existing, with what is known of other rows.
func (d *decided) purpose(r *naming.Row, samples []weighed) role.Pattern {
	p := d.keys.purpose(r, samples)
	x := d.refs.tails[r.Key()]
	p.Facts.MembersTails, p.Facts.TailKeys, p.Facts.Named = x.members, x.keys, d.named[r.Key()]
	return p
}

// shown finds the roles of the rows that are shown. Of those that heavy words were taken
// out of the facts are others; keys of several patterns have no role.
func (d *decided) shown(rows []naming.Row) {
	for i := range rows {
		r := &rows[i]
		if r.Several {
			r.Verdict = role.Verdict{Reason: "keys of several patterns"}
			continue
		}
		mine := d.samples[r.Key()]
		if r.Estimated {
			mine = nil // these are of other keys, too
		}
		p := d.purpose(r, mine)
		r.Verdict = role.Of(&p, d.all)
	}
}

// namesByRow returns the names that were kept of the keys of each row beside its
// example: those of the keys that were looked at, and of the sample of all.
func namesByRow(v *naming.View, s *state.Summary, split *keyname.Splitter, samples map[naming.RowKey][]weighed) map[naming.RowKey][]string {
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
	out := make(map[naming.RowKey][]string, len(samples))
	for at, list := range samples {
		names := make([]string, len(list))
		for i := range list {
			names[i] = text(list[i].Key.Name)
		}
		out[at] = names
	}
	for i := range s.Keys.Sample {
		k := &s.Keys.Sample[i]
		if node := v.NodeOf(k.Key.Name, k.Key.Len, split, s.Config.Groups); node != 0 {
			at := naming.RowKey{Node: node, Type: k.Type}
			out[at] = append(out[at], text(k.Key.Name))
		}
	}
	return out
}

// purposeOf returns a verdict as plain data.
func purposeOf(v *role.Verdict) data.Purpose {
	p := data.Purpose{Role: v.Role, Own: v.Own, MayExpire: v.MayExpire(), MayDelete: v.MayDelete(), MayTrim: v.MayTrim(), MayRename: v.MayRename(), Finished: v.Finished, Jobs: v.Jobs, ByTTL: v.ByTTL, Named: v.Named}
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
