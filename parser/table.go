package parser

import "strconv"

// typeInfo is one row of the table of value types.
type typeInfo struct {
	name     string // the constant's name in rdb.h, without RDB_TYPE_
	dataType DataType
	since    int // RDB version that introduced it
	packed   bool
	read     func(sc *scanner, k *Key) bool
}

// types is indexed by Type. It drives reading, messages and documentation.
var types [256]typeInfo

func init() {
	types = [256]typeInfo{
		TypeString:            {"STRING", DataTypeString, 1, false, nil}, // read inline by the main loop
		TypeList:              {"LIST", DataTypeList, 1, false, (*scanner).readMembers},
		TypeSet:               {"SET", DataTypeSet, 1, false, (*scanner).readMembers},
		TypeZset:              {"ZSET", DataTypeZset, 1, false, (*scanner).readZset},
		TypeHash:              {"HASH", DataTypeHash, 1, false, (*scanner).readHash},
		TypeZset2:             {"ZSET_2", DataTypeZset, 8, false, (*scanner).readZset},
		TypeModulePreGA:       {"MODULE_PRE_GA", DataTypeModule, 8, false, (*scanner).readModulePreGA},
		TypeModule2:           {"MODULE_2", DataTypeModule, 8, false, (*scanner).readModule},
		TypeHashZipmap:        {"HASH_ZIPMAP", DataTypeHash, 2, true, (*scanner).readPacked},
		TypeListZiplist:       {"LIST_ZIPLIST", DataTypeList, 2, true, (*scanner).readPacked},
		TypeSetIntset:         {"SET_INTSET", DataTypeSet, 2, true, (*scanner).readPacked},
		TypeZsetZiplist:       {"ZSET_ZIPLIST", DataTypeZset, 2, true, (*scanner).readPacked},
		TypeHashZiplist:       {"HASH_ZIPLIST", DataTypeHash, 4, true, (*scanner).readPacked},
		TypeListQuicklist:     {"LIST_QUICKLIST", DataTypeList, 7, true, (*scanner).readQuicklist},
		TypeStreamListpacks:   {"STREAM_LISTPACKS", DataTypeStream, 9, true, (*scanner).readStream},
		TypeHashListpack:      {"HASH_LISTPACK", DataTypeHash, 10, true, (*scanner).readPacked},
		TypeZsetListpack:      {"ZSET_LISTPACK", DataTypeZset, 10, true, (*scanner).readPacked},
		TypeListQuicklist2:    {"LIST_QUICKLIST_2", DataTypeList, 10, true, (*scanner).readQuicklist},
		TypeStreamListpacks2:  {"STREAM_LISTPACKS_2", DataTypeStream, 10, true, (*scanner).readStream},
		TypeSetListpack:       {"SET_LISTPACK", DataTypeSet, 11, true, (*scanner).readPacked},
		TypeStreamListpacks3:  {"STREAM_LISTPACKS_3", DataTypeStream, 11, true, (*scanner).readStream},
		TypeHashMetadataPreGA: {"HASH_METADATA_PRE_GA", DataTypeHash, 12, false, (*scanner).readHashTTL},
		TypeHashListpackPreGA: {"HASH_LISTPACK_EX_PRE_GA", DataTypeHash, 12, true, (*scanner).readPacked},
		TypeHashMetadata:      {"HASH_METADATA", DataTypeHash, 12, false, (*scanner).readHashTTL},
		TypeHashListpackEx:    {"HASH_LISTPACK_EX", DataTypeHash, 12, true, (*scanner).readPacked},
		TypeStreamListpacks4:  {"STREAM_LISTPACKS_4", DataTypeStream, 13, true, (*scanner).readStream},
		TypeStreamListpacks5:  {"STREAM_LISTPACKS_5", DataTypeStream, 14, true, (*scanner).readStream},
		TypeArray:             {"ARRAY", DataTypeArray, 14, false, (*scanner).readArray},
		TypeHashTmplLP:        {"HASH_TMPL_LP", DataTypeHash, 15, true, (*scanner).readTemplate},
		TypeHashTmplLPRef:     {"HASH_TMPL_LP_REF", DataTypeHash, 15, true, (*scanner).readTemplate},
		TypeHashTmplArray:     {"HASH_TMPL_ARRAY", DataTypeHash, 15, false, (*scanner).readTemplate},
		TypeHashTmplArrayRef:  {"HASH_TMPL_ARRAY_REF", DataTypeHash, 15, false, (*scanner).readTemplate},
		TypeKeyDBCron:         {"KEYDB_CRON", DataTypeOther, 9, false, (*scanner).readCron},
		TypeValkeyHash2:       {"HASH_2", DataTypeHash, 80, false, (*scanner).readHashTTL},

		TypeDragonflyJSON:   {"DRAGONFLY_JSON", DataTypeModule, 9, false, (*scanner).readDragonfly},
		TypeDragonflyHash:   {"DRAGONFLY_HASH_WITH_EXPIRY", DataTypeHash, 9, false, (*scanner).readDragonfly},
		TypeDragonflySet:    {"DRAGONFLY_SET_WITH_EXPIRY", DataTypeSet, 9, false, (*scanner).readDragonfly},
		TypeDragonflySBF:    {"DRAGONFLY_SBF", DataTypeModule, 9, false, (*scanner).readDragonfly},
		TypeDragonflySBF2:   {"DRAGONFLY_SBF2", DataTypeModule, 9, false, (*scanner).readDragonfly},
		TypeDragonflyCMS:    {"DRAGONFLY_CMS", DataTypeModule, 9, false, (*scanner).readDragonfly},
		TypeDragonflyTopK:   {"DRAGONFLY_TOPK", DataTypeModule, 9, false, (*scanner).readDragonfly},
		TypeDragonflyCuckoo: {"DRAGONFLY_CUCKOO", DataTypeModule, 9, false, (*scanner).readDragonfly},
	}
}

