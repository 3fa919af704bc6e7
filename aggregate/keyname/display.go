package keyname

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rdblens/rdblens/parser"
)

// Names and patterns as people read them. A name may hold any bytes: what reaches
// a terminal, a file or a browser is escaped before, here or by parser.Escape.

// PatternOf returns the pattern of a key as its row shows it when nothing is
// said of separators, depth and groups; it is escaped for display.
func PatternOf(key []byte) []byte {
	return AppendPattern(nil, key, NewSplitter(DefaultSeparators, 0).Split(key))
}

// AppendPattern renders edges as printable UTF-8: literals as they are with a
// backslash doubled, classes in braces, braces of the key doubled.
func AppendPattern(dst, key []byte, edges []Edge) []byte {
	for i := range edges {
		e := &edges[i]
		dst = AppendSeparator(dst, e.Sep)
		if e.Cls != ClassLiteral {
			dst = AppendClass(dst, e.Cls)
			continue
		}
		dst = AppendLiteral(dst, key[e.Off:e.Off+e.N])
	}
	return dst
}

// AppendSeparator appends the separator in front of a token: braces and the
// backslash, which mean something in a pattern, twice, control bytes as \xNN; 0 is
// none.
func AppendSeparator(dst []byte, sep byte) []byte {
	switch {
	case sep == 0:
		return dst
	case sep == SepNul:
		return append(dst, `\x00`...)
	case sep < ' ' || sep == 0x7f:
		return appendHexByte(dst, sep)
	case sep == '{' || sep == '}' || sep == '\\':
		dst = append(dst, sep)
	}
	return append(dst, sep)
}

// AppendClass appends the name of a class in braces.
func AppendClass(dst []byte, c Class) []byte {
	dst = append(dst, '{')
	dst = append(dst, ClassNames[c]...)
	return append(dst, '}')
}

// AppendLiteral appends a word: printable runes as they are, braces and
// backslashes doubled, other bytes as \xNN.
func AppendLiteral[T string | []byte](dst []byte, lit T) []byte {
	for i := 0; i < len(lit); i++ {
		switch c := lit[i]; {
		case c == '{' || c == '}' || c == '\\':
			dst = append(dst, c, c)
		case c < ' ' || c == 0x7f:
			dst = appendHexByte(dst, c)
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRuneInString(string(lit[i:min(i+utf8.UTFMax, len(lit))]))
			if (r == utf8.RuneError && n <= 1) || !unicode.IsPrint(r) {
				for k := range n {
					dst = appendHexByte(dst, lit[i+k])
				}
			} else {
				dst = append(dst, lit[i:i+n]...)
			}
			i += n - 1
		}
	}
	return dst
}

func appendHexByte(dst []byte, c byte) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'x', digits[c>>4], digits[c&15])
}

// Printable reports whether b is valid UTF-8 of printable runes and spaces.
func Printable(b []byte) bool {
	for i := 0; i < len(b); {
		if c := b[i]; c < utf8.RuneSelf {
			if c < 0x20 || c == 0x7f {
				return false
			}
			i++
			continue
		}
		r, w := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && w <= 1 || !unicode.IsPrint(r) {
			return false
		}
		i += w
	}
	return true
}

// Displayable reports whether text is free of what must not reach a terminal.
func Displayable(s string) bool { return Printable([]byte(s)) }

// EscapeText escapes text of a dump for display, as parser.Escape does.
func EscapeText(s string) string { return parser.Escape([]byte(s)) }

// Unescape is the reverse of EscapeText and parser.Escape. ok is false when s is no
// text that they make: then a backslash is followed by neither another one nor x
// and two hexadecimal digits.
func Unescape(s string) (name string, ok bool) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			b = append(b, s[i])
		case i+1 < len(s) && s[i+1] == '\\':
			b = append(b, '\\')
			i++
		case i+3 < len(s) && s[i+1] == 'x':
			c, err := strconv.ParseUint(s[i+2:i+4], 16, 8)
			if err != nil {
				return "", false
			}
			b = append(b, byte(c))
			i += 3
		default:
			return "", false
		}
	}
	return string(b), true
}
