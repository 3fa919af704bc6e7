package view

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/filter"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

func newReshape(s *counters.ReshapeStats) data.Reshape {
	return data.Reshape{Keys: s.Keys, Elements: s.Elements, Pieces: s.Pieces, Before: s.Memory, After: s.After, BeforeResident: s.Resident, AfterResident: s.AfterResident, Largest: s.Largest}
}

// NewReport computes the final view. It does not change s.
func NewReport(s *state.Summary) *data.Report {
	s = effective(s)
	f, err := filter.Compile(&s.Config.Filters)
	filtered := err == nil && f.Active
	r := &data.Report{
		Schema: data.ReportSchema, Tool: s.Config.Tool, Partial: s.Partial(), Filters: s.Config.Filters,
		Blobs: "walked", Sources: []data.Source{}, ByType: []data.TypeRow{}, Patterns: []data.PatternRow{}, Groups: []data.PatternRow{},
		PatternsCapped: s.Keys.Capped, Separators: s.Config.Separators, Tree: []data.TreeRow{}, Sizes: []data.Percentile{}, Unknowable: unknowable(s), Warnings: warnings(s),
	}
	if s.Config.Now != nil {
		now := *s.Config.Now
		r.Now = &now
	}
	for i := range s.Sources {
		if !s.Sources[i].Walked {
			r.Blobs = "header"
		}
		r.Sources = append(r.Sources, newSource(&s.Sources[i]))
	}
	r.Totals = totals(s, filtered)
	r.Live = live(s, filtered)
	r.ByType = byType(s)
	r.ByDatabase, r.DatabasesTotal = byDatabase(s, s.Config.Top)
	var sizes sketch.Histogram
	for i := range s.Keys.Cells {
		sizes.Merge(&s.Keys.Cells[i].Sizes)
	}
	r.Sizes = percentiles(&sizes)
	r.Idle = idle(s)

	shown := naming.NewView(s)
	shown.Generalize()
	rows := shown.Rows()
	r.PatternsTotal = int64(len(rows))
	r.ElementsByType = elementsByType(rows)
	shown.Fold(s.Config.Top)
	rows = shown.Rows()
	var purposes *decided
	r.Facts, purposes = facts(s, shown, rows)
	r.Expiry = expiry(s, shown) // of the rows that are shown
	r.Tree = append(r.Tree, shown.Tree(keyname.NewSplitter(s.Config.Separators, 0), s.Keys.Totals.Memory)...)
	pure := shown.PurePatterns(&s.Config)
	for i := range rows { // sorted by facts, with their roles
		r.Groups = append(r.Groups, shownRow(&rows[i], pure, s.Keys.Totals.Memory))
	}
	rows = shown.NameHeavy(shown.Rows(), s)
	rows = shown.TopRows(rows, s.Config.Top)
	purposes.shown(rows)
	for i := range rows {
		r.Patterns = append(r.Patterns, shownRow(&rows[i], pure, s.Keys.Totals.Memory))
	}
	r.Warnings = append(append(r.Warnings, liveWarnings(s)...), miscounted(rows)...)
	r.Warnings = append(r.Warnings, repeated(s)...)
	r.Biggest = bigKeys(s.Keys.Biggest, s.Config.Top)
	r.BiggestByElements = bigKeys(s.Keys.Longest, s.Config.Top)
	r.BiggestByType = bigKeys(biggestByType(s.Keys.Biggest, s.Config.Top), len(s.Keys.Biggest))
	usedMost(&r.Idle, &s.Keys.Named, s.Config.Top)
	r.LongestNames = bigKeys(s.Keys.Named.LongNames, s.Config.Top)
	r.Slots = slots(s)
	return r
}

