package keyname

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rdblens/rdblens/aggregate/internal/keytest"
)

// splitSlowly is splitter.split without the short way for simple pieces.
func splitSlowly(s *Splitter, key []byte) []Edge {
	s.n, s.level, s.full, s.tag = 0, 1, false, 0
	sep := byte(0)
	for i := 0; ; {
		j := s.piece(key, sep, i)
		if j >= len(key) || s.full {
			break
		}
		sep = sepOf(key[j])
		i = j + 1
		if s.next(key, j) {
			s.emit(sep, ClassStar, i, len(key))
			break
		}
	}
	return slices.Clone(s.edges[:s.n])
}

// TestSplitSimple holds the short way for simple pieces against the general
// one, over keys put together from what may confuse them.
func TestSplitSimple(t *testing.T) {
	parts := []string{
		"user", "a", "", "1", "42", "1234567", "12345678", "2024", "20240131", "fe80", "de", "ad", "be:ef", "cache", "abcdefg", "abcdefgh",
		"Ab", "x1", "12:34:56:78:9a:bc", "2001:db8::1", "2024/01/31", "550e8400-e29b-41d4-a716-446655440000", "\xff\x00", "é", "q{", "}", "a b",
		"0", "00", "ffff", "AbC/dEf1+Gh2iJkL=", "1.5", "10.0.0.1", "z", "-1", "_", "a-b", "zzzzzzzzzzzzzzzzzzzz", "dead:beef:1:2:3:4:5:6",
	}
	seps := []string{":", ":", ":", "/", ".", "|", "{", "}", "-", "_", "", " ", "::"}
	rnd := rand.New(rand.NewPCG(7, 1))
	for _, s := range []*Splitter{NewSplitter(DefaultSeparators, 0), NewSplitter(DefaultSeparators, 3), NewSplitter(":", 0), NewSplitter("/#", 0)} {
		for range 200_000 / keytest.Stride(5) {
			var key []byte
			for n := rnd.IntN(6); n >= 0; n-- {
				key = append(key, parts[rnd.IntN(len(parts))]...)
				if n > 0 {
					key = append(key, seps[rnd.IntN(len(seps))]...)
				}
			}
			want := splitSlowly(s, key)
			if got := s.Split(key); !slices.Equal(got, want) {
				t.Fatalf("%q: %v, want %v", key, got, want)
			}
		}
	}
}

// TestPathHash: keys have the same path just when they have the same edges,
// but for where tokens lie and, in classes, for what they say.
func TestPathHash(t *testing.T) {
	s := NewSplitter(DefaultSeparators, 0)
	of := func(key string) uint64 { s.Split([]byte(key)); return s.Path.Sum }
	for _, same := range [][2]string{
		{"user:1:profile", "user:4711:profile"}, {"a:550e8400-e29b-41d4-a716-446655440000", "a:00000000-e29b-41d4-a716-446655440000"},
		{"verylongword:1", "verylongword:2"},
	} {
		if of(same[0]) != of(same[1]) {
			t.Errorf("%q and %q have different paths", same[0], same[1])
		}
	}
	seen := map[uint64]string{}
	for _, key := range []string{
		"", ":", "::", "a", "b", "ab", "a:b", "a/b", "a.b", "a-b", "ab:", ":ab", "user:1", "user:x", "user", "users", "user:1:a", "user:1:b", "user:1:",
		"verylongworda", "verylongwordb", "{a}b", "{ab}", "a{b}", "user1", "user:{1}", "a:2024-01-01", "a:1.5", "a:10.0.0.1", "a:\xff",
	} {
		h := of(key)
		if other, ok := seen[h]; ok {
			t.Errorf("%q and %q have one path", key, other)
		}
		seen[h] = key
	}
}
