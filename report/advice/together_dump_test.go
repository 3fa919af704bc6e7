package advice_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/report/advice"
)

// TestSettingsTogether: what settings that belong together save is what whatif
// computes for both of them, keys over both limits included, and each byte once.
func TestSettingsTogether(t *testing.T) {
	planted := newPlanter()
	for i := range 60 {
		planted.table(fmt.Sprintf("many:%d", i), 600+i, 9) // over the limit on entries
		planted.table(fmt.Sprintf("long:%d", i), 40, 80)   // over that on their length
		planted.table(fmt.Sprintf("both:%d", i), 700, 100)
	}
	only := newPlanter()
	for i := range 60 {
		only.table(fmt.Sprintf("both:%d", i), 700, 80) // neither limit alone does anything
	}
	demo, err := os.ReadFile("../../testdata/demo.rdb")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dump []byte
		two  bool
	}{"planted": {planted.EOF().Bytes(), true}, "only both": {only.EOF().Bytes(), true}, "demo": {demo, true}} {
		t.Run(name, func(t *testing.T) {
			read := func(scenarios []aggregate.Scenario) *aggregate.Summary {
				cfg := &aggregate.Config{Server: "auto", Allocator: memory.Jemalloc, Settings: memory.DefaultConfig(), Separators: ":./|", Top: 20, Scenarios: scenarios}
				s, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: "d.rdb", Reader: bytes.NewReader(c.dump), Size: int64(len(c.dump))}, cfg)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			got, _ := advice.Suggest(read(nil).Report(), advice.Options{})
			two := false
			for _, s := range got {
				settings, ok := s.Evidence.Value("settings").([]string)
				if !ok || s.ID != "R04" && s.ID != "R05" {
					continue
				}
				two = two || len(settings) == 2
				scenario := aggregate.Scenario{Name: "both"}
				for i, name := range settings {
					scenario.Settings = append(scenario.Settings, aggregate.Setting{Name: name, Value: fmt.Sprint(s.Evidence.Value("values_new").([]int64)[i])})
				}
				w := read([]aggregate.Scenario{scenario}).WhatIf()
				if *s.Saves != w.Scenarios[0].Saves || s.Keys != w.Scenarios[0].KeysChanged || *s.SavesUsedMemory != w.Scenarios[0].SavesResident {
					t.Errorf("%s: %d keys, saves %d, %d allocated; whatif %d, %d, %d", s.Title, s.Keys, *s.Saves, *s.SavesUsedMemory,
						w.Scenarios[0].KeysChanged, w.Scenarios[0].Saves, w.Scenarios[0].SavesResident)
				}
				if want := "redis-cli CONFIG SET "; len(settings) == 2 {
					found := false
					for _, l := range s.Action {
						found = found || len(l) > len(want) && l[:len(want)] == want && len(bytes.Fields([]byte(l))) == 7
					}
					if !found {
						t.Errorf("%s: no command sets both: %q", s.Title, s.Action)
					}
				}
			}
			if two != c.two {
				t.Errorf("two settings in one suggestion: %v, want %v: %v", two, c.two, got)
			}
		})
	}
}
