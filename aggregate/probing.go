package aggregate

import (
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// probing is what advice needs of the keys of one source beside the counters.
type probing struct {
	profile  memory.Profile
	keys     *prober
	entities entities
	values   *values
	reshaper *probe.Prober // made when the first key needs it
}

func newProbing(p memory.Profile, t *thresholds, preview bool) *probing {
	return &probing{profile: p, keys: newProber(t, preview), values: newValues(t), entities: entities{thresholds: t}}
}

// probe shows the key that was counted last to the samples.
func (c *collector) probe(r *record, s *stats) {
	p := c.probing
	if r.Logical == parser.DataTypeString {
		if r.sampled {
			p.keys.offer(r)
		}
		if r.prints[1] != 0 {
			p.values.offer(r)
		}
		if r.name.field {
			c.cut(r)
			if e, ok := entityOf(r.DB, r.Key, c.edges, fieldEdge(c.edges)); ok {
				p.entities.offer(r, &e)
			}
		}
		return
	}
	if r.marked {
		p.keys.offer(r)
	}
	if r.nodes.nodes > 1 {
		s.rare().Nodes.add(r)
	}
	if r.Elements >= SplitMin && reshapes(r) {
		if p.reshaper == nil {
			p.reshaper = probe.New(p.profile, 0)
		}
		s.addReshaped(r, p.reshaper, c.limits)
	}
}

// finish turns the samples into plain data.
func (p *probing) finish(s *keyState, c clock, split *splitter) {
	s.Probes = p.keys.finish(p.profile, c, split)
	s.Entities = p.entities.finish()
	s.Values = p.values.finish()
}
