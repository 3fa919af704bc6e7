package collect

import (
	"math/bits"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
)

// sizeSampler keeps the sample of one source.
type sizeSampler struct {
	sketch.BottomK[counters.SampleKey]
	// path appends the way of a key through the trie: it is asked of keys whose names
	// are not kept whole.
	path func(r *counters.Observation, dst []byte) []byte
}

func newSizeSampler(b state.Bounds) sizeSampler {
	return sizeSampler{BottomK: sketch.BottomK[counters.SampleKey]{N: b.OrDefault().Sample + 1, Compare: (*counters.SampleKey).Compare}}
}

// Offer puts a key into the sample if it belongs there as far as the source was
// read. Keys of no bytes are in no estimate.
func (s *sizeSampler) Offer(r *counters.Observation) {
	if r.Cost.Bytes <= 0 {
		return
	}
	w := uint64(r.Cost.Bytes)
	if s.Full {
		// hash/w > last, without a division.
		if hi, lo := bits.Mul64(s.Last.Key+1, w); hi == 0 && r.Hash >= lo {
			return
		}
	}
	k := s.Place()
	k.Key.Set(r, counters.ExampleLimit)
	if k.Path = k.Path[:0]; len(r.Key) > counters.ExampleLimit {
		k.Path = s.path(r, k.Path)
	}
	k.Type, k.Memory, k.Elements, k.Payload, k.Waste = r.TypeName, r.Cost.Bytes, r.Elements, r.Cost.Payload, r.Cost.Waste
	k.Encoding, k.HasExpiry = r.Cost.Encoding, r.HasExpiry
	k.FieldTTLs, k.FieldsExpired = r.FieldTTLs.Fields, r.FieldTTLs.Expired
	k.Resident, k.Idle, k.Freq = r.Cost.Resident, r.IdleSeconds, r.Freq
	s.Push(r.Hash / w)
}
