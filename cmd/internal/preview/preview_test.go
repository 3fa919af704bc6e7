package preview

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate/inspect"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// previewed is a key with both of its previews.
type previewed struct {
	name    string
	typ     parser.Type
	refusal string
	decoded []inspect.Item // by hdt3213/rdb
	err     error
	own     inspect.Preview
	chosen  inspect.Preview
}

// previews makes both previews of every key of a dump.
func previews(t *testing.T, dump []byte) []previewed {
	t.Helper()
	r := parser.NewReader(bytes.NewReader(dump), parser.Options{Hooks: func() parser.Hooks {
		return parser.Hooks{
			Key:    func(*parser.Key) int { return inspect.MaxContents },
			Record: func(*parser.Key) int64 { return inspect.MaxRecord },
		}
	}})
	defer r.Close()
	h, err := r.Header()
	if err != nil {
		t.Fatal(err)
	}
	var all []previewed
	p := &preview{}
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Keys {
			k := &b.Keys[i]
			if !k.Is(parser.Continued) {
				p = &preview{}
			}
			p.Add(b, k, b.Elements(k))
			if k.Is(parser.More) {
				continue
			}
			x := previewed{name: string(k.Name), typ: k.Type, refusal: p.refusal(k), own: p.own(k, ""), chosen: p.Preview(k, h.Dialect)}
			if !decodable(k.Type) {
				x.refusal = "the type"
			}
			if x.refusal == "" {
				x.decoded, x.err = decode(k, h.Dialect)
			}
			all = append(all, x)
		}
		b.Release()
	}
}

// lines are items as text, without what depends on who decoded them.
func lines(items []inspect.Item) []string {
	var s []string
	for _, it := range items {
		it.Index = nil
		if it.Value == nil && it.Member == nil {
			continue
		}
		s = append(s, fmt.Sprintf("%s%s%s%s%s", shown(it.Field), shown(it.Member), shown(it.Value), it.Score, shown(it.Expiry)))
	}
	slices.Sort(s)
	return s
}

// shown is what a pointer points to, with its name.
func shown[T any](p *T) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%T %+v ", *p, *p)
}

// incomplete reports whether the text of an item was cut or not kept.
func incomplete(it inspect.Item) bool {
	return slices.ContainsFunc([]*inspect.Text{it.Field, it.Member, it.Value}, func(t *inspect.Text) bool {
		return t != nil && (t.Unknown || t.Bytes > inspect.MaxText)
	})
}

// TestPreviewsAgree: hdt3213/rdb and our own reading of a value say the same,
// for every type the library is trusted with.
func TestPreviewsAgree(t *testing.T) {
	const expiry = 1763601000_000
	plain := rdbtest.Strs("one", "2", "-300", strings.Repeat("long ", 30))
	w := rdbtest.Redis(12).SelectDB(0).
		Put("string", rdbtest.String(rdbtest.Plain("hello\x1b\xff"))).
		Put("int", rdbtest.String(rdbtest.Int(-70000))).
		Put("lzf", rdbtest.String(rdbtest.LZF(strings.Repeat("abcd", 100)))).
		Put("empty", rdbtest.String(rdbtest.Plain(""))).
		Put("list", rdbtest.List(plain...)).
		Put("set", rdbtest.Set(plain...)).
		Put("hash", rdbtest.Hash(plain...)).
		Put("zset1", rdbtest.Zset1(rdbtest.Scored{Member: rdbtest.Plain("a"), Score: 1.5}, rdbtest.Scored{Member: rdbtest.Plain("b"), Score: -3})).
		Put("zset2", rdbtest.Zset2(rdbtest.Scored{Member: rdbtest.Plain("a"), Score: 1e9}, rdbtest.Scored{Member: rdbtest.Int(7), Score: -0.25})).
		Put("zipmap", rdbtest.HashZipmap(rdbtest.NewZipmap("f", "v", "g", "w").Str())).
		Put("list-ziplist", rdbtest.ListZiplist(rdbtest.NewZiplist("a", "12", "-1", "300", "70000", "9000000000").Str())).
		Put("intset", rdbtest.SetIntset(rdbtest.Plain(rdbtest.Intset(-5, 7, 70000)))).
		Put("zset-ziplist", rdbtest.ZsetZiplist(rdbtest.NewZiplist("m", "1", "n", "2.5").Str())).
		Put("hash-ziplist", rdbtest.HashZiplist(rdbtest.NewZiplist("f", "v", "n", "42").LZF())).
		Put("quicklist", rdbtest.Quicklist(rdbtest.NewZiplist("a", "b").Str(), rdbtest.NewZiplist("c").Str())).
		Put("hash-listpack", rdbtest.HashListpack(rdbtest.NewListpack("f", "v", "n", "-4000").Str())).
		Put("zset-listpack", rdbtest.ZsetListpack(rdbtest.NewListpack("m", "1", "n", "2.5").Str())).
		Put("quicklist2", rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack("a", "70000").LZF()), rdbtest.PlainNode(rdbtest.Plain("big")))).
		Put("set-listpack", rdbtest.SetListpack(rdbtest.NewListpack("a", "127", "128", "9000000000").Str())).
		Put("hash-metadata", rdbtest.HashMetadata(rdbtest.Field{Name: rdbtest.Plain("f"), Value: rdbtest.Plain("v"), Expiry: expiry}, rdbtest.Field{Name: rdbtest.Plain("g"), Value: rdbtest.Plain("w")})).
		ExpireMs(expiry).Idle(300).Put("attributes", rdbtest.String(rdbtest.Plain("x"))).
		ExpireMs(expiry).Freq(9).Put("frequency", rdbtest.List(plain...)).
		EOF()
	valkey := rdbtest.Valkey(80).SelectDB(0).
		Put("hash2", rdbtest.ValkeyHash2(rdbtest.Field{Name: rdbtest.Plain("f"), Value: rdbtest.Plain("v"), Expiry: expiry})).
		Put("string", rdbtest.String(rdbtest.Plain("v"))).EOF()
	dumps := map[string][]byte{"made": w.Bytes(), "valkey": valkey.Bytes()}
	for _, pattern := range []string{"truth/redis-6.2.rdb", "truth/redis-7.4.rdb", "truth/redis-8.8.rdb", "truth/valkey-9.1.rdb"} {
		if testing.Short() && pattern != "truth/redis-8.8.rdb" {
			continue
		}
		maps.Copy(dumps, sharedFiles(t, pattern))
	}
	for name, dump := range dumps {
		t.Run(name, func(t *testing.T) {
			compared, types := 0, map[parser.Type]bool{}
			for _, x := range previews(t, dump) {
				if x.refusal != "" {
					if name == "made" || name == "valkey" {
						t.Errorf("%s: refused: %s", x.name, x.refusal)
					}
					continue
				}
				if x.err != nil {
					t.Errorf("%q (%v): %v", x.name, x.typ, x.err)
					continue
				}
				// Only whole values can be compared: beyond, each shows others.
				if x.own.Of > shownItems || slices.ContainsFunc(x.own.Items, incomplete) {
					continue
				}
				compared++
				types[x.typ] = true
				if diff := cmp.Diff(lines(x.own.Items), lines(x.decoded)); diff != "" {
					t.Errorf("%q (%v) (-own +hdt3213/rdb):\n%s", x.name, x.typ, diff)
				}
			}
			if compared == 0 {
				t.Error("nothing was compared")
			}
			t.Logf("%d values of %d types compared", compared, len(types))
		})
	}
}

