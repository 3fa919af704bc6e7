package state

import (
	"unsafe"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
)

// Weight is about how many bytes a summary takes in memory. Who holds some of them
// at once goes by it.
func (s *Summary) Weight() int64 {
	n := size[Summary](1)
	for i := range s.Sources {
		n += s.Sources[i].weight()
	}
	return n + s.Keys.weight()
}

// size is what n values take, without what they point to.
func size[T any](n int) int64 {
	var x T
	return int64(n) * int64(unsafe.Sizeof(x))
}

func (s *SourceState) weight() int64 {
	n := size[SourceState](1) + size[TableState](len(s.Tables)) + size[Pair](len(s.Aux)+len(s.Changed)) + int64(len(s.Name)+len(s.Error)+len(s.LastGoodKey))
	for i := range s.Aux {
		n += int64(len(s.Aux[i].Name) + len(s.Aux[i].Value))
	}
	for i := range s.Warnings {
		n += 64 + int64(len(s.Warnings[i].Text))
	}
	return n + size[counters.TrialTables](len(s.Trials))
}

// weigh is what the items of a list take, with the names of their keys.
func weigh[T any](list []T, key func(*T) *counters.KeptKey) int64 {
	n := size[T](len(list))
	for i := range list {
		n += int64(len(key(&list[i]).Name))
	}
	return n
}

func (s *KeyState) weight() int64 {
	n := size[CellState](len(s.Cells)) + size[patternNode](len(s.Patterns)) + size[Bin](len(s.Timeline.Bins)) + size[SlotTally](len(s.Slots)) +
		weigh(s.Timeline.Samples, func(k *BinSample) *counters.KeptKey { return &k.KeptKey }) +
		weigh(s.Biggest, func(k *TopKey) *counters.KeptKey { return &k.Key }) + weigh(s.Longest, func(k *TopKey) *counters.KeptKey { return &k.Key }) +
		weigh(s.Sample, func(k *counters.SampleKey) *counters.KeptKey { return &k.Key }) + weigh(s.Values.Values, func(v *SharedValue) *counters.KeptKey { return &v.Example })
	for _, list := range s.Named.all() {
		n += weigh(*list, func(k *TopKey) *counters.KeptKey { return &k.Key })
	}
	for i := range s.Cells {
		n += int64(len(s.Cells[i].Sizes.Pages)) * int64(counters.PageWeight)
	}
	for i := range s.Patterns {
		for j := range s.Patterns[i].Types {
			x := &s.Patterns[i].Types[j]
			n += size[TypeStats](1) + int64(len(x.Example.Name)+(len(x.Sizes.Pages)+len(x.Counts.Pages))*counters.PageWeight)
			if x.Use != nil {
				n += int64(counters.UseWeight)
			}
			if x.Rare != nil {
				n += int64(counters.RareWeight)
			}
		}
	}
	for i := range s.Slots {
		n += size[TagKey](len(s.Slots[i].Tags))
		for j := range s.Slots[i].Tags {
			n += int64(len(s.Slots[i].Tags[j].Tag))
		}
	}
	for i := range s.Probes {
		n += weigh(s.Probes[i].Keys, func(k *ProbeKey) *counters.KeptKey { return &k.Key })
	}
	for i := range s.Entities {
		l := s.Entities[i].Entities
		n += weigh(l, func(k *EntityKey) *counters.KeptKey { return &k.Key })
		for j := range l {
			n += size[Sibling](len(l[j].Fields))
		}
	}
	for i := range s.Values.Holders {
		n += weigh(s.Values.Holders[i].Keys, func(k *Holder) *counters.KeptKey { return &k.Key })
	}
	return n
}
