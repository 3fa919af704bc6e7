package report

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/rdblens/rdblens/aggregate"
)

// parquetRow declares the columns of per-key rows, in order. Rows do not go
// through it: their values are written column by column, see parquetRows.
type parquetRow struct {
	DB             int32  `parquet:"db"`
	Key            []byte `parquet:"key"`
	Type           string `parquet:"type,dict"`
	Encoding       string `parquet:"encoding,dict"`
	Pattern        string `parquet:"pattern,dict"`
	Source         string `parquet:"source,dict"`
	SizeInBytes    int64  `parquet:"size_in_bytes"`
	NumElements    int64  `parquet:"num_elements"`
	LongestElement *int64 `parquet:"len_largest_element,optional"`
	RDBBytes       int64  `parquet:"rdb_bytes"`
	ErrorBytes     int64  `parquet:"error_bytes"`
	Exact          bool   `parquet:"exact"`
	Expiry         *int64 `parquet:"expiry,optional,timestamp(millisecond:utc)"`
	IdleSeconds    *int64 `parquet:"idle_seconds,optional"`
	Freq           *int32 `parquet:"freq,optional"`
	Slot           int32  `parquet:"slot"`
}

// The columns of parquetRow by number.
const (
	colDB = iota
	colKey
	colType
	colEncoding
	colPattern
	colSource
	colSize
	colElements
	colLongest
	colRDB
	colError
	colExact
	colExpiry
	colIdle
	colFreq
	colSlot
	numRowColumns
)

const (
	// A row group ends at this many rows, or bytes of names: both are what the
	// writer may hold in memory, and bytes keep its dictionaries small.
	groupRows  = 131072
	groupBytes = 64 << 20
	// A batch ends likewise. It is what goes into a page at once.
	batchRows  = 1024
	batchBytes = 256 << 10
	// dictionaryBytes is where a column's dictionary stops paying; the rest of
	// the row group is written plainly.
	dictionaryBytes = 1 << 20
)

var errClosed = errors.New("write of a row after close")

// newParquetWriter returns a writer with what is common to all our files. Pages
// of version 1 and plain encodings are what every reader understands: older
// vectorized readers of Spark (SPARK-40128), Iceberg and Velox refuse what the
// library would choose for byte arrays, and zstd makes up for it.
func newParquetWriter[T any](w io.Writer, metadata ...parquet.WriterOption) (*parquet.GenericWriter[T], error) {
	options := append([]parquet.WriterOption{
		parquet.CreatedBy("rdblens", "", ""),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
		parquet.DataPageVersion(1),
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.Plain),
		parquet.DictionaryMaxBytes(dictionaryBytes),
		// The bounds of pages are in the column index; in every page header as
		// well they would make long keys four times as long.
		parquet.DataPageStatistics(false),
	}, metadata...)
	// The constructor panics on bad options. It does not take them as a config:
	// that loses what is false.
	if _, err := parquet.NewWriterConfig(options...); err != nil {
		return nil, err
	}
	return parquet.NewGenericWriter[T](w, options...), nil
}

// NewParquetRows writes rows as Parquet with zstd and bounded row groups, in
// the order they come, with the columns of docs/keys.md: key is binary and as
// it is in the dump, at most parser.MaxName bytes of it; times beyond the years
// 0000 to 9999 are written as the first or last of them. A file holds at most
// 32,767 row groups.
//
// Pages are encoded on a goroutine of their own, one at a time: w is called
// from there, never after Close has returned.
func NewParquetRows(w io.Writer) (RowWriter, error) {
	out, err := newParquetWriter[parquetRow](w, parquet.KeyValueMetadata("rdblens.schema", "rdblens.keys/1"))
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	p := &parquetRows{out: out, done: make(chan error, 1)}
	p.columns = p.out.ColumnWriters()
	if len(p.columns) != numRowColumns {
		return nil, fmt.Errorf("parquet: %d columns where %d are declared", len(p.columns), numRowColumns)
	}
	p.filling, p.encoding = newRowBatch(), newRowBatch()
	p.done <- nil
	return p, nil
}

type parquetRows struct {
	out     *parquet.GenericWriter[parquetRow]
	columns []*parquet.ColumnWriter

	filling  *rowBatch // takes rows
	encoding *rowBatch // belongs to encode until done delivers
	done     chan error
	err      error
	closed   bool

	// What is in the row group, for encode.
	rows, bytes int
}

// rowBatch holds the values of some rows by column, and the bytes they point to.
type rowBatch struct {
	rows   int
	values [numRowColumns][]parquet.Value
	text   []byte
	source []byte // of the last row, in text
}

func newRowBatch() *rowBatch {
	b := &rowBatch{text: make([]byte, 0, batchBytes)}
	for i := range b.values {
		b.values[i] = make([]parquet.Value, 0, batchRows)
	}
	return b
}

func (b *rowBatch) reset() {
	for i := range b.values {
		b.values[i] = b.values[i][:0]
	}
	b.rows, b.text, b.source = 0, b.text[:0], nil
}

