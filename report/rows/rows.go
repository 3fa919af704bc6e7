// Package rows writes a row for each key: as CSV and as lines of JSON, by itself
// or on a goroutine of its own. Packages text and parquet write the same rows in
// their formats.
package rows

import (
	"errors"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/internal/linebuf"
)

// Writer writes per-key rows. Close flushes but does not close the
// underlying writer. After an error every call returns that error.
type Writer interface {
	aggregate.RowSink
	Close() error
}

// ErrClosed is what a writer says to a row after Close.
var ErrClosed = errors.New("write of a row after close")

// TypeName returns what TYPE prints.
func TypeName(r *aggregate.Row) string {
	if r.TypeName == "" {
		return r.DataType.String()
	}
	return r.TypeName
}

// EncodingName returns what OBJECT ENCODING prints, for a module's value the
// name of its type.
func EncodingName(r *aggregate.Row) string {
	if r.Size.Encoding == memory.EncodingModule {
		return TypeName(r)
	}
	return r.Size.Encoding.String()
}

// AppendKey appends a row's key as text: printable UTF-8, other bytes as \xNN,
// a backslash doubled. A key that the row does not hold whole ends in \... and
// its length in parentheses; a lone backslash before a dot is no escape.
func AppendKey(dst []byte, r *aggregate.Row) []byte {
	dst = parser.AppendEscaped(dst, r.Key)
	return appendCutMark(dst, r)
}

// appendCutMark says, behind a key that is not whole, how long it is.
func appendCutMark(dst []byte, r *aggregate.Row) []byte {
	if !isCut(r) {
		return dst
	}
	dst = append(dst, `\...(`...)
	dst = linebuf.AppendInt(dst, r.KeyLen)
	return append(dst, " bytes)"...)
}

// isCut reports whether the row holds only the beginning of its key.
func isCut(r *aggregate.Row) bool { return r.KeyLen > int64(len(r.Key)) }
