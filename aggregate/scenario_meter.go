package aggregate

import (
	"runtime"
	"sync"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// trials sizes the keys of one source under the profiles of scenarios and
// sweeps. A trial sizes those types only whose keys may differ from the
// baseline's; it costs nothing for the others.
type trials struct {
	scenarios int // the first of all
	profiles  []memory.Profile
	concerned [parser.NumDataTypes][]int // trials that size the keys of a type, ascending
	types     []memory.Types             // by trial
	walkers   []memory.Meter             // by trial, asked on the scanner's goroutine; nil when no type is concerned
	meters    []memory.Meter             // by trial, work on the pump's goroutines
	workers   int
}

func newTrials(c *Config, base memory.Profile) (*trials, error) {
	list, err := c.trials()
	if err != nil || len(list) == 0 {
		return nil, err
	}
	t := &trials{scenarios: len(c.Scenarios), workers: 1}
	for i, x := range list {
		p := base
		p.Config = x.settings
		types := base.Config.Differ(x.settings)
		if x.server != "" {
			if p.Server, err = memory.ParseServer(x.server); err != nil {
				return nil, err
			}
			types = memory.AllTypes // whatever the source's own line: figures of several sources add up
		}
		t.profiles, t.types = append(t.profiles, p), append(t.types, types)
		if types == 0 {
			t.walkers, t.meters = append(t.walkers, nil), append(t.meters, nil)
			continue
		}
		t.walkers, t.meters = append(t.walkers, memory.NewMeter(p, false)), append(t.meters, memory.NewMeter(p, false))
		for l := range parser.NumDataTypes {
			if types.Has(parser.DataType(l)) {
				t.concerned[l] = append(t.concerned[l], i)
			}
		}
	}
	// Parsing and counting keep two processors busy.
	if free := runtime.GOMAXPROCS(0) - 2; free > 1 {
		t.workers = min(free, len(list))
	}
	return t, nil
}

// needsWalk reports whether some trial needs the blobs of a key walked.
func (t *trials) needsWalk(k *parser.Key) bool {
	if t == nil {
		return false
	}
	for _, j := range t.concerned[k.Type.DataType()] {
		if t.walkers[j].NeedsWalk(k) {
			return true
		}
	}
	return false
}

// size sizes the keys of a batch under every trial. The outcome of key i in
// trial j is out[j*len(b.Keys)+i], for the trials that the key's type concerns.
func (t *trials) size(b *parser.Batch, open bool, out []outcome) []outcome {
	if t == nil {
		return out
	}
	n := len(b.Keys)
	if need := n * len(t.meters); cap(out) < need {
		out = make([]outcome, max(need, 512*len(t.meters)))
	}
	out = out[:n*len(t.meters)]
	if t.workers == 1 {
		for j := range t.meters {
			t.sizeOne(b, open, j, out[j*n:(j+1)*n])
		}
		return out
	}
	var wg sync.WaitGroup
	for w := range t.workers {
		wg.Go(func() {
			for j := w; j < len(t.meters); j += t.workers {
				t.sizeOne(b, open, j, out[j*n:(j+1)*n])
			}
		})
	}
	wg.Wait()
	return out
}

// sizeOne sizes the keys of a batch under one trial, as analysis.size does
// under the baseline.
func (t *trials) sizeOne(b *parser.Batch, open bool, j int, out []outcome) {
	m, types := t.meters[j], t.types[j]
	if m == nil {
		return
	}
	for i := range b.Keys {
		k := &b.Keys[i]
		begins := !open || !k.Is(parser.Continued)
		open = k.Is(parser.More)
		if !types.Has(k.Type.DataType()) {
			continue
		}
		if begins {
			m.Begin(k)
		}
		if es := b.Elements(k); len(es) > 0 {
			m.Elements(b, k, es)
		}
		if !open {
			s := m.End(k)
			out[i] = outcome{s.Bytes, s.Resident, s.Error, s.Packed, s.PackedElements, s.Encoding}
		}
	}
}

// tables sizes the tables of a source's databases under each scenario, as
// sourceState.setTables does under the baseline.
func (t *trials) tables(dbs map[int32]*dbState) []trialTables {
	if t == nil {
		return nil
	}
	out := make([]trialTables, t.scenarios)
	for i := range out {
		p := t.profiles[i]
		x := &out[i]
		x.Server, x.Baseline = p.Server.String(), p.BaselineBytes()
		for _, d := range dbs {
			x.Keyspace += p.LoadedKeyspaceBytes(d.keys, d.expires, d.keys+d.dropped, d.expires+d.dropped)
		}
	}
	return out
}
