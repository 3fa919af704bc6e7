package keyname

import (
	"github.com/rdblens/rdblens/parser"
)

// Strings whose names differ only in a last word, behind something that varies,
// are fields of one entity, and could be fields of one hash:
//
//	user:17:name          entity  user:17    field  name
//	user:17:last_login    entity  user:17    field  last_login
//	config:site:title     none: nothing in front of the last word varies
//
// To tell what hashes would save, whole entities must be seen. They are sampled by
// the hash of the name without its last word: all strings of an entity are in the
// sample, or none, wherever in the dump they are. Only lengths are kept, not
// contents.

const (
	// EntityStrata are the strata of the sample, as those of keys.
	EntityStrata = 1 << 8
)

// JoinsWord reports whether an edge goes on with the word in front of it:
// _login in last_login.
func JoinsWord(sep byte, c Class) bool {
	return (sep == '_' || sep == '-') && (c == ClassLiteral || c == ClassStar)
}

// FieldEdge returns where the last word of a name begins, when it stands behind
// something that varies; 0 when it does not.
func FieldEdge(edges []Edge) int {
	at := len(edges) - 1
	for at > 0 && JoinsWord(edges[at].Sep, edges[at].Cls) && edges[at-1].Cls == ClassLiteral {
		at--
	}
	if at > 0 && edges[at].Cls == ClassLiteral && edges[at-1].Cls != ClassLiteral {
		return at
	}
	return 0
}

// EntityName is a name as that of a field of an entity.
type EntityName struct {
	Prefix, Word []byte
	Sep          byte
	Hash         uint64 // of the entity
	Stratum      uint32
}

// EntityOf takes a whole name apart where an edge begins; ok is false when it is
// none of a field.
func EntityOf(h *Hasher, db int32, name []byte, edges []Edge, at int) (e EntityName, ok bool) {
	field, last := &edges[at], &edges[len(edges)-1]
	if field.Sep == 0 || field.Off < 2 || int(last.Off+last.N) != len(name) {
		return e, false
	}
	e = EntityName{Prefix: name[:field.Off-1], Word: name[field.Off:], Sep: field.Sep}
	e.Hash = h.Key(db, e.Prefix, int64(len(e.Prefix)), 0) ^ uint64(field.Sep)*HashMul2
	e.Stratum = StratumOf(parser.DataTypeString, EntityWords(name, edges[:at])) & (EntityStrata - 1)
	return e, true
}

// EntityWords returns the words of the name that edges belong to.
func EntityWords(name []byte, edges []Edge) (words [2]uint64) {
	for i := range edges[:min(len(edges), len(words))] {
		words[i] = wordOf(name, &edges[i])
	}
	return words
}