func newSource(s *state.SourceState) data.Source {
	v := data.Source{
		Name: keyname.EscapeText(s.Name), Bytes: s.Bytes, Magic: s.Magic, RDBVersion: s.RDBVersion, ServerVersion: s.ServerVersion,
		Checksum: s.Checksum, Keys: s.Keys, KeysCounted: s.Counted.Keys, Memory: s.Counted.Memory, Aux: make(map[string]string),
		Model: data.Model{Server: s.Server, Allocator: s.Allocator, Config: make(map[string]string), Reason: s.Reason, Inexact: s.Inexact},
		Error: s.Error, LastGoodKey: s.LastGoodKey, Indexes: s.Indexes,
		Functions: s.Functions, FunctionBytes: s.FunctionBytes, Libraries: s.Libraries,
	}
	if s.HasCtime {
		t := data.Time(s.Ctime)
		v.Ctime = &t
	}
	if s.HasClock {
		t := data.Time(s.Clock)
		v.Now = &t
	}
	if s.HasUsedMemory {
		n := s.UsedMemory
		v.ReportedUsedMemory = &n
	}
	if s.HasOffset {
		n := s.ErrorOffset
		v.ErrorOffset = &n
	}
	for _, p := range s.Aux {
		v.Aux[p.Name] = p.Value
	}
	for _, p := range s.Changed {
		v.Model.Config[p.Name] = p.Value
	}
	return v
}

func totals(s *state.Summary, filtered bool) data.Totals {
	t := &s.Keys.Totals
	v := data.Totals{
		Keys: t.Keys, Elements: t.Elements, Memory: t.Memory, MemoryError: t.Error.Root(), UnboundedKeys: t.Unbounded.Keys, UnboundedMemory: t.Unbounded.Memory, Resident: t.Resident,
		KeyName: t.KeyName, Payload: t.Payload, Waste: t.Waste, RDB: t.RDB,
		KeysWithTTL: t.TTL.Keys, MemoryWithTTL: t.TTL.Memory,
		KeysExpired: t.Expired.Keys + t.Dropped.Keys, MemoryExpired: t.Expired.Memory + t.Dropped.Memory,
	}
	var keyspace, baseline, reported int64
	reports := len(s.Sources) > 0
	for i := range s.Sources {
		x := &s.Sources[i]
		keyspace += x.Keyspace
		baseline += x.Baseline
		reported += x.UsedMemory
		reports = reports && x.HasUsedMemory
	}
	v.Baseline = &baseline
	if !filtered && !s.Partial() {
		predicted := t.Resident + keyspace + baseline
		v.Keyspace, v.PredictedUsedMemory = &keyspace, &predicted
		v.Allocators = allocators(s, predicted)
	}
	if reports {
		v.ReportedUsedMemory = &reported
	}
	return v
}

// allocators returns what is predicted under each, the one that was sized for first; nil
// where some source does not know.
func allocators(s *state.Summary, predicted int64) []data.AllocatorTotal {
	out := []data.AllocatorTotal{{Allocator: s.Config.Allocator.String(), PredictedUsedMemory: predicted}}
	for i := range s.Sources {
		x := &s.Sources[i]
		if len(x.Allocators) == 0 || x.Allocator != out[0].Allocator {
			return nil
		}
		for j := range x.Allocators {
			a := &x.Allocators[j]
			if i == 0 {
				out = append(out, data.AllocatorTotal{Allocator: a.Allocator.String(), PredictedUsedMemory: predicted})
			}
			t := &out[1+j]
			t.PredictedUsedMemory += a.Resident + a.Keyspace - x.Keyspace + a.Baseline - x.Baseline
			t.Estimated = t.Estimated || a.Estimated
		}
	}
	if len(out) == 1 {
		return nil
	}
	return out
}

func byType(s *state.Summary) []data.TypeRow {
	rows := make([]data.TypeRow, 0, len(s.Keys.Cells))
	for i := range s.Keys.Cells {
		c := &s.Keys.Cells[i]
		rows = append(rows, data.TypeRow{
			DB: c.DB, Type: c.Type, Encoding: encodingName(c.Encoding, c.Type), Keys: c.Keys, Elements: c.Elements, Memory: c.Memory,
			KeysWithoutTTL: c.NoTTLKeys, MemoryWithoutTTL: c.NoTTLMemory,
			P50: c.Sizes.Quantile(50, 100), P90: c.Sizes.Quantile(90, 100), P99: c.Sizes.Quantile(99, 100), Max: c.Sizes.Max,
			Figures: nameFigures(&c.Figures), UnboundedKeys: c.Unbounded,
		})
	}
	slices.SortFunc(rows, func(a, b data.TypeRow) int {
		return cmp.Or(cmp.Compare(a.DB, b.DB), cmp.Compare(b.Memory, a.Memory), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Encoding, b.Encoding))
	})
	return rows
}

