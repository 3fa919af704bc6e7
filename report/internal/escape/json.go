package escape

import (
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

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

// AppendJSONText appends text as it is as a JSON string, which whoever reads the JSON
// gets back byte for byte. What is not printable is \uNNNN in it: control
// characters, and those that would turn the direction of what stands around them.
// The text must be valid UTF-8.
func AppendJSONText(dst, s []byte) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c, n := s[i], 1
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20 && c < 0x7f:
			dst = append(dst, c)
		case c < utf8.RuneSelf:
			dst = appendU(dst, rune(c))
		default:
			var r rune
			r, n = utf8.DecodeRune(s[i:])
			dst = appendRune(dst, r)
		}
		i += n
	}
	return append(dst, '"')
}

// PrintableJSON escapes in a JSON text what is not printable: it stands within
// strings, for everything else in JSON is ASCII.
func PrintableJSON(text []byte) []byte {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r < 0x7f || unicode.IsPrint(r) {
			i += n
			continue
		}
		out := append(make([]byte, 0, len(text)+64), text[:i]...)
		for _, r := range string(text[i:]) {
			if r < 0x7f {
				out = append(out, byte(r))
			} else {
				out = appendRune(out, r)
			}
		}
		return out
	}
	return text
}

func appendRune(dst []byte, r rune) []byte {
	if r != 0x7f && unicode.IsPrint(r) {
		return utf8.AppendRune(dst, r)
	}
	if hi, lo := utf16.EncodeRune(r); hi != unicode.ReplacementChar {
		return appendU(appendU(dst, hi), lo)
	}
	return appendU(dst, r)
}

func appendU(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
