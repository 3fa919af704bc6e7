package keyname

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/internal/keytest"
)

func patternOf(s *Splitter, key string) string {
	return string(AppendPattern(nil, []byte(key), s.Split([]byte(key))))
}

func TestPattern(t *testing.T) {
	s := NewSplitter(DefaultSeparators, 0)
	for _, c := range []struct{ key, want string }{
		// Words and numbers.
		{"", ""},
		{"config", "config"},
		{"user:123", "user:{int}"},
		{"user:123:profile", "user:{int}:profile"},
		{"user:-5:x", "user:{int}:x"},
		{"user123", "user{int}"},
		{"user123:v2", "user{int}:v{int}"},
		{"user_123_profile", "user_{int}_profile"},
		{"order-2024-00017", "order-{int}-{int}"},
		{"a::b", "a::b"},
		{"a:", "a:"},
		{":a", ":a"},
		{"a|b/c.d", "a|b/c.d"},
		{"utf8mb4x", "{alnum}"},
		{"oauth2token", "oauth{int}token"},
		{"5min:10k", "{int}min:{int}k"},
		{"user#17", "user#{int}"},
		{"how to cook rice", "how to cook rice"},
		{"tel:+4917012345678", "tel:{int}"},
		{"price:12.50", "price:{float}"},
		{"app:v1.2.3", "app:v{int}.{int}.{int}"},
		{"1.2.3", "{int}.{int}.{int}"},
		{"x:99999999999999999999999999", "x:{int}"},
		// Ids.
		{"s:550e8400-e29b-41d4-a716-446655440000", "s:{uuid}"},
		{"s:550E8400-E29B-41D4-A716-446655440000:x", "s:{uuid}:x"},
		{"sess-550e8400-e29b-41d4-a716-446655440000-a", "sess-{uuid}-a"},
		{"sess_550e8400-e29b-41d4-a716-446655440000", "sess_{uuid}"},
		{"550e8400-e29b-41d4-a716-446655440000.json", "{uuid}.json"},
		{"550e8400-e29b-41d4-a716-44665544000", "{hex}-{alnum}-{alnum}-a{int}-{int}"},
		{"o:507f1f77bcf86cd799439011", "o:{hex}"},
		{"o:507F1F77BCF86CD799439011", "o:{hex}"},
		{"h:d41d8cd98f00b204e9800998ecf8427e", "h:{hex}"},
		{"h:11111111111111111111111111111111", "h:{hex}"},
		{"h:0x1f3a", "h:{hex}"},
		{"u:01ARZ3NDEKTSV4RRFFQ69G5FAV", "u:{ulid}"},
		{"u:01arz3ndektsv4rrffq69g5fav", "u:{ulid}"},
		{"t:V1StGXR8_Z5jdHi6B-myT", "t:{b64}"},
		{"t:9fT2kLm8QxZ1aB7cD3eF", "t:{b64}"},
		{"t:dGhpcyBpcyBhIHRlc3Q=", "t:{b64}"},
		{"t:k3j9x2m4", "t:{alnum}"},
		{"t:kJhGfDsAqWeR", "t:{alnum}"},
		{"t:eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P", "t:{jwt}"},
		{"userProfileCache:17", "userProfileCache:{int}"},
		{"My-Service_Cache-Version", "My-Service_Cache-Version"},
		{"User-Profile-2024_v2", "User-Profile-{int}_v{int}"},
		{"deadbeef", "deadbeef"},
		{"deadbeefdeadbeef", "{hex}"},
		{strings.Repeat("word", 9), "{alnum}"},
		{strings.Repeat("word ", 9), strings.Repeat("word ", 9)},
		// Times.
		{"stats:2024-01-31", "stats:{date}"},
		{"stats:2024_01_31:x", "stats:{date}:x"},
		{"stats:2024.01.31", "stats:{date}"},
		{"stats:2024/01/31/x", "stats:{date}/x"},
		{"stats:20240131", "stats:{date}"},
		{"stats:20241331", "stats:{int}"},
		{"stats:20230229", "stats:{int}"},
		{"stats:2024-01", "stats:{date}"},
		{"stats:31-01-2024", "stats:{date}"},
		{"log-2024-01-31-web", "log-{date}-web"},
		{"at:2024-01-31T10:30:00Z", "at:{datetime}"},
		{"at:2024-01-31T10:30:00.123+02:00:x", "at:{datetime}:x"},
		{"at:2024-01-31 10:30", "at:{datetime}"},
		{"at:20240131103000", "at:{datetime}"},
		{"at:1700000000", "at:{int}"},
		{"at:1700000000123", "at:{int}"},
		// Addresses.
		{"ip:10.0.0.1", "ip:{ip}"},
		{"ip:10.0.0.1:8080", "ip:{ip}:{int}"},
		{"ip:10.0.0.256", "ip:{int}.{int}.{int}.{int}"},
		{"ip:2001:db8::ff00:42:8329", "ip:{ipv6}"},
		{"ip:2001:0db8:0000:0000:0000:ff00:0042:8329", "ip:{ipv6}"},
		{"n:1:2:3:4:5:6:7:8", "n:{int}:{int}:{int}:{int}:{int}:{int}:{int}:{int}"},
		{"m:aa:bb:cc:dd:ee:01", "m:{mac}"},
		{"m:AA-BB-CC-DD-EE-01:x", "m:{mac}:x"},
		{"mail:jane.doe+x@mail.example.org:inbox", "mail:{email}:inbox"},
		{"host:www.example.org", "host:www.example.org"},
		// Braces of hash tags.
		{"{user1000}.following", "{{user{int}}}.following"},
		{"{user:1000}:x", "{{user:{int}}}:x"},
		{"a:{int}", "a:{{int}}"},
		{"{}", "{{}}"},
		{"x{b64}{uuid}", "x{{b{int}}}{{uuid}}"},
		// Bytes.
		{"k:\x00\x01\x02", "k:{bin}"},
		{"k:\xff\xfe:tail", "k:{bin}:tail"},
		{"k:\x80ab:cd\xff.x:tail", "k:{bin}:tail"},
		{"bin:a:\x01:b:\x02:cart", "bin:a:{bin}:cart"},
		{"bin:\x01:b", "bin:{bin}"},
		{"bin:\x01:b c d", "bin:{bin}"},
		{"größe:straße", "größe:straße"},
		{"名前:5", "名前:{int}"},
		{"rtl:\u202eabc", "rtl:{bin}"},
		{`a\b:1`, `a\\b:{int}`},
	} {
		if got := patternOf(s, c.key); got != c.want {
			t.Errorf("%q: %s, want %s", c.key, got, c.want)
		}
	}
}

