package collect

import (
	"runtime"
	"sync"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/config"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

func newTrials(c *data.Config, base memory.Profile) (*counters.Trials, error) {
	list, err := config.Trials(c)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	t := &counters.Trials{Scenarios: len(c.Scenarios), Workers: 1}
	for i, x := range list {
		p := base
		p.Config = x.Settings
		types := base.Config.Differ(x.Settings)
		if x.Server != "" {
			if p.Server, err = memory.ParseServer(x.Server); err != nil {
				return nil, err
			}
			p.StandIn = false
			types = memory.AllTypes // whatever the source's own line: figures of several sources add up
		}
		t.Profiles, t.Types = append(t.Profiles, p), append(t.Types, types)
		if types == 0 {
			t.Walkers, t.Meters = append(t.Walkers, nil), append(t.Meters, nil)
			continue
		}
		t.Walkers, t.Meters = append(t.Walkers, memory.NewMeter(p, false)), append(t.Meters, memory.NewMeter(p, false))
		for l := range parser.NumDataTypes {
			if types.Has(parser.DataType(l)) {
				t.Concerned[l] = append(t.Concerned[l], i)
			}
		}
	}
	// Parsing and counting keep two processors busy.
	if free := runtime.GOMAXPROCS(0) - 2; free > 1 {
		t.Workers = min(free, len(list))
	}
	return t, nil
}

// needsWalk reports whether some trial needs the blobs of a key walked.
func needsWalk(t *counters.Trials, k *parser.Key) bool {
	if t == nil {
		return false
	}
	for _, j := range t.Concerned[k.Type.DataType()] {
		if t.Walkers[j].NeedsWalk(k) {
			return true
		}
	}
	return false
}

// size sizes the keys of a batch under every trial. The outcome of key i in
// trial j is out[j*len(b.Keys)+i], for the trials that the key's type concerns.
func size(t *counters.Trials, b *parser.Batch, open bool, out []counters.Outcome) []counters.Outcome {
	if t == nil {
		return out
	}
	n := len(b.Keys)
	if need := n * len(t.Meters); cap(out) < need {
		out = make([]counters.Outcome, max(need, 512*len(t.Meters)))
	}
	out = out[:n*len(t.Meters)]
	if t.Workers == 1 {
		for j := range t.Meters {
			sizeOne(t, b, open, j, out[j*n:(j+1)*n])
		}
		return out
	}
	var wg sync.WaitGroup
	for w := range t.Workers {
		wg.Go(func() {
			for j := w; j < len(t.Meters); j += t.Workers {
				sizeOne(t, b, open, j, out[j*n:(j+1)*n])
			}
		})
	}
	wg.Wait()
	return out
}

// sizeOne sizes the keys of a batch under one trial, as analysis.size does
// under the baseline.
func sizeOne(t *counters.Trials, b *parser.Batch, open bool, j int, out []counters.Outcome) {
	m, types := t.Meters[j], t.Types[j]
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
			out[i] = counters.Outcome{Bytes: s.Bytes, Resident: s.Resident, Error: s.Error, Packed: s.Packed, Elements: s.PackedElements, Encoding: s.Encoding}
		}
	}
}
