package aggregate

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// weighEvery is after how many new nodes, entries and pages of histograms the
// trie is weighed.
const weighEvery = 1 << 10

// record is one key on its way through the collector.
type record struct {
	Row       // with Size only when it is handed to a sink
	size      *memory.Size
	hash      uint64 // of database and whole key
	name      nameFacts
	marked    bool   // it may be in the sample of probed keys
	strLen    int64  // bytes of a string
	strStored int64  // bytes it takes in the dump, LZF-compressed
	bucket    bucket // of its size
	typ       uint8  // number of TypeName in the collector's types
	expired   bool
	integers  bool       // a set of integers only
	tag       []byte     // its hash tag, empty when it has none
	fieldTTLs fieldStats // of a hash; Hashes is not set
	trials    *trials
	outcomes  []outcome // of this key in trial j at j*stride
	stride    int
	intClass  parser.IntClass
	sampled   bool       // a string whose contents were asked for
	value     []byte     // of it, what is needed for the first probeString bytes
	valueLZF  bool       // value is an LZF stream
	prints    [2]uint64  // hashes of a string's value, as in a valueID; 0 for none
	fields    fieldProbe // of a sampled hash
	nodes     listNodes  // of a quicklist
}

const (
	// maxDatabases is how many databases are told apart: those with the
	// smallest numbers. What other databases hold is counted as database -1.
	maxDatabases = 1 << 14
	otherDB      = -1
	// maxTypes is how many types are told apart; module types beyond it are
	// counted as otherModule.
	maxTypes = 255
	// moduleDatabases is below which database number module types are told
	// apart; higher up they are counted as otherModule, so that crafted dumps
	// cannot have every type in every database.
	moduleDatabases = 1 << 10
)

var otherModule = parser.DataTypeModule.String()

// cell is one (database, type, encoding).
type cell struct {
	Keys, Elements, Memory int64
	NoTTLKeys, NoTTLMemory int64
	Sizes                  histogram
}

func (c *cell) merge(o *cell) {
	c.Keys += o.Keys
	c.Elements += o.Elements
	c.Memory += o.Memory
	c.NoTTLKeys += o.NoTTLKeys
	c.NoTTLMemory += o.NoTTLMemory
	c.Sizes.merge(&o.Sizes)
}

// cellKey names a cell; databases beyond maxDatabases are otherDB.
type cellKey struct {
	DB       int32
	Type     string
	Encoding memory.Encoding
}

func (k cellKey) compare(o cellKey) int {
	return cmp.Or(cmp.Compare(k.DB, o.DB), cmp.Compare(k.Type, o.Type), cmp.Compare(k.Encoding, o.Encoding))
}

// cellState is a cell with its name, plain data.
type cellState struct {
	cellKey
	cell
}

// totals are sums over all keys.
type totals struct {
	Keys, Elements, Memory, Resident int64
	KeyName, Payload, Waste, RDB     int64
	TTL, Expired                     tally
	Dropped                          tally // expired keys that were not counted (Config.Loaded)
	Error                            sumSquares
	Use                              useStats
	Freq                             [256]int64
	Fields                           fieldStats
	Capped                           bool // module types were merged
}

// add counts what the cells and patterns do not; sum takes the rest from them.
func (t *totals) add(r *record) {
	t.RDB += r.RDBBytes
	if r.expired {
		t.Expired.add(r.size.Bytes)
	}
	if r.Freq >= 0 {
		t.Freq[r.Freq&255]++
	}
	if r.fieldTTLs.Fields > 0 {
		t.Fields.merge(&r.fieldTTLs)
		t.Fields.Hashes++
	}
}

func (t *totals) sum(cells []cellState, patterns []patternNode) {
	for i := range cells {
		c := &cells[i]
		t.Keys += c.Keys
		t.Elements += c.Elements
		t.Memory += c.Memory
		t.TTL.merge(tally{c.Keys - c.NoTTLKeys, c.Memory - c.NoTTLMemory})
	}
	for i := range patterns {
		for j := range patterns[i].Types {
			x := &patterns[i].Types[j]
			t.Resident += x.Resident
			t.KeyName += x.KeyName
			t.Payload += x.Payload
			t.Waste += x.Waste
			t.Error.merge(x.Error)
			if x.Use != nil {
				t.Use.merge(x.Use)
			}
		}
	}
}

func (t *totals) merge(o *totals) {
	t.Keys += o.Keys
	t.Elements += o.Elements
	t.Memory += o.Memory
	t.Resident += o.Resident
	t.KeyName += o.KeyName
	t.Payload += o.Payload
	t.Waste += o.Waste
	t.RDB += o.RDB
	t.TTL.merge(o.TTL)
	t.Expired.merge(o.Expired)
	t.Dropped.merge(o.Dropped)
	t.Error.merge(o.Error)
	t.Use.merge(&o.Use)
	t.Fields.merge(&o.Fields)
	for i, n := range &o.Freq {
		t.Freq[i] += n
	}
	t.Capped = t.Capped || o.Capped
}

