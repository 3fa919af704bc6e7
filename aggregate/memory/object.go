package memory

import "github.com/rdblens/rdblens/parser"

// object is the top of a key: the robj, the key's name and, where they are
// blocks of their own, the entry of the keyspace table.
type object struct {
	robj   cost // enters the server's sum for the value; holds the key where that is inside
	key    cost // added to that sum afterwards: the key's sds, with its dictEntry where it is inside that
	entry  cost // added too: the dictEntry, where the key is not inside it
	inside bool // the string is in the robj's block too (embstr)
}

// total returns what the top costs in all.
func (o *object) total() cost {
	c := o.robj
	c.add(o.key)
	c.add(o.entry)
	return c
}

// keyFacts are what the top of a key depends on.
type keyFacts struct {
	name    int64 // bytes
	expires bool
	metas   int64 // metadata classes attached (Redis 8.6)
}

// topSizes sizes the tops of keys for one profile.
type topSizes struct {
	stringSizes
	line    *line
	cluster bool
}

// plain returns the top of a key whose value is not a string inside its object.
func (t *topSizes) plain(k keyFacts) object {
	switch t.line.object {
	case objectEntry, objectEntryEmbedded:
		o := t.named(k)
		robj := t.of(sizeofRobj)
		o.robj = cost{sizeofRobj, robj, robj - sizeofRobj}
		return o
	default:
		return t.keyed(t.plainRequest(k), false)
	}
}

// named returns the key's sds and the dictEntry that refers to it, without the
// robj (object.c memoryCommand: sdsZmallocSize of the key and dictEntryMemUsage).
func (t *topSizes) named(k keyFacts) (o object) {
	if t.line.object == objectEntryEmbedded {
		// dict.c createEmbeddedEntry, Valkey 8.0: entry, header size, key.
		request := sizeofDictEntry - sizeofPointer + 1 + t.rule.newRequest(k.name)
		a := t.of(request)
		o.key = cost{a, a, a - request}
		return o
	}
	o.key = t.sds(k.name)
	request, counted := int64(sizeofDictEntry), int64(sizeofDictEntry)
	if t.cluster {
		// dict.h: entries of the main table carry the slot's list pointers.
		request += t.line.clusterMeta
		counted += t.line.clusterEntry
	}
	a := t.of(request)
	o.entry = cost{counted, a, a - request}
	return o
}

// plainRequest returns the bytes asked for an object that holds the key but
// not the value (object.c createUnembeddedObjectWithKeyAndExpire
// in Valkey, kvobjCreate in Redis 8.2): robj, header size, key, and room for the expiry
// when there is one or the key is long.
func (t *topSizes) plainRequest(k keyFacts) int64 {
	n := sizeofRobj + 1 + t.rule.request(k.name) + 8*k.metas
	if k.expires || k.name >= 128 {
		n += 8
	} else if t.line.spareExpiry && t.of(n) >= n+8 {
		n += 8
	}
	return n
}

// stringRequest returns the bytes asked for an object that holds key and value.
func (t *topSizes) stringRequest(k keyFacts, value int64) int64 {
	n := sizeofRobj + 1 + t.rule.request(k.name) + value + 4 + 8*k.metas
	if t.line.embed == embed128 {
		// Valkey 9.1: the value begins where the pointer would be.
		n = sizeofRobj - sizeofPointer + 1 + t.rule.request(k.name) + max(sizeofPointer, value+4)
	}
	if k.expires {
		n += 8
	}
	return n
}

// keyed returns the top for a block that holds the key.
func (t *topSizes) keyed(request int64, inside bool) object {
	a := t.of(request)
	o := object{robj: cost{a, a, a - request}, inside: inside}
	if !inside {
		switch t.line.object {
		case objectRequest:
			o.robj.counted = request
		case objectKeyless:
			o.robj.counted = sizeofRobj
		}
	}
	return o
}

