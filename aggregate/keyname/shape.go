package keyname

import (
	"bytes"
)

// The shapes of tokens that are more than letters or digits in a row.

// crossing finds a shape at the start of a piece, at least ten bytes before
// the end of the key, that is told without scanning the piece: a MAC or IPv6
// address or a date with slashes, which contain hard separators, or a UUID.
func (s *Splitter) crossing(key []byte, i int) (end int, c Class) {
	b := key[i : i+10]
	switch {
	case b[8] == '-':
		return s.uuid(key, i)
	case b[2] == ':':
		return s.mac(key, i)
	case b[4] == ':':
		return s.ipv6(key, i)
	case b[4] == '/' && b[7] == '/':
		return s.date(key, i)
	}
	return 0, 0
}

// uuid matches hexadecimal digits in groups of 8, 4, 4, 4 and 12, joined by '-'
// or by '_'.
func (s *Splitter) uuid(key []byte, p int) (int, Class) {
	if len(key)-p < 36 || !s.ends(key, p+36) {
		return 0, 0
	}
	b := key[p : p+36]
	if b[8] != '-' && b[8] != '_' || b[13] != b[8] || b[18] != b[8] || b[23] != b[8] ||
		!allHex(s, b[:8]) || !allHex(s, b[9:13]) || !allHex(s, b[14:18]) || !allHex(s, b[19:23]) || !allHex(s, b[24:]) {
		return 0, 0
	}
	return p + 36, classUUID
}

// shape finds a token at p that contains '.', '-' or '_' and ends before a
// separator or at the end of the key.
func (s *Splitter) shape(key []byte, p int) (end int, c Class) {
	n := len(key) - p
	switch {
	case n < 2:
		return 0, 0
	case s.tab[key[p]]&isHexDigit != 0:
	case (key[p] == '-' || key[p] == '+') && s.tab[key[p+1]]&isDigit != 0:
		return s.signed(key, p)
	default:
		return 0, 0
	}
	if n >= 36 && (key[p+8] == '-' || key[p+8] == '_') {
		if end, c := s.uuid(key, p); end > 0 {
			return end, c
		}
	}
	if n < 3 {
		return 0, 0
	}
	if n >= 10 && key[p+4] == ':' {
		if end, c := s.ipv6(key, p); end > 0 {
			return end, c
		}
	}
	if n >= 17 && (key[p+2] == '-' || key[p+2] == ':') {
		if end, c := s.mac(key, p); end > 0 {
			return end, c
		}
	}
	if n >= 14 && s.dot && key[p+4] == '.' && key[p+9] == '.' && s.ends(key, p+14) && s.dottedMAC(key[p:p+14]) {
		return p + 14, classMAC
	}
	if s.tab[key[p]]&isDigit == 0 {
		return 0, 0
	}
	if end, c := s.date(key, p); end > 0 {
		return end, c
	}
	// Digits and dots: an IPv4 address or a decimal number.
	q := p
	for q < len(key) && q-p < 32 && (s.tab[key[q]]&isDigit != 0 || key[q] == '.') {
		q++
	}
	if s.dot && s.ends(key, q) && (p == 0 || key[p-1] != '.') {
		if c := addressOrFloat(key[p:q]); c != 0 && !(c == ClassFloat && s.beforeUUID(key, p)) {
			return q, c
		}
	}
	if end, c := s.exponent(key, p, q); end > 0 {
		return end, c
	}
	return s.version(key, p)
}

// signed matches a number with a sign, where nothing but punctuation is in front:
// user-5 has none.
func (s *Splitter) signed(key []byte, p int) (end int, c Class) {
	if p > 0 && (s.tab[key[p-1]]&isBoundary == 0 || key[p-1] == '-' || key[p-1] == '.' || key[p-1] == '+') {
		return 0, 0
	}
	if p > 0 && key[p-1] == '_' && (p < 2 || key[p] == '+' || s.tab[key[p-2]]&isDigit == 0) {
		return 0, 0 // coordinates may be joined by '_': 12_-7
	}
	q, dots := p+1, 0
	for q < len(key) && (s.tab[key[q]]&isDigit != 0 || key[q] == '.' && dots == 0) {
		if key[q] == '.' {
			dots++
		}
		q++
	}
	if q < len(key) && s.tab[key[q]]&isSoft != 0 && (key[q] == '-' || key[q] == '_') && p > 0 && s.tab[key[p-1]]&isHard != 0 && key[p] == '+' {
		return 0, 0
	}
	switch {
	case key[q-1] == '.' || q-p > MaxLiteral:
		return 0, 0
	case s.ends(key, q) && dots == 0:
		return q, ClassInt
	case s.ends(key, q) && s.dot:
		return q, ClassFloat
	}
	return s.exponent(key, p, q)
}

