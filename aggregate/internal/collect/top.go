package collect

import (
	"cmp"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// TopList keeps the first keys by state.TopKey.Compare.
type TopList struct {
	sketch.BottomK[state.TopKey]
	least leastKey // the last one, of a full list
}

// NewTopList returns a list of the first n.
func NewTopList(n int) TopList {
	return TopList{BottomK: sketch.BottomK[state.TopKey]{N: n, Compare: (*state.TopKey).Compare}}
}

// Wants reports whether a key belongs to the list as far as it was read.
func (l *TopList) Wants(value int64, r *counters.Observation) bool {
	if !l.Full || value > l.least.value {
		return true
	}
	if value < l.least.value {
		return false
	}
	// Many keys of one size: compare without copying, most often no more than
	// eight bytes. The record is of the list's only source.
	if r.DB == l.least.db {
		if head := keyname.HeadOf(r.Key); head != l.least.head {
			return head < l.least.head
		}
	}
	last := l.Item(l.Last)
	k := counters.KeptKey{Hash: r.Hash, Len: r.KeyLen, Name: r.Key[:min(len(r.Key), counters.KeyLimit)]}
	return cmp.Or(cmp.Compare(r.DB, last.Key.DB), k.CompareName(&last.Key)) <= 0
}

// put adds a key that the list wants.
func (l *TopList) put(value int64, r *counters.Observation, pattern []byte) {
	k := l.Place()
	k.Value = value
	k.Key.Set(r, counters.KeyLimit)
	if k.Whole = (sketch.Digest{}); len(r.Key) > counters.KeyLimit {
		k.Whole = state.WholeName(r.Key, r.KeyLen, r.NameHash)
	}
	k.Type, k.Memory, k.Exact, k.Error, k.Encoding = r.TypeName, r.Cost.Bytes, r.Cost.Exact, r.Cost.Error, r.Cost.Encoding
	k.Unbounded = r.Cost.Unbounded
	k.Elements, k.Longest, k.HasExpiry, k.Expiry, k.RDBBytes = r.Elements, r.LongestElement, r.HasExpiry, r.Expiry, r.RDBBytes
	k.Idle, k.Freq, k.Slot = r.IdleSeconds, r.Freq, r.Slot
	k.Pattern = append(k.Pattern[:0], pattern...)
	if l.Push(uint64(-1 - value)) { // the largest value first
		last := l.Item(l.Last)
		l.least = leastKey{last.Value, keyname.HeadOf(last.Key.Name), last.Key.DB}
	}
}

// leastKey is what decides most often against the last key of a full list.
type leastKey struct {
	value int64
	head  uint64
	db    int32
}

// namedLists are the lists of state.NamedLists under way.
type namedLists struct {
	lastUsed, longestIdle, mostUsed, leastUsed, longNames TopList
	// shortest is the length of the shortest name in a full list of the longest: most
	// keys are passed over by it.
	shortest int64
}

func newNamedLists() namedLists {
	n := state.NamedTop
	return namedLists{NewTopList(n), NewTopList(n), NewTopList(n), NewTopList(n), NewTopList(n), 0}
}

func (l *namedLists) finish() state.NamedLists {
	return state.NamedLists{
		LastUsed: l.lastUsed.Sorted(), LongestIdle: l.longestIdle.Sorted(), MostUsed: l.mostUsed.Sorted(), LeastUsed: l.leastUsed.Sorted(),
		LongNames: l.longNames.Sorted(),
	}
}

// offerNamed offers a key to the lists by use and by name.
func (c *Collector) offerNamed(r *counters.Observation) {
	l := &c.named
	if r.IdleSeconds >= 0 {
		c.offer(&l.lastUsed, state.RankLeast(r.IdleSeconds, r.Hash), r)
		c.offer(&l.longestIdle, state.Rank(r.IdleSeconds, r.Hash), r)
	}
	if r.Freq >= 0 {
		c.offer(&l.mostUsed, state.Rank(int64(r.Freq), r.Hash), r)
		c.offer(&l.leastUsed, state.RankLeast(int64(r.Freq), r.Hash), r)
	}
	if r.KeyLen >= l.shortest {
		c.offer(&l.longNames, state.Rank(r.KeyLen, r.Hash), r)
		if l.longNames.Full {
			l.shortest = state.FigureOf(l.longNames.least.value)
		}
	}
}

func (c *Collector) offer(l *TopList, value int64, r *counters.Observation) {
	// Of nearly all keys this is all there is to do, without a call.
	if l.Full && value < l.least.value {
		return
	}
	if l.Wants(value, r) {
		l.put(value, r, c.renderPattern(r))
	}
}
