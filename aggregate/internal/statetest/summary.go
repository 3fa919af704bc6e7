package statetest

import (
	"math/rand/v2"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/config"
	"github.com/rdblens/rdblens/aggregate/internal/state"
)

// SyntheticSummary is one summary of three synthetic sources.
func SyntheticSummary(t testing.TB, seed uint64, n int, b ...state.Bounds) *state.Summary {
	t.Helper()
	cfg, err := config.WithDefaults(nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Tool = data.Tool{Name: "rdblens", Version: "test"}
	var parts []*state.Summary
	for i, keys := range Synthetic(rand.New(rand.NewPCG(seed, 1)), n) {
		s := TestSources()[i]
		s.Server = "redis-7.2"
		parts = append(parts, &state.Summary{Config: cfg, Sources: []state.SourceState{s}, Keys: Collected(&cfg, TestClock(i), keys, b...), Bounds: within(b)})
	}
	s, err := state.Merge(parts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
