package collect_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestProbesMerge: the samples of parts are the samples of the whole, however
// keys are divided and ordered, and so is what they say.
func TestProbesMerge(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 1))
	all := statetest.ProbeParts(rnd)
	whole := statetest.Unsourced(statetest.ProbeSummary(t, "whole", all, nil))
	cut := 0
	for i := range whole.Probes {
		if whole.Probes[i].Cut {
			cut++
		}
	}
	if cut < 3 || len(whole.Entities) == 0 {
		t.Fatalf("%d strata are cut, %d strata of entities; the test needs some of both", cut, len(whole.Entities))
	}
	for round := range 3 / keytest.Stride(3) {
		rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		var parts []*state.Summary
		for rest := all; len(rest) > 0; {
			n := min(len(rest), 1+rnd.IntN(9000))
			parts = append(parts, statetest.ProbeSummary(t, fmt.Sprintf("part-%d", len(parts)), rest[:n], nil))
			rest = rest[n:]
		}
		rnd.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		merged, err := state.Merge(parts...)
		if err != nil {
			t.Fatal(err)
		}
		got := statetest.Unsourced(merged)
		if diff := cmp.Diff(whole.Probes, got.Probes); diff != "" {
			t.Fatalf("round %d, %d parts: probes (-whole +merged):\n%.2000s", round, len(parts), diff)
		}
		if diff := cmp.Diff(whole.Entities, got.Entities); diff != "" {
			t.Fatalf("round %d: entities (-whole +merged):\n%.2000s", round, diff)
		}
		if diff := cmp.Diff(whole.Values, got.Values); diff != "" {
			t.Fatalf("round %d: values (-whole +merged):\n%.2000s", round, diff)
		}
	}
}

// TestProbesChangeNoFigure: what is sampled shows nowhere but in advice.
func TestProbesChangeNoFigure(t *testing.T) {
	all := statetest.ProbeParts(rand.New(rand.NewPCG(6, 2)))
	with := statetest.ProbeSummary(t, "x", all, nil).Keys
	without := statetest.ProbeSummary(t, "x", all, func(c *data.Config) { c.NoAdvice = true }).Keys
	if len(with.Probes) == 0 || len(without.Probes) != 0 || len(without.Entities) != 0 || len(without.Values.Values)+len(without.Values.Holders) != 0 {
		t.Fatalf("%d and %d strata", len(with.Probes), len(without.Probes))
	}
	with.Probes, with.Entities, with.Values = nil, nil, state.ValueSample{}
	if !reflect.DeepEqual(without, with) {
		t.Error("figures differ")
	}
}

// TestNoValueInSummary: nothing of a value is kept unless that is asked for.
func TestNoValueInSummary(t *testing.T) {
	const secret = "s3cr3t-value-of-somebody"
	parts := []statetest.ProbePart{
		{Key: "a:1", Value: rdbtest.String(rdbtest.Plain(secret))},
		{Key: "b:1", Value: rdbtest.String(rdbtest.Plain(`{"` + secret + `": "` + secret + `"}`))},
		{Key: "c:1", Value: rdbtest.HashListpack(rdbtest.NewListpack("field", secret, secret, "12").Str())},
		{Key: "d:1:name", Value: rdbtest.String(rdbtest.Plain(secret))},
	}
	for _, show := range []bool{false, true} {
		s := statetest.ProbeSummary(t, "x", parts, func(c *data.Config) { c.ShowValues = show })
		text := fmt.Sprintf("%+v %+v %+v", s.Keys.Probes, s.Keys.Entities, s.Keys.Values)
		if strings.Contains(text, secret) != show {
			t.Errorf("show values %v: %.300s", show, text)
		}
	}
}
