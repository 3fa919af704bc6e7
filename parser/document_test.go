package parser_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// nodesOf reads one document and spells its nodes.
func nodesOf(t *testing.T, version uint64, s rdbtest.Str) (string, parser.Key) {
	t.Helper()
	dump := rdbtest.Redis(12).Put("doc", rdbtest.Module(rdbtest.ModuleID("ReJSON-RL", version), rdbtest.Text(s))).EOF().Bytes()
	key, elements := readOne(t, dump, parser.Options{WalkAll: true})
	var b strings.Builder
	for i := range elements {
		e := &elements[i]
		switch e.Kind {
		case parser.KindText:
			continue
		case parser.KindArray:
			fmt.Fprintf(&b, " [%d", e.Declared())
		case parser.KindObject:
			fmt.Fprintf(&b, " {%d", e.Declared())
		case parser.KindClose:
			b.WriteString(" .")
		case parser.KindName:
			fmt.Fprintf(&b, " n%d", e.Len)
		case parser.KindString:
			fmt.Fprintf(&b, " s%d", e.Len)
		case parser.KindInteger:
			if e.Is(parser.FlagUnsigned) {
				fmt.Fprintf(&b, " u%d", e.Number())
			} else {
				fmt.Fprintf(&b, " i%d", int64(e.Number()))
			}
		case parser.KindFloat:
			fmt.Fprintf(&b, " f%g", e.Double())
		case parser.KindAtom:
			b.WriteString(" a")
		case parser.KindTyped:
			fmt.Fprintf(&b, " t%d:%d", e.Tag(), e.Len)
		default:
			t.Errorf("element %+v", e)
		}
	}
	return strings.TrimSpace(b.String()), key
}

// TestDocuments reads JSON text and CBOR node by node.
func TestDocuments(t *testing.T) {
	long := strings.Repeat("x", 300<<10)
	for _, c := range []struct {
		version uint64
		text    string
		want    string // "" for a document that nothing loads
	}{
		{3, `null`, "a"},
		{2, ` [ ] `, "[-1 ."},
		{3, `{}`, "{-1 ."},
		{3, `{"a":[1,-2,{"b":"c"}],"dd":1.5}`, "{-1 n1 [-1 i1 i-2 {-1 n1 s1 . . n2 f1.5 ."},
		{3, `[0,-0,1e2,18446744073709551615,18446744073709551616,9223372036854775808]`, "[-1 i0 f-0 f100 u18446744073709551615 f1.8446744073709552e+19 u9223372036854775808 ."},
		{3, `"\"\\\/\b\u00e9\u20ac\ud83d\ude00é"`, "s15"},
		{3, `"` + long + `"`, "s307200"},
		{3, `[true,false,null,""]`, "[-1 a a a s0 ."},
		{3, `[1,]`, ""}, {3, `[,1]`, ""}, {3, `{"a"}`, ""}, {3, `{"a":1,}`, ""}, {3, `{1:2}`, ""}, {3, `[1 2]`, ""}, {3, `[1}`, ""}, {3, `1 2`, ""}, {3, ``, ""}, {3, `"a`, ""}, {3, `nul`, ""}, {3, `+1`, ""}, {3, `"\ud800"`, ""}, {3, `"\u12g4"`, ""}, {3, `1e999`, ""},
		{3, strings.Repeat("[", 129) + strings.Repeat("]", 129), ""},
		{4, "\xf6", "a"},
		{4, "\x83\x01\x20\x62hi", "[3 i1 i-1 s2 ."},
		{4, "\xa2\x61a\x80\x62bb\xa1\x61c\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00", "{2 n1 [0 . n2 {1 n1 f1.5 . ."},
		{4, "\x9f\x18\x64\xf9\x3e\x00\xfa\x40\x20\x00\x00\xff", "[-1 i100 f1.5 f2.5 ."},
		{4, "\xbf\x61a\x01\xff", "{-1 n1 i1 ."},
		{4, "\xd8\x48\x43abc", "t72:3"},
		{4, "\x1b\xff\xff\xff\xff\xff\xff\xff\xff", "u18446744073709551615"},
		{4, "\xf9\x7e\x00", "a"},
		{4, "\x9b\x7f\xff\xff\xff\xff\xff\xff\xff\x01", ""}, {4, "\x7b\x7f\xff\xff\xff\xff\xff\xff\xff\x01", ""}, {4, "\x41a", ""}, {4, "\xa1\x01\x01", ""}, {4, "\x01\x01", ""}, {4, "\xc1\x01", ""}, {4, "\xe0", ""}, {4, strings.Repeat("\x81", 129) + "\x01", ""}, {4, "\xa1\x61a\xff", ""},
	} {
		for _, s := range []rdbtest.Str{rdbtest.Plain(c.text), rdbtest.LZF(c.text)} {
			name := c.text[:min(len(c.text), 40)]
			got, key := nodesOf(t, c.version, s)
			if key.Is(parser.Damaged) != (c.want == "") {
				t.Errorf("%q: damaged %v, nodes %s", name, key.Is(parser.Damaged), got)
			}
			if c.want != "" && got != c.want {
				t.Errorf("%q: nodes %s, want %s", name, got, c.want)
			}
		}
	}
}

// TestDocumentOnRequest: without a request a document is one string, with a wish for
// contents its text comes too, also when the nodes fill many batches.
func TestDocumentOnRequest(t *testing.T) {
	text := "[" + strings.Repeat("1,", 20_000) + "2]"
	dump := rdbtest.Redis(12).Put("doc", rdbtest.Module(rdbtest.ModuleID("ReJSON-RL", 3), rdbtest.Text(rdbtest.LZF(text)))).EOF().Bytes()
	for _, walk := range []bool{false, true} {
		hooks := parser.Hooks{Walk: func(*parser.Key) bool { return walk }, Key: func(*parser.Key) int { return 100 }}
		key, elements := readOne(t, dump, parser.Options{Hooks: hooked(hooks)})
		if n := len(elements); walk && n != 20_004 || !walk && n != 1 {
			t.Errorf("walk %v: %d elements", walk, n)
		}
		if got := string(key.Value); walk && got != text[:100] || walk != key.Is(parser.HasValue) {
			t.Errorf("walk %v: value %q", walk, got)
		}
	}
}
