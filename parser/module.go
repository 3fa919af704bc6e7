package parser

// moduleAlphabet spells the names of module types (moduleTypeEncodeId, module.c):
//
//	bits 63..58  57..52         15..10  9..0
//	+-----------+--------+-----+-------+------------------+
//	| character | second | ... | ninth | encoding version |
//	+-----------+--------+-----+-------+------------------+
const moduleAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// module resolves a module type ID; the same ID gives the same *Module.
func (sc *scanner) module(id uint64) *Module {
	if m := sc.modules[id]; m != nil {
		return m
	}
	var name [9]byte
	for i, bits := 8, id>>10; i >= 0; i, bits = i-1, bits>>6 {
		name[i] = moduleAlphabet[bits&63]
	}
	m := &Module{Name: string(name[:]), Version: int(id & 1023)}
	if sc.modules == nil {
		sc.modules = map[uint64]*Module{}
	}
	if len(sc.modules) < 1<<10 { // servers load a handful; crafted dumps may name many
		sc.modules[id] = m
	}
	return m
}

// use counts a module's value or AUX section.
func (sc *scanner) use(list *[]ModuleUse, m *Module, bytes int64) {
	for i := range *list {
		if u := &(*list)[i]; u.Name == m.Name && u.Version == m.Version {
			u.Count++
			u.Bytes += bytes
			return
		}
	}
	if len(*list) < 256 {
		*list = append(*list, ModuleUse{Name: m.Name, Version: m.Version, Count: 1, Bytes: bytes})
	}
}

// readModuleAux reads MODULE_AUX, a module's section before or after the keys: its
// ID, the opcode UINT and when the section was written (1 before the keys, 2 behind
// them), and a payload (len, len 2, len, payload).
func (sc *scanner) readModuleAux() bool {
	from := sc.pos()
	id, ok := sc.length()
	if !ok {
		return false
	}
	op, ok := sc.length()
	if !ok {
		return false
	}
	if op != modUint {
		return sc.corrupt("MODULE_AUX", "opcode "+utoa(op)+" before the section's place")
	}
	if _, ok = sc.length(); !ok || !sc.modulePayload(nil) {
		return false
	}
	sc.use(&sc.info.ModuleAux, sc.module(id), sc.pos()-from)
	return true
}

// readModulePreGA stops: the payload carries no marks to find its end by.
func (sc *scanner) readModulePreGA(*Key) bool {
	id, ok := sc.length()
	if !ok {
		return false
	}
	return sc.fail("", &detail{ErrUnknownType, "a value of module " + sc.module(id).Name + " in the format of Redis 4.0 release candidates (type 6), which only the module can read"})
}

// readModule reads a module value: the module's ID, then a payload of tagged
// numbers and strings, which can be passed over without knowing the module.
func (sc *scanner) readModule(k *Key) bool {
	from := sc.pos()
	id, ok := sc.length()
	if !ok {
		return false
	}
	m := sc.module(id)
	k.Module = m
	k.Count = 1
	var vs *vectorReader
	if m.Name == "vectorset" && m.Version == 0 {
		vs = &vectorReader{sc: sc}
	}
	if !sc.modulePayload(vs) {
		return false
	}
	k = sc.k
	if vs != nil {
		own := *m
		own.Vector = &vs.head
		k.Module = &own
		k.Count = vs.items
		if uint64(vs.items) != vs.head.Elements {
			sc.warn(WarnCountLie, k.Offset, "a vector set says it has "+utoa(vs.head.Elements)+" elements and has "+utoa(uint64(vs.items)))
		}
	}
	k.Len = sc.pos() - from
	sc.use(&sc.info.Modules, m, k.Len)
	return true
}

// The payload of a module (rdb.c, RDB_MODULE_OPCODE_*) is a run of opcodes with
// data behind each, up to opcode 0. Nothing says how long it is, and nothing nests:
// its end is found by going from one to the next.
//
//	+--------------+------+--------------+------+-----+---+
//	| opcode (len) | data | opcode (len) | data | ... | 0 |
//	+--------------+------+--------------+------+-----+---+
//
//	1 SINT  len       Redis writes signed numbers as 2, in two's complement
//	2 UINT  len
//	3 FLOAT 4 bytes   little-endian, as all
//	4 DOUBLE 8 bytes
//	5 STRING str

// Opcodes of a module payload.
const (
	modEOF = iota
	modSint
	modUint
	modFloat
	modDouble
	modString
)

// modulePayload passes over an opcode-tagged payload; vs, when set, is told of
// its numbers and strings.
func (sc *scanner) modulePayload(vs *vectorReader) bool {
	for {
		op, ok := sc.length()
		if !ok {
			return false
		}
		switch op {
		case modEOF:
			return true
		case modSint, modUint:
			var v uint64
			if v, ok = sc.length(); ok && vs != nil {
				ok = vs.number(v)
			}
		case modFloat:
			ok = sc.skip(4)
		case modDouble:
			ok = sc.skip(8)
		case modString:
			var s str
			if ok = sc.str(&s); ok && vs != nil {
				ok = vs.text(&s)
			}
		default:
			return sc.corrupt("module value", "opcode "+utoa(op))
		}
		if !ok {
			return false
		}
	}
}
