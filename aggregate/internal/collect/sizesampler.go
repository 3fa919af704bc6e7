package collect

import (
	"math/bits"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
)

// sizeSampler keeps the sample of one source.
type sizeSampler struct {
	sketch.BottomK[state.SampleKey]
}

func newSizeSampler(b state.Bounds) sizeSampler {
	return sizeSampler{sketch.BottomK[state.SampleKey]{N: b.OrDefault().Sample + 1, Compare: (*state.SampleKey).Compare}}
}

// Offer puts a key into the sample if it belongs there as far as the source was
// read. Keys of no bytes are in no estimate.
func (s *sizeSampler) Offer(r *state.Observation) {
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
	k.Key.Set(r, state.ExampleLimit)
	k.Type, k.Memory, k.Elements, k.Payload, k.Waste = r.TypeName, r.Cost.Bytes, r.Elements, r.Cost.Payload, r.Cost.Waste
	k.Encoding, k.HasExpiry = r.Cost.Encoding, r.HasExpiry
	k.FieldTTLs, k.FieldsExpired = r.FieldTTLs.Fields, r.FieldTTLs.Expired
	k.Resident, k.Idle, k.Freq = r.Cost.Resident, r.IdleSeconds, r.Freq
	s.Push(r.Hash / w)
}
