package parser

import "math/bits"

// Dialect says which family of servers gave the type and opcode numbers of a
// dump their meaning: the same number means different things in each.
type Dialect uint8

const (
	// DialectRedis covers every dump whose magic is REDIS, KeyDB included.
	DialectRedis Dialect = iota
	// DialectValkey covers dumps whose magic is VALKEY (Valkey 9.0 and later).
	DialectValkey
	// DialectDragonfly covers REDIS-magic dumps that carry the AUX field df-ver.
	DialectDragonfly
)

// String returns the family's name in lower case.
func (d Dialect) String() string {
	switch d {
	case DialectValkey:
		return "valkey"
	case DialectDragonfly:
		return "dragonfly"
	default:
		return "redis"
	}
}

// Type is the RDB type of a value. Values below 0x80 equal the byte in a dump
// with REDIS magic; types that reuse such a number in another dialect have the
// high bit set, so that a Type is unambiguous without its dialect.
type Type uint8

// RDB value types (rdb.h of Redis and Valkey).
const (
	TypeString            Type = 0
	TypeList              Type = 1
	TypeSet               Type = 2
	TypeZset              Type = 3
	TypeHash              Type = 4
	TypeZset2             Type = 5
	TypeModulePreGA       Type = 6
	TypeModule2           Type = 7
	TypeHashZipmap        Type = 9
	TypeListZiplist       Type = 10
	TypeSetIntset         Type = 11
	TypeZsetZiplist       Type = 12
	TypeHashZiplist       Type = 13
	TypeListQuicklist     Type = 14
	TypeStreamListpacks   Type = 15
	TypeHashListpack      Type = 16
	TypeZsetListpack      Type = 17
	TypeListQuicklist2    Type = 18
	TypeStreamListpacks2  Type = 19
	TypeSetListpack       Type = 20
	TypeStreamListpacks3  Type = 21
	TypeHashMetadataPreGA Type = 22
	TypeHashListpackPreGA Type = 23
	TypeHashMetadata      Type = 24
	TypeHashListpackEx    Type = 25
	TypeStreamListpacks4  Type = 26
	TypeStreamListpacks5  Type = 27
	TypeArray             Type = 28
	TypeHashTmplLP        Type = 29
	TypeHashTmplLPRef     Type = 30
	TypeHashTmplArray     Type = 31
	TypeHashTmplArrayRef  Type = 32
	TypeKeyDBCron         Type = 64

	// TypeValkeyHash2 is type byte 22 under VALKEY magic: a hash with field TTLs.
	TypeValkeyHash2 Type = 0x80 | 22

	// Dragonfly's own types: type bytes 30 to 37 of dumps with the AUX field df-ver.
	TypeDragonflyJSON   Type = 0x80 | 30
	TypeDragonflyHash   Type = 0x80 | 31
	TypeDragonflySet    Type = 0x80 | 32
	TypeDragonflySBF    Type = 0x80 | 33
	TypeDragonflySBF2   Type = 0x80 | 34
	TypeDragonflyCMS    Type = 0x80 | 35
	TypeDragonflyTopK   Type = 0x80 | 36
	TypeDragonflyCuckoo Type = 0x80 | 37
)

// DataType is what the TYPE command calls a value.
type DataType uint8

const (
	DataTypeString DataType = iota
	DataTypeList
	DataTypeSet
	DataTypeZset
	DataTypeHash
	DataTypeStream
	DataTypeArray
	DataTypeModule
	DataTypeOther
	// NumDataTypes is the number of data types, for arrays indexed by DataType.
	NumDataTypes = int(DataTypeOther) + 1
)

var dataTypeNames = [NumDataTypes]string{"string", "list", "set", "zset", "hash", "stream", "array", "module", "other"}

// String returns the name the TYPE command prints ("module" for every module type).
func (l DataType) String() string {
	if int(l) < len(dataTypeNames) {
		return dataTypeNames[l]
	}
	return "other"
}

// IntClass says whether a string is a canonical int64 text and, if so, in which
// range it lies; every packed encoding sizes an integer by one of these ranges.
type IntClass uint8

const (
	NotInt IntClass = iota
	Int4            // 0..12
	Int7            // 13..127
	Int8            // -128..-1
	Int13           // -4096..-129 and 128..4095
	Int16           // the rest of int16
	Int24           // the rest of int24
	Int32           // the rest of int32
	Int64           // the rest of int64
)

// ClassOf returns the class of an integer.
func ClassOf(v int64) IntClass {
	sign := v >> 63
	class := classes[sign&1][bits.Len64(uint64(v^sign))]
	if class == Int4 && v > 12 {
		class = Int7
	}
	return class
}

// classes are the classes of integers that are not negative, and of those that
// are, by the bits they take without the sign. Int4 ends within its last one.
var classes = func() (t [2][65]IntClass) {
	for n := range t[0] {
		wide := Int64
		switch {
		case n <= 12:
			wide = Int13
		case n <= 15:
			wide = Int16
		case n <= 23:
			wide = Int24
		case n <= 31:
			wide = Int32
		}
		t[0][n], t[1][n] = wide, wide
		if n <= 7 {
			t[0][n], t[1][n] = Int7, Int8
		}
		if n <= 4 {
			t[0][n] = Int4
		}
	}
	return t
}()

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
)

// FingerprintMin and FingerprintMax are how many bytes a string has at least, and takes at most
// in the dump, of which Hooks.Fingerprint is shown the contents.
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
type Key struct {
	// What every key has comes first.

	Name        []byte
	NameLen     int64 // bytes of the whole name
	Offset      int64 // of the record's first byte (its first attribute) in the dump
	Size        int64 // bytes of the record in the dump, attributes included
	Expiry      int64 // ms since the epoch, may be negative
	Len         int64 // bytes of the string, of the packed blob, or of a module's payload
	Stored      int64 // bytes the string or blob takes in the dump when Compressed; summed over nodes
	Count       int64 // elements: 1 for a string, pairs for a hash, declared length for a stream (at most its bytes)
	Int         int64 // the integer, for a string with IntClass != NotInt
	Tag         Tag   // the caller's: what Hooks.Key left here
	DB          int32
	first, n    int32 // its elements in the batch
	Flags       KeyFlags
	Type        Type
	Code        byte // the type byte in the dump
	IntClass    IntClass
	Freq        uint8
	Metas       uint16    // metadata classes attached to the key (opcode 243, Redis 8.6+)
	Idle        int64     // seconds
	Module      *Module   // module values only
	NameHash    uint64    // FNV-1a of the whole name, only when NameTruncated
	Value       []byte    // contents of a sampled string, up to the size asked for
	Fingerprint [2]uint64 // the caller's: what Hooks.Fingerprint returned
	Raw         []byte    // the record as stored, when Hooks.Record asked for it
	Stream      *Stream   // streams only, set on the last piece
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
