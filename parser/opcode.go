package parser

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
)

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
	opHashTemplate = 242 // Redis 8.10+
	opUpdate       = 242 // Valkey 9.2+
	opEntSlotNum   = 121 // Redis Enterprise
	opEntRAMLRU    = 107 // Redis Enterprise
)

// opcodeInfo is what is known of one opcode: a row of the table that drives
// reading and messages.
type opcodeInfo struct {
	code   byte
	in     dialectSet // dialects that give the byte this meaning
	since  int        // RDB version that introduced it, 0 for one that is known in all
	name   string
	header bool // may stand in front of the first database
	// read reads what follows the opcode; nil for EOF, which ends the dump.
	read func(sc *scanner) bool
}

// opcodes is indexed by dialect and opcode; a row without a name stands for none.
var opcodes [numDialects][256]opcodeInfo

// The table is filled in by init because its functions look things up in it.
func init() {
	redis, valkey, df := dialectsOf(DialectRedis, DialectROR), dialectsOf(DialectValkey), dialectsOf(DialectDragonfly)
	common := redis | valkey | df | dialectsOf(DialectKeyDB)
	for _, op := range []opcodeInfo{
		{opEOF, common, 0, "EOF", false, nil},
		{opSelectDB, common, 0, "SELECTDB", false, (*scanner).readSelectDB},
		{opExpireTime, common, 0, "EXPIRETIME", false, (*scanner).readExpireTime},
		{opExpireTimeMs, common, 0, "EXPIRETIME_MS", false, (*scanner).readExpireTimeMs},
		{opResizeDB, common, 0, "RESIZEDB", false, (*scanner).readResizeDB},
		{opAux, common, 0, "AUX", true, (*scanner).readAux},
		{opFreq, common, 0, "FREQ", false, (*scanner).readFreq},
		{opIdle, common, 0, "IDLE", false, (*scanner).readIdle},
		{opModuleAux, common, 0, "MODULE_AUX", true, (*scanner).readModuleAux},
		{opFunctionRC, common, 0, "FUNCTION_PRE_GA", true, (*scanner).readFunctionRC},
		{opFunction2, common, 0, "FUNCTION2", true, (*scanner).readFunction2},
		{opSlotInfo, redis, 12, "SLOT_INFO", false, (*scanner).readSlotInfo},
		{opKeyMeta, redis, 13, "KEY_META", false, (*scanner).readKeyMeta},
		{opHashTemplate, redis, 15, "HASH_TEMPLATE", true, (*scanner).readHashTemplate},
		{opEntSlotNum, redis, 0, "ENT_SLOT_NUM", false, (*scanner).readNumber},
		{opEntRAMLRU, redis, 0, "ENT_RAM_LRU", false, (*scanner).readNumber},

		{opSlotImport, valkey, 0, "SLOT_IMPORT", false, (*scanner).readSlotImport},
		{opUpdate, valkey, 81, "UPDATE", false, (*scanner).readUpdate},

		{opDFFullSyncEnd, df, 0, "FULLSYNC_END", false, (*scanner).readEightBytes},
		{opDFZstdBlob, df, 0, "ZSTD_BLOB", false, (*scanner).readZstdBlob},
		{opDFLZ4Blob, df, 0, "LZ4_BLOB", false, (*scanner).readLZ4Blob},
		{opDFBlobEnd, df, 0, "BLOB_END", false, (*scanner).closeBlob},
		{opDFJournal, df, 0, "JOURNAL_BLOB", false, (*scanner).readJournal},
		{opDFJournalOffset, df, 0, "JOURNAL_OFFSET", false, (*scanner).readEightBytes},
		{opDFMask, df, 0, "DF_MASK", false, (*scanner).readMask},
		{opDFVectorIndex, df, 0, "VECTOR_INDEX", false, (*scanner).readVectorIndex},
		{opDFDocIndex, df, 0, "SHARD_DOC_INDEX", false, (*scanner).readDocIndex},
		{opDFTaggedChunk, df, 0, "TAGGED_CHUNK", false, (*scanner).readTaggedChunk},
	} {
		for d := range opcodes {
			if op.in.has(Dialect(d)) {
				opcodes[d][op.code] = op
			}
		}
	}
}

// OpcodeName names an opcode byte in a dialect, "" when it is none.
func OpcodeName(code byte, d Dialect) string { return opcodes[d][code].name }

// opcode reads the payload of a record that is not a key; op was read.
func (sc *scanner) opcode(op byte) bool {
	if o := &opcodes[sc.info.Dialect][op]; o.read != nil && o.since <= sc.info.Version {
		return o.read(sc)
	}
	sc.p--
	return sc.unknown("opcode " + utoa(uint64(op)) + " is not known in " + sc.dialectName())
}

