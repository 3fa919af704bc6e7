package state

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
)

const (
	MinuteSpan = 48 * sketch.Hour  // from the clock on, bins are minutes this far,
	HourSpan   = 90 * sketch.Day   // hours this far,
	DaySpan    = 3650 * sketch.Day // days this far; one bin takes what is later

	// UnclockedDays is how many days since 1970 have a bin each in a source that has
	// no clock: up to 2079.
	UnclockedDays = 40_000

	// MaxBins is how many bins a timeline has, whatever its sources: those of one
	// clock are a quarter of that.
	MaxBins = 1 << 15
	// BinSamples is how many keys a bin samples, MaxBinSamples how many all bins keep
	// of those.
	BinSamples    = 8
	MaxBinSamples = 1 << 12
)

// Widths of bins that are not a span of time.
const (
	WidthPast  = -1 // before the clock
	WidthLater = 0  // beyond the days
)

// A timeline of many sources with clocks far apart has too many bins: each snapshot
// of a server has minutes of its own. Then all bins narrower than a width become
// bins of that width, of the narrowest with which there are no more than MaxBins:
//
//	minutes   ▁▂▁▁▂▁█▁▂▁▁▁▂▁   hours   ▃ ▂ ▁ ▂ ▃   days   ▅ ▃
//	hours     ▇   ▅                    ▃ ▂ ▁ ▂ ▃          ▅ ▃
//
// Each width is a multiple of the one before it, so that bins unite to the same ones
// in one step or in several, and more keys never need a narrower width: it is a
// function of the keys of all sources, whatever order they come in. That is the merge
// law.

// BinWidths are the widths, ms, the first of a timeline that has none too many.
var BinWidths = func() (w [21]int64) {
	copy(w[:], []int64{
		sketch.Minute, 2 * sketch.Minute, 4 * sketch.Minute, 12 * sketch.Minute,
		sketch.Hour, 2 * sketch.Hour, 4 * sketch.Hour, 12 * sketch.Hour, sketch.Day,
	})
	for i := 9; i < len(w); i++ {
		w[i] = 2 * w[i-1]
	}
	return w
}()

// Bin is a span of absolute time in which keys expire. It is plain data.
type Bin struct {
	Width  int64 `part:"width,signed"` // ms: minute, hour, day, one of BinWidths, or WidthPast, WidthLater
	Start  int64 `part:"start,signed"` // ms since the epoch, a multiple of Width; 0 when Width <= 0
	Keys   int64 `part:"keys"`
	Memory int64 `part:"memory"`
	First  int64 `part:"first,signed,large"` // ms, the earliest and the last expiry in it
	Last   int64 `part:"last,signed,large"`
}

// BinSample is a sampled key of a bin that is a span of time.
//
// Kept are the first MaxBinSamples, by CompareSample, of those keys that are among
// the first BinSamples of their bins, as the bins of their own sources are: to make
// these wider changes no sample. A key is among so many of a union only if it is in
// its part: there the keys before it are no more. So samples merge. Bins of many
// keys have their samples among the first, and a storm is such a bin.
type BinSample struct {
	counters.KeptKey `part:"key"`
	Expiry           int64 `part:"expiry"` // ms since the epoch
	Width            int64 `part:"width"`  // of its bin, ms: minute, hour or day
}

// CompareSample orders samples like those of keys, then by expiry and bin.
func (s *BinSample) CompareSample(o *BinSample) int {
	return cmp.Or(s.KeptKey.CompareSample(&o.KeptKey), cmp.Compare(s.Expiry, o.Expiry), cmp.Compare(s.Width, o.Width))
}

// start returns where the bin begins in a timeline whose bins have a width at least.
func (s *BinSample) start(least int64) (width, start int64) {
	width = max(s.Width, least)
	return width, s.Expiry - s.Expiry%width
}

// compare orders samples by their bins: the order of Timeline.Samples.
func (s *BinSample) compare(o *BinSample) int {
	return cmp.Or(cmp.Compare(s.Width, o.Width), cmp.Compare(s.Expiry/s.Width, o.Expiry/o.Width), s.CompareSample(o))
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
}

