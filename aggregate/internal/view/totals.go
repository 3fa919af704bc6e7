package view

import (
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// NewSource is what is shown of a source.
func NewSource(s *state.SourceState) data.Source {
	v := data.Source{
		Name: keyname.EscapeText(s.Name), Bytes: s.Bytes, Magic: s.Magic, RDBVersion: s.RDBVersion, ServerVersion: s.ServerVersion,
		Checksum: s.Checksum, Keys: s.Keys, KeysCounted: s.Counted.Keys, Memory: s.Counted.Memory, Aux: make(map[string]string),
		Model: data.Model{Server: s.Server, Allocator: s.Allocator, Config: make(map[string]string), Reason: s.Reason, Inexact: s.Inexact},
		Error: s.Error, LastGoodKey: s.LastGoodKey, Indexes: s.Indexes,
		Functions: s.Functions, FunctionBytes: s.FunctionBytes, Libraries: s.Libraries,
	}
	if s.HasCtime {
		t := data.Time(s.Ctime)
		v.Ctime = &t
	}
	if s.HasClock {
		t := data.Time(s.Clock)
		v.Now = &t
	}
	if s.HasUsedMemory {
		n := s.UsedMemory
		v.ReportedUsedMemory = &n
	}
	if s.HasOffset {
		n := s.ErrorOffset
		v.ErrorOffset = &n
	}
	for _, p := range s.Aux {
		v.Aux[p.Name] = p.Value
	}
	for _, p := range s.Changed {
		v.Model.Config[p.Name] = p.Value
	}
	return v
}

// TotalsOf are the sums over all keys; what is predicted for the server is told where all
// keys were read and none was filtered out.
func TotalsOf(s *state.Summary, filtered bool) data.Totals {
	t := &s.Keys.Totals
	v := data.Totals{
		Keys: t.Keys, Elements: t.Elements, Memory: t.Memory, MemoryError: t.Error.Root(), UnboundedKeys: t.Unbounded.Keys, UnboundedMemory: t.Unbounded.Memory, Resident: t.Resident,
		KeyName: t.KeyName, Payload: t.Payload, Waste: t.Waste, RDB: t.RDB,
		KeysWithTTL: t.TTL.Keys, MemoryWithTTL: t.TTL.Memory,
		KeysExpired: t.Expired.Keys + t.Dropped.Keys, MemoryExpired: t.Expired.Memory + t.Dropped.Memory,
	}
	var keyspace, baseline, reported int64
	reports := len(s.Sources) > 0
	for i := range s.Sources {
		x := &s.Sources[i]
		keyspace += x.Keyspace
		baseline += x.Baseline
		reported += x.UsedMemory
		reports = reports && x.HasUsedMemory
	}
	v.Baseline = &baseline
	if !filtered && !s.Partial() {
		predicted := t.Resident + keyspace + baseline
		v.Keyspace, v.PredictedUsedMemory = &keyspace, &predicted
		v.Allocators = allocators(s, predicted)
	}
	if reports {
		v.ReportedUsedMemory = &reported
	}
	return v
}

// allocators returns what is predicted under each, the one that was sized for first; nil
// where some source does not know.
func allocators(s *state.Summary, predicted int64) []data.AllocatorTotal {
	out := []data.AllocatorTotal{{Allocator: s.Config.Allocator.String(), PredictedUsedMemory: predicted}}
	for i := range s.Sources {
		x := &s.Sources[i]
		if len(x.Allocators) == 0 || x.Allocator != out[0].Allocator {
			return nil
		}
		for j := range x.Allocators {
			a := &x.Allocators[j]
			if i == 0 {
				out = append(out, data.AllocatorTotal{Allocator: a.Allocator.String(), PredictedUsedMemory: predicted})
			}
			t := &out[1+j]
			t.PredictedUsedMemory += a.Resident + a.Keyspace - x.Keyspace + a.Baseline - x.Baseline
			t.Estimated = t.Estimated || a.Estimated
		}
	}
	if len(out) == 1 {
		return nil
	}
	return out
}
