package view

import (
	"testing"
)

// TestShards: the ranges of equal shards are those redis-cli makes.
func TestShards(t *testing.T) {
	for n, ends := range map[int][]int32{1: {16383}, 3: {5460, 10922, 16383}, 6: {2730, 5460, 8191, 10922, 13652, 16383}} {
		first := int32(0)
		for k, last := range ends {
			for slot := first; slot <= last; slot++ {
				if got := shardOf(slot, n); got != k {
					t.Fatalf("slot %d is on shard %d of %d, want %d", slot, got, n, k)
				}
			}
			first = last + 1
		}
	}
}
