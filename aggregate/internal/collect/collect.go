package collect

import (
	"sync"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// WeighEvery is after how many new nodes, entries and pages of histograms the
// trie is weighed.
const WeighEvery = 1 << 10

// cellID numbers types and encodings together.
func cellID(typ uint8, e memory.Encoding) int { return int(typ)*memory.NumEncodings + int(e) }

// currentCell is that of the key before: most keys come in runs of a kind.
type currentCell struct {
	db       *dbState
	cell     *state.Cell
	typ      uint8
	encoding memory.Encoding
}

// Collector turns the keys of one source into a KeyState.
type Collector struct {
	Limits *counters.Limits
	groups []data.Group
	Names  *keyTagger // cuts names of which something is kept
	Trie   *state.Trie
	memo   state.PathCache
	Time   *timeline
	loaded bool

	Types state.TypeTable // the first parser.NumDataTypes are those of servers

	Totals  state.Totals
	dbs     databases
	current currentCell
	Biggest TopList
	Longest TopList
	named   namedLists
	slots   slotCounter
	tagged  *[keyname.NumSlots]taggedSlot // once a key has a hash tag
	Sample  sizeSampler
	trials  counters.TrialSums
	advice  *adviceSamples // nil: no advice is wanted

	IsCut   bool           // what follows is of the current key
	edges   []keyname.Edge // of the current key
	group   int            // index of its group, -1 for none
	pattern []byte         // space for it
}

// NewCollector returns a collector for one source with a seed.
func NewCollector(cfg *data.Config, seed keyname.Seed, c sketch.Clock, b state.Bounds) *Collector {
	n := max(cfg.Top, state.MinTop)
	k := &Collector{
		Limits: counters.LimitsOf(&cfg.Settings), groups: cfg.Groups, Names: NewKeyTagger(cfg, seed, nil),
		Trie: state.NewTrie(b), memo: state.NewPathCache(), Time: newTimeline(c), loaded: cfg.Loaded,
		Types: state.TypeTable{}, dbs: newDatabases(),
		Biggest: NewTopList(n), Longest: NewTopList(n), named: newNamedLists(), Sample: newSizeSampler(b), trials: counters.NewTrialSums(cfg), slots: NewSlotCounter(),
	}
	k.Sample.path = k.path
	for l := range parser.NumDataTypes {
		k.Types.ID(parser.DataType(l).String())
	}
	return k
}

// Observe counts a key. It is all that a key goes through behind the memory
// model, and it keeps nothing that r points to. It reports whether the key
// counts: an expired one does not when the loaded state is analysed.
func (c *Collector) Observe(r *counters.Observation) bool {
	r.Expired, r.Far = false, false
	if r.HasExpiry {
		r.Expired, r.Far = c.Time.clock.Expired(r.Expiry), c.Time.clock.IsFar(r.Expiry)
	}
	if r.Expired && c.loaded {
		c.Totals.Dropped.Add(r.Cost.Bytes)
		c.dbs.at(r.DB).dropped++
		return false
	}
	c.IsCut = false
	r.Bucket = sketch.BucketOf(r.Cost.Bytes)
	c.Totals.Add(r)
	c.AddCell(r)
	e := c.Entry(r)
	c.Trie.Fresh += e.Add(r, c.Limits)
	if c.advice != nil {
		c.sampleForAdvice(r, &e.Stats)
	}
	if c.Trie.Fresh >= WeighEvery {
		c.Trie.Bound()
	}
	c.Time.Add(r)
	if r.Slot >= 0 {
		c.slots.Put(r.Slot, r.Cost.Bytes)
		if len(r.Tag) > 0 {
			c.addTagged(r)
		}
	}
	if c.Biggest.Wants(r.Cost.Bytes, r) {
		c.Biggest.put(r.Cost.Bytes, r, c.renderPattern(r))
	}
	// The list of the longest has no place for single values.
	if r.Elements > 1 && c.Longest.Wants(r.Elements, r) {
		c.Longest.put(r.Elements, r, c.renderPattern(r))
	}
	c.offerNamed(r)
	c.Sample.Offer(r)
	if r.Trials != nil {
		c.trials.Add(r)
	}
	return true
}

// AddCell counts a key in its database, type and encoding.
func (c *Collector) AddCell(r *counters.Observation) {
	d := c.dbs.at(r.DB)
	d.keys++
	if r.HasExpiry {
		d.expires++
	}
	if c.current.db != d || c.current.typ != r.Typ || c.current.encoding != r.Cost.Encoding {
		c.current = currentCell{d, c.cell(d, r), r.Typ, r.Cost.Encoding}
	}
	x := c.current.cell
	x.Keys++
	x.Elements += r.Elements
	x.Memory += r.Cost.Bytes
	x.Sizes.AddTo(r.Bucket, r.Cost.Bytes)
	if r.Cost.Unbounded {
		x.Unbounded++
	}
	if r.Figures != nil {
		x.Figures.Add(r.Figures)
	}
	if !r.HasExpiry {
		x.NoTTLKeys++
		x.NoTTLMemory += r.Cost.Bytes
	}
}

// cell returns the cell of a key, making it when it is new.
func (c *Collector) cell(d *dbState, r *counters.Observation) *state.Cell {
	typ := r.Typ
	if int(typ) >= parser.NumDataTypes && r.DB >= state.ModuleDatabases {
		typ = uint8(parser.DataTypeModule)
		c.Types.Capped = true
	}
	id := cellID(typ, r.Cost.Encoding)
	if id < len(d.cells) {
		if d.cells[id] == nil {
			d.cells[id] = new(state.Cell)
		}
		return d.cells[id]
	}
	x := d.modules[id]
	if x == nil {
		x = new(state.Cell)
		if d.modules == nil {
			d.modules = make(map[int]*state.Cell)
		}
		d.modules[id] = x
	}
	return x
}

// cut splits the current key, or finds its group, unless that was done.
func (c *Collector) cut(r *counters.Observation) {
	if !c.IsCut {
		c.group, c.edges = c.Names.cutKey(r.Key, r.KeyLen == int64(len(r.Key)), r.Named)
		c.IsCut = true
	}
}

// Entry returns the entry of the current key.
func (c *Collector) Entry(r *counters.Observation) *state.PatternCounters {
	path := r.Name.Path
	p := c.memo.At(path, r.Typ, c.Trie)
	if p.Path == path && p.Entry != nil && p.Entry.Typ == r.Typ && p.Seen(r.Key) {
		return p.Entry
	}
	c.cut(r)
	var node uint32
	if c.group >= 0 {
		number := keyname.GroupLiteral(c.group)
		node = c.Trie.Group(number[:])
	} else {
		node = c.Trie.Locate(r.Key, c.edges)
	}
	e := c.Trie.EntryOf(node, r.Typ)
	*c.memo.At(path, r.Typ, c.Trie) = c.Trie.Remember(path, e, node, r.Key, c.edges)
	return e
}

// renderPattern returns the pattern of the current key; it is valid until the
// next call.
func (c *Collector) renderPattern(r *counters.Observation) []byte {
	c.cut(r)
	if c.group >= 0 {
		c.pattern = keyname.AppendGroup(c.pattern[:0], c.groups[c.group].Name)
	} else {
		c.pattern = keyname.AppendPattern(c.pattern[:0], r.Key, c.edges)
	}
	return c.pattern
}

// path appends what of the current key leads through the trie, nothing for one in a
// group.
func (c *Collector) path(r *counters.Observation, dst []byte) []byte {
	if c.cut(r); c.group >= 0 {
		return dst
	}
	return keyname.AppendPath(dst, r.Key, c.edges)
}

// Finish returns what was collected; the collector must not be used afterwards.
func (c *Collector) Finish() state.KeyState {
	s := state.KeyState{
		Totals: c.Totals, Coarse: c.Trie.Coarse, Capped: c.Trie.Capped, Patterns: c.Trie.Freeze(c.Types.Names),
		Timeline: c.Time.finish(), Buckets: c.Time.buckets, Trials: c.trials,
	}
	var lists sync.WaitGroup
	lists.Go(func() {
		s.Biggest, s.Longest, s.Sample = c.Biggest.Sorted(), c.Longest.Sorted(), c.Sample.Sorted()
		s.Named = c.named.finish()
	})
	s.Cells = c.dbs.states(c.Types.Names)
	s.Totals.Sum(s.Cells, s.Patterns)
	s.Slots = packSlots(c.slots.Sums(), c.tagged)
	s.Totals.Capped = c.Types.Capped
	if c.advice != nil {
		c.advice.finish(&s, c.Time.clock, c.Names.split)
	}
	lists.Wait()
	return s
}

// pass is what is left of observe when rows are all that is wanted: it reports
// whether the key counts.
func (c *Collector) pass(r *counters.Observation) bool {
	if c.loaded && r.HasExpiry && c.Time.clock.Expired(r.Expiry) {
		return false
	}
	c.Totals.Keys++
	c.Totals.Memory += r.Cost.Bytes
	c.IsCut = false
	return true
}
