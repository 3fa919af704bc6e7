package rows

import (
	"encoding/base64"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/internal/linebuf"
	"github.com/rdblens/rdblens/report/units"
)

// NewJSONL writes rows as one JSON object a line, with the names of docs/keys.md
// in the order of the CSV columns; null is what the dump does not say. The key
// is escaped as in CSV; key_base64 follows it when it is not valid UTF-8.
func NewJSONL(w io.Writer) Writer {
	return &jsonlWriter{Buffer: linebuf.New(w)}
}

// jsonlWriter writes objects by hand, for the same reasons as csvWriter.
type jsonlWriter struct {
	linebuf.Buffer
	scratch []byte
	name    string // the source that quoted stands for
	quoted  []byte
}

// WriteRow writes one line.
func (j *jsonlWriter) WriteRow(r *aggregate.Row) error {
	if j.Err != nil {
		return j.Err
	}
	if r.Source != j.name || j.quoted == nil {
		j.name = strings.Clone(r.Source)
		j.quoted = j.text(j.quoted[:0], r.Source)
	}
	b := linebuf.AppendInt(append(j.Buf, `{"db":`...), int64(r.DB))
	b = j.text(append(b, `,"type":`...), TypeName(r))
	b = j.key(append(b, `,"key":`...), r)
	b = linebuf.AppendInt(append(b, `,"size_in_bytes":`...), r.Size.Bytes)
	b = j.text(append(b, `,"encoding":`...), EncodingName(r))
	b = linebuf.AppendInt(append(b, `,"num_elements":`...), r.Elements)
	b = appendKnown(append(b, `,"len_largest_element":`...), r.LongestElement)
	b = append(b, `,"expiry":`...)
	if r.HasExpiry {
		b = append(units.AppendTime(append(b, '"'), r.Expiry), '"')
	} else {
		b = append(b, "null"...)
	}
	b = appendKnown(append(b, `,"idle_seconds":`...), r.IdleSeconds)
	b = appendKnown(append(b, `,"freq":`...), int64(r.Freq))
	b = linebuf.AppendInt(append(b, `,"slot":`...), int64(r.Slot))
	b = j.pattern(append(b, `,"pattern":`...), r.Pattern)
	b = linebuf.AppendInt(append(b, `,"rdb_bytes":`...), r.RDBBytes)
	b = append(append(b, `,"source":`...), j.quoted...)
	b = strconv.AppendBool(append(b, `,"exact":`...), r.Size.Exact)
	b = linebuf.AppendInt(append(b, `,"error_bytes":`...), r.Size.Error)
	j.Buf = append(b, "}\n"...)
	return j.EndRow()
}

// Close writes what is buffered.
func (j *jsonlWriter) Close() error { return j.Flush() }

// key appends the key as a JSON string, and key_base64 when it is needed.
func (j *jsonlWriter) key(dst []byte, r *aggregate.Row) []byte {
	if escape.PlainJSON(r.Key) && !isCut(r) {
		return append(append(append(dst, '"'), r.Key...), '"')
	}
	j.scratch = appendCutMark(parser.AppendEscaped(j.scratch[:0], r.Key), r)
	dst = escape.AppendJSON(dst, j.scratch)
	if !utf8.Valid(r.Key) {
		dst = append(dst, `,"key_base64":"`...)
		dst = append(base64.StdEncoding.AppendEncode(dst, r.Key), '"')
	}
	return dst
}

// pattern is text for bytes: a conversion would allocate for each row.
func (j *jsonlWriter) pattern(dst, s []byte) []byte {
	if escape.PlainJSON(s) {
		return append(append(append(dst, '"'), s...), '"')
	}
	j.scratch = escape.AppendPrintable(j.scratch[:0], s, false)
	return escape.AppendJSON(dst, j.scratch)
}

// text appends text as a JSON string.
func (j *jsonlWriter) text(dst []byte, s string) []byte {
	if escape.PlainJSON(s) {
		return append(append(append(dst, '"'), s...), '"')
	}
	j.scratch = escape.AppendPrintable(j.scratch[:0], s, false)
	return escape.AppendJSON(dst, j.scratch)
}

// appendKnown appends a number, null when it is negative: not known.
func appendKnown(dst []byte, n int64) []byte {
	if n < 0 {
		return append(dst, "null"...)
	}
	return linebuf.AppendInt(dst, n)
}
