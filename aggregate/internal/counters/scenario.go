package counters

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// Outcome is what a trial makes of a key.
type Outcome struct {
	Bytes, Resident, Error int64
	Packed, Elements       int64 // as in memory.Size
	Encoding               memory.Encoding
}

// effect is what a scenario does to the keys of one pattern and type.
type effect struct {
	Delta         int64             `part:"delta,signed"` // after minus before
	DeltaResident int64             `part:"delta_resident,signed"`
	Error         sketch.SumSquares `part:"error_squares"`
	Moves         []move            `part:"moves"` // sorted
}

// move counts keys whose encoding changes.
type move struct {
	From memory.Encoding `part:"from"`
	To   memory.Encoding `part:"to"`
	Keys int64           `part:"keys"`
}

func (m *move) compare(from, to memory.Encoding) int {
	return cmp.Or(cmp.Compare(m.From, from), cmp.Compare(m.To, to))
}

func (e *effect) move(from, to memory.Encoding, keys int64) {
	for i := range e.Moves {
		switch c := e.Moves[i].compare(from, to); {
		case c == 0:
			e.Moves[i].Keys += keys
			return
		case c > 0:
			e.Moves = slices.Insert(e.Moves, i, move{from, to, keys})
			return
		}
	}
	e.Moves = append(e.Moves, move{from, to, keys})
}

// add counts a key that the scenario may change.
func (e *effect) add(before *memory.Size, after *Outcome) {
	e.Delta += after.Bytes - before.Bytes
	e.DeltaResident += after.Resident - before.Resident
	if after.Bytes != before.Bytes || after.Error != before.Error {
		// Both are off by chance, each its own; or one is not known, as what
		// LZF would make of a list node.
		e.Error.Add(before.Error)
		e.Error.Add(after.Error)
	}
	if before.Encoding != after.Encoding {
		e.move(before.Encoding, after.Encoding, 1)
	}
}

func (e *effect) merge(o *effect) {
	e.Delta += o.Delta
	e.DeltaResident += o.DeltaResident
	e.Error.Merge(o.Error)
	for _, m := range o.Moves {
		e.move(m.From, m.To, m.Keys)
	}
}

// addEffects counts a key for the scenarios that may change it.
func (s *Stats) addEffects(r *Observation) {
	t := r.Trials
	if s.Effects == nil {
		s.Effects = make([]effect, t.Scenarios)
	}
	for _, j := range t.Concerned[r.DataType] {
		if j >= t.Scenarios {
			break // of the sweeps there are sums only
		}
		s.Effects[j].add(r.Cost, &r.Outcomes[j*r.Stride])
	}
}

// mergeEffects adds o to s.
func (s *Stats) mergeEffects(o *Stats) {
	if o.Effects == nil {
		return
	}
	if s.Effects == nil {
		s.Effects = make([]effect, len(o.Effects))
	}
	for i := range o.Effects {
		s.Effects[i].merge(&o.Effects[i])
	}
}

// takeEffects moves part's share of the effects out of s.
func (s *Stats) takeEffects(part *Stats, share *share) {
	part.Effects = nil
	if s.Effects == nil {
		return
	}
	part.Effects = make([]effect, len(s.Effects))
	for i := range s.Effects {
		s.Effects[i].take(&part.Effects[i], share)
	}
}

func (e *effect) take(part *effect, share *share) {
	part.Delta, part.DeltaResident = share.of(e.Delta, byMemory), share.of(e.DeltaResident, byMemory)
	e.Delta -= part.Delta
	e.DeltaResident -= part.DeltaResident
	part.Error = e.Error.Part(share[byMemory].part, share[byMemory].all)
	e.Error.Sub(part.Error)
	for i := range e.Moves {
		m := &e.Moves[i]
		n := share.of(m.Keys, byKeys)
		part.Moves = append(part.Moves, move{m.From, m.To, n})
		m.Keys -= n
	}
}

// packedStats describes the packed values of one type: what an access to one
// of them costs.
type packedStats struct {
	Keys    int64 `part:"keys"`
	Longest int64 `part:"longest"`       // bytes of the longest blob, or list node
	Most    int64 `part:"most_elements"` // elements that an access passes at most
	Twice   int64 `part:"twice_scanned"` // Σ of twice the elements that finding one passes on average
}

// add counts a packed value: a listpack is scanned from its start, half of it
// on average; an intset is searched by halves.
func (p *packedStats) add(encoding memory.Encoding, length, elements int64) {
	if length == 0 {
		return
	}
	p.Keys++
	p.Longest = max(p.Longest, length)
	if encoding == memory.EncodingIntset {
		steps := int64(bits.Len64(uint64(elements)))
		p.Most = max(p.Most, steps)
		p.Twice += 2 * steps
		return
	}
	p.Most = max(p.Most, elements)
	if elements > 0 {
		p.Twice += elements + 1
	}
}

func (p *packedStats) merge(o *packedStats) {
	p.Keys += o.Keys
	p.Longest, p.Most = max(p.Longest, o.Longest), max(p.Most, o.Most)
	p.Twice += o.Twice
}

