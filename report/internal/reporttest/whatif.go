package reporttest

import "github.com/rdblens/rdblens/aggregate"

// Comparisons are made by hand, by the name of their Golden files.
var Comparisons = map[string]func() *aggregate.WhatIf{
	"whatif-shop":    ShopComparison,
	"whatif-partial": PartialComparison,
	"whatif-zero":    func() *aggregate.WhatIf { return &aggregate.WhatIf{} },
}

// ShopComparison has settings, an upgrade and a curve.
func ShopComparison() *aggregate.WhatIf {
	packed := aggregate.PackedCost{Keys: 9_700_000, Longest: 9_101, ScannedMax: 128, ScannedMean: 12_5000}
	more := aggregate.PackedCost{Keys: 9_790_000, Longest: 71_004, ScannedMax: 1_000, ScannedMean: 17_2500}
	carts := aggregate.TypeOutcome{Type: "hash", Keys: 9_800_000, KeysChanged: 90_000, MemoryBefore: 4_187_593_113, MemoryAfter: 3_987_593_113, Saves: 200_000_000,
		SavesResident: 201_000_000, EncodingsBefore: map[string]int64{"listpack": 9_700_000, "hashtable": 100_000},
		EncodingsAfter: map[string]int64{"listpack": 9_790_000, "hashtable": 10_000}}
	other := aggregate.TypeOutcome{Type: "mixed", Keys: 22_402_118, MemoryBefore: 7_602_406_887, MemoryAfter: 7_602_406_887,
		EncodingsBefore: map[string]int64{"raw": 22_402_118}, EncodingsAfter: map[string]int64{"raw": 22_402_118}}
	strs := other
	strs.Type = "string"
	up := strs
	up.MemoryAfter, up.Saves, up.SavesError, up.SavesResident = 7_702_406_887, -100_000_000, 40_960, 300_000_000
	source := source("shop-2026-11-20.rdb", 32_202_118, 6_657_199_309)
	source.Model.Reason = "redis-ver 7.2.4"
	return &aggregate.WhatIf{
		Schema: aggregate.WhatIfSchema, Tool: aggregate.Tool{Name: "rdblens", Version: "1.0.0"}, Basis: "after each server has loaded the dump with its settings",
		Model:    aggregate.BaselineModel{Server: "redis-7.2", Allocator: "jemalloc", Config: map[string]string{}},
		Sources:  []aggregate.Source{source},
		Baseline: aggregate.Baseline{Keys: 32_202_118, Memory: 11_790_000_000, MemoryError: 40_960, Resident: 11_832_000_000, UsedMemory: at[int64](12_573_973_152)},
		Scenarios: []aggregate.ScenarioResult{
			{
				Name: "hash-max-listpack-entries=1024", Server: "redis-7.2", Settings: []aggregate.Setting{{Name: "hash-max-listpack-entries", Value: "1024"}},
				Config: map[string]string{"hash-max-listpack-entries": "1024"}, Keys: 32_202_118, KeysChanged: 90_000,
				MemoryBefore: 11_790_000_000, MemoryAfter: 11_590_000_000, Saves: 200_000_000, SavesResident: 201_000_000,
				UsedMemoryBefore: at[int64](12_573_973_152), UsedMemoryAfter: at[int64](12_372_973_152), SavesUsedMemory: at[int64](201_000_000),
				ByType:    []aggregate.TypeOutcome{carts, strs},
				ByPattern: []aggregate.PatternChange{{Pattern: "cart:{int}", Match: "cart:*", TypeOutcome: carts}, {Pattern: "[other]", TypeOutcome: other}},
				Costs: []aggregate.Cost{{Type: "hash", KeysChanged: 90_000, Before: packed, After: more, Conversions: []aggregate.Conversion{
					{From: "hashtable", To: "listpack", Keys: 90_000, MemoryBefore: 900_000_000, MemoryAfter: 700_000_000,
						PackedCost: aggregate.PackedCost{Keys: 90_000, Longest: 71_004, ScannedMax: 1_000, ScannedMean: 380_0500}}}}},
			},
			{
				Name: "valkey-8.1", Server: "valkey-8.1", Keys: 32_202_118, MemoryBefore: 11_790_000_000, MemoryAfter: 11_890_000_000, Saves: -100_000_000,
				SavesError: 40_960, SavesResident: 300_000_000, UsedMemoryBefore: at[int64](12_573_973_152), UsedMemoryAfter: at[int64](12_073_973_152),
				SavesUsedMemory: at[int64](500_000_000), ByType: []aggregate.TypeOutcome{up, carts},
				ByPattern: []aggregate.PatternChange{{Pattern: "session:{uuid}", Match: "session:*", TypeOutcome: up}},
			},
		},
		Sweeps: []aggregate.SweepResult{{Setting: "hash-max-listpack-entries", Type: "hash", InForce: 512, Knee: at[int64](1024), Points: []aggregate.SweepPoint{
			{Value: 256, Memory: 12_000_000_000, Saves: -210_000_000, KeysChanged: 12_000, PackedCost: aggregate.PackedCost{Keys: 9_688_000, Longest: 4_000, ScannedMax: 64, ScannedMean: 9_9999}},
			{Value: 512, Memory: 11_790_000_000, PackedCost: packed},
			{Value: 1024, Memory: 11_590_000_000, Saves: 200_000_000, SavesResident: 201_000_000, KeysChanged: 90_000, PackedCost: more},
			{Value: 2048, Memory: 11_580_000_000, Saves: 210_000_000, SavesResident: 211_000_000, KeysChanged: 91_000, PackedCost: more},
		}}},
		PatternsTotal: 1_847,
		Warnings:      []aggregate.Warning{{Code: "no-effect", Text: "array-slice-size has no effect on redis-7.2", Count: 1}},
	}
}

// PartialComparison is of a damaged source with hostile names.
func PartialComparison() *aggregate.WhatIf {
	w := ShopComparison()
	w.Partial, w.Baseline.UsedMemory, w.Filters = true, nil, aggregate.Filters{Match: []string{"cart:*"}}
	w.Sources[0].Error, w.Sources[0].ErrorOffset = "truncated at offset 4096", at[int64](4096)
	for i := range w.Scenarios {
		s := &w.Scenarios[i]
		s.UsedMemoryBefore, s.UsedMemoryAfter, s.SavesUsedMemory = nil, nil, nil
	}
	w.Scenarios[0].Name = "=cmd|' /C calc'!A0"
	w.Scenarios[0].ByPattern[0].Pattern = "\x1b[31mred\u202e:{int}"
	w.Sweeps[0].Knee = nil
	return w
}
