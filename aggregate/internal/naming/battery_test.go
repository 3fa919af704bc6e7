package naming_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/internal/view"
)

// namer makes names of keys as applications do.
type namer struct{ *rand.Rand }

func (r namer) of(n int, alphabet string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func (r namer) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// word is one of some thousand words that can be spoken.
func (r namer) word() string {
	var b strings.Builder
	for range 2 + r.IntN(2) {
		b.WriteString(r.of(1, "bdfglmnprst") + r.of(1, "aeiou"))
	}
	return b.String() + r.of(1, "nrst")
}

func (r namer) words(least, most int, joined string) string {
	w := make([]string, least+r.IntN(most-least+1))
	for i := range w {
		w[i] = r.word()
	}
	return strings.Join(w, joined)
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
	hexa   = digits + "abcdef"
	base62 = digits + upper + lower
	nano   = base62 + "-_"
	podset = "bcdfghjklmnpqrstvwxz2456789" // of Kubernetes: apimachinery util/rand
)

// battery are schemes of names, each the pattern a person would write.
var battery = []struct {
	pattern string
	name    func(r namer, i int) string
}{
	{"cus_{alnum}", func(r namer, _ int) string { return "cus_" + r.of(14, base62) }},
	{"n:{b64}", func(r namer, _ int) string { return "n:" + r.of(21, nano) }},
	{"rooms/{b64}", func(r namer, _ int) string { return "rooms/-O" + r.of(18, nano) }},
	{"tok:{b64}", func(r namer, _ int) string { return "tok:gAAAAAB" + r.of(93, nano) + "==" }},
	{"session:{b64}", func(r namer, _ int) string { return "session:" + base64.URLEncoding.EncodeToString(r.bytes(32)) }},
	{"socket.io#/#{b64}#", func(r namer, _ int) string { return "socket.io#/#" + r.of(20, nano) + "#" }},
	{"asin:{alnum}", func(r namer, _ int) string { return "asin:B0" + r.of(8, upper+digits) }},
	{"olc:{alnum}+{alnum}", func(r namer, _ int) string {
		return "olc:" + r.of(8, "23456789CFGHJMPQRVWX") + "+" + r.of(2, "23456789CFGHJMPQRVWX")
	}},
	{"cache/{alnum}/{alnum}/{hex}", func(r namer, _ int) string {
		h := r.of(32, hexa)
		return "cache/" + h[:2] + "/" + h[2:4] + "/" + h
	}},
	{"diff:{alnum}..{alnum}", func(r namer, _ int) string { return "diff:" + r.of(7, hexa) + ".." + r.of(7, hexa) }},
	{"lic:{alnum}-{alnum}-{alnum}-{alnum}", func(r namer, _ int) string {
		return "lic:" + r.of(4, upper+digits) + "-" + r.of(4, upper+digits) + "-" + r.of(4, upper+digits) + "-" + r.of(4, upper+digits)
	}},
	{"web-{alnum}-{alnum}", func(r namer, _ int) string { return "web-" + r.of(10, podset) + "-" + r.of(5, podset) }},
	{"arp:{mac}", func(r namer, _ int) string {
		return "arp:" + r.of(3, digits) + "a." + r.of(4, hexa) + "." + r.of(4, hexa)
	}},
	{"isbn:{int}", func(r namer, _ int) string { return "isbn:" + r.of(9, digits) + r.of(1, digits+"X") }},
	{"block:{int}_{int}_{int}", func(r namer, _ int) string {
		return fmt.Sprintf("block:%d_%d_%d", r.IntN(999)-500, r.IntN(99), r.IntN(999)-500)
	}},
	{"{bin}", func(r namer, _ int) string { return string(r.bytes(16)) }},
	{"t:{bin}", func(r namer, _ int) string { return "t:" + string(r.bytes(8)) }},
	{"sess:{bin}:meta", func(r namer, _ int) string { return "sess:" + string(r.bytes(16)) + ":meta" }},
	{"{java}cache:{slug}", func(r namer, _ int) string {
		text := "cache:" + r.words(1, 9, "-")
		return "\xac\xed\x00\x05t" + string(binary.BigEndian.AppendUint16(nil, uint16(len(text)))) + text
	}},
	{"post:{slug}", func(r namer, _ int) string { return "post:" + r.words(2, 8, "-") }},
	{"art:{slug}:views", func(r namer, _ int) string { return "art:" + r.words(2, 6, "_") + ":views" }},
	{"find?q={slug}", func(r namer, _ int) string { return "find?q=" + r.words(1, 4, "%20") }},
	{"movie:{slug} ({int})", func(r namer, _ int) string {
		return fmt.Sprintf("movie:%s (%d)", r.words(1, 4, " "), 1950+r.IntN(70))
	}},
	{"page:/{slug}", func(r namer, _ int) string { return "page:/" + r.words(1, 4, "/") }},
	{"tag:{*}", func(r namer, _ int) string {
		text := "tag:"
		for range 1 + r.IntN(5) {
			text += fmt.Sprintf("%%E5%%%02X%%%02X", 0x80+r.IntN(64), 0x80+r.IntN(64))
		}
		return text
	}},
	{"QhBvW3lZ9r:item_{int}", func(_ namer, i int) string { return fmt.Sprint("QhBvW3lZ9r:item_", i) }},
	{"a:{b64}", func(r namer, _ int) string { return "a:" + r.of(10, nano) }},
	{"sess:s:{b64}.{b64}", func(r namer, _ int) string {
		return "sess:s:" + r.of(32, nano) + "." + base64.RawStdEncoding.EncodeToString(r.bytes(32))
	}},
	{"pkg:{*}@{version}", func(r namer, _ int) string {
		return fmt.Sprintf("pkg:%s@%d.%d.%d", r.word(), r.IntN(20), r.IntN(20), r.IntN(20))
	}},
	{"user:{slug}:profile", func(r namer, _ int) string {
		return "user:" + r.word() + []string{"", "_", ".", "-"}[r.IntN(4)] + r.word() + []string{"", fmt.Sprint(r.IntN(99))}[r.IntN(2)] + ":profile"
	}},
	{"entry:{slug}-{int}", func(r namer, i int) string { return fmt.Sprintf("entry:%s-%d", r.words(2, 6, "-"), i) }},
	{"sf_s{b64}", func(r namer, _ int) string { return "sf_s" + r.of(21, nano) }},
	{"iam:AKIA{alnum}", func(r namer, _ int) string { return "iam:AKIA" + r.of(16, upper+"234567") }},
	{"rr{alnum}", func(r namer, _ int) string { return "rr" + r.of(20, lower+digits) }},
	{"SCSSC-{hex}", func(r namer, _ int) string { return "SCSSC-" + hex.EncodeToString(r.bytes(16)) }},
}

// TestBattery: a scheme of names is one row, whatever its ids look like, and the same
// one however the keys are divided and in whatever order they come.
func TestBattery(t *testing.T) {
	for _, n := range []int{500, 2000}[:2/keytest.Stride(2)] {
		testBattery(t, n)
	}
}

func testBattery(t *testing.T, n int) {
	for k, s := range battery {
		r := namer{rand.New(rand.NewPCG(7, uint64(k)))}
		set := make(map[string]bool)
		for i := range n {
			set[s.name(r, i)] = true
		}
		var names []string
		for name := range set {
			names = append(names, name)
		}
		slices.Sort(names)
		rep := view.NewReport(statetest.Analyzed(t, "all", new(data.Config), dumpOf(names)))
		want := patternsOf(rep)
		if p := rep.Patterns[0]; p.Pattern != s.pattern || p.Keys*100 < int64(len(names))*98 || len(rep.Patterns) > 9 {
			t.Errorf("%s: %d of %d keys as %s, %d rows: %q", s.pattern, p.Keys, len(names), p.Pattern, len(rep.Patterns), want)
		}
		for round := range 2 {
			r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			var parts []*state.Summary
			for from := 0; from < len(names); {
				to := min(len(names), from+1+r.IntN(len(names)))
				parts = append(parts, statetest.Analyzed(t, fmt.Sprint(round, from), new(data.Config), dumpOf(names[from:to])))
				from = to
			}
			merged, err := state.Merge(parts...)
			if err != nil {
				t.Fatal(err)
			}
			if got := patternsOf(view.NewReport(merged)); !slices.Equal(got, want) {
				t.Errorf("%s: of %d parts %q, at once %q", s.pattern, len(parts), got, want)
			}
		}
	}
}

// TestSingles: words that have one key each are {*} where they are many, and words that
// a program uses are not.
func TestSingles(t *testing.T) {
	r := namer{rand.New(rand.NewPCG(5, 6))}
	var names []string
	for i := range 1000 {
		names = append(names, fmt.Sprint("person:", i))
	}
	for range 15 {
		names = append(names, "person:lastname:"+r.word())
	}
	for _, w := range []string{"id", "meta", "wait", "paused", "active"} {
		names = append(names, "bull:mail:"+w)
	}
	rep := view.NewReport(statetest.Analyzed(t, "x", new(data.Config), dumpOf(names)))
	want := []string{
		"bull:mail:active 1", "bull:mail:id 1", "bull:mail:meta 1", "bull:mail:paused 1", "bull:mail:wait 1",
		"person:lastname:{*} 15", "person:{int} 1000",
	}
	if got := patternsOf(rep); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestPurePattern: beside the name of a row stands what its example is called by itself.
func TestPurePattern(t *testing.T) {
	r := namer{rand.New(rand.NewPCG(8, 9))}
	var names []string
	for i := range 300 {
		names = append(names, fmt.Sprint("user:", i), "post:"+r.words(3, 3, "-"))
	}
	rep := view.NewReport(statetest.Analyzed(t, "x", new(data.Config), dumpOf(names)))
	for _, p := range rep.Patterns {
		switch p.Pattern {
		case "user:{int}":
			if p.Folded || p.PurePattern != p.Pattern {
				t.Errorf("%s: folded %v, pure %s", p.Pattern, p.Folded, p.PurePattern)
			}
		case "post:{slug}":
			if !p.Folded || p.PurePattern != p.Example {
				t.Errorf("%s: folded %v, pure %s, of %s", p.Pattern, p.Folded, p.PurePattern, p.Example)
			}
		default:
			t.Errorf("%s: %d keys", p.Pattern, p.Keys)
		}
	}
}
