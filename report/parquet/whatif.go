package parquet

import (
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"github.com/rdblens/rdblens/aggregate"
)

type parquetScenario struct {
	Scenario         string            `parquet:"scenario"`
	Server           string            `parquet:"server"`
	Config           map[string]string `parquet:"config"`
	Keys             int64             `parquet:"keys"`
	KeysChanged      int64             `parquet:"keys_changed"`
	MemoryBefore     int64             `parquet:"memory_before_bytes"`
	MemoryAfter      int64             `parquet:"memory_after_bytes"`
	Saves            int64             `parquet:"saves_bytes"`
	SavesError       int64             `parquet:"saves_error_bytes"`
	SavesResident    int64             `parquet:"saves_resident_bytes"`
	UsedMemoryBefore *int64            `parquet:"used_memory_before_bytes,optional"`
	UsedMemoryAfter  *int64            `parquet:"used_memory_after_bytes,optional"`
	SavesUsedMemory  *int64            `parquet:"saves_used_memory_bytes,optional"`
}

type parquetOutcome struct {
	Scenario        string           `parquet:"scenario"`
	Pattern         string           `parquet:"pattern"`
	Match           string           `parquet:"match"`
	Type            string           `parquet:"type"`
	Keys            int64            `parquet:"keys"`
	KeysChanged     int64            `parquet:"keys_changed"`
	MemoryBefore    int64            `parquet:"memory_before_bytes"`
	MemoryAfter     int64            `parquet:"memory_after_bytes"`
	Saves           int64            `parquet:"saves_bytes"`
	SavesError      int64            `parquet:"saves_error_bytes"`
	SavesResident   int64            `parquet:"saves_resident_bytes"`
	EncodingsBefore map[string]int64 `parquet:"encodings_before"`
	EncodingsAfter  map[string]int64 `parquet:"encodings_after"`
}

type parquetCost struct {
	Scenario     string  `parquet:"scenario"`
	Type         string  `parquet:"type"`
	From         string  `parquet:"from"`
	To           string  `parquet:"to"`
	Keys         int64   `parquet:"keys"`
	MemoryBefore int64   `parquet:"memory_before_bytes"`
	MemoryAfter  int64   `parquet:"memory_after_bytes"`
	Longest      int64   `parquet:"longest_packed_bytes"`
	ScannedMax   int64   `parquet:"elements_scanned_max"`
	ScannedMean  float64 `parquet:"elements_scanned_mean"`
}

type parquetPoint struct {
	Setting       string  `parquet:"setting"`
	Value         int64   `parquet:"value"`
	InForce       bool    `parquet:"in_force"`
	Knee          bool    `parquet:"knee"`
	Memory        int64   `parquet:"memory_bytes"`
	Saves         int64   `parquet:"saves_bytes"`
	SavesError    int64   `parquet:"saves_error_bytes"`
	SavesResident int64   `parquet:"saves_resident_bytes"`
	KeysChanged   int64   `parquet:"keys_changed"`
	PackedKeys    int64   `parquet:"packed_keys"`
	Longest       int64   `parquet:"longest_packed_bytes"`
	ScannedMax    int64   `parquet:"elements_scanned_max"`
	ScannedMean   float64 `parquet:"elements_scanned_mean"`
}

// WriteWhatIf writes the comparison as Parquet tables, as
// WriteReport does a report: snapshots.parquet (the sources),
// scenarios.parquet, types.parquet, patterns.parquet, conversions.parquet and
// sweeps.parquet, with the columns of the JSON.
func WriteWhatIf(create func(name string) (io.WriteCloser, error), w *aggregate.WhatIf) error {
	t := tableWriter{create: create, metadata: []parquet.WriterOption{
		parquet.KeyValueMetadata("rdblens.schema", aggregate.WhatIfSchema),
		parquet.KeyValueMetadata("rdblens.tool", w.Tool.Name+" "+w.Tool.Version),
		parquet.KeyValueMetadata("rdblens.partial", strconv.FormatBool(w.Partial)),
	}}
	var scenarios []parquetScenario
	var types, patterns []parquetOutcome
	var costs []parquetCost
	for i := range w.Scenarios {
		s := &w.Scenarios[i]
		scenarios = append(scenarios, parquetScenario{Scenario: s.Name, Server: s.Server, Config: s.Config, Keys: s.Keys, KeysChanged: s.KeysChanged,
			MemoryBefore: s.MemoryBefore, MemoryAfter: s.MemoryAfter, Saves: s.Saves, SavesError: s.SavesError, SavesResident: s.SavesResident,
			UsedMemoryBefore: s.UsedMemoryBefore, UsedMemoryAfter: s.UsedMemoryAfter, SavesUsedMemory: s.SavesUsedMemory})
		for j := range s.ByType {
			types = append(types, outcomeRow(s.Name, "", "", &s.ByType[j]))
		}
		for j := range s.ByPattern {
			p := &s.ByPattern[j]
			patterns = append(patterns, outcomeRow(s.Name, p.Pattern, p.Match, &p.TypeOutcome))
		}
		for _, c := range s.Costs {
			for _, x := range c.Conversions {
				costs = append(costs, parquetCost{Scenario: s.Name, Type: c.Type, From: x.From, To: x.To, Keys: x.Keys, MemoryBefore: x.MemoryBefore,
					MemoryAfter: x.MemoryAfter, Longest: x.Longest, ScannedMax: x.ScannedMax, ScannedMean: fraction(x.ScannedMean)})
			}
		}
	}
	writeTable(&t, "snapshots", snapshotRows(w.Sources))
	writeTable(&t, "scenarios", scenarios)
	writeTable(&t, "types", types)
	writeTable(&t, "patterns", patterns)
	writeTable(&t, "conversions", costs)
	writeTable(&t, "sweeps", sweepRows(w))
	return t.err
}

func outcomeRow(scenario, pattern, match string, c *aggregate.TypeOutcome) parquetOutcome {
	return parquetOutcome{Scenario: scenario, Pattern: pattern, Match: match, Type: c.Type, Keys: c.Keys, KeysChanged: c.KeysChanged, MemoryBefore: c.MemoryBefore,
		MemoryAfter: c.MemoryAfter, Saves: c.Saves, SavesError: c.SavesError, SavesResident: c.SavesResident,
		EncodingsBefore: c.EncodingsBefore, EncodingsAfter: c.EncodingsAfter}
}

func sweepRows(w *aggregate.WhatIf) (rows []parquetPoint) {
	for i := range w.Sweeps {
		x := &w.Sweeps[i]
		for _, p := range x.Points {
			rows = append(rows, parquetPoint{Setting: x.Setting, Value: p.Value, InForce: p.Value == x.InForce, Knee: x.Knee != nil && p.Value == *x.Knee,
				Memory: p.Memory, Saves: p.Saves, SavesError: p.SavesError, SavesResident: p.SavesResident, KeysChanged: p.KeysChanged,
				PackedKeys: p.Keys, Longest: p.Longest, ScannedMax: p.ScannedMax, ScannedMean: fraction(p.ScannedMean)})
		}
	}
	return rows
}
