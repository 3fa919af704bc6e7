package parser

// moduleAlphabet spells module type names (module.c), nine characters of six
// bits above ten bits of encoding version.
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

// readModuleAux reads a module's section before or after the keys.
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

// readModule reads a module value.
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

// vectorReader picks the facts of a vector set out of its payload (Redis
// modules/vector-sets): dim, elements, config, flags, with flag 1 the input
// dimension and the projection matrix; then per element the item, with flag 2
// its attributes, the vector, and a counted list of numbers.
type vectorReader struct {
	sc      *scanner
	head    VectorSet
	numbers int    // head numbers read
	matrix  bool   // the matrix was read
	texts   int    // strings read of the open element
	left    uint64 // numbers left of the open element's list
	index   uint64 // of the number in the list
	counted bool   // the list's count was read
	items   int64  // elements seen
	e       *Element
}

func (v *vectorReader) number(n uint64) bool {
	h := &v.head
	switch v.numbers {
	case 0:
		h.Dim = n
	case 1:
		h.Elements = n
	case 2:
		h.Config = n
	case 3:
		h.Flags = n
	case 4:
		if h.Flags&1 != 0 && !v.matrix {
			h.InputDim = n
		}
	}
	if v.numbers < 4 || v.numbers == 4 && h.Flags&1 != 0 && !v.matrix {
		v.numbers++
		return true
	}
	if !v.counted {
		v.counted, v.left, v.index = true, n, 0
	} else {
		v.index++
		if v.index == 4 && v.e != nil {
			v.e.Aux = int64(min(n, 1<<62))
		}
		v.left--
	}
	if v.left == 0 {
		v.counted, v.texts, v.e = false, 0, nil
	}
	return true
}

func (v *vectorReader) text(s *str) bool {
	h := &v.head
	if h.Flags&1 != 0 && !v.matrix {
		v.matrix = true
		return true
	}
	v.texts++
	switch {
	case v.texts == 1:
		e := v.sc.element()
		if e == nil {
			return false
		}
		v.e = e
		v.items++
		e.Kind, e.Len, e.Value = KindVector, s.n, -1
		if s.lzf {
			e.Flags |= FlagLZF
		}
	case v.texts == 2 && h.Flags&2 != 0 && v.e != nil && s.n > 0: // an empty text stands for no attributes
		v.e.Value = s.n
		if s.lzf {
			v.e.Flags |= FlagValueLZF
		}
	}
	return true
}

// readTemplate reads a hash whose field names stand in a template (Redis
// 8.10): as a listpack of values (29, 30) or value by value (31, 32).
func (sc *scanner) readTemplate(k *Key) bool {
	t := k.Type
	fields := int64(-1)
	if t == TypeHashTmplLP || t == TypeHashTmplArray {
		layout, ok := sc.length()
		if !ok {
			return false
		}
		switch layout {
		case 0:
			p := packer{sc: sc, arity: 1}
			if !sc.templateBlob(&p) {
				return false
			}
			fields = p.entries
		case 1:
			if fields, ok = sc.count(); !ok || !sc.templateFields(fields) {
				return false
			}
		default:
			return sc.corrupt("hash template", "field layout "+utoa(layout))
		}
		if fields == 0 {
			return sc.corrupt("hash template", "a template without fields")
		}
	}
	switch t {
	case TypeHashTmplLP, TypeHashTmplLPRef:
		deliver := sc.walk || sc.hooks.Walk != nil && sc.hooks.Walk(k)
		if deliver {
			k.Flags |= Walked
		}
		p := packer{sc: sc, arity: 1, deliver: deliver, values: true}
		if !sc.templateBlob(&p) {
			return false
		}
		values := p.entries - 1
		if values < 1 || fields >= 0 && values != fields {
			return sc.corrupt("hash template", utoa(uint64(max(values, 0)))+" values do not match the template")
		}
		sc.k.Count = values
		return true
	case TypeHashTmplArrayRef:
		id, ok := sc.length()
		if !ok {
			return false
		}
		n, known := sc.templates[id]
		if !known {
			return sc.corrupt("hash template", "template "+utoa(id)+" was not defined")
		}
		fields = int64(n)
	}
	k.Count = fields
	var s str
	for ; fields > 0; fields-- {
		e := sc.element()
		if e == nil {
			return false
		}
		if !sc.str(&s) {
			return false
		}
		e.Value, e.ValueInt = s.n, s.class
		if s.lzf {
			e.Flags |= FlagValueLZF
		}
	}
	return true
}

// templateBlob walks a listpack of field names or values, counting its entries.
func (sc *scanner) templateBlob(p *packer) bool {
	var s str
	var h blobHead
	if !sc.strHead(&s) || !sc.peek(&s, FormatListpack, &h) {
		return false
	}
	sc.k.Len += s.n
	c := &sc.blob
	return c.open(sc, &s) && sc.walkBlob(c, FormatListpack, &h, p)
}
