package parser

import "slices"

// Hashes with the same fields may keep the names in one template (Redis 8.10, RDB
// 15). A dump defines it before its first use, or the hash has its own:
//
//	opcode 242   id (len)  n (len)  n names (str)    a template; names ascend
//	type 29      names     values (str: listpack)    with names of its own
//	type 30                values (str: listpack)    refers to a template
//	type 31      names     n values (str)            with names of its own
//	type 32      id (len)  n values (str)            refers to a template
//
//	names        0 (len)  listpack of n names (str)
//	             1 (len)  n (len)  n names (str)
//	listpack of values     [ id of the template, or any ] value 1 .. value n
//
// Only type 32 cannot be read without its template, as nothing else says how many
// values there are. The names matter to who sizes the hash as one that has them, so of
// each the length is kept, and whether it is an integer: see templateField. A hash
// whose template was not defined can be walked in type 30, and no server loads it.
//
// What a listpack holds is the inside of the value where the next record begins behind
// it whatever it holds, in types 29 and 30: see contain. In type 31 the names say how
// many values follow.

// templateField is what is kept of a field's name: its length, with its IntClass in
// the low bits.
type templateField uint64

const templateClassBits = 4

func newTemplateField(n int64, c IntClass) templateField {
	return templateField(n)<<templateClassBits | templateField(c)
}

func (f templateField) len() int64      { return int64(f >> templateClassBits) }
func (f templateField) class() IntClass { return IntClass(f & (1<<templateClassBits - 1)) }

// hashTemplate is a template that a dump defines.
type hashTemplate struct {
	n      int64           // fields, negative when that is not known
	fields []templateField // as many as there are, or none when they were too many to keep
}

// readTemplate reads a hash whose field names stand in a template.
func (sc *scanner) readTemplate(k *Key) bool {
	t := hashTemplate{n: -1} // not known
	ok := true
	switch k.Type {
	case TypeHashTmplLP, TypeHashTmplArray:
		t.n, ok = sc.templateNames(k.Type == TypeHashTmplLP)
		t.fields = sc.names
		if int64(len(t.fields)) != t.n {
			t.fields = nil
		}
	case TypeHashTmplArrayRef:
		t, ok = sc.templateRef()
	}
	switch {
	case !ok:
		return false
	case k.Type == TypeHashTmplLP, k.Type == TypeHashTmplLPRef:
		return sc.packedValues(k, t)
	}
	return sc.plainValues(k, t)
}

// templateNames reads the field names that a hash begins with and returns how many
// there are; with contained, -1 when that is not to be told for damage.
func (sc *scanner) templateNames(contained bool) (int64, bool) {
	sc.names = sc.names[:0]
	layout, ok := sc.length()
	if !ok {
		return 0, false
	}
	var fields int64
	switch layout {
	case 0:
		p := packer{sc: sc, arity: 1, names: true}
		var h blobHead
		if _, ok := sc.templateBlob(&p, &h); !ok {
			if !contained || !sc.contain(&sc.blob, false) {
				return 0, false
			}
			sc.names = sc.names[:0]
			return h.entries, true
		}
		fields = p.entries
	case 1:
		if fields, ok = sc.count(); !ok || !sc.templateFields(fields) {
			return 0, false
		}
	default:
		return 0, sc.corrupt("hash template", "field layout "+utoa(layout))
	}
	if fields == 0 && (layout != 0 || !contained) { // else packedValues sees it
		return 0, sc.corrupt("hash template", "a template without fields")
	}
	return fields, true
}

// templateRef reads the ID of a template and returns that.
func (sc *scanner) templateRef() (hashTemplate, bool) {
	id, ok := sc.length()
	if !ok {
		return hashTemplate{}, false
	}
	t, known := sc.templates[id]
	if !known {
		return t, sc.corrupt("hash template", "template "+utoa(id)+" was not defined")
	}
	return t, true
}

