package parser

import "encoding/binary"

// opcode reads the payload of a record that is not a key.
func (r *Reader) opcode(op byte) bool {
	pd := &r.pending
	switch op {
	case opExpireTimeMs:
		v, ok := r.uint64le()
		pd.expiry, pd.flags, pd.any = int64(v), pd.flags|HasExpiry, true
		return ok
	case opExpireTime:
		if !r.need(4) {
			return false
		}
		pd.expiry = int64(int32(binary.LittleEndian.Uint32(r.b[r.p:]))) * 1000
		pd.flags, pd.any = pd.flags|HasExpiry, true
		r.p += 4
		return true
	case opIdle:
		v, ok := r.length()
		pd.idle, pd.flags, pd.any = int64(min(v, 1<<62)), pd.flags|HasIdle, true
		return ok
	case opFreq:
		v, ok := r.byte()
		pd.freq, pd.flags, pd.any = v, pd.flags|HasFreq, true
		return ok
	case opSelectDB:
		n, ok := r.length()
		if !ok {
			return false
		}
		if n > 1<<31-1 {
			return r.corrupt("SELECTDB", "database "+utoa(n))
		}
		if _, known := r.dbs[int32(n)]; !known && len(r.dbs) == maxDatabases {
			return r.corrupt("SELECTDB", "more than "+utoa(maxDatabases)+" databases")
		}
		r.selectDB(int32(n))
		return true
	case opResizeDB:
		var keys, expires uint64
		if !r.numbers(&keys, &expires) {
			return false
		}
		if r.db < 0 {
			r.selectDB(0)
		}
		d := &r.info.Databases[r.db]
		if d.DeclaredKeys < 0 {
			d.DeclaredKeys, d.DeclaredExpires = 0, 0
		}
		// A dump put together from several repeats the record.
		d.DeclaredKeys, d.DeclaredExpires = addSat(d.DeclaredKeys, hint(keys)), addSat(d.DeclaredExpires, hint(expires))
		return true
	case opSlotInfo:
		var slot, keys, expires uint64
		if !r.numbers(&slot, &keys, &expires) {
			return false
		}
		if r.db < 0 {
			r.selectDB(0)
		}
		d := &r.info.Databases[r.db]
		d.Slots++
		d.SlotKeysDeclared = addSat(d.SlotKeysDeclared, hint(keys))
		return true
	case opAux:
		return r.aux()
	case opModuleAux:
		return r.moduleAux()
	case opFunction2:
		from := r.pos()
		var s str
		if !r.str(&s) {
			return false
		}
		r.info.Functions++
		r.info.FunctionBytes += r.pos() - from
		return true
	case opFunctionRC:
		return r.functionRC()
	case opKeyMeta:
		if r.info.Dialect == DialectValkey {
			return r.slotImport()
		}
		return r.keyMeta()
	case opHashTemplate:
		return r.template()
	case opEntRAMLRU, opEntSlotNum:
		_, ok := r.length()
		return ok
	}
	if r.info.Dialect == DialectDragonfly && op >= opDFFullSyncEnd {
		return r.dragonflyOpcode(op)
	}
	r.p--
	return r.fail("", &detail{ErrUnknownType, "opcode " + utoa(uint64(op)) + " in a " + r.info.Magic + " dump"})
}

// hint cuts a declared number to what sums can hold.
func hint(n uint64) int64 { return int64(min(n, 1<<62)) }

func addSat(a, b int64) int64 {
	if a > 1<<62-b {
		return 1 << 62
	}
	return a + b
}

// aux reads an AUX field; the first MaxAux ones are kept, cut to 4 KiB.
func (r *Reader) aux() bool {
	const limit = 4096
	var s str
	var buf [64]byte
	key, ok := r.text(buf[:0], limit, &s)
	if !ok {
		return false
	}
	keep := limit
	if len(r.info.Aux) >= MaxAux {
		keep = 0
	}
	name := string(key)
	value, ok := r.text(nil, keep, &s)
	if !ok {
		return false
	}
	if keep > 0 {
		r.info.Aux = append(r.info.Aux, Aux{name, string(value)})
	}
	if name == "df-ver" && r.info.Dialect == DialectRedis {
		r.info.Dialect = DialectDragonfly
	}
	return true
}

// functionRC reads a function as Redis 7.0-rc1 and rc2 wrote it.
func (r *Reader) functionRC() bool {
	from := r.pos()
	var s str
	for range 2 { // name, engine
		if !r.str(&s) {
			return false
		}
	}
	described, ok := r.length()
	if !ok {
		return false
	}
	if described != 0 && !r.str(&s) {
		return false
	}
	if !r.str(&s) {
		return false
	}
	r.info.Functions++
	r.info.FunctionBytes += r.pos() - from
	return true
}

// slotImport reads Valkey 9's record of slots under import.
func (r *Reader) slotImport() bool {
	var s str
	if !r.str(&s) {
		return false
	}
	n, ok := r.count()
	for ; ok && n > 0; n-- {
		if _, ok = r.length(); ok {
			_, ok = r.length()
		}
	}
	return ok
}

// keyMeta reads the metadata classes that Redis 8.6+ attaches to the next key.
func (r *Reader) keyMeta() bool {
	n, ok := r.count()
	if !ok {
		return false
	}
	r.pending.any = true
	for ; n > 0; n-- {
		if !r.need(4) {
			return false
		}
		r.p += 4
		if !r.modulePayload(nil) {
			return false
		}
		if r.pending.metas < 1<<16-1 {
			r.pending.metas++
		}
	}
	return true
}

// Bounds of the table of hash templates (opcode 242).
const (
	maxTemplates      = 1 << 18
	maxTemplateFields = 1 << 32
)

// template reads a hash template: the field names that hashes of types 30 and
// 32 refer to. Only the number of fields is kept.
func (r *Reader) template() bool {
	id, ok := r.length()
	if !ok {
		return false
	}
	n, ok := r.count()
	if !ok {
		return false
	}
	if n == 0 {
		return r.corrupt("HASH_TEMPLATE", "a template without fields")
	}
	if _, dup := r.templates[id]; dup {
		return r.corrupt("HASH_TEMPLATE", "template "+utoa(id)+" twice")
	}
	if len(r.templates) == maxTemplates || n > maxTemplateFields {
		return r.corrupt("HASH_TEMPLATE", "too many templates or fields")
	}
	if !r.templateFields(n) {
		return false
	}
	if r.judging {
		return true // the table is that of the Reader it judges for
	}
	if r.templates == nil {
		r.templates = map[uint64]uint64{}
	}
	r.templates[id] = uint64(n)
	return true
}

// templateFields reads n field names, which ascend strictly by length and
// bytes. Names over a few KiB are compared by length only.
func (r *Reader) templateFields(n int64) bool {
	const compared = 4096
	var s str
	var prev, next []byte
	prevLen := int64(-1)
	for ; n > 0; n-- {
		var ok bool
		if next, ok = r.text(next[:0], compared, &s); !ok {
			return false
		}
		if s.n < prevLen || s.n == prevLen && s.n <= compared && string(next) <= string(prev) {
			return r.corrupt("HASH_TEMPLATE", "fields are not strictly sorted")
		}
		prevLen = s.n
		prev, next = next, prev
	}
	return true
}