// byDatabase are the top databases, and how many there are. Those beyond what is told
// apart are in the row of all others.
func byDatabase(s *state.Summary, top int) (rows []data.DatabaseRow, total int64) {
	others := data.DatabaseRow{DB: data.OtherDatabases}
	cut := func() {
		slices.SortFunc(rows, func(a, b data.DatabaseRow) int {
			return cmp.Or(cmp.Compare(b.Memory, a.Memory), cmp.Compare(a.DB, b.DB))
		})
		for i := top; i < len(rows); i++ {
			addDatabase(&others, &rows[i])
		}
		rows = rows[:min(top, len(rows))]
	}
	rows = []data.DatabaseRow{}
	for cells := s.Keys.Cells; len(cells) > 0; { // they are in the order of databases
		x := data.DatabaseRow{DB: cells[0].DB}
		for len(cells) > 0 && cells[0].DB == x.DB {
			c := &cells[0]
			addDatabase(&x, &data.DatabaseRow{Keys: c.Keys, Memory: c.Memory, KeysWithoutTTL: c.NoTTLKeys, MemoryWithoutTTL: c.NoTTLMemory, Max: c.Sizes.Max})
			cells = cells[1:]
		}
		if x.DB == state.OtherDB {
			addDatabase(&others, &x)
			continue
		}
		total++
		if rows = append(rows, x); len(rows) > 2*top+100 { // there may be many
			cut()
		}
	}
	cut()
	if others.Keys > 0 {
		rows = append(rows, others)
	}
	for i := range rows {
		rows[i].MemoryShare = data.RatioOf(rows[i].Memory, s.Keys.Totals.Memory)
	}
	return rows, total
}

func addDatabase(x, y *data.DatabaseRow) {
	x.Keys += y.Keys
	x.Memory += y.Memory
	x.KeysWithoutTTL += y.KeysWithoutTTL
	x.MemoryWithoutTTL += y.MemoryWithoutTTL
	x.Max = max(x.Max, y.Max)
}

// elementsByType adds up the rows of all patterns, which have the distributions.
func elementsByType(rows []naming.Row) []data.ElementsRow {
	type sums struct {
		row    data.ElementsRow
		counts sketch.Histogram
	}
	by := map[string]*sums{}
	for i := range rows {
		r := &rows[i]
		x := by[r.Type]
		if x == nil {
			x = &sums{row: data.ElementsRow{Type: r.Type}}
			by[r.Type] = x
		}
		x.row.Keys += r.Stats.Keys
		x.row.Elements += r.Stats.Elements
		x.counts.Merge(&r.Stats.Counts)
	}
	out := []data.ElementsRow{}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		x := by[name]
		if name == parser.DataTypeString.String() {
			continue // each has one
		}
		h := &x.counts
		if others := x.row.Keys - h.Count(); others > 0 { // see elements
			h.AddN(1, others)
		}
		x.row.P50, x.row.P90, x.row.P99, x.row.Max = h.Quantile(50, 100), h.Quantile(90, 100), h.Quantile(99, 100), h.Max
		out = append(out, x.row)
	}
	return out
}

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

func bigKeys(keys []state.TopKey, n int) []data.BigKey {
	out := []data.BigKey{}
	for i := range keys[:min(len(keys), n)] {
		k := &keys[i]
		b := data.BigKey{
			DB: k.Key.DB, Type: k.Type, Key: keyname.EscapeText(string(k.Key.Name)), KeyLen: k.Key.Len, Memory: k.Memory, Size: k.Memory, Exact: k.Exact,
			Encoding: encodingName(k.Encoding, k.Type), Elements: k.Elements, Pattern: string(k.Pattern),
			RDBBytes: k.RDBBytes, Source: keyname.EscapeText(k.Key.Source),
		}
		if !utf8.Valid(k.Key.Name) || k.Key.Len != int64(len(k.Key.Name)) {
			b.KeyBase64 = base64.StdEncoding.EncodeToString(k.Key.Name)
		}
		if !k.Unbounded {
			bound := k.Error
			b.Error = &bound
		}
		if k.Longest >= 0 {
			longest := k.Longest
			b.LongestElement = &longest
		}
		if k.Idle >= 0 {
			idle := k.Idle
			b.Idle = &idle
		}
		if k.Freq >= 0 {
			freq := k.Freq
			b.Freq = &freq
		}
		if k.Slot >= 0 {
			slot := k.Slot
			b.Slot = &slot
		}
		if k.HasExpiry {
			t := data.Time(k.Expiry)
			b.Expiry = &t
		}
		out = append(out, b)
	}
	return out
}

