package keyname

import (
	"encoding/binary"
	"math/bits"

	"github.com/rdblens/rdblens/parser"
)

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

// SlotOf returns the cluster slot of a key, 0 to 16383.
func SlotOf(key []byte) int32 { return SlotOfName(key, true) }

// PatternOf returns the pattern of a key as its row shows it when nothing is
// said of separators, depth and groups; it is escaped for display.
func PatternOf(key []byte) []byte {
	return AppendPattern(nil, key, NewSplitter(DefaultSeparators, 0).Split(key))
}

// Displayable reports whether text is free of what must not reach a terminal.
func Displayable(s string) bool { return Printable([]byte(s)) }

func EscapeText(s string) string { return parser.Escape([]byte(s)) }

// DefaultSeparators is what separates the tokens of a key when a Config says
// nothing else; '-' and '_' always do, after the class tests.
const DefaultSeparators = ":./|"

// HeadOf returns the first eight bytes of a name as a number that orders as
// they do; shorter names are filled up with zeros.
func HeadOf(name []byte) uint64 {
	if len(name) >= 8 {
		return binary.BigEndian.Uint64(name)
	}
	return bits.ReverseBytes64(Word8(name))
}

func (s *Splitter) Counts(sep byte) bool { return sep != 0 && s.tab[sep]&isCount != 0 }

// EscapedEnd reports whether a glob ends in an escaped byte.
func EscapedEnd(glob string) bool {
	n := 0
	for i := len(glob) - 2; i >= 0 && glob[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
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