func TestPatternConfigured(t *testing.T) {
	for _, c := range []struct {
		separators string
		depth      int
		key, want  string
	}{
		{DefaultSeparators, 1, "user:123:profile", "user:{*}"},
		{DefaultSeparators, 2, "user:123:profile:x", "user:{int}:{*}"},
		{DefaultSeparators, 2, "user:123", "user:{int}"},
		{DefaultSeparators, 2, "user-x:123_4:profile", "user-x:{int}_{int}:{*}"},
		{DefaultSeparators, 2, "a.b.c", "a.b.{*}"},
		{DefaultSeparators, 1, "{user:1}:x", "{{user:{int}}}:{*}"},
		{DefaultSeparators, 2, "{user:1}:x:y", "{{user:{int}}}:x:{*}"},
		{DefaultSeparators, 1, "{user:1", "{{user:{*}"},
		{DefaultSeparators, 1, "{a.b-c}", "{{a.b-c}}"},
		{":", 0, "a.b/c|d:1", "a.b/c|d:{int}"},
		{":", 0, "ip:10.0.0.1", "ip:{ip}"},
		{"#", 0, "a:b#1", "a:b#{int}"},
		{"-", 1, "a-1-c", "a-{*}"},
		{"-", 0, "s-550e8400-e29b-41d4-a716-446655440000", "s-{uuid}"},
		{`\`, 0, `a\b`, `a\\b`},
	} {
		if got := patternOf(NewSplitter(c.separators, c.depth), c.key); got != c.want {
			t.Errorf("separators %q depth %d: %q: %s, want %s", c.separators, c.depth, c.key, got, c.want)
		}
	}
}

func TestPatternLongKeys(t *testing.T) {
	s := NewSplitter(DefaultSeparators, 0)
	for _, unit := range []string{":", "a:", "1:", "{", "-", "a-", "user:1:", "\xff:", ".", "_a1b2c3d4"} {
		key := []byte(strings.Repeat(unit, 65536/len(unit)))
		edges := s.Split(key)
		if len(edges) > MaxEdges || len(AppendPattern(nil, key, edges)) > 2048 {
			t.Errorf("%q repeated: %d edges", unit, len(edges))
		}
	}
}

// TestSplitAllocates: nothing, whatever the scheme.
func TestSplitAllocates(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 9))
	for _, x := range append(append(keytest.Schemes[:len(keytest.Schemes):len(keytest.Schemes)], keytest.Usernames), keytest.HostileSchemes...) {
		s := NewSplitter(DefaultSeparators, 0)
		keys := make([][]byte, 500)
		for i := range keys {
			keys[i] = []byte(x.Key(rnd, i))
			s.Split(keys[i]) // makes room for as many edges as there are
		}
		i := 0
		if n := testing.AllocsPerRun(len(keys), func() {
			s.Split(keys[i%len(keys)])
			i++
		}); n > 0 {
			t.Errorf("%s: %v allocations a key", x.Name, n)
		}
	}
}

func FuzzPattern(f *testing.F) {
	f.Add([]byte("user:123:profile"), 0)
	f.Add([]byte("{a}:2024-01-31T10:30:00Z"), 2)
	f.Fuzz(func(t *testing.T, key []byte, depth int) {
		s := NewSplitter(DefaultSeparators, max(depth, 0))
		pattern := string(AppendPattern(nil, key, s.Split(key)))
		if again := string(AppendPattern(nil, key, s.Split(key))); again != pattern {
			t.Fatalf("%q: %q, then %q", key, pattern, again)
		}
		if !Printable([]byte(pattern)) {
			t.Fatalf("%q: %q is not printable", key, pattern)
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	s := NewSplitter(DefaultSeparators, 0)
	for _, key := range []string{"user:12345:profile", "session:550e8400-e29b-41d4-a716-446655440000", "cache:page:507f1f77bcf86cd799439011:html"} {
		k := []byte(key)
		b.Run(key, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Split(k)
			}
		})
	}
}
