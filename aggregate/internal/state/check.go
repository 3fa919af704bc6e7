package state

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// What a part says is not believed: a state must be one that this program
// could have made before anything is computed from it.

// Check holds the figures of a source against each other.
func (s *SourceState) Check() error {
	if _, err := memory.ParseServer(s.Server); err != nil {
		return err
	}
	if s.HasCtime && (s.Ctime < 0 || s.Ctime > int64(data.MaxTime)) || s.HasClock && (s.Clock < 0 || s.Clock > int64(data.MaxTime)) {
		return errors.New("a time out of range")
	}
	for i := range s.Tables {
		if t := &s.Tables[i]; t.Expires < 0 || t.Expires > t.Keys {
			return fmt.Errorf("a database with %d keys and %d expiries", t.Keys, t.Expires)
		}
	}
	if len(s.Tables) > MaxTables {
		return fmt.Errorf("%d tables", len(s.Tables))
	}
	if len(s.Allocators) > 0 {
		if own, err := memory.ParseAllocator(s.Allocator); err != nil || !areOthers(s.Allocators, own) {
			return errors.New("allocators")
		}
	}
	if err := s.checkLive(); err != nil {
		return err
	}
	if s.Expires > s.AllExpire {
		return errors.New("sizes of tables")
	}
	return nil
}

// checkLive holds what a server said to what is understood of it.
func (s *SourceState) checkLive() error {
	for i := range s.Live {
		f := &s.Live[i]
		if _, known := slices.BinarySearch(data.LiveFigures, f.Name); !known || f.Value < 0 || f.Value > MaxUsedMemory || i > 0 && s.Live[i-1].Name >= f.Name {
			return errors.New("figures of a live server")
		}
	}
	for i := range s.LiveWords {
		w := &s.LiveWords[i]
		if _, known := slices.BinarySearch(data.LiveWords, w.Name); !known || i > 0 && s.LiveWords[i-1].Name >= w.Name {
			return errors.New("words of a live server")
		}
	}
	return nil
}

// areOthers reports whether a list has each allocator but its own once, in their order.
func areOthers(list []AllocatorState, own memory.Allocator) bool {
	next := memory.Jemalloc
	for i := range list {
		if next == own {
			next++
		}
		x := &list[i]
		if x.Allocator != next || x.Resident < -counters.MaxSum || x.Resident > counters.MaxSum {
			return false
		}
		next++
	}
	return next > memory.Libc || next == memory.Libc && own == memory.Libc
}

