package view

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Warnings are those of the sources in their order, then those of the whole.
func Warnings(s *state.Summary) []data.Warning {
	out := []data.Warning{}
	for i := range s.Sources {
		w := slices.Clone(s.Sources[i].Warnings)
		slices.SortStableFunc(w, func(a, b data.Warning) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text)) })
		for _, x := range w {
			x.Source = keyname.EscapeText(x.Source)
			out = append(out, x)
		}
	}
	for _, w := range []struct {
		is         bool
		code, text string
	}{
		{s.Keys.Capped && !s.Keys.LeftOut.Patterns, "patterns-capped", "there were more patterns than are kept apart: more of them than usual were merged into {*}"},
		{s.Keys.LeftOut.Patterns, "part-patterns", "a part was to be small and gave up patterns: more of them than usual were merged into {*}; reports of the dumps have them"},
		{s.Keys.LeftOut.SlotTags, "part-slot-tags", "a part was to be small and gave up the hash tags of slots; reports of the dumps have them"},
		{s.Keys.LeftOut.BinSamples, "part-timeline-samples", "a part was to be small and gave up the sampled keys of the timeline: storms are told without their patterns; reports of the dumps have them"},
		{s.Keys.Timeline.Wider > 0, "timeline-coarse", "keys expire at so many times that the timeline is kept in spans of " + spanText(s.Keys.Timeline.Width()) + " at least: many keys that expire in one minute are told only where they are alone in their span"},
	} {
		if w.is {
			out = append(out, data.Warning{Code: w.code, Text: w.text, Count: 1})
		}
	}
	if s.Keys.Totals.Capped {
		out = append(out, data.Warning{Code: "types-capped", Text: "there were more module types than are kept apart: the last ones are counted as module", Count: 1})
	}
	if n := len(s.Keys.Cells); n > 0 && s.Keys.Cells[0].DB == state.OtherDB {
		out = append(out, data.Warning{Code: "databases-capped", Text: "there were more databases than are kept apart: those with the highest numbers are counted as database -1", Count: 1})
	}
	return out
}

// spanText is a width of the timeline's bins in words.
func spanText(ms int64) string {
	for _, u := range []struct {
		ms   int64
		name string
	}{{sketch.Day, "day"}, {sketch.Hour, "hour"}, {sketch.Minute, "minute"}} {
		switch n := ms / u.ms; {
		case n == 1:
			return "one " + u.name
		case n > 1:
			return fmt.Sprintf("%d %ss", n, u.name)
		}
	}
	return fmt.Sprintf("%d ms", ms)
}

// miscountedLeast is how many bytes MEMORY USAGE or what is allocated must be for a
// difference between them to be worth a warning.
const miscountedLeast = 16 << 10

// miscounted warns of streams of which MEMORY USAGE and what is really allocated
// differ by half of the larger: that of pending entries is counted by the nodes of
// their trees, each with room for 30 children (object.c streamRadixTreeMemoryUsage).
func miscounted(rows []naming.Row) []data.Warning {
	var counted, allocated int64
	for i := range rows {
		if rows[i].Rare == nil {
			continue
		}
		p := &rows[i].Rare.Pending
		if larger := max(p.Memory, p.Resident); larger >= miscountedLeast && min(p.Memory, p.Resident) <= larger/2 {
			counted += p.Memory
			allocated += p.Resident
		}
	}
	if counted == 0 {
		return nil
	}
	return []data.Warning{{Code: "memory-usage", Count: 1, Text: fmt.Sprintf(
		"MEMORY USAGE of streams with pending entries is not what they take: it adds up to %d bytes where %d are allocated; resident_bytes is the latter", counted, allocated)}}
}

// unknowable says what operators look for that a dump does not hold, and where
// a running server shows it.
func unknowable(s *state.Summary) []string {
	live := toldBy(s)
	var out []string
	if !live.memory {
		out = append(out, "fragmentation and resident set size: INFO memory (mem_fragmentation_ratio, used_memory_rss, allocator_frag_ratio)",
			"client, replication and AOF buffers: INFO memory (mem_clients_normal, mem_replication_backlog, mem_aof_buffer), CLIENT LIST (omem)")
	}
	if !live.use {
		out = append(out, "hit rate, evictions and expirations so far: INFO stats (keyspace_hits, keyspace_misses, evicted_keys, expired_keys)")
	}
	if !live.fork {
		out = append(out, "memory of fork and copy-on-write: INFO persistence (rdb_last_cow_size), peak: INFO memory (used_memory_peak)")
	}
	out = append(out, "latency and slow commands: SLOWLOG GET, LATENCY LATEST",
		"the TTL a key was given and when it was written: only what is left of it is in a dump")
	if s.Config.Settings.MaxMemory == 0 && !live.limit {
		out = append(out, "maxmemory and its policy: CONFIG GET maxmemory*")
	}
	if s.Keys.Totals.Use.Idle.Octaves == 0 && !slices.ContainsFunc(s.Keys.Totals.Freq[:], func(n int64) bool { return n > 0 }) {
		out = append(out, "which keys are used: the server recorded neither idle time nor frequency (its policy was neither LRU nor LFU)")
	}
	return out
}
