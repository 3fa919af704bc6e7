package collect

import (
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
)

// prints returns the hashes of a value that may be in the sample, or whose key may
// be, and zeros for others.
func (t *thresholds) prints(k *parser.Key, stratum uint32, stored []byte) (quick, print uint64) {
	if len(stored) <= keyname.WholeHash {
		quick, print = keyname.HashStored(k.Len, stored)
	} else {
		quick = keyname.HashPlaces(k.Len, stored)
	}
	if quick > t.values.Load() && k.Tag[0] > t.holders[stratum&(state.ValueStrata-1)].Load() {
		return 0, 0
	}
	if print == 0 {
		_, print = keyname.HashStored(k.Len, stored)
	}
	return quick, print
}

// valueSampler samples the strings of one source.
type valueSampler struct {
	thresholds *thresholds
	bounds     state.Bounds
	entries    map[state.ValueKey]*state.SharedValue
	order      sketch.Heap[*state.SharedValue] // of the entries
	cut        bool
	spare      *state.SharedValue

	holders [state.ValueStrata]*holders
	used    int
}

// holders are those of a stratum.
type holders struct {
	sketch.BottomK[state.Holder]
	cut bool
}

func newValueSampler(t *thresholds, b state.Bounds) *valueSampler {
	return &valueSampler{thresholds: t, bounds: b.OrDefault(), entries: make(map[state.ValueKey]*state.SharedValue),
		order: sketch.Heap[*state.SharedValue]{Compare: (*state.SharedValue).Compare}}
}

// offer counts a key whose value, or which itself, may be in the samples.
func (s *valueSampler) offer(r *state.Observation) {
	at := uint16(r.Name.Stratum) & (state.ValueStrata - 1)
	id := state.ValueID{Quick: r.Prints[0], Print: r.Prints[1], Length: r.StrLen}
	s.offerHolder(r, &id, at)
	of := state.SharedValue{ID: id, Stratum: at}
	if s.cut && s.isBehind(&of) {
		return
	}
	v := s.entries[of.Key()]
	if v == nil {
		if v = s.spare; v == nil {
			v = new(state.SharedValue)
		}
		s.spare, of.Example.Name = nil, v.Example.Name
		*v = of
		v.Example.Set(r, state.ExampleLimit)
		s.entries[v.Key()] = v
		s.order.Push(id.Quick, v)
	} else if v.Example.Hash >= r.Hash {
		// Of equal hashes a smaller name counts, which is rare.
		var k state.KeptKey
		if k.Set(r, state.ExampleLimit); k.CompareSample(&v.Example) < 0 {
			v.Example = k
		}
	}
	v.Keys++
	v.Memory += r.Cost.Bytes
	v.Resident += r.Cost.Resident
	if r.HasExpiry {
		v.Expiring++
	}
	if s.order.Len() > s.bounds.Values {
		s.spare, s.cut = s.order.Pop(), true
		delete(s.entries, s.spare.Key())
		last, _ := s.order.Last()
		s.thresholds.lowerValues(last)
	}
}

// isBehind reports whether an entry comes behind the last one, or there is none.
func (s *valueSampler) isBehind(v *state.SharedValue) bool {
	if s.order.Len() == 0 {
		return true
	}
	quick, last := s.order.Last()
	return v.ID.Quick > quick || v.ID.Quick == quick && v.Compare(last) > 0
}

func (t *thresholds) lowerValues(to uint64) {
	if to < t.values.Load() { // there is one writer
		t.values.Store(to)
	}
}

func (s *valueSampler) offerHolder(r *state.Observation, id *state.ValueID, at uint16) {
	h := s.holders[at]
	if h == nil {
		s.used++
		h = &holders{BottomK: sketch.BottomK[state.Holder]{N: s.bounds.HolderLimit(s.used), Compare: (*state.Holder).Compare}}
		s.holders[at] = h
		if s.used&(s.used-1) == 0 {
			s.trimHolders()
		}
	}
	if h.Full && r.Hash > h.Last.Key {
		h.cut = true
		return
	}
	k := h.Place()
	k.Key.Set(r, state.ExampleLimit)
	k.ID, k.Memory, k.Resident, k.Expires = *id, r.Cost.Bytes, r.Cost.Resident, r.HasExpiry
	if h.Push(r.Hash) {
		h.cut = true
		s.lowerHolders(at, h)
	}
}

// trimHolders cuts all strata down after their number has doubled.
func (s *valueSampler) trimHolders() {
	for at, h := range s.holders {
		if h == nil {
			continue
		}
		h.N = s.bounds.HolderLimit(s.used)
		if h.Held > h.N {
			h.cut = true
			h.BottomK.Cut()
			s.lowerHolders(uint16(at), h)
		}
	}
}

func (s *valueSampler) lowerHolders(at uint16, h *holders) {
	if t := &s.thresholds.holders[at]; h.Last.Key < t.Load() {
		t.Store(h.Last.Key)
	}
}

// finish returns the samples as plain data.
func (s *valueSampler) finish() state.ValueSample {
	out := state.ValueSample{Cut: s.cut}
	for i := range s.order.Len() {
		out.Values = append(out.Values, *s.order.Item(i))
	}
	slices.SortFunc(out.Values, func(a, b state.SharedValue) int { return a.Compare(&b) })
	s.trimHolders()
	for at, h := range s.holders {
		if h != nil {
			out.Holders = append(out.Holders, state.HolderStratum{Stratum: uint16(at), Cut: h.cut, Keys: h.Sorted()})
			s.holders[at] = nil
		}
	}
	return out
}
