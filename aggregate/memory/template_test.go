package memory_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// sizesOf sizes the keys of a dump under a profile.
func sizesOf(t *testing.T, dump []byte, p memory.Profile) map[string]memory.Size {
	t.Helper()
	m := memory.NewMeter(p, false)
	r := parser.NewReader(bytes.NewReader(dump), parser.Options{Hooks: func() parser.Hooks { return parser.Hooks{Walk: m.NeedsWalk} }})
	defer r.Close()
	out := map[string]memory.Size{}
	open := false
	for {
		b, err := r.Next()
		if err != nil {
			if r.Err() != nil {
				t.Fatal(err)
			}
			return out
		}
		for i := range b.Keys {
			var s memory.Size
			if open = m.Piece(b, &b.Keys[i], &s, open); !open {
				out[string(b.Keys[i].Name)] = s
			}
		}
		b.Release()
	}
}

func lineProfile(t *testing.T, line string) memory.Profile {
	t.Helper()
	s, err := memory.ParseServer(line)
	if err != nil {
		t.Fatal(err)
	}
	return memory.Profile{Server: s, Config: memory.DefaultConfig()}
}

func formatDump(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../testdata/formats", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTemplateTwins: the same hashes with their names in a template and without are
// worth the same to a line that has no templates, and to one that has when its settings
// make templates of them.
func TestTemplateTwins(t *testing.T) {
	with, without := formatDump(t, "redis810-template-lp-ref.rdb"), formatDump(t, "same-data-plain-listpack.rdb")
	for _, line := range []string{"redis-8.8", "redis-8.8.0", "redis-7.4", "redis-6.2", "valkey-9.1"} {
		p := lineProfile(t, line)
		want, got := sizesOf(t, without, p), sizesOf(t, with, p)
		for name, w := range want {
			if g := got[name]; g.Bytes != w.Bytes || g.Encoding != w.Encoding || g.Payload < w.Payload*9/10 || g.Exact {
				t.Fatalf("%s: %s is %+v from a template and %+v without", line, name, g, w)
			}
		}
		if len(want) != 100 || len(got) != 100 {
			t.Errorf("%s: %d and %d keys", line, len(want), len(got))
		}
	}
	p := lineProfile(t, "redis-8.10")
	own := sizesOf(t, with, p)
	p.Config.HashMinTemplateEntries = 20
	converted := sizesOf(t, without, p)
	p.Config.HashMinTemplateEntries = 21
	kept := sizesOf(t, without, p)
	p.Config.HashMinTemplateEntries, p.Config.HashMaxTemplateEntries = 1, 19
	wide := sizesOf(t, without, p)
	for name, o := range own {
		// The ID takes a byte more where templates are many.
		if c := converted[name]; c.Encoding != memory.EncodingTemplateListpack || c.Bytes < o.Bytes || c.Bytes > o.Bytes+1 || o.Encoding != memory.EncodingTemplateListpack {
			t.Fatalf("%s: %+v as written by 8.10, %+v as converted", name, o, c)
		}
		for what, x := range map[string]memory.Size{"fewer fields than the least": kept[name], "more than the most": wide[name]} {
			if x.Encoding != memory.EncodingListpack {
				t.Errorf("%s, %s: %v", what, name, x.Encoding)
			}
		}
		if o.Exact || !o.Unbounded {
			t.Errorf("%s: exact %v, unbounded %v on a line that nobody measured", name, o.Exact, o.Unbounded)
		}
	}
}

// TestTemplateSizes: a key with a template has its values, as a listpack with the ID or
// as an array of strings (t_hash.c hashTypeAllocSize).
func TestTemplateSizes(t *testing.T) {
	long := rdbtest.Plain(strings.Repeat("x", 100))
	values := rdbtest.TemplateListpack(1, "a", "22").Str()
	one := rdbtest.NewListpack("f", "v").Str()
	dump := rdbtest.Redis(15).Aux("redis-ver", "8.10.0").HashTemplate(1, "f", "field").SelectDB(0).
		Put("k", rdbtest.HashListpack(one)). // too small for a template
		Put("l", rdbtest.HashTmplLPRef(values)).
		Put("a", rdbtest.HashTmplArrayRef(1, rdbtest.Plain("a"), long)).
		Put("p", rdbtest.Hash(rdbtest.Plain("f"), rdbtest.Plain("a"), rdbtest.Plain("field"), long)).
		Put("u", rdbtest.HashTmplLPRef(rdbtest.TemplateListpack(9, "a").Str())).EOF().Bytes()
	p := lineProfile(t, "redis-8.10")
	p.Config.HashMinTemplateEntries = 2
	s := sizesOf(t, dump, p)
	object := s["k"].Bytes - int64(len(rdbtest.NewListpack("f", "v").Bytes()))
	if got := s["l"].Bytes - object; got != int64(len(rdbtest.TemplateListpack(1, "a", "22").Bytes())) || s["l"].Encoding.String() != "template-listpack" {
		t.Errorf("listpack: %d bytes beside the object, %v", got, s["l"].Encoding)
	}
	// A struct of two words, two pointers, and two strings with their headers.
	if got, want := s["a"].Bytes-object, int64(16+2*8+(1+1+1)+(100+4)); got < want || got > want+24 || s["a"].Encoding.String() != "template-array" {
		t.Errorf("array: %d bytes beside the object, want %d and what the allocator rounds up, %v", got, want, s["a"].Encoding)
	}
	if s["p"].Bytes != s["a"].Bytes || s["p"].Encoding != s["a"].Encoding || s["p"].Payload != s["a"].Payload {
		t.Errorf("converted %+v, written so %+v", s["p"], s["a"])
	}
	if u := s["u"]; u.Exact || !u.Unbounded {
		t.Errorf("a hash without its template: %+v", u)
	}
}

// TestStandIn: nothing is exact, and nothing has a bound, where the nearest line stands
// in or no server of the line was measured.
func TestStandIn(t *testing.T) {
	dump := rdbtest.Redis(11).SelectDB(0).Put("s", rdbtest.String(rdbtest.Plain("v"))).Put("h", rdbtest.Hash(rdbtest.Plain("f"), rdbtest.Plain("v"))).
		Put("l", rdbtest.List(rdbtest.Plain("a"))).Put("z", rdbtest.Zset2(rdbtest.Scored{Member: rdbtest.Plain("m"), Score: 1})).EOF().Bytes()
	measured := lineProfile(t, "redis-8.8")
	nearest := measured
	nearest.StandIn = true
	for name, s := range sizesOf(t, dump, measured) {
		if !s.Exact || s.Unbounded {
			t.Errorf("%s: %+v", name, s)
		}
		if n := sizesOf(t, dump, nearest)[name]; n.Exact || !n.Unbounded || n.Bytes != s.Bytes {
			t.Errorf("%s: %+v as a stand-in, %+v otherwise", name, n, s)
		}
	}
	for _, line := range []string{"redis-8.10", "valkey-9.2"} {
		p := lineProfile(t, line)
		if p.Server.Unmeasured() == "" {
			t.Errorf("%s does not say why nothing is exact", line)
		}
		for name, s := range sizesOf(t, dump, p) {
			if s.Exact || !s.Unbounded || s.Bytes == 0 {
				t.Errorf("%s, %s: %+v", line, name, s)
			}
		}
	}
	for _, c := range []struct{ version, server, want string }{
		{"8.12.0", "redis-8.10", "redis-8.10 stands in for redis 8.12.0, which has no line"},
		{"8.10.1", "redis-8.10", "no server of 8.10 was measured"},
		{"4.0.14", "redis-6.2", "redis-6.2 stands in for redis 4.0.14"},
		{"8.8.1", "redis-8.8", ""},
	} {
		d := memory.Detect(&parser.Header{Version: 14, Aux: []parser.Aux{{Key: "redis-ver", Value: c.version}}})
		if got := d.Inexact(d.Server); d.Server.String() != c.server || !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %s, %q", c.version, d.Server, got)
		}
	}
}
