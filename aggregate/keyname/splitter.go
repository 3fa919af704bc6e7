package keyname

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// A key is cut into edges: each is the separator in front of a token and the
// token itself, which is a short word (kept as it is) or one of the classes
// below. This file is a pure function of the key, the separators and the depth.
//
// Separators of the configuration other than '.', '-' and '_', and the braces
// of cluster hash tags, cut first. Then the whole piece is held against the
// shapes that may contain punctuation (UUID, date, address, …), and only what is
// none of them is cut at it: '-' and '_', and every other punctuation mark, blank
// and control byte. A word with a number in it becomes two tokens without a
// separator between them: user123 is user{int}. token.go has the tokens,
// word.go what is a word, binary.go what is no text, shape.go the shapes.

// Class is the shape of a token.
type Class uint8

const (
	ClassLiteral Class = iota
	ClassStar          // anything: merged literals, or the rest of a deep key
	ClassInt
	ClassFloat
	ClassDate
	ClassDatetime
	classUUID
	ClassULID
	ClassHex
	ClassBase64
	classJWT
	classEmail
	classIP
	classMAC
	ClassAlnum // letters and digits mixed, or a letter sequence too long for a word
	ClassText  // other text too long for a word
	ClassBin   // bytes that are not printable UTF-8
	classIPv6
	classJava    // the head of a string as Java serialises it; its text follows
	classVersion // 1.2.3, 1.2.3-rc.1: as packages are versioned
	ClassSlug    // words joined by '-', '_', '+' or blanks; made for display only
	ClassGroup   // a group of the configuration; the literal is its index
	NumClasses   = iota
)

// ClassNames are the classes as patterns show them, without the braces.
var ClassNames = [NumClasses]string{"", "*", "int", "float", "date", "datetime", "uuid", "ulid", "hex", "b64",
	"jwt", "email", "ip", "mac", "alnum", "text", "bin", "ipv6", "java", "version", "slug", ""}

// Plain reports whether the tokens of a class are letters and digits only: where
// one ends is then seen by the byte behind it.
func (c Class) Plain() bool {
	return c == ClassInt || c == ClassHex || c == ClassAlnum || c == ClassULID
}

// SepNul stands for a zero byte as a separator: 0 is none.
const SepNul = 0x80

// sepOf is the separator that a byte is.
func sepOf(c byte) byte {
	if c == 0 {
		return SepNul
	}
	return c
}

const (
	// MaxLiteral is the longest word, in bytes, that is kept.
	MaxLiteral = 32
	// MaxEdges is how many edges a key is cut into; the rest is one {*}.
	MaxEdges = 24
)

// Edge is one step of a pattern; the token is key[off : off+n].
type Edge struct {
	Off uint32
	N   uint32
	Sep byte // 0: none
	Cls Class
}

// Properties of a byte.
const (
	isDigit uint16 = 1 << iota
	isLowerHex
	isLower // g-z
	isUpperHex
	isUpper // G-Z
	isOther // printable ASCII besides
	isHigh  // 0x80 and above
	isControl
	isSoft                   // cuts after the class tests
	isCount                  // counts for the depth
	isHard  uint16 = 1 << 15 // cuts before them; scan wants it on top

	isAnyLower = isLowerHex | isLower
	isAnyUpper = isUpperHex | isUpper
	isLetter   = isAnyLower | isAnyUpper
	isHexDigit = isDigit | isLowerHex | isUpperHex
	isBoundary = isSoft | isHard
)

// Splitter cuts keys. It is not safe for concurrent use.
type Splitter struct {
	_     CacheLinePad
	tab   [256]uint16
	depth int
	dot   bool // '.' cuts
	full  bool
	redo  bool // edges were taken back
	level int
	tag   int // where the hash tag ends, 0 for none: what cuts in it is no level
	n     int
	edges [MaxEdges]Edge
	Words [2]uint64 // of the first two tokens: see wordOf
	Path  pathHash
	_     CacheLinePad
}

// DefaultSeparators is what separates the tokens of a key when a Config says
// nothing else; '-' and '_' always do, after the class tests.
const DefaultSeparators = ":./|"

// NewSplitter returns a splitter for separators (ASCII) and a depth in tokens,
// 0 for all.
func NewSplitter(separators string, depth int) *Splitter {
	s := &Splitter{depth: depth, Path: newPathHash()}
	for c := range s.tab {
		f := isOther
		switch {
		case c >= '0' && c <= '9':
			f = isDigit
		case c >= 'a' && c <= 'f':
			f = isLowerHex
		case c >= 'g' && c <= 'z':
			f = isLower
		case c >= 'A' && c <= 'F':
			f = isUpperHex
		case c >= 'G' && c <= 'Z':
			f = isUpper
		case c >= 0x80:
			f = isHigh
		case c < 0x20 || c == 0x7f:
			f = isControl
		}
		s.tab[c] = f
	}
	for i := range len(separators) {
		switch c := separators[i]; c {
		case '.', '-', '_':
			s.tab[c] = isSoft | isCount
			s.dot = s.dot || c == '.'
		default:
			s.tab[c] = isHard | isCount
		}
	}
	for c := range s.tab {
		switch {
		case c == '-' || c == '_':
			s.tab[c] = s.tab[c]&^isOther | isSoft
		case c == '.' || c == '/' || c == ':' || c == '|': // as the configuration says
		case s.tab[c]&(isOther|isControl) != 0:
			s.tab[c] |= isSoft
		}
	}
	for _, c := range []byte("{}") {
		s.tab[c] = s.tab[c]&isCount | isHard
	}
	return s
}

