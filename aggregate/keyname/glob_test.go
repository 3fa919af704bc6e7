package keyname

import "testing"

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
		if got := Glob(c.glob).matches([]byte(c.s)); got != c.want {
			t.Errorf("%q on %q: %v", c.glob, c.s, got)
		}
	}
	// What servers do not take so: names as they are printed.
	for _, c := range []struct {
		glob, s string
		want    bool
	}{
		{"[", "[", true}, {"a[b]", "a[b]", true}, {"a[b]", "ab", true}, {"a[b]", "a[c]", false}, {"a[b]*", "a[b]c", false},
		{`a\x00b`, "a\x00b", true}, {`a\xg0`, "axg0", true}, {`[\x00]\x01`, "[\x00]\x01", true}, {`a\\x00`, `a\x00`, true},
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
