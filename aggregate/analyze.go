package aggregate

import (
	"context"
	"io"

	"github.com/rdblens/rdblens/aggregate/memory"
)

// Config says how sources are analysed. Two summaries can be merged only when
// they were made with equal configs.
type Config struct {
	Tool       Tool
	Now        *Time  // explicit clock for every source
	Server     string // "auto" or a line's name
	Allocator  memory.Allocator
	Settings   memory.Config
	Cluster    bool
	Loaded     bool // count as a server that just loaded the dump: expired keys dropped
	Filters    Filters
	Separators string  // default ":./|"
	Depth      int     // tokens of a pattern, 0 = all
	Top        int     // rows of the top lists and of the pattern list, default 20
	Groups     []Group // named globs, tried in order before pattern discovery
	Deep       bool    // walk every packed blob
	NoChecksum bool
}

// Group gives the keys that match a glob a pattern name of their own.
type Group struct {
	Name string
	Glob string
}

// Input is one source, already decompressed.
type Input struct {
	Name   string
	Reader io.Reader
	Size   int64 // bytes, 0 when unknown
	Sinks  []RowSink
	// Progress, when set, is called now and then with the bytes consumed and
	// the keys seen so far.
	Progress func(bytes, keys int64)
}

// Summary is the mergeable state of an analysis: plain data, integers only.
type Summary struct{ _ int }

// Analyze reads one dump and returns its summary. When the dump is damaged the
// summary of what was read is returned together with the parser's error and is
// marked partial; a nil summary means nothing could be read, a cancelled
// context, or a sink that failed.
func Analyze(ctx context.Context, in Input, cfg *Config) (*Summary, error) { panic("contract") }

// Merge combines summaries; the result does not depend on their order or
// grouping. It refuses summaries made with different configs.
func Merge(parts ...*Summary) (*Summary, error) { panic("contract") }

// Report computes the final view. It does not change s.
func (s *Summary) Report() *Report { panic("contract") }

// Partial reports whether any source was not read to its end.
func (s *Summary) Partial() bool { panic("contract") }