func slots(s *state.Summary) data.Slots {
	rows := make([]data.SlotRow, len(s.Keys.Slots))
	heaviest := sketch.BottomK[state.SlotTally]{N: s.Config.Top, Compare: func(a, b *state.SlotTally) int {
		return cmp.Or(cmp.Compare(b.Memory, a.Memory), cmp.Compare(a.Slot, b.Slot))
	}}
	for i := range rows {
		x := &s.Keys.Slots[i]
		rows[i] = slotRow(s, x)
		if key := uint64(-1 - x.Memory); !heaviest.Full || key <= heaviest.Last.Key { // the largest first
			*heaviest.Place() = *x
			heaviest.Push(key)
		}
	}
	v := data.Slots{Used: int64(len(rows)), Biggest: []data.SlotRow{}, All: rows, Shards: shards(s)}
	for _, x := range heaviest.Sorted() {
		row := slotRow(s, &x)
		row.Tags = []data.SlotTag{}
		for _, t := range heaviestTags(&x, slotTags) {
			row.Tags = append(row.Tags, data.SlotTag{Tag: keyname.EscapeText(t.tag), AtMost: t.atMost, Exact: t.exact})
		}
		v.Biggest = append(v.Biggest, row)
	}
	if len(s.Sources) > 1 {
		counted := make([]sketch.Tally, len(s.Sources))
		for i := range s.Sources {
			counted[i] = s.Sources[i].Counted
		}
		skew := skewOf(counted)
		v.Sources = &skew
	}
	return v
}

func slotRow(s *state.Summary, x *state.SlotTally) data.SlotRow {
	return data.SlotRow{
		Slot: x.Slot, Keys: x.Keys, Memory: x.Memory, MemoryShare: data.RatioOf(x.Memory, s.Keys.Totals.Memory),
		TaggedKeys: x.Tagged.Keys, TaggedMemory: x.Tagged.Memory,
	}
}

// slotTags is how many tags are named for a slot.
const slotTags = 3

// shardCounts are the sizes of clusters that the spread is shown for.
var shardCounts = [...]int{2, 3, 4, 6, 8, 12, 16, 24, 32}

// shards says how even the slots would be on equal shards.
func shards(s *state.Summary) []data.ShardSkew {
	out := []data.ShardSkew{}
	if len(s.Keys.Slots) == 0 {
		return out
	}
	for _, n := range shardCounts {
		sums := make([]sketch.Tally, n)
		for i := range s.Keys.Slots {
			x := &s.Keys.Slots[i]
			sums[shardOf(x.Slot, n)].Merge(x.Tally)
		}
		out = append(out, skewOf(sums))
	}
	return out
}

func skewOf(shards []sketch.Tally) data.ShardSkew {
	v := data.ShardSkew{Shards: int64(len(shards))}
	var all sketch.Tally
	for _, t := range shards {
		all.Merge(t)
		v.LargestKeys, v.LargestMemory = max(v.LargestKeys, t.Keys), max(v.LargestMemory, t.Memory)
	}
	// max/(all/n)
	v.KeysSkew, v.MemorySkew = data.RatioOf(sketch.MulDiv(v.LargestKeys, v.Shards, 1), all.Keys), data.RatioOf(sketch.MulDiv(v.LargestMemory, v.Shards, 1), all.Memory)
	return v
}

