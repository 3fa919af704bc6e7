package collect

import (
	"slices"
	"sync/atomic"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
)

// entitySampler samples the entities of one source.
type entitySampler struct {
	thresholds *thresholds
	strata     [keyname.EntityStrata]*entityHeap
	used       int
}

// entityHeap are the entities of a stratum, each under a hash of its own.
type entityHeap struct {
	byHash map[uint64]*state.EntityKey
	sketch.Heap[*state.EntityKey]
	limit *atomic.Uint64 // entities with larger hashes are out
	cut   bool
}

// wantsField is asked on the scanner's goroutine whether a string may belong to a
// sampled entity.
func (n *keyTagger) wantsField(k *parser.Key, edges []keyname.Edge, at int) bool {
	if k.NameLen != int64(len(k.Name)) {
		return false
	}
	e, ok := keyname.EntityOf(&n.hasher, k.DB, k.Name, edges, at)
	return ok && e.Hash <= n.wanted.Entities[e.Stratum].Load()
}

// offer takes a string that may be one of several of an entity.
func (s *entitySampler) offer(r *counters.Observation, name *keyname.EntityName, hasher *keyname.Hasher) {
	hash, prefix, word := name.Hash, name.Prefix, name.Word
	h := s.strata[name.Stratum]
	if h == nil {
		h = &entityHeap{byHash: make(map[uint64]*state.EntityKey), limit: &s.thresholds.Entities[name.Stratum]}
		s.strata[name.Stratum] = h
		s.used++
	}
	if hash > h.limit.Load() {
		return
	}
	e := h.byHash[hash]
	if e == nil {
		e = &state.EntityKey{Sep: name.Sep}
		e.Key = counters.KeptKey{Hash: hash, DB: r.DB, Len: int64(len(prefix)), Name: slices.Clone(prefix[:min(len(prefix), counters.ExampleLimit)]), Source: r.Source}
		h.byHash[hash] = e
		h.Push(hash, e)
		h.trim(s.used)
		if h.byHash[hash] == nil {
			return // it was the last itself
		}
	}
	f := state.Sibling{
		Hash: hasher.Word(word), Field: int64(len(word)), Value: r.StrLen, Int: r.IntClass,
		Memory: r.Cost.Bytes, Resident: r.Cost.Resident, Expiry: -1,
	}
	if r.HasExpiry {
		f.Expiry = r.Expiry
	}
	e.Add(f)
}

// trim lets go what a stratum has no room for when used of them have entities.
func (h *entityHeap) trim(used int) {
	for h.Len() > state.EntityLimit(used) {
		last := h.Pop().Key.Hash
		delete(h.byHash, last)
		h.limit.Store(last - 1)
		h.cut = true
	}
}

// finish returns the sample as plain data.
func (s *entitySampler) finish() []state.EntityStratum {
	var out []state.EntityStratum
	for at, h := range s.strata {
		if h == nil {
			continue
		}
		h.trim(s.used)
		x := state.EntityStratum{Stratum: uint16(at), Cut: h.cut}
		for i := range h.Len() {
			x.Entities = append(x.Entities, *h.Item(i))
		}
		slices.SortFunc(x.Entities, func(a, b state.EntityKey) int { return a.Compare(&b) })
		out = append(out, x)
	}
	return out
}
