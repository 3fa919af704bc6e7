package parser

import "encoding/binary"

// Opcodes of a dump's records (rdb.h). Whatever byte stands in front of a record
// and is no opcode is the type of a key.
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
	opKeyMeta      = 243 // Redis 8.6+
	opSlotImport   = 243 // Valkey 9+
	opHashTemplate = 242
	opEntSlotNum   = 121 // Redis Enterprise
	opEntRAMLRU    = 107 // Redis Enterprise
)

// opcodeInfo is what is known of one opcode: a row of the table that drives
// reading and messages.
type opcodeInfo struct {
	code    byte
	dialect Dialect // that gives the byte this meaning; DialectRedis stands for all that give it no other
	name    string
	header  bool // may stand in front of the first database
	// read reads what follows the opcode; nil for EOF, which ends the dump.
	read func(sc *scanner) bool
}

// opcodes is indexed by dialect and opcode; a row without a name stands for none.
var opcodes [numDialects][256]opcodeInfo

// The table is filled in by init because its functions look things up in it.
func init() {
	const redis, valkey, df = DialectRedis, DialectValkey, DialectDragonfly
	for _, op := range []opcodeInfo{
		{opEOF, redis, "EOF", false, nil},
		{opSelectDB, redis, "SELECTDB", false, (*scanner).readSelectDB},
		{opExpireTime, redis, "EXPIRETIME", false, (*scanner).readExpireTime},
		{opExpireTimeMs, redis, "EXPIRETIME_MS", false, (*scanner).readExpireTimeMs},
		{opResizeDB, redis, "RESIZEDB", false, (*scanner).readResizeDB},
		{opAux, redis, "AUX", true, (*scanner).readAux},
		{opFreq, redis, "FREQ", false, (*scanner).readFreq},
		{opIdle, redis, "IDLE", false, (*scanner).readIdle},
		{opModuleAux, redis, "MODULE_AUX", true, (*scanner).readModuleAux},
		{opFunctionRC, redis, "FUNCTION_PRE_GA", true, (*scanner).readFunctionRC},
		{opFunction2, redis, "FUNCTION2", true, (*scanner).readFunction2},
		{opSlotInfo, redis, "SLOT_INFO", false, (*scanner).readSlotInfo},
		{opKeyMeta, redis, "KEY_META", false, (*scanner).readKeyMeta},
		{opHashTemplate, redis, "HASH_TEMPLATE", true, (*scanner).readHashTemplate},
		{opEntSlotNum, redis, "ENT_SLOT_NUM", false, (*scanner).readNumber},
		{opEntRAMLRU, redis, "ENT_RAM_LRU", false, (*scanner).readNumber},

		{opSlotImport, valkey, "SLOT_IMPORT", false, (*scanner).readSlotImport},

		{opDFFullSyncEnd, df, "FULLSYNC_END", false, (*scanner).readEightBytes},
		{opDFZstdBlob, df, "ZSTD_BLOB", false, (*scanner).readZstdBlob},
		{opDFLZ4Blob, df, "LZ4_BLOB", false, (*scanner).readLZ4Blob},
		{opDFBlobEnd, df, "BLOB_END", false, (*scanner).closeBlob},
		{opDFJournal, df, "JOURNAL_BLOB", false, (*scanner).readJournal},
		{opDFJournalOffset, df, "JOURNAL_OFFSET", false, (*scanner).readEightBytes},
		{opDFMask, df, "DF_MASK", false, (*scanner).readMask},
		{opDFVectorIndex, df, "VECTOR_INDEX", false, (*scanner).readVectorIndex},
		{opDFDocIndex, df, "SHARD_DOC_INDEX", false, (*scanner).readDocIndex},
		{opDFTaggedChunk, df, "TAGGED_CHUNK", false, (*scanner).readTaggedChunk},
	} {
		if op.dialect != redis {
			opcodes[op.dialect][op.code] = op
			continue
		}
		for d := range opcodes {
			if opcodes[d][op.code].name == "" {
				opcodes[d][op.code] = op
			}
		}
	}
}

// OpcodeName names an opcode byte in a dialect, "" when it is none.
func OpcodeName(code byte, d Dialect) string { return opcodes[d][code].name }

// opcode reads the payload of a record that is not a key; op was read.
func (sc *scanner) opcode(op byte) bool {
	if read := opcodes[sc.info.Dialect][op].read; read != nil {
		return read(sc)
	}
	if sc.info.Dialect == DialectDragonfly && op >= opDFFullSyncEnd {
		return sc.fail("", &detail{ErrUnknownType, "opcode " + utoa(uint64(op)) + " in a Dragonfly dump"})
	}
	sc.p--
	return sc.fail("", &detail{ErrUnknownType, "opcode " + utoa(uint64(op)) + " in a " + sc.info.Magic + " dump"})
}

// --- attributes of the key that follows ---

// readExpireTimeMs reads EXPIRETIME_MS: ms since the epoch (i64le).
func (sc *scanner) readExpireTimeMs() bool {
	pd := &sc.pending
	v, ok := sc.uint64le()
	pd.expiry, pd.flags, pd.any = int64(v), pd.flags|HasExpiry, true
	return ok
}

// readExpireTime reads EXPIRETIME: s since the epoch (i32le), as Redis wrote it
// before 2.6.
func (sc *scanner) readExpireTime() bool {
	if !sc.need(4) {
		return false
	}
	pd := &sc.pending
	pd.expiry = int64(int32(binary.LittleEndian.Uint32(sc.b[sc.p:]))) * 1000
	pd.flags, pd.any = pd.flags|HasExpiry, true
	sc.p += 4
	return true
}

