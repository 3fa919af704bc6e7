package aggregate

import (
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate/probe"
)

// A name has runs of words, cut by what varies. Under its short form each run
// is one letter, the first of its last word, and one separator:
// application:users:profiles:user_id:{int}:settings becomes u:{int}:s. Which
// letter makes no difference to the saving.

// maxDigits is how many digits numbers in place of identifiers are tried with.
const maxDigits = 10

// isIdentifier reports whether a class of token is an identifier that a number
// could stand for.
func isIdentifier(e *edge) bool {
	switch e.cls {
	case classUUID, classULID, classHex, classBase64, classAlnum, classJWT:
		return e.n >= 16
	}
	return false
}

// shortLength returns the bytes of a name's short form.
func shortLength(key []byte, edges []edge) (n int64) {
	for i := 0; i < len(edges); i++ {
		e := &edges[i]
		if e.sep != 0 {
			n++
		}
		if e.cls != classLiteral {
			n += int64(e.n)
			continue
		}
		var letter []byte
		letter, i = shortWord(key, edges, i)
		n += int64(len(letter))
	}
	return n
}

// appendShort appends the short form of a pattern.
func appendShort(dst []byte, edges []edge, key []byte) []byte {
	for i := 0; i < len(edges); i++ {
		e := &edges[i]
		dst = appendSeparator(dst, e.sep)
		if e.cls != classLiteral {
			dst = appendClass(dst, e.cls)
			continue
		}
		var letter []byte
		letter, i = shortWord(key, edges, i)
		dst = appendLiteral(dst, letter)
	}
	return dst
}

// shortWord returns what stands for the run of words at i, and where the run
// ends: the first letter of its last word, nothing when that is empty.
func shortWord(key []byte, edges []edge, i int) (letter []byte, end int) {
	last := &edges[i]
	for i+1 < len(edges) && edges[i+1].cls == classLiteral {
		i++
		last = &edges[i]
		if last.sep == '_' || last.sep == '-' {
			last = wordStart(edges, i)
		}
	}
	word := key[last.off : last.off+last.n]
	_, n := utf8.DecodeRune(word)
	return word[:n], i
}

// wordStart returns the first part of a word that '-' or '_' joins: user of
// user_id.
func wordStart(edges []edge, i int) *edge {
	for i > 0 && (edges[i].sep == '_' || edges[i].sep == '-') && edges[i-1].cls == classLiteral {
		i--
	}
	return &edges[i]
}

// rename sizes a sampled key under shorter names.
func (k *heldKey) rename(w *probe.Prober, key []byte, edges []edge) {
	k.Short, k.ShortResident, k.Numbered = k.Memory, k.Resident, nil
	if n := shortLength(key, edges); n > 0 && n < k.facts.NameLen {
		k.Short, k.ShortResident = w.Renamed(&k.facts, n)
	}
	id := -1
	for i := range edges {
		if isIdentifier(&edges[i]) {
			if id >= 0 {
				return
			}
			id = i
		}
	}
	if id < 0 {
		return
	}
	rest := k.facts.NameLen - int64(edges[id].n)
	k.Numbered = make([]int64, 2*maxDigits)
	for d := range int64(maxDigits) {
		k.Numbered[d], k.Numbered[maxDigits+d] = w.Renamed(&k.facts, rest+d+1)
	}
}
