package rdbtest_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hdt3213/rdb/lzf"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

func TestForms(t *testing.T) {
	tests := []struct {
		name string
		got  []byte
		want string
	}{
		{"len 6", rdbtest.AppendLen(nil, 63), "3f"},
		{"len 14", rdbtest.AppendLen(nil, 64), "4040"},
		{"len 14 max", rdbtest.AppendLen(nil, 16383), "7fff"},
		{"len 32", rdbtest.AppendLen(nil, 16384), "8000004000"},
		{"len 32 max", rdbtest.AppendLen(nil, math.MaxUint32), "80ffffffff"},
		{"len 64", rdbtest.AppendLen(nil, 1<<32), "810000000100000000"},
		{"len overlong", rdbtest.AppendLenAs(nil, rdbtest.Form64, 5), "810000000000000005"},
		{"int8", rdbtest.Int(-128), "c080"},
		{"int16", rdbtest.Int(128), "c18000"},
		{"int32", rdbtest.Int(-32769), "c2ff7fffff"},
		{"plain", rdbtest.Plain("ab"), "026162"},
		{"auto int", rdbtest.Auto("-7"), "c0f9"},
		{"auto not canonical", rdbtest.Auto("007"), "03303037"},
		{"auto beyond 32 bits", rdbtest.Auto("2147483648"), "0a32313437343833363438"},
		{"auto LZF", rdbtest.Auto(strings.Repeat("a", 30)), "c3051e0061e01400"},
		{"LZF of nothing", rdbtest.LZF(""), "c30000"},
		{"claim", rdbtest.LZFClaim([]byte{0}, 5, 1<<14), "c305800000400000"},
		{"expire", new(rdbtest.Writer).Expire(-2).Bytes(), "fdfeffffff"},
		{"expire ms", new(rdbtest.Writer).ExpireMs(258).Bytes(), "fc0201000000000000"},
		{"redis", rdbtest.Redis(7).Bytes(), "524544495330303037"},
		{"valkey", rdbtest.Valkey(80).Bytes(), "56414c4b4559303830"},
		{"no checksum before version 5", rdbtest.Redis(4).EOF().Bytes(), "524544495330303034ff"},
		{"checksum covers the dump only", rdbtest.Redis(5).EOF().Bytes()[10:], fmt.Sprintf("%x", new(rdbtest.Writer).RawString("$10\r\n").Redis(5).EOF().Bytes()[15:])},
		{"count replaced", rdbtest.Set(rdbtest.Strs("a")...).WithCount(1 << 14).Data, "80000040000161"},
		{"count replaced as stored", rdbtest.Set(rdbtest.Strs("a")...).WithCountAs([]byte{0xc2}).Data, "c20161"},

		// Lengths and bytes as redis's tests/unit/type/hash-templates.tcl has them.
		{"template fields", rdbtest.FieldsListpack("field1", "field2"), "0017" + "170000000200" + "866669656c643107" + "866669656c643207" + "ff"},
		{"template values", rdbtest.TemplateListpack(0, "1", "2").Str(), "0d" + "0d0000000300" + "0001" + "0101" + "0201" + "ff"},
		{"template fields one by one", rdbtest.FieldsPlain("field1", "field2"), "010206" + "6669656c643106" + "6669656c6432"},

		{"listpack", rdbtest.NewListpack("a", "-1", "127", "128", "4096", "-40000", "9000000", "9223372036854775807").Bytes(),
			"2b000000" + "0800" + "816102" + "dfff02" + "7f01" + "c08002" + "f1001003" + "f2c063ff04" + "f34054890005" + "f4ffffffffffffff7f09" + "ff"},
		{"listpack text that looks like a number", new(rdbtest.Listpack).Text("1").Bytes(), "0a0000000100813102ff"},
		{"listpack lies", rdbtest.NewListpack("a").Count(40).Total(9).Bytes(), "090000002800816102ff"},
		{"ziplist", rdbtest.NewZiplist("a", "12", "13", "-300", "40000", "9000000", "99999999", "-9223372036854775808").Bytes(),
			"32000000" + "27000000" + "0800" + "000161" + "03fd" + "02fe0d" + "03c0d4fe" + "04f0409c00" + "05d040548900" + "06d0ffe0f505" + "06e00000000000000080" + "ff"},
		{"ziplist wide", new(rdbtest.Ziplist).Add("a").Wide().Add("b").Bytes(), "15000000" + "0d000000" + "0200" + "000161" + "fe030000000162" + "ff"},
		{"ziplist old", (&rdbtest.Ziplist{Old: true}).Add("1", "70000").Bytes(), "15000000" + "0e000000" + "0200" + "00c00100" + "04d070110100" + "ff"},
		{"zipmap", new(rdbtest.Zipmap).Pair("k", "v", 2).Bytes(), "01" + "016b" + "010276" + "0000" + "ff"},
		{"zipmap long value", rdbtest.NewZipmap("k", strings.Repeat("v", 254)).Bytes(), "01" + "016b" + "fefe000000" + "00" + strings.Repeat("76", 254) + "ff"},
		{"intset 16", rdbtest.Intset(3, -1), "0200000002000000ffff0300"},
		{"intset 32", rdbtest.Intset(32768), "040000000100000000800000"},
		{"intset 64", rdbtest.Intset(1 << 31), "08000000010000000000008000000000"},
		{"intset width 3", rdbtest.IntsetOf(3, 1), "0300000001000000010000"},

		{"hash metadata", rdbtest.HashMetadata(
			rdbtest.Field{Name: rdbtest.Plain("a"), Value: rdbtest.Plain("x"), Expiry: 1002},
			rdbtest.Field{Name: rdbtest.Plain("b"), Value: rdbtest.Plain("y")},
			rdbtest.Field{Name: rdbtest.Plain("c"), Value: rdbtest.Plain("z"), Expiry: 1000}).Data,
			"e803000000000000" + "03" + "03" + "01610178" + "00" + "01620179" + "01" + "0163017a"},
		{"zset text scores", rdbtest.Zset1(rdbtest.Scored{Member: rdbtest.Plain("m"), Score: 1.5}, rdbtest.Scored{Member: rdbtest.Plain("n"), Score: math.Inf(-1)}).Data,
			"02" + "016d" + "03312e35" + "016e" + "ff"},
		{"module id", rdbtest.AppendLen(nil, rdbtest.ModuleID("vectorset", 0)), "81bde72da2bb1eb400"},
		{"slot import", new(rdbtest.Writer).SlotImport("ab", [2]uint64{1, 100}).Bytes(), "f3" + "026162" + "01" + "01" + "4064"},
		{"key meta", new(rdbtest.Writer).KeyMeta(rdbtest.Meta{Class: "AB_-", Version: 1, Flags: 1, Ops: []rdbtest.Op{rdbtest.Uint(3)}}).Bytes(),
			"f301" + "09bf1f00" + "0203" + "00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fmt.Sprintf("%x", tt.got); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	// The check value of CRC-64/Jones.
	if got := rdbtest.Checksum([]byte("123456789")); got != 0xe9c6d914c4b8d9ca {
		t.Errorf("checksum of 123456789: %x", got)
	}
}

// TestBacklen checks the sizes behind long listpack entries, which a Redis
// 7.0.15 server wrote as listed: one byte more than needed at 16383.
func TestBacklen(t *testing.T) {
	for size, want := range map[int]string{127: "7f", 128: "0180", 16382: "7ffe", 16383: "00ffff", 16384: "018080"} {
		header := 1
		if size > 4096 {
			header = 5
		} else if size > 64 {
			header = 2
		}
		b := new(rdbtest.Listpack).Text(strings.Repeat("x", size-header)).Bytes()
		if got := fmt.Sprintf("%x", b[6+size:len(b)-1]); got != want {
			t.Errorf("entry of %d bytes: backlen %s, want %s", size, got, want)
		}
	}
}

func TestCompress(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	inputs := [][]byte{nil, {0}, {1, 1}, bytes.Repeat([]byte{7}, 3), bytes.Repeat([]byte("ab"), 5000), bytes.Repeat([]byte{0}, 100000)}
	for range 300 {
		p := make([]byte, r.IntN(20000))
		for i := range p {
			p[i] = byte(r.IntN(1 + r.IntN(4)*40))
		}
		inputs = append(inputs, p)
	}
	for _, in := range inputs {
		p := rdbtest.Compress(in)
		if limit := len(in) + len(in)/32 + 1; len(p) > limit {
			t.Errorf("%d bytes became %d", len(in), len(p))
		}
		if len(in) == 0 {
			if len(p) != 0 {
				t.Errorf("nothing became %x", p)
			}
			continue
		}
		out, err := lzf.Decompress(p, len(p), len(in))
		if err != nil || !bytes.Equal(out, in) {
			t.Fatalf("%d bytes do not come back: %v", len(in), err)
		}
	}
	if n := len(rdbtest.Compress(make([]byte, 264*1000))); n > 3*1000+10 {
		t.Errorf("264000 zeros became %d bytes", n)
	}
}

// everything returns a dump with every type an RDB 10 server reads, written in
// several forms, and what the keys hold.
func everything() ([]byte, map[string]string) {
	long := strings.Repeat("long value ", 2000)
	plain := func(s ...string) []rdbtest.Str { return rdbtest.Strs(s...) }
	pairs := []string{"f", "v", "n", "-5", "big", long, "8", "70000"}
	scores := []string{"m", "1", "x", "2.5", "y", "70000"}
	scored := []rdbtest.Scored{{Member: rdbtest.Plain("y"), Score: 70000}, {Member: rdbtest.Plain("x"), Score: 2.5}, {Member: rdbtest.Plain("m"), Score: 1}}
	stream := rdbtest.Stream{
		Nodes: []rdbtest.StreamNode{rdbtest.NewStreamNode(
			rdbtest.Entry{ID: rdbtest.ID{Ms: 1000, Seq: 1}, Fields: []string{"a", "1", "b", long}},
			rdbtest.Entry{ID: rdbtest.ID{Ms: 1001, Seq: 0}, Fields: []string{"a", "2", "b", "3"}},
			rdbtest.Entry{ID: rdbtest.ID{Ms: 1002, Seq: 0}, Fields: []string{"c", "x"}},
			rdbtest.Entry{ID: rdbtest.ID{Ms: 1003, Seq: 0}, Fields: []string{"a", "2", "b", "3"}, Deleted: true},
		)},
		Length: 3, Last: rdbtest.ID{Ms: 1003}, First: rdbtest.ID{Ms: 1000, Seq: 1}, MaxDeleted: rdbtest.ID{Ms: 1003}, EntriesAdded: 4,
		Groups: []rdbtest.Group{{Name: rdbtest.Plain("g"), Last: rdbtest.ID{Ms: 1001}, EntriesRead: math.MaxUint64,
			Pending:   []rdbtest.Pending{{ID: rdbtest.ID{Ms: 1000, Seq: 1}, DeliveryMs: 5, Count: 1}},
			Consumers: []rdbtest.Consumer{{Name: rdbtest.Plain("c"), SeenMs: 6, ActiveMs: -1, Pending: []rdbtest.ID{{Ms: 1000, Seq: 1}}}}}},
	}
	w := rdbtest.Redis(10).Aux("redis-ver", "7.0.15").Aux("redis-bits", "64").SelectDB(0).ResizeDB(30, 1)
	want := map[string]string{}
	put := func(key, text string, v rdbtest.Value) {
		w.Put(key, v)
		want[key] = text
	}
	hash := "8=70000 big=" + long + " f=v n=-5"
	zset := "m=1 x=2.5 y=70000"
	put("string", "hello", rdbtest.String(rdbtest.Plain("hello")))
	put("string int", "-129", rdbtest.String(rdbtest.Int(-129)))
	put("string lzf", long, rdbtest.String(rdbtest.LZF(long)))
	put("string overlong", "abc", rdbtest.String(rdbtest.PlainAs(rdbtest.Form64, "abc")))
	put("list", "a b 3", rdbtest.List(plain("a", "b", "3")...))
	put("set", "a b 3", rdbtest.Set(plain("a", "b", "3")...))
	put("hash", hash, rdbtest.Hash(plain(pairs...)...))
	put("zset1", zset, rdbtest.Zset1(scored...))
	put("zset2", zset, rdbtest.Zset2(scored...))
	put("zipmap", "f=v n=-5", rdbtest.HashZipmap(rdbtest.NewZipmap("f", "v", "n", "-5").Str()))
	put("list ziplist", "a -5 70000 "+long, rdbtest.ListZiplist(rdbtest.NewZiplist("a", "-5", "70000", long).LZF()))
	put("intset", "-70000 1 3", rdbtest.SetIntset(rdbtest.Plain(rdbtest.Intset(3, 1, -70000))))
	put("zset ziplist", zset, rdbtest.ZsetZiplist(rdbtest.NewZiplist(scores...).Str()))
	put("hash ziplist", hash, rdbtest.HashZiplist(rdbtest.NewZiplist(pairs...).Str()))
	put("quicklist", "a b c", rdbtest.Quicklist(rdbtest.NewZiplist("a", "b").Str(), rdbtest.NewZiplist("c").LZF()))
	put("hash listpack", hash, rdbtest.HashListpack(rdbtest.NewListpack(pairs...).LZF()))
	put("zset listpack", zset, rdbtest.ZsetListpack(rdbtest.NewListpack(scores...).Str()))
	put("quicklist2", "a 7 "+long, rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack("a", "7").Str()), rdbtest.PlainNode(rdbtest.LZF(long))))
	streamText := "1000-1 a=1 b=" + long + " 1001-0 a=2 b=3 1002-0 c=x"
	put("stream 1", streamText, stream.Value(1))
	put("stream 2", streamText, stream.Value(2))
	w.ExpireMs(33177117420000)
	put("expires", "x", rdbtest.String(rdbtest.Plain("x")))
	w.Function2(rdbtest.Plain("#!lua name=l\nredis.register_function('f', function() return 1 end)"))
	return w.EOF().Bytes(), want
}

