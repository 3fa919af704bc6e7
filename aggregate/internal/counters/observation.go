package counters

import (
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
	Cost     *memory.Size
	NameHash uint64 // of a name that is cut, as in parser.Key
	Named    uint32 // of such a name, as in parser.Key: see filter.LongNames
	Hash     uint64 // of database and whole key, under the seed of the source
	Name     NameFacts
	Marked   bool  // it may be in the sample of probed keys
	Offset   int64 // of its record in the dump
	// Unreported: its contents were wanted and are damaged, as parser.Unreported.
	Unreported bool
	StrLen     int64         // bytes of a string
	StrStored  int64         // bytes it takes in the dump, LZF-compressed
	Bucket     sketch.Bucket // of its size
	Typ        uint8         // number of TypeName in the collector's types
	Expired    bool
	Far        bool       // its TTL is longer than sketch.FarAway
	Integers   bool       // a set of integers only
	Tag        []byte     // its hash tag, empty when it has none
	FieldTTLs  FieldStats // of a hash; Hashes is not set
	Trials     *Trials
	Outcomes   []Outcome // of this key in trial j at j*stride
	Stride     int
	IntClass   parser.IntClass
	Sampled    bool            // a string whose contents were asked for
	Value      []byte          // of it, what is needed for the first ProbeString bytes
	ValueLZF   bool            // value is an LZF stream
	Order      uint64          // of a string's value, as in a ValueID
	Print      sketch.Digest   // likewise; zero for none
	Fields     fieldProbe      // of a sampled hash
	Nodes      ListNodes       // of a quicklist
	Groups     int64           // consumer groups of a stream
	Scores     Scores          // of a sorted set
	Members    Members         // of a list, a set or a sorted set that may be sampled
	Pending    PendingTally    // of a stream
	Document   int64           // bytes of a JSON document whose beginning is Value, 0 for none
	Figures    *memory.Figures // of a module's value that is known
}

// LeaveOut forgets what was seen of the contents of a damaged value; of one that is a
// packed blob nothing that was seen counts.
func (r *Observation) LeaveOut(blob bool) {
	r.Fields.Reset()
	if blob {
		r.Scores.Reset()
		r.FieldTTLs = FieldStats{}
	}
}
