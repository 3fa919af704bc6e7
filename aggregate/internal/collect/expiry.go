package collect

import (
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
)

// timeline collects bins while one source is read. Bins are spans of absolute time,
// so that those of several sources add up; how wide they are goes by how far they
// are from the clock:
//
//	      clock       +48 h          +90 d           +10 years
//	past  |  minutes    |   hours      |    days        |  later
//
// A key must find its bin without a search: index has a place for each span there
// can be, most of them empty, in three runs one behind the other (place).
type timeline struct {
	clock   sketch.Clock
	index   []int32 // by minutes, hours, days from the clock: bin + 1, 0 for none
	later   int32
	past    int32
	bins    []state.Bin
	samples [][]state.BinSample // by bin, not sorted
	limits  []uint64            // by bin: keys with a larger hash are not among its samples
	limit   uint64              // what the limit of a new bin is
	held    int                 // samples of all bins
	buckets [sketch.NumBuckets]sketch.Tally
	far     map[int64]int32 // without a clock: bins of days
}

// Where the runs of hours and days begin in the index, and how long it is. A clock
// within a span cuts it in two, which takes a place more than the spans in a run.
const (
	hoursAt  = state.MinuteSpan/sketch.Minute + 2
	daysAt   = hoursAt + state.HourSpan/sketch.Hour + 2
	indexLen = daysAt + state.DaySpan/sketch.Day + 2
)

func newTimeline(c sketch.Clock) *timeline {
	t := &timeline{clock: c, limit: 1<<64 - 1}
	if c.Known {
		t.index = make([]int32, indexLen)
	} else {
		t.far = make(map[int64]int32)
	}
	return t
}

// Add counts a key.
func (t *timeline) Add(r *counters.Observation) {
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
	switch {
	case left < state.MinuteSpan:
		t.addTo(t.place(0, sketch.Minute, r), sketch.Minute, r.Expiry/sketch.Minute, r)
	case left < state.HourSpan:
		t.addTo(t.place(hoursAt, sketch.Hour, r), sketch.Hour, r.Expiry/sketch.Hour, r)
	case left < state.DaySpan:
		t.addTo(t.place(daysAt, sketch.Day, r), sketch.Day, r.Expiry/sketch.Day, r)
	default:
		t.addTo(&t.later, state.WidthLater, 0, r)
	}
}

// place is where the index holds the bin of a width; bins of that width begin
// at position at.
func (t *timeline) place(at, width int64, r *counters.Observation) *int32 {
	return &t.index[at+r.Expiry/width-t.clock.Ms/width]
}

// addUnclocked bins by days of the calendar, for dates a server could have
// meant; what is beyond them is later.
func (t *timeline) addUnclocked(r *counters.Observation) {
	if r.Expiry < 0 || r.Expiry >= state.UnclockedDays*sketch.Day {
		t.addTo(&t.later, state.WidthLater, 0, r)
		return
	}
	i := t.far[r.Expiry/sketch.Day]
	t.addTo(&i, sketch.Day, r.Expiry/sketch.Day, r)
	t.far[r.Expiry/sketch.Day] = i
}

func (t *timeline) addTo(at *int32, width, number int64, r *counters.Observation) {
	if *at == 0 {
		t.bins = append(t.bins, state.Bin{Width: width, Start: number * max(width, 0), First: r.Expiry, Last: r.Expiry})
		t.samples, t.limits = append(t.samples, nil), append(t.limits, t.limit)
		*at = int32(len(t.bins))
	}
	b := &t.bins[*at-1]
	b.Keys++
	b.Memory += r.Cost.Bytes
	b.First, b.Last = min(b.First, r.Expiry), max(b.Last, r.Expiry)
	if r.Hash <= t.limits[*at-1] && width > 0 {
		t.sample(int(*at-1), width, r)
	}
}

// sample puts a key among the samples of a bin, in the place of the last of them
// when there are enough.
func (t *timeline) sample(bin int, width int64, r *counters.Observation) {
	list := t.samples[bin]
	if n := len(list); n < state.BinSamples {
		list = slices.Grow(list, 1)[:n+1] // an element there may have space for a name
		setSample(&list[n], width, r)
		if n+1 == state.BinSamples {
			t.limits[bin] = min(t.limits[bin], lastSample(list).Hash)
		}
		t.samples[bin] = list
		if t.held++; t.held >= 2*state.MaxBinSamples {
			t.cutSamples()
		}
		return
	}
	last := lastSample(list)
	if r.Hash == last.Hash {
		// Hardly ever: the same hash twice.
		var k state.BinSample
		if setSample(&k, width, r); k.CompareSample(last) >= 0 {
			return
		}
	}
	setSample(last, width, r)
	t.limits[bin] = min(t.limits[bin], lastSample(list).Hash)
}

func setSample(s *state.BinSample, width int64, r *counters.Observation) {
	s.Set(r, counters.ExampleLimit)
	s.Expiry, s.Width = r.Expiry, width
}

// lastSample returns the last one by CompareSample.
func lastSample(list []state.BinSample) *state.BinSample {
	m := &list[0]
	for i := range list {
		if list[i].CompareSample(m) > 0 {
			m = &list[i]
		}
	}
	return m
}

// cutSamples drops what can no longer be among the samples that are kept.
func (t *timeline) cutSamples() {
	all := make([]*state.BinSample, 0, t.held)
	for _, list := range t.samples {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	slices.SortFunc(all, (*state.BinSample).CompareSample)
	last := *all[state.MaxBinSamples-1]
	t.limit = last.Hash
	t.held = 0
	for i, list := range t.samples {
		kept := slices.DeleteFunc(list, func(s state.BinSample) bool { return s.CompareSample(&last) > 0 })
		if len(kept) == 0 {
			kept = nil
		}
		t.samples[i] = kept
		t.limits[i] = min(t.limits[i], t.limit)
		t.held += len(kept)
	}
}

// finish returns the timeline; it must not be used afterwards.
func (t *timeline) finish() state.Timeline {
	samples := make([]state.BinSample, 0, t.held)
	for _, list := range t.samples {
		samples = append(samples, list...)
	}
	return state.NewTimeline(t.bins, samples)
}