// TestServerAccepts has redis-check-rdb, where it is installed, read a dump
// with the deep checks it applies to packed blobs.
func TestServerAccepts(t *testing.T) {
	bin, err := exec.LookPath("redis-check-rdb")
	if err != nil {
		if os.Getenv("RDBLENS_CI") != "" {
			t.Fatal("redis-check-rdb is not installed")
		}
		t.Skip("redis-check-rdb is not installed")
	}
	dump, want := everything()
	// What the reader of TestReadBack cannot.
	long := rdbtest.HashZipmap(rdbtest.NewZipmap("field", strings.Repeat("v", 70000)).Str())
	wide := rdbtest.ListZiplist(new(rdbtest.Ziplist).Add("a").Wide().Add("b").Str())
	w := new(rdbtest.Writer).Raw(dump[:len(dump)-9]...).Put("zipmap long", long).Put("ziplist wide", wide).EOFBare()
	dump = w.Int64(int64(rdbtest.Checksum(w.Bytes()))).Bytes()
	keys := len(want) + 2
	path := filepath.Join(t.TempDir(), "dump.rdb")
	if err := os.WriteFile(path, dump, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(bin, path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if s := fmt.Sprintf("%d keys read", keys); !bytes.Contains(out, []byte(s)) {
		t.Errorf("no %q in\n%s", s, out)
	}
	dump[len(dump)-1] ^= 1
	if err := os.WriteFile(path, dump, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(bin, path).CombinedOutput(); err == nil {
		t.Errorf("a wrong checksum was accepted\n%s", out)
	}
}
