package naming

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// TestPatternTotal: whatever the key, its pattern is short, printable, and its
// glob matches the key.
func TestPatternTotal(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	alphabets := []string{"ab:1", ":./|-_{}", "0123456789abcdef-:", "aB3-_.=+/", "\x00\xff\xc3\xa4:.", "2024-01:T.Z/ ", "*?[]\\^:a1", "@.ab-1:"}
	splitters := []*keyname.Splitter{keyname.NewSplitter(keyname.DefaultSeparators, 0), keyname.NewSplitter(":", 2), keyname.NewSplitter(".-_:", 3)}
	for range 200_000 / keytest.Stride(5) {
		alphabet := alphabets[rnd.IntN(len(alphabets))]
		key := make([]byte, rnd.IntN(60))
		for i := range key {
			key[i] = alphabet[rnd.IntN(len(alphabet))]
		}
		for _, s := range splitters {
			edges := s.Split(key)
			pattern := keyname.AppendPattern(nil, key, edges)
			if !utf8.Valid(pattern) || !keyname.Printable(pattern) || len(edges) > keyname.MaxEdges {
				t.Fatalf("%q: pattern %q of %d edges", key, pattern, len(edges))
			}
			text := patternText{}
			for d, e := range edges {
				lit := ""
				if e.Cls == keyname.ClassLiteral {
					lit = string(key[e.Off : e.Off+e.N])
				}
				text.step(d+1, e.Sep, e.Cls, lit)
			}
			n := len(edges)
			if string(text.pattern[n]) != string(pattern) {
				t.Fatalf("%q: %q rendered as %q step by step", key, pattern, text.pattern[n])
			}
			if !keyname.Glob(text.match[n]).Match(key) {
				t.Fatalf("%q: pattern %q: glob %q does not match", key, pattern, text.match[n])
			}
		}
	}
}
