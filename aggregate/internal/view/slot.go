package view

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

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
