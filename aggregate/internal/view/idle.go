package view

import (
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
)

// percentPoints are the percentiles of a distribution, as shares num/den.
var percentPoints = [...]struct {
	text     string
	num, den int64
}{{"1", 1, 100}, {"10", 10, 100}, {"25", 25, 100}, {"50", 50, 100}, {"75", 75, 100}, {"90", 90, 100}, {"95", 95, 100},
	{"99", 99, 100}, {"99.9", 999, 1000}, {"99.99", 9999, 10000}, {"100", 1, 1}}

func percentiles(h *sketch.Histogram) []data.Percentile {
	out := []data.Percentile{}
	if h.Octaves == 0 {
		return out
	}
	for _, p := range percentPoints {
		out = append(out, data.Percentile{Percent: p.text, Bytes: h.Quantile(p.num, p.den)})
	}
	return out
}

func idle(s *state.Summary) data.Idle {
	t := &s.Keys.Totals
	v := data.Idle{
		Percentiles: []data.UsePercentile{}, MemoryPercentiles: []data.UsePercentile{}, Cold: []data.Cold{},
		FreqPercentiles: []data.UsePercentile{}, FreqMemoryPercentiles: []data.UsePercentile{},
	}
	for _, n := range &t.Freq {
		v.FreqKeys += n
	}
	if v.FreqKeys > 0 {
		// The counters are exact where the histogram is not.
		for _, p := range percentPoints {
			v.FreqPercentiles = append(v.FreqPercentiles, usePercentile(p.text, nearestRank(t.Freq[:], v.FreqKeys, p.num, p.den)))
		}
		v.FreqMemoryPercentiles = usePercentiles(&t.Use.FreqMemory)
		v.Recorded, v.Keys = "freq", v.FreqKeys
		v.Percentiles, v.MemoryPercentiles = v.FreqPercentiles, v.FreqMemoryPercentiles
	}
	idle := t.Use.Idle.Count()
	if idle > 0 {
		v.Recorded, v.Keys, v.Percentiles, v.MemoryPercentiles = "idle", idle, usePercentiles(&t.Use.Idle), usePercentiles(&t.Use.IdleMemory)
		for i, age := range counters.ColdAfter {
			c := t.Use.Cold[i]
			v.Cold = append(v.Cold, data.Cold{IdleSeconds: age, Keys: c.Keys, Memory: c.Memory, MemoryShare: data.RatioOf(c.Memory, t.Memory)})
		}
	}
	switch {
	case t.Keys == 0:
	case idle == 0 && v.FreqKeys == 0:
		v.Note = "not recorded: the server's maxmemory-policy was neither LRU nor LFU"
	case idle > 0 && v.FreqKeys > 0:
		v.Note = "some servers had an LRU policy, others an LFU one: idle times are those of the former, counters those of the latter"
	case idle+v.FreqKeys < t.Keys:
		v.Note = "not recorded for all keys: some servers' maxmemory-policy was neither LRU nor LFU"
	}
	return v
}

func usePercentile(percent string, value int64) data.UsePercentile {
	return data.UsePercentile{Percent: percent, Value: value, Bytes: value} //nolint:staticcheck // the name that it had first goes on being written
}

func usePercentiles(h *sketch.Histogram) []data.UsePercentile {
	out := []data.UsePercentile{}
	for _, p := range percentiles(h) {
		out = append(out, usePercentile(p.Percent, p.Bytes))
	}
	return out
}

// nearestRank returns the index of the counter that holds the value of rank
// num/den of n.
func nearestRank(counts []int64, n, num, den int64) int64 {
	rank := max(n/den*num+(n%den*num+den-1)/den, 1)
	for i, c := range counts {
		if rank -= c; rank <= 0 {
			return int64(i)
		}
	}
	return int64(len(counts) - 1)
}
