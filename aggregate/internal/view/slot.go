package view

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

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

// heldTag is the bytes of a slot that one hash tag holds, at most.
type heldTag struct {
	tag    string
	atMost int64
	exact  bool
}

// heaviestTags returns the tags that may hold most of a slot, at most n.
func heaviestTags(s *state.SlotTally, n int) []heldTag {
	sample, weight := s.Tags, int64(0)
	if len(sample) > state.SlotSamples {
		weight = min(sketch.RankWeight(sample[state.SlotSamples].Rank()), s.Tagged.Memory)
		sample = sample[:state.SlotSamples]
	}
	sums := make(map[string]*sketch.Estimate)
	for i := range sample {
		tag := string(sample[i].Tag)
		if sums[tag] == nil {
			sums[tag] = new(sketch.Estimate)
		}
		sums[tag].Add(sample[i].Memory, weight)
	}
	var out []heldTag
	for tag, e := range sums {
		out = append(out, heldTag{tag, min(e.Memory+e.Bound(), s.Tagged.Memory), weight == 0})
	}
	slices.SortFunc(out, func(a, b heldTag) int { return cmp.Or(cmp.Compare(b.atMost, a.atMost), cmp.Compare(a.tag, b.tag)) })
	return out[:min(len(out), n)]
}

// shardOf returns which of n equal shards a slot belongs to: the ranges that
// redis-cli --cluster create makes (redis-cli.c, clusterManagerCommandCreate).
func shardOf(slot int32, n int) int {
	// Shard k ends before round((k+1)*NumSlots/n).
	k := int(slot) * n / keyname.NumSlots
	for k+1 < n && int(slot) >= (2*(k+1)*keyname.NumSlots+n)/(2*n) {
		k++
	}
	for k > 0 && int(slot) < (2*k*keyname.NumSlots+n)/(2*n) {
		k--
	}
	return k
}