// packedValues reads a listpack of values, of which there must be as many as the
// template has fields, if that is known by now: in type 30 the listpack says which
// template it is. It is walked in any case: its count is that of the values and one
// more.
func (sc *scanner) packedValues(k *Key, t hashTemplate) bool {
	deliver := sc.walk || sc.hooks.Walk != nil && sc.hooks.Walk(k)
	if deliver {
		k.Flags |= Walked
	}
	at := sc.pos()
	ref := k.Type == TypeHashTmplLPRef
	p := packer{sc: sc, arity: 1, deliver: deliver, values: true, template: t, ref: ref}
	var h blobHead
	n, ok := sc.templateBlob(&p, &h)
	if !ok {
		if !sc.contain(&sc.blob, false) {
			return false
		}
		sc.dropElements(sc.k.first)
		sc.k.Count, sc.k.Len = max(t.n, h.entries-1, 0), n
		sc.k.Flags |= Nameless
		return true
	}
	values, fields := p.entries-1, p.template.n // the first entry is the template's ID
	sc.k.Count, sc.k.Len = max(values, 0), n
	switch {
	case sc.k.Is(Damaged):
		sc.k.Flags |= Nameless
	case values < 1 || fields >= 0 && values != fields:
		sc.k.Flags |= Damaged
		sc.warn(WarnDamaged, at, "hash template: "+utoa(uint64(sc.k.Count))+" values do not match the template")
	case ref && fields < 0:
		sc.warn(WarnTemplate, sc.k.Offset, "it refers to a hash template that nothing defines")
		sc.k.Flags |= Nameless
	case p.template.fields == nil:
		sc.k.Flags |= Nameless
	}
	return true
}

// plainValues reads as many values as there are fields.
func (sc *scanner) plainValues(k *Key, t hashTemplate) bool {
	k.Count = t.n
	if t.fields == nil {
		k.Flags |= Nameless
	}
	var s str
	for i := range t.n {
		e := sc.element()
		if e == nil {
			return false
		}
		if t.fields != nil {
			e.Len, e.Int = t.fields[i].len(), t.fields[i].class()
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

// templateBlob walks a listpack of field names or values, counting its entries, and
// returns its length. Where that fails sc.blob tells whether it is the inside.
func (sc *scanner) templateBlob(p *packer, h *blobHead) (int64, bool) {
	var s str
	c := &sc.blob
	c.broken = false
	if !sc.strHead(&s) || !sc.peek(&s, FormatListpack, h) {
		return 0, false
	}
	return s.n, c.open(sc, &s) && sc.walkBlob(c, FormatListpack, h, p)
}

// keepName keeps what matters of a field's name, while there is room.
func (sc *scanner) keepName(n int64, c IntClass) {
	if len(sc.names) < maxTemplateNames {
		sc.names = append(sc.names, newTemplateField(n, c))
	}
}

// Bounds of the table of hash templates (opcode 242) against crafted dumps: each
// costs a map's entry, however few bytes it takes.
const (
	maxTemplates      = 1 << 18
	maxTemplateFields = 1 << 32
	// maxTemplateNames is of how many fields more than their number is kept, of all
	// templates together, and of one hash that has its own names: 8 MiB.
	maxTemplateNames = 1 << 20
)

// readHashTemplate reads HASH_TEMPLATE: an ID and field names (len, len str*) that
// hashes of types 30 and 32 refer to.
func (sc *scanner) readHashTemplate() bool {
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
	sc.names = sc.names[:0]
	if !sc.templateFields(n) {
		return false
	}
	if sc.salvage.judging {
		return true // the table is that of the Reader it judges for
	}
	if sc.templates == nil {
		sc.templates = map[uint64]hashTemplate{}
	}
	t := hashTemplate{n: n}
	if int64(len(sc.names)) == n && int(n) <= maxTemplateNames-sc.namesKept {
		t.fields = slices.Clone(sc.names)
		sc.namesKept += int(n)
	}
	sc.templates[id] = t
	return true
}

// templateFields reads n field names, which ascend strictly by length and then by
// bytes: a server finds a field's place by that order. Names over a few KiB are
// compared by length only.
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
		sc.keepName(s.n, s.class)
		prev, next = next, prev
	}
	return true
}
