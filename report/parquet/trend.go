package parquet

import (
	"fmt"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/json"
)

// WriteTrend writes a trend as Parquet files: snapshots.parquet (the sources of each),
// types.parquet and patterns.parquet (every pattern and type, unfolded, with rates), and
// series.parquet, a row for each of these and snapshot. create is called as by
// WriteReport; the columns are named as in the JSON, snapshot is the index of one.
func WriteTrend(create func(name string) (io.WriteCloser, error), d *aggregate.Trend) error {
	totals, err := json.Line(d.Totals)
	if err != nil {
		return fmt.Errorf("totals: %w", err)
	}
	forecast, err := json.Line(d.Forecast)
	if err != nil {
		return fmt.Errorf("forecast: %w", err)
	}
	t := tableWriter{create: create, metadata: []parquet.WriterOption{
		parquet.KeyValueMetadata(schemaKey, aggregate.TrendSchema),
		parquet.KeyValueMetadata("rdblens.tool", d.Tool.Name+" "+d.Tool.Version),
		parquet.KeyValueMetadata("rdblens.partial", strconv.FormatBool(d.Partial)),
	}}
	var sources []parquetTrendSource
	for i := range d.Snapshots {
		for _, row := range snapshotRows(d.Snapshots[i].Sources) {
			sources = append(sources, parquetTrendSource{int32(i), row})
		}
	}
	writeTable(&t, "snapshots", sources, parquet.KeyValueMetadata("rdblens.totals", totals), parquet.KeyValueMetadata("rdblens.forecast", forecast))
	types := make([]parquetTypeTrend, len(d.ByType))
	var series []parquetSeries
	for i := range d.ByType {
		x := &d.ByType[i]
		types[i] = parquetTypeTrend{x.Type, courseRow(&x.Course)}
		series = append(series, seriesRows(d, "", x.Type, &x.Course)...)
	}
	writeTable(&t, "types", types)
	patterns := make([]parquetPatternTrend, len(d.All))
	for i := range d.All {
		p := &d.All[i]
		patterns[i] = parquetPatternTrend{p.Pattern, p.Match, p.Type, p.Status, courseRow(&p.Course), p.Example, p.Leak}
		series = append(series, seriesRows(d, p.Pattern, p.Type, &p.Course)...)
	}
	writeTable(&t, "patterns", patterns)
	writeTable(&t, "series", series)
	return t.err
}

// parquetTrendSource is a source with the index of its snapshot.
type parquetTrendSource struct {
	Snapshot int32 `parquet:"snapshot"`
	parquetSnapshot
}

// parquetCourse is what a row of types and patterns says of its course.
type parquetCourse struct {
	KeysFirst        int64    `parquet:"keys_first"`
	KeysLast         int64    `parquet:"keys_last"`
	KeysChange       int64    `parquet:"keys_change"`
	MemoryFirst      int64    `parquet:"memory_first_bytes"`
	MemoryLast       int64    `parquet:"memory_last_bytes"`
	MemoryChange     int64    `parquet:"memory_change_bytes"`
	MemoryRatio      *float64 `parquet:"memory_change_ratio,optional"`
	Rises            int64    `parquet:"memory_rises"`
	Falls            int64    `parquet:"memory_falls"`
	KeysPerDay       *int64   `parquet:"keys_per_day,optional"`
	MemoryPerDay     *int64   `parquet:"memory_bytes_per_day,optional"`
	MemoryPerDayLow  *int64   `parquet:"memory_bytes_per_day_low,optional"`
	MemoryPerDayHigh *int64   `parquet:"memory_bytes_per_day_high,optional"`
}

func courseRow(c *aggregate.Course) parquetCourse {
	r := parquetCourse{KeysChange: c.KeysChange, MemoryChange: c.MemoryChange, Rises: c.Rises, Falls: c.Falls}
	if n := len(c.Keys); n > 0 {
		r.KeysFirst, r.KeysLast, r.MemoryFirst, r.MemoryLast = c.Keys[0], c.Keys[n-1], c.Memory[0], c.Memory[n-1]
	}
	if c.MemoryRatio != nil {
		f := fraction(*c.MemoryRatio)
		r.MemoryRatio = &f
	}
	if c.KeysPerDay != nil {
		r.KeysPerDay = &c.KeysPerDay.Median
	}
	if m := c.MemoryPerDay; m != nil {
		r.MemoryPerDay, r.MemoryPerDayLow, r.MemoryPerDayHigh = &m.Median, &m.Low, &m.High
	}
	return r
}

// parquetTypeTrend is a row of types.parquet of a trend.
type parquetTypeTrend struct {
	Type string `parquet:"type"`
	parquetCourse
}

// parquetPatternTrend is a row of patterns.parquet of a trend.
type parquetPatternTrend struct {
	Pattern string `parquet:"pattern"`
	Match   string `parquet:"match"`
	Type    string `parquet:"type"`
	Status  string `parquet:"status"`
	parquetCourse
	Example string `parquet:"example"`
	Leak    bool   `parquet:"leak_suspect"`
}

// parquetSeries is a row of series.parquet; pattern is empty for all keys of a type.
type parquetSeries struct {
	Snapshot         int32  `parquet:"snapshot"`
	Ctime            *int64 `parquet:"ctime,optional,timestamp(millisecond:utc)"`
	Pattern          string `parquet:"pattern"`
	Type             string `parquet:"type"`
	Keys             int64  `parquet:"keys"`
	Memory           int64  `parquet:"memory_bytes"`
	KeysWithoutTTL   int64  `parquet:"keys_without_ttl"`
	MemoryWithoutTTL int64  `parquet:"memory_without_ttl_bytes"`
}

func seriesRows(d *aggregate.Trend, pattern, typ string, c *aggregate.Course) []parquetSeries {
	rows := make([]parquetSeries, len(c.Keys))
	for i := range rows {
		rows[i] = parquetSeries{Snapshot: int32(i), Ctime: millis(d.Snapshots[i].Ctime), Pattern: pattern, Type: typ,
			Keys: c.Keys[i], Memory: c.Memory[i], KeysWithoutTTL: c.KeysWithoutTTL[i], MemoryWithoutTTL: c.MemoryWithoutTTL[i]}
	}
	return rows
}
