package parquet

import (
	"fmt"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/json"
)

// WriteDiff writes a comparison as Parquet files: snapshots.parquet (the
// sources of both sides), types.parquet, patterns.parquet (every pattern and
// type, unfolded) and new_keys.parquet. create is called as by
// WriteReport; the columns are named as in the JSON.
func WriteDiff(create func(name string) (io.WriteCloser, error), d *aggregate.Diff) error {
	totals, err := json.Line(d.Totals)
	if err != nil {
		return fmt.Errorf("totals: %w", err)
	}
	forecast, err := json.Line(d.Forecast)
	if err != nil {
		return fmt.Errorf("forecast: %w", err)
	}
	t := tableWriter{create: create, metadata: []parquet.WriterOption{
		parquet.KeyValueMetadata(schemaKey, aggregate.DiffSchema),
		parquet.KeyValueMetadata("rdblens.tool", d.Tool.Name+" "+d.Tool.Version),
		parquet.KeyValueMetadata("rdblens.partial", strconv.FormatBool(d.Partial)),
	}}
	var sources []parquetSide
	for _, s := range []struct {
		name string
		side *aggregate.DiffSide
	}{{"old", &d.Old}, {"new", &d.New}} {
		for _, row := range snapshotRows(s.side.Sources) {
			sources = append(sources, parquetSide{s.name, row})
		}
	}
	writeTable(&t, "snapshots", sources, parquet.KeyValueMetadata("rdblens.totals", totals), parquet.KeyValueMetadata("rdblens.forecast", forecast))
	types := make([]parquetTypeChange, len(d.ByType))
	for i := range d.ByType {
		types[i] = parquetTypeChange{d.ByType[i].Type, changeRow(&d.ByType[i].Change)}
	}
	writeTable(&t, "types", types)
	patterns := make([]parquetDiffPattern, len(d.All))
	for i := range d.All {
		p := &d.All[i]
		patterns[i] = parquetDiffPattern{p.Pattern, p.Match, p.Type, p.Status, changeRow(&p.Change), p.Example, p.Leak}
	}
	writeTable(&t, "patterns", patterns)
	writeTable(&t, "new_keys", bigKeyRows(d.NewKeys))
	return t.err
}

// parquetSide is a source with the side it is on, "old" or "new".
type parquetSide struct {
	Side string `parquet:"side"`
	parquetSnapshot
}

// parquetChange is the columns of aggregate.Change, by the names of its JSON.
type parquetChange struct {
	KeysBefore             int64    `parquet:"keys_before"`
	KeysAfter              int64    `parquet:"keys_after"`
	KeysChange             int64    `parquet:"keys_change"`
	MemoryBefore           int64    `parquet:"memory_before_bytes"`
	MemoryAfter            int64    `parquet:"memory_after_bytes"`
	MemoryChange           int64    `parquet:"memory_change_bytes"`
	MemoryRatio            *float64 `parquet:"memory_change_ratio,optional"`
	AvgBefore              int64    `parquet:"avg_before_bytes"`
	AvgAfter               int64    `parquet:"avg_after_bytes"`
	KeysWithoutTTLBefore   int64    `parquet:"keys_without_ttl_before"`
	KeysWithoutTTLAfter    int64    `parquet:"keys_without_ttl_after"`
	MemoryWithoutTTLBefore int64    `parquet:"memory_without_ttl_before_bytes"`
	MemoryWithoutTTLAfter  int64    `parquet:"memory_without_ttl_after_bytes"`
	KeysPerDay             *int64   `parquet:"keys_change_per_day,optional"`
	MemoryPerDay           *int64   `parquet:"memory_change_bytes_per_day,optional"`
}

// changeRow copies a change; the ratio becomes a double.
func changeRow(x *aggregate.Change) parquetChange {
	c := parquetChange{
		KeysBefore: x.KeysBefore, KeysAfter: x.KeysAfter, KeysChange: x.KeysChange,
		MemoryBefore: x.MemoryBefore, MemoryAfter: x.MemoryAfter, MemoryChange: x.MemoryChange, AvgBefore: x.AvgBefore, AvgAfter: x.AvgAfter,
		KeysWithoutTTLBefore: x.KeysWithoutTTLBefore, KeysWithoutTTLAfter: x.KeysWithoutTTLAfter,
		MemoryWithoutTTLBefore: x.MemoryWithoutTTLBefore, MemoryWithoutTTLAfter: x.MemoryWithoutTTLAfter,
		KeysPerDay: x.KeysPerDay, MemoryPerDay: x.MemoryPerDay,
	}
	if x.MemoryRatio != nil {
		r := fraction(*x.MemoryRatio)
		c.MemoryRatio = &r
	}
	return c
}

// parquetTypeChange is a row of types.parquet of a comparison.
type parquetTypeChange struct {
	Type string `parquet:"type"`
	parquetChange
}

// parquetDiffPattern is a row of patterns.parquet of a comparison: every pattern
// and type, not only those a text has room for.
type parquetDiffPattern struct {
	Pattern string `parquet:"pattern"`
	Match   string `parquet:"match"`
	Type    string `parquet:"type"`
	Status  string `parquet:"status"`
	parquetChange
	Example string `parquet:"example"`
	Leak    bool   `parquet:"leak_suspect"`
}
