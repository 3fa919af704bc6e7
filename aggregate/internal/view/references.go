package view

import (
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/parser"
)

// Members of lists, sets and sorted sets may be names of keys, or end them: then what
// holds them is a queue or an index, and the keys belong to it. Members and names are
// both sampled, each by itself, so that a member is seldom one of the names at hand.
// What says that keys of a row are meant:
//
//	identifiers   have the class and length of the names' endings, and as many of them
//	              are names at hand as there would be if all were names; where that would
//	              be too few to tell, the two names have a word in common, or the
//	              identifiers fit no other row
//	numbers       lie where the names' numbers lie, whose range these fill by a quarter
//	              at least or which are too large for chance; not all in its lowest part,
//	              where counts, prices and marks lie, if the range begins near zero; and
//	              the two names have a word in common, or the numbers fit no other row
//	whole names   have the pattern of keys of the row

const (
	// minNumber is a number too large to be another's by chance.
	minNumber = 1_000_000_000
	// filled: the numbers of a row's keys fill their range by one part in so many.
	filled = 4
	// lowest is the part of the range in which numbers say nothing: one in so many.
	lowest = 16
	// expectedHits identifiers that would be at hand if all were names are enough to
	// tell, and one in missedHits of them.
	expectedHits, missedHits = 3, 4
	// maxMeant rows with identifiers of one shape are looked at, those with most memory.
	maxMeant = 64
)

// referrer is a row whose members may be names of keys.
type referrer struct {
	looked  int64
	ids     []keyname.Ending
	numbers int64
	upTo    [keyname.NumMagnitudes]int64 // numbers of this magnitude and smaller ones
	sums    map[keyname.PatternSum]int64 // of the members as whole names
}

// meant is a row whose keys may be named: how their names end.
type meant struct {
	keys     int64
	names    int64                       // at hand
	numbers  int64                       // of them end in one
	low, top uint64                      // of these
	ids      map[keyname.Ending]bool     // identifiers
	shapes   map[uint16]bool             // of them
	sums     map[keyname.PatternSum]bool // of the names
}

// references says which rows have members that name keys of which others.
type references struct {
	tails map[naming.RowKey]tails           // members that end names of keys
	named map[naming.RowKey][]naming.RowKey // a row, and those whose members name it
}

// tails are how many members end names of keys, and how many keys those may be.
type tails struct{ members, keys int64 }

// referTo finds the references between rows, which come by memory.
func (e *existing) referTo(rows []naming.Row, samples map[naming.RowKey][]weighed) references {
	out := references{tails: map[naming.RowKey]tails{}, named: map[naming.RowKey][]naming.RowKey{}}
	from := make([]*referrer, len(rows))
	none := true
	for i := range rows {
		from[i] = e.referrer(&rows[i], samples[rows[i].Key()])
		none = none && from[i] == nil
	}
	if none {
		return out
	}
	to := make([]*meant, len(rows))
	sketch.EachOf(len(rows), func() func(int) {
		split := keyname.NewSplitter(e.cfg.Separators, e.cfg.Depth)
		return func(i int) { to[i] = meantBy(&rows[i], samples[rows[i].Key()], split) }
	})
	var numbered []int
	byShape, bySum := map[uint16][]int{}, map[keyname.PatternSum][]int{}
	for j, t := range to {
		if t == nil {
			continue
		}
		if t.numbers >= 2 && t.numbers*2 >= t.names && t.filled() {
			numbered = append(numbered, j)
		}
		for shape := range t.shapes {
			byShape[shape] = append(byShape[shape], j)
		}
		for sum := range t.sums {
			bySum[sum] = append(bySum[sum], j)
		}
	}
	for i, r := range from {
		if r == nil {
			continue
		}
		key := rows[i].Key()
		names := map[int]bool{}
		tail := func(j int, n int64) {
			if n > 0 && j != i {
				names[j] = true
				x := out.tails[key]
				out.tails[key] = tails{max(x.members, n), x.keys + to[j].keys}
			}
		}
		likely := func(fit []int, j int) bool {
			return len(fit) == 1 || role.ShareWord(rows[i].Pattern, rows[j].Pattern)
		}
		for shape := range r.shapes() {
			fit := fitting(byShape[shape][:min(len(byShape[shape]), maxMeant)], i, func(j int) bool { n, _ := r.identifiersOf(to[j]); return n > 0 })
			for _, j := range fit {
				switch n, p := r.identifiersOf(to[j]); {
				case p == proved, p == open && likely(fit, j), role.ShareWord(rows[i].Pattern, rows[j].Pattern):
					tail(j, n)
				}
			}
		}
		fit := fitting(numbered, i, func(j int) bool { return r.numbersOf(to[j]) > 0 })
		for _, j := range fit {
			if likely(fit, j) {
				tail(j, r.numbersOf(to[j]))
			}
		}
		for sum, n := range r.sums {
			if n*2 < r.looked {
				continue
			}
			for _, j := range bySum[sum] {
				names[j] = names[j] || j != i
			}
		}
		for j := range names {
			if names[j] {
				at := rows[j].Key()
				out.named[at] = append(out.named[at], key)
			}
		}
	}
	return out
}

