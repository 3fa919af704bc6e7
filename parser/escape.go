package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// AppendEscaped appends key to dst as printable UTF-8: bytes outside it become
// \xNN, a backslash becomes \\. It is how keys are shown everywhere.
func AppendEscaped(dst, key []byte) []byte {
	const hex = "0123456789abcdef"
	for len(key) > 0 {
		c := key[0]
		if c >= 0x20 && c < 0x7f {
			if c == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, c)
			key = key[1:]
			continue
		}
		r, n := rune(c), 1
		if c >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(key)
		}
		if n > 1 && unicode.IsPrint(r) {
			dst = append(dst, key[:n]...)
		} else {
			for _, b := range key[:n] {
				dst = append(dst, '\\', 'x', hex[b>>4], hex[b&15])
			}
		}
		key = key[n:]
	}
	return dst
}

// Escape is AppendEscaped as a string.
func Escape(key []byte) string { return string(AppendEscaped(nil, key)) }

// Quote returns key escaped and between quotation marks; one within it is \x22,
// so that whoever looks for the end finds it.
func Quote(key []byte) string { return `"` + strings.ReplaceAll(Escape(key), `"`, `\x22`) + `"` }
