package report

import (
	"io"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// csvHeader names the columns; scripts of this field know the first eight.
const csvHeader = "database,type,key,size_in_bytes,encoding,num_elements,len_largest_element,expiry," +
	"idle_seconds,freq,slot,pattern,rdb_bytes,source,exact,error_bytes\n"

// NewCSV writes rows as CSV with the header of docs/keys.md: RFC 4180 quoting,
// lines that end in a line feed, an empty field for what the dump does not say.
// Text is printable UTF-8, and no field begins with a character that a
// spreadsheet takes for a formula. A key of more than parser.MaxName bytes ends
// in \...( and its length.
func NewCSV(w io.Writer) RowWriter {
	c := &csvWriter{lineBuffer: lineBuffer{w: w, buf: make([]byte, 0, flushSize+4096)}}
	c.buf = append(c.buf, csvHeader...)
	return c
}

type csvWriter struct {
	lineBuffer
	scratch []byte
	name    string // the source that quoted stands for
	quoted  []byte
}

func (c *csvWriter) WriteRow(r *aggregate.Row) error {
	if c.err != nil {
		return c.err
	}
	if r.Source != c.name || c.quoted == nil {
		c.name = strings.Clone(r.Source)
		c.quoted = c.field(c.quoted[:0], r.Source)
	}
	b := appendInt(c.buf, int64(r.DB))
	typ := r.Logical.String() // of these names none needs quotes
	if r.TypeName == "" || r.TypeName == typ {
		b = append(append(b, ','), typ...)
	} else {
		b = c.field(append(b, ','), r.TypeName)
	}
	b = c.key(append(b, ','), r)
	b = appendInt(append(b, ','), r.Size.Bytes)
	if r.Size.Encoding != memory.EncodingModule {
		b = append(append(b, ','), r.Size.Encoding.String()...)
	} else {
		b = c.field(append(b, ','), typeName(r))
	}
	b = appendInt(append(b, ','), r.Elements)
	b = append(b, ',')
	if r.LongestElement >= 0 {
		b = appendInt(b, r.LongestElement)
	}
	b = append(b, ',')
	if r.HasExpiry {
		b = appendTime(b, r.Expiry)
	}
	b = append(b, ',')
	if r.IdleSeconds >= 0 {
		b = appendInt(b, r.IdleSeconds)
	}
	b = append(b, ',')
	if r.Freq >= 0 {
		b = appendInt(b, int64(r.Freq))
	}
	b = appendInt(append(b, ','), int64(r.Slot))
	b = c.pattern(append(b, ','), r.Pattern)
	b = appendInt(append(b, ','), r.RDBBytes)
	b = append(append(b, ','), c.quoted...)
	b = strconv.AppendBool(append(b, ','), r.Size.Exact)
	b = appendInt(append(b, ','), r.Size.Error)
	c.buf = append(b, '\n')
	return c.endRow()
}

func (c *csvWriter) Close() error { return c.flush() }

func (c *csvWriter) key(dst []byte, r *aggregate.Row) []byte {
	if plainCSV(r.Key) && !isCut(r) {
		return append(dst, r.Key...)
	}
	c.scratch = appendKey(c.scratch[:0], r)
	return appendQuoted(dst, c.scratch)
}

func (c *csvWriter) pattern(dst, s []byte) []byte {
	if plainCSV(s) {
		return append(dst, s...)
	}
	c.scratch = appendPrintable(c.scratch[:0], s, false)
	return appendQuoted(dst, c.scratch)
}

func (c *csvWriter) field(dst []byte, s string) []byte {
	if plainCSV(s) {
		return append(dst, s...)
	}
	c.scratch = appendPrintable(c.scratch[:0], s, false)
	return appendQuoted(dst, c.scratch)
}

// plainCSV reports whether text needs neither escapes nor quotes.
func plainCSV[T string | []byte](s T) bool {
	return len(s) == 0 || !startsFormula(s[0]) && plainText(s, ',')
}

// startsFormula reports whether spreadsheets evaluate a field that begins with c.
func startsFormula(c byte) bool { return c == '=' || c == '+' || c == '-' || c == '@' }

// appendQuoted appends printable text as a field.
func appendQuoted(dst, s []byte) []byte {
	quote := false
	for _, c := range s {
		if c == ',' || c == '"' {
			quote = true
			break
		}
	}
	if !quote {
		start := len(dst)
		return appendFormulaGuard(append(dst, s...), start)
	}
	dst = append(dst, '"')
	start := len(dst)
	for _, c := range s {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(appendFormulaGuard(dst, start), '"')
}

// appendFormulaGuard writes the first byte of the field dst[start:] as \xNN
// when a spreadsheet would take the field for a formula.
func appendFormulaGuard(dst []byte, start int) []byte {
	if start == len(dst) || !startsFormula(dst[start]) {
		return dst
	}
	c := dst[start]
	dst = append(dst, 0, 0, 0)
	copy(dst[start+4:], dst[start+1:])
	const hex = "0123456789abcdef"
	dst[start], dst[start+1], dst[start+2], dst[start+3] = '\\', 'x', hex[c>>4], hex[c&15]
	return dst
}