// exponent matches what may follow the digits of a number up to q: e-05.
func (s *Splitter) exponent(key []byte, p, q int) (end int, c Class) {
	if q >= len(key) || key[q]|0x20 != 'e' || q == p || bytes.IndexByte(key[p:q], '.') < 0 {
		return 0, 0
	}
	q++
	if q < len(key) && (key[q] == '-' || key[q] == '+') {
		q++
	}
	digits := q
	for q < len(key) && s.tab[key[q]]&isDigit != 0 {
		q++
	}
	if q == digits || q-digits > 3 || !s.ends(key, q) {
		return 0, 0
	}
	return q, ClassFloat
}

// beforeUUID reports whether a number at p ends in the first digits of a UUID:
// 17.55012840-e29b-….
func (s *Splitter) beforeUUID(key []byte, p int) bool {
	dot := bytes.IndexByte(key[p:], '.')
	end, _ := s.uuid(key, p+dot+1)
	return end > 0
}

// version matches a semantic version where a package's version stands, behind
// '@' or at the start of a piece: three numbers, and what may follow them.
func (s *Splitter) version(key []byte, p int) (end int, c Class) {
	if !s.dot || p > 0 && key[p-1] != '@' && s.tab[key[p-1]]&isHard == 0 {
		return 0, 0
	}
	q, groups := p, 0
	for {
		from := q
		for q < len(key) && s.tab[key[q]]&isDigit != 0 {
			q++
		}
		if q == from || q-from > 6 {
			return 0, 0
		}
		if groups++; groups == 3 || q >= len(key) || key[q] != '.' {
			break
		}
		q++
	}
	if groups < 3 || q < len(key) && key[q] == '.' {
		return 0, 0
	}
	if p == 0 || key[p-1] != '@' {
		// Numbers with dots are versions when something says so.
		if q >= len(key) || key[q] != '-' && key[q] != '+' {
			return 0, 0
		}
	}
	if q < len(key) && (key[q] == '-' || key[q] == '+') {
		from := q + 1
		if from >= len(key) || s.tab[key[from]]&(isLetter|isDigit) == 0 {
			return 0, 0
		}
		for q = from; q < len(key) && (s.tab[key[q]]&(isLetter|isDigit) != 0 || key[q] == '.' || key[q] == '-' || key[q] == '+'); q++ {
		}
	}
	if !s.ends(key, q) {
		return 0, 0
	}
	return q, classVersion
}

// ends reports whether a token may end at p.
func (s *Splitter) ends(key []byte, p int) bool {
	return p >= len(key) || s.tab[key[p]]&isBoundary != 0
}

// mac matches six pairs of hexadecimal digits joined by ':' or by '-'.
func (s *Splitter) mac(key []byte, p int) (int, Class) {
	if len(key)-p < 17 || !s.ends(key, p+17) {
		return 0, 0
	}
	for i := range 17 {
		if c := key[p+i]; i%3 == 2 && c != key[p+2] || i%3 != 2 && s.tab[c]&isHexDigit == 0 {
			return 0, 0
		}
	}
	return p + 17, classMAC
}

// dottedMAC matches twelve hexadecimal digits in three groups, 00a1.b2c3.d4e5, as
// routers write them: digits and letters, which no date and no words have both.
func (s *Splitter) dottedMAC(t []byte) bool {
	if !allHex(s, t[:4]) || !allHex(s, t[5:9]) || !allHex(s, t[10:]) {
		return false
	}
	var mask uint16
	for _, c := range t {
		mask |= s.tab[c]
	}
	return mask&isDigit != 0 && mask&isLetter != 0
}

