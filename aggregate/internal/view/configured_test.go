package view_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestProbesMergeConfigured is TestProbesMerge for groups, and for patterns of
// few tokens: both make strata of their own.
func TestProbesMergeConfigured(t *testing.T) {
	rnd := rand.New(rand.NewPCG(31, 3))
	all := statetest.ProbeParts(rnd)
	for i := range 2000 {
		all = append(all, statetest.ProbePart{Key: fmt.Sprintf("group:%c%d", 'a'+i%26, i), Value: rdbtest.String(rdbtest.Plain(fmt.Sprint("value ", i%90)))})
	}
	for name, change := range map[string]func(*data.Config){
		"groups": func(c *data.Config) {
			c.Groups = []data.Group{{Name: "odd", Glob: "*[13579]"}, {Name: "of g", Glob: "group:*"}}
		},
		"depth": func(c *data.Config) { c.Depth = 2 },
	} {
		if testing.Short() && name != "groups" {
			continue
		}
		whole := statetest.Unsourced(statetest.ProbeSummary(t, "whole", all, change))
		half := len(all)/2 + rnd.IntN(100)
		rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		merged, err := state.Merge(statetest.ProbeSummary(t, "b", all[half:], change), statetest.ProbeSummary(t, "a", all[:half], change))
		if err != nil {
			t.Fatal(err)
		}
		got := statetest.Unsourced(merged)
		for what, diff := range map[string]string{
			"probes": cmp.Diff(whole.Probes, got.Probes), "entities": cmp.Diff(whole.Entities, got.Entities), "values": cmp.Diff(whole.Values, got.Values),
		} {
			if diff != "" {
				t.Errorf("%s: %s (-whole +merged):\n%.1000s", name, what, diff)
			}
		}
		if name != "groups" {
			continue
		}
		at := keyname.StratumOf(parser.DataTypeString, [2]uint64{2})
		for _, s := range whole.Probes {
			for i := range s.Keys {
				if k := &s.Keys[i]; bytes.HasPrefix(k.Key.Name, []byte("group:")) && !strings.ContainsAny(string(k.Key.Name[len(k.Key.Name)-1:]), "13579") && uint32(s.Stratum) != at {
					t.Fatalf("%q, of a group, is in stratum %d, want %d", k.Key.Name, s.Stratum, at)
				}
			}
		}
	}
}
