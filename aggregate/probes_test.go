package aggregate

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// probePart is a record of a dump under construction.
type probePart struct {
	key   string
	value rdbtest.Value
}

// probeParts makes keys of all kinds that probes look at: more of some strata
// than are kept, large and small values, entities whose strings are in any
// order.
func probeParts(rnd *rand.Rand) (out []probePart) {
	put := func(key string, v rdbtest.Value) { out = append(out, probePart{key, v}) }
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

func probeDump(parts []probePart) []byte {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.6").Aux("ctime", "1763700000").SelectDB(0)
	for _, p := range parts {
		w.Put(p.key, p.value)
	}
	return w.EOF().Bytes()
}

func probeSummary(t *testing.T, name string, parts []probePart, change func(*Config)) *Summary {
	t.Helper()
	cfg := Config{Settings: memory.DefaultConfig()}
	if change != nil {
		change(&cfg)
	}
	s, err := Analyze(context.Background(), Input{Name: name, Reader: bytes.NewReader(probeDump(parts))}, &cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The source of a key is the only thing that differs between parts and whole.
func unsourced(s *Summary) keyState {
	k := s.keys
	k.Probes, k.Entities, k.Values = mergeProbes(k.Probes), mergeEntities(k.Entities), mergeValues(k.Values)
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

// TestProbesMerge: the samples of parts are the samples of the whole, however
// keys are divided and ordered, and so is what they say.
func TestProbesMerge(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 1))
	all := probeParts(rnd)
	whole := unsourced(probeSummary(t, "whole", all, nil))
	cut := 0
	for i := range whole.Probes {
		if whole.Probes[i].Cut {
			cut++
		}
	}
	if cut < 3 || len(whole.Entities) == 0 {
		t.Fatalf("%d strata are cut, %d strata of entities; the test needs some of both", cut, len(whole.Entities))
	}
	for round := range 3 / stride(3) {
		rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		var parts []*Summary
		for rest := all; len(rest) > 0; {
			n := min(len(rest), 1+rnd.IntN(9000))
			parts = append(parts, probeSummary(t, fmt.Sprintf("part-%d", len(parts)), rest[:n], nil))
			rest = rest[n:]
		}
		rnd.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		merged, err := Merge(parts...)
		if err != nil {
			t.Fatal(err)
		}
		got := unsourced(merged)
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
	all := probeParts(rand.New(rand.NewPCG(6, 2)))
	with := probeSummary(t, "x", all, nil).keys
	without := probeSummary(t, "x", all, func(c *Config) { c.NoAdvice = true }).keys
	if len(with.Probes) == 0 || len(without.Probes) != 0 || len(without.Entities) != 0 || len(without.Values.Values)+len(without.Values.Holders) != 0 {
		t.Fatalf("%d and %d strata", len(with.Probes), len(without.Probes))
	}
	with.Probes, with.Entities, with.Values = nil, nil, valueSample{}
	if !reflect.DeepEqual(without, with) {
		t.Error("figures differ")
	}
}

// TestNoValueInSummary: nothing of a value is kept unless that is asked for.
func TestNoValueInSummary(t *testing.T) {
	const secret = "s3cr3t-value-of-somebody"
	parts := []probePart{
		{"a:1", rdbtest.String(rdbtest.Plain(secret))},
		{"b:1", rdbtest.String(rdbtest.Plain(`{"` + secret + `": "` + secret + `"}`))},
		{"c:1", rdbtest.HashListpack(rdbtest.NewListpack("field", secret, secret, "12").Str())},
		{"d:1:name", rdbtest.String(rdbtest.Plain(secret))},
	}
	for _, show := range []bool{false, true} {
		s := probeSummary(t, "x", parts, func(c *Config) { c.ShowValues = show })
		text := fmt.Sprintf("%+v %+v %+v", s.keys.Probes, s.keys.Entities, s.keys.Values)
		if strings.Contains(text, secret) != show {
			t.Errorf("show values %v: %.300s", show, text)
		}
	}
}

// TestStrata: numbers and hexadecimal digits make no strata of their own.
func TestStrata(t *testing.T) {
	split := newSplitter(DefaultSeparators, 0)
	in := func(l parser.DataType, key string) uint32 {
		split.split([]byte(key))
		return stratumOf(l, split.words)
	}
	of := func(key string) uint32 { return in(parser.DataTypeString, key) }
	for _, same := range [][2]string{
		{"session:d771ef03-1e4f", "session:c7aec9a3-02c8"}, {"user:1:name", "user:22:email"}, {"session:beef-1", "session:1"},
		{"a1:x", "b2:x"}, {"application:users:1", "application:users:2"}, {"tenant42:cart:1", "tenant7:cart:9"},
	} {
		if of(same[0]) != of(same[1]) {
			t.Errorf("%q and %q are in two strata", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{"user:1", "cart:1"}, {"app:user:1", "app:cart:1"}, {"session:1", "sessions:1"}, {"applicat:1", "user:1"}, {"Session:1", "session:1"}} {
		if of(other[0]) == of(other[1]) {
			t.Errorf("%q and %q are in one stratum", other[0], other[1])
		}
	}
	for _, key := range []string{"", ":", "::", "{}", "a", "\xff\xfe:\x00", strings.Repeat("x", 100), strings.Repeat("abc:", 9)} {
		if n := of(key); !holdsStrings(int(n)) {
			t.Errorf("%q: stratum %d is one of other types", key, n)
		}
		if n := in(parser.DataTypeHash, key); holdsStrings(int(n)) || n >= probeStrata {
			t.Errorf("%q: stratum %d is none of hashes", key, n)
		}
	}
}

// TestStratumLimits: they only fall as strata get keys, and what they let in
// together is bounded.
func TestStratumLimits(t *testing.T) {
	lastKeys, lastBytes := math.MaxInt, math.MaxInt
	for used := 1; used <= probeStrata; used++ {
		keys, bytes := stratumLimits(0, used)
		if keys > lastKeys || bytes > lastBytes || keys < minStratum || bytes < minStratumBytes {
			t.Errorf("%d strata: %d keys and %d bytes after %d and %d", used, keys, bytes, lastKeys, lastBytes)
		}
		if n := keys * used; n > probeKeys {
			t.Errorf("%d strata keep %d keys", used, n)
		}
		lastKeys, lastBytes = keys, bytes
	}
	// Random words fill all strata of strings: the sample stays small.
	if keys, _ := stratumLimits(0, probeStrata/2); keys*probeStrata/2 > probeKeys/2 {
		t.Errorf("%d keys in each of %d strata", keys, probeStrata/2)
	}
}

func TestShortNames(t *testing.T) {
	split := newSplitter(DefaultSeparators, 0)
	for key, want := range map[string]string{
		"application:users:profiles:user_id:12:settings": "u:{int}:s",
		"session:12": "s:{int}", "user:7:name": "u:{int}:n", "cache:page:3": "p:{int}", "leaderboard": "l", "42": "{int}",
		"a:b:c": "c", "user:": "", "user::7": ":{int}", "été:7": "é:{int}",
	} {
		edges := split.split([]byte(key))
		if got := string(appendShort(nil, edges, []byte(key))); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	for key, want := range map[string]int64{"application:users:profiles:user_id:12:settings": 6, "session:12": 4, "42": 2, "user42": 3, "user:": 0, "été:7": 4} {
		if got := shortLength([]byte(key), split.split([]byte(key))); got != want {
			t.Errorf("%s: %d bytes, want %d", key, got, want)
		}
	}
}
