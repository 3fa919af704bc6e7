package statetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// ProbePart is a record of a dump under construction.
type ProbePart struct {
	Key   string
	Value rdbtest.Value
}

// ProbeParts makes keys of all kinds that probes look at: more of some strata
// than are kept, large and small values, entities whose strings are in any
// order.
func ProbeParts(rnd *rand.Rand) (out []ProbePart) {
	put := func(key string, v rdbtest.Value) { out = append(out, ProbePart{key, v}) }
	text := func(s string) rdbtest.Value { return rdbtest.String(rdbtest.Plain(s)) }
	for i := range 4000 {
		put(fmt.Sprintf("session:%08x-0000-4000-8000-%012x", rnd.Uint32(), i), text(fmt.Sprintf(`{"user_id": %d, "role": "user", "updated_at": %d}`, i, 1_760_000_000+i*100)))
	}
	for i := range 300 {
		put(fmt.Sprintf("product:%d", i), text(strings.Repeat(fmt.Sprintf("words of product %d, ", i%7), 60+i%200)))
	}
	for i := range 2500 {
		for _, f := range []string{"name", "last_login", "age"} {
			put(fmt.Sprintf("user:%d:%s", i, f), text(fmt.Sprint(f, i)))
		}
	}
	for i := range 900 {
		put(fmt.Sprintf("cart:%d", i), rdbtest.HashListpack(rdbtest.NewListpack("items", strings.Repeat("x", i%50), "last_update", fmt.Sprint(1_700_000_000+i)).Str()))
		put(fmt.Sprintf("tag:%d", i), rdbtest.Set(rdbtest.Strs("a", fmt.Sprint("b", i))...))
	}
	rnd.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// ProbeDump writes the keys to a dump.
func ProbeDump(parts []ProbePart) []byte {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.6").Aux("ctime", "1763700000").SelectDB(0)
	for _, p := range parts {
		w.Put(p.Key, p.Value)
	}
	return w.EOF().Bytes()
}

// ProbeSummary analyses such a dump; change may be nil.
func ProbeSummary(t *testing.T, name string, parts []ProbePart, change func(*data.Config), b ...state.Bounds) *state.Summary {
	t.Helper()
	cfg := data.Config{Settings: memory.DefaultConfig()}
	if change != nil {
		change(&cfg)
	}
	s, err := collect.AnalyzeWithin(context.Background(), data.Input{Name: name, Reader: bytes.NewReader(ProbeDump(parts))}, &cfg, within(b))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Unsourced returns the keys of a summary without their sources, which are all that
// differs between parts and whole.
func Unsourced(s *state.Summary) state.KeyState {
	k := s.Keys
	k.Probes, k.Entities, k.Values = state.MergeProbes(k.Probes), state.MergeEntities(k.Entities), state.MergeValues(s.Bounds, k.Values)
	for i := range k.Probes {
		for j := range k.Probes[i].Keys {
			k.Probes[i].Keys[j].Key.Source = ""
		}
	}
	for i := range k.Entities {
		for j := range k.Entities[i].Entities {
			k.Entities[i].Entities[j].Key.Source = ""
		}
	}
	for i := range k.Values.Values {
		k.Values.Values[i].Example.Source = ""
	}
	for i := range k.Values.Holders {
		for j := range k.Values.Holders[i].Keys {
			k.Values.Holders[i].Keys[j].Key.Source = ""
		}
	}
	return k
}
