package keyname

import (
	"bytes"
)

// pieces emits a piece with punctuation in it and returns where it ended, beyond
// j when a token crossed a hard separator.
func (s *Splitter) pieces(key []byte, sep byte, i, j int, mask uint16) int {
	if c, ok := s.wholePiece(key[i:j], mask); ok {
		s.emit(sep, c, i, j)
		return j
	}
	at := -1 // the '@' of an address
	if mask&isOther != 0 {
		at = bytes.IndexByte(key[i:j], '@')
	}
	code := s.codeGroup(key[i:j], mask)
	pod := s.podAt(key[i:j], mask) // where the random tokens of a pod's name begin
	words := true                  // what was cut so far
	part := i                      // start of the part between two dots
	for p := i; ; {
		if end, c, text := s.shapeAt(key, p, i, j, at, mask, words, p == part); end > 0 {
			s.emit(sep, c, p, end)
			p, words = end, words && text
		} else {
			q := p
			var m uint16
			for q < j && s.tab[key[q]]&isSoft == 0 {
				m |= s.tab[key[q]]
				q++
			}
			switch {
			case q == p && p > i && p < j && sep != '-' && sep != '_' && s.tab[key[p]]&(isOther|isControl) != 0:
				// Marks in a row are one token: they tell nothing each.
				for q < j && s.tab[key[q]]&isSoft != 0 && s.tab[key[q]]&(isOther|isControl) != 0 && !s.signAt(key, q) {
					q++
				}
				if q == p {
					s.emit(sep, ClassLiteral, p, p)
					break
				}
				s.emit(sep, ClassLiteral, p, q)
				p, sep = q, 0
				if p < j {
					continue
				}
			case q < j && key[q] == '-' && q-p > 8 && s.gluedUUID(key, p, q):
				s.token(key, sep, p, q-8, isLetter)
				s.emit(0, classUUID, q-8, q+28)
				q, words = q+28, false
			case sep == '%' && q-p >= 2 && s.tab[key[p]]&isHexDigit != 0 && s.tab[key[p+1]]&isHexDigit != 0:
				s.emit(sep, ClassLiteral, p, p+2) // a byte of a URL
				if q > p+2 {
					s.token(key, 0, p+2, q, m)
				}
			case pod > 0 && p >= i+pod && q > p:
				s.emit(sep, ClassAlnum, p, q)
			case code > 0 && q-p == code && (p > i || m&isDigit != 0):
				s.emit(sep, ClassAlnum, p, q)
			default:
				n := s.n
				s.token(key, sep, p, q, m)
				words = words && n < s.n && (s.edges[n].Cls == ClassLiteral || q-p <= 4)
			}
			p = q
		}
		if p >= j || s.full {
			return max(p, j)
		}
		cut := p
		sep = sepOf(key[p])
		p++
		if sep == '.' {
			part = p
		}
		if s.next(key, cut) {
			s.emit(sep, ClassStar, p, len(key))
			s.full = true
			return j
		}
	}
}

// encodedText returns the end of a token at p in which bytes beyond ASCII are
// written as in URLs, caf%C3%A9; 0 when there is none. It is text, as those bytes are.
func (s *Splitter) encodedText(t []byte, p int, mask uint16) int {
	if mask&isOther == 0 {
		return 0
	}
	q, found := p, false
	for q < len(t) {
		switch {
		case s.tab[t[q]]&(isLetter|isDigit) != 0:
			q++
		case t[q] == '%' && q+2 < len(t) && (t[q+1] == '8' || t[q+1] == '9' || t[q+1]|0x20 >= 'a') && allHex(s, t[q+1:q+3]):
			q, found = q+3, true
		default:
			if found {
				return q
			}
			return 0
		}
	}
	if found {
		return q
	}
	return 0
}

// shapeAt returns the end and class of what begins at p and has a shape of its own,
// 0 when there is none; text says that it is one that words have.
func (s *Splitter) shapeAt(key []byte, p, i, j, at int, mask uint16, words, part bool) (end int, c Class, text bool) {
	if end, c := s.shape(key, p); end > 0 {
		return end, c, false
	}
	if end := s.jwt(key[:j], p); end > 0 {
		return end, classJWT, false
	}
	if end := s.address(key, p, i, j, at); end > 0 {
		return end, classEmail, false
	}
	if end := s.idPart(key, p, i, j, mask, words, part); end > 0 {
		return end, ClassBase64, false
	}
	if end := s.encodedText(key[:j], p, mask); end > 0 {
		if end-p > MaxLiteral {
			return end, ClassText, true
		}
		return end, ClassLiteral, true
	}
	return 0, 0, false
}

