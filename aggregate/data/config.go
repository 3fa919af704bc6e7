package data

import (
	"io"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// Config says how sources are analysed. Two summaries can be merged only when
// they were made with equal configs. The zero value is all defaults.
type Config struct {
	Tool       Tool             `part:"tool"`           // the program that analyses, named in what it writes
	Now        *Time            `part:"now"`            // explicit clock for every source
	Server     string           `part:"server"`         // "auto" or a line's name
	Allocator  memory.Allocator `part:"allocator"`      // that servers are built with, default memory.Jemalloc
	Settings   memory.Config    `part:"settings"`       // of the servers; the zero value stands for memory.DefaultConfig
	Cluster    bool             `part:"cluster"`        // the servers run in cluster mode
	Loaded     bool             `part:"loaded"`         // count as a server that just loaded the dump: expired keys dropped
	Filters    Filters          `part:"filters"`        // which keys are counted, default all
	Separators string           `part:"separators,raw"` // default ":./|"
	Depth      int              `part:"depth"`          // tokens of a pattern, 0 = all
	Top        int              `part:"top"`            // rows of the top lists and of the pattern list, default 20
	Groups     []Group          `part:"groups"`         // named globs, tried in order before pattern discovery
	Deep       bool             `part:"deep"`           // walk every packed blob
	NoChecksum bool             `part:"no_checksum"`    // the checksum of a dump is not verified; every packed blob is walked
	Salvage    bool             `part:"salvage"`        // go on behind damage; the source stays partial
	Scenarios  []Scenario       `part:"scenarios"`      // other servers for the same keys
	Sweeps     []Sweep          `part:"sweeps"`         // values of settings that are compared
	// NoAdvice leaves out what only advice needs: no value is looked at.
	NoAdvice bool `part:"no_advice"`
	// RowsOnly hands the keys to the sinks and counts nothing else of them than
	// their number and memory: the summary tells of the sources and their
	// warnings, and has no other figures. It implies NoAdvice. The rows are the
	// same. A part cannot be made of such a summary.
	RowsOnly bool `part:"rows_only"`
	// ShowValues keeps the beginnings of a few sampled values for the report.
	ShowValues bool `part:"show_values"`
}

// Group gives the keys that match a glob a pattern name of their own.
type Group struct {
	Name string `part:"name,raw"`
	Glob string `part:"glob,raw"`
}

// Input is one source, already decompressed.
type Input struct {
	Name   string
	Reader io.Reader
	Size   int64 // bytes, 0 when unknown
	Sinks  []RowSink
	Live   *LiveInput // what its server said beside the dump, nil: nothing
	// Envelope names a container whose own checksum stands in place of the dump's, as
	// "vcs-lz4"; "" for none.
	Envelope string
	// Progress, when set, is called now and then with the bytes consumed and
	// the keys seen so far.
	Progress func(bytes, keys int64)
	// Tail is parser.Options.Tail.
	Tail func(kind string, piece []byte)
	// Inflate is parser.Options.Inflate.
	Inflate func(c parser.Codec, src io.Reader) (io.Reader, error)
}

// FailedSource is a source that could not be read at all.
type FailedSource struct {
	Name      string `part:"name"`   // as shown
	Error     string `part:"error"`  // as shown
	Offset    int64  `part:"offset"` // only with HasOffset
	HasOffset bool   `part:"has_offset"`
}

// DefaultTop is the number of rows of the top lists and of the pattern list.
const DefaultTop = 20

// ServerAuto lets each source's dump say what it is sized for.
const ServerAuto = "auto"

// ConfigMismatch is a setting in which two configurations differ and must not.
type ConfigMismatch struct {
	Field string // of Config: the first in which they differ
	What  string // the setting in words
}

// Error returns the setting in words.
func (m *ConfigMismatch) Error() string { return m.What }
