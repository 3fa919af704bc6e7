package counters

import (
	"errors"
	"fmt"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
)

// MaxSum is what no figure exceeds, nor the sum of one over all patterns, cells, bins
// or slots: bytes and keys of some seventy petabytes.
const MaxSum = 1 << 56

// ErrTooLarge says that figures add up to more than is counted.
var ErrTooLarge = errors.New("figures are too large to be added up")

// Running adds up figures that are not negative, each at most MaxSum.
type Running int64

// Add reports whether the sum is still within MaxSum.
func (r *Running) Add(n int64) bool {
	*r += Running(n)
	return n >= 0 && n <= MaxSum && *r <= MaxSum
}

// PatternSums add up the figures of patterns.
type PatternSums struct {
	stats         [len(statsFigures)]Running
	rare          []Running
	sizes, counts Running
}

// Add takes in a pattern; ErrTooLarge says that a figure exceeds MaxSum.
func (p *PatternSums) Add(x *Stats) error {
	for i := range statsFigures {
		if !p.stats[i].Add(*statsFigures[i].of(x)) {
			return fmt.Errorf("patterns: %w", ErrTooLarge)
		}
	}
	if !p.sizes.Add(x.Sizes.Count()) || !p.counts.Add(x.Counts.Count()) {
		return fmt.Errorf("patterns: %w", ErrTooLarge)
	}
	if x.Rare == nil {
		return nil
	}
	if p.rare == nil {
		p.rare = make([]Running, len(rareFigures))
	}
	for i := range rareFigures {
		f := &rareFigures[i]
		if n := *f.of(x.Rare); !f.largest && !p.rare[i].Add(sketch.SumCapped(n, 0)) && n >= 0 {
			return fmt.Errorf("patterns: %w", ErrTooLarge)
		}
	}
	return nil
}
