package collect

import (
	"cmp"

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
func (l *TopList) Wants(value int64, r *state.Observation) bool {
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
	k := state.KeptKey{Hash: r.Hash, Len: r.KeyLen, Name: r.Key[:min(len(r.Key), state.KeyLimit)]}
	return cmp.Or(cmp.Compare(r.DB, last.Key.DB), k.CompareName(&last.Key)) <= 0
}

// put adds a key that the list wants.
func (l *TopList) put(value int64, r *state.Observation, pattern []byte) {
	k := l.Place()
	k.Value = value
	k.Key.Set(r, state.KeyLimit)
	k.Type, k.Memory, k.Exact, k.Error, k.Encoding = r.TypeName, r.Cost.Bytes, r.Cost.Exact, r.Cost.Error, r.Cost.Encoding
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
