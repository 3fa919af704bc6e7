package state

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

const (
	// MaxDatabases is how many databases are told apart: those with the
	// smallest numbers. What other databases hold is counted as database -1.
	MaxDatabases = parser.MaxDatabases
	OtherDB      = parser.OtherDatabases
	// MaxTypes is how many types are told apart; module types beyond it are
	// counted as OtherModule.
	MaxTypes = 255
	// ModuleDatabases is below which database number module types are told
	// apart; higher up they are counted as OtherModule, so that crafted dumps
	// cannot have every type in every database.
	ModuleDatabases = 1 << 10
)

// OtherModule is the type that module types beyond MaxTypes are counted as.
var OtherModule = parser.DataTypeModule.String()

// Cell is one (database, type, encoding).
type Cell struct {
	Keys        int64            `part:"keys"`
	Elements    int64            `part:"elements"`
	Memory      int64            `part:"memory"`
	NoTTLKeys   int64            `part:"no_ttl_keys"`
	NoTTLMemory int64            `part:"no_ttl_memory"`
	Unbounded   int64            `part:"unbounded_keys,optional"` // whose memory is known within no bound
	Figures     memory.Figures   `part:"module_figures,optional"`
	Sizes       sketch.Histogram `part:"sizes"`
}

// Merge adds the keys of another cell.
func (c *Cell) Merge(o *Cell) {
	c.Keys += o.Keys
	c.Elements += o.Elements
	c.Memory += o.Memory
	c.NoTTLKeys += o.NoTTLKeys
	c.NoTTLMemory += o.NoTTLMemory
	c.Unbounded += o.Unbounded
	c.Figures.Add(&o.Figures)
	c.Sizes.Merge(&o.Sizes)
}

// CellKey names a cell; databases beyond MaxDatabases are OtherDB.
type CellKey struct {
	DB       int32           `part:"db,signed"`
	Type     string          `part:"type"`
	Encoding memory.Encoding `part:"encoding"`
}

func (k CellKey) compare(o CellKey) int {
	return cmp.Or(cmp.Compare(k.DB, o.DB), cmp.Compare(k.Type, o.Type), cmp.Compare(k.Encoding, o.Encoding))
}

// CellState is a cell with its name, plain data.
type CellState struct {
	CellKey `part:"key"`
	Cell    `part:"sums"`
}

// Totals are sums over all keys.
type Totals struct {
	Keys      int64                `part:"keys"`
	Elements  int64                `part:"elements"`
	Memory    int64                `part:"memory"`
	Resident  int64                `part:"resident"`
	KeyName   int64                `part:"name_bytes"`
	Payload   int64                `part:"payload"`
	Waste     int64                `part:"waste"`
	RDB       int64                `part:"rdb_bytes"`
	TTL       sketch.Tally         `part:"with_ttl"`
	Expired   sketch.Tally         `part:"expired"`
	Dropped   sketch.Tally         `part:"dropped"` // expired keys that were not counted (Config.Loaded)
	Error     sketch.SumSquares    `part:"error_squares"`
	Unbounded sketch.Tally         `part:"unbounded,optional"` // keys whose memory is known within no bound
	Use       counters.AccessStats `part:"access"`
	Freq      [256]int64           `part:"freq_counts"`
	Fields    counters.FieldStats  `part:"field_ttls"`
	Capped    bool                 `part:"types_capped"` // module types were merged
}

// Add counts what cells and patterns do not; Sum takes the rest from them.
func (t *Totals) Add(r *counters.Observation) {
	t.RDB += r.RDBBytes
	if r.Expired {
		t.Expired.Add(r.Cost.Bytes)
	}
	if r.Freq >= 0 {
		t.Freq[r.Freq&255]++
	}
	if r.FieldTTLs.Fields > 0 {
		t.Fields.Merge(&r.FieldTTLs)
		t.Fields.Hashes++
	}
}

// Sum adds what cells and patterns have counted: see Add.
func (t *Totals) Sum(cells []CellState, patterns []patternNode) {
	for i := range cells {
		c := &cells[i]
		t.Keys += c.Keys
		t.Elements += c.Elements
		t.Memory += c.Memory
		t.TTL.Merge(sketch.Tally{Keys: c.Keys - c.NoTTLKeys, Memory: c.Memory - c.NoTTLMemory})
	}
	for i := range patterns {
		for j := range patterns[i].Types {
			x := &patterns[i].Types[j]
			t.Resident += x.Resident
			t.KeyName += x.KeyName
			t.Payload += x.Payload
			t.Waste += x.Waste
			t.Error.Merge(x.Error)
			if x.Use != nil {
				t.Use.Merge(x.Use)
			}
			if x.Rare != nil {
				t.Unbounded.Merge(sketch.Tally{Keys: x.Rare.Unbounded, Memory: x.Rare.UnboundedMemory})
			}
		}
	}
}

