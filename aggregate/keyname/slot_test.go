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

func TestSlot(t *testing.T) {
	// From the cluster specification and a real server (CLUSTER KEYSLOT).
	for _, c := range []struct {
		key  string
		want int32
	}{
		{"123456789", 0x31c3 & 16383}, {"foo", 12182}, {"bar", 5061}, {"hello", 866}, {"{foo}x", 12182}, {"x{foo}{bar}", 12182},
		{"", 0},
	} {
		if got := SlotOfName([]byte(c.key), true); got != c.want {
			t.Errorf("%q: slot %d, want %d", c.key, got, c.want)
		}
	}
	if a, b := SlotOfName([]byte("foo{}{bar}"), true), SlotOfName([]byte("foo{bar}"), true); a == b {
		t.Error("an empty tag must hash the whole key")
	}
	if got := SlotOfName([]byte("no tag"), false); got != -1 {
		t.Errorf("cut key: %d", got)
	}
	if got := SlotOfName([]byte("{foo}"), false); got != 12182 {
		t.Errorf("cut key with a tag: %d", got)
	}
	bytewise := func(b []byte) (c uint16) {
		for _, x := range b {
			c ^= uint16(x) << 8
			for range 8 {
				if c&0x8000 != 0 {
					c = c<<1 ^ 0x1021
				} else {
					c <<= 1
				}
			}
		}
		return c
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		b := make([]byte, rnd.IntN(40))
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		if crc16Of(b) != bytewise(b) {
			t.Fatalf("%x: %04x, want %04x", b, crc16Of(b), bytewise(b))
		}
	}
}
