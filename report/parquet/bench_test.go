//go:build unix

package parquet

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// rowColumns are the rows of a dump by column, in memory; as a sink they take
// rows in.
type rowColumns struct {
	text                                           []byte
	key, pattern                                   [][2]uint64 // where it begins and ends in text
	dataType                                       []parser.DataType
	encoding                                       []memory.Encoding
	size, elements, longest, rdb, bound, exp, idle []int64
	db, freq, slot                                 []int32
	exact, expires                                 []bool
	source                                         string
}

func (c *rowColumns) keep(s []byte) [2]uint64 {
	from := uint64(len(c.text))
	c.text = append(c.text, s...)
	return [2]uint64{from, uint64(len(c.text))}
}

func (c *rowColumns) at(s [2]uint64) []byte { return c.text[s[0]:s[1]:s[1]] }

func (c *rowColumns) WriteRow(r *aggregate.Row) error {
	c.key, c.pattern = append(c.key, c.keep(r.Key)), append(c.pattern, c.keep(r.Pattern))
	c.dataType, c.encoding = append(c.dataType, r.DataType), append(c.encoding, r.Size.Encoding)
	c.size, c.elements, c.longest = append(c.size, r.Size.Bytes), append(c.elements, r.Elements), append(c.longest, r.LongestElement)
	c.rdb, c.bound, c.exp, c.idle = append(c.rdb, r.RDBBytes), append(c.bound, r.Size.Error), append(c.exp, r.Expiry), append(c.idle, r.IdleSeconds)
	c.db, c.freq, c.slot = append(c.db, r.DB), append(c.freq, r.Freq), append(c.slot, r.Slot)
	c.exact, c.expires = append(c.exact, r.Size.Exact), append(c.expires, r.HasExpiry)
	c.source = r.Source
	return nil
}

// row makes the row at i.
func (c *rowColumns) row(i int, r *aggregate.Row) {
	key := c.at(c.key[i])
	*r = aggregate.Row{
		DB: c.db[i], DataType: c.dataType[i], Key: key, KeyLen: int64(len(key)), Elements: c.elements[i], LongestElement: c.longest[i],
		Size:      memory.Size{Bytes: c.size[i], Error: c.bound[i], Encoding: c.encoding[i], Exact: c.exact[i]},
		HasExpiry: c.expires[i], Expiry: c.exp[i], IdleSeconds: c.idle[i], Freq: c.freq[i], Slot: c.slot[i],
		Pattern: c.at(c.pattern[i]), RDBBytes: c.rdb[i], Source: c.source,
	}
}

// loadColumns reads the dump that RDBLENS_BENCH_DUMP names, or the demo's.
func loadColumns(tb testing.TB) *rowColumns {
	tb.Helper()
	file, err := os.Open(cmp.Or(os.Getenv("RDBLENS_BENCH_DUMP"), filepath.Join("..", "..", "testdata", "demo.rdb")))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	c := &rowColumns{}
	in := aggregate.Input{Name: "dump.rdb", Reader: file, Sinks: []aggregate.RowSink{c}}
	if _, err := aggregate.Analyze(context.Background(), in, &aggregate.Config{RowsOnly: true}); err != nil {
		tb.Fatal(err)
	}
	return c
}

