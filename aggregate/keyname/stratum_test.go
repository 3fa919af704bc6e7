package keyname

import (
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser"
)

// TestStrata: numbers and hexadecimal digits make no strata of their own.
func TestStrata(t *testing.T) {
	split := NewSplitter(DefaultSeparators, 0)
	in := func(l parser.DataType, key string) uint32 {
		split.Split([]byte(key))
		return StratumOf(l, split.Words)
	}
	of := func(key string) uint32 { return in(parser.DataTypeString, key) }
	for _, same := range [][2]string{
		{"session:d771ef03-1e4f", "session:c7aec9a3-02c8"}, {"user:1:name", "user:22:email"}, {"session:beef-1", "session:1"},
		{"a1:x", "b2:x"}, {"application:users:1", "application:users:2"}, {"tenant42:cart:1", "tenant7:cart:9"},
	} {
		if of(same[0]) != of(same[1]) {
			t.Errorf("%q and %q are in two strata", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{"user:1", "cart:1"}, {"app:user:1", "app:cart:1"}, {"session:1", "sessions:1"}, {"applicat:1", "user:1"}, {"Session:1", "session:1"}} {
		if of(other[0]) == of(other[1]) {
			t.Errorf("%q and %q are in one stratum", other[0], other[1])
		}
	}
	for _, key := range []string{"", ":", "::", "{}", "a", "\xff\xfe:\x00", strings.Repeat("x", 100), strings.Repeat("abc:", 9)} {
		if n := of(key); !HoldsStrings(int(n)) {
			t.Errorf("%q: stratum %d is one of other types", key, n)
		}
		if n := in(parser.DataTypeHash, key); HoldsStrings(int(n)) || n >= ProbeStrata {
			t.Errorf("%q: stratum %d is none of hashes", key, n)
		}
	}
}

func TestShortNames(t *testing.T) {
	split := NewSplitter(DefaultSeparators, 0)
	for key, want := range map[string]string{
		"application:users:profiles:user_id:12:settings": "u:{int}:s",
		"session:12": "s:{int}", "user:7:name": "u:{int}:n", "cache:page:3": "p:{int}", "leaderboard": "l", "42": "{int}",
		"a:b:c": "c", "user:": "", "user::7": ":{int}", "été:7": "é:{int}",
	} {
		edges := split.Split([]byte(key))
		if got := string(AppendShort(nil, edges, []byte(key))); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	for key, want := range map[string]int64{"application:users:profiles:user_id:12:settings": 6, "session:12": 4, "42": 2, "user42": 3, "user:": 0, "été:7": 4} {
		if got := ShortLength([]byte(key), split.Split([]byte(key))); got != want {
			t.Errorf("%s: %d bytes, want %d", key, got, want)
		}
	}
}
