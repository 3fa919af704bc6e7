package keyname

import (
	"math/rand/v2"
	"testing"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		glob, s string
		want    bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"a*", "abc", true}, {"a*c", "abc", true},
		{"a*c", "abcd", false}, {"*b*", "abc", true}, {"*b*d", "abcbd", true}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"?", "", false}, {"h[ae]llo", "hello", true}, {"h[ae]llo", "hillo", false}, {"h[^e]llo", "hello", false},
		{"h[^e]llo", "hallo", true}, {"h[a-b]llo", "hbllo", true}, {"h[b-a]llo", "hallo", true}, {"h[a-", "h-", true},
		{"[", "[", false}, {"[a", "a", true}, {`\*`, "*", true}, {`\*`, "a", false}, {`a\`, `a\`, true}, {`[\]]`, "]", true},
		{"**a", "bba", true}, {"[]", "]", false}, {"[^]", "a", true}, {"user:*:x", "user:1:2:x", true}, {"a[0-9]*", "a5bc", true},
	} {
		if got := Glob(c.glob).Match([]byte(c.s)); got != c.want {
			t.Errorf("%q on %q: %v", c.glob, c.s, got)
		}
	}
	// Time is bounded: a recursive matcher needs 2^30 steps here.
	if Glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b").Match(make([]byte, 20000)) {
		t.Error("matched")
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
