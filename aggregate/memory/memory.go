// Package memory computes what a key costs in a server's memory from the facts
// a dump holds: what MEMORY USAGE key SAMPLES 0 prints after the server loaded
// the dump, and what is really allocated.
package memory

import "github.com/rdblens/rdblens/parser"

// Encoding is what OBJECT ENCODING prints for a loaded value.
type Encoding uint8

const (
	EncodingUnknown Encoding = iota
	EncodingInt
	EncodingEmbstr
	EncodingRaw
	EncodingListpack
	EncodingZiplist
	EncodingListpackEx
	EncodingIntset
	EncodingQuicklist
	EncodingHashtable
	EncodingSkiplist
	EncodingStream
	EncodingArray
	EncodingModule
	NumEncodings = int(EncodingModule) + 1
)

var encodingNames = [NumEncodings]string{"unknown", "int", "embstr", "raw", "listpack", "ziplist", "listpackex",
	"intset", "quicklist", "hashtable", "skiplist", "stream", "array", "module"}

// String returns the name OBJECT ENCODING uses.
func (e Encoding) String() string { return encodingNames[e] }

// Size is what one key costs under one profile. All figures are bytes.
type Size struct {
	Bytes      int64 // MEMORY USAGE key SAMPLES 0
	Resident   int64 // really allocated (spec: REAL), tables of the keyspace not included
	Payload    int64 // bytes of key name and contents as the user sees them
	Waste      int64 // allocated minus requested, over all blocks that are known singly
	Error      int64 // bound (2 sigma) when not Exact, 0 otherwise
	Compact    int64 // MEMORY USAGE if the value were packed (listpack or intset) in spite of the limits; 0 when it is packed already or cannot be
	Compressed int64 // MEMORY USAGE if a string stored LZF-compressed in the dump were kept at that length; 0 when it does not apply
	CompactLen int64 // bytes of that packed blob
	// CompactResident and CompressedResident are what would really be
	// allocated in the cases of Compact and Compressed.
	CompactResident    int64
	CompressedResident int64
	Longest            int64 // bytes of the longest element (field or value, member, item); -1 when unknown
	Encoding           Encoding
	Exact              bool
}

// Term is one summand of Size.Bytes.
type Term struct {
	Name   string `json:"name"`   // "robj", "key sds", "listpack blob", …
	Bytes  int64  `json:"bytes"`  // counted
	Waste  int64  `json:"waste"`  // size class minus request, of that
	Source string `json:"source"` // the server's file and function
}

// Meter sizes one key at a time under one profile. Begin, any number of
// Elements, End; for a key without elements End alone after Begin.
type Meter interface {
	// Begin starts a key (its first piece).
	Begin(k *parser.Key)
	// Elements adds the records of a piece.
	Elements(b *parser.Batch, k *parser.Key, es []parser.Element)
	// End returns the size; k is the last piece.
	End(k *parser.Key) Size
	// NeedsWalk reports whether the packed blobs of k must be walked to size it.
	NeedsWalk(k *parser.Key) bool
	// Terms returns the summands of the last key ended, when explaining is on.
	Terms() []Term
}
