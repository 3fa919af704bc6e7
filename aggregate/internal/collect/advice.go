package collect

import (
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// adviceSamples are what advice needs of the keys of one source beside the counters.
type adviceSamples struct {
	profile  memory.Profile
	keys     *keySampler
	entities entitySampler
	values   *valueSampler
	reshaper *probe.Prober // made when the first key needs it
}

func newAdviceSamples(p memory.Profile, t *thresholds, cfg *data.Config, b state.Bounds) *adviceSamples {
	return &adviceSamples{profile: p, keys: newKeySampler(t, cfg.ShowValues, keyname.NewSplitter(cfg.Separators, cfg.Depth)), values: newValueSampler(t, b), entities: entitySampler{thresholds: t}}
}

// sampleForAdvice shows the key that was counted last to the samples.
func (c *Collector) sampleForAdvice(r *counters.Observation, s *counters.Stats) {
	p := c.advice
	if r.DataType == parser.DataTypeString {
		if r.Sampled {
			p.keys.offer(r)
		}
		if r.Print != (sketch.Digest{}) {
			p.values.offer(r)
		}
		if r.Name.Field {
			c.cut(r)
			if e, ok := keyname.EntityOf(&c.Names.hasher, r.DB, r.Key, c.edges, keyname.FieldEdge(c.edges)); ok {
				p.entities.offer(r, &e, &c.Names.hasher)
			}
		}
		return
	}
	if r.Marked {
		p.keys.offer(r)
	}
	if r.Nodes.Nodes > 1 {
		s.EnsureRare().Nodes.Add(r)
	}
	if r.Elements >= data.SplitMin && counters.Reshapes(r) {
		if p.reshaper == nil {
			p.reshaper = probe.New(p.profile, 0)
		}
		s.AddReshaped(r, p.reshaper, c.Limits)
	}
}

// finish turns the samples into plain data.
func (p *adviceSamples) finish(s *state.KeyState, c sketch.Clock, split *keyname.Splitter) {
	s.Probes = p.keys.finish(p.profile, c, split)
	s.Entities = p.entities.finish()
	s.Values = p.values.finish()
}