// jwt returns the end of a JSON web token at p, 0 when there is none.
func (s *Splitter) jwt(key []byte, p int) int {
	if len(key)-p < 20 || key[p] != 'e' || key[p+1] != 'y' || key[p+2] != 'J' {
		return 0
	}
	q := p
	for q < len(key) && (s.tab[key[q]]&(isLetter|isDigit) != 0 || key[q] == '-' || key[q] == '_' || key[q] == '.') {
		q++
	}
	if !s.ends(key, q) || bytes.IndexByte(key[p:q], '.') < 0 {
		return 0
	}
	return q
}

// signAt reports whether a number with a sign begins at p.
func (s *Splitter) signAt(key []byte, p int) bool {
	if key[p] != '+' {
		return false
	}
	end, _ := s.signed(key, p)
	return end > 0
}

// gluedUUID reports whether letters at p are followed by a UUID whose first group
// ends at q: user550e8400-….
func (s *Splitter) gluedUUID(key []byte, p, q int) bool {
	for _, c := range key[p : q-8] {
		if s.tab[c]&isLetter == 0 {
			return false
		}
	}
	end, _ := s.uuid(key, q-8)
	return end > 0
}

// address returns the end of an e-mail address at p whose '@' is at i+at, 0 when
// there is none. In front of an address that is not the whole piece a word may
// stand: user_jane@example.com_prefs.
func (s *Splitter) address(key []byte, p, i, j, at int) int {
	if at < 0 || p >= i+at || s.localPart(key[p:i+at], i+at-p) != 0 {
		return 0
	}
	end := s.domain(key[:j], i+at+1)
	if end == 0 || !s.ends(key, end) {
		return 0
	}
	if end < j {
		if k := bytes.IndexByte(key[p:i+at], '_'); k > 0 && s.isWord(key[p:p+k]) {
			return 0
		}
	}
	return end
}

// idPart returns the end of base64url at p that has '-' or '_' in it, 0 when there
// is none: a part between two dots, or what stands behind a word.
func (s *Splitter) idPart(key []byte, p, i, j int, all uint16, words, part bool) int {
	if j-p < 8 || all&isDigit == 0 || all&isAnyUpper == 0 || !words && !part || p == i && !s.dot || j-p > maxSlashed {
		return 0
	}
	var mask uint16
	end := p
	for end < j && key[end] != '.' && s.tab[key[end]]&(isOther|isControl|isHigh) == 0 {
		mask |= s.tab[key[end]]
		end++
	}
	if p == i && (end == j || key[end] != '.') || mask&isSoft == 0 || s.leads(key[p:end]) || !s.randomID(key[p:end], mask) {
		return 0
	}
	if end < j && key[end] != '.' && !part {
		return 0
	}
	return end
}

// wholePiece tests the shapes a whole piece with punctuation in it may have.
func (s *Splitter) wholePiece(t []byte, mask uint16) (Class, bool) {
	switch {
	case mask&(isHigh|isControl) != 0:
		return 0, false
	case t[len(t)-1] == '=' && len(t) >= 24 && base64Like(s, t, mask) && !s.wordAhead(t):
		return ClassBase64, true // its padding tells it
	case len(t) == 20 && t[0] == '-' && t[1] >= 'K' && t[1] <= 'Z' && mask&isAnyLower != 0 && urlSafe(s, t, false):
		return ClassBase64, true // a push id of Firebase: eight characters of time, twelve random
	case t[0] == 'e' && len(t) >= 20 && t[1] == 'y' && t[2] == 'J' && bytes.IndexByte(t, '.') > 0 && urlSafe(s, t, true):
		return classJWT, true
	case mask&isOther != 0 && emailLike(s, t):
		return classEmail, true
	case mask&isAnyUpper == 0 && t[len(t)-1] != '=' || s.leads(t) || s.wordyRuns(t):
		return 0, false
	case s.randomID(t, mask):
		return ClassBase64, true
	}
	return 0, false
}

// wordAhead reports whether a word of four letters and more stands in front of the
// first '-' or '_'.
func (s *Splitter) wordAhead(t []byte) bool {
	k := softAt(t)
	return k >= 4 && s.isHead(t[:k])
}