// keyState is what keys add up to, whatever source they are from: it merges
// over any partition of keys. It is plain data in canonical order: two states
// of the same keys are equal.
type keyState struct {
	Totals   totals
	Cells    []cellState
	Patterns []patternNode
	Coarse   uint8 // how often the limits of the patterns were halved
	Capped   bool  // patterns were merged to bound memory
	Bins     []bin
	Buckets  [numBuckets]tally
	Biggest  []topKey // by memory
	Longest  []topKey // by elements
	Slots    []slotTally
	Sample   []sampleKey
	Trials   trialSums
	Probes   []probeStratum
	Entities []entityStratum
	Values   valueSample
}

// dbState is what one database holds while a source is read.
type dbState struct {
	keys, expires int64
	dropped       int64                                            // expired keys that were not counted
	cells         [parser.NumDataTypes * memory.NumEncodings]*cell // by cellID
	modules       map[int]*cell                                    // by cellID, of module types
}

// cellID numbers types and encodings together.
func cellID(typ uint8, e memory.Encoding) int { return int(typ)*memory.NumEncodings + int(e) }

// collector turns the keys of one source into a keyState.
type collector struct {
	limits *limits
	groups []Group
	names  *naming // cuts names of which something is kept
	trie   *trie
	memo   memo
	time   *timeline
	loaded bool

	types typeTable // the first parser.NumDataTypes are the logical types

	totals  totals
	dbs     map[int32]*dbState
	lastDB  int32
	db      *dbState
	biggest topList
	longest topList
	slots   slotCounter
	tagged  *[numSlots]taggedSlot // once a key has a hash tag
	sample  sampler
	trials  trialSums
	probing *probing // nil: no advice is wanted

	isCut   bool   // what follows is of the current key
	edges   []edge // of the current key
	group   int    // index of its group, -1 for none
	pattern []byte // space for it
}

func newCollector(cfg *Config, c clock) *collector {
	n := max(cfg.Top, minTop)
	k := &collector{
		limits: limitsOf(&cfg.Settings), groups: cfg.Groups, names: newNaming(cfg, nil),
		trie: newTrie(), memo: newMemo(), time: newTimeline(c), loaded: cfg.Loaded,
		types: typeTable{ids: make(map[string]uint8)}, dbs: make(map[int32]*dbState),
		biggest: newTopList(n), longest: newTopList(n), sample: newSampler(), trials: newTrialSums(cfg), slots: newSlotCounter(),
	}
	for l := range parser.NumDataTypes {
		k.types.id(parser.DataType(l).String())
	}
	return k
}

// observe counts a key. It is all that a key goes through behind the memory
// model, and it keeps nothing that r points to. It reports whether the key
// counts: an expired one does not when the loaded state is analysed.
func (c *collector) observe(r *record) bool {
	r.expired = r.HasExpiry && c.time.clock.expired(r.Expiry)
	if r.expired && c.loaded {
		c.totals.Dropped.add(r.size.Bytes)
		c.database(r.DB).dropped++
		return false
	}
	c.isCut = false
	r.bucket = bucketOf(r.size.Bytes)
	c.totals.add(r)
	c.addCell(r)
	e := c.entry(r)
	e.add(r, c.limits)
	if c.probing != nil {
		c.probe(r, &e.stats)
	}
	if c.limits.pages+c.trie.fresh >= weighEvery {
		c.limits.pages = 0
		c.trie.bound()
	}
	c.time.add(r)
	if r.Slot >= 0 {
		c.slots.put(r.Slot, r.size.Bytes)
		if len(r.tag) > 0 {
			c.addTagged(r)
		}
	}
	if c.biggest.wants(r.size.Bytes, r) {
		c.biggest.put(r.size.Bytes, r, c.renderPattern(r))
	}
	// The list of the longest has no place for single values.
	if r.Elements > 1 && c.longest.wants(r.Elements, r) {
		c.longest.put(r.Elements, r, c.renderPattern(r))
	}
	c.sample.offer(r)
	if r.trials != nil {
		c.trials.add(r)
	}
	return true
}

func (c *collector) addCell(r *record) {
	d := c.database(r.DB)
	d.keys++
	if r.HasExpiry {
		d.expires++
	}
	x := c.cell(d, r)
	x.Keys++
	x.Elements += r.Elements
	x.Memory += r.size.Bytes
	x.Sizes.addTo(r.bucket, r.size.Bytes)
	if !r.HasExpiry {
		x.NoTTLKeys++
		x.NoTTLMemory += r.size.Bytes
	}
}