func (t *Totals) merge(o *Totals) {
	t.Keys += o.Keys
	t.Elements += o.Elements
	t.Memory += o.Memory
	t.Resident += o.Resident
	t.KeyName += o.KeyName
	t.Payload += o.Payload
	t.Waste += o.Waste
	t.RDB += o.RDB
	t.TTL.Merge(o.TTL)
	t.Expired.Merge(o.Expired)
	t.Dropped.Merge(o.Dropped)
	t.Error.Merge(o.Error)
	t.Unbounded.Merge(o.Unbounded)
	t.Use.Merge(&o.Use)
	t.Fields.Merge(&o.Fields)
	for i, n := range &o.Freq {
		t.Freq[i] += n
	}
	t.Capped = t.Capped || o.Capped
}

// KeyState is what keys add up to, whatever source they are from: it merges
// over any partition of keys. It is plain data in canonical order: two states
// of the same keys are equal.
type KeyState struct {
	Totals   Totals                          `part:"totals"`
	Cells    []CellState                     `part:"cells"`
	Patterns []patternNode                   `part:"patterns"`
	Coarse   uint8                           `part:"halvings"`        // how often the limits of the patterns were halved
	Capped   bool                            `part:"patterns_capped"` // patterns were merged to bound memory
	Timeline Timeline                        `part:"timeline"`
	Buckets  [sketch.NumBuckets]sketch.Tally `part:"expiry_buckets"`
	Biggest  []TopKey                        `part:"biggest"`       // by memory
	Longest  []TopKey                        `part:"most_elements"` // by elements
	Named    NamedLists                      `part:"named,optional"`
	Slots    []SlotTally                     `part:"slots"`
	Sample   []counters.SampleKey            `part:"sample"`
	Trials   counters.TrialSums              `part:"trials"`
	Probes   []ProbeStratum                  `part:"probed"`
	Entities []EntityStratum                 `part:"entities"`
	Values   ValueSample                     `part:"values"`
	LeftOut  LeftOut                         `part:"left_out"`
}

// LeftOut is what a part was written without, so that it stays small, in the order in
// which it is given up: what takes much and tells little comes first.
type LeftOut struct {
	BinSamples bool `part:"timeline_samples"` // storms are told without their patterns
	SlotTags   bool `part:"slot_tags"`        // slots without their hash tags
	Patterns   bool `part:"patterns"`         // the limits of the trie were halved
}

// merge adds what others were without: a whole of which parts are missing would not
// say what all of them held.
func (l *LeftOut) merge(o LeftOut) {
	l.BinSamples = l.BinSamples || o.BinSamples
	l.SlotTags = l.SlotTags || o.SlotTags
	l.Patterns = l.Patterns || o.Patterns
}

// LeaveOutBinSamples drops the samples of the timeline; it reports whether there
// were any.
func (s *KeyState) LeaveOutBinSamples() bool {
	had := len(s.Timeline.Samples) > 0
	s.Timeline.Samples, s.LeftOut.BinSamples = nil, true
	return had
}

// LeaveOutSlotTags drops the hash tags of slots; it reports whether there were any.
// It does not change the list of slots.
func (s *KeyState) LeaveOutSlotTags() bool {
	had := false
	s.Slots, s.LeftOut.SlotTags = slices.Clone(s.Slots), true
	for i := range s.Slots {
		had = had || len(s.Slots[i].Tags) > 0
		s.Slots[i].Tags = nil
	}
	return had
}

// MergeCells adds up cells of one name, and those of databases beyond the
// MaxDatabases with the smallest numbers, and sorts them. A database among
// those of the whole is among those of every part, so this does not depend on
// how the keys were divided.
func MergeCells(lists ...[]CellState) []CellState {
	var dbs []int32
	for _, l := range lists {
		for i := range l {
			if db := l[i].DB; db != OtherDB && (len(dbs) == 0 || dbs[len(dbs)-1] != db) {
				dbs = append(dbs, db)
			}
		}
	}
	slices.Sort(dbs)
	dbs = slices.Compact(dbs)
	last := int32(1<<31 - 1)
	if len(dbs) > MaxDatabases {
		last = dbs[MaxDatabases-1]
	}
	sum := make(map[CellKey]*Cell)
	for _, l := range lists {
		for i := range l {
			k := l[i].CellKey
			if k.DB > last {
				k.DB = OtherDB
			}
			x := sum[k]
			if x == nil {
				x = new(Cell)
				sum[k] = x
			}
			x.Merge(&l[i].Cell)
		}
	}
	out := make([]CellState, 0, len(sum))
	for _, k := range slices.SortedFunc(maps.Keys(sum), CellKey.compare) {
		out = append(out, CellState{k, *sum[k]})
	}
	return out
}
