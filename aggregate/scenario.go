package aggregate

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strconv"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// Scenario is another server for the same keys: what a dump would take after
// it was loaded there.
type Scenario struct {
	Name     string
	Server   string    // a line's name; "" is the one the source is sized for
	Settings []Setting // changes to Config.Settings, in order
}

// Setting is a server setting as redis.conf has it.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Sweep asks what each of several values of one setting would do, all else as
// in Config.
type Sweep struct {
	Setting string
	Values  []int64
}

const (
	// maxScenarios bounds what is kept for each pattern.
	maxScenarios = 16
	// maxTrials bounds the profiles of scenarios and sweeps together, each of
	// which sizes the keys it may change.
	maxTrials = 96
)

// trial is a profile that keys are sized with beside the baseline's: first
// come the scenarios, then the values of the sweeps.
type trial struct {
	server   string // "" is that of the source
	settings memory.Config
}

// with returns c with settings changed.
func with(c memory.Config, changes []Setting) (memory.Config, error) {
	for _, s := range changes {
		known, err := c.Set(s.Name, s.Value)
		if err != nil {
			return c, err
		}
		if !known {
			return c, fmt.Errorf("%q is not a setting that shapes memory", s.Name)
		}
	}
	return c, nil
}

// trials lists the profiles a configuration asks for.
func (c *Config) trials() ([]trial, error) {
	var out []trial
	for _, s := range c.Scenarios {
		conf, err := with(c.Settings, s.Settings)
		if err != nil {
			return nil, fmt.Errorf("scenario %q: %w", s.Name, err)
		}
		if s.Server != "" {
			if _, err := memory.ParseServer(s.Server); err != nil {
				return nil, fmt.Errorf("scenario %q: %w", s.Name, err)
			}
		}
		out = append(out, trial{s.Server, conf})
	}
	for _, s := range c.Sweeps {
		for _, v := range s.Values {
			conf, err := with(c.Settings, []Setting{{s.Setting, strconv.FormatInt(v, 10)}})
			if err != nil {
				return nil, fmt.Errorf("sweep: %w", err)
			}
			out = append(out, trial{"", conf})
		}
	}
	return out, nil
}

// checkScenarios reports what is wrong with the scenarios and sweeps.
func (c *Config) checkScenarios() error {
	if n := len(c.Scenarios); n > maxScenarios {
		return fmt.Errorf("%d scenarios: at most %d are compared in one pass", n, maxScenarios)
	}
	for i, s := range c.Scenarios {
		if s.Name == "" {
			return fmt.Errorf("scenario %d has no name", i+1)
		}
		if slices.ContainsFunc(c.Scenarios[:i], func(o Scenario) bool { return o.Name == s.Name }) {
			return fmt.Errorf("scenario %q is given twice", s.Name)
		}
	}
	for i, s := range c.Sweeps {
		if len(s.Values) == 0 {
			return fmt.Errorf("sweep of %s: no values", s.Setting)
		}
		if slices.ContainsFunc(c.Sweeps[:i], func(o Sweep) bool { return o.Setting == s.Setting }) {
			return fmt.Errorf("sweep of %s is given twice", s.Setting)
		}
	}
	t, err := c.trials()
	if err == nil && len(t) > maxTrials {
		err = fmt.Errorf("%d profiles in scenarios and sweeps: at most %d are compared in one pass", len(t), maxTrials)
	}
	return err
}

// cloneScenarios makes the scenarios and sweeps of c its own.
func (c *Config) cloneScenarios() {
	c.Scenarios, c.Sweeps = slices.Clone(c.Scenarios), slices.Clone(c.Sweeps)
	for i := range c.Scenarios {
		c.Scenarios[i].Settings = slices.Clone(c.Scenarios[i].Settings)
	}
	for i := range c.Sweeps {
		c.Sweeps[i].Values = slices.Clone(c.Sweeps[i].Values)
	}
}

// sameTrials reports whether two configurations compare the same profiles.
func (c *Config) sameTrials(o *Config) bool {
	return slices.EqualFunc(c.Scenarios, o.Scenarios, func(a, b Scenario) bool {
		return a.Name == b.Name && a.Server == b.Server && slices.Equal(a.Settings, b.Settings)
	}) && slices.EqualFunc(c.Sweeps, o.Sweeps, func(a, b Sweep) bool {
		return a.Setting == b.Setting && slices.Equal(a.Values, b.Values)
	})
}