// warnings are those of the sources in their order, then those of the whole.
func warnings(s *state.Summary) []data.Warning {
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

// facts computes what advice needs from the exact rows, and finds their roles.
func facts(s *state.Summary, v *naming.View, rows []naming.Row) (data.Facts, *decided) {
	f := data.Facts{
		Patterns: []data.PatternFacts{}, Settings: settingsOf(&s.Config.Settings), VolatileMemory: s.Keys.Totals.TTL.Memory,
		ChecksumBad: slices.ContainsFunc(s.Sources, func(x state.SourceState) bool { return x.BadChecksum() }),
		Regrouped:   regrouped(&s.Config),
	}
	for i := range s.Sources {
		x := &s.Sources[i]
		f.ExpiresBytesNow += x.Expires
		f.ExpiresBytesAll += x.AllExpire
		if i == 0 {
			f.Server = x.Server
		}
		f.Cluster = f.Cluster || x.Cluster
		f.MixedServers = f.MixedServers || x.Server != f.Server
	}
	slices.SortFunc(rows, func(a, b naming.Row) int { return a.Compare(&b) })
	cost := newTTLCost(s, len(rows))
	lim := counters.LimitsOf(&s.Config.Settings)
	var values *valueFacts
	var wait sync.WaitGroup
	wait.Go(func() { values = newValueFacts(v, &s.Keys.Values, &s.Config, sizer(s)) })
	samples := samplesByRow(v, s.Keys.Probes, &s.Config)
	purposes := decide(v, &s.Config, rows, samples)
	names := namesByRow(v, s, keyname.NewSplitter(s.Config.Separators, s.Config.Depth), samples)
	var now int64
	for i := range s.Sources {
		now = max(now, s.Sources[i].Clock)
	}
	probes := make([]*data.ProbeFacts, len(rows))
	renamed := make([]naming.Renaming, len(rows))
	for i := range rows {
		renamed[i] = v.RenamingOf(rows[i].Node)
	}
	sketch.EachOf(len(rows), func() func(int) {
		split := keyname.NewSplitter(s.Config.Separators, s.Config.Depth)
		return func(i int) {
			if mine := samples[rows[i].Key()]; len(mine) > 0 {
				probes[i] = probeFacts(&rows[i], mine, split, &renamed[i], now)
			}
		}
	})
	wait.Wait()
	for i := range rows {
		p := patternFacts(&rows[i], s.Keys.Totals.Memory, cost, lim)
		p.Purpose = purposeOf(&rows[i].Verdict)
		p.Names = unique(append(namesOf(&rows[i], nil, 1), names[rows[i].Key()]...))
		if p.Probe = probes[i]; p.Probe != nil {
			p.TTLCostBytes += p.Probe.TTL.AfterResident - p.Probe.TTL.BeforeResident
			if rows[i].Type == parser.DataTypeString.String() {
				p.Probe.Copies = copyFacts(&rows[i], values)
			}
		}
		f.Patterns = append(f.Patterns, p)
	}
	f.Entities = entityFacts(s, v, rows)
	return f, purposes
}

// regrouped reports whether rows are other ones than names make by themselves.
func regrouped(c *data.Config) bool {
	return len(c.Groups) > 0 || c.Depth > 0 || c.Separators != "" && c.Separators != keyname.DefaultSeparators
}

// patternFacts computes what advice needs of a row; total is the memory of all keys.
func patternFacts(r *naming.Row, total int64, cost *ttlCost, lim *counters.Limits) data.PatternFacts {
	p := data.PatternFacts{PatternRow: newRow(r, total), TTLCostBytes: cost.of(r.NoTTLKeys), ResidentWithoutTTL: r.NoTTLResident}
	p.Module = r.Encodings[memory.EncodingModule] > 0
	x := r.Rare
	if x == nil {
		return p
	}
	p.Expired, p.ExpiredMemory, p.ExpiredResident = x.Expired, x.ExpiredMemory, x.ExpiredResident
	p.Over1MiB, p.Over1MiBMemory = x.Over1MiB, x.Over1MiBMemory
	p.Over10MiB, p.Over10MiBMemory = x.Over10MiB, x.Over10MiBMemory
	p.LargeStrings, p.LargeStringMemory = x.LargeStrings, x.LargeStringMemory
	p.LZFKeys, p.LZFLength, p.LZFStored = x.LZFKeys, x.LZFLength, x.LZFStored
	p.LZFMemory, p.LZFMemoryAfter = x.LZFMemory, x.LZFMemoryAfter
	p.LZFResident, p.LZFResidentAfter = x.LZFResident, x.LZFResidentAfter
	p.Far = data.FarTTLs{Keys: x.Far.Keys, Memory: x.Far.Memory, Last: data.Time(x.Far.Last)}
	p.Pending = data.PendingEntries{
		Keys: x.Pending.Keys, Memory: x.Pending.Memory, Resident: x.Pending.Resident, Length: x.Pending.Length, Entries: x.Pending.Entries,
		Groups: x.Pending.Groups, Consumers: x.Pending.Consumers, Holders: x.Pending.Holders, Most: x.Pending.Most,
	}
	for i := range x.Pending.Top {
		h := &x.Pending.Top[i]
		p.Pending.Top = append(p.Pending.Top, data.PendingHolder{
			Key: exampleText(&h.Key), DB: h.Key.DB, Group: keyname.EscapeText(string(h.Group)), Consumer: keyname.EscapeText(string(h.Consumer)), Entries: h.Entries,
		})
	}
	p.Split, p.Trim, p.Lists = newReshape(&x.Split), newReshape(&x.Trim), data.ListFacts(x.Nodes)
	for l := range parser.NumDataTypes {
		if parser.DataType(l).String() != r.Type {
			continue
		}
		for i, c := range counters.CandidatesOf[l] {
			if y := &x.Candidates[i]; y.Keys > 0 {
				p.Candidates = append(p.Candidates, data.Candidate{
					Setting: c.Setting, Value: c.Limit(lim) * c.Factor, Keys: y.Keys, Before: y.Before, After: y.After, Longest: y.Longest,
					BeforeResident: y.BeforeResident, AfterResident: y.AfterResident,
				})
			}
		}
		for i := range counters.PairsOf[l] {
			if y := &x.Both[i]; y.Keys > 0 {
				c := &counters.PairsOf[l][i]
				entries, value := c.Limits(lim)
				p.Pairs = append(p.Pairs, data.CandidatePair{With: c.Value, WithValue: value, Candidate: data.Candidate{
					Setting: c.Entries, Value: entries, Keys: y.Keys, Before: y.Before, After: y.After, Longest: y.Longest,
					BeforeResident: y.BeforeResident, AfterResident: y.AfterResident,
				}})
			}
		}
	}
	return p
}

// settingsOf returns the settings that are numbers.
func settingsOf(c *memory.Config) map[string]int64 {
	return map[string]int64{
		"hash-max-listpack-entries": c.HashMaxListpackEntries,
		"hash-max-listpack-value":   c.HashMaxListpackValue,
		"zset-max-listpack-entries": c.ZsetMaxListpackEntries,
		"zset-max-listpack-value":   c.ZsetMaxListpackValue,
		"set-max-intset-entries":    c.SetMaxIntsetEntries,
		"set-max-listpack-entries":  c.SetMaxListpackEntries,
		"set-max-listpack-value":    c.SetMaxListpackValue,
		"list-max-listpack-size":    c.ListMaxListpackSize,
		"list-compress-depth":       c.ListCompressDepth,
		"maxmemory":                 c.MaxMemory,
	}
}

// ttlCost computes what the expires tables grow by when keys get a TTL. Which
// of the tables the keys of a pattern are in is known only when there is one;
// otherwise they are taken to be spread like all keys without a TTL.
type ttlCost struct {
	tables []profiledTable
	noTTL  int64 // keys without a TTL in all tables
	whole  int64 // what the tables grow by when all of them get one
	each   bool  // few enough tables to size each
}

type profiledTable struct {
	profile memory.Profile
	state.TableState
}

// maxCostSteps bounds the tables sized for all patterns together.
const maxCostSteps = 1 << 21

func newTTLCost(s *state.Summary, patterns int) *ttlCost {
	c := &ttlCost{}
	for i := range s.Sources {
		x := &s.Sources[i]
		c.whole += x.AllExpire - x.Expires
		if len(x.Tables) == 0 {
			continue
		}
		p, ok := profile(s, x)
		if !ok {
			continue // it was resolved when the source was read
		}
		for _, t := range x.Tables {
			c.tables = append(c.tables, profiledTable{p, t})
			c.noTTL += t.Keys - t.Expires
		}
	}
	c.each = patterns*len(c.tables) <= maxCostSteps
	return c
}

// of returns the cost of n keys.
func (c *ttlCost) of(n int64) (sum int64) {
	if n == 0 || c.noTTL == 0 {
		return 0
	}
	if !c.each {
		return sketch.MulDiv(c.whole, n, c.noTTL)
	}
	for i := range c.tables {
		t := &c.tables[i]
		if k := sketch.MulDiv(t.Keys-t.Expires, n, c.noTTL); k > 0 {
			sum += t.profile.ExpiresBytes(t.Expires+k) - t.profile.ExpiresBytes(t.Expires)
		}
	}
	return sum
}