// fitting returns those of rows but one that fit.
func fitting(rows []int, but int, fits func(j int) bool) (out []int) {
	for _, j := range rows {
		if j != but && fits(j) {
			out = append(out, j)
		}
	}
	return out
}

// referrer returns what the members of a row's sampled keys are, nil for no names.
func (e *existing) referrer(row *naming.Row, samples []weighed) *referrer {
	if t := dataTypes[row.Type]; t != parser.DataTypeList && t != parser.DataTypeSet && t != parser.DataTypeZset {
		return nil
	}
	r := &referrer{sums: map[keyname.PatternSum]int64{}}
	for i := range samples {
		k := &samples[i].Key
		m := samples[i].Role.Members
		if m == nil || k.Len != int64(len(k.Name)) {
			continue
		}
		r.looked += m.Looked
		own := e.v.SumOf(k.Name)
		for j := range m.Ends {
			switch end := keyname.Ending(m.Ends[j]); {
			case end.IsNumber():
				r.numbers++
				r.upTo[end.Magnitude()]++
			case end.IsID():
				r.ids = append(r.ids, end)
			}
			for _, s := range [...]uint64{m.Own[j], m.Under[j]} {
				if sum := keyname.PatternSum(s); s != 0 && sum != own && e.sums[sum] {
					r.sums[sum]++
				}
			}
		}
	}
	if r.numbers == 0 && len(r.ids) == 0 && len(r.sums) == 0 {
		return nil
	}
	for i := 1; i < len(r.upTo); i++ {
		r.upTo[i] += r.upTo[i-1]
	}
	return r
}

func (r *referrer) shapes() map[uint16]bool {
	out := map[uint16]bool{}
	for _, id := range r.ids {
		out[id.Shape()] = true
	}
	return out
}

// meantBy returns how the names of a row's sampled keys end, nil when they are of a
// type that holds members itself.
func meantBy(row *naming.Row, samples []weighed, split *keyname.Splitter) *meant {
	switch dataTypes[row.Type] {
	case parser.DataTypeList, parser.DataTypeSet, parser.DataTypeZset, parser.DataTypeStream:
		return nil
	}
	t := &meant{keys: row.Keys, ids: map[keyname.Ending]bool{}, shapes: map[uint16]bool{}, sums: map[keyname.PatternSum]bool{}}
	for i := range samples {
		k := &samples[i].Key
		if k.Len != int64(len(k.Name)) {
			continue
		}
		edges := split.Split(k.Name)
		t.names++
		t.sums[keyname.SumOf(k.Name, edges)] = true
		last := &edges[len(edges)-1]
		if len(edges) < 2 || int(last.Off+last.N) != len(k.Name) {
			continue
		}
		switch end := keyname.EndingOf(k.Name, last); {
		case end.IsNumber():
			v, _ := keyname.WholeNumber(k.Name[last.Off:])
			if t.numbers == 0 {
				t.low, t.top = v, v
			}
			t.low, t.top = min(t.low, v), max(t.top, v)
			t.numbers++
		case end.IsID():
			t.ids[end] = true
			t.shapes[end.Shape()] = true
		}
	}
	if t.names == 0 {
		return nil
	}
	t.keys = max(t.keys, t.names)
	return t
}

// filled reports whether the keys fill the range of their numbers, or these are too
// large for chance.
func (t *meant) filled() bool {
	return t.low >= minNumber || uint64(t.keys) >= (t.top-t.low)/filled
}

// proof is what the names at hand say of members that look like theirs.
type proof uint8

const (
	open     proof = iota // too few to tell
	doubtful              // none is a name, though one should be
	proved
)

// identifiersOf returns how many members may be identifiers of the keys of a row, 0 when
// they are not.
func (r *referrer) identifiersOf(t *meant) (int64, proof) {
	var like, hits int64
	for _, id := range r.ids {
		if t.shapes[id.Shape()] {
			like++
			if t.ids[id] {
				hits++
			}
		}
	}
	expected := like * t.names // times t.keys
	switch {
	case like*2 < r.looked || like < 2,
		t.names == t.keys && hits*2 < like, // all are at hand
		expected >= expectedHits*t.keys && hits*t.keys*missedHits < expected:
		return 0, doubtful
	case hits > 0:
		return like, proved
	case expected >= t.keys:
		return like, doubtful
	}
	return like, open
}

// numbersOf returns how many members lie where the numbers of a row's keys lie, 0 when
// that says nothing.
func (r *referrer) numbersOf(t *meant) int64 {
	at := func(v uint64) int { return keyname.EndingOfNumber(v).Magnitude() }
	in := r.upTo[at(t.top)]
	if low := at(t.low); low > 0 {
		in -= r.upTo[low-1]
	}
	above := r.upTo[at(t.top)] - r.upTo[at(t.low+(t.top-t.low)/lowest)]
	if in*2 < r.looked || in < 2 || t.low < t.top/2 && t.low < minNumber && above*2 < in {
		return 0
	}
	return in
}
