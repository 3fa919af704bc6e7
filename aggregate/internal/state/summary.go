package state

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/config"
)

// Settings returns the configuration a summary was made with.
func (s *Summary) Settings() data.Config {
	c, err := config.WithDefaults(&s.Config)
	if err != nil { // it was checked when the summary was made
		return s.Config
	}
	return c
}

// WithTop returns a summary whose report shows n rows in its lists. It fails
// when fewer keys were kept.
func (s *Summary) WithTop(n int) (*Summary, error) {
	kept := max(s.Config.Top, MinTop)
	if n < 1 || n > kept {
		return nil, fmt.Errorf("top %d: %d keys were kept", n, kept)
	}
	out := *s
	out.Config.Top = n
	keep := max(n, MinTop)
	out.Keys.Biggest = out.Keys.Biggest[:min(len(out.Keys.Biggest), keep)]
	out.Keys.Longest = out.Keys.Longest[:min(len(out.Keys.Longest), keep)]
	return &out, nil
}

// Summary is the mergeable state of an analysis: plain data, integers only,
// in a canonical order. Two summaries of the same sources are deeply equal.
type Summary struct {
	Config  data.Config // with defaults filled in
	Sources []SourceState
	Keys    KeyState
	Bounds  Bounds // within which the keys were collected; not in a part
}

// Empty returns the summary of no sources under the default configuration.
func Empty() *Summary {
	c, _ := config.WithDefaults(nil) // there is nothing wrong with the defaults
	return &Summary{Config: c}
}

// Errors of Merge, reached through errors.Is.
var (
	// ErrConfig: the parts were made with different configurations.
	ErrConfig = errors.New("parts were made with different settings")
	// ErrNoSummary: nil, or a value that nothing has made, stands where a summary
	// is wanted.
	ErrNoSummary = errors.New("no summary: Analyze, Merge and ReadPart make one")
	// ErrSameSource: two parts hold the same source.
	ErrSameSource = errors.New("the same source twice")
)

// Partial reports whether any source was not read to its end, or was damaged.
func (s *Summary) Partial() bool {
	return slices.ContainsFunc(s.Sources, func(x SourceState) bool { return x.Partial })
}
