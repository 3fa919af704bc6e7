package memory

import "github.com/rdblens/rdblens/parser"

// hashState follows a hash while its pairs arrive.
type hashState struct {
	ttls      int64 // fields with a TTL
	packedTTL int64 // bytes of those TTLs as listpack entries
	firstLong int64 // index of the first pair over hash-max-listpack-value, -1
	limit     int64 // that setting
	fieldTTL  bool  // the line knows field TTLs
	vset      volatileSet
	times     [fewTimes]int64 // distinct expiries, while they are few
	distinct  int             // fewTimes+1: many

	template bool // the values are summed for themselves: the names may be in a template
	values   cost // as strings of their own
	packed   packer
	payload  int64 // bytes of values
	longest  int64 // the longest value
}

// fewTimes is how many distinct expiries of a hash are told apart.
const fewTimes = 8

func (h *hashState) init(m *meter) {
	h.limit = m.config.HashMaxListpackValue
	h.fieldTTL = m.line.listpackEx > 0 || m.line.hashTTL
	h.vset.classes = m.sizes.classes
}

func (h *hashState) reset() {
	h.ttls, h.packedTTL, h.firstLong, h.distinct = 0, 0, -1, 0
	h.values, h.packed, h.payload, h.longest = cost{}, packer{}, 0, 0
	h.vset.reset()
}

func (m *meter) addHash(es []parser.Element) {
	h, t := &m.hash, &m.items
	joint := m.line.entry == entryJointRedis || m.line.entry == entryJointValkey
	for i := range es {
		e := &es[i]
		if e.Kind != parser.KindItem {
			continue
		}
		value := e.ValueLen()
		if n := max(e.Len, value); n > t.longest {
			t.longest = n
			if n > h.limit && h.firstLong < 0 {
				h.firstLong = t.n
			}
		}
		t.n++
		t.payload += e.Len + value
		ttl := e.Flags&parser.FlagTTL != 0 && h.fieldTTL
		if uint64(e.Len) < rows && uint64(value) < rows && !ttl {
			f, v := &m.rows.field[e.Len], &m.rows.value[value]
			if !joint {
				t.strings.counted += int64(f.counted) + int64(v.counted)
				t.strings.alloc += int64(f.alloc) + int64(v.alloc)
				t.strings.waste += int64(f.waste) + int64(v.waste)
			} else {
				t.strings.add(m.pair(e.Len, value, false))
			}
			if e.Int == parser.NotInt && e.ValueInt == parser.NotInt && t.packed.form == packListpack {
				t.packed.sum += int64(f.packed) + int64(v.packed)
				continue
			}
		} else {
			t.strings.add(m.pair(e.Len, value, ttl))
		}
		t.packed.add(e.Len, e.Int)
		t.packed.add(value, e.ValueInt)
		if ttl {
			h.ttls++
			h.packedTTL += listpackInt[parser.ClassOf(e.FieldTTL())]
			if m.line.hashTTL {
				h.vset.add(e.FieldTTL())
			} else {
				h.noteTime(e.FieldTTL())
			}
		}
	}
}

// pair returns what field and value cost in a table, the dictEntry aside.
func (m *meter) pair(field, value int64, ttl bool) cost {
	s := &m.sizes.stringSizes
	switch m.line.entry {
	case entryJointRedis:
		return s.jointRedis(field, value, ttl)
	case entryJointValkey:
		return s.jointValkey(field, value, ttl)
	}
	c := s.sds(value)
	if m.line.entry == entryMstr {
		c.add(s.mstr(field, ttl))
	} else {
		c.add(s.sds(field))
	}
	return c
}

// hashForm is what a hash is after loading.
type hashForm struct {
	encoding Encoding // packed, listpackex or hashtable
	blob     int64    // bytes of the packed blob
	fill     filling
}

// endHash sizes a hash.
func (m *meter) endHash(k *parser.Key, s *Size) {
	n := m.countOf(k)
	o := m.object(k)
	m.chargeObject(&o)
	s.Longest = m.items.longest
	var f hashForm
	m.decideHash(k, n, &f)
	s.Encoding = f.encoding
	switch f.encoding {
	case EncodingTemplateListpack:
		m.chargePacked("listpack of values", f.blob)
		s.Packed, s.PackedElements = f.blob, n
	case EncodingTemplateArray:
		m.chargeTemplateArray(n)
	case EncodingHashtable:
		m.chargeHashTable(k, n, &f.fill)
		m.compactHash(k, &o, s)
	case EncodingListpackEx:
		m.charge("listpackEx", "t_hash.c struct listpackEx", m.listpackExCost())
		m.chargePacked("listpack", f.blob)
		s.Packed, s.PackedElements = f.blob, n
	default:
		m.chargePacked(m.packedName(), f.blob)
		s.Packed, s.PackedElements = f.blob, n
	}
	s.Payload = m.items.payload
	if m.hash.template && f.template() {
		s.Payload = m.hash.payload
	}
	if m.items.n == 0 && f.encoding != EncodingHashtable {
		s.Payload = max(0, f.blob-listpackOverhead-4*n)
		if f.encoding == EncodingListpackEx {
			s.Payload = max(0, s.Payload-2*n)
		}
	}
	m.chargeKey(&o)
}