// cell returns the cell of a key, making it when it is new.
func (c *collector) cell(d *dbState, r *record) *cell {
	typ := r.typ
	if int(typ) >= parser.NumDataTypes && r.DB >= moduleDatabases {
		typ = uint8(parser.DataTypeModule)
		c.types.capped = true
	}
	id := cellID(typ, r.size.Encoding)
	if id < len(d.cells) {
		if d.cells[id] == nil {
			d.cells[id] = new(cell)
		}
		return d.cells[id]
	}
	x := d.modules[id]
	if x == nil {
		x = new(cell)
		if d.modules == nil {
			d.modules = make(map[int]*cell)
		}
		d.modules[id] = x
	}
	return x
}

// database returns the state of a database, most often that of the key before.
func (c *collector) database(db int32) *dbState {
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
func (c *collector) cut(r *record) {
	if !c.isCut {
		c.group, c.edges = c.names.cut(r.Key)
		c.isCut = true
	}
}

// entry returns the entry of the current key.
func (c *collector) entry(r *record) *entry {
	path := r.name.path
	p := c.memo.at(path, r.typ, c.trie)
	if p.path == path && p.entry != nil && p.entry.typ == r.typ {
		return p.entry
	}
	c.cut(r)
	var node uint32
	if c.group >= 0 {
		number := groupLiteral(c.group)
		node = c.trie.group(number[:])
	} else {
		node = c.trie.locate(r.Key, c.edges)
	}
	e := c.trie.entryOf(node, r.typ)
	*c.memo.at(path, r.typ, c.trie) = memoPlace{path, e}
	return e
}

// groupLiteral is what stands in the trie for a group.
func groupLiteral(i int) [4]byte {
	return [4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}
}

func groupNumber(lit string) (n int) {
	for i := range len(lit) {
		n = n<<8 | int(lit[i])
	}
	return n
}

// renderPattern returns the pattern of the current key; it is valid until the
// next call.
func (c *collector) renderPattern(r *record) []byte {
	c.cut(r)
	if c.group >= 0 {
		c.pattern = appendGroup(c.pattern[:0], c.groups[c.group].Name)
	} else {
		c.pattern = appendPattern(c.pattern[:0], r.Key, c.edges)
	}
	return c.pattern
}

// appendGroup appends the name of a group as a pattern.
func appendGroup(dst []byte, name string) []byte {
	return parser.AppendEscaped(dst, []byte(name))
}

// finish returns what was collected; the collector must not be used afterwards.
func (c *collector) finish() keyState {
	s := keyState{
		Totals: c.totals, Coarse: c.trie.coarse, Capped: c.trie.capped, Patterns: c.trie.freeze(c.types.names),
		Bins: c.time.sorted(), Buckets: c.time.buckets, Trials: c.trials,
	}
	var lists sync.WaitGroup
	lists.Go(func() { s.Biggest, s.Longest, s.Sample = c.biggest.sorted(), c.longest.sorted(), c.sample.sorted() })
	for db, d := range c.dbs {
		add := func(id int, x *cell) {
			k := cellKey{db, c.types.names[id/memory.NumEncodings], memory.Encoding(id % memory.NumEncodings)}
			s.Cells = append(s.Cells, cellState{k, *x})
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
	s.Cells = mergeCells(s.Cells)
	s.Totals.sum(s.Cells, s.Patterns)
	s.Slots = packSlots(c.slots.sums(), c.tagged)
	s.Totals.Capped = c.types.capped
	if c.probing != nil {
		c.probing.finish(&s, c.time.clock, c.names.split)
	}
	lists.Wait()
	return s
}

// mergeCells adds up cells of one name, and those of databases beyond the
// maxDatabases with the smallest numbers, and sorts them. A database among
// those of the whole is among those of every part, so this does not depend on
// how the keys were divided.
func mergeCells(lists ...[]cellState) []cellState {
	var dbs []int32
	for _, l := range lists {
		for i := range l {
			if db := l[i].DB; db != otherDB && (len(dbs) == 0 || dbs[len(dbs)-1] != db) {
				dbs = append(dbs, db)
			}
		}
	}
	slices.Sort(dbs)
	dbs = slices.Compact(dbs)
	last := int32(1<<31 - 1)
	if len(dbs) > maxDatabases {
		last = dbs[maxDatabases-1]
	}
	sum := make(map[cellKey]*cell)
	for _, l := range lists {
		for i := range l {
			k := l[i].cellKey
			if k.DB > last {
				k.DB = otherDB
			}
			x := sum[k]
			if x == nil {
				x = new(cell)
				sum[k] = x
			}
			x.merge(&l[i].cell)
		}
	}
	out := make([]cellState, 0, len(sum))
	for _, k := range slices.SortedFunc(maps.Keys(sum), cellKey.compare) {
		out = append(out, cellState{k, *sum[k]})
	}
	return out
}
