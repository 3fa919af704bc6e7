package keyname

import (
	"math/rand/v2"
	"testing"

	"github.com/rdblens/rdblens/parser"
)

func TestKeyFacts(t *testing.T) {
	for key, want := range map[string]struct {
		slot    int32
		pattern string
	}{
		"foo":              {12182, "foo"}, // CLUSTER KEYSLOT foo
		"{user1000}.x":     {3443, ""},
		"cart:42":          {-1, "cart:{int}"},
		"session:\xff\x00": {-1, "session:{bin}"},
	} {
		if got := SlotOf([]byte(key)); want.slot >= 0 && got != want.slot {
			t.Errorf("SlotOf(%q) = %d, want %d", key, got, want.slot)
		}
		if got := string(PatternOf([]byte(key))); want.pattern != "" && got != want.pattern {
			t.Errorf("PatternOf(%q) = %q, want %q", key, got, want.pattern)
		}
	}
}

// TestUnescape: whatever bytes a name has, they come back from its display.
func TestUnescape(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	alphabet := []string{"a", "\\", "x", "0", "\x00", "\x1b", "\xff", "é", "\u202e", "{", `"`, "\\x41"}
	for range 20_000 {
		name := ""
		for range rnd.IntN(9) {
			name += alphabet[rnd.IntN(len(alphabet))]
		}
		if got, ok := Unescape(parser.Escape([]byte(name))); !ok || got != name {
			t.Fatalf("%q: %q, %v", name, got, ok)
		}
	}
	for _, s := range []string{`\`, `a\n`, `\x`, `\x4`, `\xzz`, `\\\`, `\x+1`} {
		if got, ok := Unescape(s); ok {
			t.Errorf("%q: %q", s, got)
		}
	}
}