// writeFloor writes columns with the writer that NewRows uses, and does
// nothing but that: its values are made of the columns a batch at a time, as
// its interface wants them.
func (c *rowColumns) writeFloor(w io.Writer) error {
	options, err := rowOptions()
	if err != nil {
		return err
	}
	out, err := newParquetWriter[parquetRow](w, options...)
	if err != nil {
		return err
	}
	source := []byte(c.source)
	var batch [batchRows]parquet.Value
	columns := out.ColumnWriters()
	inGroup := 0
	for from := 0; from < len(c.key); from += batchRows {
		n := min(batchRows, len(c.key)-from)
		values := batch[:n]
		write := func(column int) {
			if err == nil {
				_, err = columns[column].WriteRowValues(values)
			}
		}
		ints := func(column int, of []int64) {
			for i, n := range of[from : from+n] {
				values[i] = parquet.Int64Value(n)
			}
			write(column)
		}
		ints32 := func(column int, of []int32) {
			for i, n := range of[from : from+n] {
				values[i] = parquet.Int32Value(n)
			}
			write(column)
		}
		ints32(colDB, c.db)
		for i, s := range c.key[from : from+n] {
			values[i] = parquet.ByteArrayValue(c.at(s))
		}
		write(colKey)
		for i, l := range c.dataType[from : from+n] {
			values[i] = typeValues[l]
		}
		write(colType)
		for i, e := range c.encoding[from : from+n] {
			values[i] = encodingValues[e]
		}
		write(colEncoding)
		for i, s := range c.pattern[from : from+n] {
			values[i] = parquet.ByteArrayValue(c.at(s))
		}
		write(colPattern)
		for i := range values {
			values[i] = parquet.ByteArrayValue(source)
		}
		write(colSource)
		ints(colSize, c.size)
		ints(colElements, c.elements)
		for i, n := range c.longest[from : from+n] {
			values[i] = nullValues[colLongest]
			if n >= 0 {
				values[i] = parquet.Int64Value(n).Level(0, 1, colLongest)
			}
		}
		write(colLongest)
		ints(colRDB, c.rdb)
		for i, n := range c.bound[from : from+n] {
			values[i] = parquet.Int64Value(n).Level(0, 1, colError)
		}
		write(colError)
		for i, exact := range c.exact[from : from+n] {
			values[i] = parquet.BooleanValue(exact)
		}
		write(colExact)
		for i, ms := range c.exp[from : from+n] {
			values[i] = nullValues[colExpiry]
			if c.expires[from+i] {
				values[i] = parquet.Int64Value(ms).Level(0, 1, colExpiry)
			}
		}
		write(colExpiry)
		for i, n := range c.idle[from : from+n] {
			values[i] = nullValues[colIdle]
			if n >= 0 {
				values[i] = parquet.Int64Value(n).Level(0, 1, colIdle)
			}
		}
		write(colIdle)
		for i, n := range c.freq[from : from+n] {
			values[i] = nullValues[colFreq]
			if n >= 0 {
				values[i] = parquet.Int32Value(n).Level(0, 1, colFreq)
			}
		}
		write(colFreq)
		ints32(colSlot, c.slot)
		if inGroup += n; inGroup+batchRows > groupRows && err == nil {
			inGroup = 0
			err = out.Flush()
		}
		if err != nil {
			return err
		}
	}
	return out.Close()
}

// TestParquetFloor: the benchmark's floor writes the file that it is the floor of.
func TestParquetFloor(t *testing.T) {
	c := loadColumns(t)
	var floor, rows countingWriter
	if err := c.writeFloor(&floor); err != nil {
		t.Fatal(err)
	}
	if err := c.writeRows(&rows); err != nil {
		t.Fatal(err)
	}
	if len(c.key) < 1000 || floor != rows {
		t.Errorf("%d rows: %d bytes, the floor writes %d", len(c.key), rows, floor)
	}
}

// countingWriter counts bytes.
type countingWriter int64

func (w *countingWriter) Write(p []byte) (int, error) {
	*w += countingWriter(len(p))
	return len(p), nil
}

func (c *rowColumns) writeRows(w io.Writer) error {
	p, err := NewRows(w)
	if err != nil {
		return err
	}
	var r aggregate.Row
	for i := range c.key {
		c.row(i, &r)
		if err := p.WriteRow(&r); err != nil {
			return err
		}
	}
	return p.Close()
}

// BenchmarkParquet writes the rows of a dump, which is in memory: floor is what
// parquet-go takes for its columns, rows what NewRows takes. benchpeers
// runs the floor beside the program.
func BenchmarkParquet(b *testing.B) {
	c := loadColumns(b)
	for _, bench := range []struct {
		name  string
		write func(io.Writer) error
	}{{"floor", c.writeFloor}, {"rows", c.writeRows}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			cpu := cpuTime()
			for b.Loop() {
				if err := bench.write(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(cpuTime()-cpu)/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(len(c.key))*float64(b.N)/b.Elapsed().Seconds(), "keys/s")
		})
	}
}

// cpuTime is the user and system time of this process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
