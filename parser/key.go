package parser

// KeyFlags qualify a Key.
type KeyFlags uint16

const (
	// HasExpiry: Expiry is set.
	HasExpiry KeyFlags = 1 << iota
	// HasIdle: Idle is set (the writer ran an LRU policy).
	HasIdle
	// HasFreq: Freq is set (the writer ran an LFU policy).
	HasFreq
	// More: the value goes on in the next batch; Size, Count and Stored are not final.
	More
	// Continued: the key began in an earlier batch.
	Continued
	// NameTruncated: Name holds only the first MaxName bytes of the key.
	NameTruncated
	// Walked: the packed blobs of the value were read entry by entry and their
	// items are among the elements.
	Walked
	// Compressed: the string, or some packed blob, is stored LZF-compressed.
	Compressed
	// HasValue: Value holds the string's contents (a sampled key).
	HasValue
	// Tagged is the caller's, as Key.Tag: Hooks.Key may set it.
	Tagged
	// HasFingerprint: Fingerprint is set (by Hooks.Fingerprint).
	HasFingerprint
	// ValueLZF: Value is the beginning of an LZF stream (Hooks.KeepLZF).
	ValueLZF
	// Damaged: something inside the value could not be read, an entry of a packed
	// blob or a compressed string, and was passed over. Facts that the value's heads
	// tell are there as if nobody had looked. When the value is one packed blob
	// (ShapePacked) none of its elements count, not even those of earlier pieces.
	Damaged
	// Unreported: Damaged, and not in Info.Warnings: it was noticed in contents that
	// Hooks.Key wanted, and nothing else asked for them.
	Unreported
	// Nameless: the names of a hash's fields are not known, nor their lengths: it
	// refers to a template that nothing defines, or that is too large to be kept.
	Nameless
)

// FingerprintMin and FingerprintMax are how many bytes a string has at least, and
// takes at most in the dump, of which Hooks.Fingerprint is shown the contents.
const (
	FingerprintMin = 64
	FingerprintMax = 16 << 10
)

// MaxName is the number of bytes of a key's name that a Key holds at most.
const MaxName = 64 << 10

// Key is one record of a dump: the key's name and attributes, and the facts of
// its value that the memory model and the reports need.
//
// Name, Value and Raw point into the batch and are valid until its Release.
//
// A record is four cache lines. All that is written of a plain string and read of it by
// everybody lies in the first two: the others stay where they are.
type Key struct {
	Name     []byte
	NameLen  int64 // bytes of the whole name
	Offset   int64 // of the record's first byte (its first attribute) in the dump
	Size     int64 // bytes of the record in the dump, attributes included
	Expiry   int64 // ms since the epoch, may be negative
	Len      int64 // bytes of the string, of the packed blob, or of a module's payload
	Stored   int64 // bytes the string or blob takes in the dump when Compressed; summed over nodes
	Count    int64 // elements: 1 for a string, pairs for a hash, declared length for a stream (at most its bytes)
	Idle     int64 // seconds
	Tag      Tag   // the caller's: what Hooks.Key left here
	DB       int32
	first, n uint16 // its elements in the batch, at most batchElements
	Flags    KeyFlags
	Type     Type
	Code     byte // the type byte in the dump
	IntClass IntClass
	Freq     uint8
	Metas    uint16 // metadata classes attached to the key (opcode 243, Redis 8.6+)

	// The third line: integers, modules, streams, and what a caller asked for.
	Int      int64   // the integer, for a string with IntClass != NotInt
	Module   *Module // module values only
	Value    []byte  // contents of a sampled string, up to the size asked for
	NameHash uint64  // the first 64 bits of SHA-256 of the whole name, or what Hooks.LongName left here; only when NameTruncated
	Stream   *Stream // streams only, set on the last piece
	Named    uint32  // the caller's: what Hooks.LongName left here

	// The fourth.
	Fingerprint [3]uint64 // the caller's: what Hooks.Fingerprint returned
	Raw         []byte    // the record as stored, when Hooks.Record asked for it
	_           [16]byte
}

// Tag is a few numbers that go with a key from Hooks.Key, which sees its name
// when it was just read, to whoever takes the batch.
type Tag [3]uint64

// Is reports whether all flags of f are set.
func (k *Key) Is(f KeyFlags) bool { return k.Flags&f == f }

// Module names the module a value belongs to.
type Module struct {
	Name    string // nine characters of the module type alphabet, e.g. "ReJSON-RL"
	Version int    // encoding version, 0..1023
	// Vector is set for values of the vectorset module (Redis 8).
	Vector *VectorSet
}

// VectorSet is the header of a vectorset value (Redis 8, modules/vector-sets).
type VectorSet struct {
	Dim, Elements, Config, Flags, InputDim uint64
}

// Stream holds the counters of a stream.
type Stream struct {
	Nodes        int64 // macro nodes
	Length       int64 // declared number of entries
	Groups       int64
	LastMs       uint64
	LastSeq      uint64
	EntriesAdded uint64
	// IDMP (Redis 8.6+)
	DurationSeconds, MaxEntries uint64
	Producers                   int64
}
