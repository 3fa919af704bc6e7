package collect

import (
	"sync"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// WeighEvery is after how many new nodes, entries and pages of histograms the
// trie is weighed.
const WeighEvery = 1 << 10

// dbState is what one database holds while a source is read.
type dbState struct {
	keys, expires int64
	dropped       int64                                                  // expired keys that were not counted
	cells         [parser.NumDataTypes * memory.NumEncodings]*state.Cell // by cellID
	modules       map[int]*state.Cell                                    // by cellID, of module types
}

// cellID numbers types and encodings together.
func cellID(typ uint8, e memory.Encoding) int { return int(typ)*memory.NumEncodings + int(e) }

// Collector turns the keys of one source into a KeyState.
type Collector struct {
	Limits *state.Limits
	groups []data.Group
	Names  *keyTagger // cuts names of which something is kept
	Trie   *state.Trie
	memo   state.PathCache
	Time   *timeline
	loaded bool

	Types state.TypeTable // the first parser.NumDataTypes are those of servers

	Totals  state.Totals
	dbs     map[int32]*dbState
	lastDB  int32
	db      *dbState
	Biggest TopList
	Longest TopList
	slots   slotCounter
	tagged  *[keyname.NumSlots]taggedSlot // once a key has a hash tag
	Sample  sizeSampler
	trials  state.TrialSums
	advice  *adviceSamples // nil: no advice is wanted

	IsCut   bool           // what follows is of the current key
	edges   []keyname.Edge // of the current key
	group   int            // index of its group, -1 for none
	pattern []byte         // space for it
}

// NewCollector returns a collector for one source.
func NewCollector(cfg *data.Config, c sketch.Clock, b state.Bounds) *Collector {
	n := max(cfg.Top, state.MinTop)
	k := &Collector{
		Limits: state.LimitsOf(&cfg.Settings), groups: cfg.Groups, Names: NewKeyTagger(cfg, nil),
		Trie: state.NewTrie(b), memo: state.NewPathCache(), Time: newTimeline(c), loaded: cfg.Loaded,
		Types: state.TypeTable{}, dbs: make(map[int32]*dbState),
		Biggest: NewTopList(n), Longest: NewTopList(n), Sample: newSizeSampler(b), trials: state.NewTrialSums(cfg), slots: NewSlotCounter(),
	}
	for l := range parser.NumDataTypes {
		k.Types.ID(parser.DataType(l).String())
	}
	return k
}

// Observe counts a key. It is all that a key goes through behind the memory
// model, and it keeps nothing that r points to. It reports whether the key
// counts: an expired one does not when the loaded state is analysed.
func (c *Collector) Observe(r *state.Observation) bool {
	r.Expired, r.Far = false, false
	if r.HasExpiry {
		r.Expired, r.Far = c.Time.clock.Expired(r.Expiry), c.Time.clock.IsFar(r.Expiry)
	}
	if r.Expired && c.loaded {
		c.Totals.Dropped.Add(r.Cost.Bytes)
		c.database(r.DB).dropped++
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
	c.Sample.Offer(r)
	if r.Trials != nil {
		c.trials.Add(r)
	}
	return true
}

// AddCell counts a key in its database, type and encoding.
func (c *Collector) AddCell(r *state.Observation) {
	d := c.database(r.DB)
	d.keys++
	if r.HasExpiry {
		d.expires++
	}
	x := c.cell(d, r)
	x.Keys++
	x.Elements += r.Elements
	x.Memory += r.Cost.Bytes
	x.Sizes.AddTo(r.Bucket, r.Cost.Bytes)
	if !r.HasExpiry {
		x.NoTTLKeys++
		x.NoTTLMemory += r.Cost.Bytes
	}
}

// cell returns the cell of a key, making it when it is new.
func (c *Collector) cell(d *dbState, r *state.Observation) *state.Cell {
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

// database returns the state of a database, most often that of the key before.
func (c *Collector) database(db int32) *dbState {
	if c.db == nil || c.lastDB != db {
		c.db, c.lastDB = c.dbs[db], db
		if c.db == nil {
			c.db = new(dbState)
			c.dbs[db] = c.db
		}
	}
	return c.db
}

// cut splits the current key, or finds its group, unless that was done.
func (c *Collector) cut(r *state.Observation) {
	if !c.IsCut {
		c.group, c.edges = c.Names.Cut(r.Key)
		c.IsCut = true
	}
}

// Entry returns the entry of the current key.
func (c *Collector) Entry(r *state.Observation) *state.PatternCounters {
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
func (c *Collector) renderPattern(r *state.Observation) []byte {
	c.cut(r)
	if c.group >= 0 {
		c.pattern = keyname.AppendGroup(c.pattern[:0], c.groups[c.group].Name)
	} else {
		c.pattern = keyname.AppendPattern(c.pattern[:0], r.Key, c.edges)
	}
	return c.pattern
}

// Finish returns what was collected; the collector must not be used afterwards.
func (c *Collector) Finish() state.KeyState {
	s := state.KeyState{
		Totals: c.Totals, Coarse: c.Trie.Coarse, Capped: c.Trie.Capped, Patterns: c.Trie.Freeze(c.Types.Names),
		Bins: c.Time.sorted(), Buckets: c.Time.buckets, Trials: c.trials,
	}
	var lists sync.WaitGroup
	lists.Go(func() { s.Biggest, s.Longest, s.Sample = c.Biggest.Sorted(), c.Longest.Sorted(), c.Sample.Sorted() })
	for db, d := range c.dbs {
		add := func(id int, x *state.Cell) {
			k := state.CellKey{DB: db, Type: c.Types.Names[id/memory.NumEncodings], Encoding: memory.Encoding(id % memory.NumEncodings)}
			s.Cells = append(s.Cells, state.CellState{CellKey: k, Cell: *x})
		}
		for id, x := range d.cells {
			if x != nil {
				add(id, x)
			}
		}
		for id, x := range d.modules {
			add(id, x)
		}
	}
	s.Cells = state.MergeCells(s.Cells)
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
func (c *Collector) pass(r *state.Observation) bool {
	if c.loaded && r.HasExpiry && c.Time.clock.Expired(r.Expiry) {
		return false
	}
	c.Totals.Keys++
	c.Totals.Memory += r.Cost.Bytes
	c.IsCut = false
	return true
}
