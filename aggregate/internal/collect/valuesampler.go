package collect

import (
	"bytes"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/parser"
)

// wantsValue reports whether a value with this hash may be in the sample, or whose
// key may be.
func (t *thresholds) wantsValue(k *parser.Key, stratum uint32, order uint64) bool {
	return order <= t.values.Load() || k.Tag[0] <= t.holders[stratum&(state.ValueStrata-1)].Load()
}

// digestCache has the digests of the values that were asked for last. Where a source
// has few values, which many keys share, each is asked for again and again, and to
// compare it with what it was costs less than to digest it.
type digestCache struct{ slots []digestOf }

type digestOf struct {
	order  uint64
	stored []byte
	digest sketch.Digest
}

const (
	// cachedDigests bounds the values of a digestCache, cachedLen the bytes of each.
	cachedDigests = 1 << 8
	cachedLen     = 1 << 10
)

// of returns the digest of what is stored of a value with this hash.
func (c *digestCache) of(order uint64, stored []byte) sketch.Digest {
	if len(stored) > cachedLen {
		return sketch.DigestOf(stored)
	}
	if c.slots == nil {
		c.slots = make([]digestOf, cachedDigests)
	}
	s := &c.slots[order%cachedDigests]
	if s.order != order || !bytes.Equal(s.stored, stored) {
		s.order, s.stored, s.digest = order, append(s.stored[:0], stored...), sketch.DigestOf(stored)
	}
	return s.digest
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
func (s *valueSampler) offer(r *counters.Observation) {
	at := uint16(r.Name.Stratum) & (state.ValueStrata - 1)
	id := state.ValueID{Quick: r.Order, Print: r.Print, Length: r.StrLen}
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
		v.Example.Set(r, counters.ExampleLimit)
		s.entries[v.Key()] = v
		s.order.Push(id.Quick, v)
	} else if v.Example.Hash >= r.Hash {
		// Of equal hashes a smaller name counts, which is rare.
		var k counters.KeptKey
		if k.Set(r, counters.ExampleLimit); k.CompareSample(&v.Example) < 0 {
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

func (s *valueSampler) offerHolder(r *counters.Observation, id *state.ValueID, at uint16) {
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
	k.Key.Set(r, counters.ExampleLimit)
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
