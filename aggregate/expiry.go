package aggregate

import (
	"cmp"
	"slices"
)

const (
	minute = int64(60_000) // ms
	hour   = 60 * minute
	day    = 24 * hour

	minuteSpan = 48 * hour  // from the clock on, bins are minutes this far,
	hourSpan   = 90 * day   // hours this far,
	daySpan    = 3650 * day // days this far; one bin takes what is later

	// binSamples is how many keys a bin keeps.
	binSamples = 8
)

// Widths of bins that are not a span of time.
const (
	widthPast  = -1 // before the clock
	widthLater = 0  // beyond the days
)

// bin is a span of absolute time in which keys expire. It is plain data.
type bin struct {
	Width   int64 // ms: minute, hour, day, or widthPast, widthLater
	Start   int64 // ms since the epoch, a multiple of Width; 0 when Width <= 0
	Keys    int64
	Memory  int64
	First   int64 // ms, the earliest and the last expiry in it
	Last    int64
	Samples []binSample // the first by compareSample, in that order
}

// binSample is a sampled key of a bin.
type binSample struct {
	keptKey
	Expiry int64 // ms
}

func (s *binSample) compareSample(o *binSample) int {
	return cmp.Or(s.keptKey.compareSample(&o.keptKey), cmp.Compare(s.Expiry, o.Expiry))
}

func (b *bin) compare(o *bin) int {
	return cmp.Or(cmp.Compare(b.Width, o.Width), cmp.Compare(b.Start, o.Start))
}

// merge adds a bin of the same span.
func (b *bin) merge(o *bin) {
	if b.Keys == 0 {
		b.First, b.Last = o.First, o.Last
	}
	b.Keys += o.Keys
	b.Memory += o.Memory
	b.First, b.Last = min(b.First, o.First), max(b.Last, o.Last)
	all := slices.Concat(b.Samples, o.Samples)
	slices.SortFunc(all, func(x, y binSample) int { return x.compareSample(&y) })
	b.Samples = slices.Clip(all[:min(len(all), binSamples)])
}

// tally counts keys and their bytes.
type tally struct{ Keys, Memory int64 }

func (t *tally) add(memory int64) {
	t.Keys++
	t.Memory += memory
}

func (t *tally) merge(o tally) {
	t.Keys += o.Keys
	t.Memory += o.Memory
}

// Expiry buckets, relative to the clock of a key's source. They are counted key
// by key, since a bin may straddle an edge.
const (
	bucketPast = iota
	bucketHour
	bucketDay
	bucketWeek
	bucketMonth
	bucketLater
	bucketNever
	bucketUnknown // an expiry, but no clock to hold it against
	numBuckets
)

// bucketEnds are the exclusive ends of the buckets from bucketHour on, in ms.
var bucketEnds = [...]int64{hour, day, 7 * day, 30 * day}

// bucket returns the bucket of an expiry.
func (c clock) bucket(expiry int64) int {
	switch {
	case !c.ok:
		return bucketUnknown
	case expiry < c.ms:
		return bucketPast
	}
	left := expiry - c.ms
	b := bucketHour
	for b < bucketLater && left >= bucketEnds[b-bucketHour] {
		b++
	}
	return b
}

// timeline collects bins while one source is read.
type timeline struct {
	clock   clock
	index   []int32 // by minutes, hours, days from the clock: bin + 1
	later   int32
	past    int32
	bins    []bin
	limits  []uint64 // by bin: keys with a larger hash are not among its samples
	buckets [numBuckets]tally
	far     map[int64]int32 // without a clock: bins of days
}

func newTimeline(c clock) *timeline {
	t := &timeline{clock: c}
	if c.ok {
		t.index = make([]int32, minuteSpan/minute+hourSpan/hour+daySpan/day+6)
	} else {
		t.far = make(map[int64]int32)
	}
	return t
}

