// Package packing computes what raising the limits of packed encodings would do to a
// dump, hash-max-listpack-entries and its like, and chooses the values.
package packing

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate"
)

// Raise is what one value of a setting would do to the whole dump: to the keys that it
// converts, in bytes of MEMORY USAGE.
type Raise struct {
	Value               int64
	Keys, Before, After int64
	Longest             int64 // largest blob that values become, bytes
	// ResidentKnown: of all keys it is known what is allocated for them, before and after.
	ResidentKnown                 bool
	ResidentBefore, ResidentAfter int64
	Rows                          []RowRaise // in the order of Row
}

// RowRaise is what it would do to the keys of one row.
type RowRaise struct {
	Row int // index into Limits.Rows
	aggregate.Candidate
}

// Saves is what the keys get smaller by, bytes; it may be negative.
func (r *Raise) Saves() int64 { return r.Before - r.After }

// add adds keys of a row.
func (r *Raise) add(row int, c *aggregate.Candidate) {
	r.Keys += c.Keys
	r.Before += c.Before
	r.After += c.After
	r.Longest = max(r.Longest, c.Longest)
	r.ResidentKnown = r.ResidentKnown && c.BeforeResident > 0 && c.AfterResident > 0
	r.ResidentBefore += c.BeforeResident
	r.ResidentAfter += c.AfterResident
	// By row, so that those of two settings are found in each other.
	i, there := slices.BinarySearchFunc(r.Rows, row, func(x RowRaise, row int) int { return cmp.Compare(x.Row, row) })
	if !there {
		r.Rows = slices.Insert(r.Rows, i, RowRaise{row, *c})
		return
	}
	x := &r.Rows[i]
	x.Keys += c.Keys
	x.Before += c.Before
	x.After += c.After
	x.Longest = max(x.Longest, c.Longest)
}

// Plus returns what r and others do together; no key is in two of them.
func (r Raise) Plus(others ...Raise) Raise {
	r.Rows = slices.Clone(r.Rows)
	for i := range others {
		for j := range others[i].Rows {
			r.add(others[i].Rows[j].Row, &others[i].Rows[j].Candidate)
		}
	}
	return r
}

// at returns what a value of a setting does, nothing for one below all values.
func at(rs []Raise, value int64) Raise {
	sum := Raise{Value: value, ResidentKnown: true}
	for i := range rs {
		if rs[i].Value <= value {
			sum = rs[i]
		}
	}
	sum.Value = value
	return sum
}

// CurveOf returns what one row saves at each value.
func CurveOf(rs []Raise, row int) []int64 {
	curve := make([]int64, len(rs))
	for i := range rs {
		for _, rr := range rs[i].Rows {
			if rr.Row == row {
				curve[i] = rr.Before - rr.After
			}
		}
	}
	return curve
}

// Change is a setting at a higher value.
type Change struct {
	Setting string
	Now, To int64
	Curve   []Raise // what each value would do, alone
}

// Limits are the rows of a report and what a value of a setting must keep to.
type Limits struct {
	Rows      []*aggregate.PatternFacts // of which candidates are added up; a RowRaise has an index into it
	MaxPacked int64                     // a value that makes a larger blob than this is not considered, bytes
	MaxRaise  int64                     // nor is one that is larger than the one in force times this
	// enough is the share of the best saving for which the smallest value is taken,
	// minGain that of the converted keys' own memory that must be saved.
	Enough, MinGain aggregate.Ratio
	Worth           func(bytes int64) bool // whether a saving is worth a suggestion
}

// Choose chooses the values of the settings of a packed encoding, that on entries
// first, together: what one of them brings may hang on the other, since keys over both
// limits gain only when both are raised. now are the values in force. nil when nothing
// is worth it.
func (l *Limits) Choose(settings []string, now []int64) (*Raise, []Change) {
	curves, chosen := make([][]Raise, len(settings)), make([]*Raise, len(settings))
	for i, s := range settings {
		curves[i] = l.raises(s)
		chosen[i] = l.chooseOne(curves[i], now[i])
	}
	if len(settings) == 2 {
		l.chooseBoth(settings[0], now, curves, chosen)
	}
	var all Raise
	var changes []Change
	for i, r := range chosen {
		if r == nil {
			continue
		}
		first := len(changes) == 0
		changes = append(changes, Change{Setting: settings[i], Now: now[i], To: r.Value, Curve: curves[i]})
		if alone := at(curves[i], r.Value); first {
			all = alone.Plus()
		} else {
			all = all.Plus(alone)
		}
	}
	if len(changes) == 0 {
		return nil, nil
	}
	if len(changes) == 2 {
		all = all.Plus(l.bothRaised(settings[0], chosen[0].Value, chosen[1].Value))
	}
	return &all, changes
}

