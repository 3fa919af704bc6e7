package counters

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
		least := max(ceilDiv(part.Memory, largest), s.Keys-left/smallest, 1)
		most := min(part.Memory/smallest, s.Keys-ceilDiv(left, largest), s.Keys-1)
		// Where sizes hardly differ the bytes of the estimate may be those of no number
		// of keys: least is most + 1 then, and the bytes give way.
		keys = min(max(part.Keys, least), max(most, 1))
		memory = min(max(part.Memory, productCapped(keys, smallest), s.Memory-productCapped(s.Keys-keys, largest)),
			productCapped(keys, largest), s.Memory-productCapped(s.Keys-keys, smallest))
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

// productCapped returns a product of two positive numbers as far as an int64 goes.
func productCapped(a, b int64) int64 { return sketch.MulDiv(a, b, 1) }

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }
