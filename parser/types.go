package parser

// Dialect says which family of servers gave the type and opcode numbers of a
// dump their meaning: the same number means different things in each.
type Dialect uint8

const (
	// DialectRedis covers every dump whose magic is REDIS and that nothing tells to be
	// another server's.
	DialectRedis Dialect = iota
	// DialectValkey covers dumps whose magic is VALKEY (Valkey 9.0 and later).
	DialectValkey
	// DialectDragonfly covers REDIS-magic dumps that carry the AUX field df-ver.
	DialectDragonfly
	// DialectKeyDB covers REDIS-magic dumps with AUX fields that KeyDB alone writes
	// (mvcc-tstamp, keydb-…), and those up to RDB 9 with its cron jobs.
	DialectKeyDB
	// DialectROR covers REDIS-magic dumps of Redis-On-Rocks, which carry AUX fields
	// of its replication by GTID.
	DialectROR
)

// dialectNames is indexed by Dialect.
var dialectNames = [...]string{DialectRedis: "redis", DialectValkey: "valkey", DialectDragonfly: "dragonfly", DialectKeyDB: "keydb", DialectROR: "ror"}

const numDialects = len(dialectNames)

// dialectSet is a set of dialects.
type dialectSet uint8

func dialectsOf(all ...Dialect) (s dialectSet) {
	for _, d := range all {
		s |= 1 << d
	}
	return s
}

func (s dialectSet) has(d Dialect) bool { return s>>d&1 != 0 }

// String returns the family's name in lower case.
func (d Dialect) String() string { return dialectNames[d] }

// Type is the RDB type of a value. Values below 0x80 equal the byte in a dump
// with REDIS magic; types that reuse such a number in another dialect have the
// high bit set, so that a Type is unambiguous without its dialect (see TypeInfo.Code).
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
	TypeValkeyHash2 Type = ownNumber | 22

	// TypeValkeyPathHash is type byte 23 under VALKEY magic (RDB 81): a hash of hashes
	// by path.
	TypeValkeyPathHash Type = ownNumber | 23

	// TypeRORBitmap is type byte 192 of Redis-On-Rocks: a bitmap in pieces.
	TypeRORBitmap Type = 192

	// Dragonfly's own types: type bytes 30 to 37 of dumps with the AUX field df-ver.
	TypeDragonflyJSON   Type = ownNumber | 30
	TypeDragonflyHash   Type = ownNumber | 31
	TypeDragonflySet    Type = ownNumber | 32
	TypeDragonflySBF    Type = ownNumber | 33
	TypeDragonflySBF2   Type = ownNumber | 34
	TypeDragonflyCMS    Type = ownNumber | 35
	TypeDragonflyTopK   Type = ownNumber | 36
	TypeDragonflyCuckoo Type = ownNumber | 37
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

// dataTypes is indexed by DataType.
var dataTypes = [NumDataTypes]struct {
	name       string // as TYPE prints it
	skipsEmpty bool   // servers skip a key of this type that has no elements
}{
	DataTypeString: {"string", false},
	DataTypeList:   {"list", true},
	DataTypeSet:    {"set", true},
	DataTypeZset:   {"zset", true},
	DataTypeHash:   {"hash", true},
	DataTypeStream: {"stream", false},
	DataTypeArray:  {"array", true},
	DataTypeModule: {"module", false},
	DataTypeOther:  {"other", false},
}

// String returns the name the TYPE command prints ("module" for every module type).
func (d DataType) String() string {
	if int(d) < len(dataTypes) {
		return dataTypes[d].name
	}
	return dataTypes[DataTypeOther].name
}

// Shape is how a value of some type is laid out, in terms of doc.go's grammar.
type Shape uint8

const (
	// ShapeString: one string object.
	ShapeString Shape = iota
	// ShapePlain: a count, then the elements one by one.
	ShapePlain
	// ShapePacked: one packed blob.
	ShapePacked
	// ShapeNodes: a count, then packed blobs (quicklist).
	ShapeNodes
	// ShapeStream: nodes with packed blobs, counters, groups.
	ShapeStream
	// ShapeTemplate: values, the field names of which stand elsewhere.
	ShapeTemplate
	// ShapeModule: what only a module understands.
	ShapeModule
	// ShapeOther: none of these.
	ShapeOther
)

// Format is the layout of a packed blob.
type Format uint8

const (
	// FormatNone: the value holds no packed blobs.
	FormatNone Format = iota
	FormatZiplist
	FormatListpack
	FormatIntset
	FormatZipmap
)

// formats is indexed by Format.
var formats = [...]struct {
	name  string
	head  int   // bytes of a blob that tell its length and count
	least int64 // bytes of the smallest blob that can be whole
}{
	FormatNone:     {"none", 0, 0},
	FormatZiplist:  {"ziplist", 10, 11},
	FormatListpack: {"listpack", 6, 7},
	FormatIntset:   {"intset", 8, 8},
	FormatZipmap:   {"zipmap", 1, 2},
}

// String returns the name of the layout's source file in Redis ("listpack").
func (f Format) String() string { return formats[f].name }
