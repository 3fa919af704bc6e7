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
	// Dialect is the dialect whose dumps give the type byte this meaning.
	// DialectRedis stands for all that give it no other.
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

	version int  // generation of the layout of a stream
	fast    bool // packed values are read by the loop over strings, see packedHead
	module  *Module
	read    func(sc *scanner, k *Key) bool // reads a value (readString: one that is a string); nil for TypeString alone, which record reads itself
}

// Code returns the type byte in a dump.
func (t *TypeInfo) Code() byte { return byte(t.Type) &^ ownNumber }

// ownNumber marks a Type whose number means another type in dumps of Redis.
const ownNumber = 0x80

const numDialects = int(DialectDragonfly) + 1

var (
	// typeRows is the table.
	typeRows []TypeInfo
	// types is indexed by Type; a row without a name stands for no type.
	types [256]TypeInfo
	// typeCodes gives the Type of a type byte in a dialect.
	typeCodes [numDialects][ownNumber]Type
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
		redis, valkey, df    = DialectRedis, DialectValkey, DialectDragonfly
	)
	typeRows = []TypeInfo{
		{Type: TypeString, Name: "STRING", Since: 1, DataType: str, Shape: ShapeString},
		{Type: TypeList, Name: "LIST", Since: 1, DataType: list, Shape: ShapePlain, read: (*scanner).readMembers},
		{Type: TypeSet, Name: "SET", Since: 1, DataType: set, Shape: ShapePlain, read: (*scanner).readMembers},
		{Type: TypeZset, Name: "ZSET", Since: 1, DataType: zset, Shape: ShapePlain, read: (*scanner).readZset},
		{Type: TypeHash, Name: "HASH", Since: 1, DataType: hash, Shape: ShapePlain, read: (*scanner).readHash},
		{Type: TypeZset2, Name: "ZSET_2", Since: 8, DataType: zset, Shape: ShapePlain, read: (*scanner).readZset},

		{Type: TypeModulePreGA, Name: "MODULE_PRE_GA", Since: 8, DataType: module, Shape: ShapeModule, Unreadable: true, read: (*scanner).readModulePreGA},
		{Type: TypeModule2, Name: "MODULE_2", Since: 8, DataType: module, Shape: ShapeModule, read: (*scanner).readModule},

		{Type: TypeHashZipmap, Name: "HASH_ZIPMAP", Since: 2, DataType: hash, Shape: ShapePacked, Format: FormatZipmap, Arity: 1, read: (*scanner).readPacked},
		{Type: TypeListZiplist, Name: "LIST_ZIPLIST", Since: 2, DataType: list, Shape: ShapePacked, Format: FormatZiplist, Arity: 1, read: (*scanner).readPacked},
		{Type: TypeSetIntset, Name: "SET_INTSET", Since: 2, DataType: set, Shape: ShapePacked, Format: FormatIntset, Arity: 1, fast: true, read: (*scanner).readPacked},
		{Type: TypeZsetZiplist, Name: "ZSET_ZIPLIST", Since: 2, DataType: zset, Shape: ShapePacked, Format: FormatZiplist, Arity: 2, fast: true, read: (*scanner).readPacked},
		{Type: TypeHashZiplist, Name: "HASH_ZIPLIST", Since: 4, DataType: hash, Shape: ShapePacked, Format: FormatZiplist, Arity: 2, fast: true, read: (*scanner).readPacked},
		{Type: TypeListQuicklist, Name: "LIST_QUICKLIST", Since: 7, DataType: list, Shape: ShapeNodes, Format: FormatZiplist, Arity: 1, read: (*scanner).readQuicklist},
		{Type: TypeStreamListpacks, Name: "STREAM_LISTPACKS", Since: 9, DataType: stream, Shape: ShapeStream, Format: FormatListpack, Arity: 1, version: 1, read: (*scanner).readStream},
		{Type: TypeHashListpack, Name: "HASH_LISTPACK", Since: 10, DataType: hash, Shape: ShapePacked, Format: FormatListpack, Arity: 2, fast: true, read: (*scanner).readPacked},
		{Type: TypeZsetListpack, Name: "ZSET_LISTPACK", Since: 10, DataType: zset, Shape: ShapePacked, Format: FormatListpack, Arity: 2, fast: true, read: (*scanner).readPacked},
		{Type: TypeListQuicklist2, Name: "LIST_QUICKLIST_2", Since: 10, DataType: list, Shape: ShapeNodes, Format: FormatListpack, Arity: 1, read: (*scanner).readQuicklist},
		{Type: TypeStreamListpacks2, Name: "STREAM_LISTPACKS_2", Since: 10, DataType: stream, Shape: ShapeStream, Format: FormatListpack, Arity: 1, version: 2, read: (*scanner).readStream},
		{Type: TypeSetListpack, Name: "SET_LISTPACK", Since: 11, DataType: set, Shape: ShapePacked, Format: FormatListpack, Arity: 1, fast: true, read: (*scanner).readPacked},
		{Type: TypeStreamListpacks3, Name: "STREAM_LISTPACKS_3", Since: 11, DataType: stream, Shape: ShapeStream, Format: FormatListpack, Arity: 1, version: 3, read: (*scanner).readStream},

		{Type: TypeHashMetadataPreGA, Name: "HASH_METADATA_PRE_GA", Since: 12, DataType: hash, Shape: ShapePlain, FieldTTLs: true, read: (*scanner).readHashTTL},
		{Type: TypeHashListpackPreGA, Name: "HASH_LISTPACK_EX_PRE_GA", Since: 12, DataType: hash, Shape: ShapePacked, Format: FormatListpack, Arity: 3, FieldTTLs: true, read: (*scanner).readPacked},
		{Type: TypeHashMetadata, Name: "HASH_METADATA", Since: 12, DataType: hash, Shape: ShapePlain, FieldTTLs: true, read: (*scanner).readHashTTL},
		{Type: TypeHashListpackEx, Name: "HASH_LISTPACK_EX", Since: 12, DataType: hash, Shape: ShapePacked, Format: FormatListpack, Arity: 3, FieldTTLs: true, read: (*scanner).readPacked},
		{Type: TypeStreamListpacks4, Name: "STREAM_LISTPACKS_4", Since: 13, DataType: stream, Shape: ShapeStream, Format: FormatListpack, Arity: 1, version: 4, read: (*scanner).readStream},
		{Type: TypeStreamListpacks5, Name: "STREAM_LISTPACKS_5", Since: 14, DataType: stream, Shape: ShapeStream, Format: FormatListpack, Arity: 1, version: 5, read: (*scanner).readStream},
		{Type: TypeArray, Name: "ARRAY", Since: 14, DataType: DataTypeArray, Shape: ShapePlain, read: (*scanner).readArray},
		{Type: TypeHashTmplLP, Name: "HASH_TMPL_LP", Since: 15, DataType: hash, Shape: ShapeTemplate, Format: FormatListpack, Arity: 1, read: (*scanner).readTemplate},
		{Type: TypeHashTmplLPRef, Name: "HASH_TMPL_LP_REF", Since: 15, DataType: hash, Shape: ShapeTemplate, Format: FormatListpack, Arity: 1, read: (*scanner).readTemplate},
		{Type: TypeHashTmplArray, Name: "HASH_TMPL_ARRAY", Since: 15, DataType: hash, Shape: ShapeTemplate, read: (*scanner).readTemplate},
		{Type: TypeHashTmplArrayRef, Name: "HASH_TMPL_ARRAY_REF", Since: 15, DataType: hash, Shape: ShapeTemplate, read: (*scanner).readTemplate},

		{Type: TypeKeyDBCron, Name: "KEYDB_CRON", Since: 9, DataType: DataTypeOther, Shape: ShapeOther, read: (*scanner).readCron},

		{Type: TypeValkeyHash2, Name: "HASH_2", Dialect: valkey, Since: 80, DataType: hash, Shape: ShapePlain, FieldTTLs: true, read: (*scanner).readHashTTL},

		{Type: TypeDragonflyJSON, Name: "DRAGONFLY_JSON", Dialect: df, Since: 9, DataType: module, Shape: ShapeModule, module: &Module{Name: "ReJSON-RL"}, read: (*scanner).readDragonfly},
		{Type: TypeDragonflyHash, Name: "DRAGONFLY_HASH_WITH_EXPIRY", Dialect: df, Since: 9, DataType: hash, Shape: ShapePlain, FieldTTLs: true, read: (*scanner).readDragonflyMembers},
		{Type: TypeDragonflySet, Name: "DRAGONFLY_SET_WITH_EXPIRY", Dialect: df, Since: 9, DataType: set, Shape: ShapePlain, FieldTTLs: true, read: (*scanner).readDragonflyMembers},
		{Type: TypeDragonflySBF, Name: "DRAGONFLY_SBF", Dialect: df, Since: 9, DataType: module, Shape: ShapeModule, module: &Module{Name: "MBbloom--"}, read: (*scanner).readDragonfly},
		{Type: TypeDragonflySBF2, Name: "DRAGONFLY_SBF2", Dialect: df, Since: 9, DataType: module, Shape: ShapeModule, module: &Module{Name: "MBbloom--"}, read: (*scanner).readDragonfly},
		{Type: TypeDragonflyCMS, Name: "DRAGONFLY_CMS", Dialect: df, Since: 9, DataType: module, Shape: ShapeModule, module: &Module{Name: "CMSk-TYPE"}, read: (*scanner).readDragonfly},
		{Type: TypeDragonflyTopK, Name: "DRAGONFLY_TOPK", Dialect: df, Since: 9, DataType: module, Shape: ShapeModule, module: &Module{Name: "TopK-TYPE"}, read: (*scanner).readDragonfly},
		{Type: TypeDragonflyCuckoo, Name: "DRAGONFLY_CUCKOO", Dialect: df, Since: 9, DataType: module, Shape: ShapeModule, module: &Module{Name: "MBbloomCF"}, read: (*scanner).readDragonfly},
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
			typeCodes[d][code] = Type(code)
		}
	}
	for i := range typeRows {
		if t := &typeRows[i]; t.Dialect != redis {
			typeCodes[t.Dialect][t.Code()] = t.Type
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

// typeOf resolves a type byte in the dump's dialect.
func (sc *scanner) typeOf(code byte) (Type, bool) {
	if code >= ownNumber {
		return Type(code), false
	}
	t := typeCodes[sc.info.Dialect][code]
	return t, types[t].Name != ""
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
