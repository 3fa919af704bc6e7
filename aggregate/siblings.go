package aggregate

import (
	"cmp"
	"slices"
	"sync/atomic"

	"github.com/rdblens/rdblens/parser"
)

// Strings whose names differ only in a last word, behind something that varies,
// are fields of one entity: user:17:name and user:17:last_login. A sample of
// entities is kept by the hash of the name without that word, so that all strings
// of a sampled entity are seen together. Only lengths are kept, not contents.

const (
	// entityStrata are the strata of the sample, as those of keys.
	entityStrata = 1 << 8
	// A stratum keeps maxEntities, fewer when there are many strata.
	maxEntities = 512
	minEntities = 16
	allEntities = 1 << 13
	// maxSiblings is how many strings of an entity are kept.
	maxSiblings = 24
)

// sibling is one string of an entity, plain data.
type sibling struct {
	Hash             uint64 // of its last word
	Field, Value     int64  // bytes of the word and of the contents
	Int              parser.IntClass
	Memory, Resident int64
	Expiry           int64 // ms, -1 for none
}

func (s sibling) compare(o sibling) int {
	return cmp.Or(cmp.Compare(s.Hash, o.Hash), cmp.Compare(s.Field, o.Field), cmp.Compare(s.Value, o.Value), cmp.Compare(s.Int, o.Int),
		cmp.Compare(s.Memory, o.Memory), cmp.Compare(s.Resident, o.Resident), cmp.Compare(s.Expiry, o.Expiry))
}

// entityKey is a sampled entity, plain data; Key is the name that its strings
// share, Key.Hash that of the database and this name.
type entityKey struct {
	Key    keptKey
	Sep    byte
	Fields []sibling // sorted, the first maxSiblings
	More   bool      // there were more
}

func (e *entityKey) compare(o *entityKey) int {
	return cmp.Or(cmp.Compare(e.Key.Hash, o.Key.Hash), cmp.Compare(e.Key.DB, o.Key.DB), e.Key.compareName(&o.Key), cmp.Compare(e.Sep, o.Sep))
}

// entityStratum is a stratum of a summary: its entities by hash.
type entityStratum struct {
	Stratum  uint16
	Cut      bool
	Entities []entityKey
}

// entityLimit returns how many entities a stratum keeps.
func entityLimit(used int) int { return min(maxEntities, max(minEntities, allEntities/max(used, 1))) }

// entities samples the entities of one source.
type entities struct {
	thresholds *thresholds
	strata     [entityStrata]*entityHeap
	used       int
}

type entityHeap struct {
	byHash map[uint64]*entityKey
	hashes []uint64       // max-heap
	limit  *atomic.Uint64 // entities with larger hashes are out
	cut    bool
}

// joinsWord reports whether an edge goes on with the word in front of it:
// _login in last_login.
func joinsWord(sep byte, c class) bool {
	return (sep == '_' || sep == '-') && (c == classLiteral || c == classStar)
}

// fieldEdge returns where the last word of a name begins, when it stands behind
// something that varies; 0 when it does not.
func fieldEdge(edges []edge) int {
	at := len(edges) - 1
	for at > 0 && joinsWord(edges[at].sep, edges[at].cls) && edges[at-1].cls == classLiteral {
		at--
	}
	if at > 0 && edges[at].cls == classLiteral && edges[at-1].cls != classLiteral {
		return at
	}
	return 0
}

// entityName is a name as that of a field of an entity.
type entityName struct {
	prefix, word []byte
	sep          byte
	hash         uint64 // of the entity
	stratum      uint32
}

// entityOf takes a whole name apart where an edge begins; ok is false when it is
// none of a field.
func entityOf(db int32, name []byte, edges []edge, at int) (e entityName, ok bool) {
	field, last := &edges[at], &edges[len(edges)-1]
	if field.sep == 0 || field.off < 2 || int(last.off+last.n) != len(name) {
		return e, false
	}
	e = entityName{prefix: name[:field.off-1], word: name[field.off:], sep: field.sep}
	e.hash = hashKey(db, e.prefix, int64(len(e.prefix)), 0) ^ uint64(field.sep)*hashMul2
	e.stratum = stratumOf(parser.DataTypeString, entityWords(name, edges[:at])) & (entityStrata - 1)
	return e, true
}

// entityWords returns the words of the name that edges belong to.
func entityWords(name []byte, edges []edge) (words [2]uint64) {
	for i := range edges[:min(len(edges), len(words))] {
		words[i] = wordOf(name, &edges[i])
	}
	return words
}

// wantsField is asked on the scanner's goroutine whether a string may belong to a
// sampled entity.
func (t *thresholds) wantsField(k *parser.Key, edges []edge, at int) bool {
	if k.NameLen != int64(len(k.Name)) {
		return false
	}
	e, ok := entityOf(k.DB, k.Name, edges, at)
	return ok && e.hash <= t.entities[e.stratum].Load()
}

// offer takes a string that may be one of several of an entity.
func (s *entities) offer(r *record, name *entityName) {
	hash, prefix, word := name.hash, name.prefix, name.word
	h := s.strata[name.stratum]
	if h == nil {
		h = &entityHeap{byHash: make(map[uint64]*entityKey), limit: &s.thresholds.entities[name.stratum]}
		s.strata[name.stratum] = h
		s.used++
	}
	if hash > h.limit.Load() {
		return
	}
	e := h.byHash[hash]
	if e == nil {
		e = &entityKey{Sep: name.sep}
		e.Key = keptKey{Hash: hash, DB: r.DB, Len: int64(len(prefix)), Name: slices.Clone(prefix[:min(len(prefix), exampleLimit)]), Source: r.Source}
		h.byHash[hash] = e
		h.push(hash)
		for len(h.hashes) > entityLimit(s.used) {
			h.drop()
		}
		if h.byHash[hash] == nil {
			return // it was the last itself
		}
	}
	f := sibling{
		Hash: hashBytes(hashMul1, word), Field: int64(len(word)), Value: r.strLen, Int: r.intClass,
		Memory: r.size.Bytes, Resident: r.size.Resident, Expiry: -1,
	}
	if r.HasExpiry {
		f.Expiry = r.Expiry
	}
	e.add(f)
}

// add puts a string in its place.
func (e *entityKey) add(f sibling) {
	i, _ := slices.BinarySearchFunc(e.Fields, f, sibling.compare)
	if len(e.Fields) == maxSiblings {
		e.More = true
		if i == maxSiblings {
			return
		}
		e.Fields = e.Fields[:maxSiblings-1]
	}
	e.Fields = slices.Insert(e.Fields, i, f)
}

func (h *entityHeap) push(hash uint64) {
	h.hashes = append(h.hashes, hash)
	for i := len(h.hashes) - 1; i > 0; {
		up := (i - 1) / 2
		if h.hashes[i] <= h.hashes[up] {
			return
		}
		h.hashes[i], h.hashes[up] = h.hashes[up], h.hashes[i]
		i = up
	}
}

// drop removes the entity with the largest hash.
func (h *entityHeap) drop() {
	top, n := h.hashes[0], len(h.hashes)-1
	h.hashes[0] = h.hashes[n]
	h.hashes = h.hashes[:n]
	for i := 0; 2*i+1 < n; {
		down := 2*i + 1
		if down+1 < n && h.hashes[down+1] > h.hashes[down] {
			down++
		}
		if h.hashes[down] <= h.hashes[i] {
			break
		}
		h.hashes[i], h.hashes[down] = h.hashes[down], h.hashes[i]
		i = down
	}
	delete(h.byHash, top)
	h.limit.Store(top - 1)
	h.cut = true
}

// finish returns the sample as plain data.
func (s *entities) finish() []entityStratum {
	var out []entityStratum
	for at, h := range s.strata {
		if h == nil {
			continue
		}
		for len(h.hashes) > entityLimit(s.used) {
			h.drop()
		}
		x := entityStratum{Stratum: uint16(at), Cut: h.cut}
		for _, e := range h.byHash {
			x.Entities = append(x.Entities, *e)
		}
		slices.SortFunc(x.Entities, func(a, b entityKey) int { return a.compare(&b) })
		out = append(out, x)
	}
	return out
}

// mergeEntities combines samples; strings of an entity may be in several parts.
func mergeEntities(parts ...[]entityStratum) []entityStratum {
	var strata [entityStrata]*entityStratum
	used := 0
	for _, p := range parts {
		for i := range p {
			at := p[i].Stratum & (entityStrata - 1)
			s := strata[at]
			if s == nil {
				s = &entityStratum{Stratum: at}
				strata[at] = s
				used++
			}
			s.Cut = s.Cut || p[i].Cut
			s.Entities = append(s.Entities, p[i].Entities...)
		}
	}
	var out []entityStratum
	for _, s := range strata {
		if s != nil {
			s.unite()
			if limit := entityLimit(used); len(s.Entities) > limit {
				s.Entities, s.Cut = s.Entities[:limit:limit], true
			}
			out = append(out, *s)
		}
	}
	return out
}

// unite sorts the entities and makes one of those that are the same.
func (s *entityStratum) unite() {
	slices.SortFunc(s.Entities, func(a, b entityKey) int { return cmp.Or(a.compare(&b), cmp.Compare(a.Key.Source, b.Key.Source)) })
	out := s.Entities[:0]
	for _, e := range s.Entities {
		if n := len(out); n > 0 && out[n-1].compare(&e) == 0 {
			same := &out[n-1]
			same.Fields = slices.Clone(same.Fields)
			same.More = same.More || e.More
			for _, f := range e.Fields {
				same.add(f)
			}
			continue
		}
		out = append(out, e)
	}
	s.Entities = out
}