// add counts a key.
func (t *timeline) add(r *record) {
	if !r.HasExpiry {
		t.buckets[bucketNever].add(r.size.Bytes)
		return
	}
	b := t.clock.bucket(r.Expiry)
	t.buckets[b].add(r.size.Bytes)
	switch b {
	case bucketUnknown:
		t.addUnclocked(r)
		return
	case bucketPast:
		t.addTo(&t.past, widthPast, 0, r)
		return
	}
	left := r.Expiry - t.clock.ms
	switch at := int64(0); {
	case left < minuteSpan:
		t.addTo(t.place(at, minute, r), minute, r.Expiry/minute, r)
	case left < hourSpan:
		at += minuteSpan/minute + 2
		t.addTo(t.place(at, hour, r), hour, r.Expiry/hour, r)
	case left < daySpan:
		at += minuteSpan/minute + hourSpan/hour + 4
		t.addTo(t.place(at, day, r), day, r.Expiry/day, r)
	default:
		t.addTo(&t.later, widthLater, 0, r)
	}
}

// place is where the index holds the bin of a width; bins of that width begin
// at position at.
func (t *timeline) place(at, width int64, r *record) *int32 {
	return &t.index[at+r.Expiry/width-t.clock.ms/width]
}

// addUnclocked bins by days of the calendar, for dates a server could have
// meant; what is beyond them is later.
func (t *timeline) addUnclocked(r *record) {
	if r.Expiry < 0 || r.Expiry >= 40_000*day {
		t.addTo(&t.later, widthLater, 0, r)
		return
	}
	i := t.far[r.Expiry/day]
	t.addTo(&i, day, r.Expiry/day, r)
	t.far[r.Expiry/day] = i
}

func (t *timeline) addTo(at *int32, width, number int64, r *record) {
	if *at == 0 {
		t.bins = append(t.bins, bin{Width: width, Start: number * max(width, 0), First: r.Expiry, Last: r.Expiry})
		t.limits = append(t.limits, 1<<64-1)
		*at = int32(len(t.bins))
	}
	b := &t.bins[*at-1]
	b.Keys++
	b.Memory += r.size.Bytes
	b.First, b.Last = min(b.First, r.Expiry), max(b.Last, r.Expiry)
	if limit := &t.limits[*at-1]; r.hash <= *limit {
		*limit = b.sample(r)
	}
}

// sample puts a key among the bin's samples, which are not sorted meanwhile,
// and returns the hash above which no key is one.
func (b *bin) sample(r *record) uint64 {
	last := func() *binSample {
		m := &b.Samples[0]
		for i := range b.Samples {
			if b.Samples[i].compareSample(m) > 0 {
				m = &b.Samples[i]
			}
		}
		return m
	}
	if n := len(b.Samples); n < binSamples {
		if b.Samples == nil {
			b.Samples = make([]binSample, 0, binSamples)
		}
		b.Samples = b.Samples[:n+1]
		b.Samples[n].set(r, exampleLimit)
		b.Samples[n].Expiry = r.Expiry
		if n+1 < binSamples {
			return 1<<64 - 1
		}
		return last().Hash
	}
	m := last()
	if r.hash == m.Hash {
		// Hardly ever: the same hash twice.
		k := binSample{Expiry: r.Expiry}
		if k.set(r, exampleLimit); k.compareSample(m) >= 0 {
			return m.Hash
		}
	}
	m.set(r, exampleLimit)
	m.Expiry = r.Expiry
	return last().Hash
}

// sorted returns the bins in their canonical order.
func (t *timeline) sorted() []bin {
	for i := range t.bins {
		slices.SortFunc(t.bins[i].Samples, func(a, b binSample) int { return a.compareSample(&b) })
	}
	slices.SortFunc(t.bins, func(a, b bin) int { return a.compare(&b) })
	return t.bins
}

