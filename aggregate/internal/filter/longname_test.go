package filter

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestLongNames: names that are not kept whole are judged as a whole, stored plain and
// compressed.
func TestLongNames(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	body := make([]byte, 70_000)
	for i := range body {
		body[i] = "abcdé"[rng.IntN(6)%5] // halves of runes, too
	}
	first := string(body[:parser.MaxName])
	names := []string{first, first + "x", string(body) + ":end", string(body) + ":x", string(body) + "\xc3", string(body) + "é", "short:end"}
	w := rdbtest.Redis(11).SelectDB(0)
	for i, name := range names {
		str := rdbtest.Plain([]byte(name))
		if i%2 == 0 {
			str = rdbtest.LZF([]byte(name))
		}
		w.Raw(0).Str(str, rdbtest.Plain("v"))
	}
	dump := w.EOF().Bytes()
	for _, f := range []data.Filters{
		{Match: []string{"*:end"}}, {Match: []string{"*x"}}, {Match: []string{first}}, {Match: []string{first + "*"}}, {Match: []string{first + "?"}},
		{Exclude: []string{"*:end"}}, {Exclude: []string{first}}, {Match: []string{"*:*"}, Exclude: []string{"*x", "s*"}}, {Match: []string{"*:end", names[3]}},
		{Regex: []string{":end$"}}, {Regex: []string{"^short", `:x\z`}}, {Regex: []string{"é$"}}, {Regex: []string{"\uFFFD$"}}, {Regex: []string{"^[abcd]"}, Match: []string{"*d"}},
		{Regex: []string{"^.{0,9}$"}}, {Regex: []string{"x$"}, Exclude: []string{"*:x"}}, {Match: []string{"*"}}, {},
	} {
		t.Run(fmt.Sprintf("%.40v", f), func(t *testing.T) {
			c, err := Compile(&f)
			if err != nil {
				t.Fatal(err)
			}
			groups := []keyname.Glob{"*:end", keyname.Glob(first), "*x"}
			long := c.LongNames(groups)
			defer long.Close()
			r := parser.NewReader(bytes.NewReader(dump), parser.Options{Hooks: func() parser.Hooks { return parser.Hooks{LongName: long.Begin} }})
			i := 0
			for k := range r.Keys() {
				// What a key gets whose name is there as a whole.
				want := c.WantKey(&parser.Key{Name: []byte(names[i]), NameLen: k.NameLen}, "string", sketch.Clock{})
				if got := c.WantKey(k, "string", sketch.Clock{}); got != want {
					t.Errorf("name %d, %d bytes: wanted %v, as a whole %v", i, len(names[i]), got, want)
				}
				if k.Is(parser.NameTruncated) {
					group := -1
					for j, g := range groups {
						if group < 0 && g.Match([]byte(names[i])) {
							group = j
						}
					}
					if got := GroupOf(k.Named); got != group {
						t.Errorf("name %d: group %d, want %d", i, got, group)
					}
				} else if k.Named != 0 {
					t.Errorf("name %d: %d", i, k.Named)
				}
				i++
			}
			if r.Err() != nil || i != len(names) {
				t.Errorf("%v, %d keys", r.Err(), i)
			}
		})
	}
	if c, err := Compile(new(data.Filters)); err != nil || c.LongNames(nil) != nil {
		t.Errorf("%v: names are judged although nothing depends on them", err)
	}
}

// TestRegexStream: a regular expression finds in pieces what it finds in the whole.
func TestRegexStream(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, re := range []string{"", "^$", "a$", "^a", "é", "é$", `\bab\b`, "a.b", "(?s)a.b", "[^a]+$", "(ab)+é", "\uFFFD", "a{3}", "^(a|é)*$"} {
		s := &regexStream{re: regexp.MustCompile(re)}
		for range 2000 {
			var b []byte
			for range rng.IntN(8) {
				b = append(b, []string{"a", "b", "é", "\xc3", "\xa9", "\n", "世", "\xe4\xb8"}[rng.IntN(8)]...)
			}
			s.begin()
			for rest := b; len(rest) > 0; {
				n := 1 + rng.IntN(len(rest))
				piece := bytes.Clone(rest[:n])
				s.write(piece)
				clear(piece)
				rest = rest[n:]
			}
			if got, want := s.matches(), s.re.Match(b); got != want {
				t.Fatalf("%q on %q: %v, want %v", re, b, got, want)
			}
		}
	}
}

// TestLongNameCutOff: what was under way when a name was cut off is freed.
func TestLongNameCutOff(t *testing.T) {
	before := runtime.NumGoroutine()
	c, err := Compile(&data.Filters{Regex: []string{"a$", "b$"}})
	if err != nil {
		t.Fatal(err)
	}
	long := c.LongNames(nil)
	for range 10 {
		long.Begin(&parser.Key{NameLen: 1 << 20})([]byte(strings.Repeat("a", 1000)), false)
	}
	show := long.Begin(&parser.Key{})
	long.Close()
	show([]byte("a"), true)
	if long.Begin(&parser.Key{}) != nil {
		t.Error("a name is judged behind Close")
	}
	for i := 0; runtime.NumGoroutine() > before; i++ {
		if i == 100 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
