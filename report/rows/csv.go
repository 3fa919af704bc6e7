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

// csvHeader names the columns; scripts of this field know the first eight.
const csvHeader = "database,type,key,size_in_bytes,encoding,num_elements,len_largest_element,expiry," +
	"idle_seconds,freq,slot,pattern,rdb_bytes,source,exact,error_bytes\n"

// NewCSV writes rows as CSV with the header of docs/keys.md: RFC 4180 quoting,
// lines that end in a line feed, an empty field for what the dump does not say.
// Text is printable UTF-8, and no field begins with a character that a
// spreadsheet takes for a formula. A key of more than parser.MaxName bytes ends
// in \...( and its length.
func NewCSV(w io.Writer) Writer {
	c := &csvWriter{Buffer: linebuf.New(w)}
	c.Buf = append(c.Buf, csvHeader...)
	return c
}

// csvWriter writes fields by hand: encoding/csv wants strings, which would have to
// be allocated for each row. Rows of one source come together, so that its name is
// escaped once.
type csvWriter struct {
	linebuf.Buffer
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
	b := linebuf.AppendInt(c.Buf, int64(r.DB))
	typ := r.DataType.String() // of these names none needs quotes
	if r.TypeName == "" || r.TypeName == typ {
		b = append(append(b, ','), typ...)
	} else {
		b = c.field(append(b, ','), r.TypeName)
	}
	b = c.key(append(b, ','), r)
	b = linebuf.AppendInt(append(b, ','), r.Size.Bytes)
	if r.Size.Encoding != memory.EncodingModule {
		b = append(append(b, ','), r.Size.Encoding.String()...)
	} else {
		b = c.field(append(b, ','), TypeName(r))
	}
	b = linebuf.AppendInt(append(b, ','), r.Elements)
	b = append(b, ',')
	if r.LongestElement >= 0 {
		b = linebuf.AppendInt(b, r.LongestElement)
	}
	b = append(b, ',')
	if r.HasExpiry {
		b = units.AppendTime(b, r.Expiry)
	}
	b = append(b, ',')
	if r.IdleSeconds >= 0 {
		b = linebuf.AppendInt(b, r.IdleSeconds)
	}
	b = append(b, ',')
	if r.Freq >= 0 {
		b = linebuf.AppendInt(b, int64(r.Freq))
	}
	b = linebuf.AppendInt(append(b, ','), int64(r.Slot))
	b = c.pattern(append(b, ','), r.Pattern)
	b = linebuf.AppendInt(append(b, ','), r.RDBBytes)
	b = append(append(b, ','), c.quoted...)
	b = strconv.AppendBool(append(b, ','), r.Size.Exact)
	b = linebuf.AppendInt(append(b, ','), r.Size.Error)
	c.Buf = append(b, '\n')
	return c.EndRow()
}

// Close writes what is buffered.
func (c *csvWriter) Close() error { return c.Flush() }

// key appends the key; most are plain and go as they are.
func (c *csvWriter) key(dst []byte, r *aggregate.Row) []byte {
	if escape.PlainCSV(r.Key) && !isCut(r) {
		return append(dst, r.Key...)
	}
	c.scratch = appendKey(c.scratch[:0], r)
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
