package counters

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/parser"
)

// What a list, a set or a sorted set is for shows in its members when they are names of
// keys: then it is a queue or an index, and what it loses nobody finds again. A member is
// such a name by itself (post:17), or behind the parent of its own key (17 in
// queue:done, beside queue:17), or it ends one (17 in jobs, beside job:17). Which keys
// there are is known at the end only, and of those the patterns; so of a few members of
// each sampled key the sums of the patterns are kept that they would have as keys, and
// what of them is compared as the ending of a name (keyname.Ending). No part of a member
// is.

const (
	// sampledMembers are looked at of each key.
	sampledMembers = 4
	// memberBytes is the longest member that is looked at.
	memberBytes = 128
	// listBytes is how many bytes of a list's first items are looked at: so many are
	// there whether it was walked or not (parser.GlimpseBytes, ProbeList).
	listBytes = 500
)

// MemberNames are the members of one sampled key as names of keys: the sum of a pattern,
// 0 for a member without one.
type MemberNames struct {
	Looked int64                  `part:"looked"`
	Own    [sampledMembers]uint64 `part:"own"`   // of the members by themselves
	Under  [sampledMembers]uint64 `part:"under"` // behind the parent of their key
	// Ends are the members as keyname.Ending, each once.
	Ends [sampledMembers]uint64 `part:"ends,optional"`
}

func (m *MemberNames) compare(o *MemberNames) int {
	switch {
	case m == nil && o == nil:
		return 0
	case m == nil:
		return -1
	case o == nil:
		return 1
	}
	return cmp.Or(cmp.Compare(m.Looked, o.Looked), slices.Compare(m.Own[:], o.Own[:]), slices.Compare(m.Under[:], o.Under[:]), slices.Compare(m.Ends[:], o.Ends[:]))
}

// Members are the first members of the open key that were handed over.
type Members struct {
	text []byte
	ends [sampledMembers]int
	n    int
	name []byte
	// Of a list.
	shapes [sampledMembers]role.Shape
	looked int
	bytes  int64
	full   bool
}

// Reset forgets the key before.
func (m *Members) Reset() {
	m.text, m.n = m.text[:0], 0
	m.looked, m.bytes, m.full = 0, 0, false
}

// AddList takes a piece of a list: its first items, as far as they are there.
func (m *Members) AddList(b *parser.Batch, es []parser.Element) {
	for i := range es {
		if m.full {
			return
		}
		e := &es[i]
		if e.Kind != parser.KindItem && e.Kind != parser.KindGlimpse {
			continue
		}
		if m.bytes += e.Len; m.bytes > listBytes || !e.Is(parser.FlagBytes) {
			m.full = true
			return
		}
		text := b.Bytes(e)
		m.shapes[m.looked] = role.ShapeOf(text)
		if len(text) > 0 && len(text) <= memberBytes {
			m.add(text)
		}
		m.looked++
		m.full = m.looked == sampledMembers
	}
}

func (m *Members) add(text []byte) {
	m.text = append(m.text, text...)
	m.ends[m.n] = len(m.text)
	m.n++
}

// Add takes a piece of a set or a sorted set.
func (m *Members) Add(b *parser.Batch, es []parser.Element) {
	if es[0].Kind == parser.KindItem && !es[0].Is(parser.FlagBytes) {
		return // of a key that is not sampled, or beyond what is shown of it
	}
	for i := range es {
		if m.n == sampledMembers {
			return
		}
		e := &es[i]
		if e.Kind != parser.KindItem {
			continue
		}
		text := b.Bytes(e)
		if len(text) == 0 || int64(len(text)) != e.Len || len(text) > memberBytes {
			continue
		}
		m.add(text)
	}
}

// sample says which patterns the members would have as keys; nil when there are none.
func (m *Members) sample(key []byte, split *keyname.Splitter) *MemberNames {
	if m.n == 0 {
		return nil
	}
	parent := parentOf(key, split)
	out := &MemberNames{Looked: int64(m.n)}
	from := 0
	for i := range m.n {
		text := m.text[from:m.ends[i]]
		from = m.ends[i]
		switch edges := split.Split(text); {
		case len(edges) == 1:
			if !m.repeats(i, text) {
				out.Ends[i] = uint64(keyname.EndingOf(text, &edges[0]))
			}
		case edges[0].Cls == keyname.ClassLiteral:
			out.Own[i] = uint64(keyname.SumOf(text, edges))
		}
		if parent > 0 {
			m.name = append(append(m.name[:0], key[:parent]...), text...)
			out.Under[i] = uint64(keyname.SumOf(m.name, split.Split(m.name)))
		}
	}
	return out
}

// repeats reports whether a member in front of the i-th is the same, as in a list.
func (m *Members) repeats(i int, text []byte) bool {
	from := 0
	for j := range i {
		if bytes.Equal(m.text[from:m.ends[j]], text) {
			return true
		}
		from = m.ends[j]
	}
	return false
}

// parentOf returns how many bytes of a key stand in front of its last token, with the
// separator behind them; 0 when it has only one.
func parentOf(key []byte, split *keyname.Splitter) int {
	for i := len(key) - 1; i > 0; i-- {
		if split.Counts(key[i]) {
			return i + 1
		}
	}
	return 0
}
