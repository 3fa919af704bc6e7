package keyname

import (
	"bytes"
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// What is no text: control bytes between words, strings that Java serialised,
// and other binary data, in which runs of letters stay words.

// isText reports whether b is valid UTF-8 of runes that text has: printable ones,
// and joiners, marks and spaces of any width that scripts need. Control bytes of
// ASCII are looked at elsewhere.
func isText(b []byte) bool {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, w := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && w <= 1 || !unicode.IsPrint(r) && !invisible(r) {
			return false
		}
		i += w
	}
	return true
}

// invisible reports whether a rune is part of text and yet not printable: zero
// width joiners and spaces, word joiners, soft hyphens, no-break spaces. Those
// that change the direction of what follows are not among them.
func invisible(r rune) bool {
	switch r {
	case 0xad, 0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0x180e:
		return true
	}
	return unicode.Is(unicode.Zs, r)
}

// IsWord reports whether a text could be kept as a word.
func IsWord(text []byte) bool { return len(text) <= MaxLiteral && isText(text) }

// textual reports whether a piece with bytes beyond printable ASCII is text:
// control bytes may stand between words, where they are few.
func (s *Splitter) textual(t []byte, mask uint16) bool {
	if mask&isHigh != 0 && !isText(t) {
		return false
	}
	if mask&isControl == 0 {
		return true
	}
	controls, letters, longest, plain := 0, 0, 0, true
	for _, c := range t {
		f := s.tab[c]
		switch {
		case f&isControl != 0:
			controls++
			letters = 0
		case f&(isLetter|isHigh) != 0:
			letters++
			longest = max(longest, letters)
		default:
			plain = plain && (f&isDigit != 0 || c == '-' || c == '_' || c == '.')
			letters = 0
		}
	}
	return controls*3 <= len(t) && (longest >= 3 || plain && controls*3 < len(t)+1)
}

// javaHead is how Java begins to serialise a string: the magic, version 5 and the
// tag of a string (java.io.ObjectStreamConstants STREAM_MAGIC, STREAM_VERSION,
// TC_STRING); a length of two bytes follows.
var javaHead = []byte("\xac\xed\x00\x05t")

// binary emits what is no text from i on, in a piece that ends at j, and returns
// where it ended.
func (s *Splitter) binary(key []byte, sep byte, i, j int) int {
	const length = 2
	if b := key[i:]; bytes.HasPrefix(b, javaHead) && len(b) >= len(javaHead)+length {
		text := len(javaHead) + length
		if int(binary.BigEndian.Uint16(b[len(javaHead):])) <= len(b)-text {
			s.emit(sep, classJava, i, i+text)
			if len(b) == text {
				return len(key)
			}
			s.emitText(key, 0, i+text)
			return len(key)
		}
	}
	for s.n > 0 && s.edges[s.n-1].Cls == ClassLiteral && s.edges[s.n-1].N == 0 && (s.edges[s.n-1].Sep != '}' || bytes.IndexByte(key[:i], '{') < 0) {
		// Random bytes may begin with what is a separator elsewhere.
		s.n--
		sep, i = s.edges[s.n].Sep, int(s.edges[s.n].Off)
		s.redo = true
	}
	end := s.lastBinary(key, j)
	from := i
	for from < end {
		word, stop := s.wordWithin(key[:end], from)
		if word < 0 {
			break
		}
		if word > from {
			s.emit(sep, ClassBin, from, word)
			sep = 0
		}
		s.emitText(key[:stop], sep, word)
		sep, from = 0, stop
		if s.full {
			return end
		}
	}
	if from < end {
		s.emit(sep, ClassBin, from, end)
	}
	return end
}

// emitText cuts the text from i on, to the end of key.
func (s *Splitter) emitText(key []byte, sep byte, i int) {
	for i <= len(key) && !s.full {
		j := s.piece(key, sep, i)
		if j >= len(key) {
			return
		}
		sep, i = sepOf(key[j]), j+1
	}
}

// wordWithin returns a run of text in binary data from i on: it has four letters
// of one case in a row, and goes on as long as names do; -1 when there is none.
func (s *Splitter) wordWithin(key []byte, i int) (from, to int) {
	const least = 4
	row, of := 0, uint16(0)
	for p := i; p < len(key); p++ {
		f := s.tab[key[p]] & (isAnyLower | isAnyUpper)
		kind := uint16(0)
		switch {
		case f&isAnyLower != 0:
			kind = isAnyLower
		case f&isAnyUpper != 0:
			kind = isAnyUpper
		}
		if kind == 0 || kind != of {
			row = 0
		}
		of = kind
		if kind == 0 {
			continue
		}
		if row++; row < least {
			continue
		}
		from, to = p-least+1, p+1
		for from > i && s.tab[key[from-1]]&(isLetter|isDigit) != 0 {
			from--
		}
		for to < len(key) && s.tab[key[to]]&(isControl|isHigh) == 0 {
			to++
		}
		return from, to
	}
	return -1, -1
}

// lastBinary returns where binary data that begins in the piece before end is
// over: separators within it cut nothing, so that is after the last piece that
// is not text. What follows must look like a name to count as text, since random
// bytes often end in a few printable ones.
func (s *Splitter) lastBinary(key []byte, end int) int {
	for i := end; i < len(key); {
		j := i + 1
		var mask uint16
		for j < len(key) && s.tab[key[j]]&isHard == 0 {
			mask |= s.tab[key[j]]
			j++
		}
		if mask&(isHigh|isControl) != 0 && !s.textual(key[i:j], mask) {
			end = j
		}
		i = j
	}
	// From the end on, back to where what looks like a name begins.
	name := len(key)
	for p := len(key) - 1; p >= end; p-- {
		c := key[p]
		if s.tab[c]&(isLetter|isDigit|isHard) == 0 && c != '-' && c != '_' && c != '.' {
			break
		}
		if s.tab[c]&isHard != 0 && p+1 < len(key) && s.tab[key[p+1]]&(isLetter|isDigit) != 0 {
			name = p
		}
	}
	if len(key)-name < 4 {
		return len(key)
	}
	return name
}
