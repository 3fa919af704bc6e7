package state

import "github.com/rdblens/rdblens/parser"

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
}

// Add takes a piece of a stream.
func (p *PendingTally) Add(es []parser.Element) {
	for i := range es {
		switch es[i].Kind {
		case parser.KindGroup:
			p.Groups++
			p.holds = 0
		case parser.KindPending:
			p.Entries++
		case parser.KindConsumer:
			p.Consumers++
			p.holds = 0
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
	p.Keys++
	p.Memory += r.Cost.Bytes
	p.Resident += r.Cost.Resident
	p.Length += r.Elements
	p.Entries += g.Entries
	p.Groups += g.Groups
	p.Consumers += g.Consumers
	p.Holders += g.Holders
	p.Most = max(p.Most, g.Most)
}