// conversion is the keys of a type that a trial turns from one encoding into
// another.
type conversion struct {
	Type   parser.DataType `part:"type"`
	From   memory.Encoding `part:"from"`
	To     memory.Encoding `part:"to"`
	Keys   int64           `part:"keys"`
	Before int64           `part:"before"`
	After  int64           `part:"after"`
	Packed packedStats     `part:"packed"` // afterwards
}

func (c *conversion) compare(o *conversion) int {
	return cmp.Or(cmp.Compare(c.Type, o.Type), cmp.Compare(c.From, o.From), cmp.Compare(c.To, o.To))
}

func (c *conversion) merge(o *conversion) {
	c.Keys += o.Keys
	c.Before += o.Before
	c.After += o.After
	c.Packed.merge(&o.Packed)
}

// TrialState is what one trial does to all keys, plain data.
type TrialState struct {
	effect      `part:"effect"`
	Conversions []conversion                     `part:"conversions"` // sorted
	Packed      [parser.NumDataTypes]packedStats `part:"packed"`      // of the types the trial may change
}

func (t *TrialState) add(l parser.DataType, before *memory.Size, after *Outcome) {
	t.Packed[l].add(after.Encoding, after.Packed, after.Elements)
	t.effect.add(before, after)
	if before.Encoding == after.Encoding {
		return
	}
	c := conversion{Type: l, From: before.Encoding, To: after.Encoding, Keys: 1, Before: before.Bytes, After: after.Bytes}
	c.Packed.add(after.Encoding, after.Packed, after.Elements)
	t.convert(&c)
}

func (t *TrialState) convert(c *conversion) {
	i := 0
	for ; i < len(t.Conversions); i++ {
		switch order := t.Conversions[i].compare(c); {
		case order == 0:
			t.Conversions[i].merge(c)
			return
		case order > 0:
			t.Conversions = slices.Insert(t.Conversions, i, *c)
			return
		}
	}
	t.Conversions = append(t.Conversions, *c)
}

func (t *TrialState) merge(o *TrialState) {
	t.effect.merge(&o.effect)
	for i := range o.Conversions {
		t.convert(&o.Conversions[i])
	}
	for l := range t.Packed {
		t.Packed[l].merge(&o.Packed[l])
	}
}

// TrialSums is what the trials do to all keys, plain data; empty when there
// are none.
type TrialSums struct {
	Trials []TrialState                     `part:"trials"`
	Packed [parser.NumDataTypes]packedStats `part:"packed"` // of the baseline
}

// NewTrialSums returns sums for the scenarios and sweeps of a configuration.
func NewTrialSums(c *data.Config) TrialSums {
	n := len(c.Scenarios)
	for _, s := range c.Sweeps {
		n += len(s.Values)
	}
	if n == 0 {
		return TrialSums{}
	}
	return TrialSums{Trials: make([]TrialState, n)}
}

// Add counts a key.
func (t *TrialSums) Add(r *Observation) {
	z := r.Cost
	t.Packed[r.DataType].add(z.Encoding, z.Packed, z.PackedElements)
	for _, j := range r.Trials.Concerned[r.DataType] {
		t.Trials[j].add(r.DataType, z, &r.Outcomes[j*r.Stride])
	}
}

// Merge adds the keys of another.
func (t *TrialSums) Merge(o *TrialSums) {
	if o.Trials == nil {
		return
	}
	if t.Trials == nil {
		t.Trials = make([]TrialState, len(o.Trials))
	}
	for i := range o.Trials {
		t.Trials[i].merge(&o.Trials[i])
	}
	for l := range t.Packed {
		t.Packed[l].merge(&o.Packed[l])
	}
}

// TrialTables is a scenario's share of used_memory that depends on the source.
type TrialTables struct {
	Server   string `part:"server"`
	Keyspace int64  `part:"keyspace_bytes"`
	Baseline int64  `part:"baseline_bytes"`
}

// Compare orders tables by size.
func (t TrialTables) Compare(o TrialTables) int {
	return cmp.Or(cmp.Compare(t.Server, o.Server), cmp.Compare(t.Keyspace, o.Keyspace), cmp.Compare(t.Baseline, o.Baseline))
}

// Trials sizes the keys of one source under the profiles of scenarios and
// sweeps. A trial sizes those types only whose keys may differ from the
// baseline's; it costs nothing for the others.
type Trials struct {
	Scenarios int // the first of all
	Profiles  []memory.Profile
	Concerned [parser.NumDataTypes][]int // trials that size the keys of a type, ascending
	Types     []memory.Types             // by trial
	Walkers   []memory.Meter             // by trial, asked on the scanner's goroutine; nil when no type is concerned
	Meters    []memory.Meter             // by trial, work on the pump's goroutines
	Workers   int
}

// Changed is how many keys change their encoding.
func (e *effect) Changed() (n int64) {
	for _, m := range e.Moves {
		n += m.Keys
	}
	return n
}

// NewPackedCost is p for a report.
func (p *packedStats) NewPackedCost() data.PackedCost {
	return data.PackedCost{Keys: p.Keys, Longest: p.Longest, ScannedMax: p.Most, ScannedMean: data.RatioOf(p.Twice, 2*p.Keys)}
}
