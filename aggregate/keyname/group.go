package keyname

import (
	"github.com/rdblens/rdblens/parser"
)

// GroupLiteral is what stands in the trie for a group.
func GroupLiteral(i int) [4]byte {
	return [4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}
}

// GroupNumber is the reverse of GroupLiteral.
func GroupNumber(lit string) (n int) {
	for i := range len(lit) {
		n = n<<8 | int(lit[i])
	}
	return n
}

// AppendGroup appends the name of a group as a pattern.
func AppendGroup(dst []byte, name string) []byte {
	return parser.AppendEscaped(dst, []byte(name))
}
