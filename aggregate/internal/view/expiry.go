package view

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
)

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
