package counters

import (
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/parser"
)

// What a dump records of use: IDLE under an LRU policy, FREQ under an LFU one.

// ColdAfter are the ages, in seconds, after which bytes count as cold.
var ColdAfter = [...]int64{sketch.Day / 1000, 7 * sketch.Day / 1000, 30 * sketch.Day / 1000}

// AccessStats are the figures of keys with IDLE or FREQ. The distributions by
// memory count a value once for each byte: half of the bytes are at most as
// idle as the median. Most dumps have neither.
type AccessStats struct {
	Idle       sketch.Histogram             `part:"idle"`        // seconds, by key
	IdleMemory sketch.Histogram             `part:"idle_memory"` // seconds, by byte of MEMORY USAGE
	FreqMemory sketch.Histogram             `part:"freq_memory"` // access counters, by byte
	Cold       [len(ColdAfter)]sketch.Tally `part:"cold"`
}

// EnsureUse returns s.Use, which it makes when it is not there.
func (s *Stats) EnsureUse() *AccessStats {
	if s.Use == nil {
		s.Use = new(AccessStats)
	}
	return s.Use
}

// add counts a key n times, with its bytes in all; idle and freq are -1 when
// the dump has none.
func (u *AccessStats) add(idle int64, freq int32, n, bytes int64) (pages int) {
	if idle >= 0 {
		pages -= len(u.Idle.Pages) + len(u.IdleMemory.Pages)
		u.Idle.AddN(idle, n)
		if bytes > 0 {
			u.IdleMemory.AddN(idle, bytes)
		}
		pages += len(u.Idle.Pages) + len(u.IdleMemory.Pages)
		for i, age := range ColdAfter {
			if idle > age {
				u.Cold[i].Merge(sketch.Tally{Keys: n, Memory: bytes})
			}
		}
	}
	if freq >= 0 && bytes > 0 {
		pages -= len(u.FreqMemory.Pages)
		u.FreqMemory.AddN(int64(freq), bytes)
		pages += len(u.FreqMemory.Pages)
	}
	return pages
}

// Merge adds the keys of another.
func (u *AccessStats) Merge(o *AccessStats) {
	u.Idle.Merge(&o.Idle)
	u.IdleMemory.Merge(&o.IdleMemory)
	u.FreqMemory.Merge(&o.FreqMemory)
	for i, t := range o.Cold {
		u.Cold[i].Merge(t)
	}
}

// take is Stats.Take.
func (u *AccessStats) take(part *AccessStats) {
	u.Idle.Take(&part.Idle)
	u.IdleMemory.Take(&part.IdleMemory)
	u.FreqMemory.Take(&part.FreqMemory)
	for i := range u.Cold {
		a, p := &u.Cold[i], &part.Cold[i]
		p.Keys, p.Memory = min(p.Keys, a.Keys), min(p.Memory, a.Memory)
		a.Keys -= p.Keys
		a.Memory -= p.Memory
	}
}

// FieldStats count the fields of hashes that expire by themselves
// (HEXPIRE of Redis 7.4 and Valkey 9).
type FieldStats struct {
	Hashes  int64                    `part:"hashes"`  // with such fields
	Fields  int64                    `part:"fields"`  // with a TTL
	Expired int64                    `part:"expired"` // of those, past it
	Buckets [sketch.NumBuckets]int64 `part:"buckets"`
}

// Merge adds the fields of another.
func (f *FieldStats) Merge(o *FieldStats) {
	f.Hashes += o.Hashes
	f.Fields += o.Fields
	f.Expired += o.Expired
	for i, n := range &o.Buckets {
		f.Buckets[i] += n
	}
}

// Add counts a field that expires.
func (f *FieldStats) Add(expiry int64, c sketch.Clock) {
	f.Fields++
	b := c.Bucket(expiry)
	f.Buckets[b]++
	if b == sketch.BucketPast {
		f.Expired++
	}
}

// Count adds the fields that expire.
func (f *FieldStats) Count(es []parser.Element, c sketch.Clock) {
	for i := range es {
		if es[i].Kind == parser.KindItem && es[i].Flags&parser.FlagTTL != 0 {
			f.Add(es[i].FieldTTL(), c)
		}
	}
}
