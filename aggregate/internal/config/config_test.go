package config

import (
	"reflect"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// TestDiffer: every field of a Config that shapes a summary keeps two summaries
// apart, and is named.
func TestDiffer(t *testing.T) {
	now := data.Time(5)
	other := data.Config{
		Tool: data.Tool{Name: "x"}, Now: &now, Server: "redis-7.2", Allocator: memory.Libc, Settings: memory.Config{MaxMemory: 1}, Cluster: true, Loaded: true,
		Filters: data.Filters{DB: []int32{1}}, Separators: "#", Depth: 3, Top: 7, Groups: []data.Group{{Name: "g", Glob: "*"}}, Deep: true, NoChecksum: true, Salvage: true,
		Scenarios: []data.Scenario{{Name: "s"}}, Sweeps: []data.Sweep{{Setting: "list-compress-depth", Values: []int64{1}}}, NoAdvice: true, RowsOnly: true, ShowValues: true,
	}
	list := reflect.TypeFor[data.Config]()
	for i := range list.NumField() {
		a, err := WithDefaults(nil)
		if err != nil {
			t.Fatal(err)
		}
		b := a
		name := list.Field(i).Name
		reflect.ValueOf(&b).Elem().Field(i).Set(reflect.ValueOf(other).Field(i))
		if reflect.DeepEqual(a, b) {
			t.Fatalf("%s: the test gives it no other value", name)
		}
		m := Differ(&a, &b)
		if name == "Salvage" {
			// The sources say what was salvaged.
			if m != nil {
				t.Errorf("Salvage keeps summaries apart: %v", m)
			}
			continue
		}
		if m == nil || m.Field != name || m.What == "" {
			t.Errorf("another %s: %+v", name, m)
		}
		if m := Differ(&b, &b); m != nil {
			t.Errorf("%s: differs from itself by %+v", name, m)
		}
	}
}

// TestDefaults: nil is all defaults, and what comes back shares nothing with what
// was given.
func TestDefaults(t *testing.T) {
	none, err := WithDefaults(nil)
	if err != nil {
		t.Fatal(err)
	}
	zero, err := WithDefaults(&data.Config{})
	if err != nil || !reflect.DeepEqual(none, zero) || none.Server != data.ServerAuto || none.Top != data.DefaultTop || none.Settings != memory.DefaultConfig() {
		t.Errorf("%+v and %+v, %v", none, zero, err)
	}
	now := data.Time(9)
	in := data.Config{
		Now: &now, Filters: data.Filters{DB: []int32{3, 1, 3}, Type: []string{"set", "hash"}}, Groups: []data.Group{{Name: "a", Glob: "b"}},
		Scenarios: []data.Scenario{{Name: "s", Settings: []data.Setting{{Name: "list-compress-depth", Value: "1"}}}}, Sweeps: []data.Sweep{{Setting: "list-compress-depth", Values: []int64{2}}},
	}
	out, err := WithDefaults(&in)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := WithDefaults(&in)
	now, in.Groups[0].Name, in.Scenarios[0].Settings[0].Value, in.Sweeps[0].Values[0], in.Filters.DB[0] = 1, "", "", 0, 0
	if !reflect.DeepEqual(out, want) || !reflect.DeepEqual(out.Filters.DB, []int32{1, 3}) || !reflect.DeepEqual(out.Filters.Type, []string{"hash", "set"}) {
		t.Errorf("%+v", out)
	}
}