// randomID reports whether t is base64, or a shorter id of its alphabet that
// looks as random: at least ten characters of all three kinds.
func (s *Splitter) randomID(t []byte, mask uint16) bool {
	if mask&isSoft != 0 && s.hasOddPart(t) {
		return false
	}
	if base64Like(s, t, mask) {
		return true
	}
	n := len(t)
	if n < 10 || n >= 16 || mask&isDigit == 0 || mask&isAnyLower == 0 || mask&isAnyUpper == 0 {
		return false
	}
	return s.changes(t)*100 >= 30*(n-1)
}

// hasOddPart reports whether '-' or '_' part what random text does not have: a number
// of eight digits and more, or twelve digits and letters of one case only.
func (s *Splitter) hasOddPart(t []byte) bool {
	from := 0
	var mask uint16
	for i := 0; i <= len(t); i++ {
		if i < len(t) && t[i] != '-' && t[i] != '_' {
			mask |= s.tab[t[i]]
			continue
		}
		if n := i - from; n >= 8 && mask == isDigit || n >= 12 && n < len(t) && (mask&isAnyLower == 0 || mask&isAnyUpper == 0) {
			return true
		}
		from, mask = i+1, 0
	}
	return false
}

// leads reports whether a piece begins with a word that stands in front of
// something else: cus_…, file-…, and 69d_BLOCK_….
func (s *Splitter) leads(t []byte) bool {
	k := softAt(t)
	if k < 1 || k+1 >= len(t) {
		return false
	}
	head, rest := t[:k], t[k+1:]
	if k >= 2 && s.isHead(head) || knownWord(head) {
		return true
	}
	if k > 4 {
		return len(head) > 8 && len(t) >= 44 && s.gluedUUID(t, 0, k)
	}
	for _, c := range head {
		if s.tab[c]&(isLetter|isDigit) == 0 {
			return false
		}
	}
	if n := len(rest); n == 32 || n == 40 || n == 64 {
		if s.runOf(rest, isDigit|isLowerHex) == n || s.runOf(rest, isDigit|isUpperHex) == n {
			return true
		}
	}
	k = softAt(rest)
	return k >= 3 && k+8 < len(rest) && s.isWord(rest[:k])
}

// isHead is isWord for the head of an id, of which random ones look like words more
// often when they have letters of both cases.
func (s *Splitter) isHead(t []byte) bool {
	if !s.isWord(t) {
		return false
	}
	if upper := s.runOf(t, isAnyUpper); upper == len(t) || upper == 0 && s.runOf(t, isAnyLower) == len(t) {
		return true
	}
	odd, _ := oddPairs(t)
	return odd == 0 && len(t) >= 3
}

// softAt returns where the first '-' or '_' is, -1 when there is none.
func softAt(t []byte) int {
	for i, c := range t {
		if c == '-' || c == '_' {
			return i
		}
	}
	return -1
}

// codeGroup returns the length of the groups of a code as people type it,
// ABCD-1F2G-7KPQ: three or more of 3 to 8 capitals and digits, at least one of
// both; 0 when it is none.
func (s *Splitter) codeGroup(t []byte, mask uint16) int {
	if mask&^(isAnyUpper|isDigit|isSoft) != 0 || mask&isDigit == 0 || mask&isAnyUpper == 0 {
		return 0
	}
	size := bytes.IndexByte(t, '-')
	if size < 3 || size > 8 || (len(t)+1)%(size+1) != 0 || (len(t)+1)/(size+1) < 3 {
		return 0
	}
	mixed, odd := false, false
	for g := 0; g < len(t); g += size + 1 {
		if g+size < len(t) && t[g+size] != '-' {
			return 0
		}
		var m uint16
		for _, c := range t[g : g+size] {
			m |= s.tab[c]
		}
		if m&isSoft != 0 {
			return 0
		}
		mixed = mixed || m&isDigit != 0 && m&isAnyUpper != 0
		if n, _ := oddPairs(t[g : g+size]); n > 0 {
			odd = true
		}
	}
	if !mixed && (!odd || size < 4) {
		return 0
	}
	return size
}