func (p *parquetRows) WriteRow(r *aggregate.Row) error {
	if p.err != nil {
		return p.err
	}
	if p.closed {
		return errClosed
	}
	b, n := p.filling, len(r.Key)+len(typeName(r))+len(encodingName(r))+len(r.Pattern)+len(r.Source)
	if b.rows == batchRows || b.rows > 0 && len(b.text)+n > cap(b.text) {
		if err := p.turn(); err != nil {
			return err
		}
		b = p.filling
	}
	b.add(r)
	return nil
}

// add copies a row.
func (b *rowBatch) add(r *aggregate.Row) {
	v := &b.values
	v[colDB] = append(v[colDB], parquet.Int32Value(r.DB))
	v[colKey] = append(v[colKey], parquet.ByteArrayValue(b.copy(r.Key)))
	v[colType] = append(v[colType], parquet.ByteArrayValue(copyText(b, typeName(r))))
	v[colEncoding] = append(v[colEncoding], parquet.ByteArrayValue(copyText(b, encodingName(r))))
	v[colPattern] = append(v[colPattern], parquet.ByteArrayValue(copyText(b, r.Pattern)))
	if b.rows == 0 || string(b.source) != r.Source {
		b.source = copyText(b, r.Source)
	}
	v[colSource] = append(v[colSource], parquet.ByteArrayValue(b.source))
	v[colSize] = append(v[colSize], parquet.Int64Value(r.Size.Bytes))
	v[colElements] = append(v[colElements], parquet.Int64Value(r.Elements))
	v[colLongest] = append(v[colLongest], optional(parquet.Int64Value(r.LongestElement), r.LongestElement >= 0, colLongest))
	v[colRDB] = append(v[colRDB], parquet.Int64Value(r.RDBBytes))
	v[colError] = append(v[colError], parquet.Int64Value(r.Size.Error))
	v[colExact] = append(v[colExact], parquet.BooleanValue(r.Size.Exact))
	v[colExpiry] = append(v[colExpiry], optional(parquet.Int64Value(clampTime(r.Expiry)), r.HasExpiry, colExpiry))
	v[colIdle] = append(v[colIdle], optional(parquet.Int64Value(r.IdleSeconds), r.IdleSeconds >= 0, colIdle))
	v[colFreq] = append(v[colFreq], optional(parquet.Int32Value(r.Freq), r.Freq >= 0, colFreq))
	v[colSlot] = append(v[colSlot], parquet.Int32Value(r.Slot))
	b.rows++
}

// copy keeps bytes until the next reset.
func (b *rowBatch) copy(p []byte) []byte {
	i := len(b.text)
	b.text = append(b.text, p...)
	return b.text[i:len(b.text):len(b.text)]
}

// copyText is copy for a STRING column: readers refuse a file for text that is
// not UTF-8, so what is not is escaped.
func copyText[T string | []byte](b *rowBatch, s T) []byte {
	i := len(b.text)
	b.text = append(b.text, s...)
	if !utf8.Valid(b.text[i:]) {
		b.text = appendPrintable(b.text[:i], s, false)
	}
	return b.text[i:len(b.text):len(b.text)]
}

// optional gives a value the definition level of an optional column.
func optional(v parquet.Value, known bool, column int) parquet.Value {
	if !known {
		return parquet.NullValue().Level(0, 0, column)
	}
	return v.Level(0, 1, column)
}

// turn waits for the batch before, hands the filled one on and makes room.
func (p *parquetRows) turn() error {
	if p.err = <-p.done; p.err != nil {
		p.done <- p.err
		return p.err
	}
	p.filling, p.encoding = p.encoding, p.filling
	p.filling.reset()
	go func() { p.done <- p.encode(p.encoding) }()
	return nil
}

// encode writes a batch into the pages of the row group and ends the group
// when it is large enough.
func (p *parquetRows) encode(b *rowBatch) error {
	for i, c := range p.columns {
		if _, err := c.WriteRowValues(b.values[i]); err != nil {
			return fmt.Errorf("parquet: %w", err)
		}
	}
	p.rows += b.rows
	p.bytes += len(b.text)
	if p.rows+batchRows > groupRows || p.bytes >= groupBytes {
		p.rows, p.bytes = 0, 0
		if err := p.out.Flush(); err != nil {
			return fmt.Errorf("parquet: %w", err)
		}
	}
	return nil
}

func (p *parquetRows) Close() error {
	if p.closed {
		return p.err
	}
	p.closed = true
	if p.err == nil && p.filling.rows > 0 {
		_ = p.turn() // the error is kept
	}
	err := <-p.done
	p.done <- err
	if p.err == nil {
		p.err = err
	}
	if p.err != nil {
		return p.err
	}
	if err := p.out.Close(); err != nil {
		p.err = fmt.Errorf("parquet: %w", err)
	}
	return p.err
}
