package aggregate

import (
	"context"

	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/compare"
	"github.com/rdblens/rdblens/aggregate/internal/config"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/view"
)

// Summary is what an analysis found, in a form that merges: integers only, in a
// canonical order. Report and WhatIf make figures for people of it. Analyze, Merge
// and ReadPart make a Summary; nil and the zero value are that of no sources, which
// has a Report but does not merge.
type Summary struct{ state *state.Summary }

// Errors of Merge, Compare and WritePart, reached through errors.Is.
var (
	// ErrNoSummary: nil, or a Summary that nothing has made.
	ErrNoSummary = state.ErrNoSummary
	// ErrConfig: the summaries were made with different configurations. errors.As
	// finds a *ConfigMismatch, which names the field.
	ErrConfig = state.ErrConfig
	// ErrSameSource: two summaries hold the same source.
	ErrSameSource = state.ErrSameSource
	// ErrFewSnapshots: a trend is asked of fewer than three snapshots.
	ErrFewSnapshots = compare.ErrFewSnapshots
)

// Analyze reads one dump and returns its summary; a nil Config is all defaults. When the dump is damaged the
// summary of what was read is returned together with the parser's error and is
// marked partial; a nil summary means nothing could be read, a cancelled
// context, or a sink that failed.
//
// A Read of the source that blocks is not interrupted: when the context is
// cancelled Analyze returns at once and the Read may still be under way.
func Analyze(ctx context.Context, in Input, cfg *Config) (*Summary, error) {
	s, err := collect.Analyze(ctx, in, cfg)
	return wrap(s), err
}

// NewSummary returns the summary of no sources under a configuration: unlike the zero
// value it merges, and can be written. A nil Config is all defaults.
func NewSummary(cfg *Config) (*Summary, error) {
	c, err := config.WithDefaults(cfg)
	if err != nil {
		return nil, err
	}
	b := state.DefaultBounds()
	return wrap(&state.Summary{Config: c, Bounds: b, Keys: state.MergeKeys(b, c.Top, nil)}), nil
}

// Merge combines summaries; the result does not depend on their order or
// grouping. It refuses summaries made with different configurations (ErrConfig)
// and those that hold the same source (ErrSameSource). It changes none of them.
func Merge(parts ...*Summary) (*Summary, error) {
	s, err := state.Merge(unwrap(parts)...)
	return wrap(s), err
}

// Compare compares two snapshots. It refuses those whose keys were selected or
// grouped differently (ErrConfig), and warns of what else makes them hard to
// compare. It changes neither. The zero DiffOptions are the defaults.
func Compare(before, after *Summary, o DiffOptions) (*Diff, error) {
	return compare.NewDiff(before.unwrap(), after.unwrap(), o)
}

// TrendOf tells how snapshots of one server follow each other, in the order in which they
// were written, whatever the order of the list. It wants three and more
// (ErrFewSnapshots), refuses those whose keys were selected or grouped differently
// (ErrConfig), and changes none of them. The zero DiffOptions are the defaults.
func TrendOf(snapshots []*Summary, o DiffOptions) (*Trend, error) {
	return compare.NewTrend(unwrap(snapshots), o)
}

// Report computes the final view. It does not change s.
func (s *Summary) Report() *Report { return view.NewReport(s.orEmpty()) }

// WhatIf computes the scenarios and sweeps of a summary's configuration; it has
// empty lists when there are none. It does not change s.
func (s *Summary) WhatIf() *WhatIf { return view.NewWhatIf(s.orEmpty()) }

// Weight is about how many bytes s takes in memory: who holds some at once goes by
// it.
func (s *Summary) Weight() int64 { return s.orEmpty().Weight() }

// Partial reports whether any source was not read to its end, or was damaged.
func (s *Summary) Partial() bool { return s.orEmpty().Partial() }

// Counted returns how many keys filters and Loaded left, of how many that were read.
func (s *Summary) Counted() (keys, of int64) {
	for i := range s.orEmpty().Sources {
		x := &s.orEmpty().Sources[i]
		keys, of = keys+x.Counted.Keys, of+x.Keys
	}
	return keys, of
}

// Config returns the configuration a summary was made with, defaults filled in.
func (s *Summary) Config() Config { return s.orEmpty().Settings() }

// WithTop returns a summary whose report shows n rows in its lists. It fails
// when fewer keys were kept.
func (s *Summary) WithTop(n int) (*Summary, error) {
	out, err := s.orEmpty().WithTop(n)
	return wrap(out), err
}

// wrap keeps nil what is nil.
func wrap(s *state.Summary) *Summary {
	if s == nil {
		return nil
	}
	return &Summary{s}
}

// unwrap returns nil of nil, and of a Summary that nothing has made.
func (s *Summary) unwrap() *state.Summary {
	if s == nil {
		return nil
	}
	return s.state
}

// orEmpty is unwrap for methods that have no error to return: nothing is a summary
// of no sources.
func (s *Summary) orEmpty() *state.Summary {
	if x := s.unwrap(); x != nil {
		return x
	}
	return state.Empty()
}

func unwrap(parts []*Summary) []*state.Summary {
	out := make([]*state.Summary, len(parts))
	for i, p := range parts {
		out[i] = p.unwrap()
	}
	return out
}
