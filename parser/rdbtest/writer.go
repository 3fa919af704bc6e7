package rdbtest

import (
	"encoding/binary"
	"fmt"
	"hash/crc64"
)

// Opcodes of a dump's records (rdb.h of Redis and Valkey).
const (
	OpHashTemplate  = 242
	OpKeyMeta       = 243 // with REDIS magic
	OpSlotImport    = 243 // with VALKEY magic
	OpSlotInfo      = 244
	OpFunction2     = 245
	OpFunctionPreGA = 246
	OpModuleAux     = 247
	OpIdle          = 248
	OpFreq          = 249
	OpAux           = 250
	OpResizeDB      = 251
	OpExpireMs      = 252
	OpExpire        = 253
	OpSelectDB      = 254
	OpEOF           = 255
)

// Writer assembles a dump in memory. The zero value is empty and ready: it can
// also put together parts of records, such as the Data of a Value.
type Writer struct {
	buf     []byte
	start   int // offset of the magic: what precedes it is not checksummed
	version int
}

// Redis returns a Writer that begins with REDIS and four digits of version.
func Redis(version int) *Writer { return new(Writer).Redis(version) }

// Valkey returns a Writer that begins with VALKEY and three digits of version.
func Valkey(version int) *Writer { return new(Writer).Valkey(version) }

// Redis appends the magic of a Redis dump. Whatever was written before counts
// as a container around the dump: the checksum starts here.
func (w *Writer) Redis(version int) *Writer {
	w.start, w.version = len(w.buf), version
	w.buf = fmt.Appendf(w.buf, "REDIS%04d", version)
	return w
}

// Valkey appends the magic of a Valkey dump; see Redis.
func (w *Writer) Valkey(version int) *Writer {
	w.start, w.version = len(w.buf), version
	w.buf = fmt.Appendf(w.buf, "VALKEY%03d", version)
	return w
}

// Bytes returns what was written. It is the Writer's own memory.
func (w *Writer) Bytes() []byte { return w.buf }

// Offset returns the number of bytes written: where the next record begins.
func (w *Writer) Offset() int64 { return int64(len(w.buf)) }

// Raw appends bytes as they are.
func (w *Writer) Raw(p ...byte) *Writer {
	w.buf = append(w.buf, p...)
	return w
}

// RawString appends a text as it is.
func (w *Writer) RawString(s string) *Writer {
	w.buf = append(w.buf, s...)
	return w
}

// Len appends a length or number in its shortest form.
func (w *Writer) Len(n uint64) *Writer {
	w.buf = AppendLen(w.buf, n)
	return w
}

// LenAs appends a length or number in the given form.
func (w *Writer) LenAs(f Form, n uint64) *Writer {
	w.buf = AppendLenAs(w.buf, f, n)
	return w
}

// Str appends strings.
func (w *Writer) Str(s ...Str) *Writer {
	for _, s := range s {
		w.buf = append(w.buf, s...)
	}
	return w
}

// Int64 appends eight little-endian bytes.
func (w *Writer) Int64(v int64) *Writer {
	w.buf = binary.LittleEndian.AppendUint64(w.buf, uint64(v))
	return w
}

// Aux appends an AUX field; key and value take the form a server gives them.
func (w *Writer) Aux(key, value string) *Writer {
	return w.Raw(OpAux).Str(Auto(key), Auto(value))
}

// SelectDB appends the number of the database that holds the following keys.
func (w *Writer) SelectDB(db uint64) *Writer { return w.Raw(OpSelectDB).Len(db) }

// ResizeDB appends the hint how many keys, and keys with an expiry, follow.
func (w *Writer) ResizeDB(keys, expires uint64) *Writer {
	return w.Raw(OpResizeDB).Len(keys).Len(expires)
}

// ExpireMs gives the next key an expiry in ms since the Unix epoch.
func (w *Writer) ExpireMs(ms int64) *Writer { return w.Raw(OpExpireMs).Int64(ms) }

// Expire gives the next key an expiry in seconds since the Unix epoch, the
// form of RDB versions 1 and 2.
func (w *Writer) Expire(seconds int32) *Writer {
	w.buf = binary.LittleEndian.AppendUint32(append(w.buf, OpExpire), uint32(seconds))
	return w
}

