package counters

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/parser"
)

// PendingTally follows the consumer groups of one stream: the entries that
// consumers were given and have not acknowledged, and who has them. A group lists
// its pending entries first, then its consumers with theirs.
type PendingTally struct {
	Entries   int64 // of all groups
	Groups    int64
	Consumers int64
	Holders   int64 // consumers with such entries
	Most      int64 // of one consumer
	holds     int64 // of the open consumer
	group     []byte
	consumer  []byte
	cut       [2]bool  // the name of the group, of the consumer is not whole
	top       []holder // those that hold most, in no order; room for MaxHolders is kept
}

// holder is a consumer of the open stream with pending entries.
type holder struct {
	group, consumer []byte
	entries         int64
}

// MaxHolders is how many consumers are kept by name, of a stream and of a pattern:
// those that hold most entries.
const MaxHolders = 8

// holderName is the longest name of a group or a consumer that is kept, bytes. Longer
// ones are counted only: half a name finds nothing on a server.
const holderName = 256

// PendingHolder is a consumer that has entries of a stream pending. Streams are taken apart by
// the hash of their name.
type PendingHolder struct {
	Key      KeptKey `part:"key"`
	Group    []byte  `part:"group,raw"`
	Consumer []byte  `part:"consumer,raw"`
	Entries  int64   `part:"entries"`
}

// Compare orders holders: most entries first, then by name.
func (h *PendingHolder) Compare(o *PendingHolder) int {
	return cmp.Or(cmp.Compare(o.Entries, h.Entries), h.Key.CompareSample(&o.Key), slices.Compare(h.Group, o.Group), slices.Compare(h.Consumer, o.Consumer))
}

// mergeHolders keeps those of two lists that hold most.
func mergeHolders(a, b []PendingHolder) []PendingHolder {
	if len(b) == 0 {
		return a
	}
	all := append(slices.Clone(a), b...)
	slices.SortFunc(all, func(x, y PendingHolder) int { return x.Compare(&y) })
	return all[:min(len(all), MaxHolders)]
}

// Reset forgets the stream before.
func (p *PendingTally) Reset() {
	if p.Groups > 0 {
		*p = PendingTally{group: p.group[:0], consumer: p.consumer[:0], top: p.top[:0]}
	}
}

// holderText copies the name of a group or a consumer to to, unless it is too long.
func holderText(b *parser.Batch, e *parser.Element, to []byte) (text []byte, cut bool) {
	name := b.Bytes(e)
	if int64(len(name)) != e.Len || len(name) > holderName {
		return to[:0], true
	}
	return append(to[:0], name...), false
}

// close ends the open consumer.
func (p *PendingTally) close() {
	n := p.holds
	p.holds = 0
	if n == 0 || p.cut[0] || p.cut[1] {
		return
	}
	open := holder{p.group, p.consumer, n}
	at := len(p.top)
	switch {
	case at < min(cap(p.top), MaxHolders):
		p.top = p.top[:at+1] // its names have room from a stream before
	case at < MaxHolders:
		p.top = append(p.top, holder{})
	default:
		at = 0
		for i := range p.top {
			if p.top[i].compare(&p.top[at]) > 0 {
				at = i
			}
		}
		if open.compare(&p.top[at]) > 0 {
			return
		}
	}
	h := &p.top[at]
	h.group, h.consumer, h.entries = append(h.group[:0], open.group...), append(h.consumer[:0], open.consumer...), n
}

// compare orders the consumers of one stream as PendingHolder does.
func (h *holder) compare(o *holder) int {
	return cmp.Or(cmp.Compare(o.entries, h.entries), bytes.Compare(h.group, o.group), bytes.Compare(h.consumer, o.consumer))
}

// Add takes a piece of a stream.
func (p *PendingTally) Add(b *parser.Batch, es []parser.Element) {
	for i := range es {
		switch es[i].Kind {
		case parser.KindGroup:
			p.close()
			p.Groups++
			p.group, p.cut[0] = holderText(b, &es[i], p.group)
		case parser.KindPending:
			p.Entries++
		case parser.KindConsumer:
			p.close()
			p.Consumers++
			p.consumer, p.cut[1] = holderText(b, &es[i], p.consumer)
		case parser.KindConsumerPending:
			if p.holds++; p.holds == 1 {
				p.Holders++
			}
			p.Most = max(p.Most, p.holds)
		}
	}
}

// add counts a stream with pending entries.
func (p *pendingStats) add(r *Observation) {
	g := &r.Pending
	g.close()
	p.Keys++
	p.Memory += r.Cost.Bytes
	p.Resident += r.Cost.Resident
	p.Length += r.Elements
	p.Entries += g.Entries
	p.Groups += g.Groups
	p.Consumers += g.Consumers
	p.Holders += g.Holders
	p.Most = max(p.Most, g.Most)
	for i := range g.top {
		p.hold(r, &g.top[i])
	}
}

// hold takes in a consumer of a stream, when it is one of those that hold most.
func (p *pendingStats) hold(r *Observation, h *holder) {
	at := len(p.Top)
	if at == MaxHolders {
		if last := &p.Top[at-1]; h.entries < last.Entries || h.entries == last.Entries && r.Hash > last.Key.Hash {
			return // as most do: nothing is copied for them
		}
	}
	one := PendingHolder{Group: h.group, Consumer: h.consumer, Entries: h.entries}
	one.Key.Set(r, ExampleLimit)
	for at > 0 && one.Compare(&p.Top[at-1]) < 0 {
		at--
	}
	if at == MaxHolders {
		return
	}
	one.Group, one.Consumer = slices.Clone(h.group), slices.Clone(h.consumer)
	p.Top = slices.Insert(p.Top, at, one)
	p.Top = p.Top[:min(len(p.Top), MaxHolders)]
}
