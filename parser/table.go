package parser

import "strconv"

// typeInfo is one row of the table of value types.
type typeInfo struct {
	name    string // the constant's name in rdb.h, without RDB_TYPE_
	logical Logical
	since   int // RDB version that introduced it
	packed  bool
	read    func(r *Reader, k *Key) bool
}

// types is indexed by Type. It drives reading, messages and documentation.
var types [256]typeInfo

func init() {
	types = [256]typeInfo{
		TypeString:            {"STRING", LogicalString, 1, false, nil}, // read inline by the main loop
		TypeList:              {"LIST", LogicalList, 1, false, (*Reader).readMembers},
		TypeSet:               {"SET", LogicalSet, 1, false, (*Reader).readMembers},
		TypeZset:              {"ZSET", LogicalZset, 1, false, (*Reader).readZset},
		TypeHash:              {"HASH", LogicalHash, 1, false, (*Reader).readHash},
		TypeZset2:             {"ZSET_2", LogicalZset, 8, false, (*Reader).readZset},
		TypeModulePreGA:       {"MODULE_PRE_GA", LogicalModule, 8, false, (*Reader).readModulePreGA},
		TypeModule2:           {"MODULE_2", LogicalModule, 8, false, (*Reader).readModule},
		TypeHashZipmap:        {"HASH_ZIPMAP", LogicalHash, 2, true, (*Reader).readPacked},
		TypeListZiplist:       {"LIST_ZIPLIST", LogicalList, 2, true, (*Reader).readPacked},
		TypeSetIntset:         {"SET_INTSET", LogicalSet, 2, true, (*Reader).readPacked},
		TypeZsetZiplist:       {"ZSET_ZIPLIST", LogicalZset, 2, true, (*Reader).readPacked},
		TypeHashZiplist:       {"HASH_ZIPLIST", LogicalHash, 4, true, (*Reader).readPacked},
		TypeListQuicklist:     {"LIST_QUICKLIST", LogicalList, 7, true, (*Reader).readQuicklist},
		TypeStreamListpacks:   {"STREAM_LISTPACKS", LogicalStream, 9, true, (*Reader).readStream},
		TypeHashListpack:      {"HASH_LISTPACK", LogicalHash, 10, true, (*Reader).readPacked},
		TypeZsetListpack:      {"ZSET_LISTPACK", LogicalZset, 10, true, (*Reader).readPacked},
		TypeListQuicklist2:    {"LIST_QUICKLIST_2", LogicalList, 10, true, (*Reader).readQuicklist},
		TypeStreamListpacks2:  {"STREAM_LISTPACKS_2", LogicalStream, 10, true, (*Reader).readStream},
		TypeSetListpack:       {"SET_LISTPACK", LogicalSet, 11, true, (*Reader).readPacked},
		TypeStreamListpacks3:  {"STREAM_LISTPACKS_3", LogicalStream, 11, true, (*Reader).readStream},
		TypeHashMetadataPreGA: {"HASH_METADATA_PRE_GA", LogicalHash, 12, false, (*Reader).readHashTTL},
		TypeHashListpackPreGA: {"HASH_LISTPACK_EX_PRE_GA", LogicalHash, 12, true, (*Reader).readPacked},
		TypeHashMetadata:      {"HASH_METADATA", LogicalHash, 12, false, (*Reader).readHashTTL},
		TypeHashListpackEx:    {"HASH_LISTPACK_EX", LogicalHash, 12, true, (*Reader).readPacked},
		TypeStreamListpacks4:  {"STREAM_LISTPACKS_4", LogicalStream, 13, true, (*Reader).readStream},
		TypeStreamListpacks5:  {"STREAM_LISTPACKS_5", LogicalStream, 14, true, (*Reader).readStream},
		TypeArray:             {"ARRAY", LogicalArray, 14, false, (*Reader).readArray},
		TypeHashTmplLP:        {"HASH_TMPL_LP", LogicalHash, 15, true, (*Reader).readTemplate},
		TypeHashTmplLPRef:     {"HASH_TMPL_LP_REF", LogicalHash, 15, true, (*Reader).readTemplate},
		TypeHashTmplArray:     {"HASH_TMPL_ARRAY", LogicalHash, 15, false, (*Reader).readTemplate},
		TypeHashTmplArrayRef:  {"HASH_TMPL_ARRAY_REF", LogicalHash, 15, false, (*Reader).readTemplate},
		TypeKeyDBCron:         {"KEYDB_CRON", LogicalOther, 9, false, (*Reader).readCron},
		TypeValkeyHash2:       {"HASH_2", LogicalHash, 80, false, (*Reader).readHashTTL},

		TypeDragonflyJSON:   {"DRAGONFLY_JSON", LogicalModule, 9, false, (*Reader).readDragonfly},
		TypeDragonflyHash:   {"DRAGONFLY_HASH_WITH_EXPIRY", LogicalHash, 9, false, (*Reader).readDragonfly},
		TypeDragonflySet:    {"DRAGONFLY_SET_WITH_EXPIRY", LogicalSet, 9, false, (*Reader).readDragonfly},
		TypeDragonflySBF:    {"DRAGONFLY_SBF", LogicalModule, 9, false, (*Reader).readDragonfly},
		TypeDragonflySBF2:   {"DRAGONFLY_SBF2", LogicalModule, 9, false, (*Reader).readDragonfly},
		TypeDragonflyCMS:    {"DRAGONFLY_CMS", LogicalModule, 9, false, (*Reader).readDragonfly},
		TypeDragonflyTopK:   {"DRAGONFLY_TOPK", LogicalModule, 9, false, (*Reader).readDragonfly},
		TypeDragonflyCuckoo: {"DRAGONFLY_CUCKOO", LogicalModule, 9, false, (*Reader).readDragonfly},
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

// Logical returns what the TYPE command calls values of this type.
func (t Type) Logical() Logical {
	if types[t].name == "" {
		return LogicalOther
	}
	return types[t].logical
}

// Packed reports whether values of the type hold packed blobs (ziplist,
// listpack, intset, zipmap), which are judged by their headers unless walked.
func (t Type) Packed() bool { return types[t].packed }

// Since returns the RDB version that introduced the type, 0 for an unknown type.
func (t Type) Since() int { return types[t].since }