// readIdle reads IDLE: seconds since the key was last used (len), under an LRU
// policy.
func (sc *scanner) readIdle() bool {
	pd := &sc.pending
	v, ok := sc.length()
	pd.idle, pd.flags, pd.any = hint(v), pd.flags|HasIdle, true
	return ok
}

// readFreq reads FREQ: the key's counter of uses (u8), under an LFU policy.
func (sc *scanner) readFreq() bool {
	pd := &sc.pending
	v, ok := sc.byte()
	pd.freq, pd.flags, pd.any = v, pd.flags|HasFreq, true
	return ok
}

// readKeyMeta reads KEY_META, the metadata classes that Redis 8.6+ attaches to the
// next key: len, and as many times a class (u32) with a module's payload.
func (sc *scanner) readKeyMeta() bool {
	n, ok := sc.count()
	if !ok {
		return false
	}
	sc.pending.any = true
	for ; n > 0; n-- {
		if !sc.need(4) {
			return false
		}
		sc.p += 4
		if !sc.modulePayload(nil) {
			return false
		}
		if sc.pending.metas < 1<<16-1 {
			sc.pending.metas++
		}
	}
	return true
}

// --- databases ---

// readSelectDB reads SELECTDB: the database of the keys that follow (len).
func (sc *scanner) readSelectDB() bool {
	n, ok := sc.length()
	if !ok {
		return false
	}
	if n > 1<<31-1 {
		return sc.corrupt("SELECTDB", "database "+utoa(n))
	}
	if _, known := sc.dbs[int32(n)]; !known && len(sc.dbs) == maxDatabases {
		return sc.corrupt("SELECTDB", "more than "+utoa(maxDatabases)+" databases")
	}
	sc.selectDB(int32(n))
	return true
}

// readResizeDB reads RESIZEDB: how many keys the database has, and how many of
// them expire (len len). A dump put together from several repeats the record.
func (sc *scanner) readResizeDB() bool {
	var keys, expires uint64
	if !sc.numbers(&keys, &expires) {
		return false
	}
	d := sc.database()
	if d.DeclaredKeys < 0 {
		d.DeclaredKeys, d.DeclaredExpires = 0, 0
	}
	d.DeclaredKeys, d.DeclaredExpires = addSat(d.DeclaredKeys, hint(keys)), addSat(d.DeclaredExpires, hint(expires))
	return true
}

// readSlotInfo reads SLOT_INFO: slot, keys in it, and how many of them expire (len
// len len).
func (sc *scanner) readSlotInfo() bool {
	var slot, keys, expires uint64
	if !sc.numbers(&slot, &keys, &expires) {
		return false
	}
	d := sc.database()
	d.Slots++
	d.SlotKeysDeclared = addSat(d.SlotKeysDeclared, hint(keys))
	return true
}

// database returns the current database, which is number 0 before any is chosen.
func (sc *scanner) database() *Database {
	if sc.db < 0 {
		sc.selectDB(0)
	}
	return &sc.info.Databases[sc.db]
}

// hint cuts a declared number to what sums can hold.
func hint(n uint64) int64 { return int64(min(n, 1<<62)) }

func addSat(a, b int64) int64 {
	if a > 1<<62-b {
		return 1 << 62
	}
	return a + b
}

// --- the whole dump ---

// readAux reads AUX: a name and a value (str str). The first MaxAux ones are kept, cut to 4 KiB.
func (sc *scanner) readAux() bool {
	const limit = 4096
	var s str
	var buf [64]byte
	key, ok := sc.text(buf[:0], limit, &s)
	if !ok {
		return false
	}
	keep := limit
	if len(sc.info.Aux) >= MaxAux {
		keep = 0
	}
	name := string(key)
	value, ok := sc.text(nil, keep, &s)
	if !ok {
		return false
	}
	if keep > 0 {
		sc.info.Aux = append(sc.info.Aux, Aux{name, string(value)})
	}
	if name == "df-ver" && sc.info.Dialect == DialectRedis {
		sc.info.Dialect = DialectDragonfly
	}
	return true
}

// readFunction2 reads FUNCTION2: the code of a function library (str).
func (sc *scanner) readFunction2() bool {
	from := sc.pos()
	var s str
	if !sc.str(&s) {
		return false
	}
	sc.info.Functions++
	sc.info.FunctionBytes += sc.pos() - from
	return true
}

// readFunctionRC reads FUNCTION_PRE_GA, a function as Redis 7.0-rc1 and rc2 wrote
// it: name, engine (str str), whether a description follows (len), that (str), and
// the code (str).
func (sc *scanner) readFunctionRC() bool {
	from := sc.pos()
	var s str
	for range 2 { // name, engine
		if !sc.str(&s) {
			return false
		}
	}
	described, ok := sc.length()
	if !ok {
		return false
	}
	if described != 0 && !sc.str(&s) {
		return false
	}
	if !sc.str(&s) {
		return false
	}
	sc.info.Functions++
	sc.info.FunctionBytes += sc.pos() - from
	return true
}

// readSlotImport reads SLOT_IMPORT, Valkey 9's record of slots under import: the
// name of the job (str), then counted ranges (len, len len).
func (sc *scanner) readSlotImport() bool {
	var s str
	if !sc.str(&s) {
		return false
	}
	n, ok := sc.count()
	for ; ok && n > 0; n-- {
		if _, ok = sc.length(); ok {
			_, ok = sc.length()
		}
	}
	return ok
}

// readNumber passes over a number (len) that says nothing here.
func (sc *scanner) readNumber() bool {
	_, ok := sc.length()
	return ok
}
