package parser

import (
	"encoding/binary"
	"math"
)

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

// firstParts keeps the first number and string of an AUX section.
type firstParts struct {
	sc        *scanner
	v         uint64
	b         []byte
	hasNumber bool
	hasText   bool
}

func (f *firstParts) number(v uint64) bool {
	if !f.hasNumber {
		f.v, f.hasNumber = v, true
	}
	return true
}

func (f *firstParts) double(float64) bool { return true }

func (f *firstParts) text(s *str) bool {
	if f.hasText {
		return f.sc.strBody(s)
	}
	f.hasText = true
	var ok bool
	f.b, ok = f.sc.textBody(nil, 256, s)
	return ok
}

// use counts a module's value or AUX section, and returns where; nil when there are too
// many modules.
func (sc *scanner) use(list *[]ModuleUse, m *Module, bytes int64) *ModuleUse {
	for i := range *list {
		if u := &(*list)[i]; u.Name == m.Name && u.Version == m.Version {
			u.Count++
			u.Bytes += bytes
			return u
		}
	}
	if len(*list) < 256 {
		*list = append(*list, ModuleUse{Name: m.Name, Version: m.Version, Count: 1, Bytes: bytes})
		return &(*list)[len(*list)-1]
	}
	return nil
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
	first := firstParts{sc: sc}
	if _, ok = sc.length(); !ok || !sc.modulePayload(&first) {
		return false
	}
	if u := sc.use(&sc.info.ModuleAux, sc.module(id), sc.pos()-from); u != nil {
		if first.hasNumber {
			u.Number = first.v
		}
		if first.hasText {
			u.Text = string(first.b)
		}
	}
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
	var p payload = &sc.parts
	if m.Name == "vectorset" && m.Version == 0 {
		vs = &vectorReader{sc: sc}
		p = vs
	} else {
		sc.parts = parts{sc: sc}
		if m.hasDocuments() && !sc.salvage.judging && (sc.walk || sc.ask(k)) {
			k.Flags |= Walked
			d := &sc.document
			d.sc, d.cbor, d.done = sc, m.Version == jsonCBOR, false
			sc.parts.documents = d
		}
	}
	if !sc.modulePayload(p) {
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

// payload is told of the parts of a module payload one by one. It reads a string whose
// head was read; false ends the reading.
type payload interface {
	number(v uint64) bool
	double(v float64) bool
	text(s *str) bool
}

// parts makes an element of each part of a payload, and reads the documents among them.
type parts struct {
	sc        *scanner
	documents *documents // nil: nobody asks
	s         str        // the string under way
}

func (p *parts) number(v uint64) bool {
	e := p.sc.element()
	if e == nil {
		return false
	}
	e.Kind, e.Aux = KindNumber, int64(v)
	return true
}

func (p *parts) double(v float64) bool {
	e := p.sc.element()
	if e == nil {
		return false
	}
	e.Kind, e.Aux = KindDouble, int64(math.Float64bits(v))
	return true
}

func (p *parts) text(s *str) bool {
	e := p.sc.element()
	if e == nil {
		return false
	}
	e.Kind, e.Len, e.Value = KindText, s.n, s.stored
	if s.lzf {
		e.Flags |= FlagLZF
	}
	if d := p.documents; d != nil && !d.done {
		d.done = true
		return s.class != NotInt && d.node(KindInteger, 0, s.i) || s.class == NotInt && d.read(s)
	}
	return p.sc.strBody(s)
}

// modulePayload passes over an opcode-tagged payload; p, when set, is told of its parts.
func (sc *scanner) modulePayload(p payload) bool {
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
			if v, ok = sc.length(); ok && p != nil {
				ok = p.number(v)
			}
		case modFloat, modDouble:
			var v float64
			if v, ok = sc.moduleFloat(op); ok && p != nil {
				ok = p.double(v)
			}
		case modString:
			s := &sc.parts.s // p.text would make it escape
			if ok = sc.strHead(s); !ok {
				return false
			}
			if p == nil {
				ok = sc.strBody(s)
			} else {
				ok = p.text(s)
			}
		default:
			return sc.corrupt("module value", "opcode "+utoa(op))
		}
		if !ok {
			return false
		}
	}
}

// moduleFloat reads a floating-point number.
func (sc *scanner) moduleFloat(op uint64) (float64, bool) {
	if op == modDouble {
		v, ok := sc.uint64le()
		return math.Float64frombits(v), ok
	}
	if !sc.need(4) {
		return 0, false
	}
	v := math.Float32frombits(binary.LittleEndian.Uint32(sc.b[sc.p:]))
	sc.p += 4
	return float64(v), true
}
