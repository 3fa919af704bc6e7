package state

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// SourceState is what belongs to a source and not to its keys. It is plain
// data; two reads of one dump give equal states.
type SourceState struct {
	Name           string         `part:"name,raw"`
	Bytes          int64          `part:"bytes"`
	Magic          string         `part:"magic"`
	RDBVersion     int            `part:"rdb_version"`
	ServerVersion  string         `part:"server_version"`
	Ctime          int64          `part:"ctime"` // ms; only with HasCtime
	HasCtime       bool           `part:"has_ctime"`
	Clock          int64          `part:"clock"` // ms; only with HasClock
	HasClock       bool           `part:"has_clock"`
	UsedMemory     int64          `part:"used_memory"` // only with HasUsedMemory
	HasUsedMemory  bool           `part:"has_used_memory"`
	Checksum       string         `part:"checksum"`
	ChecksumStored uint64         `part:"checksum_stored"`
	Seed           keyname.Seed   `part:"seed"`    // of the hashes of its keys
	Keys           int64          `part:"keys"`    // whole keys in the dump
	Counted        sketch.Tally   `part:"counted"` // those that are counted
	Aux            []Pair         `part:"aux"`
	Walked         bool           `part:"walked"`
	Partial        bool           `part:"partial"`
	Error          string         `part:"error"`
	ErrorOffset    int64          `part:"error_offset"` // only with HasOffset
	HasOffset      bool           `part:"has_error_offset"`
	LastGoodKey    string         `part:"last_good_key"` // escaped
	Warnings       []data.Warning `part:"warnings"`
	Indexes        []data.Index   `part:"indexes,optional"` // that search modules build when they load it
	Functions      int64          `part:"functions,optional"`
	FunctionBytes  int64          `part:"function_bytes,optional"`
	Libraries      []data.Library `part:"libraries,optional"`

	Server    string                 `part:"server"`
	Allocator string                 `part:"allocator"`
	Cluster   bool                   `part:"cluster"`
	Changed   []Pair                 `part:"changed_settings"` // settings that differ from the defaults
	Reason    string                 `part:"server_reason"`
	Inexact   string                 `part:"inexact"` // why no size is exact
	Tables    []TableState           `part:"tables"`  // of the keys that were counted
	Keyspace  int64                  `part:"keyspace_bytes"`
	Baseline  int64                  `part:"baseline_bytes"`
	Expires   int64                  `part:"expires_bytes"`     // what the expires tables take
	AllExpire int64                  `part:"all_expires_bytes"` // what they would take if every key had a TTL
	Trials    []counters.TrialTables `part:"scenario_tables"`   // by scenario

	Resident   int64            `part:"resident_bytes,optional"` // of the keys that were counted
	Live       []LiveFigure     `part:"live,optional"`           // what its server said, by name
	LiveWords  []Pair           `part:"live_words,optional"`     // by name
	Allocators []AllocatorState `part:"allocators,optional"`     // the others; none under filters
}

// Pair is a name and a value, escaped for display.
type Pair struct {
	Name  string `part:"name"`
	Value string `part:"value"`
}

// TableState is a database's tables.
type TableState struct {
	Keys    int64 `part:"keys"`
	Expires int64 `part:"expires"`
}

// AllocatorState is what a source takes under another allocator than the one it was
// sized for.
type AllocatorState struct {
	Allocator memory.Allocator `part:"allocator"`
	Resident  int64            `part:"resident_difference,signed"` // bytes more for keys and values, or less
	Keyspace  int64            `part:"keyspace_bytes"`
	Baseline  int64            `part:"baseline_bytes"`
	Estimated bool             `part:"estimated"` // Resident is not the sum over all keys
}

// Compare orders them.
func (a AllocatorState) Compare(o AllocatorState) int {
	return cmp.Or(cmp.Compare(a.Allocator, o.Allocator), cmp.Compare(a.Resident, o.Resident), cmp.Compare(a.Keyspace, o.Keyspace),
		cmp.Compare(a.Baseline, o.Baseline), sketch.CompareBools(a.Estimated, o.Estimated))
}

// LiveFigure is a figure of data.LiveFigures.
type LiveFigure struct {
	Name  string `part:"name"`
	Value int64  `part:"value"`
}

// Compare orders them by name.
func (f LiveFigure) Compare(o LiveFigure) int {
	return cmp.Or(cmp.Compare(f.Name, o.Name), cmp.Compare(f.Value, o.Value))
}

// MaxTables is how many databases of a source keep their table sizes; the rest
// is in the sums only.
const MaxTables = 1024

// MaxUsedMemory is the largest used-mem that is believed, bytes: what sources
// say is added up.
const MaxUsedMemory = 1 << 50