// Idle gives the next key an LRU idle time.
func (w *Writer) Idle(seconds uint64) *Writer { return w.Raw(OpIdle).Len(seconds) }

// Freq gives the next key an LFU counter.
func (w *Writer) Freq(n uint8) *Writer { return w.Raw(OpFreq, n) }

// SlotInfo announces the keys of a cluster slot (Redis 7.4 and later).
func (w *Writer) SlotInfo(slot, keys, expires uint64) *Writer {
	return w.Raw(OpSlotInfo).Len(slot).Len(keys).Len(expires)
}

// SlotImport appends a slot migration job (Valkey 9): its name, 40 hexadecimal
// digits, and pairs of first and last slot.
func (w *Writer) SlotImport(job string, ranges ...[2]uint64) *Writer {
	w.Raw(OpSlotImport).Str(Plain(job)).Len(uint64(len(ranges)))
	for _, r := range ranges {
		w.Len(r[0]).Len(r[1])
	}
	return w
}

// Function2 appends the code of a function library.
func (w *Writer) Function2(code Str) *Writer { return w.Raw(OpFunction2).Str(code) }

// FunctionPreGA appends a function library as the release candidates of Redis
// 7.0 did; an empty description is left out.
func (w *Writer) FunctionPreGA(name, engine, description string, code Str) *Writer {
	w.Raw(OpFunctionPreGA).Str(Auto(name), Auto(engine))
	if description == "" {
		w.Len(0)
	} else {
		w.Len(1).Str(Auto(description))
	}
	return w.Str(code)
}

// ModuleAux appends data of a module outside the keyspace; when is 1 before
// the keys and 2 after them. See ModuleID.
func (w *Writer) ModuleAux(id, when uint64, ops ...Op) *Writer {
	w.Raw(OpModuleAux).Len(id).Len(uint64(opUint)).Len(when)
	w.buf = appendOps(w.buf, ops)
	return w
}

// KeyMeta attaches metadata classes to the next key (Redis 8.6 and later).
func (w *Writer) KeyMeta(metas ...Meta) *Writer {
	w.Raw(OpKeyMeta).Len(uint64(len(metas)))
	for _, m := range metas {
		w.buf = binary.LittleEndian.AppendUint32(w.buf, m.spec())
		w.buf = appendOps(w.buf, m.Ops)
	}
	return w
}

// HashTemplate appends the field names that hashes of the types HashTmplLPRef
// and HashTmplArrayRef share (RDB 15). Servers order them by length, then bytes.
func (w *Writer) HashTemplate(id uint64, fields ...string) *Writer {
	w.Raw(OpHashTemplate).Len(id).Len(uint64(len(fields)))
	for _, f := range fields {
		w.Str(Auto(f))
	}
	return w
}

// Put appends a key and its value; the key takes the form a server gives it.
func (w *Writer) Put(key string, v Value) *Writer { return w.PutStr(Auto(key), v) }

// PutStr appends a key in the form given and its value.
func (w *Writer) PutStr(key Str, v Value) *Writer {
	w.buf = append(w.buf, v.Type)
	w.buf = append(w.buf, key...)
	w.buf = append(w.buf, v.Data...)
	return w
}

// EOF ends the dump, with its checksum from RDB version 5 on.
func (w *Writer) EOF() *Writer {
	w.EOFBare()
	if w.version < 5 {
		return w
	}
	w.buf = binary.LittleEndian.AppendUint64(w.buf, Checksum(w.buf[w.start:]))
	return w
}

// EOFZero ends the dump as a server does that runs with rdbchecksum no.
func (w *Writer) EOFZero() *Writer { return w.EOFBare().Int64(0) }

// EOFWith ends the dump with a checksum of the caller's choice.
func (w *Writer) EOFWith(checksum uint64) *Writer { return w.EOFBare().Int64(int64(checksum)) }

// EOFBare appends the EOF opcode and no checksum.
func (w *Writer) EOFBare() *Writer { return w.Raw(OpEOF) }

var jones = crc64.MakeTable(0x95ac9329ac4bc9b5)

// Checksum returns the CRC-64/Jones of p, as the footer of a dump holds it of
// everything from the magic to the EOF opcode.
func Checksum(p []byte) uint64 {
	// hash/crc64 complements the start value and the result, RDB does neither.
	return ^crc64.Update(^uint64(0), jones, p)
}
