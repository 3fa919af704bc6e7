package check

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestScores: a score that is no number, or NaN, stops a server, as text and as bits; a
// text that begins with a number does not.
func TestScores(t *testing.T) {
	text := func(score string) rdbtest.Value {
		return rdbtest.Value{Type: byte(parser.TypeZset), Data: append([]byte{1, 1, 'm', byte(len(score))}, score...)}
	}
	for name, c := range map[string]struct {
		value rdbtest.Value
		want  string // in the error, "" for none
	}{
		"text":            {text("high"), "a score is no number"},
		"nothing":         {text(""), "a score is no number"},
		"NaN as text":     {text("nan"), "not a number"},
		"NaN as a byte":   {rdbtest.Value{Type: byte(parser.TypeZset), Data: []byte{1, 1, 'm', 253}}, "not a number"},
		"NaN as bits":     {rdbtest.Zset2(rdbtest.Scored{Member: rdbtest.Plain("m"), Score: math.NaN()}), "not a number"},
		"number and more": {text("1.5x"), ""},
		"space in front":  {text(" 7"), ""},
		"infinite":        {text("inf"), ""},
		"large":           {text("1e999"), ""},
		"bits":            {rdbtest.Zset2(rdbtest.Scored{Member: rdbtest.Plain("m"), Score: math.Inf(-1)}), ""},
	} {
		s := checked(t, rdbtest.Redis(9).SelectDB(0).Put("z", c.value).Put("after", rdbtest.String(rdbtest.Plain("v"))).EOF().Bytes(), Options{})
		if s.Keys != 2 || c.want == "" && s.Error != "" || !strings.Contains(s.Error, c.want) {
			t.Errorf("%s: %d keys, error %q, want %q", name, s.Keys, s.Error, c.want)
		}
	}
}

// TestUndefinedTemplate: 8.10 refuses a hash whose template nothing defines.
func TestUndefinedTemplate(t *testing.T) {
	values := rdbtest.TemplateListpack(7, "a").Str()
	head := func() *rdbtest.Writer { return rdbtest.Redis(15).Aux("redis-ver", "8.10.0") }
	if s := checked(t, head().SelectDB(0).Put("h", rdbtest.HashTmplLPRef(values)).EOF().Bytes(), Options{}); s.Keys != 1 || !strings.Contains(s.Error, "template that nothing defines") {
		t.Errorf("%d keys, %q", s.Keys, s.Error)
	}
	if s := checked(t, head().HashTemplate(7, "f").SelectDB(0).Put("h", rdbtest.HashTmplLPRef(values)).EOF().Bytes(), Options{}); s.Error != "" {
		t.Error(s.Error)
	}
	if s := checked(t, head().SelectDB(0).Put("h", rdbtest.HashTmplArrayRef(7, rdbtest.Plain("a"))).EOF().Bytes(), Options{}); !strings.Contains(s.Error, "template 7 was not defined") {
		t.Errorf("%q", s.Error)
	}
}

// TestForServer asks lines that did not write the dump.
func TestForServer(t *testing.T) {
	str := rdbtest.String(rdbtest.Plain("v"))
	dumps := map[string][]byte{
		"redis 10":  rdbtest.Redis(10).SelectDB(0).Put("k", str).EOF().Bytes(),
		"redis 12":  rdbtest.Redis(12).SelectDB(0).Put("k", rdbtest.HashMetadata(rdbtest.Field{Name: rdbtest.Plain("f"), Value: rdbtest.Plain("v"), Expiry: 5})).EOF().Bytes(),
		"valkey 80": rdbtest.Valkey(80).SelectDB(0).Put("k", str).EOF().Bytes(),
		"valkey 81": rdbtest.Valkey(81).SelectDB(0).Put("k", rdbtest.PathHash(rdbtest.PathFields{Path: "p", Fields: rdbtest.Strs("f", "v")})).EOF().Bytes(),
		"keydb":     rdbtest.Redis(9).SelectDB(0).Put("k", rdbtest.KeyDBCron(rdbtest.Plain("x"), 0, 1, nil, nil)).EOF().Bytes(),
		"mixed":     rdbtest.Redis(9).SelectDB(0).Put("k", rdbtest.SetListpack(rdbtest.NewListpack("a").Str())).EOF().Bytes(),
	}
	for _, c := range []struct{ dump, line, want string }{
		{"redis 10", "redis-7.0", ""}, {"redis 10", "redis-8.10", ""}, {"redis 10", "valkey-9.2", ""},
		{"redis 10", "redis-6.2", "redis-6.2 does not load REDIS0010: it takes RDB versions up to 9"},
		{"redis 12", "redis-7.4", ""}, {"redis 12", "valkey-9.1", "valkey-9.1 does not load REDIS0012"},
		{"valkey 80", "valkey-9.0", ""}, {"valkey 80", "valkey-8.1", "valkey-8.1 does not load VALKEY080"}, {"valkey 80", "redis-8.8", "redis-8.8 does not load VALKEY080"},
		{"valkey 81", "valkey-9.2", ""}, {"valkey 81", "valkey-9.1", "valkey-9.1 does not load VALKEY081"},
		{"keydb", "redis-8.8", "does not know type 64 (KEYDB_CRON)"}, {"mixed", "redis-6.2", "does not know type 20 (SET_LISTPACK)"}, {"mixed", "redis-7.2", ""},
	} {
		line, err := memory.ParseServer(c.line)
		if err != nil {
			t.Fatal(err)
		}
		s := checked(t, dumps[c.dump], Options{Server: &line})
		if (s.Error == "") != (c.want == "") || !strings.Contains(s.Error, c.want) || (s.RefusedBy == c.line) != (c.want != "") || s.Damaged() || s.Keys != 1 {
			t.Errorf("%s for %s: %q, refused by %q, damaged %v", c.dump, c.line, s.Error, s.RefusedBy, s.Damaged())
		}
	}
}

func checked(t *testing.T, dump []byte, o Options) Source {
	t.Helper()
	return Run(t.Context(), Input{Name: "x", Reader: bytes.NewReader(dump)}, o)
}