// Compare orders sources: by name, then by what tells two dumps of one name apart,
// then by all the rest, so that only equal sources are equal (TestTotalOrders).
func (s *SourceState) Compare(o *SourceState) int {
	if c := cmp.Or(cmp.Compare(s.Name, o.Name), cmp.Compare(s.Ctime, o.Ctime), cmp.Compare(s.Bytes, o.Bytes),
		cmp.Compare(s.ChecksumStored, o.ChecksumStored), cmp.Compare(s.Keys, o.Keys), cmp.Compare(s.UsedMemory, o.UsedMemory),
		cmp.Compare(s.Magic, o.Magic), cmp.Compare(s.ServerVersion, o.ServerVersion), cmp.Compare(s.Server, o.Server),
		cmp.Compare(s.Error, o.Error), cmp.Compare(s.LastGoodKey, o.LastGoodKey), slices.CompareFunc(s.Aux, o.Aux, Pair.Compare), slices.CompareFunc(s.Indexes, o.Indexes, data.Index.Compare),
		cmp.Compare(s.Functions, o.Functions), cmp.Compare(s.FunctionBytes, o.FunctionBytes), slices.CompareFunc(s.Libraries, o.Libraries, data.Library.Compare),
		slices.CompareFunc(s.Tables, o.Tables, TableState.Compare)); c != 0 {
		return c
	}
	return cmp.Or(slices.Compare(s.Seed[:], o.Seed[:]), s.compareReading(o), s.compareModel(o))
}

// NewHashers returns the hashers of some sources; of two with one name it has that
// of the first.
func NewHashers(sources []SourceState) *counters.Hashers {
	h := counters.NewHashers()
	for i := range sources {
		h.Add(sources[i].Name, sources[i].Seed)
	}
	return h
}

// compareReading goes by how the source was read.
func (s *SourceState) compareReading(o *SourceState) int {
	return cmp.Or(cmp.Compare(s.RDBVersion, o.RDBVersion), sketch.CompareBools(s.HasCtime, o.HasCtime),
		cmp.Compare(s.Clock, o.Clock), sketch.CompareBools(s.HasClock, o.HasClock), sketch.CompareBools(s.HasUsedMemory, o.HasUsedMemory),
		cmp.Compare(s.Checksum, o.Checksum), cmp.Compare(s.Counted.Keys, o.Counted.Keys), cmp.Compare(s.Counted.Memory, o.Counted.Memory),
		sketch.CompareBools(s.Walked, o.Walked), sketch.CompareBools(s.Partial, o.Partial), cmp.Compare(s.ErrorOffset, o.ErrorOffset),
		sketch.CompareBools(s.HasOffset, o.HasOffset), slices.CompareFunc(s.Warnings, o.Warnings, CompareWarnings))
}

// compareModel goes by what the source was sized for.
func (s *SourceState) compareModel(o *SourceState) int {
	return cmp.Or(cmp.Compare(s.Allocator, o.Allocator), sketch.CompareBools(s.Cluster, o.Cluster),
		slices.CompareFunc(s.Changed, o.Changed, Pair.Compare), cmp.Compare(s.Reason, o.Reason), cmp.Compare(s.Inexact, o.Inexact),
		cmp.Compare(s.Keyspace, o.Keyspace), cmp.Compare(s.Baseline, o.Baseline), cmp.Compare(s.Expires, o.Expires),
		cmp.Compare(s.AllExpire, o.AllExpire), slices.CompareFunc(s.Trials, o.Trials, counters.TrialTables.Compare),
		slices.CompareFunc(s.Allocators, o.Allocators, AllocatorState.Compare), cmp.Compare(s.Resident, o.Resident),
		slices.CompareFunc(s.Live, o.Live, LiveFigure.Compare), slices.CompareFunc(s.LiveWords, o.LiveWords, Pair.Compare))
}

// CompareFailed orders sources that could not be read: by name, and whatever else
// tells them apart.
func CompareFailed(a, b data.FailedSource) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Error, b.Error), sketch.CompareBools(a.HasOffset, b.HasOffset), cmp.Compare(a.Offset, b.Offset))
}

// CompareWarnings orders warnings: by source, and whatever else tells them apart.
func CompareWarnings(a, b data.Warning) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text), cmp.Compare(a.Count, b.Count))
}

// Compare orders pairs by name.
func (p Pair) Compare(o Pair) int {
	return cmp.Or(cmp.Compare(p.Name, o.Name), cmp.Compare(p.Value, o.Value))
}

// Compare orders tables by size.
func (t TableState) Compare(o TableState) int {
	return cmp.Or(cmp.Compare(t.Keys, o.Keys), cmp.Compare(t.Expires, o.Expires))
}

// Warn adds a warning about the source; text is escaped for display.
func (s *SourceState) Warn(code, text string, count int64) {
	s.Warnings = append(s.Warnings, data.Warning{Source: s.Name, Code: code, Text: text, Count: count})
}

// BadChecksum reports whether the dump's bytes are known to be damaged.
func (s *SourceState) BadChecksum() bool { return s.Checksum == parser.ChecksumMismatch.String() }