func (m *meter) listpackExCost() cost {
	n := m.line.listpackEx
	a := m.sizes.of(n)
	c := cost{a, a, a - n}
	if m.line.tracked {
		c.counted = n
	}
	return c
}

// isListpackEx reports whether a type is a hash whose packed form has TTLs.
func isListpackEx(t parser.Type) bool {
	return t == parser.TypeHashListpackEx || t == parser.TypeHashListpackPreGA
}

// withTTLs returns the bytes of the listpack of triples: field, value, expiry
// or 0.
func (m *meter) withTTLs() int64 {
	return m.items.packed.total() + m.hash.packedTTL + (m.items.n-m.hash.ttls)*listpackInt[parser.Int4]
}

// compactHash fills in what a hash that is a table would cost packed.
func (m *meter) compactHash(k *parser.Key, o *object, s *Size) {
	if m.line.hashTTL && (k.Type == parser.TypeValkeyHash2 || m.hash.ttls > 0) {
		return // Valkey has no packed form for field TTLs
	}
	tripled := m.tripled(k)
	verbatim := k.Type == parser.TypeHashListpack && m.line.pack == packListpack || tripled && isListpackEx(k.Type)
	blob := k.Len
	if !verbatim && m.items.n > 0 {
		blob = m.items.packed.total()
		if tripled {
			blob = m.withTTLs()
		}
	}
	c := m.packedCost(blob)
	if tripled {
		c.add(m.listpackExCost())
	}
	m.compact(s, o, blob, c)
}

// tripled reports whether the packed form of a hash is a listpackex here.
func (m *meter) tripled(k *parser.Key) bool {
	if m.line.listpackEx == 0 {
		return false
	}
	switch k.Type {
	case parser.TypeHashMetadata, parser.TypeHashMetadataPreGA, parser.TypeHashListpackEx, parser.TypeHashListpackPreGA:
		return true
	case parser.TypeValkeyHash2:
		return m.hash.ttls > 0
	}
	return false
}

// decideHash decides what the loader makes of a hash (rdb.c rdbLoadObject).
func (m *meter) decideHash(k *parser.Key, n int64, f *hashForm) {
	fits := n <= m.config.HashMaxListpackEntries
	f.encoding = EncodingHashtable
	if m.hash.template && m.decideTemplate(k, n, f) {
		return
	}
	switch k.Type {
	case parser.TypeHash:
		m.loadedHash(k, n, f)
		return
	case parser.TypeHashZipmap:
		if fits && m.items.longest <= m.hash.limit {
			f.encoding, f.blob = m.packedEncoding(), m.convertedBlob(k)
			return
		}
	case parser.TypeHashZiplist:
		if fits {
			f.encoding, f.blob = m.packedEncoding(), k.Len
			if m.line.pack != packZiplist {
				f.blob = m.convertedBlob(k)
			}
			return
		}
	case parser.TypeHashListpack:
		if m.line.pack != packListpack {
			m.inexact = true // this line cannot load it
			m.loadedHash(k, n, f)
			return
		}
		if fits {
			f.encoding, f.blob = EncodingListpack, k.Len
			return
		}
	case parser.TypeHashListpackEx, parser.TypeHashListpackPreGA:
		if m.line.listpackEx == 0 {
			m.foreignHash(k, n, f)
			return
		}
		if fits {
			f.encoding, f.blob = EncodingListpackEx, k.Len
			return
		}
	case parser.TypeHashMetadata, parser.TypeHashMetadataPreGA:
		if m.line.listpackEx == 0 {
			m.foreignHash(k, n, f)
			return
		}
		m.loadedMetadata(n, f)
		return
	case parser.TypeValkeyHash2:
		switch {
		case m.line.hashTTL:
			f.fill.step(fillResize, 0)
			f.fill.expand(n)
			f.fill.add(n)
		case m.line.listpackEx > 0 && m.hash.ttls > 0:
			m.inexact = true
			m.loadedMetadata(n, f)
		default:
			m.foreignHash(k, n, f)
		}
		return
	default: // template hashes, of a server newer than any line
		m.foreignHash(k, n, f)
		return
	}
	// A blob over the limit (t_hash.c hashTypeConvert).
	if !m.line.growBlobHash {
		f.fill.expand(n)
	}
	f.fill.add(n)
}

// foreignHash is a hash of a type that the line cannot load: the same fields
// in the line's own way.
func (m *meter) foreignHash(k *parser.Key, n int64, f *hashForm) {
	m.inexact = true
	if m.line.hashTTL && m.hash.ttls > 0 {
		f.fill.step(fillResize, 0)
		f.fill.expand(n)
		f.fill.add(n)
		return
	}
	m.loadedHash(k, n, f)
}

// loadedHash is RDB_TYPE_HASH: packed until the first long field or value.
func (m *meter) loadedHash(k *parser.Key, n int64, f *hashForm) {
	l := m.line
	switch {
	case n > m.config.HashMaxListpackEntries:
		switch {
		case l.hashtable > 0:
			f.fill.step(fillResize, 0)
			f.fill.expand(n)
		case l.noPresize:
			f.fill.expandLarge(n)
		default:
			f.fill.expand(0)
			f.fill.expandLarge(n)
		}
		f.fill.add(n)
	case m.hash.firstLong < 0:
		f.encoding, f.blob = m.packedEncoding(), m.convertedBlob(k)
	default:
		small := m.hash.firstLong
		rest := n - small - 1
		switch {
		case l.hashtable > 0:
			f.fill.step(fillResize, small)
		case !l.noPresize:
			f.fill.expand(small)
		}
		f.fill.add(small + 1)
		switch {
		case l.hashtable > 0:
			f.fill.expand(rest)
		case l.presizeWhole:
			f.fill.expandLarge(n)
		default:
			f.fill.expandLarge(rest)
		}
		f.fill.add(rest)
	}
}

// loadedMetadata is RDB_TYPE_HASH_METADATA: packed with TTLs until the first
// long field or value, and never presized as a whole.
func (m *meter) loadedMetadata(n int64, f *hashForm) {
	switch {
	case n > m.config.HashMaxListpackEntries:
		f.fill.expand(0)
		f.fill.add(n)
	case m.hash.firstLong < 0:
		f.encoding, f.blob = EncodingListpackEx, m.withTTLs()
	default:
		small := m.hash.firstLong
		rest := n - small - 1
		f.fill.expand(small)
		f.fill.add(small)
		if m.line.presizeWhole {
			f.fill.expandLarge(n)
		} else {
			f.fill.expandLarge(rest)
		}
		f.fill.add(1 + rest)
	}
}

// chargeHashTable charges a hash that is a table.
func (m *meter) chargeHashTable(k *parser.Key, n int64, f *filling) {
	l := m.line
	if m.items.n == 0 && n > 0 {
		m.assumePairs(k, n)
	}
	extra, counted := l.dictMeta, false
	switch {
	case l.hashtable > 0 && l.hashTTL:
		extra, counted = sizeofPointer, true // the volatile set's root
	case m.hash.ttls > 0 && l.listpackEx > 0, m.tripled(k):
		extra = l.dictMetaTTL
	}
	slots := m.chargeTable(f, extra, counted)
	if l.hashTTL && m.hash.ttls > 1 {
		m.chargeVolatileSet()
	}
	if buckets := m.hash.expiryBuckets(); l.listpackEx > 0 && buckets > 0 {
		m.charge("expiry index", "ebuckets.c", cost{alloc: buckets})
	}
	before := m.bytes
	pairs := m.items.strings
	m.charge("fields and values", "t_hash.c hashTypeSet", pairs)
	entries := m.entryCost(n, sizeofDictEntry, slots, l.bareAll)
	m.charge("dict entries", "dict.c dictEntryMemUsage", entries)
	m.noteBlocks(3 * n)
	if !l.tracked {
		m.average(before, pairs.counted+entries.counted, n)
	}
}

// noteTime counts the distinct expiries of a hash up to fewTimes.
func (h *hashState) noteTime(ms int64) {
	if h.distinct > fewTimes {
		return
	}
	for _, t := range h.times[:h.distinct] {
		if t == ms {
			return
		}
	}
	if h.distinct < fewTimes {
		h.times[h.distinct] = ms
	}
	h.distinct++
}

// expiryBuckets returns about what the index of the field TTLs takes beside
// the hash (ebuckets.c): nothing up to 16 fields, which are a list within
// themselves, then a radix tree of buckets with segments of 16. It is not part
// of MEMORY USAGE.
func (h *hashState) expiryBuckets() int64 {
	const (
		segment = 16 // EB_SEG_MAX_ITEMS, EB_LIST_MAX_ITEMS
		place   = 5  // about what the hash takes in its database's own index
		tree    = 24 // sizeof(rax)
		bucket  = 56 // a leaf, a run, a share of a branch, and sizeof(FirstSegHdr)
		next    = 24 // sizeof(NextSegHdr)
	)
	switch {
	case h.ttls == 0:
		return 0
	case h.ttls <= segment:
		return place
	case h.distinct <= fewTimes:
		n := int64(h.distinct)
		return place + tree + bucket*n + next*max(0, h.ttls/segment-n)
	default: // measured: 10 bytes a field for 17, 5.2 for a thousand
		return place + 90 + h.ttls*52/10
	}
}

// assumePairs stands for pairs of which only the total length is known.
func (m *meter) assumePairs(k *parser.Key, n int64) {
	payload := max(0, k.Len-listpackOverhead-4*n)
	half := payload / n / 2
	c := m.pair(half, payload/n-half, false)
	m.items.strings = cost{c.counted * n, c.alloc * n, c.waste * n}
	m.items.payload = payload
	m.inexact = true
}
