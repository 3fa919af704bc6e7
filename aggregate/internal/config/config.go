// Package config is what is done with a data.Config: its defaults, what is wrong
// with it, what keeps summaries made with two of them from being merged, and the
// profiles its scenarios and sweeps ask for.
package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/filter"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// WithDefaults returns a copy of c that shares nothing with it, with defaults filled
// in; nil is all defaults. The error says what is wrong with c.
func WithDefaults(c *data.Config) (data.Config, error) {
	if c == nil {
		c = new(data.Config)
	}
	n := *c
	if n.Server == "" {
		n.Server = data.ServerAuto
	}
	if n.Separators == "" {
		n.Separators = keyname.DefaultSeparators
	}
	if n.Top == 0 {
		n.Top = data.DefaultTop
	}
	if n.Settings == (memory.Config{}) {
		n.Settings = memory.DefaultConfig()
	}
	if n.Now != nil {
		now := *n.Now
		n.Now = &now
	}
	n.NoAdvice = n.NoAdvice || n.RowsOnly
	n.Groups = append([]data.Group{}, n.Groups...)
	cloneScenarios(&n)
	// Values of a filter are alternatives: their order says nothing.
	f := &n.Filters
	f.DB = slices.Compact(slices.Sorted(slices.Values(f.DB)))
	for _, l := range []*[]string{&f.Type, &f.Match, &f.Regex, &f.Exclude, &f.ExcludeRegex} {
		*l = slices.Compact(slices.Sorted(slices.Values(*l)))
	}
	return n, Check(&n)
}

// Check reports what is wrong with a configuration that has its defaults.
func Check(c *data.Config) error {
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
	case c.Now != nil && (*c.Now < 0 || *c.Now >= data.MaxTime):
		return fmt.Errorf("now: want a time from 1970 to 9999")
	}
	for i, g := range c.Groups {
		if g.Name == "" || g.Glob == "" {
			return fmt.Errorf("group %d: want a name and a glob", i+1)
		}
		if slices.ContainsFunc(c.Groups[:i], func(o data.Group) bool { return o.Name == g.Name }) {
			return fmt.Errorf("group %q: given twice", g.Name)
		}
	}
	if c.Server != data.ServerAuto {
		if _, err := memory.ParseServer(c.Server); err != nil {
			return err
		}
	}
	if err := checkScenarios(c); err != nil {
		return err
	}
	_, err := filter.Compile(&c.Filters)
	return err
}

// Differ returns the first setting in which two configurations differ, nil when
// they are equal. Both have their defaults.
func Differ(c, o *data.Config) *data.ConfigMismatch {
	field, what := "", ""
	switch {
	case c.Tool != o.Tool:
		field, what = "Tool", "program version"
	case (c.Now == nil) != (o.Now == nil) || c.Now != nil && *c.Now != *o.Now:
		field, what = "Now", "the clock that was given (Now)"
	case c.Server != o.Server:
		field, what = "Server", sizedFor
	case c.Allocator != o.Allocator:
		field, what = "Allocator", sizedFor
	case c.Cluster != o.Cluster:
		field, what = "Cluster", sizedFor
	case c.Loaded != o.Loaded:
		field, what = "Loaded", "whether expired keys count (Loaded)"
	case c.Settings != o.Settings:
		field, what = "Settings", "server configuration"
	case !reflect.DeepEqual(c.Filters, o.Filters):
		field, what = "Filters", "filters"
	case c.Separators != o.Separators:
		field, what = "Separators", grouping
	case c.Depth != o.Depth:
		field, what = "Depth", grouping
	case !slices.Equal(c.Groups, o.Groups):
		field, what = "Groups", grouping
	case c.Top != o.Top:
		field, what = "Top", "the rows of the lists (Top)"
	case !sameScenarios(c, o):
		field, what = "Scenarios", "scenarios"
	case !sameSweeps(c, o):
		field, what = "Sweeps", "scenarios"
	case c.RowsOnly != o.RowsOnly:
		field, what = "RowsOnly", "what is counted"
	case c.NoAdvice != o.NoAdvice:
		field, what = "NoAdvice", lookedAt
	case c.ShowValues != o.ShowValues:
		field, what = "ShowValues", lookedAt
	case c.Deep != o.Deep:
		field, what = "Deep", howRead
	case c.NoChecksum != o.NoChecksum:
		field, what = "NoChecksum", howRead
	default:
		return nil
	}
	return &data.ConfigMismatch{Field: field, What: what}
}

// Several fields in the same words.
const (
	sizedFor = "the server they were sized for"
	grouping = "grouping"
	lookedAt = "what advice looks at"
	howRead  = "how blobs were read"
)