// dialectName is the dump's magic, and whose it is where that does not say it.
func (sc *scanner) dialectName() string {
	switch d := sc.info.Dialect; d {
	case DialectRedis, DialectValkey:
		return sc.info.Magic
	case DialectDragonfly:
		return sc.info.Magic + " of Dragonfly"
	case DialectKeyDB:
		return sc.info.Magic + " of KeyDB"
	default:
		return sc.info.Magic + " of Redis-On-Rocks"
	}
}

// --- attributes of the key that follows ---

// noExpiry is what EXPIRETIME_MS holds for none.
const noExpiry = -1

// readExpireTimeMs reads EXPIRETIME_MS: ms since the epoch (i64le). -1 stands for no
// expiry, as rdb.c has it (rdbLoadRioWithLoadingCtx), and takes one that was read
// before away; in EXPIRETIME it is a second of 1969.
func (sc *scanner) readExpireTimeMs() bool {
	pd := &sc.pending
	v, ok := sc.uint64le()
	pd.expiry, pd.flags, pd.any = int64(v), pd.flags|HasExpiry, true
	if pd.expiry == noExpiry {
		pd.expiry, pd.flags = 0, pd.flags&^HasExpiry
	}
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
	if sc.info.Dialect == DialectRedis {
		sc.info.Dialect = dialectOfAux(name)
	}
	return true
}

// dialectOfAux is the dialect of a REDIS-magic dump that has an AUX field of that
// name.
func dialectOfAux(name string) Dialect {
	switch {
	case name == "df-ver":
		return DialectDragonfly
	case name == "mvcc-tstamp", strings.HasPrefix(name, "keydb-"):
		return DialectKeyDB
	case name == "gtid", strings.HasPrefix(name, "gtid-"):
		return DialectROR
	}
	return DialectRedis
}

// readFunction2 reads FUNCTION2: the code of a function library (str).
func (sc *scanner) readFunction2() bool {
	from := sc.pos()
	var s str
	var code []byte
	if len(sc.info.Libraries) < MaxLibraries {
		var ok bool
		if code, ok = sc.text(nil, 256, &s); !ok {
			return false
		}
	} else if !sc.str(&s) {
		return false
	}
	sc.info.Functions++
	sc.info.FunctionBytes += sc.pos() - from
	sc.library(code, sc.pos()-from)
	return true
}

// library notes what the first line of a library says, as functions.c
// functionExtractLibMetaData reads it: #!<engine> name=<name>.
func (sc *scanner) library(code []byte, size int64) {
	if len(sc.info.Libraries) == MaxLibraries {
		return
	}
	l := Library{Bytes: size}
	line, _, _ := bytes.Cut(code, []byte("\n"))
	if line, ok := bytes.CutPrefix(line, []byte("#!")); ok {
		for i, word := range bytes.Fields(line) {
			if name, found := bytes.CutPrefix(word, []byte("name=")); found {
				l.Name = string(name)
			} else if i == 0 {
				l.Engine = string(word)
			}
		}
	}
	sc.info.Libraries = append(sc.info.Libraries, l)
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

// readUpdate reads UPDATE, Valkey 9.2's record of a command that changed a key after
// the key was sent, in streams of a sync without a fork: one command of the protocol.
//
//	*<n> CR LF   n times   $<bytes> CR LF, bytes, CR LF
//
// Nothing is replayed: a warning says how many there were.
func (sc *scanner) readUpdate() bool {
	at := sc.start
	n, ok := sc.protocolNumber('*')
	for ; ok && n > 0; n-- {
		var size int64
		if size, ok = sc.protocolNumber('$'); !ok {
			break
		}
		if ok = sc.skip(uint64(size)) && sc.need(2); ok {
			if sc.b[sc.p] != '\r' || sc.b[sc.p+1] != '\n' {
				return sc.corrupt("UPDATE", "an argument is longer than it says")
			}
			sc.p += 2
		}
	}
	if ok {
		sc.warn(WarnUpdates, at, "a command that changed the data after it was written is not replayed")
	}
	return ok
}

// protocolNumber reads a number of the protocol: its sign, digits, CR LF.
func (sc *scanner) protocolNumber(sign byte) (int64, bool) {
	const digits = 19
	for n := 1; n <= digits+3; n++ {
		if !sc.need(n) {
			return 0, false
		}
		if sc.b[sc.p+n-1] != '\n' {
			continue
		}
		line := sc.b[sc.p : sc.p+n]
		if len(line) < 4 || line[0] != sign || line[n-2] != '\r' {
			break
		}
		v, err := strconv.ParseUint(string(line[1:n-2]), 10, 63)
		if err != nil {
			break
		}
		sc.p += n
		return int64(v), true
	}
	return 0, sc.corrupt("UPDATE", "not a command of the protocol")
}

// readNumber passes over a number (len) that says nothing here.
func (sc *scanner) readNumber() bool {
	_, ok := sc.length()
	return ok
}
