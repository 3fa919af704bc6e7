package aggregate_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// demoWith analyses the demo with what its server is said to have said.
func demoWith(t *testing.T, name string, live *aggregate.LiveInput, cfg *aggregate.Config) *aggregate.Summary {
	t.Helper()
	f, err := os.Open("../testdata/demo.rdb")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: name, Reader: f, Live: live}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func liveInput() *aggregate.LiveInput {
	return &aggregate.LiveInput{
		Figures: map[string]int64{
			"used_memory": 20_000_000, "used_memory_startup": 876_112, "used_memory_rss": 30_000_000, "mem_clients_normal": 3600,
			"connected_clients": 2, "mem_replication_backlog": 1 << 20, "keyspace_hits": 3, "keyspace_misses": 1, "keys": 40_644,
			"no_such_figure": 5, "allocator_allocated": 20_100_000, "allocator_active": 22_000_000, "allocator_resident": 25_000_000,
		},
		Words:    map[string]string{"mem_allocator": "jemalloc-5.3.0", "redis_version": "7.0.15", "requirepass": "secret"},
		Settings: []aggregate.Setting{{Name: "maxmemory", Value: "40000000"}, {Name: "hash-max-listpack-entries", Value: "64"}},
	}
}

// TestLiveReconciles: the terms add up to used_memory, under the allocator that INFO
// names, and the settings of the server are those of the model and of the advice.
func TestLiveReconciles(t *testing.T) {
	r := demoWith(t, "demo.rdb", liveInput(), nil).Report()
	v := r.Live
	if v == nil || v.Reconciliation == nil {
		t.Fatal("nothing was reconciled")
	}
	var sum int64
	for _, x := range v.Reconciliation.Terms {
		sum += x.Bytes
	}
	if sum != v.UsedMemory || v.UsedMemory != 20_000_000 {
		t.Errorf("terms add up to %d of %d", sum, v.UsedMemory)
	}
	debian := demoWith(t, "demo.rdb", nil, &aggregate.Config{Allocator: 1, Settings: settings(t, "maxmemory", "40000000", "hash-max-listpack-entries", "64")}).Report()
	if got := v.Reconciliation.Terms[0].Bytes; v.Reconciliation.Allocator != "jemalloc-debian" || got != debian.Totals.Resident {
		t.Errorf("keys and values %d under %s, %d by --allocator", got, v.Reconciliation.Allocator, debian.Totals.Resident)
	}
	if want := v.UsedMemory - v.Reconciliation.RestartUsedMemory; v.Reconciliation.RestartSaves != want || want <= 0 {
		t.Errorf("a restart saves %d, %d before less %d after", v.Reconciliation.RestartSaves, v.UsedMemory, v.Reconciliation.RestartUsedMemory)
	}
	if c := r.Sources[0].Model.Config; c["maxmemory"] != "40000000" || c["hash-max-listpack-entries"] != "64" || r.Facts.Settings["maxmemory"] != 40_000_000 {
		t.Errorf("model %v, advice %v", c, r.Facts.Settings)
	}
	if f := v.Fragmentation; f.Allocator != 1_900_000 || f.Retained != 3_000_000 || f.Process != 5_000_000 || *v.Use.HitRate != 7500 {
		t.Errorf("%+v %+v", f, v.Use)
	}
	for _, s := range r.Unknowable {
		if strings.Contains(s, "fragmentation") || strings.Contains(s, "hit rate") || strings.Contains(s, "maxmemory") {
			t.Errorf("not known: %s", s)
		}
	}
	if b, err := json.Marshal(r); err != nil || bytes.Contains(b, []byte("secret")) {
		t.Errorf("a word that nobody asked for is in the report (%v)", err)
	}
	if !slices.ContainsFunc(r.Warnings, func(w aggregate.Warning) bool { return w.Code == "live-allocator" }) {
		t.Errorf("no word of the allocator: %v", r.Warnings)
	}
	filtered := demoWith(t, "demo.rdb", liveInput(), &aggregate.Config{Filters: aggregate.Filters{Type: []string{"hash"}}}).Report()
	if filtered.Live == nil || filtered.Live.Reconciliation != nil || filtered.Totals.Allocators != nil {
		t.Error("a part of the keys is held against all of used_memory")
	}
}

// settings are those of name, value, …
func settings(t *testing.T, pairs ...string) (c memory.Config) {
	t.Helper()
	c = memory.DefaultConfig()
	for i := 0; i < len(pairs); i += 2 {
		if _, err := c.Set(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// TestLiveMerges: what servers said travels in the parts of their sources.
func TestLiveMerges(t *testing.T) {
	other := liveInput()
	other.Figures["used_memory"], other.Words["maxmemory_policy"] = 21_000_000, "allkeys-lru"
	a, b := demoWith(t, "a.rdb", liveInput(), nil), demoWith(t, "b.rdb", other, nil)
	whole, err := aggregate.Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	var parts []*aggregate.Part
	for _, s := range []*aggregate.Summary{b, a} {
		var file bytes.Buffer
		if err := aggregate.WritePart(&file, &aggregate.Part{Summary: s}); err != nil {
			t.Fatal(err)
		}
		p, err := aggregate.ReadPart(&file)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p)
	}
	merged, err := aggregate.MergeParts(parts...)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(whole.Report())
	if got, _ := json.Marshal(merged.Summary.Report()); !bytes.Equal(got, want) {
		t.Error("the parts tell another story than the sources")
	}
	v := whole.Report().Live
	if v.UsedMemory != 41_000_000 || v.Policy != "" || v.Server != "redis 7.0.15" || len(v.Sources) != 2 || v.Reconciliation == nil {
		t.Errorf("%+v", v)
	}
	half, err := aggregate.Merge(a, demoWith(t, "b.rdb", nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if v := half.Report().Live; v == nil || v.Reconciliation != nil || len(v.Sources) != 1 {
		t.Errorf("with one of two: %+v", v)
	}
}
