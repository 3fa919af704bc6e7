package data

import (
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// Row is one key with everything a per-key export prints. Byte slices are valid
// during the call that hands the row over; copy to keep.
type Row struct {
	DB             int32
	DataType       parser.DataType
	TypeName       string // what TYPE prints; for modules the module's type name
	Key            []byte // at most parser.MaxName bytes
	KeyLen         int64  // bytes of the whole key
	Size           memory.Size
	Elements       int64
	LongestElement int64 // bytes, -1 when unknown
	HasExpiry      bool
	Expiry         int64  // ms since the epoch
	IdleSeconds    int64  // -1 when the dump has none
	Freq           int32  // -1 when the dump has none
	Slot           int32  // 0..16383, CRC16 of the key or its hash tag; -1 when the key is longer than parser.MaxName and has no tag
	Pattern        []byte // printable UTF-8, escaped for display like PatternRow.Pattern
	RDBBytes       int64
	Source         string
}

// RowSink receives rows in dump order. An error stops the analysis.
type RowSink interface {
	WriteRow(r *Row) error
}