// raises adds the candidates of all rows up, for every value of a setting that
// some row has a candidate at, ascending. Candidates are cumulative: a row
// without one at some value has what its next lower one says.
func (l *Limits) raises(setting string) []Raise {
	perRow := make(map[int][]aggregate.Candidate)
	var values []int64
	var concerned []int // rows that have candidates
	for i, row := range l.Rows {
		for _, c := range row.Candidates {
			if c.Setting == setting && c.Keys > 0 {
				perRow[i] = append(perRow[i], c)
				values = append(values, c.Value)
			}
		}
		if cs := perRow[i]; cs != nil {
			slices.SortFunc(cs, func(a, b aggregate.Candidate) int { return cmp.Compare(a.Value, b.Value) })
			concerned = append(concerned, i)
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)

	out := make([]Raise, 0, len(values))
	for _, v := range values {
		sum := Raise{Value: v, ResidentKnown: true}
		for _, i := range concerned {
			cs := perRow[i]
			n, exact := slices.BinarySearchFunc(cs, v, func(c aggregate.Candidate, v int64) int { return cmp.Compare(c.Value, v) })
			if !exact {
				n--
			}
			if n < 0 {
				continue
			}
			sum.add(i, &cs[n])
		}
		out = append(out, sum)
	}
	return out
}

// chooseOne returns the smallest allowed value that gets enough of the best
// allowed saving, nil when none is worth it.
func (l *Limits) chooseOne(rs []Raise, now int64) *Raise {
	allowed := func(r *Raise) bool {
		return r.Value > now && r.Longest <= l.MaxPacked && (r.Value-1)/l.MaxRaise < now
	}
	var best int64
	for i := range rs {
		if allowed(&rs[i]) {
			best = max(best, rs[i].Saves())
		}
	}
	for i := range rs {
		r := &rs[i]
		if !allowed(r) || r.Saves() <= 0 || aggregate.RatioOf(r.Saves(), best) < l.Enough {
			continue
		}
		if l.Worth(r.Saves()) && aggregate.RatioOf(r.Saves(), r.Before) >= l.MinGain {
			return r
		}
	}
	return nil
}

// bothRaised are the keys that only raising two settings together packs.
func (l *Limits) bothRaised(entries string, entriesTo, valueTo int64) Raise {
	sum := Raise{Value: entriesTo, ResidentKnown: true}
	for i, row := range l.Rows {
		for j := range row.Pairs {
			if p := &row.Pairs[j]; p.Setting == entries && p.Value == entriesTo && p.WithValue == valueTo && p.Keys > 0 {
				sum.add(i, &p.Candidate)
			}
		}
	}
	return sum
}

// chooseBoth fills in of two settings the one, or both, that pay only together.
func (l *Limits) chooseBoth(entries string, now []int64, curves [][]Raise, chosen []*Raise) {
	var values [2][]int64
	for _, row := range l.Rows {
		for j := range row.Pairs {
			if p := &row.Pairs[j]; p.Setting == entries {
				values[0], values[1] = append(values[0], p.Value), append(values[1], p.WithValue)
			}
		}
	}
	for i := range values {
		slices.Sort(values[i])
		values[i] = slices.Compact(values[i])
	}
	pairOf := func(i int, mine, other int64) Raise {
		if i == 0 {
			return l.bothRaised(entries, mine, other)
		}
		return l.bothRaised(entries, other, mine)
	}
	// With the one held, what the other brings and what both bring.
	along := func(i int, other int64) *Raise {
		rs := make([]Raise, 0, len(values[i]))
		for _, v := range values[i] {
			r := at(curves[i], v).Plus(pairOf(i, v, other))
			r.Value = v
			rs = append(rs, r)
		}
		return l.chooseOne(rs, now[i])
	}
	switch {
	case chosen[0] != nil && chosen[1] == nil:
		chosen[1] = along(1, chosen[0].Value)
	case chosen[0] == nil && chosen[1] != nil:
		chosen[0] = along(0, chosen[1].Value)
	case chosen[0] == nil:
		// The lower value of the second for which the first pays.
		for _, v := range values[1] {
			if v <= now[1] || (v-1)/l.MaxRaise >= now[1] {
				continue
			}
			if r := along(0, v); r != nil {
				held := Raise{Value: v}
				chosen[0], chosen[1] = r, &held
				return
			}
		}
	}
}
