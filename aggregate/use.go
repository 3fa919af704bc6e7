package aggregate

import "github.com/rdblens/rdblens/parser"

// What a dump records of use: IDLE under an LRU policy, FREQ under an LFU one.

// coldAfter are the ages, in seconds, after which bytes count as cold.
var coldAfter = [...]int64{day / 1000, 7 * day / 1000, 30 * day / 1000}

// useStats are the figures of keys with IDLE or FREQ. The distributions by
// memory count a value once for each byte: half of the bytes are at most as
// idle as the median. Most dumps have neither.
type useStats struct {
	Idle       histogram // seconds, by key
	IdleMemory histogram // seconds, by byte of MEMORY USAGE
	FreqMemory histogram // access counters, by byte
	Cold       [len(coldAfter)]tally
}

func (s *stats) use() *useStats {
	if s.Use == nil {
		s.Use = new(useStats)
	}
	return s.Use
}

// add counts a key n times, with its bytes in all; idle and freq are -1 when
// the dump has none.
func (u *useStats) add(idle int64, freq int32, n, bytes int64) (pages int) {
	if idle >= 0 {
		pages -= len(u.Idle.Pages) + len(u.IdleMemory.Pages)
		u.Idle.addN(idle, n)
		if bytes > 0 {
			u.IdleMemory.addN(idle, bytes)
		}
		pages += len(u.Idle.Pages) + len(u.IdleMemory.Pages)
		for i, age := range coldAfter {
			if idle > age {
				u.Cold[i].merge(tally{n, bytes})
			}
		}
	}
	if freq >= 0 && bytes > 0 {
		pages -= len(u.FreqMemory.Pages)
		u.FreqMemory.addN(int64(freq), bytes)
		pages += len(u.FreqMemory.Pages)
	}
	return pages
}

func (u *useStats) merge(o *useStats) {
	u.Idle.merge(&o.Idle)
	u.IdleMemory.merge(&o.IdleMemory)
	u.FreqMemory.merge(&o.FreqMemory)
	for i, t := range o.Cold {
		u.Cold[i].merge(t)
	}
}

// take is stats.take.
func (u *useStats) take(part *useStats) {
	u.Idle.take(&part.Idle)
	u.IdleMemory.take(&part.IdleMemory)
	u.FreqMemory.take(&part.FreqMemory)
	for i := range u.Cold {
		a, p := &u.Cold[i], &part.Cold[i]
		p.Keys, p.Memory = min(p.Keys, a.Keys), min(p.Memory, a.Memory)
		a.Keys -= p.Keys
		a.Memory -= p.Memory
	}
}

// fieldStats count the fields of hashes that expire by themselves
// (HEXPIRE of Redis 7.4 and Valkey 9).
type fieldStats struct {
	Hashes  int64 // with such fields
	Fields  int64 // with a TTL
	Expired int64 // of those, past it
	Buckets [numBuckets]int64
}

func (f *fieldStats) merge(o *fieldStats) {
	f.Hashes += o.Hashes
	f.Fields += o.Fields
	f.Expired += o.Expired
	for i, n := range &o.Buckets {
		f.Buckets[i] += n
	}
}

// add counts a field that expires.
func (f *fieldStats) add(expiry int64, c clock) {
	f.Fields++
	b := c.bucket(expiry)
	f.Buckets[b]++
	if b == bucketPast {
		f.Expired++
	}
}

// hasFieldTTLs reports whether the fields of a value of this type may expire.
func hasFieldTTLs(t parser.Type) bool {
	switch t {
	case parser.TypeHashMetadata, parser.TypeHashMetadataPreGA, parser.TypeHashListpackEx, parser.TypeHashListpackPreGA,
		parser.TypeValkeyHash2, parser.TypeDragonflyHash:
		return true
	}
	return false
}

// count adds the fields that expire.
func (f *fieldStats) count(es []parser.Element, c clock) {
	for i := range es {
		if es[i].Kind == parser.KindItem && es[i].Flags&parser.FlagTTL != 0 {
			f.add(es[i].FieldTTL(), c)
		}
	}
}
