package keytest

import (
	"math/rand/v2"
	"strings"
)

// OddNames are names put together from what is cut in some special way, the
// empty one among them.
func OddNames(rnd *rand.Rand, n, maxLiteral, maxEdges int) []string {
	parts := []string{
		"", "user", "a", "g", "f", "beef", "beefy", "abcdefg", "abcdefgh", "abcdefff", "application", "Users", "user1", "é", "\xff\x00", "q{", "}", "{u1}", "{}", "{a:b}",
		"0", "42", "12345678", "550e8400-e29b-41d4-a716-446655440000", "12:34:56:78:9a:bc", "2001:db8::1", "2024/01/31", "1.5", "10.0.0.1",
		"AbC/dEf1+Gh2iJkL=", "name", "last_login", "item-id", strings.Repeat("w", maxLiteral+1), strings.Repeat("a:", maxEdges),
	}
	seps := []string{":", ":", ":", "/", ".", "|", "-", "_", ""}
	names := []string{""}
	for range n {
		s := parts[rnd.IntN(len(parts))]
		for range rnd.IntN(6) {
			s += seps[rnd.IntN(len(seps))] + parts[rnd.IntN(len(parts))]
		}
		names = append(names, s)
	}
	return names
}
