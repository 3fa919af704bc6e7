package rows

import (
	"io"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/internal/linebuf"
	"github.com/rdblens/rdblens/report/units"
)

// NewCSV writes rows as CSV with the header of docs/keys.md: RFC 4180 quoting,
// lines that end in a line feed, an empty field for what the dump does not say.
// Text is printable UTF-8, and no field begins with a character that a
// spreadsheet takes for a formula. A key of more than parser.MaxName bytes ends
// in \...( and its length.
func NewCSV(w io.Writer, columns Columns) Writer {
	c := &csvWriter{Buffer: linebuf.New(w), columns: columns.orDefault()}
	for i, col := range c.columns {
		if i > 0 {
			c.Buf = append(c.Buf, ',')
		}
		c.Buf = append(c.Buf, columnNames[col]...)
	}
	c.Buf = append(c.Buf, '\n')
	return c
}

// csvWriter writes fields by hand: encoding/csv wants strings, which would have to
// be allocated for each row. Rows of one source come together, so that its name is
// escaped once.
type csvWriter struct {
	linebuf.Buffer
	columns Columns
	scratch []byte
	name    string // the source that quoted stands for
	quoted  []byte
}

// WriteRow writes one line.
func (c *csvWriter) WriteRow(r *aggregate.Row) error {
	if c.Err != nil {
		return c.Err
	}
	if r.Source != c.name || c.quoted == nil {
		c.name = strings.Clone(r.Source)
		c.quoted = c.field(c.quoted[:0], r.Source)
	}
	b := c.Buf
	for i, col := range c.columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = c.column(b, col, r)
	}
	c.Buf = append(b, '\n')
	return c.EndRow()
}

// column appends one field.
func (c *csvWriter) column(b []byte, col column, r *aggregate.Row) []byte {
	switch col {
	case colDB:
		return linebuf.AppendInt(b, int64(r.DB))
	case colType:
		typ := r.DataType.String() // of these names none needs quotes
		if r.TypeName == "" || r.TypeName == typ {
			return append(b, typ...)
		}
		return c.field(b, r.TypeName)
	case colKey:
		return c.key(b, r)
	case colSize:
		return linebuf.AppendInt(b, r.Size.Bytes)
	case colEncoding:
		if r.Size.Encoding != memory.EncodingModule {
			return append(b, r.Size.Encoding.String()...)
		}
		return c.field(b, TypeName(r))
	case colElements:
		return linebuf.AppendInt(b, r.Elements)
	case colLongest:
		return appendNotNegative(b, r.LongestElement)
	case colExpiry:
		if !r.HasExpiry {
			return b
		}
		return units.AppendTime(b, r.Expiry)
	case colIdle:
		return appendNotNegative(b, r.IdleSeconds)
	case colFreq:
		return appendNotNegative(b, int64(r.Freq))
	case colSlot:
		return linebuf.AppendInt(b, int64(r.Slot))
	case colPattern:
		return c.pattern(b, r.Pattern)
	case colRDBBytes:
		return linebuf.AppendInt(b, r.RDBBytes)
	case colSource:
		return append(b, c.quoted...)
	case colExact:
		return strconv.AppendBool(b, r.Size.Exact)
	case colError:
		if r.Size.Unbounded {
			return b
		}
		return linebuf.AppendInt(b, r.Size.Error)
	case colResident:
		return linebuf.AppendInt(b, r.Size.Resident)
	}
	return b
}

// appendNotNegative appends a number, nothing when it is negative: not known.
func appendNotNegative(b []byte, n int64) []byte {
	if n < 0 {
		return b
	}
	return linebuf.AppendInt(b, n)
}

// Close writes what is buffered.
func (c *csvWriter) Close() error { return c.Flush() }

// key appends the key; most are plain and go as they are.
func (c *csvWriter) key(dst []byte, r *aggregate.Row) []byte {
	if escape.PlainCSV(r.Key) && !isCut(r) {
		return append(dst, r.Key...)
	}
	c.scratch = AppendKey(c.scratch[:0], r)
	return escape.AppendCSV(dst, c.scratch)
}

// pattern is field for bytes: a conversion would allocate for each row.
func (c *csvWriter) pattern(dst, s []byte) []byte {
	if escape.PlainCSV(s) {
		return append(dst, s...)
	}
	c.scratch = escape.AppendPrintable(c.scratch[:0], s, false)
	return escape.AppendCSV(dst, c.scratch)
}

// field appends text as a field.
func (c *csvWriter) field(dst []byte, s string) []byte {
	if escape.PlainCSV(s) {
		return append(dst, s...)
	}
	c.scratch = escape.AppendPrintable(c.scratch[:0], s, false)
	return escape.AppendCSV(dst, c.scratch)
}
