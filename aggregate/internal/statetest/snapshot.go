package statetest

import (
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/compare"
	"github.com/rdblens/rdblens/aggregate/internal/config"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// KeysNamed are records of 64 bytes without a TTL.
func KeysNamed(names ...string) []counters.Observation {
	keys := make([]counters.Observation, len(names))
	for i, name := range names {
		r := &keys[i]
		r.Key, r.KeyLen, r.TypeName = []byte(name), int64(len(name)), "string"
		r.Size.Bytes, r.IdleSeconds, r.Freq, r.Slot = 64, -1, -1, -1
	}
	return keys
}

// Snapshot is a summary of one source written at a time, 0 for none.
func Snapshot(t testing.TB, name string, ctime int64, keys []counters.Observation, b ...state.Bounds) *state.Summary {
	t.Helper()
	cfg, err := config.WithDefaults(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := state.SourceState{Name: name, Server: "redis-7.2", Allocator: "jemalloc", Ctime: ctime, HasCtime: ctime > 0, Baseline: 1000, Seed: keyname.Seed{uint64(ctime)}}
	return &state.Summary{Config: cfg, Sources: []state.SourceState{s}, Keys: CollectedUnder(&cfg, s.Seed, sketch.Clock{Ms: ctime, Known: ctime > 0}, keys, b...), Bounds: within(b)}
}

// Compared compares two snapshots; o.Top is 50 when it is not given.
func Compared(t testing.TB, old, now *state.Summary, o data.DiffOptions) *data.Diff {
	t.Helper()
	if o.Top == 0 {
		o.Top = 50
	}
	d, err := compare.NewDiff(old, now, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