// Split cuts a key. The edges, their words, and the hash of their path, are valid
// until the next call.
func (s *Splitter) Split(key []byte) []Edge {
	s.n, s.level, s.full, s.tag = 0, 1, false, 0
	s.Words[0], s.Words[1] = 0, 0
	s.Path.Sum = s.Path.Seed
	sep := byte(0)
	for i := 0; ; {
		j := s.simple(key, sep, i)
		if j < 0 {
			n := s.n
			j = s.piece(key, sep, i)
			if s.redo {
				n, s.Path.Sum, s.redo = 0, s.Path.Seed, false // it took over what was in front
			}
			s.Path.edges(key, s.edges[n:s.n])
			for ; n < min(len(s.Words), s.n); n++ {
				s.Words[n] = wordOf(key, &s.edges[n])
			}
		}
		if j >= len(key) || s.full {
			break
		}
		sep = sepOf(key[j])
		i = j + 1
		if s.next(key, j) {
			s.emit(sep, ClassStar, i, len(key))
			s.Path.step(sep, ClassStar, 0, 0)
			break
		}
	}
	return s.edges[:s.n]
}

// simple emits the piece at i when it is what most pieces are, at most eight
// small letters or digits alone in front of a hard separator or the end, and
// returns where it ended; -1 when the piece is anything else. It does what
// piece would do.
func (s *Splitter) simple(key []byte, sep byte, i int) int {
	left := len(key) - i
	var w uint64
	if last := len(key) - 8; last >= 0 {
		// No branch on how much is left: it would be mispredicted.
		at := min(i, last)
		w = binary.LittleEndian.Uint64(key[at:]) >> (8 * uint(i-at))
	} else {
		w = WordAt(key, i, left)
	}
	l, d := lowerBytes(w), digitBytes(w)
	other := (l | d) ^ topBits
	n := bits.TrailingZeros64(other) >> 3
	if w&topBits != 0 || s.n >= MaxEdges-1 {
		return -1
	}
	j := i + n
	if j < len(key) && (s.tab[key[j]]&isHard == 0 || key[j] == '/') {
		return -1 // base64 may go on behind a slash
	}
	if left >= 10 && n < 8 && mayCross(key[i:i+10], n) {
		return -1
	}
	mask := uint64(1)<<(8*n) - 1
	// Field by field: a literal is built elsewhere, and copied by more bytes at a
	// time than it was built by, which waits.
	e := &s.edges[s.n]
	switch {
	case d&mask == 0:
		w &= mask
		e.Cls = ClassLiteral
		s.Path.step(sep, ClassLiteral, n, w)
		if s.n < len(s.Words) {
			s.Words[s.n] = w & beyondHex(w)
		}
	case l&mask == 0:
		e.Cls = ClassInt
		if n == 8 {
			e.Cls = digitClass(key[i:j]) // a date?
		}
		s.Path.step(sep, e.Cls, 0, 0)
	default:
		return -1
	}
	e.Off = uint32(i)
	e.N = uint32(n)
	e.Sep = sep
	s.n++
	return j
}

// piece emits the tokens of the piece at i and returns where it ended.
func (s *Splitter) piece(key []byte, sep byte, i int) int {
	if len(key)-i >= 10 && s.tab[key[i]]&isHexDigit != 0 {
		if end, c := s.crossing(key, i); end > 0 {
			s.emit(sep, c, i, end)
			return end
		}
	}
	mask, j := s.scan(key, i)
	if j < len(key) && key[j] == '/' && j < len(key)-1 {
		if end := s.slashed(key, i, j, mask); end > 0 {
			s.emit(sep, ClassBase64, i, end)
			return end
		}
	}
	n := j - i
	switch {
	case mask&^isAnyLower == 0 && n <= MaxLiteral && (n < 16 || mask&isLower != 0):
		s.emit(sep, ClassLiteral, i, j) // the commonest: a plain word
	case mask == isDigit && n < 8:
		s.emit(sep, ClassInt, i, j)
	case mask&(isHigh|isControl) != 0 && !s.textual(key[i:j], mask):
		return s.binary(key, sep, i, j)
	case mask&isSoft == 0:
		s.token(key, sep, i, j, mask)
	default:
		j = s.pieces(key, sep, i, j, mask)
	}
	return j
}

