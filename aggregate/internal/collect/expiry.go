package collect

import (
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
)

// timeline collects bins while one source is read.
type timeline struct {
	clock   sketch.Clock
	index   []int32 // by minutes, hours, days from the clock: bin + 1
	later   int32
	past    int32
	bins    []state.Bin
	limits  []uint64 // by bin: keys with a larger hash are not among its samples
	buckets [sketch.NumBuckets]sketch.Tally
	far     map[int64]int32 // without a clock: bins of days
}

func newTimeline(c sketch.Clock) *timeline {
	t := &timeline{clock: c}
	if c.Known {
		t.index = make([]int32, state.MinuteSpan/sketch.Minute+state.HourSpan/sketch.Hour+state.DaySpan/sketch.Day+6)
	} else {
		t.far = make(map[int64]int32)
	}
	return t
}

// Add counts a key.
func (t *timeline) Add(r *state.Observation) {
	if !r.HasExpiry {
		t.buckets[sketch.BucketNever].Add(r.Cost.Bytes)
		return
	}
	b := t.clock.Bucket(r.Expiry)
	t.buckets[b].Add(r.Cost.Bytes)
	switch b {
	case sketch.BucketUnknown:
		t.addUnclocked(r)
		return
	case sketch.BucketPast:
		t.addTo(&t.past, state.WidthPast, 0, r)
		return
	}
	left := r.Expiry - t.clock.Ms
	switch at := int64(0); {
	case left < state.MinuteSpan:
		t.addTo(t.place(at, sketch.Minute, r), sketch.Minute, r.Expiry/sketch.Minute, r)
	case left < state.HourSpan:
		at += state.MinuteSpan/sketch.Minute + 2
		t.addTo(t.place(at, sketch.Hour, r), sketch.Hour, r.Expiry/sketch.Hour, r)
	case left < state.DaySpan:
		at += state.MinuteSpan/sketch.Minute + state.HourSpan/sketch.Hour + 4
		t.addTo(t.place(at, sketch.Day, r), sketch.Day, r.Expiry/sketch.Day, r)
	default:
		t.addTo(&t.later, state.WidthLater, 0, r)
	}
}

// place is where the index holds the bin of a width; bins of that width begin
// at position at.
func (t *timeline) place(at, width int64, r *state.Observation) *int32 {
	return &t.index[at+r.Expiry/width-t.clock.Ms/width]
}

// addUnclocked bins by days of the calendar, for dates a server could have
// meant; what is beyond them is later.
func (t *timeline) addUnclocked(r *state.Observation) {
	if r.Expiry < 0 || r.Expiry >= state.UnclockedDays*sketch.Day {
		t.addTo(&t.later, state.WidthLater, 0, r)
		return
	}
	i := t.far[r.Expiry/sketch.Day]
	t.addTo(&i, sketch.Day, r.Expiry/sketch.Day, r)
	t.far[r.Expiry/sketch.Day] = i
}

func (t *timeline) addTo(at *int32, width, number int64, r *state.Observation) {
	if *at == 0 {
		t.bins = append(t.bins, state.Bin{Width: width, Start: number * max(width, 0), First: r.Expiry, Last: r.Expiry})
		t.limits = append(t.limits, 1<<64-1)
		*at = int32(len(t.bins))
	}
	b := &t.bins[*at-1]
	b.Keys++
	b.Memory += r.Cost.Bytes
	b.First, b.Last = min(b.First, r.Expiry), max(b.Last, r.Expiry)
	if limit := &t.limits[*at-1]; r.Hash <= *limit {
		*limit = b.Sample(r)
	}
}

// sorted returns the bins in their canonical order.
func (t *timeline) sorted() []state.Bin {
	for i := range t.bins {
		slices.SortFunc(t.bins[i].Samples, func(a, b state.BinSample) int { return a.CompareSample(&b) })
	}
	slices.SortFunc(t.bins, func(a, b state.Bin) int { return a.Compare(&b) })
	return t.bins
}
