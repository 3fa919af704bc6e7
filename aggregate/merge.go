package aggregate

import (
	"errors"
	"fmt"
	"slices"
)

// Merge combines summaries; the result does not depend on their order or
// grouping. It refuses summaries made with different configs (ErrConfig) and
// those that hold the same source (ErrSameSource). It changes none of them.
func Merge(parts ...*Summary) (*Summary, error) {
	if len(parts) == 0 {
		return nil, errors.New("nothing to merge")
	}
	out := &Summary{config: parts[0].config}
	keys := make([]*keyState, len(parts))
	for i, p := range parts {
		if what := out.config.differ(&p.config); what != "" {
			return nil, fmt.Errorf("%w: %s", ErrConfig, what)
		}
		// Whether a part was salvaged makes it no less mergeable: its sources say so.
		out.config.Salvage = out.config.Salvage || p.config.Salvage
		out.sources = append(out.sources, p.sources...)
		keys[i] = &p.keys
	}
	slices.SortFunc(out.sources, func(a, b sourceState) int { return a.compare(&b) })
	for i := 1; i < len(out.sources); i++ {
		if a, b := &out.sources[i-1], &out.sources[i]; a.compare(b) == 0 {
			return nil, fmt.Errorf("%w: %s", ErrSameSource, escapeText(a.Name))
		}
	}
	out.keys = mergeKeys(max(out.config.Top, minTop), keys)
	return out, nil
}

// mergeKeys combines key states, which it does not change; top is the length
// of the top lists.
func mergeKeys(top int, parts []*keyState) keyState {
	if len(parts) == 1 {
		return *parts[0]
	}
	var s keyState
	var cells [][]cellState
	var probes [][]probeStratum
	var entities [][]entityStratum
	var values []valueSample
	t := newTrie()
	types := typeTable{ids: make(map[string]uint8)}
	for _, p := range parts {
		t.coarse = max(t.coarse, p.Coarse)
	}
	for _, p := range parts {
		s.Totals.merge(&p.Totals)
		cells = append(cells, p.Cells)
		probes, entities, values = append(probes, p.Probes), append(entities, p.Entities), append(values, p.Values)
		t.absorb(p.Patterns, types.id)
		s.Capped = s.Capped || p.Capped
		s.Bins = mergeBins(s.Bins, p.Bins)
		for i, b := range p.Buckets {
			s.Buckets[i].merge(b)
		}
		s.Biggest = mergeSorted(top, s.Biggest, p.Biggest, (*topKey).compare)
		s.Longest = mergeSorted(top, s.Longest, p.Longest, (*topKey).compare)
		s.Sample = mergeSorted(sampleSize+1, s.Sample, p.Sample, (*sampleKey).compare)
		s.Trials.merge(&p.Trials)
		s.Slots = mergeSlots(s.Slots, p.Slots)
	}
	s.Cells = mergeCells(cells...)
	s.Probes, s.Entities, s.Values = mergeProbes(probes...), mergeEntities(entities...), mergeValues(values...)
	s.Coarse, s.Capped = t.coarse, s.Capped || t.capped
	s.Patterns = t.freeze(types.names)
	s.Totals.Capped = s.Totals.Capped || types.capped
	return s
}

// typeTable numbers type names.
type typeTable struct {
	names  []string
	ids    map[string]uint8
	capped bool
}

// id returns the number of a name; when there are too many it is that of
// "module", whatever the value.
func (t *typeTable) id(name string) uint8 {
	id, ok := t.ids[name]
	if !ok {
		if len(t.names) >= maxTypes && name != otherModule {
			t.capped = true
			return t.id(otherModule)
		}
		id = uint8(len(t.names))
		t.names = append(t.names, name)
		t.ids[name] = id
	}
	return id
}