// ipv6 matches an IPv6 address whose first group has four digits: eight groups,
// or fewer with one "::" when the first group is one of the prefixes in use.
func (s *Splitter) ipv6(key []byte, p int) (int, Class) {
	q, groups, digits, letters := p, 0, 0, false
	gap := false
	for ; q < len(key) && q-p <= 39; q++ {
		f := s.tab[key[q]]
		if f&isHexDigit != 0 {
			if digits++; digits > 4 {
				return 0, 0
			}
			letters = letters || f&isDigit == 0
			continue
		}
		if key[q] != ':' {
			break
		}
		if digits > 0 {
			groups++
		} else if gap {
			return 0, 0
		} else {
			gap = true
		}
		digits = 0
	}
	if digits > 0 {
		groups++
	}
	if !s.ends(key, q) {
		return 0, 0
	}
	first := key[p]
	inUse := first == '2' || first == '3' || (first|0x20) == 'f' && (key[p+1]|0x20) >= 'c'
	if groups == 8 && !gap && letters || gap && groups >= 2 && groups < 8 && inUse {
		return q, classIPv6
	}
	return 0, 0
}

// date matches 2024-01-31, 2024-01, 31-01-2024 with any of - _ . / between,
// and a time of day after the first form.
func (s *Splitter) date(key []byte, p int) (int, Class) {
	b := key[p:]
	isSep := func(c byte) bool { return c == '-' || c == '_' || c == '.' || c == '/' }
	if len(b) >= 10 && isSep(b[4]) && b[7] == b[4] && allDigits(b[:4]) && allDigits(b[5:7]) && allDigits(b[8:10]) {
		y := Number(b[:4])
		if y < 1900 || y > 2199 || !ValidDate(y, Number(b[5:7]), Number(b[8:10])) {
			return 0, 0
		}
		if end := s.timeOfDay(key, p+10); end > 0 {
			return end, ClassDatetime
		}
		if s.ends(key, p+10) {
			return p + 10, ClassDate
		}
		return 0, 0
	}
	if len(b) >= 10 && isSep(b[2]) && b[5] == b[2] && allDigits(b[:2]) && allDigits(b[3:5]) && allDigits(b[6:10]) &&
		s.ends(key, p+10) && Number(b[6:10]) >= 1900 && Number(b[6:10]) <= 2199 {
		d, m := Number(b[:2]), Number(b[3:5])
		if ValidDate(2000, m, d) || ValidDate(2000, d, m) {
			return p + 10, ClassDate
		}
		return 0, 0
	}
	if len(b) >= 7 && (b[4] == '-' || b[4] == '_') && allDigits(b[:4]) && allDigits(b[5:7]) && s.ends(key, p+7) {
		if y := Number(b[:4]); y >= 1900 && y <= 2199 && Number(b[5:7]) >= 1 && Number(b[5:7]) <= 12 {
			return p + 7, ClassDate
		}
	}
	return 0, 0
}

// timeOfDay matches T10:30, T10:30:00.123Z, T103000+02:00 and the like; the T
// may be a space or '_'.
func (s *Splitter) timeOfDay(key []byte, p int) int {
	if p+3 > len(key) || key[p] != 'T' && key[p] != 't' && key[p] != ' ' && key[p] != '_' {
		return 0
	}
	pair := func(at, limit int) bool {
		return at+2 <= len(key) && allDigits(key[at:at+2]) && Number(key[at:at+2]) < limit
	}
	p++
	if !pair(p, 24) {
		return 0
	}
	letter := key[p-1]
	p += 2
	if s.ends(key, p) && (p >= len(key) || key[p] != ':' && key[p] != '-') && letter|0x20 != 't' {
		return 0 // an hour alone is one behind T only
	}
	for range 2 {
		if p < len(key) && (key[p] == ':' || key[p] == '-') && pair(p+1, 61) {
			p += 3
		} else if pair(p, 61) {
			p += 2
		} else {
			break
		}
	}
	if p < len(key) && (key[p] == '.' || key[p] == ',') {
		q := p + 1
		for q < len(key) && q-p < 11 && s.tab[key[q]]&isDigit != 0 {
			q++
		}
		if q > p+1 {
			p = q
		}
	}
	if p < len(key) && (key[p] == 'Z' || key[p] == 'z') {
		p++
	} else if p < len(key) && (key[p] == '+' || key[p] == '-') && pair(p+1, 15) {
		q := p + 3
		if q < len(key) && key[q] == ':' {
			q++
		}
		if pair(q, 60) {
			p = q + 2
		}
	}
	if s.ends(key, p) {
		return p
	}
	return 0
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

func allHex(s *Splitter, b []byte) bool {
	for _, c := range b {
		if s.tab[c]&isHexDigit == 0 {
			return false
		}
	}
	return true
}

// Number reads at most four digits.
func Number(b []byte) (n int) {
	for _, c := range b {
		n = n*10 + int(c-'0')
	}
	return n
}

// ValidDate reports whether the calendar has such a day.
func ValidDate(y, m, d int) bool {
	if m < 1 || m > 12 || d < 1 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
	if m == 2 && y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		days = 29
	}
	return d <= days
}

