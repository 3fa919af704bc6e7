package parser_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// lookDump holds strings of all sizes and forms, and what they contain.
func lookDump() (dump []byte, contents map[string]string) {
	rnd := rand.New(rand.NewPCG(4, 2))
	contents = make(map[string]string)
	w := rdbtest.Redis(11).SelectDB(0)
	for i := range 3000 {
		var text []byte
		for n := rnd.IntN(1 << rnd.IntN(17)); len(text) < n; {
			text = append(text, fmt.Sprintf("word %d, ", rnd.IntN(50))...)
		}
		if i%7 == 0 {
			text = fmt.Append(nil, rnd.Uint32())
		}
		key, s := fmt.Sprintf("key:%d", i), rdbtest.Plain(text)
		if i%2 == 0 && len(text) > 4 {
			s = rdbtest.LZF(text)
		}
		contents[key] = string(text)
		w.Put(key, rdbtest.String(s))
	}
	return w.EOF().Bytes(), contents
}

// readLines returns a line for each key.
func readLines(t *testing.T, src io.Reader, o parser.Options, line func(k *parser.Key) string) (lines []string) {
	t.Helper()
	r := parser.NewReader(src, o)
	if _, err := r.Header(); err != nil {
		t.Fatal(err)
	}
	for {
		b, err := r.Next()
		if err == io.EOF {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Keys {
			lines = append(lines, line(&b.Keys[i]))
		}
		b.Release()
	}
}

// TestKeepLZF: contents kept compressed are those of the values, for any number
// of bytes, whichever way a string is read.
func TestKeepLZF(t *testing.T) {
	dump, contents := lookDump()
	for _, want := range []int{1, 31, 700, 16 << 10} {
		for name, o := range map[string]parser.Options{"loop": {}, "general": {Salvage: true}, "walked": {NoChecksum: true}} {
			o.Hooks = hooked(parser.Hooks{KeepLZF: true, Key: func(k *parser.Key) int { return len(k.Name) % 2 * want }})
			kept := 0
			readLines(t, iotest.HalfReader(bytes.NewReader(dump)), o, func(k *parser.Key) string {
				text := contents[string(k.Name)]
				if len(k.Name)%2 == 0 {
					if k.Value != nil {
						t.Errorf("%s: a value of %s", name, k.Name)
					}
					return ""
				}
				if !k.Is(parser.ValueLZF) {
					if !strings.HasPrefix(text, string(k.Value)) || len(k.Value) < min(len(text), want) {
						t.Errorf("%s: %s: %d bytes of %d, wanted %d", name, k.Name, len(k.Value), len(text), want)
					}
					return ""
				}
				kept++
				n := min(len(text), want)
				got, ok := parser.InflateLZF([]byte("before "), k.Value, n)
				if !ok || string(got) != "before "+text[:n] {
					t.Errorf("%s: %s: %q of %d bytes, want %q", name, k.Name, got, len(text), text[:n])
				}
				return ""
			})
			if kept < 100 {
				t.Errorf("%s: %d compressed values", name, kept)
			}
		}
	}
	if got, ok := parser.InflateLZF([]byte("x"), []byte{0, 'a'}, 2); ok || string(got) != "x" {
		t.Errorf("a short stream: %q, %v", got, ok)
	}
	if _, ok := parser.InflateLZF(nil, []byte{0x20, 0}, 3); ok {
		t.Error("a reference to what is not there")
	}
}

// TestLook: the same strings are shown whichever way they are read, and what is
// returned stays with the key.
func TestLook(t *testing.T) {
	dump, contents := lookDump()
	look := func(k *parser.Key, stored []byte) (uint64, uint64, uint64) {
		if n := len(stored); n > parser.FingerprintMax || k.Len < parser.FingerprintMin || k.Is(parser.Compressed) != (k.Stored > 0) ||
			k.Stored == 0 && int64(n) != k.Len || k.Stored > 0 && int64(n) != k.Stored {
			t.Errorf("%s: %d bytes of %d, %d stored", k.Name, n, k.Len, k.Stored)
		}
		if text, ok := parser.InflateLZF(nil, stored, int(k.Len)); k.Is(parser.Compressed) && (!ok || string(text) != contents[string(k.Name)]) ||
			!k.Is(parser.Compressed) && string(stored) != contents[string(k.Name)] {
			t.Errorf("%s: these are not its contents", k.Name)
		}
		if k.Name[len(k.Name)-1] == '3' {
			return 0, 0, 0
		}
		return uint64(k.Len), uint64(len(stored)), k.Tag[0]
	}
	line := func(k *parser.Key) string {
		if !k.Is(parser.HasFingerprint) && k.Fingerprint != [3]uint64{} {
			t.Errorf("%s: prints of another key", k.Name)
		}
		return fmt.Sprintf("%s %v %v", k.Name, k.Is(parser.HasFingerprint), k.Fingerprint)
	}
	var want []string
	for i := range 3000 {
		key := fmt.Sprintf("key:%d", i)
		want = append(want, key)
	}
	loop := readLines(t, bytes.NewReader(dump), parser.Options{Hooks: hooked(parser.Hooks{Fingerprint: look})}, line)
	shown := 0
	for i, l := range loop {
		if !strings.HasPrefix(l, want[i]+" ") {
			t.Fatalf("key %d: %s", i, l)
		}
		if strings.Contains(l, "true") {
			shown++
		}
	}
	if shown < 1000 || shown > 2900 {
		t.Errorf("%d strings were shown", shown)
	}
	for name, o := range map[string]parser.Options{"general": {Salvage: true}, "walked": {NoChecksum: true}} {
		o.Hooks = hooked(parser.Hooks{Fingerprint: look})
		if diff := cmp.Diff(loop, readLines(t, iotest.HalfReader(bytes.NewReader(dump)), o, line)); diff != "" {
			t.Errorf("%s: (-loop)\n%.1000s", name, diff)
		}
	}
}

// TestLookHostile: a compressed string that stores nothing is not shown what is
// behind it, and one that stores more than its contents can need is not kept
// whole.
func TestLookHostile(t *testing.T) {
	w := rdbtest.Redis(11).SelectDB(0)
	w.Put("nothing", rdbtest.String(rdbtest.LZFClaim(nil, 0, 80)))
	w.Put("much", rdbtest.String(rdbtest.LZFClaim(make([]byte, 17_000), 17_000, 64)))
	w.Put("last", rdbtest.String(rdbtest.LZFClaim(nil, 0, 80)))
	dump := w.EOF().Bytes()
	for name, o := range map[string]parser.Options{"loop": {}, "general": {Salvage: true}} {
		h := parser.Hooks{KeepLZF: true, Key: func(*parser.Key) int { return 16 << 10 }}
		h.Fingerprint = func(k *parser.Key, stored []byte) (uint64, uint64, uint64) {
			if int64(len(stored)) != k.Stored {
				t.Errorf("%s: %s: shown %d bytes of %d stored", name, k.Name, len(stored), k.Stored)
			}
			return 1, 1, 0
		}
		o.Hooks = hooked(h)
		readLines(t, bytes.NewReader(dump), o, func(k *parser.Key) string {
			if len(k.Value) > 128 {
				t.Errorf("%s: %s: %d bytes kept for %d", name, k.Name, len(k.Value), k.Len)
			}
			return ""
		})
	}
}

// TestGlimpse: what is shown of lists that nobody walks are their first items, however
// the node is stored, and nothing else of them changes.
func TestGlimpse(t *testing.T) {
	long := strings.Repeat("x", 600)
	lists := map[string]struct {
		value rdbtest.Value
		want  []string
	}{
		"listpack":   {rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack("17", "a", "-300", "70000").Str())), []string{"17", "a", "-300", "70000"}},
		"compressed": {rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack(strings.Repeat("ab", 90), "7", long, "8").LZF()), rdbtest.PackedNode(rdbtest.NewListpack("no").Str())), []string{strings.Repeat("ab", 90), "7"}},
		"ziplist":    {rdbtest.Quicklist(rdbtest.NewZiplist("5", "text").Str(), rdbtest.NewZiplist("no").Str()), []string{"5", "text"}},
		"plain":      {rdbtest.Quicklist2(rdbtest.PlainNode(rdbtest.Plain(long)), rdbtest.PackedNode(rdbtest.NewListpack("9").Str())), []string{"9"}},
		"many":       {rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack(strings.Split("1,2,3,4,5,6,7,8,9,10", ",")...).Str())), strings.Split("1,2,3,4,5,6,7,8", ",")},
		"too long":   {rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack(long, "8").Str())), nil},
		"old":        {rdbtest.List(rdbtest.Plain("one"), rdbtest.Plain("2")), nil}, // these are items
	}
	w := rdbtest.Redis(11).SelectDB(0)
	for name, l := range lists {
		w.Put(name, l.value)
	}
	// Of an item that is damaged the walk would tell, and nobody walks.
	broken := rdbtest.NewListpack("1", "2").Entry(0xf9).Str()
	w.Put("damaged", rdbtest.Quicklist2(rdbtest.PackedNode(broken)))
	dump := w.EOF().Bytes()
	read := func(h parser.Hooks) (out []string, seen map[string][]string) {
		seen = map[string][]string{}
		r := parser.NewReader(iotest.OneByteReader(bytes.NewReader(dump)), parser.Options{Hooks: hooked(h)})
		for it := range r.All() {
			name, text := string(it.Name), ""
			for e := range it.Elements() {
				if e.Kind == parser.KindGlimpse {
					seen[name] = append(seen[name], string(it.Bytes(e)))
					continue
				}
				x := *e
				x.Off, x.Flags = 0, x.Flags&^parser.FlagBytes
				text += fmt.Sprintf(" %+v", x)
			}
			k := it.Finish()
			out = append(out, fmt.Sprint(name, k.Count, k.Len, k.Stored, k.Flags, k.Size, text))
		}
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		return out, seen
	}
	plain, none := read(parser.Hooks{})
	got, seen := read(parser.Hooks{Glimpse: true, Key: func(*parser.Key) int { return 512 }})
	if d := cmp.Diff(plain, got); d != "" || len(none) > 0 {
		t.Errorf("more changes than what is shown: %s %v", d, none)
	}
	for name, l := range lists {
		if d := cmp.Diff(l.want, seen[name]); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if d := cmp.Diff([]string{"1", "2"}, seen["damaged"]); d != "" {
		t.Errorf("damaged: %s", d)
	}
}
