package parquet

import (
	"encoding/binary"
	"io"

	"github.com/parquet-go/parquet-go"
)

const (
	schemaKey  = "rdblens.schema"
	rowsSchema = "rdblens.keys/1"
	// maxFooter bounds what is read of a file that may be anybody's: with the columns
	// of a row, room for some hundred thousand row groups.
	maxFooter = 256 << 20
)

// IsRows reports whether a file of size bytes is Parquet that holds rows written by
// this package: the metadata in its footer says so.
func IsRows(r io.ReaderAt, size int64) (ours bool) {
	var tail [8]byte
	if size < 12 {
		return false
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil || string(tail[4:]) != "PAR1" {
		return false
	}
	if n := int64(binary.LittleEndian.Uint32(tail[:])); n > maxFooter || n > size-12 {
		return false
	}
	defer func() {
		if recover() != nil { // the library's, over a damaged footer
			ours = false
		}
	}()
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return false
	}
	schema, ok := f.Lookup(schemaKey)
	return ok && schema == rowsSchema
}
