package mutants

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestNew: a number makes the same mutant each time, all kinds come, and the checksum
// is right, but where the dump was cut.
func TestNew(t *testing.T) {
	seen := map[string]bool{}
	for i := range uint64(600) {
		a, b := New(i, nil), New(i, nil)
		if a.Kind != b.Kind || !bytes.Equal(a.Dump, b.Dump) {
			t.Fatalf("mutant %d: %s and %s", i, a.Kind, b.Kind)
		}
		seen[a.Kind] = true
		if a.Kind == "cut" {
			continue
		}
		end := len(a.Dump) - 8
		if sum := binary.LittleEndian.Uint64(a.Dump[end:]); sum != rdbtest.Checksum(a.Dump[:end]) {
			t.Errorf("mutant %d (%s): checksum %x", i, a.Kind, sum)
		}
	}
	if len(seen) != len(kinds) {
		t.Errorf("%d of %d kinds", len(seen), len(kinds))
	}
}