// addressOrFloat returns classIP for four numbers up to 255 joined by dots,
// ClassFloat for two numbers, 0 otherwise.
func addressOrFloat(t []byte) Class {
	dots, part, octets := 0, 0, true
	for i, c := range t {
		switch {
		case c == '.':
			if part == 0 || i == len(t)-1 {
				return 0
			}
			octets = octets && part <= 3 && Number(t[i-part:i]) < 256
			dots++
			part = 0
		case c >= '0' && c <= '9':
			part++
		default:
			return 0
		}
	}
	switch {
	case dots == 3 && octets && part <= 3 && Number(t[len(t)-part:]) < 256:
		return classIP
	case dots == 1:
		return ClassFloat
	}
	return 0
}

// ulidLike: 26 digits of Crockford's base 32, the first at most 7.
func ulidLike(t []byte) bool {
	if t[0] > '7' {
		return false
	}
	for _, c := range t {
		switch c | 0x20 {
		case 'i', 'l', 'o', 'u':
			return false
		}
	}
	return true
}

// emailLike: local@domain.tld, the last part of letters: a package with its
// version is none.
func emailLike(s *Splitter, t []byte) bool {
	at := bytes.IndexByte(t, '@')
	if at < 1 || at > len(t)-4 {
		return false
	}
	end := s.domain(t, at+1)
	if end != len(t) {
		return false
	}
	return s.localPart(t, at) == 0
}

// domain returns the end of a host name with a dot in it and a last part of
// letters, 0 when there is none at p.
func (s *Splitter) domain(t []byte, p int) int {
	q, part, dots := p, p, 0
	for ; q < len(t); q++ {
		switch c := t[q]; {
		case s.tab[c]&(isLetter|isDigit) != 0 || c == '-':
			continue
		case c == '.' && q > part:
			if q+1 < len(t) && s.tab[t[q+1]]&(isLetter|isDigit) != 0 {
				part = q + 1
				dots++
				continue
			}
		}
		break
	}
	if dots == 0 || q-part < 2 {
		return 0
	}
	for _, c := range t[part:q] {
		if s.tab[c]&isLetter == 0 && c != '-' {
			return 0
		}
	}
	if s.tab[t[part]]&isLetter == 0 {
		return 0
	}
	return q
}

// localPart returns where the part of an address in front of '@' begins.
func (s *Splitter) localPart(t []byte, at int) int {
	p := at
	for p > 0 {
		switch c := t[p-1]; {
		case s.tab[c]&(isLetter|isDigit) != 0 || c == '.' || c == '_' || c == '+' || c == '%' || c == '-':
			p--
			continue
		}
		break
	}
	return p
}

// maxSlashed is the longest base64 with slashes that is looked for, bytes.
const maxSlashed = 256

// slashedWord is from how many small letters on what stands in front of a slash is a
// word rather than the beginning of base64.
const slashedWord = 4

