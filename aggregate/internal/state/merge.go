package state

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/config"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Merge combines summaries; the result does not depend on their order or
// grouping. It refuses summaries made with different configs (ErrConfig) and
// those that hold the same source (ErrSameSource). It changes none of them.
func Merge(parts ...*Summary) (*Summary, error) {
	if len(parts) == 0 {
		return nil, errors.New("nothing to merge")
	}
	for i, p := range parts {
		if p == nil {
			return nil, fmt.Errorf("summary %d of %d: %w", i+1, len(parts), ErrNoSummary)
		}
	}
	if len(parts) > mergeAtOnce {
		var some []*Summary
		for p := range slices.Chunk(parts, mergeAtOnce) {
			m, err := Merge(p...)
			if err != nil {
				return nil, err
			}
			some = append(some, m)
		}
		return Merge(some...)
	}
	out := &Summary{Config: parts[0].Config, Bounds: parts[0].Bounds}
	keys := make([]*KeyState, len(parts))
	for i, p := range parts {
		if m := config.Differ(&out.Config, &p.Config); m != nil {
			return nil, fmt.Errorf("%w: %w", ErrConfig, m)
		}
		// Whether a part was salvaged makes it no less mergeable: its sources say so.
		out.Config.Salvage = out.Config.Salvage || p.Config.Salvage
		out.Sources = append(out.Sources, p.Sources...)
		keys[i] = &p.Keys
	}
	slices.SortFunc(out.Sources, func(a, b SourceState) int { return a.Compare(&b) })
	for i := 1; i < len(out.Sources); i++ {
		if a, b := &out.Sources[i-1], &out.Sources[i]; a.Compare(b) == 0 {
			return nil, fmt.Errorf("%w: %s", ErrSameSource, keyname.EscapeText(a.Name))
		}
	}
	out.Keys = MergeKeys(out.Bounds, max(out.Config.Top, MinTop), keys)
	if len(parts) > 1 {
		if err := out.Keys.checkSums(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// MergeKeys combines key states that were made within these bounds, and does not
// change them; top is the length of the top lists.
func MergeKeys(b Bounds, top int, parts []*KeyState) KeyState {
	if len(parts) == 1 {
		return *parts[0]
	}
	var s KeyState
	var cells [][]CellState
	var probes [][]ProbeStratum
	var entities [][]EntityStratum
	var values []ValueSample
	b = b.OrDefault()
	t := NewTrie(b)
	types := TypeTable{}
	for _, p := range parts {
		t.Coarse = max(t.Coarse, p.Coarse)
	}
	for _, p := range parts {
		s.Totals.merge(&p.Totals)
		cells = append(cells, p.Cells)
		probes, entities, values = append(probes, p.Probes), append(entities, p.Entities), append(values, p.Values)
		t.Absorb(p.Patterns, types.ID)
		s.Capped = s.Capped || p.Capped
		s.Timeline = mergeTimelines(&s.Timeline, &p.Timeline)
		for i, n := range p.Buckets {
			s.Buckets[i].Merge(n)
		}
		s.Biggest = sketch.MergeSorted(top, s.Biggest, p.Biggest, (*TopKey).Compare)
		s.Longest = sketch.MergeSorted(top, s.Longest, p.Longest, (*TopKey).Compare)
		s.Named.merge(&p.Named)
		s.Sample = sketch.MergeSorted(b.Sample+1, s.Sample, p.Sample, (*counters.SampleKey).Compare)
		s.Trials.Merge(&p.Trials)
		s.Slots = mergeSlots(s.Slots, p.Slots)
		s.LeftOut.merge(p.LeftOut)
	}
	if s.LeftOut.BinSamples {
		s.LeaveOutBinSamples()
	}
	if s.LeftOut.SlotTags {
		s.LeaveOutSlotTags()
	}
	s.Cells = MergeCells(cells...)
	s.Probes, s.Entities, s.Values = MergeProbes(probes...), MergeEntities(entities...), MergeValues(b, values...)
	s.Coarse, s.Capped = t.Coarse, s.Capped || t.Capped
	s.Patterns = t.Freeze(types.Names)
	s.Totals.Capped = s.Totals.Capped || types.Capped
	return s
}

// TypeTable numbers type names; the zero value is empty.
type TypeTable struct {
	Names  []string
	ids    map[string]uint8
	Capped bool
}

// ID returns the number of a name; when there are too many it is that of
// "module", whatever the value.
func (t *TypeTable) ID(name string) uint8 {
	id, ok := t.ids[name]
	if !ok {
		if len(t.Names) >= MaxTypes && name != OtherModule {
			t.Capped = true
			return t.ID(OtherModule)
		}
		id = uint8(len(t.Names))
		t.Names = append(t.Names, name)
		if t.ids == nil {
			t.ids = make(map[string]uint8)
		}
		t.ids[name] = id
	}
	return id
}
