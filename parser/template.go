package parser

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
// values there are. So of a template that number is all that is kept.

// readTemplate reads a hash whose field names stand in a template.
func (sc *scanner) readTemplate(k *Key) bool {
	fields := int64(-1) // not known
	ok := true
	switch k.Type {
	case TypeHashTmplLP, TypeHashTmplArray:
		fields, ok = sc.templateNames()
	case TypeHashTmplArrayRef:
		fields, ok = sc.templateRef()
	}
	switch {
	case !ok:
		return false
	case k.Type == TypeHashTmplLP, k.Type == TypeHashTmplLPRef:
		return sc.packedValues(k, fields)
	}
	return sc.plainValues(k, fields)
}

// templateNames reads the field names that a hash begins with and returns how many
// there are.
func (sc *scanner) templateNames() (int64, bool) {
	layout, ok := sc.length()
	if !ok {
		return 0, false
	}
	var fields int64
	switch layout {
	case 0:
		p := packer{sc: sc, arity: 1}
		if !sc.templateBlob(&p) {
			return 0, false
		}
		fields = p.entries
	case 1:
		if fields, ok = sc.count(); !ok || !sc.templateFields(fields) {
			return 0, false
		}
	default:
		return 0, sc.corrupt("hash template", "field layout "+utoa(layout))
	}
	if fields == 0 {
		return 0, sc.corrupt("hash template", "a template without fields")
	}
	return fields, true
}

// templateRef reads the ID of a template and returns how many fields that has.
func (sc *scanner) templateRef() (int64, bool) {
	id, ok := sc.length()
	if !ok {
		return 0, false
	}
	n, known := sc.templates[id]
	if !known {
		return 0, sc.corrupt("hash template", "template "+utoa(id)+" was not defined")
	}
	return int64(n), true
}

// packedValues reads a listpack of values, of which there must be as many as fields
// unless that is negative. It is walked in any case: its count is that of the values
// and one more.
func (sc *scanner) packedValues(k *Key, fields int64) bool {
	deliver := sc.walk || sc.hooks.Walk != nil && sc.hooks.Walk(k)
	if deliver {
		k.Flags |= Walked
	}
	p := packer{sc: sc, arity: 1, deliver: deliver, values: true}
	if !sc.templateBlob(&p) {
		return false
	}
	values := p.entries - 1 // the first entry is the template's ID
	if values < 1 || fields >= 0 && values != fields {
		return sc.corrupt("hash template", utoa(uint64(max(values, 0)))+" values do not match the template")
	}
	sc.k.Count = values
	return true
}

// plainValues reads as many values as there are fields.
func (sc *scanner) plainValues(k *Key, fields int64) bool {
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

// Bounds of the table of hash templates (opcode 242) against crafted dumps: each
// costs a map's entry, however few bytes it takes.
const (
	maxTemplates      = 1 << 18
	maxTemplateFields = 1 << 32
)

// readHashTemplate reads HASH_TEMPLATE: an ID and field names (len, len str*) that
// hashes of types 30 and 32 refer to. Only the number of fields is kept.
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
		prev, next = next, prev
	}
	return true
}
