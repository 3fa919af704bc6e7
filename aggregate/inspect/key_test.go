package inspect

import (
	"testing"

	"github.com/rdblens/rdblens/parser"
)

func TestUnescape(t *testing.T) {
	for _, name := range []string{"plain", "\x1b[31m", "\xff\x00", `a\b`, "é", "", `\x41`} {
		if got, ok := unescape(parser.Escape([]byte(name))); !ok || got != name {
			t.Errorf("unescape(Escape(%q)) = %q, %v", name, got, ok)
		}
	}
	for _, bad := range []string{`a\b`, `\x4`, `\xzz`, `\`} {
		if got, ok := unescape(bad); ok {
			t.Errorf("unescape(%q) = %q, want no answer", bad, got)
		}
	}
}
