package parser

// Aux is one AUX field, in dump order. Key and value are hostile bytes.
type Aux struct {
	Key, Value string
}

// Header is what precedes the first database of a dump.
type Header struct {
	Magic   string // "REDIS0011", "VALKEY080"
	Version int    // RDB version: 11, 80
	Dialect Dialect
	Aux     []Aux // at most MaxAux fields of at most 4 KiB each
}

// MaxAux bounds the AUX fields that are kept (KeyDB and cluster dumps write
// one per key or slot).
const MaxAux = 256

// Lookup returns the last value of an AUX field.
func (h *Header) Lookup(key string) (string, bool) {
	for i := len(h.Aux) - 1; i >= 0; i-- {
		if h.Aux[i].Key == key {
			return h.Aux[i].Value, true
		}
	}
	return "", false
}

// Checksum says what is known of a dump's CRC-64 footer.
type Checksum uint8

const (
	// ChecksumUnknown: the end was not reached.
	ChecksumUnknown Checksum = iota
	// ChecksumOK: computed and equal.
	ChecksumOK
	// ChecksumMismatch: computed and different.
	ChecksumMismatch
	// ChecksumDisabled: the footer is zero, the writer computed none.
	ChecksumDisabled
	// ChecksumAbsent: RDB versions below 5 have none.
	ChecksumAbsent
	// ChecksumSkipped: Options.NoChecksum.
	ChecksumSkipped
)

var checksumNames = [...]string{"unknown", "ok", "mismatch", "disabled", "absent", "skipped"}

// String returns a word: ok, mismatch, disabled, absent, skipped, unknown.
func (c Checksum) String() string { return checksumNames[c] }

// Database holds what a dump declares of one database and what was read.
type Database struct {
	DB               int32 // OtherDatabases: those beyond the MaxDatabases with the smallest numbers
	DeclaredKeys     int64 // RESIZEDB, -1 when absent
	DeclaredExpires  int64 // RESIZEDB, -1 when absent
	Keys             int64 // read
	Expires          int64 // read, with an expiry
	Slots            int64 // SLOT_INFO records
	SlotKeysDeclared int64
}

// Warning is a claim of the dump that its bytes do not bear out, or something
// a reader should know; it never stops reading.
type Warning struct {
	Code   WarningCode
	Count  int64
	Offset int64  // of the first occurrence
	Key    string // name of the first key concerned, raw bytes, at most 1 KiB
	Text   string // what was seen first
}

// WarningCode names a kind of warning.
type WarningCode string

// The kinds of warning.
const (
	WarnCountLie      WarningCode = "count-lie"        // the count of a blob's or vector set's header is not the number of its entries
	WarnNodeCount     WarningCode = "node-count"       // the same of a stream's node: no server compares it
	WarnLongLength    WarningCode = "long-length"      // a zipmap's length in more bytes than it takes
	WarnResizeLie     WarningCode = "resize-lie"       // RESIZEDB differs from what was read
	WarnStreamLength  WarningCode = "stream-length"    // a stream's length differs from its live entries
	WarnEmpty         WarningCode = "empty-collection" // a collection without elements: servers skip it
	WarnChecksumOff   WarningCode = "checksum-disabled"
	WarnNewerVersion  WarningCode = "newer-version" // an RDB version this reader does not know
	WarnMagicVersion  WarningCode = "magic-version" // a magic and version no server writes together
	WarnTrailing      WarningCode = "trailing-bytes"
	WarnDangling      WarningCode = "dangling-attribute" // an expiry or the like without a key
	WarnNameTruncated WarningCode = "long-name"          // a key longer than MaxName
	WarnContainer     WarningCode = "container"          // bytes before the dump: a replication capture
	WarnTransfer      WarningCode = "transfer-lie"       // a replication capture whose length or end mark is not what it announces
	WarnBadExpiry     WarningCode = "bad-field-expiry"   // a hash field whose expiry is no integer
	WarnUpdates       WarningCode = "updates"            // commands within the dump (Valkey 9.2), which are not replayed
	WarnTemplate      WarningCode = "undefined-template" // a hash refers to a template that nothing defines
	WarnScore         WarningCode = "bad-score"          // a score of a sorted set that is no number, or NaN
	WarnDamaged       WarningCode = "damaged-value"      // the inside of a value makes no sense, and was passed over
)

// Defect reports whether the warning means that a server would refuse the dump
// when it checks it thoroughly, although every byte could be read.
func (c WarningCode) Defect() bool {
	return c == WarnCountLie || c == WarnLongLength || c == WarnDamaged || c == WarnTemplate || c == WarnScore
}

// Info is what is known of a dump after reading.
type Info struct {
	Header
	Start     int64 // offset of the magic in the source
	End       int64 // offset after the last byte of the dump, footer included
	Keys      int64
	Expires   int64
	Databases []Database // in order of first appearance; of more than MaxDatabases by number, then the others as one
	Types     [256]int64 // keys by Type
	Opcodes   [256]int64 // records by opcode byte
	// OpcodeDialect is the dialect that gives Opcodes their names.
	Functions        int64 // function libraries (opcodes 245 and 246)
	FunctionBytes    int64
	Libraries        []Library // of those the first MaxLibraries, as they say themselves what they are
	ModuleAux        []ModuleUse
	Modules          []ModuleUse // module values by module
	KeyMetas         int64       // keys with attached metadata (opcode 243)
	Checksum         Checksum
	ChecksumStored   uint64 // as stored
	ChecksumComputed uint64 // as computed
	Walked           bool   // every packed blob was read entry by entry
	Tail             Tail
	Warnings         []Warning
	Damage           []Damage // what Options.Salvage passed over, the first 256
	DamageCount      int64    // how often
	Skipped          int64    // bytes passed over
	LastKey          []byte   // name of the last whole key, at most 1 KiB
	LastKeyDB        int32
	LastKeyOffset    int64
}

// MaxLibraries bounds Info.Libraries.
const MaxLibraries = 64

// Library is a library of functions.
type Library struct {
	Name, Engine string // of its first line, raw; at most 256 bytes of it are looked at
	Bytes        int64  // of its record
}

// ModuleUse counts the values (or AUX sections) of one module.
type ModuleUse struct {
	Name    string
	Version int
	Count   int64
	Bytes   int64
	// Number and Text are the first number and string of an AUX section, of the last
	// that has any: of a search module how many indexes there are and the name of one.
	// At most 256 bytes of the text are kept, raw.
	Number uint64
	Text   string
}

// Tail describes the bytes after the footer.
type Tail struct {
	Kind  string // "", "aof", "eof-mark", "newline", "rdb", "garbage"
	Bytes int64  // how many, as far as was read; the rest of a source is counted to its end
}
