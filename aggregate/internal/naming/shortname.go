package naming

import (
	"bytes"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Renaming is other names for the keys of a row: those that the row's own pattern
// tells, so that what varies in it stays, whatever a single key looks like. A key
// that would get another name than this says is not counted among those that gain.
type Renaming struct {
	Short    string // pattern with a letter for each run of words, "" for none
	Saves    int64  // bytes that it is shorter
	Numbered string // pattern with a number in place of the one identifier, "" for none
	Encoded  string // pattern with it in base64, "" for none or where it is that
}

// RenamingOf returns the new names of the row of a node.
func (v *View) RenamingOf(node uint32) (n Renaming) {
	t := v.trie
	var path []uint32
	for id := node; id != state.RootNode && id != 0; id = t.Nodes[id].Parent {
		path = append(path, id)
	}
	slices.Reverse(path)
	// A key with a byte for each token that varies.
	var key []byte
	edges := make([]keyname.Edge, 0, len(path))
	ids, at := 0, -1
	for _, id := range path {
		x := &t.Nodes[id]
		if x.Cls == keyname.ClassGroup {
			return n
		}
		if x.Sep != 0 {
			key = append(key, x.Sep)
		}
		e := keyname.Edge{Off: uint32(len(key)), N: 1, Sep: x.Sep, Cls: x.Cls}
		if x.Cls == keyname.ClassLiteral {
			e.N = uint32(x.N)
			key = append(key, x.Lit[:x.N]...)
		} else {
			key = append(key, '*')
			if keyname.IsNumberable(x.Cls) {
				ids, at = ids+1, len(edges)
			}
		}
		edges = append(edges, e)
	}
	pattern := string(keyname.AppendPattern(nil, key, edges))
	if saves := int64(len(key)) - keyname.ShortLength(key, edges); saves > 0 {
		if short := string(keyname.AppendShort(nil, edges, key)); usableName(pattern, short) {
			n.Short, n.Saves = short, saves
		}
	}
	if ids == 1 {
		edges[at].Cls = keyname.ClassInt
		if numbered := string(keyname.AppendPattern(nil, key, edges)); usableName(pattern, numbered) {
			n.Numbered = numbered
		}
		edges[at].Cls = keyname.ClassBase64
		if encoded := string(keyname.AppendPattern(nil, key, edges)); usableName(pattern, encoded) {
			n.Encoded = encoded
		}
	}
	return n
}

// usableName reports whether a new name keeps the hash tag of the old one, as far
// as it is written there, and is no part of something that is written by a rule of
// its own: text in quotes or brackets, as JSON is, or bytes that nobody types.
func usableName(old, renamed string) bool {
	if strings.ContainsAny(old, "\"'[]()\\") || renamed == "" || renamed == old {
		return false
	}
	return writtenTag(old) == writtenTag(renamed) && strings.Count(old, "{{") == strings.Count(renamed, "{{")
}

// writtenTag returns what a pattern has between braces of the key.
func writtenTag(pattern string) string {
	_, rest, ok := strings.Cut(pattern, "{{")
	if !ok {
		return ""
	}
	tag, _, _ := strings.Cut(rest, "}}")
	return tag
}

// Numberable reports whether a number could stand for the identifier of a key: it is
// the only one, of the row's class, and no digest, which has no number.
func Numberable(key []byte, edges []keyname.Edge) bool {
	for i := range edges {
		if e := &edges[i]; keyname.IsIdentifier(e) {
			return !keyname.IsDigest(e.Cls, bytes.TrimRight(key[e.Off:e.Off+e.N], "="))
		}
	}
	return false
}
