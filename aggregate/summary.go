package aggregate

import (
	"context"

	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/view"
)

// Summary is what an analysis found, in a form that merges: integers only, in a
// canonical order. Report and WhatIf make figures for people of it.
type Summary struct{ state *state.Summary }

// Errors of Merge and Compare, reached through errors.Is.
var (
	// ErrConfig: the summaries were made with different configurations.
	ErrConfig = state.ErrConfig
	// ErrSameSource: two summaries hold the same source.
	ErrSameSource = state.ErrSameSource
)

// Analyze reads one dump and returns its summary. When the dump is damaged the
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

// Merge combines summaries; the result does not depend on their order or
// grouping. It refuses summaries made with different configurations (ErrConfig)
// and those that hold the same source (ErrSameSource). It changes none of them.
func Merge(parts ...*Summary) (*Summary, error) {
	s, err := state.Merge(unwrap(parts)...)
	return wrap(s), err
}

// Compare compares two snapshots. It refuses those whose keys were selected or
// grouped differently (ErrConfig), and warns of what else makes them hard to
// compare. It changes neither.
func Compare(before, after *Summary, o DiffOptions) (*Diff, error) {
	return view.Compare(before.state, after.state, o)
}

// Report computes the final view. It does not change s.
func (s *Summary) Report() *Report { return view.NewReport(s.state) }

// WhatIf computes the scenarios of a summary's configuration, nil when it has
// none. It does not change s.
func (s *Summary) WhatIf() *WhatIf { return view.NewWhatIf(s.state) }

// Partial reports whether any source was not read to its end, or was damaged.
func (s *Summary) Partial() bool { return s.state.Partial() }

// Config returns the configuration a summary was made with, defaults filled in.
func (s *Summary) Config() Config { return s.state.Settings() }

// WithTop returns a summary whose report shows n rows in its lists. It fails
// when fewer keys were kept.
func (s *Summary) WithTop(n int) (*Summary, error) {
	out, err := s.state.WithTop(n)
	return wrap(out), err
}

// wrap keeps nil what is nil.
func wrap(s *state.Summary) *Summary {
	if s == nil {
		return nil
	}
	return &Summary{s}
}

func unwrap(parts []*Summary) []*state.Summary {
	out := make([]*state.Summary, len(parts))
	for i, p := range parts {
		out[i] = p.state
	}
	return out
}
