package state

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// Observation is one key on its way through the collector: one record, filled anew
// for each key. The row that sinks get is part of it, so that it need not be made
// for them. Its Size is large, and filled in for a sink only: what is counted is
// read through Cost, which points to where the meter left it.
type Observation struct {
	data.Row
	Cost      *memory.Size
	Hash      uint64 // of database and whole key
	Name      NameFacts
	Marked    bool          // it may be in the sample of probed keys
	StrLen    int64         // bytes of a string
	StrStored int64         // bytes it takes in the dump, LZF-compressed
	Bucket    sketch.Bucket // of its size
	Typ       uint8         // number of TypeName in the collector's types
	Expired   bool
	Far       bool       // its TTL is longer than sketch.FarAway
	Integers  bool       // a set of integers only
	Tag       []byte     // its hash tag, empty when it has none
	FieldTTLs FieldStats // of a hash; Hashes is not set
	Trials    *Trials
	Outcomes  []Outcome // of this key in trial j at j*stride
	Stride    int
	IntClass  parser.IntClass
	Sampled   bool         // a string whose contents were asked for
	Value     []byte       // of it, what is needed for the first ProbeString bytes
	ValueLZF  bool         // value is an LZF stream
	Prints    [2]uint64    // hashes of a string's value, as in a ValueID; 0 for none
	Fields    fieldProbe   // of a sampled hash
	Nodes     ListNodes    // of a quicklist
	Groups    int64        // consumer groups of a stream
	Scores    Scores       // of a sorted set
	Pending   PendingTally // of a stream
}

const (
	// MaxDatabases is how many databases are told apart: those with the
	// smallest numbers. What other databases hold is counted as database -1.
	MaxDatabases = 1 << 14
	OtherDB      = -1
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
	Sizes       sketch.Histogram `part:"sizes"`
}

func (c *Cell) merge(o *Cell) {
	c.Keys += o.Keys
	c.Elements += o.Elements
	c.Memory += o.Memory
	c.NoTTLKeys += o.NoTTLKeys
	c.NoTTLMemory += o.NoTTLMemory
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
	Keys     int64             `part:"keys"`
	Elements int64             `part:"elements"`
	Memory   int64             `part:"memory"`
	Resident int64             `part:"resident"`
	KeyName  int64             `part:"name_bytes"`
	Payload  int64             `part:"payload"`
	Waste    int64             `part:"waste"`
	RDB      int64             `part:"rdb_bytes"`
	TTL      sketch.Tally      `part:"with_ttl"`
	Expired  sketch.Tally      `part:"expired"`
	Dropped  sketch.Tally      `part:"dropped"` // expired keys that were not counted (Config.Loaded)
	Error    sketch.SumSquares `part:"error_squares"`
	Use      AccessStats       `part:"access"`
	Freq     [256]int64        `part:"freq_counts"`
	Fields   FieldStats        `part:"field_ttls"`
	Capped   bool              `part:"types_capped"` // module types were merged
}

// Add counts what cells and patterns do not; Sum takes the rest from them.
func (t *Totals) Add(r *Observation) {
	t.RDB += r.RDBBytes
	if r.Expired {
		t.Expired.Add(r.Cost.Bytes)
	}
	if r.Freq >= 0 {
		t.Freq[r.Freq&255]++
	}
	if r.FieldTTLs.Fields > 0 {
		t.Fields.merge(&r.FieldTTLs)
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
				t.Use.merge(x.Use)
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
	t.Use.merge(&o.Use)
	t.Fields.merge(&o.Fields)
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
	Bins     []Bin                           `part:"expiry_bins"`
	Buckets  [sketch.NumBuckets]sketch.Tally `part:"expiry_buckets"`
	Biggest  []TopKey                        `part:"biggest"`       // by memory
	Longest  []TopKey                        `part:"most_elements"` // by elements
	Slots    []SlotTally                     `part:"slots"`
	Sample   []SampleKey                     `part:"sample"`
	Trials   TrialSums                       `part:"trials"`
	Probes   []ProbeStratum                  `part:"probed"`
	Entities []EntityStratum                 `part:"entities"`
	Values   ValueSample                     `part:"values"`
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
			x.merge(&l[i].Cell)
		}
	}
	out := make([]CellState, 0, len(sum))
	for _, k := range slices.SortedFunc(maps.Keys(sum), CellKey.compare) {
		out = append(out, CellState{k, *sum[k]})
	}
	return out
}