// string returns the top of a string of n bytes that is not an integer; the
// value takes a block of its own unless inside.
func (t *topSizes) string(k keyFacts, n int64) object {
	if t.line.embed == embed44 {
		if n > 44 { // object.c OBJ_ENCODING_EMBSTR_SIZE_LIMIT
			return t.plain(k)
		}
		o := t.named(k)
		o.inside = true
		request := sizeofRobj + 3 + n + 1
		a := t.of(request)
		o.robj = cost{a, a, a - request}
		if t.line.embstrExact {
			o.robj.counted = sizeofRobj + 2 + n // objectComputeSize, 6.2: sdslen + 2 + sizeof(*o)
		}
		return o
	}
	if t.line.family == "valkey" {
		return t.valkeyString(k, n)
	}
	if t.embeds(k, n) {
		return t.keyed(t.stringRequest(k, n), true)
	}
	return t.keyed(t.plainRequest(k), false)
}

// valkeyString places the key first and the expiry afterwards, as the loader
// does (db.c dbAddRDBLoad, then setExpire): a block with
// room for the expiry stays, else the choice is made again.
func (t *topSizes) valkeyString(k keyFacts, n int64) object {
	bare := k
	bare.expires = false
	if !k.expires {
		if t.embeds(bare, n) {
			return t.keyed(t.stringRequest(bare, n), true)
		}
		return t.keyed(t.plainRequest(bare), false)
	}
	if t.embeds(bare, n) {
		if request := t.stringRequest(bare, n); t.of(request) >= request+8 {
			return t.keyed(request+8, true)
		}
	} else if request := t.plainRequest(bare); k.name >= 128 || t.of(request) >= t.plainRequest(k) {
		return t.keyed(max(request, t.plainRequest(k)), false)
	}
	if t.embeds(k, n) {
		return t.keyed(t.stringRequest(k, n), true)
	}
	return t.keyed(t.plainRequest(k), false)
}

// embeds reports whether a string of n bytes goes into its object's block
// (object.c shouldEmbedStringObject in Valkey, kvobjCreate in Redis).
func (t *topSizes) embeds(k keyFacts, n int64) bool {
	expiry := int64(0)
	if k.expires {
		expiry = 8
	}
	const line = 64 // a cache line
	switch t.line.embed {
	case embedAssumed:
		return n <= 44 && sizeofRobj+k.name+3+expiry+4+n <= line
	case embedNoTime:
		return n <= 44 && sizeofRobj+k.name+3+4+n <= line
	case embedReal:
		return n <= 44 && sizeofRobj+1+t.rule.request(k.name)+expiry+4+n <= line
	case embed128:
		return n <= 116 && sizeofRobj-sizeofPointer+1+t.rule.request(k.name)+expiry+4+n <= 2*line
	default:
		return n <= 44
	}
}

// names is the number of lengths of names whose costs are kept in a table.
const names = 128

// topTable holds what the tops of keys with short names cost in all.
type topTable struct {
	plain  [2][names]row    // without, with an expiry
	named  [names]row       // without the robj, where the key is elsewhere
	embstr [45]row          // robj and string together, where the key is elsewhere
	parts  [2][names]topRow // plain, in parts
	robj   int64            // bytes allocated for a robj of its own
}

// topRow is a plain object of one name length.
type topRow struct{ robj, key, entry row }

// object returns the top of a key that is no string inside its object.
func (m *meter) object(k *parser.Key) object {
	if uint64(k.NameLen) >= names || k.Metas != 0 {
		return m.sizes.plain(keyFactsOf(k))
	}
	r := &m.tops.parts[0][k.NameLen]
	if k.Is(parser.HasExpiry) {
		r = &m.tops.parts[1][k.NameLen]
	}
	return object{robj: r.robj.cost(), key: r.key.cost(), entry: r.entry.cost()}
}

func (t *topTable) fill(s *topSizes) {
	t.robj = s.of(sizeofRobj)
	for n := range int64(names) {
		for e := range 2 {
			o := s.plain(keyFacts{name: n, expires: e == 1})
			t.plain[e][n] = rowOf(o.total())
			t.parts[e][n] = topRow{rowOf(o.robj), rowOf(o.key), rowOf(o.entry)}
		}
		if s.line.embed == embed44 {
			o := s.named(keyFacts{name: n})
			t.named[n] = rowOf(o.total())
		}
	}
	if s.line.embed == embed44 {
		for n := range t.embstr {
			o := s.string(keyFacts{}, int64(n))
			t.embstr[n] = rowOf(o.robj)
		}
	}
}

// plainRow returns the cost of a plain top with a short name.
func (t *topTable) plainRow(k *keyFacts) *row {
	if k.expires {
		return &t.plain[1][k.name]
	}
	return &t.plain[0][k.name]
}
