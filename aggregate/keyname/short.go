package keyname

import (
	"unicode/utf8"
)

// A name has runs of words, cut by what varies. Under its short form each run
// is one letter, the first of its last word, and one separator:
// application:users:profiles:user_id:{int}:settings becomes u:{int}:s. Which
// letter makes no difference to the saving.

// MaxDigits is how many digits numbers in place of identifiers are tried with.
const MaxDigits = 10

// IsIdentifier reports whether a class of token is an identifier that a number
// could stand for.
func IsIdentifier(e *Edge) bool {
	switch e.Cls {
	case classUUID, ClassULID, ClassHex, ClassBase64, ClassAlnum, classJWT:
		return e.N >= 16
	}
	return false
}

// IsNumberable reports whether tokens of a class may be identifiers.
func IsNumberable(c Class) bool {
	return IsIdentifier(&Edge{N: 1 << 10, Cls: c})
}

// IsDigest reports whether a token has the length of a digest of some content, as
// text in hexadecimal digits (CRC-64, MD5, SHA-1, SHA-2) or in base64 without its
// padding: from a digest nobody gets a number without a table of all of them.
func IsDigest(c Class, token []byte) bool {
	n := len(token)
	switch c {
	case ClassHex:
		return n == 16 || n >= 32
	case ClassBase64:
		return n == 22 || n == 27 || n == 38 || n == 43 || n == 64 || n >= 86
	case classJWT:
		return true // it has contents
	}
	return n > 64
}

// EncodedLength returns how many bytes the bits of an identifier take in base64url
// without padding, which guess no better than before: 22 for the 128 of a UUID or ULID,
// of hexadecimal digits two thirds of them. 0 where that is not shorter, or where it is
// not known what the bits are.
func EncodedLength(e *Edge) int64 {
	switch n := int64(e.N); {
	case e.Cls == classUUID && n >= 32, e.Cls == ClassULID && n == 26:
		return 22
	case e.Cls == ClassHex && n >= 16 && n%2 == 0:
		return (n*4 + 5) / 6
	}
	return 0
}

// ShortLength returns the bytes of a name's short form.
func ShortLength(key []byte, edges []Edge) (n int64) {
	for i := 0; i < len(edges); i++ {
		e := &edges[i]
		if e.Sep != 0 {
			n++
		}
		if e.Cls != ClassLiteral {
			n += int64(e.N)
			continue
		}
		var letter []byte
		letter, i = shortWord(key, edges, i)
		n += int64(len(letter))
	}
	return n
}

// AppendShort appends the short form of a pattern.
func AppendShort(dst []byte, edges []Edge, key []byte) []byte {
	for i := 0; i < len(edges); i++ {
		e := &edges[i]
		dst = AppendSeparator(dst, e.Sep)
		if e.Cls != ClassLiteral {
			dst = AppendClass(dst, e.Cls)
			continue
		}
		var letter []byte
		letter, i = shortWord(key, edges, i)
		dst = AppendLiteral(dst, letter)
	}
	return dst
}

// shortWord returns what stands for the run of words at i, and where the run
// ends: the first letter of its last word, nothing when that is empty.
func shortWord(key []byte, edges []Edge, i int) (letter []byte, end int) {
	last := &edges[i]
	for i+1 < len(edges) && edges[i+1].Cls == ClassLiteral {
		i++
		last = &edges[i]
		if last.Sep == '_' || last.Sep == '-' {
			last = wordStart(edges, i)
		}
	}
	word := key[last.Off : last.Off+last.N]
	_, n := utf8.DecodeRune(word)
	return word[:n], i
}

// wordStart returns the first part of a word that '-' or '_' joins: user of
// user_id.
func wordStart(edges []Edge, i int) *Edge {
	for i > 0 && (edges[i].Sep == '_' || edges[i].Sep == '-') && edges[i-1].Cls == ClassLiteral {
		i--
	}
	return &edges[i]
}
