package state

import (
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
)

// SplitOff takes what is estimated of a part off a row, so that both have figures
// that keys can have: none has bytes without keys, the mean size of each is within
// those of the row, and what is counted by key goes with the number of keys. It
// reports whether that can be; if not the row is as it was, and the part means
// nothing.
func (s *Stats) SplitOff(part *Stats) bool {
	if part.Keys < 1 || s.Keys < 2 || part.Memory < 1 {
		return false
	}
	keys, memory := part.Keys, min(part.Memory, s.Memory)
	smallest, largest := max(s.Sizes.Min, 1), max(s.Sizes.Max, 1)
	left := s.Memory - memory
	least := max(ceilDiv(memory, largest), s.Keys-left/smallest, 1)
	most := min(memory/smallest, s.Keys-ceilDiv(left, largest), s.Keys-1)
	if least > most || left < smallest {
		return false
	}
	part.Keys = min(max(keys, least), most)
	part.Memory = memory
	ofKeys := func(v int64) int64 { return sketch.MulDiv(v, part.Keys, keys) }
	rest := s.Keys - part.Keys
	// A key has at least one element, and no more than those of the row.
	part.Elements = min(max(ofKeys(part.Elements), min(part.Keys, s.Elements)), max(s.Elements-rest, 0))
	part.KeyName, part.Payload, part.Waste, part.Resident = ofKeys(part.KeyName), ofKeys(part.Payload), ofKeys(part.Waste), ofKeys(part.Resident)
	part.NoTTLKeys = min(max(ofKeys(part.NoTTLKeys), s.NoTTLKeys-rest), part.Keys, s.NoTTLKeys)
	part.NoTTLMemory = min(max(part.NoTTLMemory, s.NoTTLMemory-left), part.Memory, s.NoTTLMemory)
	if part.NoTTLKeys == 0 {
		part.NoTTLMemory = 0
	}
	all := s.Encodings
	s.Take(part)
	// The encodings of all keys of the part, whatever the rounding.
	var counted int64
	for i := range part.Encodings {
		counted += part.Encodings[i]
	}
	for i := range part.Encodings {
		n := part.Keys - counted
		if n > 0 {
			n = min(n, all[i]-part.Encodings[i])
		} else {
			n = -min(-n, part.Encodings[i])
		}
		part.Encodings[i] += n
		counted += n
		s.Encodings[i] = all[i] - part.Encodings[i]
	}
	return true
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }
