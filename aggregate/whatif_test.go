package aggregate_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/memory/truth"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// compare runs the scenarios and sweeps of cfg over a dump.
func compare(t testing.TB, name string, dump []byte, cfg *aggregate.Config) *aggregate.WhatIf {
	t.Helper()
	s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: name, Reader: bytes.NewReader(dump)}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s.WhatIf()
}

func whatIfJSON(t testing.TB, w *aggregate.WhatIf) string {
	t.Helper()
	b, err := json.MarshalIndent(w, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var allTruth = sync.OnceValues(func() (map[string][]byte, error) {
	return truth.Dumps(filepath.Join("..", "testdata", "truth"), nil)
})

// settingsOf are the settings a server of the truth ran with that shape memory.
func settingsOf(t testing.TB, f *truth.File) (out []aggregate.Setting) {
	t.Helper()
	c := memory.DefaultConfig()
	for i := 0; i+1 < len(f.Config); i += 2 {
		name := strings.TrimPrefix(f.Config[i], "--")
		known, err := c.Set(name, f.Config[i+1])
		if err != nil {
			t.Fatal(err)
		}
		if known {
			out = append(out, aggregate.Setting{Name: name, Value: f.Config[i+1]})
		}
	}
	return out
}

// off returns by how many millionths a prediction is off.
func off(predicted, measured int64) int64 {
	d := predicted - measured
	return max(d, -d) * 1_000_000 / measured
}

// TestWhatIfTruth predicts, from one pass over each dump, what every server
// said that had loaded it: of other lines and with other settings. The baseline
// is the line that wrote the dump, with its defaults.
func TestWhatIfTruth(t *testing.T) {
	files, err := truth.Files(filepath.Join("..", "testdata", "truth"))
	if err != nil {
		t.Fatal(err)
	}
	dumps, err := allTruth()
	if err != nil {
		t.Fatal(err)
	}
	type pass struct {
		dump      string
		allocator memory.Allocator
	}
	passes := map[pass][]*truth.File{}
	for _, f := range files {
		p, err := f.Profile()
		if err != nil {
			t.Fatal(err)
		}
		at := pass{f.Dump, p.Allocator}
		passes[at] = append(passes[at], f)
	}
	others, settings := 0, 0
	for at, files := range passes {
		t.Run(fmt.Sprintf("%s %s", at.dump, at.allocator), func(t *testing.T) {
			cfg := &aggregate.Config{Allocator: at.allocator, Loaded: true}
			for _, f := range files {
				p, err := f.Profile()
				if err != nil {
					t.Fatal(err)
				}
				s := aggregate.Scenario{Name: f.Name, Settings: settingsOf(t, f)}
				if len(s.Settings) > 0 {
					settings++ // on the line that wrote the dump, found by auto
				} else {
					s.Server = p.Server.String()
				}
				if strings.Contains(f.Name, "--from-") {
					others++
				}
				cfg.Scenarios = append(cfg.Scenarios, s)
			}
			w := compare(t, at.dump, dumps[at.dump], cfg)
			for i, f := range files {
				r := &w.Scenarios[i]
				if want := strings.TrimSuffix(strings.TrimSuffix(f.Server, "-libc"), "-debian"); r.Server != want {
					t.Errorf("%s: sized for %s, want %s", f.Name, r.Server, want)
				}
				if r.Keys != int64(f.Keys) {
					t.Fatalf("%s: %d keys, the server had %d", f.Name, r.Keys, f.Keys)
				}
				t.Logf("%s: before %d, after %d, the server %d (%d ppm off); used_memory %d, the server %d (%d ppm off)", f.Name, r.MemoryBefore,
					r.MemoryAfter, f.Sum, off(r.MemoryAfter, f.Sum), *r.UsedMemoryAfter, f.Loaded.UsedMemory, off(*r.UsedMemoryAfter, f.Loaded.UsedMemory))
				if off(r.MemoryAfter, f.Sum) > 1000 {
					t.Errorf("%s: %d bytes predicted, the server says %d", f.Name, r.MemoryAfter, f.Sum)
				}
				if off(*r.UsedMemoryAfter, f.Loaded.UsedMemory) > 5000 {
					t.Errorf("%s: used_memory predicted as %d, the server says %d", f.Name, *r.UsedMemoryAfter, f.Loaded.UsedMemory)
				}
				judgeEncodings(t, f, r)
				adds(t, w, r)
			}
		})
	}
	if others < 6 || settings < 9 {
		t.Errorf("%d servers of other lines and %d with other settings: too few to tell", others, settings)
	}
}

// judgeEncodings holds the encodings and the sums by type of a scenario against
// the server's own.
func judgeEncodings(t *testing.T, f *truth.File, r *aggregate.ScenarioResult) {
	t.Helper()
	keys, err := f.Truth()
	if err != nil {
		t.Fatal(err)
	}
	encodings, sums := map[string]map[string]int64{}, map[string]int64{}
	for _, k := range keys {
		if encodings[k.Type] == nil {
			encodings[k.Type] = map[string]int64{}
		}
		encodings[k.Type][k.Encoding]++
		sums[k.Type] += k.Usage
	}
	for _, x := range r.ByType {
		if encodings[x.Type] == nil {
			t.Errorf("%s: the server has no %s", f.Name, x.Type)
			continue
		}
		if x.Type == "vectorset" {
			continue // a module's type; servers call all their encodings raw
		}
		if diff := gocmp.Diff(encodings[x.Type], x.EncodingsAfter); diff != "" {
			t.Errorf("%s: encodings of type %s (-server +scenario):\n%s", f.Name, x.Type, diff)
		}
		if off(x.MemoryAfter, sums[x.Type]) > 10_000 {
			t.Errorf("%s: type %s takes %d, the server says %d", f.Name, x.Type, x.MemoryAfter, sums[x.Type])
		}
	}
}

// adds checks that a scenario's rows add up to its figures.
func adds(t *testing.T, w *aggregate.WhatIf, r *aggregate.ScenarioResult) {
	t.Helper()
	total := aggregate.TypeOutcome{Keys: r.Keys, KeysChanged: r.KeysChanged, MemoryBefore: r.MemoryBefore, MemoryAfter: r.MemoryAfter,
		Saves: r.Saves, SavesResident: r.SavesResident}
	if r.MemoryBefore != w.Baseline.Memory || r.Saves != r.MemoryBefore-r.MemoryAfter {
		t.Errorf("%s: %d before, %d after, saves %d; the baseline has %d", r.Name, r.MemoryBefore, r.MemoryAfter, r.Saves, w.Baseline.Memory)
	}
	var types, patterns, converted aggregate.TypeOutcome
	for i := range r.ByType {
		addChange(&types, &r.ByType[i])
	}
	for i := range r.ByPattern {
		addChange(&patterns, &r.ByPattern[i].TypeOutcome)
	}
	for _, sum := range []aggregate.TypeOutcome{types, patterns} {
		if diff := gocmp.Diff(total, sum); diff != "" {
			t.Errorf("%s: rows do not add up: %s", r.Name, diff)
		}
	}
	for _, c := range r.Costs {
		for _, x := range c.Conversions {
			converted.KeysChanged += x.Keys
		}
	}
	if converted.KeysChanged != r.KeysChanged {
		t.Errorf("%s: %d keys change, conversions have %d", r.Name, r.KeysChanged, converted.KeysChanged)
	}
}

func addChange(sum, c *aggregate.TypeOutcome) {
	sum.Keys += c.Keys
	sum.KeysChanged += c.KeysChanged
	sum.MemoryBefore += c.MemoryBefore
	sum.MemoryAfter += c.MemoryAfter
	sum.Saves += c.Saves
	sum.SavesResident += c.SavesResident
}

// configs are settings that move keys both ways, on every kind of value.
var configs = map[string][]aggregate.Setting{
	"raise":  {{Name: "hash-max-listpack-entries", Value: "2048"}, {Name: "zset-max-ziplist-value", Value: "1kb"}, {Name: "set-max-intset-entries", Value: "4096"}},
	"lower":  {{Name: "hash-max-listpack-entries", Value: "8"}, {Name: "zset-max-listpack-entries", Value: "4"}, {Name: "set-max-intset-entries", Value: "3"}, {Name: "set-max-listpack-entries", Value: "2"}},
	"lists":  {{Name: "list-max-listpack-size", Value: "-1"}, {Name: "list-compress-depth", Value: "1"}},
	"policy": {{Name: "maxmemory", Value: "4gb"}, {Name: "maxmemory-policy", Value: "allkeys-lru"}},
	"array":  {{Name: "array-slice-size", Value: "256"}, {Name: "array-sparse-kmax", Value: "2"}},
}

// TestWhatIfIsReport: a scenario says what a report says that is told the same
// server and settings, and the baseline what one says that is told nothing.
func TestWhatIfIsReport(t *testing.T) {
	dumps, err := allTruth()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"redis-8.8.rdb", "valkey-9.1.rdb", "redis-6.2.rdb", "redis-7.4.rdb"}
	if testing.Short() {
		names = names[:1]
	}
	for _, name := range names {
		dump := dumps[name]
		cfg := &aggregate.Config{Top: 1 << 20, Server: "auto"}
		for _, s := range []string{"redis-6.2", "redis-7.0", "redis-7.4", "redis-8.8", "valkey-8.1", "valkey-9.1"} {
			cfg.Scenarios = append(cfg.Scenarios, aggregate.Scenario{Name: s, Server: s})
		}
		for c, changes := range configs {
			cfg.Scenarios = append(cfg.Scenarios, aggregate.Scenario{Name: c, Settings: changes},
				aggregate.Scenario{Name: c + " there", Server: "redis-8.4", Settings: changes})
		}
		w := compare(t, name, dump, cfg)
		report := func(server string, changes []aggregate.Setting) *aggregate.Report {
			c := aggregate.Config{Top: 1 << 20, Server: cmp.Or(server, "auto"), Settings: memory.DefaultConfig()}
			for _, x := range changes {
				if _, err := c.Settings.Set(x.Name, x.Value); err != nil {
					t.Fatal(err)
				}
			}
			s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: name, Reader: bytes.NewReader(dump)}, &c)
			if err != nil {
				t.Fatal(err)
			}
			return s.Report()
		}
		base := report("", nil)
		got := [3]int64{w.Baseline.Keys, w.Baseline.Memory, *w.Baseline.UsedMemory}
		if want := [3]int64{base.Totals.Keys, base.Totals.Memory, *base.Totals.PredictedUsedMemory}; got != want {
			t.Errorf("%s: the baseline has %d, a report %d", name, got, want)
		}
		for i, s := range cfg.Scenarios {
			r, want := &w.Scenarios[i], report(s.Server, s.Settings)
			if r.MemoryAfter != want.Totals.Memory || *r.UsedMemoryAfter != *want.Totals.PredictedUsedMemory ||
				w.Baseline.Resident-r.SavesResident != want.Totals.Resident {
				t.Errorf("%s, %s: %d and %d, a report says %d and %d", name, s.Name, r.MemoryAfter, *r.UsedMemoryAfter,
					want.Totals.Memory, *want.Totals.PredictedUsedMemory)
			}
			patterns := map[[2]string]aggregate.PatternRow{}
			for _, p := range want.Facts.Patterns {
				patterns[[2]string{p.Pattern, p.Type}] = p.PatternRow
			}
			if len(patterns) != len(r.ByPattern) {
				t.Errorf("%s, %s: %d patterns, a report has %d", name, s.Name, len(r.ByPattern), len(patterns))
			}
			for _, p := range r.ByPattern {
				x := patterns[[2]string{p.Pattern, p.Type}]
				if p.MemoryAfter != x.Memory || p.Keys != x.Keys || !gocmp.Equal(p.EncodingsAfter, x.Encodings) {
					t.Errorf("%s, %s: %s %s takes %d, %v; a report says %d, %v", name, s.Name, p.Pattern, p.Type, p.MemoryAfter, p.EncodingsAfter, x.Memory, x.Encodings)
				}
			}
			adds(t, w, r)
		}
	}
}

// sweeps has a curve of each setting that is swept.
var sweeps = []aggregate.Sweep{
	{Setting: "hash-max-listpack-entries", Values: []int64{0, 16, 64, 128, 512, 1024, 4096}},
	{Setting: "hash-max-listpack-value", Values: []int64{0, 16, 64, 128, 512}},
	{Setting: "zset-max-listpack-entries", Values: []int64{0, 16, 64, 128, 512, 4096}},
	{Setting: "zset-max-listpack-value", Values: []int64{0, 16, 64, 128, 512}},
	{Setting: "set-max-intset-entries", Values: []int64{0, 64, 512, 1024, 4096}},
	{Setting: "set-max-listpack-entries", Values: []int64{0, 16, 128, 512}},
	{Setting: "set-max-listpack-value", Values: []int64{0, 16, 64, 128}},
	{Setting: "list-max-listpack-size", Values: []int64{-1, -2, -3, -4, -5}},
	{Setting: "list-compress-depth", Values: []int64{0, 1, 2, 3}},
}

// TestSweeps: each point of a curve is the scenario of that value, and raising
// a limit of a packed encoding packs more keys, in longer blobs.
func TestSweeps(t *testing.T) {
	dumps, err := allTruth()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"redis-6.2.rdb", "valkey-8.1.rdb", "redis-7.4.rdb", "redis-8.6.rdb"}[:4/keytest.Stride(4)] {
		w := compare(t, name, dumps[name], &aggregate.Config{Sweeps: sweeps})
		packed := int64(0)
		for i, s := range sweeps {
			curve := w.Sweeps[i]
			single := &aggregate.Config{}
			for _, v := range s.Values {
				single.Scenarios = append(single.Scenarios, aggregate.Scenario{Name: fmt.Sprint(v),
					Settings: []aggregate.Setting{{Name: s.Setting, Value: fmt.Sprint(v)}}})
			}
			alone := compare(t, name, dumps[name], single)
			for j, p := range curve.Points {
				r := &alone.Scenarios[j]
				if p.Value != s.Values[j] || p.Memory != r.MemoryAfter || p.Saves != r.Saves || p.KeysChanged != r.KeysChanged ||
					p.SavesResident != r.SavesResident || p.SavesError != r.SavesError {
					t.Errorf("%s: %s %d is %+v; alone %d, saves %d, %d keys", name, s.Setting, p.Value, p, r.MemoryAfter, r.Saves, r.KeysChanged)
				}
				if len(r.Costs) > 1 || len(r.Costs) == 1 && (r.Costs[0].Type != curve.Type || r.Costs[0].After != p.PackedCost) {
					t.Errorf("%s: %s %d costs %+v, alone %+v", name, s.Setting, p.Value, p.PackedCost, r.Costs)
				}
				if p.Value == curve.InForce && (p.Saves != 0 || p.KeysChanged != 0) {
					t.Errorf("%s: %s saves %d at the value in force", name, s.Setting, p.Saves)
				}
				if j == 0 || strings.HasPrefix(s.Setting, "list-") {
					continue
				}
				last := curve.Points[j-1]
				if p.Keys < last.Keys || p.Longest < last.Longest || p.ScannedMax < last.ScannedMax {
					t.Errorf("%s: %s from %d to %d packs less: %+v, %+v", name, s.Setting, last.Value, p.Value, last.PackedCost, p.PackedCost)
				}
				// Nearly: a table that a hash becomes at a long value is made larger
				// or smaller by where that stands.
				if p.Saves < last.Saves && (p.Keys > last.Keys || !strings.HasPrefix(s.Setting, "hash-max-listpack-value")) {
					t.Errorf("%s: %s from %d to %d saves less: %d, %d", name, s.Setting, last.Value, p.Value, last.Saves, p.Saves)
				}
				packed += p.Keys - last.Keys
			}
		}
		if packed == 0 {
			t.Errorf("%s: no value of any setting packs a key", name)
		}
	}
}

// TestWhatIfMerge: several sources add up in any order, each with the line of
// its own.
func TestWhatIfMerge(t *testing.T) {
	dumps, err := allTruth()
	if err != nil {
		t.Fatal(err)
	}
	cfg := &aggregate.Config{Sweeps: sweeps[:2], Scenarios: []aggregate.Scenario{
		{Name: "raise", Settings: configs["raise"]}, {Name: "new", Server: "redis-8.8"}, {Name: "lists", Settings: configs["lists"]},
	}}
	names := []string{"redis-6.2.rdb", "redis-7.4.rdb", "valkey-8.1.rdb"}
	parts := map[string]*aggregate.Summary{}
	var before, after, used [3]int64
	for _, n := range names {
		s, _, err := analyze(t, n, dumps[n], cfg)
		if err != nil {
			t.Fatal(err)
		}
		parts[n] = s
		for i, r := range s.WhatIf().Scenarios {
			before[i] += r.MemoryBefore
			after[i] += r.MemoryAfter
			used[i] += *r.UsedMemoryAfter
		}
	}
	want := ""
	for _, p := range [][3]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		two, err := aggregate.Merge(parts[names[p[0]]], parts[names[p[1]]])
		if err != nil {
			t.Fatal(err)
		}
		all, err := aggregate.Merge(parts[names[p[2]]], two)
		if err != nil {
			t.Fatal(err)
		}
		w := all.WhatIf()
		got := whatIfJSON(t, w)
		if want == "" {
			want = got
		}
		if got != want {
			t.Fatalf("order %v: %s", p, gocmp.Diff(want, got))
		}
		for i := range w.Scenarios {
			r := &w.Scenarios[i]
			if r.MemoryBefore != before[i] || r.MemoryAfter != after[i] || *r.UsedMemoryAfter != used[i] {
				t.Errorf("%s: %d, %d, %d; the sources add up to %d, %d, %d", r.Name, r.MemoryBefore, r.MemoryAfter, *r.UsedMemoryAfter, before[i], after[i], used[i])
			}
			adds(t, w, r)
		}
		if w.Model.Server != aggregate.MixedServers || w.Scenarios[0].Server != aggregate.MixedServers || w.Scenarios[1].Server != "redis-8.8" {
			t.Errorf("servers: %s, %s, %s", w.Model.Server, w.Scenarios[0].Server, w.Scenarios[1].Server)
		}
	}
	other := *cfg
	other.Scenarios = cfg.Scenarios[:1]
	s, _, err := analyze(t, "other", dumps[names[0]], &other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := aggregate.Merge(s, parts[names[1]]); err == nil || !strings.Contains(err.Error(), "scenarios") {
		t.Errorf("parts of different scenarios: %v", err)
	}
}

// planted is a dump with values around the limits whose costs are known.
func planted() []byte {
	w := rdbtest.Redis(12).Aux("redis-ver", "7.4.1").Aux("ctime", "1790000000").SelectDB(0)
	fields := func(n int) rdbtest.Value {
		var s []rdbtest.Str
		for i := range n {
			s = append(s, rdbtest.Plain(fmt.Sprintf("field%05d", i)), rdbtest.Plain("value"))
		}
		return rdbtest.Hash(s...)
	}
	members := func(n int) rdbtest.Value {
		var s []rdbtest.Str
		for i := range n {
			s = append(s, rdbtest.Plain(fmt.Sprint(100000+i)))
		}
		return rdbtest.Set(s...)
	}
	for i, n := range []int{100, 513, 700, 1000, 1025} {
		w.Put(fmt.Sprintf("cart:%d", i), fields(n))
	}
	for i, n := range []int{10, 600, 1000} {
		w.Put(fmt.Sprintf("ids:%d", i), members(n))
	}
	return w.Put("name", rdbtest.String(rdbtest.Plain("x"))).EOF().Bytes()
}

// TestCosts: the cost side of a planted dump is what was planted.
func TestCosts(t *testing.T) {
	w := compare(t, "planted.rdb", planted(), &aggregate.Config{
		Scenarios: []aggregate.Scenario{
			{Name: "raise", Settings: []aggregate.Setting{{Name: "hash-max-ziplist-entries", Value: "1024"}, {Name: "set-max-intset-entries", Value: "1024"}}},
			{Name: "lower", Settings: []aggregate.Setting{{Name: "hash-max-listpack-entries", Value: "64"}}},
		},
		Sweeps: []aggregate.Sweep{{Setting: "hash-max-listpack-entries", Values: []int64{64, 128, 256, 512, 1024, 2048, 4096}}},
	})
	// A pair is a field of 1+10+1 and a value of 1+5+1 bytes; header and end are 7.
	pairs := func(n int64) int64 { return 7 + 19*n }
	raise := &w.Scenarios[0]
	wantHash := aggregate.Cost{
		Type: "hash", KeysChanged: 3,
		Before: aggregate.PackedCost{Keys: 1, Longest: pairs(100), ScannedMax: 100, ScannedMean: 50_5000},
		After:  aggregate.PackedCost{Keys: 4, Longest: pairs(1000), ScannedMax: 1000, ScannedMean: aggregate.RatioOf(101+514+701+1001, 8)},
		Conversions: []aggregate.Conversion{{From: "hashtable", To: "listpack", Keys: 3,
			PackedCost: aggregate.PackedCost{Keys: 3, Longest: pairs(1000), ScannedMax: 1000, ScannedMean: aggregate.RatioOf(514+701+1001, 6)}}},
	}
	wantSet := aggregate.Cost{
		Type: "set", KeysChanged: 2,
		Before: aggregate.PackedCost{Keys: 1, Longest: 8 + 4*10, ScannedMax: 4, ScannedMean: 4_0000},
		After:  aggregate.PackedCost{Keys: 3, Longest: 8 + 4*1000, ScannedMax: 10, ScannedMean: 8_0000},
		Conversions: []aggregate.Conversion{{From: "hashtable", To: "intset", Keys: 2,
			PackedCost: aggregate.PackedCost{Keys: 2, Longest: 8 + 4*1000, ScannedMax: 10, ScannedMean: 10_0000}}},
	}
	var saves int64
	for i, want := range []aggregate.Cost{wantSet, wantHash} {
		if len(raise.Costs) != 2 {
			t.Fatalf("costs %+v", raise.Costs)
		}
		got := raise.Costs[i]
		for j := range got.Conversions {
			c := &got.Conversions[j]
			saves += c.MemoryBefore - c.MemoryAfter
			c.MemoryBefore, c.MemoryAfter = 0, 0
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("costs of %s (-want +got):\n%s", want.Type, diff)
		}
	}
	if saves != raise.Saves || saves <= 0 {
		t.Errorf("conversions save %d, the scenario %d", saves, raise.Saves)
	}
	lower := &w.Scenarios[1]
	if lower.KeysChanged != 1 || lower.Saves >= 0 || lower.Costs[0].Conversions[0].To != "hashtable" || lower.Costs[0].After.Keys != 0 {
		t.Errorf("lower: %+v", lower)
	}
	if p := raise.ByPattern[0]; p.Pattern != "cart:{int}" || p.Type != "hash" || p.KeysChanged != 3 ||
		!gocmp.Equal(p.EncodingsBefore, map[string]int64{"listpack": 1, "hashtable": 4}) || !gocmp.Equal(p.EncodingsAfter, map[string]int64{"listpack": 4, "hashtable": 1}) {
		t.Errorf("first pattern: %+v", p)
	}
	// 1024 packs three of the four, 2048 the last and 4096 nothing more.
	if c := w.Sweeps[0]; c.Knee == nil || *c.Knee != 2048 || c.InForce != 512 || c.Type != "hash" {
		t.Errorf("sweep: %+v", c)
	}
}

// TestWhatIfWarnings: what asks for nothing, or for what a line does not know,
// is said.
func TestWhatIfWarnings(t *testing.T) {
	w := compare(t, "planted.rdb", planted(), &aggregate.Config{
		Scenarios: []aggregate.Scenario{
			{Name: "old", Server: "redis-7.0", Settings: []aggregate.Setting{{Name: "set-max-listpack-entries", Value: "256"}}},
			{Name: "older", Server: "redis-6.2", Settings: []aggregate.Setting{{Name: "hash-max-listpack-entries", Value: "256"}}},
			{Name: "same", Settings: []aggregate.Setting{{Name: "hash-max-listpack-value", Value: "64"}}},
			{Name: "short", Settings: []aggregate.Setting{{Name: "hash-max-listpack-value", Value: "32"}}},
			{Name: "valkey", Server: "valkey-8.1", Settings: []aggregate.Setting{{Name: "list-max-listpack-size", Value: "-1"}}},
		},
		Sweeps: []aggregate.Sweep{{Setting: "array-slice-size", Values: []int64{1024, 4096}}},
	})
	var got []string
	for _, x := range w.Warnings {
		got = append(got, x.Code+" "+strings.Fields(x.Text)[0])
	}
	slices.Sort(got)
	want := []string{"in-force scenario", "list-nodes list-max-listpack-size:", "no-effect array-slice-size", "no-effect set-max-listpack-entries",
		"not-loadable redis-6.2", "not-loadable redis-7.0", "not-loadable valkey-8.1", "setting-name redis-6.2", "value-limit hash-max-listpack-value:"}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// TestWhatIfValidate: scenarios that make no sense are refused.
func TestWhatIfValidate(t *testing.T) {
	many := make([]aggregate.Scenario, 17)
	for i := range many {
		many[i].Name = fmt.Sprint(i)
	}
	for what, c := range map[string]aggregate.Config{
		"at most 16":    {Scenarios: many},
		"no name":       {Scenarios: []aggregate.Scenario{{Server: "redis-7.4"}}},
		"given twice":   {Scenarios: []aggregate.Scenario{{Name: "a"}, {Name: "a"}}},
		"redis-5.0":     {Scenarios: []aggregate.Scenario{{Name: "a", Server: "redis-5.0"}}},
		"not a setting": {Scenarios: []aggregate.Scenario{{Name: "a", Settings: []aggregate.Setting{{Name: "maxclients", Value: "1"}}}}},
		"not a number":  {Scenarios: []aggregate.Scenario{{Name: "a", Settings: []aggregate.Setting{{Name: "list-compress-depth", Value: "x"}}}}},
		"no values":     {Sweeps: []aggregate.Sweep{{Setting: "list-compress-depth"}}},
		"at most 96":    {Sweeps: []aggregate.Sweep{{Setting: "hash-max-listpack-entries", Values: make([]int64, 97)}}},
	} {
		if err := aggregate.ValidateConfig(&c); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("want an error with %q, got %v", what, err)
		}
	}
}

// TestWhatIfUnknown: what the dump does not tell is not called exact.
func TestWhatIfUnknown(t *testing.T) {
	var items []rdbtest.Str
	for i := range 3000 {
		items = append(items, rdbtest.Plain(fmt.Sprintf("item %05d of a list", i)))
	}
	dump := rdbtest.Redis(12).Aux("redis-ver", "7.4.1").SelectDB(0).Put("list", rdbtest.List(items...)).EOF().Bytes()
	w := compare(t, "list.rdb", dump, &aggregate.Config{Scenarios: []aggregate.Scenario{
		{Name: "compress", Settings: []aggregate.Setting{{Name: "list-compress-depth", Value: "1"}}},
	}})
	// Up to all but the two nodes at the ends might go.
	if r := w.Scenarios[0]; r.SavesError < r.MemoryBefore/2 || r.ByType[0].SavesError != r.SavesError {
		t.Errorf("saves %d within %d of %d", r.Saves, r.SavesError, r.MemoryBefore)
	}
}