// Timeline is when keys expire. It is plain data.
type Timeline struct {
	Wider   uint8       `part:"wider"`   // the narrowest width its bins have, as a place in BinWidths
	Bins    []Bin       `part:"bins"`    // in the order of Bin.Compare
	Samples []BinSample `part:"samples"` // by width and time of their bins, then by CompareSample
}

// NewTimeline makes a timeline of bins and samples in any order, all bins of one
// span once. It changes both lists.
func NewTimeline(bins []Bin, samples []BinSample) Timeline {
	slices.SortFunc(bins, func(a, b Bin) int { return a.Compare(&b) })
	t := Timeline{Bins: bins, Samples: chooseSamples(samples)}
	t.bound()
	return t
}

// Width is what the bins are at least wide, ms.
func (t *Timeline) Width() int64 { return BinWidths[t.Wider] }

// SamplesOf returns the samples of each bin that has some, by its width and start.
func (t *Timeline) SamplesOf() map[[2]int64][]BinSample {
	of := make(map[[2]int64][]BinSample)
	for i := range t.Samples {
		width, start := t.Samples[i].start(t.Width())
		of[[2]int64{width, start}] = append(of[[2]int64{width, start}], t.Samples[i])
	}
	return of
}

// mergeTimelines adds up timelines; it changes neither of them.
func mergeTimelines(a, b *Timeline) Timeline {
	t := Timeline{Wider: max(a.Wider, b.Wider), Samples: chooseSamples(slices.Concat(a.Samples, b.Samples))}
	t.Bins = mergeBins(widen(a.Bins, t.Width()), widen(b.Bins, t.Width()))
	t.bound()
	return t
}

// bound makes the bins wider until there are not too many.
func (t *Timeline) bound() {
	for len(t.Bins) > MaxBins && int(t.Wider) < len(BinWidths)-1 {
		t.Wider++
		t.Bins = widen(t.Bins, t.Width())
	}
	t.Bins = slices.Clip(t.Bins)
}

// widen returns bins of at least a width, those it was given when they are.
func widen(bins []Bin, width int64) []Bin {
	narrow := func(b Bin) bool { return b.Width > 0 && b.Width < width }
	if !slices.ContainsFunc(bins, narrow) {
		return bins
	}
	wide := slices.Clone(bins)
	for i := range wide {
		if b := &wide[i]; narrow(*b) {
			b.Start -= b.Start % width
			b.Width = width
		}
	}
	slices.SortFunc(wide, func(a, b Bin) int { return a.Compare(&b) })
	n := 0
	for i := range wide {
		if n > 0 && wide[n-1].Compare(&wide[i]) == 0 {
			wide[n-1].merge(&wide[i])
			continue
		}
		wide[n] = wide[i]
		n++
	}
	return slices.Clone(wide[:n])
}

// mergeBins adds up bins of the same span; it changes neither list.
func mergeBins(a, b []Bin) []Bin {
	if len(a) == 0 {
		return b
	}
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

// chooseSamples puts samples in order and drops what is too many, of a bin and of
// all. It changes the list.
func chooseSamples(list []BinSample) []BinSample {
	slices.SortFunc(list, func(a, b BinSample) int { return a.compare(&b) })
	n, of := 0, 0 // kept, and of the current bin
	for i := range list {
		if s := &list[i]; n == 0 || s.Width != list[n-1].Width || s.Expiry/s.Width != list[n-1].Expiry/s.Width {
			of = 0
		}
		if of++; of <= BinSamples {
			list[n] = list[i]
			n++
		}
	}
	clear(list[n:])
	list = list[:n]
	if n > MaxBinSamples {
		order := make([]*BinSample, n)
		for i := range list {
			order[i] = &list[i]
		}
		slices.SortFunc(order, (*BinSample).CompareSample)
		last := *order[MaxBinSamples-1]
		list = slices.DeleteFunc(list, func(s BinSample) bool { return s.CompareSample(&last) > 0 })
		list = list[:min(len(list), MaxBinSamples)] // equal ones: a damaged dump may hold a key twice
	}
	return slices.Clip(list)
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
