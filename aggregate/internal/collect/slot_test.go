package collect_test

import (
	"testing"

	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// TestSlotCounter: the halves of a place overflow into the large table, and no key
// that waited is lost or counted twice.
func TestSlotCounter(t *testing.T) {
	c := collect.NewSlotCounter()
	want := sketch.Tally{}
	for _, bytes := range []int64{0, 1, 1 << 42, 1<<43 - 1, 1 << 43, 1 << 50, 77} {
		for range 3 {
			c.Put(5, bytes)
			want.Add(bytes)
		}
	}
	for range 1<<20 + 5 {
		c.Put(5, 3)
		want.Add(3)
	}
	c.Put(keyname.NumSlots-1, 9)
	sums := c.Sums()
	if got := sums[5]; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := sums[keyname.NumSlots-1]; got != (sketch.Tally{Keys: 1, Memory: 9}) {
		t.Errorf("the last slot has %+v", got)
	}
}
