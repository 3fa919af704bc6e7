package state

import (
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
)

// Fit changes what a sample says of a part of a row so that both, the part and what
// is left, have figures that keys can have: none has bytes without keys, the mean
// size of the keys of each is within the sizes of the row, and what is counted by
// key goes with their number. It reports whether that can be; if not the part means
// nothing.
func (s *Stats) Fit(part *Stats) bool {
	if part.Keys < 1 || part.Memory < 1 || s.Keys < 1 {
		return false
	}
	smallest, largest := max(s.Sizes.Min, 1), max(s.Sizes.Max, 1)
	keys, memory := s.Keys, s.Memory // all, when nothing is left that a key could have
	if left := s.Memory - part.Memory; left >= smallest {
		if s.Keys == 1 {
			return false // its bytes cannot be shared out
		}
		memory = part.Memory
		least := max(ceilDiv(memory, largest), s.Keys-left/smallest, 1)
		most := min(memory/smallest, s.Keys-ceilDiv(left, largest), s.Keys-1)
		if least > most {
			return false
		}
		keys = min(max(part.Keys, least), most)
	}
	by := func(v *int64) { *v = sketch.MulDiv(*v, keys, part.Keys) }
	rest := s.Keys - keys
	for _, v := range []*int64{&part.Elements, &part.KeyName, &part.Payload, &part.Waste, &part.Resident, &part.NoTTLKeys} {
		by(v)
	}
	for i := range part.Encodings {
		by(&part.Encodings[i])
	}
	// A key has at least one element, and no more than those of the row.
	part.Elements = max(min(max(part.Elements, min(keys, s.Elements)), s.Elements-rest), 0)
	part.NoTTLKeys = min(max(part.NoTTLKeys, s.NoTTLKeys-rest), keys, s.NoTTLKeys)
	part.NoTTLMemory = min(max(part.NoTTLMemory, s.NoTTLMemory-(s.Memory-memory)), memory, s.NoTTLMemory)
	part.Keys, part.Memory = keys, memory
	return true
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }
