package view

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// bucketViews names the expiry buckets; ends are seconds from the clock.
var bucketViews = [sketch.NumBuckets]struct {
	label    string
	from, to int64 // -1: open
}{
	{"past", -1, 0}, {"<1h", 0, sketch.Hour / 1000}, {"<1d", sketch.Hour / 1000, sketch.Day / 1000}, {"<7d", sketch.Day / 1000, 7 * sketch.Day / 1000},
	{"<30d", 7 * sketch.Day / 1000, 30 * sketch.Day / 1000}, {"later", 30 * sketch.Day / 1000, -1}, {"never", -1, -1}, {"unknown", -1, -1},
}

// stormPatterns is how many patterns are named for a storm.
const stormPatterns = 3

func expiry(s *state.Summary, v *naming.View) data.Expiry {
	fields := &s.Keys.Totals.Fields
	e := data.Expiry{
		Buckets: []data.ExpiryBucket{}, Storms: []data.Storm{},
		Fields: data.FieldExpiry{Hashes: fields.Hashes, Fields: fields.Fields, Expired: fields.Expired, Buckets: []data.FieldBucket{}},
	}
	unclocked := false
	var clocks []int64
	for i := range s.Sources {
		if s.Sources[i].HasClock {
			clocks = append(clocks, s.Sources[i].Clock)
		} else {
			unclocked = true
		}
	}
	slices.Sort(clocks)
	for i, b := range bucketViews {
		t := s.Keys.Buckets[i]
		if i == sketch.BucketUnknown && t.Keys == 0 && !unclocked {
			continue
		}
		row := data.ExpiryBucket{Label: b.label, Keys: t.Keys, Memory: t.Memory}
		if b.from >= 0 {
			row.From = &b.from
		}
		if b.to >= 0 {
			row.To = &b.to
		}
		e.Buckets = append(e.Buckets, row)
		if n := fields.Buckets[i]; fields.Fields > 0 && i != sketch.BucketNever && (i != sketch.BucketUnknown || n > 0) {
			e.Fields.Buckets = append(e.Fields.Buckets, data.FieldBucket{Label: row.Label, From: row.From, To: row.To, Fields: n})
		}
	}
	split := keyname.NewSplitter(s.Config.Separators, s.Config.Depth)
	for _, x := range findStorms(&s.Keys.Timeline, clocks) {
		names, shares := commonPatterns(v, &x, split, s.Config.Groups)
		e.Storms = append(e.Storms, x.view(names, shares))
	}
	e.Timeline = hours(&s.Keys.Timeline)
	return e
}

func (s *storm) view(patterns []string, shares []data.Ratio) data.Storm {
	v := data.Storm{
		At: data.Time(s.from), WidthSeconds: (s.to - s.from) / 1000, Keys: s.Keys, Memory: s.Memory, TopPatterns: patterns, TopShares: shares,
		First: data.Time(s.bins[0].First), Last: data.Time(s.bins[0].Last),
	}
	for _, b := range s.bins {
		v.First, v.Last = min(v.First, data.Time(b.First)), max(v.Last, data.Time(b.Last))
		if b.Keys > v.PeakKeys {
			// Of a bin that is wider than a minute all keys are in one.
			v.PeakAt, v.PeakKeys, v.PeakMemory = data.Time(max(b.Start, b.First-b.First%1000)), b.Keys, b.Memory
			if b.Width == sketch.Minute {
				v.PeakAt = data.Time(b.Start)
			}
		}
	}
	v.SameTime, v.SameShare = s.sameTime()
	return v
}

// sameTime returns the millisecond at which most of the keys expire, as their
// samples say, and the share of them; nil when there is none.
func (s *storm) sameTime() (*data.Time, data.Ratio) {
	weights := make(map[int64]int64)
	var all int64
	for _, b := range s.bins {
		if len(b.samples) == 0 {
			continue
		}
		each := sketch.MulDiv(b.Keys, 1000, int64(len(b.samples)))
		if b.First == b.Last {
			weights[b.First] += each * int64(len(b.samples))
			all += each * int64(len(b.samples))
			continue
		}
		for i := range b.samples {
			weights[b.samples[i].Expiry] += each
			all += each
		}
	}
	for at, w := range weights {
		// More than half: there is at most one such time.
		if w > all/2 && w > 0 {
			t := data.Time(at)
			return &t, data.RatioOf(w, all)
		}
	}
	return nil, 0
}

// commonPatterns returns the patterns that most of a storm's sampled keys have, and
// what share of its keys each of them has, as the samples say.
func commonPatterns(v *naming.View, s *storm, split *keyname.Splitter, groups []data.Group) (names []string, shares []data.Ratio) {
	weights := make(map[string]int64)
	var all int64
	for _, b := range s.bins {
		for i := range b.samples {
			each := sketch.MulDiv(b.Keys, 1000, int64(len(b.samples)))
			if name := v.PatternOf(b.samples[i].Name, split, groups); name != "" {
				weights[name] += each
			}
			all += each
		}
	}
	names = slices.SortedFunc(maps.Keys(weights), func(a, b string) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(a, b))
	})
	shares = []data.Ratio{}
	for _, name := range names[:min(len(names), stormPatterns)] {
		shares = append(shares, data.RatioOf(weights[name], all))
	}
	return names[:len(shares)], shares
}

// storm is a run of bins.
type storm struct {
	from, to int64 // ms; to is exclusive
	sketch.Tally
	bins []stormBin
}

// stormBin is a bin with its samples.
type stormBin struct {
	*state.Bin
	samples []state.BinSample
}

// findStorms returns the storms of a timeline in order of time; clocks are
// those of the sources, sorted. A storm is a minute, or a few in a row, in which so
// many keys expire that the server may be busy with it, and far more than around it:
//
//	keys per minute                          │█
//	          ▁▁▂▁▁▁▂▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁▂▁▁▁▁▁▁▁▁│█▁▁▁▁▂▁▁▁▁▁▁▁▁▁
//	                   an hour around it      └ storm
//
// Beyond the minutes of the timeline a bin is one when all its keys expire within
// one minute.
//
// Keys with a short TTL that are written all the time expire evenly from the
// clock on, and then no more: a run that begins at a clock and goes on is not a
// storm, though it stands out of what follows.
func findStorms(timeline *state.Timeline, clocks []int64) []storm {
	bins, samples := timeline.Bins, timeline.SamplesOf()
	withSamples := func(b *state.Bin) stormBin { return stormBin{b, samples[[2]int64{b.Width, b.Start}]} }
	var all sketch.Tally
	var minutes []*state.Bin
	var storms []storm
	for i := range bins {
		if b := &bins[i]; b.Width != state.WidthPast {
			all.Merge(sketch.Tally{Keys: b.Keys, Memory: b.Memory})
		}
	}
	large := func(t sketch.Tally) bool {
		return t.Keys >= state.StormKeys && (t.Keys >= all.Keys/state.StormShare || t.Memory >= all.Memory/state.StormShare)
	}
	for i := range bins {
		b := &bins[i]
		switch {
		case b.Width == sketch.Minute:
			minutes = append(minutes, b) // sorted by start, as bins are
		case b.Width > sketch.Minute && b.Last-b.First < sketch.Minute && large(sketch.Tally{Keys: b.Keys, Memory: b.Memory}):
			from := b.First - b.First%1000
			storms = append(storms, storm{from, from + sketch.Minute, sketch.Tally{Keys: b.Keys, Memory: b.Memory}, []stormBin{withSamples(b)}})
		}
	}
	for i := 0; i < len(minutes); i++ {
		if !large(sketch.Tally{Keys: minutes[i].Keys, Memory: minutes[i].Memory}) || !standsOut(minutes, i, clocks) {
			continue
		}
		s := storm{from: minutes[i].Start}
		for ; i < len(minutes) && (len(s.bins) == 0 || minutes[i].Start == s.to) && large(sketch.Tally{Keys: minutes[i].Keys, Memory: minutes[i].Memory}); i++ {
			s.Merge(sketch.Tally{Keys: minutes[i].Keys, Memory: minutes[i].Memory})
			s.bins = append(s.bins, withSamples(minutes[i]))
			s.to = minutes[i].Start + sketch.Minute
		}
		i--
		storms = append(storms, s)
	}
	slices.SortFunc(storms, func(a, b storm) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(b.Keys, a.Keys), cmp.Compare(b.Memory, a.Memory))
	})
	return storms
}

// standsOut reports whether a minute holds StormPeak times the mean of the others of
// the hour around it, and does not belong to a run that begins at a clock.
func standsOut(minutes []*state.Bin, i int, clocks []int64) bool {
	m := minutes[i]
	// The latest clock before the minute ends bounds the window.
	first := m.Start/sketch.Minute - state.StormWindow
	c, _ := slices.BinarySearch(clocks, m.Start+sketch.Minute)
	if c > 0 {
		first = max(first, clocks[c-1]/sketch.Minute)
	}
	last := m.Start/sketch.Minute + state.StormWindow
	run := m.Start / sketch.Minute // where the run of minutes m belongs to begins
	var others int64
	for j := i - 1; j >= 0 && minutes[j].Start/sketch.Minute >= first; j-- {
		others += minutes[j].Keys
		if minutes[j].Start/sketch.Minute == run-1 && minutes[j].Keys*4 >= m.Keys {
			run--
		}
	}
	next := false
	for j := i + 1; j < len(minutes) && minutes[j].Start/sketch.Minute <= last; j++ {
		others += minutes[j].Keys
		next = next || minutes[j].Start == m.Start+sketch.Minute && minutes[j].Keys*4 >= m.Keys
	}
	if c > 0 && run <= clocks[c-1]/sketch.Minute+1 && (run < m.Start/sketch.Minute || next) {
		return false // even from the clock on
	}
	// The mean of the others, with at least one other minute.
	return m.Keys*max(last-first, 1) >= state.StormPeak*others
}

// hours returns the bins of a timeline that are a span of time, in order of time,
// minutes added up to hours.
func hours(timeline *state.Timeline) []data.TimelineBin {
	out := []data.TimelineBin{}
	at := make(map[data.TimelineBin]int) // by beginning and width
	for i := range timeline.Bins {
		b := &timeline.Bins[i]
		if b.Width <= 0 {
			continue // past, or beyond the days
		}
		span := data.TimelineBin{At: data.Time(b.Start), WidthSeconds: b.Width / 1000}
		if b.Width < sketch.Hour {
			span = data.TimelineBin{At: data.Time(b.Start - b.Start%sketch.Hour), WidthSeconds: sketch.Hour / 1000}
		}
		k, ok := at[span]
		if !ok {
			k = len(out)
			at[span] = k
			out = append(out, span)
		}
		out[k].Keys += b.Keys
		out[k].Memory += b.Memory
	}
	slices.SortFunc(out, func(a, b data.TimelineBin) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.WidthSeconds, b.WidthSeconds))
	})
	return out
}
