// Package parquet writes results as Parquet: a file of rows, or a file for each
// table. It is the only package that does.
package parquet

import (
	"fmt"
	"io"
	"unicode/utf8"

	kpzstd "github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/rows"
	"github.com/rdblens/rdblens/report/units"
)

// parquetRow declares the columns of per-key rows, in order. Rows do not go
// through it: their values are written column by column, see parquetRows.
//
// Sizes and counts have few values, so that a dictionary makes less of them to
// compress; so do slots, of which there are 16,384. Keys are all different, and
// times nearly so.
type parquetRow struct {
	DB             int32  `parquet:"db,dict"`
	Key            []byte `parquet:"key"`
	Type           string `parquet:"type,dict"`
	Encoding       string `parquet:"encoding,dict"`
	Pattern        string `parquet:"pattern,dict"`
	Source         string `parquet:"source,dict"`
	SizeInBytes    int64  `parquet:"size_in_bytes,dict"`
	NumElements    int64  `parquet:"num_elements,dict"`
	LongestElement *int64 `parquet:"len_largest_element,optional,dict"`
	RDBBytes       int64  `parquet:"rdb_bytes,dict"`
	ErrorBytes     *int64 `parquet:"error_bytes,optional,dict"`
	Exact          bool   `parquet:"exact"`
	Expiry         *int64 `parquet:"expiry,optional,timestamp(millisecond:utc)"`
	IdleSeconds    *int64 `parquet:"idle_seconds,optional"`
	Freq           *int32 `parquet:"freq,optional"`
	Slot           int32  `parquet:"slot,dict"`
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
	groupBytes = 8 << 20
	// A batch ends likewise. It is what goes into a page at once; its values, of
	// 24 bytes each, should stay in the processor's cache meanwhile.
	batchRows  = 256
	batchBytes = 256 << 10
	// dictionaryBytes is where a column's dictionary stops paying; the rest of
	// the row group is written plainly.
	dictionaryBytes = 1 << 20
)

// newParquetWriter returns a writer with what is common to all our files. Pages
// of version 1 and plain encodings are what every reader understands: older
// vectorized readers of Spark (SPARK-40128), Iceberg and Velox refuse what the
// library would choose for byte arrays, and zstd makes up for it.
func newParquetWriter[T any](w io.Writer, more ...parquet.WriterOption) (*parquet.GenericWriter[T], error) {
	options := append([]parquet.WriterOption{
		parquet.CreatedBy("rdblens", "", ""),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
		parquet.DataPageVersion(1),
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.Plain),
		parquet.DictionaryMaxBytes(dictionaryBytes),
		// The bounds of pages are in the column index; in every page header as
		// well they would make long keys four times as long.
		parquet.DataPageStatistics(false),
	}, more...)
	// The constructor panics on bad options. It does not take them as a config:
	// that loses what is false.
	if _, err := parquet.NewWriterConfig(options...); err != nil {
		return nil, err
	}
	return parquet.NewGenericWriter[T](w, options...), nil
}

// rowOptions are those of per-key rows.
func rowOptions() ([]parquet.WriterOption, error) {
	codec, err := newFastCodec()
	if err != nil {
		return nil, err
	}
	schema := parquet.SchemaOf(parquetRow{})
	return []parquet.WriterOption{
		parquet.NewSchema(schema.Name(), withNameIndex{schema, colKey}), parquet.KeyValueMetadata(schemaKey, rowsSchema), parquet.Compression(codec),
	}, nil
}

// fastCodec is zstd at its fastest, which takes half the time of the default
// and makes files a twentieth larger. The library's own codec has windows of
// megabytes for pages that are smaller, and an encoder for each goroutine.
type fastCodec struct {
	zstd.Codec // reads
	enc        *kpzstd.Encoder
}

// pageWindow is what zstd looks back, bytes: the size of a page.
const pageWindow = parquet.DefaultPageBufferSize

// newFastCodec returns a codec for one goroutine.
func newFastCodec() (*fastCodec, error) {
	enc, err := kpzstd.NewWriter(nil, kpzstd.WithEncoderConcurrency(1), kpzstd.WithEncoderLevel(kpzstd.SpeedFastest),
		kpzstd.WithWindowSize(pageWindow), kpzstd.WithLowerEncoderMem(true), kpzstd.WithZeroFrames(true), kpzstd.WithEncoderCRC(false))
	return &fastCodec{enc: enc}, err
}

// Encode is parquet's compress.Codec.
func (c *fastCodec) Encode(dst, src []byte) ([]byte, error) {
	return c.enc.EncodeAll(src, dst[:0]), nil
}

// NewRows writes rows as Parquet with zstd and bounded row groups, in
// the order they come, with the columns of docs/keys.md: key is binary and as
// it is in the dump, at most parser.MaxName bytes of it; times beyond the years
// 0000 to 9999 are written as the first or last of them. A file holds at most
// 32,767 row groups.
func NewRows(w io.Writer) (rows.Writer, error) {
	options, err := rowOptions()
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	out, err := newParquetWriter[parquetRow](w, options...)
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	p := &parquetRows{out: out, columns: out.ColumnWriters(), batch: newRowBatch()}
	if len(p.columns) != numRowColumns {
		return nil, fmt.Errorf("parquet: %d columns where %d are declared", len(p.columns), numRowColumns)
	}
	return p, nil
}

// parquetRows turns rows into columns a batch at a time: structs the library would
// take apart by reflection, one by one.
type parquetRows struct {
	out     *parquet.GenericWriter[parquetRow]
	columns []*parquet.ColumnWriter
	batch   *rowBatch
	err     error
	closed  bool

	// What is in the row group.
	rows, bytes int
}

