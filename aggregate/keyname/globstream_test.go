package keyname

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// matchPieces is Match of a stream that takes the name in pieces of n bytes.
func matchPieces(s *GlobStream, name []byte, n int) bool {
	s.Reset()
	for len(name) > 0 {
		piece := bytes.Clone(name[:min(n, len(name))])
		s.Write(piece)
		clear(piece) // it is not kept
		name = name[min(n, len(name)):]
	}
	return s.Matches()
}

// TestGlobStream: a name in pieces matches what the whole does.
func TestGlobStream(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	from := func(alphabet string, n int) string {
		b := make([]byte, rng.IntN(n))
		for i := range b {
			b[i] = alphabet[rng.IntN(len(alphabet))]
		}
		return string(b)
	}
	matches := 0
	for range 100_000 {
		glob, name := from(`aabb**?[]^-\`, 12), []byte(from("aab]^", 16))
		want := Glob(glob).matches(name)
		if got := matchPieces(NewGlobStream(Glob(glob)), name, 1+rng.IntN(16)); got != want {
			t.Fatalf("%q on %q: %v, whole %v", glob, name, got, want)
		}
		if want {
			matches++
		}
	}
	if matches < 3_000 {
		t.Errorf("%d matches only", matches)
	}

	b := make([]byte, 70_000)
	for i := range b {
		b[i] = "ab"[rng.IntN(2)]
	}
	copy(b, "ab")
	copy(b[len(b)-2:], "ab")
	long := string(b)
	for _, c := range []struct {
		glob string
		want bool
	}{
		{"ab*", true}, {"*ab", true}, {"*ba", false}, {long, true}, {long[:1<<16], false}, {long + "?", false}, {long[:len(long)-1] + "?", true},
		{long[:1<<16] + "*", true}, {"*" + long[:1<<16], false}, {"*" + long[1:], true}, {"*" + long[2:], true}, {"*c*", false}, {"*a*b*ab", true}, {"?" + long, false},
		{strings.Repeat("?", len(long)), true}, {strings.Repeat("?", len(long)) + "*?", false}, {strings.Repeat("*a", 100) + "b", true},
	} {
		for _, n := range []int{1 << 17, 4096, 1} {
			if got := matchPieces(NewGlobStream(Glob(c.glob)), []byte(long), n); got != c.want {
				t.Errorf("%.20q of %d bytes, in pieces of %d: %v", c.glob, len(c.glob), n, got)
			}
		}
	}
}
