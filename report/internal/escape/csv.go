package escape

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

// appendFormulaGuard writes the first byte of the field dst[start:] as \xNN
// when a spreadsheet would take the field for a formula.
func appendFormulaGuard(dst []byte, start int) []byte {
	if start == len(dst) || !startsFormula(dst[start]) {
		return dst
	}
	c := dst[start]
	dst = append(dst, 0, 0, 0)
	copy(dst[start+4:], dst[start+1:])
	const hex = "0123456789abcdef"
	dst[start], dst[start+1], dst[start+2], dst[start+3] = '\\', 'x', hex[c>>4], hex[c&15]
	return dst
}
