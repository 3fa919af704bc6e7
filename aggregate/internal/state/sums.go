package state

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
)

// mergeAtOnce summaries, each within counters.MaxSum, are added up without an overflow,
// and are then held to it.
const mergeAtOnce = 64

// checkSums holds all sums to MaxSum.
func (s *KeyState) checkSums() error {
	var cells, bins, slots [4]counters.Running
	for i := range s.Cells {
		c := &s.Cells[i].Cell
		if !cells[0].Add(c.Keys) || !cells[1].Add(c.Memory) || !cells[2].Add(c.Elements) {
			return fmt.Errorf("cells: %w", counters.ErrTooLarge)
		}
	}
	for i := range s.Timeline.Bins {
		if b := &s.Timeline.Bins[i]; !bins[0].Add(b.Keys) || !bins[1].Add(b.Memory) {
			return fmt.Errorf("timeline: %w", counters.ErrTooLarge)
		}
	}
	for i := range s.Slots {
		if t := &s.Slots[i]; !slots[0].Add(t.Keys) || !slots[1].Add(t.Memory) || !slots[2].Add(t.Tagged.Keys) || !slots[3].Add(t.Tagged.Memory) {
			return fmt.Errorf("slots: %w", counters.ErrTooLarge)
		}
	}
	var buckets [2]counters.Running
	for _, b := range &s.Buckets {
		if !buckets[0].Add(b.Keys) || !buckets[1].Add(b.Memory) {
			return fmt.Errorf("buckets: %w", counters.ErrTooLarge)
		}
	}
	if err := s.Totals.checkSums(); err != nil {
		return err
	}
	return s.checkPatternSums()
}

func (t *Totals) checkSums() error {
	var freq counters.Running
	for _, n := range &t.Freq {
		if !freq.Add(n) {
			return fmt.Errorf("access counts: %w", counters.ErrTooLarge)
		}
	}
	for _, n := range []int64{
		t.Keys, t.Elements, t.Memory, t.Resident, t.KeyName, t.Payload, t.Waste, t.RDB, t.TTL.Keys, t.TTL.Memory,
		t.Expired.Keys, t.Expired.Memory, t.Dropped.Keys, t.Dropped.Memory, t.Fields.Hashes, t.Fields.Fields, t.Fields.Expired,
	} {
		if n < 0 || n > counters.MaxSum {
			return fmt.Errorf("totals: %w", counters.ErrTooLarge)
		}
	}
	return nil
}

func (s *KeyState) checkPatternSums() error {
	var sums counters.PatternSums
	for i := range s.Patterns {
		for j := range s.Patterns[i].Types {
			if err := sums.Add(&s.Patterns[i].Types[j].Stats); err != nil {
				return err
			}
		}
	}
	return nil
}