// Opcodes of a dump's records (rdb.h).
const (
	opEOF          = 255
	opSelectDB     = 254
	opExpireTime   = 253
	opExpireTimeMs = 252
	opResizeDB     = 251
	opAux          = 250
	opFreq         = 249
	opIdle         = 248
	opModuleAux    = 247
	opFunctionRC   = 246
	opFunction2    = 245
	opSlotInfo     = 244
	opKeyMeta      = 243 // Redis 8.6+; Valkey 9 gives 243 to SLOT_IMPORT
	opHashTemplate = 242
	opEntSlotNum   = 121 // Redis Enterprise
	opEntRAMLRU    = 107 // Redis Enterprise
)

var opNames = map[byte]string{
	opEOF: "EOF", opSelectDB: "SELECTDB", opExpireTime: "EXPIRETIME", opExpireTimeMs: "EXPIRETIME_MS",
	opResizeDB: "RESIZEDB", opAux: "AUX", opFreq: "FREQ", opIdle: "IDLE", opModuleAux: "MODULE_AUX",
	opFunctionRC: "FUNCTION_PRE_GA", opFunction2: "FUNCTION2", opSlotInfo: "SLOT_INFO", opKeyMeta: "KEY_META",
	opHashTemplate: "HASH_TEMPLATE", opEntSlotNum: "ENT_SLOT_NUM", opEntRAMLRU: "ENT_RAM_LRU",
}

var dragonflyOpNames = map[byte]string{
	opDFFullSyncEnd: "FULLSYNC_END", opDFZstdBlob: "ZSTD_BLOB", opDFLZ4Blob: "LZ4_BLOB", opDFBlobEnd: "BLOB_END",
	opDFJournal: "JOURNAL_BLOB", opDFJournalOffset: "JOURNAL_OFFSET", opDFMask: "DF_MASK",
	opDFVectorIndex: "VECTOR_INDEX", opDFDocIndex: "SHARD_DOC_INDEX", opDFTaggedChunk: "TAGGED_CHUNK",
}

// OpcodeName names an opcode byte in a dialect, "" when it is none.
func OpcodeName(code byte, d Dialect) string {
	if code == opKeyMeta && d == DialectValkey {
		return "SLOT_IMPORT"
	}
	if d == DialectDragonfly && dragonflyOpNames[code] != "" {
		return dragonflyOpNames[code]
	}
	return opNames[code]
}

// String returns the name rdb.h gives the type ("HASH_LISTPACK").
func (t Type) String() string {
	if n := types[t].name; n != "" {
		return n
	}
	return "type " + strconv.Itoa(int(t&0x7f))
}

// DataType returns what the TYPE command calls values of this type.
func (t Type) DataType() DataType {
	if types[t].name == "" {
		return DataTypeOther
	}
	return types[t].dataType
}

// Packed reports whether values of the type hold packed blobs (ziplist,
// listpack, intset, zipmap), which are judged by their headers unless walked.
func (t Type) Packed() bool { return types[t].packed }

// Since returns the RDB version that introduced the type, 0 for an unknown type.
func (t Type) Since() int { return types[t].since }
