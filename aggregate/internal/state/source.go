package state

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/parser"
)

// SourceState is what belongs to a source and not to its keys. It is plain
// data; two reads of one dump give equal states.
type SourceState struct {
	Name           string
	Bytes          int64
	Magic          string
	RDBVersion     int
	ServerVersion  string
	Ctime          int64 // ms; only with HasCtime
	HasCtime       bool
	Clock          int64 // ms; only with HasClock
	HasClock       bool
	UsedMemory     int64 // only with HasUsedMemory
	HasUsedMemory  bool
	Checksum       string
	ChecksumStored uint64
	Keys           int64        // whole keys in the dump
	Counted        sketch.Tally // those that are counted
	Aux            []Pair
	Walked         bool
	Partial        bool
	Error          string
	ErrorOffset    int64 // only with HasOffset
	HasOffset      bool
	LastGoodKey    string // escaped
	Warnings       []data.Warning

	Server    string
	Allocator string
	Cluster   bool
	Changed   []Pair // settings that differ from the defaults
	Reason    string
	Tables    []TableState // of the keys that were counted
	Keyspace  int64
	Baseline  int64
	Expires   int64         // what the expires tables take
	AllExpire int64         // what they would take if every key had a TTL
	Trials    []TrialTables // by scenario
}

// Pair is a name and a value, escaped for display.
type Pair struct{ Name, Value string }

// TableState is a database's tables.
type TableState struct{ Keys, Expires int64 }

// MaxTables is how many databases of a source keep their table sizes; the rest
// is in the sums only.
const MaxTables = 1024

// MaxUsedMemory is the largest used-mem that is believed, bytes: what sources
// say is added up.
const MaxUsedMemory = 1 << 50

// Compare orders sources by name; what follows makes the order total.
func (s *SourceState) Compare(o *SourceState) int {
	c := cmp.Or(cmp.Compare(s.Name, o.Name), cmp.Compare(s.Ctime, o.Ctime), cmp.Compare(s.Bytes, o.Bytes),
		cmp.Compare(s.ChecksumStored, o.ChecksumStored), cmp.Compare(s.Keys, o.Keys), cmp.Compare(s.UsedMemory, o.UsedMemory),
		cmp.Compare(s.Magic, o.Magic), cmp.Compare(s.ServerVersion, o.ServerVersion), cmp.Compare(s.Server, o.Server),
		cmp.Compare(s.Error, o.Error), cmp.Compare(s.LastGoodKey, o.LastGoodKey), slices.CompareFunc(s.Aux, o.Aux, Pair.Compare),
		slices.CompareFunc(s.Tables, o.Tables, TableState.Compare))
	if c != 0 {
		return c
	}
	return cmp.Compare(fmt.Sprint(*s), fmt.Sprint(*o))
}

func (p Pair) Compare(o Pair) int {
	return cmp.Or(cmp.Compare(p.Name, o.Name), cmp.Compare(p.Value, o.Value))
}

func (t TableState) Compare(o TableState) int {
	return cmp.Or(cmp.Compare(t.Keys, o.Keys), cmp.Compare(t.Expires, o.Expires))
}

func (s *SourceState) Warn(code, text string, count int64) {
	s.Warnings = append(s.Warnings, data.Warning{Source: s.Name, Code: code, Text: text, Count: count})
}

// BadChecksum reports whether the dump's bytes are known to be damaged.
func (s *SourceState) BadChecksum() bool { return s.Checksum == parser.ChecksumMismatch.String() }
