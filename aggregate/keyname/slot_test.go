package keyname

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestSlotLengths holds the slot of a key against that of the key as a tag,
// bit by bit, at all short lengths, and finds a brace wherever it stands.
func TestSlotLengths(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for n := range 70 {
		name := make([]byte, n)
		for i := range name {
			for name[i] = byte(rng.Uint32()); name[i] == '{' || name[i] == '}'; {
				name[i]++
			}
		}
		var c uint16
		for _, x := range name {
			c ^= uint16(x) << 8
			for range 8 {
				c = c<<1 ^ c>>15*0x1021
			}
		}
		want := int32(c % NumSlots)
		if got, tag := SlotAndTag(name, true); got != want || tag != nil {
			t.Errorf("%q: slot %d, tag %q, want %d", name, got, tag, want)
		}
		if got, _ := SlotAndTag(name, false); got != -1 {
			t.Errorf("%q cut off: slot %d", name, got)
		}
		if n == 0 {
			continue
		}
		for i := range 20 {
			key := bytes.Repeat([]byte("-"), i)
			key = append(append(append(key, '{'), name...), '}')
			key = append(key, "rest of the key"[:i%15]...)
			if got, tag := SlotAndTag(key, true); got != want || !bytes.Equal(tag, name) {
				t.Errorf("%q: slot %d, tag %q, want %d", key, got, tag, want)
			}
		}
	}
}

// BenchmarkSlot hashes names of changing lengths, as dumps hold them.
func BenchmarkSlot(b *testing.B) {
	rng := rand.New(rand.NewPCG(11, 12))
	id := func() int { return 1 << rng.IntN(28) * (1 + rng.IntN(9)) }
	for _, names := range []struct {
		name string
		next func() string
	}{
		{"ids", func() string { return fmt.Sprintf("k:%d:%d", rng.IntN(5000), rng.IntN(3000000)) }},
		{"mixed", func() string {
			switch rng.IntN(4) {
			case 0:
				return fmt.Sprintf("user:%d:profile", id())
			case 1:
				return fmt.Sprintf("session:%016x%016x", rng.Uint64(), rng.Uint64())
			case 2:
				return fmt.Sprintf("cart:%d", id())
			}
			return fmt.Sprintf("page:%s:%d", strings.Repeat("ab", rng.IntN(8)), id())
		}},
		{"tags", func() string { return fmt.Sprintf("{user:%d}:orders:%d", id(), id()) }},
	} {
		b.Run(names.name, func(b *testing.B) {
			keys := make([][]byte, 1<<14)
			for i := range keys {
				keys[i] = []byte(names.next())
			}
			var sum int32
			for i := 0; b.Loop(); i++ {
				slot, tag := SlotAndTag(keys[i%len(keys)], true)
				sum += slot + int32(len(tag))
			}
			if sum == 0 {
				b.Fatal("no slots")
			}
		})
	}
}
