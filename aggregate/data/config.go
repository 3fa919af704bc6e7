package data

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// Config says how sources are analysed. Two summaries can be merged only when
// they were made with equal configs.
type Config struct {
	Tool       Tool             `part:"tool"`
	Now        *Time            `part:"now"`    // explicit clock for every source
	Server     string           `part:"server"` // "auto" or a line's name
	Allocator  memory.Allocator `part:"allocator"`
	Settings   memory.Config    `part:"settings"`
	Cluster    bool             `part:"cluster"`
	Loaded     bool             `part:"loaded"` // count as a server that just loaded the dump: expired keys dropped
	Filters    Filters          `part:"filters"`
	Separators string           `part:"separators,raw"` // default ":./|"
	Depth      int              `part:"depth"`          // tokens of a pattern, 0 = all
	Top        int              `part:"top"`            // rows of the top lists and of the pattern list, default 20
	Groups     []Group          `part:"groups"`         // named globs, tried in order before pattern discovery
	Deep       bool             `part:"deep"`           // walk every packed blob
	NoChecksum bool             `part:"no_checksum"`
	Salvage    bool             `part:"salvage"` // go on behind damage; the source stays partial
	Scenarios  []Scenario       `part:"scenarios"`
	Sweeps     []Sweep          `part:"sweeps"`
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
	// Progress, when set, is called now and then with the bytes consumed and
	// the keys seen so far.
	Progress func(bytes, keys int64)
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

func (f FailedSource) Compare(o FailedSource) int {
	if f.Name != o.Name {
		return bytes.Compare([]byte(f.Name), []byte(o.Name))
	}
	return bytes.Compare(fmt.Append(nil, f), fmt.Append(nil, o))
}

// Differ names the setting that keeps summaries made with two configurations
// from being merged, "" when there is none.
func (c *Config) Differ(o *Config) string {
	a, errA := c.WithDefaults()
	b, errB := o.WithDefaults()
	if errA != nil || errB != nil {
		return "a setting that is wrong"
	}
	return a.FirstDifference(&b)
}

// DefaultTop is the number of rows of the top lists and of the pattern list.
const DefaultTop = 20

// ServerAuto lets each source's dump say what it is sized for.
const ServerAuto = "auto"

// WithDefaults returns a copy of c that shares nothing with it, with defaults filled
// in.
func (c *Config) WithDefaults() (Config, error) {
	n := *c
	if n.Server == "" {
		n.Server = ServerAuto
	}
	if n.Separators == "" {
		n.Separators = keyname.DefaultSeparators
	}
	if n.Top == 0 {
		n.Top = DefaultTop
	}
	if n.Settings == (memory.Config{}) {
		n.Settings = memory.DefaultConfig()
	}
	if n.Now != nil {
		now := *n.Now
		n.Now = &now
	}
	n.NoAdvice = n.NoAdvice || n.RowsOnly
	n.Groups = append([]Group{}, n.Groups...)
	n.cloneScenarios()
	// Values of a filter are alternatives: their order says nothing.
	f := &n.Filters
	f.DB = slices.Compact(slices.Sorted(slices.Values(f.DB)))
	for _, l := range []*[]string{&f.Type, &f.Match, &f.Regex, &f.Exclude} {
		*l = slices.Compact(slices.Sorted(slices.Values(*l)))
	}
	return n, n.Check()
}

// Validate reports what is wrong with a configuration.
func (c *Config) Validate() error {
	_, err := c.WithDefaults()
	return err
}

func (c *Config) Check() error {
	for i := range len(c.Separators) {
		if b := c.Separators[i]; b <= ' ' || b >= 0x7f || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' {
			return fmt.Errorf("separators %q: want ASCII punctuation", c.Separators)
		}
	}
	switch {
	case c.Depth < 0:
		return fmt.Errorf("depth %d: want 0 or more", c.Depth)
	case c.Top < 0:
		return fmt.Errorf("top %d: want 0 or more", c.Top)
	case c.RowsOnly && len(c.Scenarios)+len(c.Sweeps) > 0:
		return errors.New("rows only: there is nothing to compare scenarios with")
	case c.Now != nil && (*c.Now < 0 || *c.Now >= MaxTime):
		return fmt.Errorf("now: want a time from 1970 to 9999")
	}
	for i, g := range c.Groups {
		if g.Name == "" || g.Glob == "" {
			return fmt.Errorf("group %d: want a name and a glob", i+1)
		}
		if slices.ContainsFunc(c.Groups[:i], func(o Group) bool { return o.Name == g.Name }) {
			return fmt.Errorf("group %q: given twice", g.Name)
		}
	}
	if c.Server != ServerAuto {
		if _, err := memory.ParseServer(c.Server); err != nil {
			return err
		}
	}
	if err := c.checkScenarios(); err != nil {
		return err
	}
	_, err := c.Filters.Compile()
	return err
}

// FirstDifference names the first setting in which two configurations differ, "" when
// they are equal.
func (c *Config) FirstDifference(o *Config) string {
	switch {
	case c.Tool != o.Tool:
		return "program version"
	case (c.Now == nil) != (o.Now == nil) || c.Now != nil && *c.Now != *o.Now:
		return "--now"
	case c.Server != o.Server || c.Allocator != o.Allocator || c.Cluster != o.Cluster || c.Loaded != o.Loaded:
		return "the server they were sized for"
	case c.Settings != o.Settings:
		return "server configuration"
	case !reflect.DeepEqual(c.Filters, o.Filters):
		return "filters"
	case c.Separators != o.Separators || c.Depth != o.Depth || !slices.Equal(c.Groups, o.Groups):
		return "grouping"
	case c.Top != o.Top:
		return "--top"
	case !c.sameTrials(o):
		return "scenarios"
	case c.RowsOnly != o.RowsOnly:
		return "what is counted"
	case c.NoAdvice != o.NoAdvice || c.ShowValues != o.ShowValues:
		return "what advice looks at"
	case c.Deep != o.Deep || c.NoChecksum != o.NoChecksum:
		return "how blobs were read"
	}
	return ""
}
