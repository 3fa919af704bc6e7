package parquet

import (
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"github.com/rdblens/rdblens/aggregate"
)

// parquetScenario is a row of scenarios.parquet.
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

// parquetOutcome is a row of types.parquet (pattern and match empty) and of
// patterns.parquet of a what-if.
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

// parquetCost is a row of conversions.parquet: what packed values cost that a
// scenario makes or leaves.
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

// parquetPoint is a row of sweeps.parquet: one value of one setting.
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
func WriteWhatIf(create func(name string) (io.WriteCloser, error), x *aggregate.WhatIf) error {
	t := tableWriter{create: create, metadata: []parquet.WriterOption{
		parquet.KeyValueMetadata(schemaKey, aggregate.WhatIfSchema),
		parquet.KeyValueMetadata("rdblens.tool", x.Tool.Name+" "+x.Tool.Version),
		parquet.KeyValueMetadata("rdblens.partial", strconv.FormatBool(x.Partial)),
	}}
	var scenarios []parquetScenario
	var types, patterns []parquetOutcome
	var costs []parquetCost
	for i := range x.Scenarios {
		s := &x.Scenarios[i]
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
			for _, v := range c.Conversions {
				costs = append(costs, parquetCost{Scenario: s.Name, Type: c.Type, From: v.From, To: v.To, Keys: v.Keys, MemoryBefore: v.MemoryBefore,
					MemoryAfter: v.MemoryAfter, Longest: v.Longest, ScannedMax: v.ScannedMax, ScannedMean: fraction(v.ScannedMean)})
			}
		}
	}
	writeTable(&t, "snapshots", snapshotRows(x.Sources))
	writeTable(&t, "scenarios", scenarios)
	writeTable(&t, "types", types)
	writeTable(&t, "patterns", patterns)
	writeTable(&t, "conversions", costs)
	writeTable(&t, "sweeps", sweepRows(x))
	return t.err
}

// outcomeRow copies the outcome of a scenario for a type or a pattern.
func outcomeRow(scenario, pattern, match string, c *aggregate.TypeOutcome) parquetOutcome {
	return parquetOutcome{Scenario: scenario, Pattern: pattern, Match: match, Type: c.Type, Keys: c.Keys, KeysChanged: c.KeysChanged, MemoryBefore: c.MemoryBefore,
		MemoryAfter: c.MemoryAfter, Saves: c.Saves, SavesError: c.SavesError, SavesResident: c.SavesResident,
		EncodingsBefore: c.EncodingsBefore, EncodingsAfter: c.EncodingsAfter}
}

// sweepRows are the rows of sweeps.parquet.
func sweepRows(x *aggregate.WhatIf) (rows []parquetPoint) {
	for i := range x.Sweeps {
		s := &x.Sweeps[i]
		for _, p := range s.Points {
			rows = append(rows, parquetPoint{Setting: s.Setting, Value: p.Value, InForce: p.Value == s.InForce, Knee: s.Knee != nil && p.Value == *s.Knee,
				Memory: p.Memory, Saves: p.Saves, SavesError: p.SavesError, SavesResident: p.SavesResident, KeysChanged: p.KeysChanged,
				PackedKeys: p.Keys, Longest: p.Longest, ScannedMax: p.ScannedMax, ScannedMean: fraction(p.ScannedMean)})
		}
	}
	return rows
}