// mayCross reports whether crossing might find a shape that begins with a piece
// of n bytes, at most seven, all of ASCII: a MAC address goes on with pairs, in
// an IPv6 address no group is longer than four digits, in a date the month has
// two. It has no branch on where the piece ends.
func mayCross(b []byte, n int) bool {
	const (
		colons = ':' * eachByte
		slash  = '/' << (8 * (7 - crossFrom)) // in front of a date's day
	)
	w := binary.LittleEndian.Uint64(b[crossFrom:])
	// The top bits of bytes that are colons, and of one that is a slash.
	at := ^(((w ^ colons) &^ topBits) + ^uint64(topBits) | w) & topBits
	if w&(0xff<<(8*(7-crossFrom))) == slash {
		at |= 0x80 << (8 * (7 - crossFrom))
	}
	at |= at >> 7 & (at >> (7 + 8*3)) & 1 // both of a pair's colons
	return at&crossing[n&7] != 0
}

// crossFrom is the first byte that mayCross looks at.
const crossFrom = 2

// crossing are the bits of mayCross that tell of a shape, by the length of its
// first group.
var crossing = [8]uint64{
	0: 0x80 << (8 * (4 - crossFrom)),
	1: 0x80 << (8 * (4 - crossFrom)),
	2: 1,
	3: 0x80 << (8 * (4 - crossFrom)),
	4: topBits &^ (1<<(8*(5-crossFrom)) - 1),
}

// scan returns the end of the piece at i and the properties of its bytes. It
// takes eight bytes at a time and has no branch that depends on where among
// them the piece ends: such a branch would be mispredicted for every token.
func (s *Splitter) scan(key []byte, i int) (mask uint16, j int) {
	const (
		lanes    = 0x8000800080008000 // isHard in each of four lanes
		sentinel = 0x7b7b7b7b7b7b7b7b // '{' is always hard
	)
	tab := &s.tab
	for j = i; ; j += 8 {
		var w uint64
		if left := len(key) - j; left >= 8 {
			w = binary.LittleEndian.Uint64(key[j:])
		} else {
			w = WordAt(key, j, left) | sentinel<<(8*left)
		}
		lo := uint64(tab[byte(w)]) | uint64(tab[byte(w>>8)])<<16 | uint64(tab[byte(w>>16)])<<32 | uint64(tab[byte(w>>24)])<<48
		hi := uint64(tab[byte(w>>32)]) | uint64(tab[byte(w>>40)])<<16 | uint64(tab[byte(w>>48)])<<32 | uint64(tab[w>>56])<<48
		hardLo, hardHi := lo&lanes, hi&lanes
		if hardLo|hardHi == 0 {
			mask |= orLanes(lo | hi)
			continue
		}
		inLo := uint64(int64(hardLo|-hardLo) >> 63) // all ones if it ends in lo
		// The lanes below the lowest hard one; all of them if there is none.
		lo &= (hardLo&-hardLo)>>15 - 1
		hi &= ((hardHi&-hardHi)>>15 - 1) &^ inLo
		j += bits.TrailingZeros64(hardLo)>>4 + int(uint64(bits.TrailingZeros64(hardHi)>>4)&^inLo)
		return mask | orLanes(lo|hi), j
	}
}

func orLanes(w uint64) uint16 {
	w |= w >> 32
	return uint16(w | w>>16)
}

// Counts reports whether a separator counts for the depth: those of the
// configuration do.
func (s *Splitter) Counts(sep byte) bool { return sep != 0 && s.tab[sep]&isCount != 0 }

// next counts the separator at i and reports whether the depth is exhausted.
func (s *Splitter) next(key []byte, i int) bool {
	return s.depth > 0 && s.deeper(key, i)
}

// deeper is next for a depth. A hash tag is one token, whatever is in it.
func (s *Splitter) deeper(key []byte, i int) bool {
	if key[i] == '{' && s.tag == 0 {
		s.tag = max(i+1+bytes.IndexByte(key[i+1:], '}'), i, 1)
	}
	if i >= s.tag && s.tab[key[i]]&isCount != 0 {
		s.level++
		return s.level > s.depth
	}
	return false
}

// emit adds an edge. The last one there is room for stands for all that
// follows.
func (s *Splitter) emit(sep byte, c Class, from, to int) {
	if s.full {
		return
	}
	if s.n == MaxEdges-1 {
		c, s.full = ClassStar, true
	}
	e := &s.edges[s.n]
	e.Off = uint32(from)
	e.N = uint32(to - from)
	e.Sep = sep
	e.Cls = c
	s.n++
}

// digitClass is the class of a token of digits only.
func digitClass(t []byte) Class {
	switch n := len(t); n {
	case 8, 10, 12, 14:
		if t[0] == '2' && t[1] == '0' && t[2] < '5' && ValidDate(Number(t[:4]), Number(t[4:6]), Number(t[6:8])) {
			if n == 8 {
				return ClassDate
			}
			if Number(t[8:10]) < 24 && (n < 12 || Number(t[10:12]) < 60) && (n < 14 || Number(t[12:14]) < 60) {
				return ClassDatetime
			}
		}
	case 24, 32, 40, 56, 64, 96, 128:
		return ClassHex
	}
	return ClassInt
}
