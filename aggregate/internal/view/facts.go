package view

import (
	"slices"
	"sync"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

func newReshape(s *counters.ReshapeStats) data.Reshape {
	return data.Reshape{Keys: s.Keys, Elements: s.Elements, Pieces: s.Pieces, Before: s.Memory, After: s.After, BeforeResident: s.Resident, AfterResident: s.AfterResident, Largest: s.Largest}
}

// facts computes what advice needs from the exact rows, and finds their roles.
func facts(s *state.Summary, v *naming.View, rows []naming.Row) (data.Facts, *decided) {
	f := data.Facts{
		Patterns: []data.PatternFacts{}, Settings: settingsOf(&s.Config.Settings), VolatileMemory: s.Keys.Totals.TTL.Memory,
		ChecksumBad: slices.ContainsFunc(s.Sources, func(x state.SourceState) bool { return x.BadChecksum() }),
		Regrouped:   regrouped(&s.Config),
	}
	for i := range s.Sources {
		x := &s.Sources[i]
		f.ExpiresBytesNow += x.Expires
		f.ExpiresBytesAll += x.AllExpire
		if i == 0 {
			f.Server = x.Server
		}
		f.Cluster = f.Cluster || x.Cluster
		f.MixedServers = f.MixedServers || x.Server != f.Server
	}
	slices.SortFunc(rows, func(a, b naming.Row) int { return a.Compare(&b) })
	cost := newTTLCost(s, len(rows))
	lim := counters.LimitsOf(&s.Config.Settings)
	var values *valueFacts
	var wait sync.WaitGroup
	wait.Go(func() { values = newValueFacts(v, &s.Keys.Values, &s.Config, sizer(s)) })
	samples := samplesByRow(v, s.Keys.Probes, &s.Config)
	purposes := decide(v, &s.Config, rows, samples)
	names := namesByRow(v, s, keyname.NewSplitter(s.Config.Separators, s.Config.Depth), samples)
	var now int64
	for i := range s.Sources {
		now = max(now, s.Sources[i].Clock)
	}
	probes := make([]*data.ProbeFacts, len(rows))
	renamed := make([]naming.Renaming, len(rows))
	for i := range rows {
		renamed[i] = v.RenamingOf(rows[i].Node)
	}
	sketch.EachOf(len(rows), func() func(int) {
		split := keyname.NewSplitter(s.Config.Separators, s.Config.Depth)
		return func(i int) {
			if mine := samples[rows[i].Key()]; len(mine) > 0 {
				probes[i] = probeFacts(&rows[i], mine, split, &renamed[i], now)
			}
		}
	})
	wait.Wait()
	for i := range rows {
		p := patternFacts(&rows[i], s.Keys.Totals.Memory, cost, lim)
		p.Purpose = purposeOf(&rows[i].Verdict)
		p.Names = unique(append(namesOf(&rows[i], nil, 1), names[rows[i].Key()]...))
		if p.Probe = probes[i]; p.Probe != nil {
			p.TTLCostBytes += p.Probe.TTL.AfterResident - p.Probe.TTL.BeforeResident
			if rows[i].Type == parser.DataTypeString.String() {
				p.Probe.Copies = copyFacts(&rows[i], values)
			}
		}
		f.Patterns = append(f.Patterns, p)
	}
	f.Entities = entityFacts(s, v, rows)
	return f, purposes
}

// regrouped reports whether rows are other ones than names make by themselves.
func regrouped(c *data.Config) bool {
	return len(c.Groups) > 0 || c.Depth > 0 || c.Separators != "" && c.Separators != keyname.DefaultSeparators
}

// patternFacts computes what advice needs of a row; total is the memory of all keys.
func patternFacts(r *naming.Row, total int64, cost *ttlCost, lim *counters.Limits) data.PatternFacts {
	p := data.PatternFacts{PatternRow: newRow(r, total), TTLCostBytes: cost.of(r.NoTTLKeys), ResidentWithoutTTL: r.NoTTLResident}
	p.Module = r.Encodings[memory.EncodingModule] > 0
	x := r.Rare
	if x == nil {
		return p
	}
	p.Expired, p.ExpiredMemory, p.ExpiredResident = x.Expired, x.ExpiredMemory, x.ExpiredResident
	p.Over1MiB, p.Over1MiBMemory = x.Over1MiB, x.Over1MiBMemory
	p.Over10MiB, p.Over10MiBMemory = x.Over10MiB, x.Over10MiBMemory
	p.LargeStrings, p.LargeStringMemory = x.LargeStrings, x.LargeStringMemory
	p.LZFKeys, p.LZFLength, p.LZFStored = x.LZFKeys, x.LZFLength, x.LZFStored
	p.LZFMemory, p.LZFMemoryAfter = x.LZFMemory, x.LZFMemoryAfter
	p.LZFResident, p.LZFResidentAfter = x.LZFResident, x.LZFResidentAfter
	p.Far = data.FarTTLs{Keys: x.Far.Keys, Memory: x.Far.Memory, Last: data.Time(x.Far.Last)}
	p.Pending = data.PendingEntries{
		Keys: x.Pending.Keys, Memory: x.Pending.Memory, Resident: x.Pending.Resident, Length: x.Pending.Length, Entries: x.Pending.Entries,
		Groups: x.Pending.Groups, Consumers: x.Pending.Consumers, Holders: x.Pending.Holders, Most: x.Pending.Most,
	}
	for i := range x.Pending.Top {
		h := &x.Pending.Top[i]
		p.Pending.Top = append(p.Pending.Top, data.PendingHolder{
			Key: ExampleText(&h.Key), DB: h.Key.DB, Group: keyname.EscapeText(string(h.Group)), Consumer: keyname.EscapeText(string(h.Consumer)), Entries: h.Entries,
		})
	}
	p.Split, p.Trim, p.Lists = newReshape(&x.Split), newReshape(&x.Trim), data.ListFacts(x.Nodes)
	for l := range parser.NumDataTypes {
		if parser.DataType(l).String() != r.Type {
			continue
		}
		for i, c := range counters.CandidatesOf[l] {
			if y := &x.Candidates[i]; y.Keys > 0 {
				p.Candidates = append(p.Candidates, data.Candidate{
					Setting: c.Setting, Value: c.Limit(lim) * c.Factor, Keys: y.Keys, Before: y.Before, After: y.After, Longest: y.Longest,
					BeforeResident: y.BeforeResident, AfterResident: y.AfterResident,
				})
			}
		}
		for i := range counters.PairsOf[l] {
			if y := &x.Both[i]; y.Keys > 0 {
				c := &counters.PairsOf[l][i]
				entries, value := c.Limits(lim)
				p.Pairs = append(p.Pairs, data.CandidatePair{With: c.Value, WithValue: value, Candidate: data.Candidate{
					Setting: c.Entries, Value: entries, Keys: y.Keys, Before: y.Before, After: y.After, Longest: y.Longest,
					BeforeResident: y.BeforeResident, AfterResident: y.AfterResident,
				}})
			}
		}
	}
	return p
}

// settingsOf returns the settings that are numbers.
func settingsOf(c *memory.Config) map[string]int64 {
	return map[string]int64{
		"hash-max-listpack-entries": c.HashMaxListpackEntries,
		"hash-max-listpack-value":   c.HashMaxListpackValue,
		"zset-max-listpack-entries": c.ZsetMaxListpackEntries,
		"zset-max-listpack-value":   c.ZsetMaxListpackValue,
		"set-max-intset-entries":    c.SetMaxIntsetEntries,
		"set-max-listpack-entries":  c.SetMaxListpackEntries,
		"set-max-listpack-value":    c.SetMaxListpackValue,
		"list-max-listpack-size":    c.ListMaxListpackSize,
		"list-compress-depth":       c.ListCompressDepth,
		"maxmemory":                 c.MaxMemory,
	}
}
