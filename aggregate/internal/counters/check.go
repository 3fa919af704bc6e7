package counters

import (
	"errors"
	"fmt"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
)

// ErrOrder says that the items of a list do not come in their order.
var ErrOrder = errors.New("not in order")

// Check holds what is kept of a key against itself.
func (k *KeptKey) Check() error {
	if k.Len < int64(len(k.Name)) || k.DB < 0 {
		return fmt.Errorf("a key of %d bytes in database %d", k.Len, k.DB)
	}
	return nil
}

// Check holds the figures of a pattern against each other.
func (s *Stats) Check() error {
	var encodings int64
	for _, n := range &s.Encodings {
		encodings += n
	}
	switch {
	case s.Keys < 1 || encodings != s.Keys || s.Sizes.Count() != s.Keys || s.NoTTLKeys > s.Keys || s.NoTTLMemory > s.Memory ||
		s.Compared > s.Keys || s.ComparedMemory > s.Memory:
		return errors.New("the counts of a pattern do not agree")
	case len(s.Example.Name) > ExampleLimit:
		return errors.New("an example is too long")
	}
	if s.Rare != nil {
		return checkHolders(s.Rare.Pending.Top)
	}
	return nil
}

// checkHolders reports what a part must not hold.
func checkHolders(list []PendingHolder) error {
	if len(list) > MaxHolders || !sketch.NotDescending(list, (*PendingHolder).Compare) {
		return ErrOrder
	}
	for i := range list {
		h := &list[i]
		if len(h.Key.Name) > ExampleLimit || len(h.Group) > holderName || len(h.Consumer) > holderName || h.Entries < 1 {
			return errors.New("a consumer out of range")
		}
	}
	return nil
}
