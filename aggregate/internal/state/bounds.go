package state

import (
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
)

// Bounds are how much is kept of what grows with the number of keys. They are
// part of what a summary means: those made with other bounds must not be merged,
// and a part says which ones it was made with. Programs use the default ones; a
// test that lowers them reaches every bound with a few hundred keys.
//
// The zero value stands for the default ones.
type Bounds struct {
	// Wide are, by depth, the numbers of literal children above which a node of
	// the trie is wide; the last one holds for all deeper nodes.
	Wide [5]uint32
	// Sample keys are kept in the sample by size; one more sets the threshold.
	Sample int
	// Values entries of values are kept, and Holders holders of values in all
	// strata together.
	Values, Holders int
}

// The default bounds.
const (
	SampleSize = 12288
	MaxValues  = 1 << 10
	AllHolders = 1 << 12
)

// DefaultBounds returns the bounds of programs.
func DefaultBounds() Bounds {
	return Bounds{Wide: [...]uint32{4096, 1024, 256, 128, 64}, Sample: SampleSize, Values: MaxValues, Holders: AllHolders}
}

// OrDefault returns the default bounds for the zero value, otherwise b.
func (b Bounds) OrDefault() Bounds {
	if b == (Bounds{}) {
		return DefaultBounds()
	}
	return b
}

// HolderLimit returns how many holders a stratum keeps when used strata have
// strings. It only falls as used grows.
func (b Bounds) HolderLimit(used int) int { return max(MinHolders, b.Holders/max(used, 1)) }

// SampleWeight returns the sampled keys and the bytes that each stands for at
// least: 0 when the sample is all keys.
func SampleWeight(b Bounds, sample []counters.SampleKey) (keys []counters.SampleKey, weight int64) {
	n := b.OrDefault().Sample
	if len(sample) <= n {
		return sample, 0
	}
	return sample[:n], sketch.RankWeight(sample[n].Rank())
}
