package escape

import (
	"slices"
	"unicode/utf8"
)

// PlainCSV reports whether text needs neither escapes nor quotes.
func PlainCSV[T string | []byte](s T) bool {
	return len(s) == 0 || !startsFormula(s[0]) && plainText(s, ',')
}

// startsFormula reports whether spreadsheets evaluate a field that begins with c.
func startsFormula(c byte) bool { return c == '=' || c == '+' || c == '-' || c == '@' }

// AppendCSV appends printable text as a field of CSV.
func AppendCSV(dst, s []byte) []byte {
	quote := false
	for _, c := range s {
		if c == ',' || c == '"' {
			quote = true
			break
		}
	}
	if !quote {
		start := len(dst)
		return appendFormulaGuard(append(dst, s...), start)
	}
	dst = append(dst, '"')
	start := len(dst)
	for _, c := range s {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(appendFormulaGuard(dst, start), '"')
}

// wideFormula reports whether a character is a form of = + - @ that spreadsheets
// take for it when they read a file in Chinese, Japanese or Korean settings, or may:
// full width, small, raised, lowered (those whose compatibility decomposition in
// Unicode is one of the four, and the minus sign).
func wideFormula(r rune) bool {
	switch r {
	case '\uff1d', '\ufe66', '\u207c', '\u208c', // =
		'\uff0b', '\ufe62', '\u207a', '\u208a', '\ufb29', // +
		'\uff0d', '\ufe63', '\u207b', '\u208b', '\u2212', // -
		'\uff20', '\ufe6b': // @
		return true
	}
	return false
}

// appendFormulaGuard writes the bytes of the first character of the field
// dst[start:] as \xNN when a spreadsheet would take the field for a formula.
func appendFormulaGuard(dst []byte, start int) []byte {
	if start == len(dst) {
		return dst
	}
	n := 1
	if c := dst[start]; c >= utf8.RuneSelf {
		var r rune
		if r, n = utf8.DecodeRune(dst[start:]); !wideFormula(r) {
			return dst
		}
	} else if !startsFormula(c) {
		return dst
	}
	const hex = "0123456789abcdef"
	var first [utf8.UTFMax * 4]byte
	guarded := first[:0]
	for _, c := range dst[start : start+n] {
		guarded = append(guarded, '\\', 'x', hex[c>>4], hex[c&15])
	}
	return slices.Replace(dst, start, start+n, guarded...)
}