// rowBatch holds the values of some rows by column, and the bytes they point to.
type rowBatch struct {
	rows   int
	values [numRowColumns][batchRows]parquet.Value
	text   []byte
	source []byte // of the last row, in text
}

// newRowBatch returns an empty batch.
func newRowBatch() *rowBatch { return &rowBatch{text: make([]byte, 0, batchBytes)} }

// reset empties a batch; the bytes it handed out are overwritten from now on.
func (b *rowBatch) reset() { b.rows, b.text, b.source = 0, b.text[:0], nil }

// Values that come again and again.
var (
	typeValues     = namesOf[parser.DataType](parser.NumDataTypes)
	encodingValues = namesOf[memory.Encoding](memory.NumEncodings)
	nullValues     = func() (nulls [numRowColumns]parquet.Value) {
		for i := range nulls {
			nulls[i] = parquet.NullValue().Level(0, 0, i)
		}
		return nulls
	}()
)

// namesOf returns the names of all values of an enumeration, ready to be written.
func namesOf[T interface {
	~uint8
	fmt.Stringer
}](n int) []parquet.Value {
	names := make([]parquet.Value, n)
	for i := range names {
		names[i] = parquet.ByteArrayValue([]byte(T(i).String()))
	}
	return names
}

// WriteRow copies a row into the batch.
func (p *parquetRows) WriteRow(r *aggregate.Row) error {
	if p.err != nil {
		return p.err
	}
	if p.closed {
		return rows.ErrClosed
	}
	b, n := p.batch, len(r.Key)+len(r.TypeName)+len(r.Pattern)+len(r.Source)
	if b.rows == batchRows || b.rows > 0 && len(b.text)+n > cap(b.text) {
		if err := p.encode(); err != nil {
			return err
		}
	}
	b.add(r)
	return nil
}

// add copies a row.
func (b *rowBatch) add(r *aggregate.Row) {
	v, i := &b.values, b.rows
	v[colDB][i] = parquet.Int32Value(r.DB)
	v[colKey][i] = parquet.ByteArrayValue(b.copy(r.Key))
	typ := typeValues[r.DataType]
	if r.TypeName != "" && r.TypeName != r.DataType.String() {
		typ = parquet.ByteArrayValue(copyText(b, r.TypeName))
	}
	v[colType][i] = typ
	if r.Size.Encoding == memory.EncodingModule {
		v[colEncoding][i] = typ
	} else {
		v[colEncoding][i] = encodingValues[r.Size.Encoding]
	}
	v[colPattern][i] = parquet.ByteArrayValue(copyText(b, r.Pattern))
	if b.rows == 0 || string(b.source) != r.Source {
		b.source = copyText(b, r.Source)
	}
	v[colSource][i] = parquet.ByteArrayValue(b.source)
	v[colSize][i] = parquet.Int64Value(r.Size.Bytes)
	v[colElements][i] = parquet.Int64Value(r.Elements)
	v[colRDB][i] = parquet.Int64Value(r.RDBBytes)
	v[colExact][i] = parquet.BooleanValue(r.Size.Exact)
	v[colSlot][i] = parquet.Int32Value(r.Slot)
	longest, expiry, idle, freq := nullValues[colLongest], nullValues[colExpiry], nullValues[colIdle], nullValues[colFreq]
	bound := nullValues[colError]
	if !r.Size.Unbounded {
		bound = parquet.Int64Value(r.Size.Error).Level(0, 1, colError)
	}
	if r.LongestElement >= 0 {
		longest = parquet.Int64Value(r.LongestElement).Level(0, 1, colLongest)
	}
	if r.HasExpiry {
		expiry = parquet.Int64Value(units.ClampTime(r.Expiry)).Level(0, 1, colExpiry)
	}
	if r.IdleSeconds >= 0 {
		idle = parquet.Int64Value(r.IdleSeconds).Level(0, 1, colIdle)
	}
	if r.Freq >= 0 {
		freq = parquet.Int32Value(r.Freq).Level(0, 1, colFreq)
	}
	v[colLongest][i] = longest
	v[colError][i] = bound
	v[colExpiry][i] = expiry
	v[colIdle][i] = idle
	v[colFreq][i] = freq
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
		b.text = escape.AppendPrintable(b.text[:i], s, false)
	}
	return b.text[i:len(b.text):len(b.text)]
}

// encode writes the batch into the pages of the row group, empties it, and ends
// the group when it is large enough.
func (p *parquetRows) encode() error {
	b := p.batch
	for i, c := range p.columns {
		if _, err := c.WriteRowValues(b.values[i][:b.rows]); err != nil {
			return p.fail(err)
		}
	}
	p.rows += b.rows
	p.bytes += len(b.text)
	b.reset()
	if p.rows+batchRows > groupRows || p.bytes >= groupBytes {
		p.rows, p.bytes = 0, 0
		return p.fail(p.out.Flush())
	}
	return nil
}

// fail keeps an error: after one the file is of no use.
func (p *parquetRows) fail(err error) error {
	if err != nil {
		p.err = fmt.Errorf("parquet: %w", err)
	}
	return p.err
}

// Close writes what is left and the footer, without which there is no file.
func (p *parquetRows) Close() error {
	if p.closed || p.err != nil {
		return p.err
	}
	p.closed = true
	if p.batch.rows > 0 {
		if err := p.encode(); err != nil {
			return err
		}
	}
	return p.fail(p.out.Close())
}