// podAt returns where the random tokens begin in the name of a pod of a Kubernetes
// deployment, web-7f9c5d7b4-x2k8z; 0 when t is none. They are 6 to 10 and 5
// characters of an alphabet without vowels and without 0, 1 and 3 (apimachinery
// util/rand).
func (s *Splitter) podAt(t []byte, mask uint16) int {
	n := len(t)
	if n < 14 || mask&isAnyLower == 0 || t[n-6] != '-' {
		return 0
	}
	at := bytes.LastIndexByte(t[:n-6], '-') + 1
	if hash := n - 6 - at; at == 0 || hash < 6 || hash > 10 {
		return 0
	}
	digits := 0
	for i, c := range t[at:] {
		switch {
		case at+i == n-6:
		case c == '0' || c == '1' || c == '3' || c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y' || s.tab[c]&(isDigit|isAnyLower) == 0:
			return 0
		case s.tab[c]&isDigit != 0:
			digits++
		}
	}
	if digits == 0 && n-at < 14 {
		return 0
	}
	return at
}

// token emits a piece without separators: one edge, or several when it is
// words and numbers.
func (s *Splitter) token(key []byte, sep byte, i, j int, mask uint16) {
	n := j - i
	t := key[i:j]
	switch {
	case mask&isDigit == 0:
		if n >= 18 && mask&^isLetter == 0 && mask&isAnyUpper != 0 && mask&isAnyLower != 0 {
			if head := s.runOf(t, isAnyUpper); head >= 2 && head <= 8 && s.runOf(t[head:], isAnyLower) == n-head && gibberish(t[head:]) {
				s.emit(sep, ClassLiteral, i, i+head)
				s.emit(0, ClassAlnum, i+head, j)
				return
			}
		}
		s.emit(sep, s.wordClass(t, mask), i, j)
		return
	case mask == isDigit:
		s.emit(sep, digitClass(t), i, j)
		return
	case mask&(isOther|isHigh) == 0:
		switch {
		case n >= 8 && (mask&^(isDigit|isLowerHex) == 0 || mask&^(isDigit|isUpperHex) == 0) && !s.wordNumber(t):
			s.emit(sep, ClassHex, i, j)
			return
		case n > 3 && t[0] == '0' && t[1] == 'x' && allHex(s, t[2:]):
			s.emit(sep, ClassHex, i, j)
			return
		case n == 26 && (mask&isAnyLower == 0 || mask&isAnyUpper == 0) && ulidLike(t):
			s.emit(sep, ClassULID, i, j)
			return
		case n >= 11 && t[8]|0x20 == 't' && allDigits(t[:8]) && digitClass(t[:8]) == ClassDate && s.timeOfDay(key[:j], i+8) == j:
			s.emit(sep, ClassDatetime, i, j)
			return
		case knownWord(t):
			s.emit(sep, ClassLiteral, i, j)
			return
		}
		if head := s.gluedHead(t); head > 0 {
			s.emit(sep, ClassLiteral, i, i+head)
			var rest uint16
			for _, c := range t[head:] {
				rest |= s.tab[c]
			}
			s.token(key, 0, i+head, j, rest)
			return
		}
		if n >= 16 && !s.wordyRuns(t) && base64Like(s, t, mask) {
			s.emit(sep, ClassBase64, i, j)
			return
		}
	case mask&isHigh == 0:
		switch {
		case base64Like(s, t, mask):
			s.emit(sep, ClassBase64, i, j)
			return
		case !s.dot && addressOrFloat(t) != 0:
			s.emit(sep, addressOrFloat(t), i, j)
			return
		}
	}
	s.runs(key, sep, i, j, mask)
}

// wordNumber reports whether t is two capitals and a long number, as bank accounts
// have.
func (s *Splitter) wordNumber(t []byte) bool {
	return len(t) >= 14 && s.runOf(t, isUpperHex) == 2 && s.runOf(t[2:], isDigit) == len(t)-2
}

// gluedHead returns the length of a word in front of an id without a separator
// between them, 0 when there is none: AC and a digest, RL and base32, user and a
// digest of a length that digests have.
func (s *Splitter) gluedHead(t []byte) int {
	head := 0
	for head < len(t) && s.tab[t[head]]&isLetter != 0 {
		head++
	}
	switch upper := s.runOf(t, isAnyUpper); {
	case upper >= 2 && upper <= 8 && len(t)-upper >= 16 && s.runOf(t[upper:], isAnyLower|isDigit) == len(t)-upper:
		return upper
	case head > 20:
		return 0
	}
	for _, n := range [...]int{64, 40, 32, 24} {
		at := len(t) - n
		if at < 2 || at > head {
			continue
		}
		if (s.runOf(t[at:], isDigit|isLowerHex) == n || s.runOf(t[at:], isDigit|isUpperHex) == n) && s.isWord(t[:at]) {
			return at
		}
		if odd, _ := oddPairs(t[:at]); n < 64 && n > 24 && at >= 4 && odd == 0 && s.runOf(t, isAnyLower|isDigit) == len(t) && s.isWord(t[:at]) {
			return at
		}
	}
	return 0
}

