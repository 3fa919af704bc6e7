package escape

// PlainJSON reports whether text stands for itself in a JSON string.
func PlainJSON[T string | []byte](s T) bool { return plainText(s, '"') }

// AppendJSON appends printable UTF-8 as a JSON string.
func AppendJSON(dst, s []byte) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
