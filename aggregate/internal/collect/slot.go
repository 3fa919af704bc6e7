package collect

import (
	"bytes"
	"math/bits"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// taggedSlot collects the keys with a hash tag of one slot.
type taggedSlot struct {
	sketch.Tally
	limit uint64 // once all places are taken: the largest rank of a sampled key
	tags  []state.TagKey
}

// addTagged counts a key with a hash tag.
func (c *Collector) addTagged(r *counters.Observation) {
	if c.tagged == nil {
		c.tagged = new([keyname.NumSlots]taggedSlot)
	}
	s := &c.tagged[r.Slot]
	s.Add(r.Cost.Bytes)
	if r.Cost.Bytes <= 0 {
		return
	}
	if len(s.tags) > state.SlotSamples {
		// hash/bytes > limit, without a division.
		if hi, lo := bits.Mul64(s.limit+1, uint64(r.Cost.Bytes)); hi == 0 && r.Hash >= lo {
			return
		}
	}
	k := state.TagKey{Hash: r.Hash, Memory: r.Cost.Bytes, Tag: r.Tag[:min(len(r.Tag), state.TagLimit)]}
	if len(s.tags) <= state.SlotSamples {
		k.Tag = bytes.Clone(k.Tag)
		if len(s.tags) == 1 {
			s.tags = append(make([]state.TagKey, 0, state.SlotSamples+1), s.tags...) // no more than that, ever
		}
		s.tags = append(s.tags, k)
		slices.SortFunc(s.tags, func(a, b state.TagKey) int { return a.Compare(&b) })
		s.limit = s.tags[len(s.tags)-1].Rank()
		return
	}
	last := &s.tags[state.SlotSamples]
	if k.Compare(last) >= 0 {
		return
	}
	k.Tag = append(last.Tag[:0], k.Tag...)
	*last = k
	for i := state.SlotSamples; i > 0 && s.tags[i].Compare(&s.tags[i-1]) < 0; i-- {
		s.tags[i], s.tags[i-1] = s.tags[i-1], s.tags[i]
	}
	s.limit = s.tags[state.SlotSamples].Rank()
}

// packSlots drops empty slots.
func packSlots(sums []sketch.Tally, tagged *[keyname.NumSlots]taggedSlot) []state.SlotTally {
	used := 0
	for i := range sums {
		if sums[i].Keys > 0 {
			used++
		}
	}
	if used == 0 {
		return nil
	}
	out := make([]state.SlotTally, 0, used)
	for i, t := range sums {
		if t.Keys == 0 {
			continue
		}
		s := state.SlotTally{Slot: int32(i), Tally: t}
		if tagged != nil {
			s.Tagged, s.Tags = tagged[i].Tally, tagged[i].tags
		}
		out = append(out, s)
	}
	return out
}

// slotCounter counts keys and bytes by slot. Most keys take eight bytes of a
// table that is half as large as one of tallies: the cache holds it.
//
// Keys wait until there are some: their places are anywhere in the table, and one
// after the other they are fetched while the one before is still on its way.
type slotCounter struct {
	small   []uint64       // keys in the upper smallKeys bits, bytes below
	large   []sketch.Tally // what was moved out of small
	waiting []slotKey
}

type slotKey struct {
	slot  int32
	bytes int64
}

// NewSlotCounter returns a counter for all slots.
func NewSlotCounter() slotCounter {
	return slotCounter{make([]uint64, keyname.NumSlots), make([]sketch.Tally, keyname.NumSlots), make([]slotKey, 0, 256)}
}

// Put counts a key of a slot.
func (c *slotCounter) Put(slot int32, bytes int64) {
	if len(c.waiting) == cap(c.waiting) {
		c.flush()
	}
	c.waiting = append(c.waiting, slotKey{slot, bytes})
}

func (c *slotCounter) flush() {
	for _, k := range c.waiting {
		c.add(k.slot, k.bytes)
	}
	c.waiting = c.waiting[:0]
}

func (c *slotCounter) add(slot int32, bytes int64) {
	if uint64(bytes) >= 1<<(state.SmallBytes-1) {
		c.large[slot].Add(bytes)
		return
	}
	v := c.small[slot] + 1<<state.SmallBytes + uint64(bytes)
	// Either half may have filled its upper bit: room for one more is left.
	if v&(1<<63|1<<(state.SmallBytes-1)) != 0 {
		c.large[slot].Merge(smallTally(v))
		v = 0
	}
	c.small[slot] = v
}

func smallTally(v uint64) sketch.Tally {
	return sketch.Tally{Keys: int64(v >> state.SmallBytes), Memory: int64(v & (1<<state.SmallBytes - 1))}
}

// Sums returns the counts; it moves all of them to large.
func (c *slotCounter) Sums() []sketch.Tally {
	c.flush()
	for i, v := range c.small {
		c.large[i].Merge(smallTally(v))
		c.small[i] = 0
	}
	return c.large
}