// runOf returns how many bytes t begins with that have one of some properties.
func (s *Splitter) runOf(t []byte, of uint16) (n int) {
	for n < len(t) && s.tab[t[n]]&of != 0 {
		n++
	}
	return n
}

// runs emits a mixed token: its words and numbers when there are few, or only
// real words, and the token is short, otherwise a class.
func (s *Splitter) runs(key []byte, sep byte, i, j int, mask uint16) {
	const most = 6
	var cuts [most + 1]int // and the end
	turns, longest, shortest := 0, 0, MaxLiteral
	odd := false // one of the letter runs is no word
	doubtful := false
	for p, start := i, i; p < j && turns <= most; p++ {
		if p+1 == j || (s.tab[key[p]]^s.tab[key[p+1]])&isDigit != 0 {
			if run := key[start : p+1]; s.tab[key[p]]&isDigit == 0 {
				longest, shortest = max(longest, len(run)), min(shortest, len(run))
				if mask&isHigh == 0 {
					odd = odd || !s.plainRun(run)
					doubtful = doubtful || s.doubtfulRun(run)
				}
			}
			if p+1 < j {
				if turns < most {
					cuts[turns] = p + 1
				}
				turns++
			}
			start = p + 1
		}
	}
	// Two turns are common in short random ids: a real word must be among them.
	// More are common in all of them: there must be nothing but real words.
	few := turns < 2 || turns == 2 && longest >= 3 && (longest > 4 || !doubtful) || turns <= most && shortest >= 3 && !doubtful
	if j-i > MaxLiteral || odd || !few {
		c := ClassAlnum
		if mask&(isOther|isHigh) != 0 && j-i > MaxLiteral {
			c = ClassText
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

// plainRun reports whether letters beside digits may be a word.
func (s *Splitter) plainRun(t []byte) bool {
	switch {
	case len(t) < 3:
		return true
	case !s.wordCase(t):
		return false
	case len(t) < 6:
		return true
	}
	return !gibberish(t)
}

// wordyRuns reports whether t is words of three letters and more between numbers:
// sku20seg4Prep_94.
func (s *Splitter) wordyRuns(t []byte) bool {
	words := 0
	for i := 0; i < len(t); {
		run := s.runOf(t[i:], isLetter)
		switch {
		case run == 0 && (s.tab[t[i]]&isDigit != 0 || t[i] == '-' || t[i] == '_'):
			i++
			continue
		case run < 3 || s.doubtfulRun(t[i:i+run]) || !s.plainRun(t[i:i+run]):
			return false
		}
		words++
		i += run
	}
	return words > 0
}

// doubtfulRun reports whether letters are none of a word as programs write it: they
// are of both cases, or some pair of them is odd.
func (s *Splitter) doubtfulRun(t []byte) bool {
	if len(t) < 2 {
		return false
	}
	odd, _ := oddPairs(t)
	lower := s.runOf(t[1:], isAnyLower)
	return odd > 0 || lower != len(t)-1 && s.runOf(t, isAnyUpper) != len(t)
}

// wordClass is the class of a token without digits.
func (s *Splitter) wordClass(t []byte, mask uint16) Class {
	n := len(t)
	switch {
	case n >= 16 && (mask == isLowerHex || mask == isUpperHex):
		return ClassHex
	case mask&isOther != 0 && mask&isHigh == 0 && n >= 5 && base64Like(s, t, mask):
		return ClassBase64
	case n > MaxLiteral:
		if mask&(isOther|isHigh) != 0 {
			return ClassText
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
		if upper*5 >= n*2 && (n-upper)*5 >= n || !s.wordCase(t) && gibberish(t) {
			return ClassAlnum
		}
	case n >= 16 && mask&^isLetter == 0 && mask&isHigh == 0 && gibberish(t):
		if odd, pairs := oddPairs(t); odd*3 >= pairs {
			return ClassAlnum
		}
	}
	return ClassLiteral
}
