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
	EncodingTemplateListpack
	EncodingTemplateArray
	NumEncodings = int(EncodingTemplateArray) + 1
)

var encodingNames = [NumEncodings]string{"unknown", "int", "embstr", "raw", "listpack", "ziplist", "listpackex",
	"intset", "quicklist", "hashtable", "skiplist", "stream", "sliced-array", "module", "template-listpack", "template-array"}

// String returns the name OBJECT ENCODING uses.
func (e Encoding) String() string {
	if int(e) < NumEncodings {
		return encodingNames[e]
	}
	return encodingNames[EncodingUnknown]
}

// Size is what one key costs under one profile. All figures are bytes.
type Size struct {
	Bytes    int64 // MEMORY USAGE key SAMPLES 0
	Resident int64 // really allocated; the tables of the keyspace are not part of it
	// Payload is the key's name and its contents as the user sees them, a
	// score counting as a double. For packed blobs that were not walked it is
	// an estimate from their headers.
	Payload int64
	// Waste is allocated minus requested, over all blocks that are known singly.
	Waste int64
	// Error bounds the difference to the server's figure when not Exact: two
	// standard deviations of what depends on its random seeds. It is 0 for
	// values of a type the line cannot load, which are sized as the same data
	// written by the line itself. It says nothing when Unbounded.
	Error int64
	// Compact is MEMORY USAGE if the value of a table were packed (listpack,
	// ziplist, listpackex or intset) in spite of the limits; 0 when it is
	// packed already or cannot be. CompactLen is the length of the packed blob.
	Compact    int64
	CompactLen int64
	// Compressed is MEMORY USAGE if a string stored LZF-compressed in the dump
	// were kept at that length; 0 when it does not apply.
	Compressed int64
	// CompactResident and CompressedResident are what would really be
	// allocated in the cases of Compact and Compressed.
	CompactResident    int64
	CompressedResident int64
	// Packed is the length of the packed blob that holds the value (listpack,
	// ziplist, intset), of a list that of its longest packed node; 0 for values
	// that are not packed. PackedElements is how many elements the blob, or the
	// fullest node, holds: fields, members or items.
	Packed         int64
	PackedElements int64
	// Longest is the longest element: field or value, member, item, or the
	// string itself; -1 when unknown.
	Longest  int64
	Encoding Encoding
	// Exact says that Bytes is what the server prints, to the byte.
	Exact bool
	// Unbounded says that no bound of the difference is known: Error is not one.
	Unbounded bool
}

// Term is one summand of Size.Bytes.
type Term struct {
	Name   string `json:"name"`   // "robj", "key sds", "listpack blob", …
	Bytes  int64  `json:"bytes"`  // counted
	Waste  int64  `json:"waste"`  // size class minus request, of that
	Source string `json:"source"` // the server's file and function
}

// Meter sizes one key at a time under one profile. Begin, any number of
// Elements, End; for a key without elements End alone after Begin. It keeps
// running sums only, however many elements a key has, and allocates nothing
// for a key or an element. A Meter is for one goroutine, NeedsWalk excepted.
type Meter interface {
	// Begin starts a key (its first piece).
	Begin(k *parser.Key)
	// Elements adds the records of a piece.
	Elements(b *parser.Batch, k *parser.Key, es []parser.Element)
	// End returns the size; k is the last piece.
	End(k *parser.Key) Size
	// Piece does all that for the keys of a dump, one after the other: s becomes
	// the size of k, zero for one that goes on in the next batch. open says whether
	// the key before goes on; the result says it of this one.
	Piece(b *parser.Batch, k *parser.Key, s *Size, open bool) bool
	// NeedsWalk reports whether the packed blobs of k must be walked to size
	// it. It looks at the type and the declared count only, may be called from
	// another goroutine, and fits parser.Hooks.Walk.
	NeedsWalk(k *parser.Key) bool
	// Figures returns what users know the last key ended by, nil unless it is a value
	// of a module that is known; valid until the next Begin.
	Figures() *Figures
	// Terms returns the summands of the last key ended, when explaining is on;
	// valid until the next End. They add up to Size.Bytes.
	Terms() []Term
}