// mergeBins adds up bins of the same span; it changes neither list.
func mergeBins(a, b []bin) []bin {
	out := make([]bin, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch c := a[0].compare(&b[0]); {
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

// Storms: at least stormKeys keys, and at least 1 % of the keys that still
// expire or of their bytes, in one minute that stands out of the hour around it.
const (
	stormKeys  = 1000
	stormShare = 100 // a hundredth
	// stormPeak is how many times the mean of the other minutes of the hour
	// around it (those before the clock do not count) a minute must hold.
	stormPeak = 8
	// stormWindow is how many minutes to each side that hour reaches.
	stormWindow = 30
)

// storm is a run of bins.
type storm struct {
	from, to int64 // ms; to is exclusive
	tally
	bins []*bin
}

// findStorms returns the storms of a timeline in order of time; clocks are
// those of the sources, sorted. Beyond the minutes of the timeline a bin is a
// storm when all its keys expire within one minute.
//
// Keys with a short TTL that are written all the time expire evenly from the
// clock on: a run that begins at a clock and goes on is not a storm.
func findStorms(bins []bin, clocks []int64) []storm {
	var all tally
	var minutes []*bin
	var storms []storm
	for i := range bins {
		if b := &bins[i]; b.Width != widthPast {
			all.merge(tally{b.Keys, b.Memory})
		}
	}
	large := func(t tally) bool {
		return t.Keys >= stormKeys && (t.Keys >= all.Keys/stormShare || t.Memory >= all.Memory/stormShare)
	}
	for i := range bins {
		b := &bins[i]
		switch {
		case b.Width == minute:
			minutes = append(minutes, b) // sorted by start, as bins are
		case b.Width > minute && b.Last-b.First < minute && large(tally{b.Keys, b.Memory}):
			from := b.First - b.First%1000
			storms = append(storms, storm{from, from + minute, tally{b.Keys, b.Memory}, []*bin{b}})
		}
	}
	for i := 0; i < len(minutes); i++ {
		if !large(tally{minutes[i].Keys, minutes[i].Memory}) || !standsOut(minutes, i, clocks) {
			continue
		}
		s := storm{from: minutes[i].Start}
		for ; i < len(minutes) && (len(s.bins) == 0 || minutes[i].Start == s.to) && large(tally{minutes[i].Keys, minutes[i].Memory}); i++ {
			s.merge(tally{minutes[i].Keys, minutes[i].Memory})
			s.bins = append(s.bins, minutes[i])
			s.to = minutes[i].Start + minute
		}
		i--
		storms = append(storms, s)
	}
	slices.SortFunc(storms, func(a, b storm) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(b.Keys, a.Keys), cmp.Compare(b.Memory, a.Memory))
	})
	return storms
}

// standsOut compares a minute with the others of the hour around it.
func standsOut(minutes []*bin, i int, clocks []int64) bool {
	m := minutes[i]
	// The latest clock before the minute ends bounds the window.
	first := m.Start/minute - stormWindow
	c, _ := slices.BinarySearch(clocks, m.Start+minute)
	if c > 0 {
		first = max(first, clocks[c-1]/minute)
	}
	last := m.Start/minute + stormWindow
	run := m.Start / minute // where the run of minutes m belongs to begins
	var others int64
	for j := i - 1; j >= 0 && minutes[j].Start/minute >= first; j-- {
		others += minutes[j].Keys
		if minutes[j].Start/minute == run-1 && minutes[j].Keys*4 >= m.Keys {
			run--
		}
	}
	next := false
	for j := i + 1; j < len(minutes) && minutes[j].Start/minute <= last; j++ {
		others += minutes[j].Keys
		next = next || minutes[j].Start == m.Start+minute && minutes[j].Keys*4 >= m.Keys
	}
	if c > 0 && run <= clocks[c-1]/minute+1 && (run < m.Start/minute || next) {
		return false // even from the clock on
	}
	// The mean of the others, with at least one other minute.
	return m.Keys*max(last-first, 1) >= stormPeak*others
}