// outcome is what a trial makes of a key.
type outcome struct {
	bytes, resident, error int64
	packed, elements       int64 // as in memory.Size
	encoding               memory.Encoding
}

// effect is what a scenario does to the keys of one pattern and type.
type effect struct {
	Delta, DeltaResident int64 // after minus before
	Error                sumSquares
	Moves                []move // sorted
}

// move counts keys whose encoding changes.
type move struct {
	From, To memory.Encoding
	Keys     int64
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
func (e *effect) add(before *memory.Size, after *outcome) {
	e.Delta += after.bytes - before.Bytes
	e.DeltaResident += after.resident - before.Resident
	if after.bytes != before.Bytes || after.error != before.Error {
		// Both are off by chance, each its own; or one is not known, as what
		// LZF would make of a list node.
		e.Error.add(before.Error)
		e.Error.add(after.error)
	}
	if before.Encoding != after.encoding {
		e.move(before.Encoding, after.encoding, 1)
	}
}

func (e *effect) merge(o *effect) {
	e.Delta += o.Delta
	e.DeltaResident += o.DeltaResident
	e.Error.merge(o.Error)
	for _, m := range o.Moves {
		e.move(m.From, m.To, m.Keys)
	}
}

// addEffects counts a key for the scenarios that may change it.
func (s *stats) addEffects(r *record) {
	t := r.trials
	if s.Effects == nil {
		s.Effects = make([]effect, t.scenarios)
	}
	for _, j := range t.concerned[r.Logical] {
		if j >= t.scenarios {
			break // of the sweeps there are sums only
		}
		s.Effects[j].add(r.size, &r.outcomes[j*r.stride])
	}
}

// mergeEffects adds o to s.
func (s *stats) mergeEffects(o *stats) {
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

// packedStats describes the packed values of one type: what an access to one
// of them costs.
type packedStats struct {
	Keys    int64
	Longest int64 // bytes of the longest blob, or list node
	Most    int64 // elements that an access passes at most
	Twice   int64 // Σ of twice the elements that finding one passes on average
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
	Type          parser.DataType
	From, To      memory.Encoding
	Keys          int64
	Before, After int64
	Packed        packedStats // afterwards
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

// trialState is what one trial does to all keys, plain data.
type trialState struct {
	effect
	Conversions []conversion                     // sorted
	Packed      [parser.NumDataTypes]packedStats // of the types the trial may change
}

func (t *trialState) add(l parser.DataType, before *memory.Size, after *outcome) {
	t.Packed[l].add(after.encoding, after.packed, after.elements)
	t.effect.add(before, after)
	if before.Encoding == after.encoding {
		return
	}
	c := conversion{Type: l, From: before.Encoding, To: after.encoding, Keys: 1, Before: before.Bytes, After: after.bytes}
	c.Packed.add(after.encoding, after.packed, after.elements)
	t.convert(&c)
}

func (t *trialState) convert(c *conversion) {
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

func (t *trialState) merge(o *trialState) {
	t.effect.merge(&o.effect)
	for i := range o.Conversions {
		t.convert(&o.Conversions[i])
	}
	for l := range t.Packed {
		t.Packed[l].merge(&o.Packed[l])
	}
}

// trialSums is what the trials do to all keys, plain data; empty when there
// are none.
type trialSums struct {
	Trials []trialState
	Packed [parser.NumDataTypes]packedStats // of the baseline
}

func newTrialSums(c *Config) trialSums {
	n := len(c.Scenarios)
	for _, s := range c.Sweeps {
		n += len(s.Values)
	}
	if n == 0 {
		return trialSums{}
	}
	return trialSums{Trials: make([]trialState, n)}
}

// add counts a key.
func (t *trialSums) add(r *record) {
	z := r.size
	t.Packed[r.Logical].add(z.Encoding, z.Packed, z.PackedElements)
	for _, j := range r.trials.concerned[r.Logical] {
		t.Trials[j].add(r.Logical, z, &r.outcomes[j*r.stride])
	}
}

func (t *trialSums) merge(o *trialSums) {
	if o.Trials == nil {
		return
	}
	if t.Trials == nil {
		t.Trials = make([]trialState, len(o.Trials))
	}
	for i := range o.Trials {
		t.Trials[i].merge(&o.Trials[i])
	}
	for l := range t.Packed {
		t.Packed[l].merge(&o.Packed[l])
	}
}

// trialTables is a scenario's share of used_memory that depends on the source.
type trialTables struct {
	Server             string
	Keyspace, Baseline int64
}
