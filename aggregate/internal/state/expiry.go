package state

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
)

const (
	MinuteSpan = 48 * sketch.Hour  // from the clock on, bins are minutes this far,
	HourSpan   = 90 * sketch.Day   // hours this far,
	DaySpan    = 3650 * sketch.Day // days this far; one bin takes what is later

	// UnclockedDays is how many days since 1970 have a bin each in a source that has
	// no clock: up to 2079.
	UnclockedDays = 40_000

	// BinSamples is how many keys a bin keeps.
	BinSamples = 8
)

// Widths of bins that are not a span of time.
const (
	WidthPast  = -1 // before the clock
	WidthLater = 0  // beyond the days
)

// Bin is a span of absolute time in which keys expire. It is plain data.
type Bin struct {
	Width   int64       `part:"width,signed"` // ms: minute, hour, day, or WidthPast, WidthLater
	Start   int64       `part:"start,signed"` // ms since the epoch, a multiple of Width; 0 when Width <= 0
	Keys    int64       `part:"keys"`
	Memory  int64       `part:"memory"`
	First   int64       `part:"first,signed"` // ms, the earliest and the last expiry in it
	Last    int64       `part:"last,signed"`
	Samples []BinSample `part:"samples"` // the first by CompareSample, in that order
}

// BinSample is a sampled key of a bin.
type BinSample struct {
	KeptKey `part:"key"`
	Expiry  int64 `part:"expiry,signed"` // ms
}

// CompareSample orders samples like those of keys, then by expiry.
func (s *BinSample) CompareSample(o *BinSample) int {
	return cmp.Or(s.KeptKey.CompareSample(&o.KeptKey), cmp.Compare(s.Expiry, o.Expiry))
}

// Compare orders bins by width, then by time.
func (b *Bin) Compare(o *Bin) int {
	return cmp.Or(cmp.Compare(b.Width, o.Width), cmp.Compare(b.Start, o.Start))
}

// merge adds a bin of the same span.
func (b *Bin) merge(o *Bin) {
	if b.Keys == 0 {
		b.First, b.Last = o.First, o.Last
	}
	b.Keys += o.Keys
	b.Memory += o.Memory
	b.First, b.Last = min(b.First, o.First), max(b.Last, o.Last)
	all := slices.Concat(b.Samples, o.Samples)
	slices.SortFunc(all, func(x, y BinSample) int { return x.CompareSample(&y) })
	b.Samples = slices.Clip(all[:min(len(all), BinSamples)])
}

// Sample puts a key among the bin's samples, which are not sorted meanwhile,
// and returns the hash above which no key is one.
func (b *Bin) Sample(r *Observation) uint64 {
	last := func() *BinSample {
		m := &b.Samples[0]
		for i := range b.Samples {
			if b.Samples[i].CompareSample(m) > 0 {
				m = &b.Samples[i]
			}
		}
		return m
	}
	if n := len(b.Samples); n < BinSamples {
		if b.Samples == nil {
			b.Samples = make([]BinSample, 0, BinSamples)
		}
		b.Samples = b.Samples[:n+1]
		b.Samples[n].Set(r, ExampleLimit)
		b.Samples[n].Expiry = r.Expiry
		if n+1 < BinSamples {
			return 1<<64 - 1
		}
		return last().Hash
	}
	m := last()
	if r.Hash == m.Hash {
		// Hardly ever: the same hash twice.
		k := BinSample{Expiry: r.Expiry}
		if k.Set(r, ExampleLimit); k.CompareSample(m) >= 0 {
			return m.Hash
		}
	}
	m.Set(r, ExampleLimit)
	m.Expiry = r.Expiry
	return last().Hash
}

// mergeBins adds up bins of the same span; it changes neither list.
func mergeBins(a, b []Bin) []Bin {
	out := make([]Bin, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch c := a[0].Compare(&b[0]); {
		case c < 0:
			out, a = append(out, a[0]), a[1:]
		case c > 0:
			out, b = append(out, b[0]), b[1:]
		default:
			m := a[0]
			m.merge(&b[0])
			out, a, b = append(out, m), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// Storms: at least StormKeys keys, and at least 1 % of the keys that still
// expire or of their bytes, in one minute that stands out of the hour around it.
const (
	StormKeys  = 1000
	StormShare = 100 // a hundredth
	// StormPeak is how many times the mean of the other minutes of the hour
	// around it (those before the clock do not count) a minute must hold.
	StormPeak = 8
	// StormWindow is how many minutes to each side that hour reaches.
	StormWindow = 30
)
