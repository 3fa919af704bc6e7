package keyname

import (
	"testing"
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
