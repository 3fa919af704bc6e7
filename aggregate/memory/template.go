package memory

import "github.com/rdblens/rdblens/parser"

// Hashes with the same fields may leave the names to one template (Redis 8.10, t_hash.c
// "hashTemplate"). A key then has its values alone, and MEMORY USAGE counts those: the
// template is counted once, in used_memory_hash_templates.
//
//	template-listpack   listpack of the template's ID and the values
//	template-array      struct hashTemplateArray, and a string for each value

const (
	// hashTemplateArray is sizeof(struct hashTemplateArray) (server.h): ID and number of
	// fields. A later release has a third word, for the bytes allocated.
	hashTemplateArray = 16
	// templateID is what the ID takes as a listpack entry that a conversion makes: up
	// to 127 one byte and one behind it; from then on, up to 4095, one more.
	templateID = 3
)

// isTemplate reports whether a type is a hash whose names stand in a template.
func isTemplate(t parser.Type) bool {
	return t >= parser.TypeHashTmplLP && t <= parser.TypeHashTmplArrayRef
}

// templateWanted reports whether a hash may have its names in a template here: because
// it has, or because of the settings, which spare hashes with field TTLs.
func (m *meter) templateWanted(k *parser.Key) bool {
	if !m.line.templates {
		return false
	}
	return isTemplate(k.Type) || m.config.HashMinTemplateEntries > 0 && !k.Type.FieldTTLs() && k.Type != parser.TypeValkeyPathHash
}

// addTemplateValues sums the values of a hash for themselves.
func (m *meter) addTemplateValues(es []parser.Element) {
	h := &m.hash
	for i := range es {
		e := &es[i]
		if e.Kind != parser.KindItem {
			continue
		}
		n := e.ValueLen()
		h.values.add(m.sizes.sds(n))
		h.packed.add(n, e.ValueInt)
		h.payload += n
		h.longest = max(h.longest, n)
	}
}

// template reports whether the names are in a template.
func (f *hashForm) template() bool {
	return f.encoding == EncodingTemplateListpack || f.encoding == EncodingTemplateArray
}

// decideTemplate decides whether a hash becomes, or stays, one with a template (t_hash.c
// hashTypeConvertToTemplate; rdb.c loads those that are as they are).
func (m *meter) decideTemplate(k *parser.Key, n int64, f *hashForm) bool {
	c := &m.config
	switch k.Type {
	case parser.TypeHashTmplLP, parser.TypeHashTmplLPRef:
		f.encoding, f.blob = EncodingTemplateListpack, k.Len
		return true
	case parser.TypeHashTmplArray, parser.TypeHashTmplArrayRef:
		f.encoding = EncodingTemplateArray
		return true
	}
	switch {
	case m.items.n != n || n < c.HashMinTemplateEntries, c.HashMaxTemplateEntries > 0 && n > c.HashMaxTemplateEntries:
		return false
	case n <= c.HashMaxListpackEntries && m.hash.longest <= m.hash.limit:
		f.encoding, f.blob = EncodingTemplateListpack, m.hash.packed.total()+templateID
	default:
		f.encoding = EncodingTemplateArray
	}
	return true
}

// chargeTemplateArray charges the array and its values (t_hash.c hashTypeAllocSize).
func (m *meter) chargeTemplateArray(n int64) {
	size := hashTemplateArray + sizeofPointer*n
	a := m.sizes.of(size)
	m.charge("template array", "t_hash.c hashTypeAllocSize", cost{size, a, a - size})
	m.charge("values", "t_hash.c hashTypeAllocSize", m.hash.values)
}
