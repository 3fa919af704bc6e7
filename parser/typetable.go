package parser

import (
	"iter"
	"strconv"
)

// TypeInfo is what the parser knows of one RDB type. The table of these drives
// decoding and messages, and whoever must treat every type can go over it: see
// Types.
type TypeInfo struct {
	Type Type
	Name string // the constant's name in rdb.h, without RDB_TYPE_
	// Dialect is the dialect that the type is of: a dump of it can hold the type. KnownIn
	// says which others can.
	Dialect  Dialect
	Since    int // RDB version that introduced it
	DataType DataType
	Shape    Shape
	// Format is the layout of the packed blobs in a value, which are judged by
	// their headers unless walked.
	Format Format
	// Arity is how many entries of a packed blob make one element, 0 without one.
	Arity int64
	// FieldTTLs: fields of the hash, or members of the set, may have TTLs.
	FieldTTLs bool
	// Unreadable: only the module that wrote a value can tell where it ends, so
	// reading ends with it.
	Unreadable bool

	in      dialectSet // dialects that give the byte this meaning
	version int        // generation of the layout of a stream
	fast    bool       // packed values are read by the loop over strings, see packedHead
	module  *Module
	read    func(sc *scanner, k *Key) bool // reads a value (readString: one that is a string); nil for TypeString alone, which record reads itself
}

// Code returns the type byte in a dump.
func (t *TypeInfo) Code() byte {
	if t.Type == TypeRORBitmap {
		return byte(t.Type)
	}
	return byte(t.Type) &^ ownNumber
}

// KnownIn reports whether a dump of that dialect and RDB version can hold the type.
func (t *TypeInfo) KnownIn(d Dialect, version int) bool {
	return t.in.has(d) && (t.Code() < firstDated || t.Since <= version)
}

// ownNumber marks a Type whose number means another type in dumps of Redis.
const ownNumber = 0x80

// firstDated is the first type byte that is known only from the RDB version on that
// introduced it. Numbers below mean the same in every dialect, and dumps put together
// from several have newer ones than their magic says; those from here on were given
// out more than once, to forks and to drafts.
const firstDated = 22

// noType is the Type of a byte that stands for none: it is EOF.
const noType Type = opEOF

var (
	// typeRows is the table.
	typeRows []TypeInfo
	// types is indexed by Type; a row without a name stands for no type.
	types [256]TypeInfo
	// typeCodes gives the Type of a byte in a dialect, noType for none. No byte falls
	// through from one dialect to another: each has all of its types.
	typeCodes [numDialects][256]Type
	// fastForms is indexed by Type: the packed types of the fast path, with an
	// arity of 0 for all others. A copy of its own lies in few cache lines.
	fastForms [256]struct {
		format Format
		arity  uint8
	}
)

// The table is filled in by init because its functions look things up in it.
func init() {
	const (
		str, list, set, zset = DataTypeString, DataTypeList, DataTypeSet, DataTypeZset
		hash, stream, module = DataTypeHash, DataTypeStream, DataTypeModule
		valkey, df           = DialectValkey, DialectDragonfly
	)
	// What RDB 11 had is the same to all servers. Redis-On-Rocks has what Redis has.
	common, redis := dialectsOf(DialectRedis, valkey, df, DialectKeyDB, DialectROR), dialectsOf(DialectRedis, DialectROR)
	typeRows = []TypeInfo{
		{Type: TypeString, Name: "STRING", in: common, Since: 1, DataType: str, Shape: ShapeString},
		{Type: TypeList, Name: "LIST", in: common, Since: 1, DataType: list, Shape: ShapePlain, read: (*scanner).readMembers},
		{Type: TypeSet, Name: "SET", in: common, Since: 1, DataType: set, Shape: ShapePlain, read: (*scanner).readMembers},
		{Type: TypeZset, Name: "ZSET", in: common, Since: 1, DataType: zset, Shape: ShapePlain, read: (*scanner).readZset},
		{Type: TypeHash, Name: "HASH", in: common, Since: 1, DataType: hash, Shape: ShapePlain, read: (*scanner).readHash},
		{Type: TypeZset2, Name: "ZSET_2", in: common, Since: 8, DataType: zset, Shape: ShapePlain, read: (*scanner).readZset},

		{Type: TypeModulePreGA, Name: "MODULE_PRE_GA", in: common, Since: 8, DataType: module, Shape: ShapeModule, Unreadable: true, read: (*scanner).readModulePreGA},
		{Type: TypeModule2, Name: "MODULE_2", in: common, Since: 8, DataType: module, Shape: ShapeModule, read: (*scanner).readModule},

		{Type: TypeHashZipmap, Name: "HASH_ZIPMAP", in: common, Since: 2, DataType: hash, Shape: ShapePacked, Format: FormatZipmap, Arity: 1, read: (*scanner).readPacked},
		{Type: TypeListZiplist, Name: "LIST_ZIPLIST", in: common, Since: 2, DataType: list, Shape: ShapePacked, Format: FormatZiplist, Arity: 1, read: (*scanner).readPacked},
		{Type: TypeSetIntset, Name: "SET_INTSET", in: common, Since: 2, DataType: set, Shape: ShapePacked, Format: FormatIntset, Arity: 1, fast: true, read: (*scanner).readPacked},
		{Type: TypeZsetZiplist, Name: "ZSET_ZIPLIST", in: common, Since: 2, DataType: zset, Shape: ShapePacked, Format: FormatZiplist, Arity: 2, fast: true, read: (*scanner).readPacked},
		{Type: TypeHashZiplist, Name: "HASH_ZIPLIST", in: common, Since: 4, DataType: hash, Shape: ShapePacked, Format: FormatZiplist, Arity: 2, fast: true, read: (*scanner).readPacked},
		{Type: TypeListQuicklist, Name: "LIST_QUICKLIST", in: common, Since: 7, DataType: list, Shape: ShapeNodes, Format: FormatZiplist, Arity: 1, read: (*scanner).readQuicklist},
		{Type: TypeStreamListpacks, Name: "STREAM_LISTPACKS", in: common, Since: 9, DataType: stream, Shape: ShapeStream, Format: FormatListpack, Arity: 1, version: 1, read: (*scanner).readStream},
		{Type: TypeHashListpack, Name: "HASH_LISTPACK", in: common, Since: 10, DataType: hash, Shape: ShapePacked, Format: FormatListpack, Arity: 2, fast: true, read: (*scanner).readPacked},
		{Type: TypeZsetListpack, Name: "ZSET_LISTPACK", in: common, Since: 10, DataType: zset, Shape: ShapePacked, Format: FormatListpack, Arity: 2, fast: true, read: (*scanner).readPacked},
		{Type: TypeListQuicklist2, Name: "LIST_QUICKLIST_2", in: common, Since: 10, DataType: list, Shape: ShapeNodes, Format: FormatListpack, Arity: 1, read: (*scanner).readQuicklist},
		{Type: TypeStreamListpacks2, Name: "STREAM_LISTPACKS_2", in: common, Since: 10, DataType: stream, Shape: ShapeStream, Format: FormatListpack, Arity: 1, version: 2, read: (*scanner).readStream},
		{Type: TypeSetListpack, Name: "SET_LISTPACK", in: common, Since: 11, DataType: set, Shape: ShapePacked, Format: FormatListpack, Arity: 1, fast: true, read: (*scanner).readPacked},
		{Type: TypeStreamListpacks3, Name: "STREAM_LISTPACKS_3", in: common, Since: 11, DataType: stream, Shape: ShapeStream, Format: FormatListpack, Arity: 1, version: 3, read: (*scanner).readStream},

		{Type: TypeHashMetadataPreGA, Name: "HASH_METADATA_PRE_GA", in: redis, Since: 12, DataType: hash, Shape: ShapePlain, FieldTTLs: true, read: (*scanner).readHashTTL},
		{Type: TypeHashListpackPreGA, Name: "HASH_LISTPACK_EX_PRE_GA", in: redis, Since: 12, DataType: hash, Shape: ShapePacked, Format: FormatListpack, Arity: 3, FieldTTLs: true, read: (*scanner).readPacked},
		{Type: TypeHashMetadata, Name: "HASH_METADATA", in: redis, Since: 12, DataType: hash, Shape: ShapePlain, FieldTTLs: true, read: (*scanner).readHashTTL},
		{Type: TypeHashListpackEx, Name: "HASH_LISTPACK_EX", in: redis, Since: 12, DataType: hash, Shape: ShapePacked, Format: FormatListpack, Arity: 3, FieldTTLs: true, read: (*scanner).readPacked},
		{Type: TypeStreamListpacks4, Name: "STREAM_LISTPACKS_4", in: redis, Since: 13, DataType: stream, Shape: ShapeStream, Format: FormatListpack, Arity: 1, version: 4, read: (*scanner).readStream},
		{Type: TypeStreamListpacks5, Name: "STREAM_LISTPACKS_5", in: redis, Since: 14, DataType: stream, Shape: ShapeStream, Format: FormatListpack, Arity: 1, version: 5, read: (*scanner).readStream},
		{Type: TypeArray, Name: "ARRAY", in: redis, Since: 14, DataType: DataTypeArray, Shape: ShapePlain, read: (*scanner).readArray},
		{Type: TypeHashTmplLP, Name: "HASH_TMPL_LP", in: redis, Since: 15, DataType: hash, Shape: ShapeTemplate, Format: FormatListpack, Arity: 1, read: (*scanner).readTemplate},
		{Type: TypeHashTmplLPRef, Name: "HASH_TMPL_LP_REF", in: redis, Since: 15, DataType: hash, Shape: ShapeTemplate, Format: FormatListpack, Arity: 1, read: (*scanner).readTemplate},
		{Type: TypeHashTmplArray, Name: "HASH_TMPL_ARRAY", in: redis, Since: 15, DataType: hash, Shape: ShapeTemplate, read: (*scanner).readTemplate},
		{Type: TypeHashTmplArrayRef, Name: "HASH_TMPL_ARRAY_REF", in: redis, Since: 15, DataType: hash, Shape: ShapeTemplate, read: (*scanner).readTemplate},

		{Type: TypeKeyDBCron, Name: "KEYDB_CRON", Dialect: DialectKeyDB, in: dialectsOf(DialectKeyDB), Since: 9, DataType: DataTypeOther, Shape: ShapeOther, read: (*scanner).readCron},

		{Type: TypeValkeyHash2, Name: "HASH_2", Dialect: valkey, in: dialectsOf(valkey), Since: 80, DataType: hash, Shape: ShapePlain, FieldTTLs: true, read: (*scanner).readHashTTL},
		{Type: TypeValkeyPathHash, Name: "PATH_HASH", Dialect: valkey, in: dialectsOf(valkey), Since: 81, DataType: hash, Shape: ShapePlain, read: (*scanner).readPathHash},

		{Type: TypeRORBitmap, Name: "ROR_BITMAP", Dialect: DialectROR, in: dialectsOf(DialectROR), Since: 9, DataType: DataTypeOther, Shape: ShapeOther, read: (*scanner).readRORBitmap},

		{Type: TypeDragonflyJSON, Name: "DRAGONFLY_JSON", Dialect: df, in: dialectsOf(df), Since: 9, DataType: module, Shape: ShapeModule, module: &Module{Name: "ReJSON-RL"}, read: (*scanner).readDragonfly},
		{Type: TypeDragonflyHash, Name: "DRAGONFLY_HASH_WITH_EXPIRY", Dialect: df, in: dialectsOf(df), Since: 9, DataType: hash, Shape: ShapePlain, FieldTTLs: true, read: (*scanner).readDragonflyMembers},
		{Type: TypeDragonflySet, Name: "DRAGONFLY_SET_WITH_EXPIRY", Dialect: df, in: dialectsOf(df), Since: 9, DataType: set, Shape: ShapePlain, FieldTTLs: true, read: (*scanner).readDragonflyMembers},
		{Type: TypeDragonflySBF, Name: "DRAGONFLY_SBF", Dialect: df, in: dialectsOf(df), Since: 9, DataType: module, Shape: ShapeModule, module: &Module{Name: "MBbloom--"}, read: (*scanner).readDragonfly},
		{Type: TypeDragonflySBF2, Name: "DRAGONFLY_SBF2", Dialect: df, in: dialectsOf(df), Since: 9, DataType: module, Shape: ShapeModule, module: &Module{Name: "MBbloom--"}, read: (*scanner).readDragonfly},
		{Type: TypeDragonflyCMS, Name: "DRAGONFLY_CMS", Dialect: df, in: dialectsOf(df), Since: 9, DataType: module, Shape: ShapeModule, module: &Module{Name: "CMSk-TYPE"}, read: (*scanner).readDragonfly},
		{Type: TypeDragonflyTopK, Name: "DRAGONFLY_TOPK", Dialect: df, in: dialectsOf(df), Since: 9, DataType: module, Shape: ShapeModule, module: &Module{Name: "TopK-TYPE"}, read: (*scanner).readDragonfly},
		{Type: TypeDragonflyCuckoo, Name: "DRAGONFLY_CUCKOO", Dialect: df, in: dialectsOf(df), Since: 9, DataType: module, Shape: ShapeModule, module: &Module{Name: "MBbloomCF"}, read: (*scanner).readDragonfly},
	}
	for i := range typeRows {
		t := &typeRows[i]
		types[t.Type] = *t
		if t.fast {
			fastForms[t.Type].format, fastForms[t.Type].arity = t.Format, uint8(t.Arity)
		}
	}
	for d := range typeCodes {
		for code := range typeCodes[d] {
			typeCodes[d][code] = noType
		}
		for i := range typeRows {
			if t := &typeRows[i]; t.in.has(Dialect(d)) {
				typeCodes[d][t.Code()] = t.Type
			}
		}
	}
}

// Types iterates over all types there are, in the order of their numbers, those
// of Redis first. Tests of packages that must treat every type go over it, so that
// a type that is new here fails them until they do.
func Types() iter.Seq[TypeInfo] {
	return func(yield func(TypeInfo) bool) {
		for _, t := range typeRows {
			if !yield(t) {
				return
			}
		}
	}
}

// typeOf resolves a type byte in the dump's dialect and version.
func (sc *scanner) typeOf(code byte) (Type, bool) {
	t := typeCodes[sc.info.Dialect][code]
	return t, t != noType && (code < firstDated || types[t].Since <= sc.info.Version)
}

// firstOpcode is the first byte that is an opcode when it is no type that is known.
const firstOpcode = 64

// isType reports whether a byte in front of a record is the type of a key, known or
// not.
func (sc *scanner) isType(code byte) bool {
	if code < firstOpcode || typeCodes[sc.info.Dialect][code] != noType {
		return true
	}
	// The number says whose dump it is: up to RDB 9, which KeyDB stayed at, nobody
	// else had one so high.
	if code == byte(TypeKeyDBCron) && sc.info.Dialect == DialectRedis && sc.info.Version <= 9 {
		sc.info.Dialect = DialectKeyDB
		return true
	}
	return false
}

// String returns the name rdb.h gives the type ("HASH_LISTPACK").
func (t Type) String() string {
	if n := types[t].Name; n != "" {
		return n
	}
	return "type " + strconv.Itoa(int(t&^ownNumber))
}

// DataType returns what the TYPE command calls values of this type.
func (t Type) DataType() DataType {
	if types[t].Name == "" {
		return DataTypeOther
	}
	return types[t].DataType
}

// Packed reports whether values of the type hold packed blobs (ziplist,
// listpack, intset, zipmap), which are judged by their headers unless walked.
func (t Type) Packed() bool { return types[t].Format != FormatNone }

// FieldTTLs reports whether the fields of a hash of this type, or the members of
// a set, may have TTLs of their own.
func (t Type) FieldTTLs() bool { return types[t].FieldTTLs }

// Since returns the RDB version that introduced the type, 0 for an unknown type.
func (t Type) Since() int { return types[t].Since }
