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
// shapes that may contain '.', '-' or '_' (UUID, date, address, …), and only
// what is none of them is cut there too. A word with a number in it becomes
// two tokens without a separator between them: user123 is user{int}.

// Class is the shape of a token.
type Class uint8

const (
	ClassLiteral Class = iota
	ClassStar          // anything: merged literals, or the rest of a deep key
	ClassInt
	classFloat
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
	classText  // other text too long for a word
	classBin   // bytes that are not printable UTF-8
	ClassGroup // a group of the configuration; the literal is its index
	NumClasses = iota
)

// ClassNames are the classes as patterns show them, without the braces.
var ClassNames = [NumClasses]string{"", "*", "int", "float", "date", "datetime", "uuid", "ulid", "hex", "b64",
	"jwt", "email", "ip", "mac", "alnum", "text", "bin", ""}

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
	level int
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
	for _, c := range []byte("-_") {
		s.tab[c] |= isSoft
		s.tab[c] &^= isOther
	}
	for _, c := range []byte("{}") {
		s.tab[c] = s.tab[c]&isCount | isHard
	}
	return s
}

// Split cuts a key. The edges, their words, and the hash of their path, are valid
// until the next call.
func (s *Splitter) Split(key []byte) []Edge {
	s.n, s.level, s.full = 0, 1, false
	s.Words[0], s.Words[1] = 0, 0
	s.Path.Sum = s.Path.Seed
	sep := byte(0)
	for i := 0; ; {
		j := s.simple(key, sep, i)
		if j < 0 {
			n := s.n
			j = s.piece(key, sep, i)
			s.Path.edges(key, s.edges[n:s.n])
			for ; n < min(len(s.Words), s.n); n++ {
				s.Words[n] = wordOf(key, &s.edges[n])
			}
		}
		if j >= len(key) || s.full {
			break
		}
		sep = key[j]
		i = j + 1
		if s.next(sep) {
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
	case mask&(isHigh|isControl) != 0 && !Printable(key[i:j]):
		j = s.lastBinary(key, j)
		s.emit(sep, classBin, i, j)
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

// next counts a separator and reports whether the depth is exhausted.
func (s *Splitter) next(sep byte) bool {
	if s.tab[sep]&isCount != 0 {
		s.level++
		return s.depth > 0 && s.level > s.depth
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

// lastBinary returns where binary data that begins in the piece before end is
// over: separators within it cut nothing, so that is after the last piece that
// is not printable. What follows must look like a name to count as text, since
// random bytes often end in a few printable ones.
func (s *Splitter) lastBinary(key []byte, end int) int {
	for i := end; i < len(key); {
		j := i + 1
		for j < len(key) && s.tab[key[j]]&isHard == 0 {
			j++
		}
		if !Printable(key[i:j]) {
			end = j
		}
		i = j
	}
	if len(key)-end < 4 {
		return len(key)
	}
	for _, c := range key[end:] {
		if s.tab[c]&(isLetter|isDigit|isBoundary) == 0 {
			return len(key)
		}
	}
	return end
}

// pieces emits a piece that contains '.', '-' or '_' and returns where it
// ended, beyond j when a token crossed a hard separator.
func (s *Splitter) pieces(key []byte, sep byte, i, j int, mask uint16) int {
	if c, ok := s.wholePiece(key[i:j], mask); ok {
		s.emit(sep, c, i, j)
		return j
	}
	part := i // start of the part between two dots
	for p := i; ; {
		if end, c := s.shape(key, p); end > 0 {
			s.emit(sep, c, p, end)
			p = end
		} else if end := s.dotPart(key, p, i, j); p == part && end > 0 {
			s.emit(sep, ClassBase64, p, end)
			p = end
		} else {
			q := p
			var m uint16
			for q < j && s.tab[key[q]]&isSoft == 0 {
				m |= s.tab[key[q]]
				q++
			}
			s.token(key, sep, p, q, m)
			p = q
		}
		if p >= j || s.full {
			return max(p, j)
		}
		sep = key[p]
		p++
		if sep == '.' {
			part = p
		}
		if s.next(sep) {
			s.emit(sep, ClassStar, p, len(key))
			s.full = true
			return j
		}
	}
}

// dotPart returns the end of the part of a piece that begins at p and ends at
// a dot or with the piece, when that is base64url with '-' or '_' in it, else 0.
func (s *Splitter) dotPart(key []byte, p, i, j int) int {
	if !s.dot || j-p < 16 {
		return 0
	}
	var mask uint16
	end := p
	for end < j && key[end] != '.' {
		mask |= s.tab[key[end]]
		end++
	}
	if p == i && end == j || mask&isSoft == 0 || !base64Like(s, key[p:end], mask) {
		return 0
	}
	return end
}

// wholePiece tests the shapes a whole piece with soft separators in it may have.
func (s *Splitter) wholePiece(t []byte, mask uint16) (Class, bool) {
	switch {
	case mask&^(isDigit|isSoft) == 0 && len(t) > 1 && t[0] == '-' && allDigits(t[1:]):
		return ClassInt, true
	case mask&isHigh != 0:
		return 0, false
	case t[0] == 'e' && len(t) >= 20 && t[1] == 'y' && t[2] == 'J' && bytes.IndexByte(t, '.') > 0 && urlSafe(s, t, true):
		return classJWT, true
	case mask&isOther != 0 && emailLike(s, t):
		return classEmail, true
	case base64Like(s, t, mask):
		return ClassBase64, true
	}
	return 0, false
}

// token emits a piece without separators: one edge, or several when it is
// words and numbers.
func (s *Splitter) token(key []byte, sep byte, i, j int, mask uint16) {
	n := j - i
	t := key[i:j]
	switch {
	case mask&isDigit == 0:
		s.emit(sep, s.wordClass(t, mask), i, j)
		return
	case mask == isDigit:
		s.emit(sep, digitClass(t), i, j)
		return
	case mask&(isOther|isHigh) == 0:
		switch {
		case n >= 8 && (mask&^(isDigit|isLowerHex) == 0 || mask&^(isDigit|isUpperHex) == 0):
			s.emit(sep, ClassHex, i, j)
			return
		case n > 3 && t[0] == '0' && t[1] == 'x' && allHex(s, t[2:]):
			s.emit(sep, ClassHex, i, j)
			return
		case n == 26 && (mask&isAnyLower == 0 || mask&isAnyUpper == 0) && ulidLike(t):
			s.emit(sep, ClassULID, i, j)
			return
		case n >= 16 && base64Like(s, t, mask):
			s.emit(sep, ClassBase64, i, j)
			return
		}
	case mask&isHigh == 0:
		switch {
		case t[0] == '+' && n > 7 && allDigits(t[1:]):
			s.emit(sep, ClassInt, i, j)
			return
		case base64Like(s, t, mask):
			s.emit(sep, ClassBase64, i, j)
			return
		case emailLike(s, t):
			s.emit(sep, classEmail, i, j)
			return
		case !s.dot && addressOrFloat(t) != 0:
			s.emit(sep, addressOrFloat(t), i, j)
			return
		}
	}
	s.runs(key, sep, i, j, mask)
}

// runs emits a mixed token: its words and numbers when there are few and the
// token is short, otherwise a class.
func (s *Splitter) runs(key []byte, sep byte, i, j int, mask uint16) {
	const most = 2
	var cuts [most + 1]int // and the end
	turns, longest := 0, 0
	for p, start := i, i; p < j; p++ {
		if p+1 == j || (s.tab[key[p]]^s.tab[key[p+1]])&isDigit != 0 {
			if s.tab[key[p]]&isDigit == 0 {
				longest = max(longest, p+1-start)
			}
			if p+1 < j {
				if turns == most {
					turns++
					break
				}
				cuts[turns] = p + 1
				turns++
			}
			start = p + 1
		}
	}
	// Two turns are common in short random ids: a real word must be among them.
	if j-i > MaxLiteral || turns > most || turns == 2 && longest < 3 {
		c := ClassAlnum
		if mask&(isOther|isHigh) != 0 && j-i > MaxLiteral {
			c = classText
		}
		s.emit(sep, c, i, j)
		return
	}
	cuts[turns] = j
	from := i
	for _, to := range cuts[:turns+1] {
		c := ClassLiteral
		if s.tab[key[from]]&isDigit != 0 {
			c = digitClass(key[from:to])
		}
		s.emit(sep, c, from, to)
		from, sep = to, 0
	}
}

// wordClass is the class of a token without digits.
func (s *Splitter) wordClass(t []byte, mask uint16) Class {
	n := len(t)
	switch {
	case n >= 16 && (mask == isLowerHex || mask == isUpperHex):
		return ClassHex
	case mask&isOther != 0 && mask&isHigh == 0 && n >= 5 && (emailLike(s, t) || base64Like(s, t, mask)):
		if t[n-1] != '=' && bytes.IndexByte(t, '@') > 0 {
			return classEmail
		}
		return ClassBase64
	case n > MaxLiteral:
		if mask&(isOther|isHigh) != 0 {
			return classText
		}
		return ClassAlnum
	case n >= 10 && mask&^isLetter == 0 && mask&isAnyLower != 0 && mask&isAnyUpper != 0:
		upper := 0
		for _, c := range t {
			if s.tab[c]&isAnyUpper != 0 {
				upper++
			}
		}
		// Words in camel case have few capitals.
		if upper*5 >= n*2 && (n-upper)*5 >= n {
			return ClassAlnum
		}
	}
	return ClassLiteral
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
