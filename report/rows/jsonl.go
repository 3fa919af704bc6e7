package rows

import (
	"encoding/base64"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/internal/linebuf"
	"github.com/rdblens/rdblens/report/units"
)

// NewJSONL writes rows as one JSON object a line, with the names of docs/keys.md
// in the order of the CSV columns; null is what the dump does not say. The key
// is the key, where it is valid UTF-8 and the row holds it whole. Otherwise it is
// escaped as in CSV, and key_base64 follows it with its bytes.
func NewJSONL(w io.Writer, columns Columns) Writer {
	return &jsonlWriter{Buffer: linebuf.New(w), columns: columns.orDefault()}
}

// jsonlWriter writes objects by hand, for the same reasons as csvWriter.
type jsonlWriter struct {
	linebuf.Buffer
	columns Columns
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
	b := append(j.Buf, '{')
	for i, col := range j.columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), jsonName(col)...), `":`...)
		b = j.column(b, col, r)
	}
	j.Buf = append(b, "}\n"...)
	return j.EndRow()
}

func jsonName(c column) string {
	if c == colDB {
		return "db"
	}
	return columnNames[c]
}

// column appends one value, and key_base64 behind a key that needs it.
func (j *jsonlWriter) column(b []byte, col column, r *aggregate.Row) []byte {
	switch col {
	case colDB:
		return linebuf.AppendInt(b, int64(r.DB))
	case colType:
		return j.text(b, TypeName(r))
	case colKey:
		return j.key(b, r)
	case colSize:
		return linebuf.AppendInt(b, r.Size.Bytes)
	case colEncoding:
		return j.text(b, EncodingName(r))
	case colElements:
		return linebuf.AppendInt(b, r.Elements)
	case colLongest:
		return appendKnown(b, r.LongestElement)
	case colExpiry:
		if !r.HasExpiry {
			return append(b, "null"...)
		}
		return append(units.AppendTime(append(b, '"'), r.Expiry), '"')
	case colIdle:
		return appendKnown(b, r.IdleSeconds)
	case colFreq:
		return appendKnown(b, int64(r.Freq))
	case colSlot:
		return linebuf.AppendInt(b, int64(r.Slot))
	case colPattern:
		return j.pattern(b, r.Pattern)
	case colRDBBytes:
		return linebuf.AppendInt(b, r.RDBBytes)
	case colSource:
		return append(b, j.quoted...)
	case colExact:
		return strconv.AppendBool(b, r.Size.Exact)
	case colError:
		if r.Size.Unbounded {
			return append(b, "null"...)
		}
		return linebuf.AppendInt(b, r.Size.Error)
	case colResident:
		return linebuf.AppendInt(b, r.Size.Resident)
	}
	return b
}

// Close writes what is buffered.
func (j *jsonlWriter) Close() error { return j.Flush() }

// key appends the key as a JSON string, and key_base64 when it is needed.
func (j *jsonlWriter) key(dst []byte, r *aggregate.Row) []byte {
	if escape.PlainJSON(r.Key) && !isCut(r) {
		return append(append(append(dst, '"'), r.Key...), '"')
	}
	if utf8.Valid(r.Key) && !isCut(r) {
		return escape.AppendJSONText(dst, r.Key)
	}
	j.scratch = AppendKey(j.scratch[:0], r)
	dst = escape.AppendJSON(dst, j.scratch)
	dst = append(dst, `,"key_base64":"`...)
	return append(base64.StdEncoding.AppendEncode(dst, r.Key), '"')
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