// slashed returns the end of a token at i that is base64 with slashes in it,
// the first of them at j, else 0. A path hardly ever is: it has no padding, and
// its words do not change between kinds of letters at every other step.
func (s *Splitter) slashed(key []byte, i, j int, mask uint16) int {
	if mask&(isHigh|isControl) != 0 || j == i && (i == 0 || key[i-1] == '/') {
		return 0
	}
	if mask == isDigit && j-i <= 3 {
		return 0 // rather a number in a path
	}
	word := mask&^isAnyLower == 0 && j-i >= slashedWord && s.isHead(key[i:j])
	mask &^= isHard
	end := j
	for end < len(key) && (key[end] == '/' || s.tab[key[end]]&isHard == 0) {
		if end-i == maxSlashed {
			return 0
		}
		if key[end] != '/' {
			mask |= s.tab[key[end]]
		}
		end++
	}
	t := key[i:end]
	if mask&isSoft != 0 && softAt(t) >= 0 {
		return 0 // of one alphabet or the other
	}
	const kinds = isAnyLower | isAnyUpper | isDigit
	if len(t) < 16 || len(t)%4 != 0 && len(t) < 40 || mask&isAnyLower == 0 || mask&isAnyUpper == 0 || mask&isDigit == 0 && t[len(t)-1] != '=' ||
		mask&^(kinds|isOther|isSoft|isCount) != 0 || t[len(t)-1] == '/' || bytes.Contains(t, []byte("//")) && t[len(t)-1] != '=' {
		return 0
	}
	if word && (t[len(t)-1] != '=' || (end-j-1)%4 == 0) {
		return 0 // share/ and an id: of a thousand slashed base64 hardly one begins so
	}
	if !base64Like(s, t, mask) {
		return 0
	}
	// More is asked of it than of a token without slashes.
	if t[len(t)-1] == '=' || s.changes(t)*100 >= 28*(len(t)-1) {
		return end
	}
	return 0
}

// urlSafe reports whether t is of the alphabet of base64url, with dots if dot.
func urlSafe(s *Splitter, t []byte, dot bool) bool {
	for _, c := range t {
		if s.tab[c]&(isLetter|isDigit) == 0 && c != '-' && c != '_' && (c != '.' || !dot) {
			return false
		}
	}
	return true
}

// base64Like: padded base64, or at least 16 characters of an alphabet of 64
// that look random. Random text of 62 letters and digits changes between
// lower case, upper case and digits at every other step (0.42 of the steps,
// not counting a capital before a small letter); words hardly do.
func base64Like(s *Splitter, t []byte, mask uint16) bool {
	n := len(t)
	pad := 0
	for n > 0 && pad < 2 && t[n-1] == '=' {
		n--
		pad++
	}
	if pad > 0 && (len(t) < 8 || len(t)%4 != 0 && n < 40) || pad == 0 && n < 16 {
		return false
	}
	mixed := mask&isAnyLower != 0 && mask&isAnyUpper != 0
	if digit := mask&isDigit != 0; (!mixed || !digit) && (pad == 0 || !mixed && !digit) {
		return false
	}
	changes := s.changes(t[:n])
	return changes >= 0 && (pad > 0 || changes*100 >= 22*(n-1))
}

// changes counts the changes between lower case, upper case and digits, not
// those from a capital to a small letter; -1 when t is not of the alphabet.
func (s *Splitter) changes(t []byte) (n int) {
	prev := uint16(0)
	for _, c := range t {
		f := s.tab[c]
		kind := uint16(0)
		switch {
		case f&isAnyLower != 0:
			kind = 1
		case f&isAnyUpper != 0:
			kind = 2
		case f&isDigit != 0:
			kind = 3
		case c != '+' && c != '-' && c != '_' && c != '/':
			return -1
		}
		if kind != 0 && prev != 0 && kind != prev && (prev != 2 || kind != 1) {
			n++
		}
		prev = kind
	}
	return n
}

// IsPlainWord reports whether a field's name is a word of letters as programs
// use them, and no data.
func IsPlainWord(name []byte) bool {
	if len(name) == 0 || len(name) > MaxLiteral {
		return false
	}
	for _, c := range name {
		if c != '_' && c != '-' && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// HexLetters reports whether a word is of hexadecimal digits.
func HexLetters(b []byte) bool {
	for _, c := range b {
		if c < 'a' || c > 'f' {
			return false
		}
	}
	return true
}