// Check holds the figures of keys against each other, and against the
// configuration they were counted under. That texts are escaped and numbers in
// the range of their types is not looked at.
func (s *KeyState) Check(cfg *data.Config) error {
	if err := s.checkSums(); err != nil {
		return err
	}
	if s.Coarse > LastCoarse {
		return fmt.Errorf("limits halved %d times", s.Coarse)
	}
	if s.LeftOut.BinSamples && len(s.Timeline.Samples) > 0 || s.LeftOut.Patterns && !s.Capped ||
		s.LeftOut.SlotTags && slices.ContainsFunc(s.Slots, func(t SlotTally) bool { return len(t.Tags) > 0 }) {
		return errors.New("what was left out is there")
	}
	if n := len(counters.NewTrialSums(cfg).Trials); len(s.Trials.Trials) != n {
		return fmt.Errorf("%d trials, not %d", len(s.Trials.Trials), n)
	}
	var sum Totals
	sum.Sum(s.Cells, s.Patterns)
	if sum.Keys != s.Totals.Keys || sum.Memory != s.Totals.Memory || sum.KeyName != s.Totals.KeyName || sum.Resident != s.Totals.Resident {
		return errors.New("the totals are not the sums")
	}
	for _, err := range []error{
		sketch.Wrap("cells", checkCells(s.Cells)), sketch.Wrap("patterns", checkPatterns(s.Patterns, cfg)), sketch.Wrap("timeline", s.Timeline.check()),
		sketch.Wrap("biggest", checkTop(s.Biggest, cfg)), sketch.Wrap("longest", checkTop(s.Longest, cfg)),
		sketch.Wrap("named", s.Named.check()),
		sketch.Wrap("slots", checkSlots(s.Slots)), sketch.Wrap("sample", checkSample(s.Sample)),
		sketch.Wrap("probes", checkProbes(s.Probes)), sketch.Wrap("entities", checkEntities(s.Entities)),
		sketch.Wrap("values", checkValues(&s.Values, &s.Totals)),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkCells(cells []CellState) error {
	if !sketch.Ascending(cells, func(a, b *CellState) int { return a.compare(b.CellKey) }) {
		return counters.ErrOrder
	}
	for i := range cells {
		c := &cells[i]
		if c.DB < OtherDB || c.Sizes.Count() != c.Keys || c.NoTTLKeys > c.Keys || c.NoTTLMemory > c.Memory {
			return fmt.Errorf("database %d: the counts do not agree", c.DB)
		}
		if !keyname.Displayable(c.Type) {
			return errors.New("an unprintable type")
		}
	}
	return nil
}

// checkPatterns checks that the nodes are a trie in preorder, children in
// order.
func checkPatterns(nodes []patternNode, cfg *data.Config) error {
	if len(nodes) == 0 {
		return errors.New("no root")
	}
	var path [keyname.MaxEdges + 2]*patternNode  // the last node of each depth
	var literals [keyname.MaxEdges + 3][256]bool // the separators of its siblings that are literals
	for i := range nodes {
		n := &nodes[i]
		if err := n.check(cfg); err != nil {
			return err
		}
		d := int(n.Depth)
		if d == 0 != (i == 0) || d > keyname.MaxEdges+1 || d > 0 && path[d-1] == nil {
			return fmt.Errorf("node %d of depth %d", i, d)
		}
		if d > 0 {
			if before := path[d]; before != nil && before.compare(n) >= 0 {
				return counters.ErrOrder
			}
			if up := path[d-1]; n.Takes && (n.Class != keyname.ClassStar || !up.Wide || literals[d][n.Sep]) {
				return errors.New("a wide node with literals")
			}
			literals[d][n.Sep] = literals[d][n.Sep] || n.Class == keyname.ClassLiteral && !isMark([]byte(n.Literal))
		}
		path[d] = n
		clear(path[d+1:])
		literals[d+1] = [256]bool{}
	}
	return nil
}

func (n *patternNode) compare(o *patternNode) int {
	return cmp.Or(cmp.Compare(n.Class, o.Class), cmp.Compare(n.Sep, o.Sep), cmp.Compare(n.Literal, o.Literal))
}

func (n *patternNode) check(cfg *data.Config) error {
	switch n.Class {
	case keyname.ClassLiteral:
		if n.Depth > 0 && !keyname.IsWord([]byte(n.Literal)) {
			return errors.New("a literal that is none")
		}
	case keyname.ClassGroup:
		if len(n.Literal) != 4 || // as GroupLiteral makes it
			keyname.GroupNumber(n.Literal) >= len(cfg.Groups) {
			return errors.New("a group that is not in the configuration")
		}
	case keyname.ClassStar, keyname.ClassSlug:
		if n.Literal != "" || n.Class == keyname.ClassSlug {
			return errors.New("a class with a literal")
		}
	default:
		if !keyname.IsWord([]byte(n.Literal)) {
			return errors.New("a text that is none")
		}
	}
	if n.Sep > keyname.SepNul {
		return fmt.Errorf("separator %d", n.Sep)
	}
	if !sketch.Ascending(n.Types, func(a, b *TypeStats) int { return cmp.Compare(a.Type, b.Type) }) {
		return counters.ErrOrder
	}
	for i := range n.Types {
		if err := n.Types[i].check(); err != nil {
			return err
		}
		if e := n.Types[i].Effects; e != nil && len(e) != len(cfg.Scenarios) {
			return fmt.Errorf("effects of %d scenarios, not of %d", len(e), len(cfg.Scenarios))
		}
	}
	return nil
}

func (t *TypeStats) check() error {
	if !keyname.Displayable(t.Type) {
		return errors.New("an unprintable type")
	}
	return t.Stats.Check()
}

func (t *Timeline) check() error {
	if int(t.Wider) >= len(BinWidths) || len(t.Bins) > MaxBins {
		return fmt.Errorf("%d bins of width %d", len(t.Bins), t.Wider)
	}
	if !sketch.Ascending(t.Bins, (*Bin).Compare) {
		return counters.ErrOrder
	}
	for i := range t.Bins {
		b := &t.Bins[i]
		first, last := b.Start, b.Start+max(b.Width-1, 0)
		switch {
		case b.Width == WidthPast || b.Width == WidthLater:
			if first = math.MinInt64; b.Start != 0 {
				return fmt.Errorf("a bin from %d", b.Start)
			}
			last = math.MaxInt64
		case b.Width < t.Width() || b.Width != t.Width() && b.Width != sketch.Hour && b.Width != sketch.Day && b.Width != sketch.Minute:
			return fmt.Errorf("a bin of %d ms", b.Width)
		case b.Start < 0 || b.Start > latestBin || b.Start%b.Width != 0:
			return fmt.Errorf("a bin from %d", b.Start)
		}
		if b.Keys < 1 || b.First > b.Last || b.First < first || b.Last > last {
			return errors.New("the counts of a bin do not agree")
		}
	}
	return t.checkSamples()
}

// latestBin is when the last bin that is a span of time may begin, ms since the
// epoch.
const latestBin = int64(data.MaxTime) + DaySpan

func (t *Timeline) checkSamples() error {
	if len(t.Samples) > MaxBinSamples {
		return fmt.Errorf("%d samples", len(t.Samples))
	}
	of := 0
	for i := range t.Samples {
		s := &t.Samples[i]
		if s.Width != sketch.Minute && s.Width != sketch.Hour && s.Width != sketch.Day || s.Expiry < 0 || len(s.Name) > counters.ExampleLimit {
			return errors.New("a sample out of range")
		}
		if i == 0 || s.Width != t.Samples[i-1].Width || s.Expiry/s.Width != t.Samples[i-1].Expiry/s.Width {
			of = 0
		}
		if of++; of > BinSamples {
			return errors.New("too many samples of a bin")
		}
		width, start := s.start(t.Width())
		if _, ok := slices.BinarySearchFunc(t.Bins, Bin{Width: width, Start: start}, func(a, b Bin) int { return a.Compare(&b) }); !ok {
			return errors.New("a sample of no bin")
		}
	}
	if !sketch.NotDescending(t.Samples, (*BinSample).compare) {
		return counters.ErrOrder
	}
	return nil
}

func checkTop(list []TopKey, cfg *data.Config) error {
	if len(list) > max(cfg.Top, MinTop) {
		return fmt.Errorf("%d keys", len(list))
	}
	return checkKeys(list)
}

// checkKeys checks a list of any length.
func checkKeys(list []TopKey) error {
	if !sketch.NotDescending(list, (*TopKey).Compare) {
		return counters.ErrOrder
	}
	for i := range list {
		k := &list[i]
		switch {
		case len(k.Key.Name) > counters.KeyLimit:
			return errors.New("a key is too long")
		case k.Value < 0 || k.Longest < -1 || k.Idle < -1 || k.Freq < -1 || k.Freq > 255 || k.Slot < -1 || k.Slot >= keyname.NumSlots:
			return errors.New("a figure out of range")
		case !keyname.Printable(k.Pattern) || !keyname.Displayable(k.Type):
			return errors.New("an unprintable pattern")
		}
	}
	return nil
}

func checkSlots(list []SlotTally) error {
	if !sketch.Ascending(list, func(a, b *SlotTally) int { return cmp.Compare(a.Slot, b.Slot) }) {
		return counters.ErrOrder
	}
	for i := range list {
		s := &list[i]
		if s.Slot >= keyname.NumSlots || s.Keys < 1 {
			return errors.New("a slot out of range")
		}
		if s.Tagged.Keys > s.Keys || s.Tagged.Memory > s.Memory || len(s.Tags) > SlotSamples+1 ||
			slices.ContainsFunc(s.Tags, func(k TagKey) bool { return k.Memory < 1 || len(k.Tag) == 0 || len(k.Tag) > TagLimit }) ||
			!sketch.NotDescending(s.Tags, (*TagKey).Compare) {
			return errors.New("the hash tags of a slot do not agree")
		}
	}
	return nil
}

func checkProbes(strata []ProbeStratum) error {
	if !sketch.Ascending(strata, func(a, b *ProbeStratum) int { return cmp.Compare(a.Stratum, b.Stratum) }) {
		return counters.ErrOrder
	}
	for i := range strata {
		s := &strata[i]
		if s.Stratum >= keyname.ProbeStrata || len(s.Keys) > MaxStringStratum || !sketch.NotDescending(s.Keys, (*ProbeKey).Compare) {
			return fmt.Errorf("stratum %d", s.Stratum)
		}
		for j := range s.Keys {
			k := &s.Keys[j]
			switch {
			case len(k.Key.Name) > ProbeName || int(k.DataType) >= parser.NumDataTypes || int(k.Value.Format) >= probe.NumFormats:
				return errors.New("a key out of range")
			case k.Memory < 1 || k.Held > ProbeString || k.TTL < -k.Memory || k.TTLResident < -k.Resident || k.Value.Zeros > k.Value.Looked || len(k.Numbered) != 0 && len(k.Numbered) != 2*keyname.MaxDigits:
				return errors.New("the figures of a key do not agree")
			case k.Preview != "":
				return errors.New("a value")
			case !keyname.Displayable(k.Type) || !keyname.Displayable(k.TopField):
				return errors.New("an unprintable text")
			}
		}
	}
	return nil
}

func checkEntities(strata []EntityStratum) error {
	if !sketch.Ascending(strata, func(a, b *EntityStratum) int { return cmp.Compare(a.Stratum, b.Stratum) }) {
		return counters.ErrOrder
	}
	for i := range strata {
		s := &strata[i]
		if s.Stratum >= keyname.EntityStrata || len(s.Entities) > MaxEntities || !sketch.Ascending(s.Entities, (*EntityKey).Compare) {
			return fmt.Errorf("stratum %d", s.Stratum)
		}
		for j := range s.Entities {
			e := &s.Entities[j]
			if len(e.Key.Name) > counters.ExampleLimit || len(e.Fields) > MaxSiblings || e.Sep == 0 || e.Sep > keyname.SepNul ||
				!sketch.NotDescending(e.Fields, func(a, b *Sibling) int { return a.compare(*b) }) ||
				slices.ContainsFunc(e.Fields, func(f Sibling) bool { return f.Int > parser.Int64 }) {
				return errors.New("an entity out of range")
			}
		}
	}
	return nil
}

// checkValues holds the samples of values against the sums of all keys: their own
// sums must not go beyond these.
func checkValues(s *ValueSample, all *Totals) error {
	if len(s.Values) > MaxValues || s.Cut && len(s.Values) < MaxValues || !sketch.Ascending(s.Values, (*SharedValue).Compare) {
		return counters.ErrOrder
	}
	keys, bytes, resident := all.Keys, all.Memory, all.Resident
	for i := range s.Values {
		v := &s.Values[i]
		if v.ID.Print == (sketch.Digest{}) || v.ID.Length < parser.FingerprintMin || v.Stratum >= ValueStrata || len(v.Example.Name) > counters.ExampleLimit ||
			v.Keys < 1 || v.Expiring > v.Keys || v.Memory < v.Keys || v.Keys > keys || v.Memory > bytes || v.Resident > resident {
			return errors.New("a value out of range")
		}
		keys, bytes, resident = keys-v.Keys, bytes-v.Memory, resident-v.Resident
	}
	if !sketch.Ascending(s.Holders, func(a, b *HolderStratum) int { return cmp.Compare(a.Stratum, b.Stratum) }) {
		return counters.ErrOrder
	}
	keys, bytes, resident = all.Keys, all.Memory, all.Resident
	for i := range s.Holders {
		h := &s.Holders[i]
		if h.Stratum >= ValueStrata || len(h.Keys) > DefaultBounds().HolderLimit(len(s.Holders)) || !sketch.NotDescending(h.Keys, (*Holder).Compare) {
			return fmt.Errorf("holders of stratum %d", h.Stratum)
		}
		for j := range h.Keys {
			k := &h.Keys[j]
			if k.ID.Print == (sketch.Digest{}) || k.ID.Length < parser.FingerprintMin || len(k.Key.Name) > counters.ExampleLimit ||
				keys < 1 || k.Memory < 1 || k.Memory > bytes || k.Resident > resident {
				return errors.New("a holder out of range")
			}
			keys, bytes, resident = keys-1, bytes-k.Memory, resident-k.Resident
		}
	}
	return nil
}

func checkSample(list []counters.SampleKey) error {
	if len(list) > SampleSize+1 {
		return fmt.Errorf("%d keys", len(list))
	}
	for i := range list {
		k := &list[i]
		if k.Memory < 1 || len(k.Key.Name) > counters.ExampleLimit || !keyname.Displayable(k.Type) {
			return errors.New("a figure out of range")
		}
		var space [keyname.MaxEdges]keyname.Edge
		if _, ok := keyname.ReadPath(space[:0], k.Path); !ok {
			return errors.New("a path that is none")
		}
	}
	if !sketch.NotDescending(list, (*counters.SampleKey).Compare) {
		return counters.ErrOrder
	}
	return nil
}
