package parser

import "encoding/binary"

// opcode reads the payload of a record that is not a key.
func (sc *scanner) opcode(op byte) bool {
	pd := &sc.pending
	switch op {
	case opExpireTimeMs:
		v, ok := sc.uint64le()
		pd.expiry, pd.flags, pd.any = int64(v), pd.flags|HasExpiry, true
		return ok
	case opExpireTime:
		if !sc.need(4) {
			return false
		}
		pd.expiry = int64(int32(binary.LittleEndian.Uint32(sc.b[sc.p:]))) * 1000
		pd.flags, pd.any = pd.flags|HasExpiry, true
		sc.p += 4
		return true
	case opIdle:
		v, ok := sc.length()
		pd.idle, pd.flags, pd.any = int64(min(v, 1<<62)), pd.flags|HasIdle, true
		return ok
	case opFreq:
		v, ok := sc.byte()
		pd.freq, pd.flags, pd.any = v, pd.flags|HasFreq, true
		return ok
	case opSelectDB:
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
	case opResizeDB:
		var keys, expires uint64
		if !sc.numbers(&keys, &expires) {
			return false
		}
		if sc.db < 0 {
			sc.selectDB(0)
		}
		d := &sc.info.Databases[sc.db]
		if d.DeclaredKeys < 0 {
			d.DeclaredKeys, d.DeclaredExpires = 0, 0
		}
		// A dump put together from several repeats the record.
		d.DeclaredKeys, d.DeclaredExpires = addSat(d.DeclaredKeys, hint(keys)), addSat(d.DeclaredExpires, hint(expires))
		return true
	case opSlotInfo:
		var slot, keys, expires uint64
		if !sc.numbers(&slot, &keys, &expires) {
			return false
		}
		if sc.db < 0 {
			sc.selectDB(0)
		}
		d := &sc.info.Databases[sc.db]
		d.Slots++
		d.SlotKeysDeclared = addSat(d.SlotKeysDeclared, hint(keys))
		return true
	case opAux:
		return sc.aux()
	case opModuleAux:
		return sc.moduleAux()
	case opFunction2:
		from := sc.pos()
		var s str
		if !sc.str(&s) {
			return false
		}
		sc.info.Functions++
		sc.info.FunctionBytes += sc.pos() - from
		return true
	case opFunctionRC:
		return sc.functionRC()
	case opKeyMeta:
		if sc.info.Dialect == DialectValkey {
			return sc.slotImport()
		}
		return sc.keyMeta()
	case opHashTemplate:
		return sc.template()
	case opEntRAMLRU, opEntSlotNum:
		_, ok := sc.length()
		return ok
	}
	if sc.info.Dialect == DialectDragonfly && op >= opDFFullSyncEnd {
		return sc.dragonflyOpcode(op)
	}
	sc.p--
	return sc.fail("", &detail{ErrUnknownType, "opcode " + utoa(uint64(op)) + " in a " + sc.info.Magic + " dump"})
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
func (sc *scanner) aux() bool {
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

// functionRC reads a function as Redis 7.0-rc1 and rc2 wrote it.
func (sc *scanner) functionRC() bool {
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

// slotImport reads Valkey 9's record of slots under import.
func (sc *scanner) slotImport() bool {
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

// keyMeta reads the metadata classes that Redis 8.6+ attaches to the next key.
func (sc *scanner) keyMeta() bool {
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

// Bounds of the table of hash templates (opcode 242).
const (
	maxTemplates      = 1 << 18
	maxTemplateFields = 1 << 32
)

// template reads a hash template: the field names that hashes of types 30 and
// 32 refer to. Only the number of fields is kept.
func (sc *scanner) template() bool {
	id, ok := sc.length()
	if !ok {
		return false
	}
	n, ok := sc.count()
	if !ok {
		return false
	}
	if n == 0 {
		return sc.corrupt("HASH_TEMPLATE", "a template without fields")
	}
	if _, dup := sc.templates[id]; dup {
		return sc.corrupt("HASH_TEMPLATE", "template "+utoa(id)+" twice")
	}
	if len(sc.templates) == maxTemplates || n > maxTemplateFields {
		return sc.corrupt("HASH_TEMPLATE", "too many templates or fields")
	}
	if !sc.templateFields(n) {
		return false
	}
	if sc.salvage.judging {
		return true // the table is that of the Reader it judges for
	}
	if sc.templates == nil {
		sc.templates = map[uint64]uint64{}
	}
	sc.templates[id] = uint64(n)
	return true
}

// templateFields reads n field names, which ascend strictly by length and
// bytes. Names over a few KiB are compared by length only.
func (sc *scanner) templateFields(n int64) bool {
	const compared = 4096
	var s str
	var prev, next []byte
	prevLen := int64(-1)
	for ; n > 0; n-- {
		var ok bool
		if next, ok = sc.text(next[:0], compared, &s); !ok {
			return false
		}
		if s.n < prevLen || s.n == prevLen && s.n <= compared && string(next) <= string(prev) {
			return sc.corrupt("HASH_TEMPLATE", "fields are not strictly sorted")
		}
		prevLen = s.n
		prev, next = next, prev
	}
	return true
}