// sharedFiles are files of the folder "shared" beside the checkout, by name;
// none when it is absent.
func sharedFiles(t *testing.T, pattern string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	dir := sharedDir()
	if dir == "" {
		t.Log("the folder shared beside the checkout is absent: its dumps are not read")
		return files
	}
	paths, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
	}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(p)] = b
	}
	return files
}

// sharedDir is the folder "shared" beside the checkout, "" if there is none.
func sharedDir() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			shared := filepath.Join(filepath.Dir(dir), "shared")
			if _, e := os.Stat(shared); e == nil {
				return shared
			}
			return ""
		}
		if filepath.Dir(dir) == dir {
			return ""
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// TestPreviewGuard: what the library would choke on it does not get.
func TestPreviewGuard(t *testing.T) {
	big := make([]string, maxElements+1)
	w := rdbtest.Redis(14).SelectDB(0).
		Put("many", rdbtest.List(rdbtest.Strs(big...)...)).
		Put("bomb", rdbtest.String(rdbtest.LZF(strings.Repeat("a", maxExpanded+1)))).
		Put("stream", rdbtest.Stream{}.Value(3)).
		Put("module", rdbtest.Module(rdbtest.ModuleID("test-type", 1), rdbtest.Uint(5))).
		Put("array", rdbtest.Array(nil, rdbtest.LongSlot(3, rdbtest.Plain("x")))).
		KeyMeta(rdbtest.Meta{Class: "abcd"}).Put("meta", rdbtest.String(rdbtest.Plain("x"))).
		Aux("mvcc-tstamp", "1").
		EOF()
	want := map[string]string{
		"many":   "too large to decode whole",
		"bomb":   "too large to decode whole",
		"stream": "0 entries, last ID 0-0, 0 pending in 0 groups",
		"module": "a value of module test-type version 1, ",
		"array":  "",
		"meta":   "hdt3213/rdb: attributes it cannot read",
	}
	for _, x := range previews(t, w.Bytes()) {
		note, ok := want[x.name]
		if !ok || x.chosen.By != "rdblens" || !strings.HasPrefix(x.chosen.Note, note) {
			t.Errorf("%s: by %s, note %q; want our own, note %q", x.name, x.chosen.By, x.chosen.Note, note)
		}
		delete(want, x.name)
	}
	if len(want) > 0 {
		t.Errorf("keys that were not read: %v", want)
	}
}

func TestBareRecord(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		ok       bool
	}{
		{"\x00\x01k\x01v", "\x00\x01k\x01v", true},
		{"\xfc12345678\x01rest", "\x01rest", true},
		{"\xfd1234\xf9\x07\x04rest", "\x04rest", true},
		{"\xf8\x05\x00r", "\x00r", true},
		{"\xf8\x41\x00\x00r", "\x00r", true},
		{"\xf8\x80\x00\x00\x00\x01\x00r", "\x00r", true},
		{"\xf8\x81\x00\x00\x00\x00\x00\x00\x00\x01\x00r", "\x00r", true},
		{"\xfa\x01a\x01b\x00r", "", false},
		{"\xfc123", "", false},
		{"\xf8", "", false},
		{"", "", false},
	} {
		got, ok := bareRecord([]byte(tt.in))
		if ok != tt.ok || ok && string(got) != tt.want {
			t.Errorf("bareRecord(%q) = %q, %v; want %q, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}
