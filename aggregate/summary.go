package aggregate

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/rdblens/rdblens/aggregate/memory"
)

// Summary is the mergeable state of an analysis: plain data, integers only,
// in a canonical order. Two summaries of the same sources are deeply equal.
type Summary struct {
	config  Config // with defaults filled in
	sources []sourceState
	keys    keyState
}

// Errors of Merge, reached through errors.Is.
var (
	// ErrConfig: the parts were made with different configurations.
	ErrConfig = errors.New("parts were made with different settings")
	// ErrSameSource: two parts hold the same source.
	ErrSameSource = errors.New("the same source twice")
)

// DefaultSeparators is what separates the tokens of a key when a Config says
// nothing else; '-' and '_' always do, after the class tests.
const DefaultSeparators = ":./|"

// DefaultTop is the number of rows of the top lists and of the pattern list.
const DefaultTop = 20

// ServerAuto lets each source's dump say what it is sized for.
const ServerAuto = "auto"

// normal returns a copy of c that shares nothing with it, with defaults filled
// in.
func (c *Config) normal() (Config, error) {
	n := *c
	if n.Server == "" {
		n.Server = ServerAuto
	}
	if n.Separators == "" {
		n.Separators = DefaultSeparators
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
	return n, n.check()
}

// Validate reports what is wrong with a configuration.
func (c *Config) Validate() error {
	_, err := c.normal()
	return err
}

func (c *Config) check() error {
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
	case c.Now != nil && (*c.Now < 0 || *c.Now >= maxTime):
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
	_, err := c.Filters.compile()
	return err
}

// differ names the first setting in which two configurations differ, "" when
// they are equal.
func (c *Config) differ(o *Config) string {
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

// Partial reports whether any source was not read to its end, or was damaged.
func (s *Summary) Partial() bool {
	return slices.ContainsFunc(s.sources, func(x sourceState) bool { return x.Partial })
}
