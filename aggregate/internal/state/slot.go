package state

import (
	"bytes"
	"cmp"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
)

const (
	// SlotSamples is how many tagged keys a slot samples; one more sets the
	// threshold.
	SlotSamples = 8
	// TagLimit is how many bytes of a hash tag are kept.
	TagLimit = 64
)

// SlotTally is what one hash slot holds, plain data.
type SlotTally struct {
	Slot         int32 `part:"slot"`
	sketch.Tally `part:"all"`
	Tagged       sketch.Tally `part:"tagged"` // of keys with a hash tag
	Tags         []TagKey     `part:"tags"`   // a priority sample of those, by rank, of at most SlotSamples+1
}

// TagKey is a sampled key of a slot; what is kept of it is its hash tag.
type TagKey struct {
	Hash   uint64 `part:"hash"` // of the key
	Memory int64  `part:"memory"`
	Tag    []byte `part:"tag,raw"` // at most TagLimit bytes
}

// Rank is what the sample is ordered by: see sample.go.
func (k *TagKey) Rank() uint64 { return k.Hash / uint64(k.Memory) }

// Compare orders by rank; the rest makes it total.
func (k *TagKey) Compare(o *TagKey) int {
	return cmp.Or(cmp.Compare(k.Rank(), o.Rank()), cmp.Compare(k.Hash, o.Hash), cmp.Compare(k.Memory, o.Memory), bytes.Compare(k.Tag, o.Tag))
}

// mergeSlots adds up slots by number; it changes neither list.
func mergeSlots(a, b []SlotTally) []SlotTally {
	out := make([]SlotTally, 0, max(len(a), len(b)))
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Slot < b[0].Slot:
			out, a = append(out, a[0]), a[1:]
		case len(a) == 0 || b[0].Slot < a[0].Slot:
			out, b = append(out, b[0]), b[1:]
		default:
			s := a[0]
			s.Merge(b[0].Tally)
			s.Tagged.Merge(b[0].Tagged)
			s.Tags = nil
			if len(a[0].Tags)+len(b[0].Tags) > 0 {
				s.Tags = sketch.MergeSorted(SlotSamples+1, a[0].Tags, b[0].Tags, (*TagKey).Compare)
			}
			out, a, b = append(out, s), a[1:], b[1:]
		}
	}
	return out
}

const (
	smallKeys  = 20
	SmallBytes = 64 - smallKeys
)
