package probe

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

func TestSniff(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte(strings.Repeat("text ", 50)))
	_ = w.Close()
	for _, c := range []struct {
		value string
		want  Format
	}{
		{"", FormatEmpty}, {"42", FormatNumber}, {"-3.5", FormatNumber}, {"hello", FormatText}, {"grüße", FormatText}, {"  ", FormatText},
		{`{"a":1}`, FormatJSONObject}, {` {"a": [1, {"b": null}]} `, FormatJSONObject}, {"[1,2]", FormatJSONArray}, {`{"a":1`, FormatText}, {"{not json}", FormatText}, {`{"a":1} x`, FormatText},
		{"<?xml version='1.0'?><a/>", FormatXML}, {"<p>text</p>", FormatXML}, {"<3", FormatText},
		{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl", FormatJWT},
		{`a:1:{s:1:"a";i:1;}`, FormatPHP}, {`O:8:"stdClass":0:{}`, FormatPHP}, {"i:42;", FormatPHP}, {"N;", FormatPHP}, {`user|a:1:{i:0;i:1;}`, FormatPHP}, {"a:b", FormatText}, {"s: 5", FormatText}, {"i:x;", FormatText},
		{"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94.", FormatPickle}, {"\xac\xed\x00\x05sr\x00\x10java.util.HashMap", FormatJava},
		{"\x04\b{\x06:\x06ai\x06", FormatRuby}, {"\x83t\x00\x00\x00\x01", FormatErlang}, {"\x00\x00\x00\x02\x14\x01", FormatIgbinary},
		{"\x82\xa1a\x01\xa1b\x93\x01\x02\x03", FormatMsgpack}, {"\x82\xa1a\x01\xa1b", FormatBinary}, {"\x81", FormatBinary},
		{"\x08\x96\x01\x12\x07testing\x1a\x02ok", FormatProtobuf}, {zipped.String(), FormatGzip}, {"\x78\x9c\x4b\x4c\x4a\x06\x00\x02\x4d\x01\x27", FormatZlib},
		{"\x28\xb5\x2f\xfd\x04\x00", FormatZstd}, {"\x04\x22\x4d\x18\x64\x40", FormatLZ4}, {"\x89PNG\r\n\x1a\n\x00", FormatPNG}, {"\xff\xd8\xff\xe0", FormatJPEG},
		{"HYLL\x01\x00", FormatHyperLogLog}, {"\xff\x00\xff", FormatBinary}, {"x", FormatText}, {"xylophone", FormatText},
	} {
		if got := Sniff([]byte(c.value), true); got != c.want {
			t.Errorf("%q is %s, want %s", c.value, got, c.want)
		}
	}
	// Of the beginning of a value less can be told, but nothing wrong.
	if got := Sniff([]byte(`{"a":1,"b":"te`), false); got != FormatJSONObject {
		t.Errorf("the beginning of an object is %s", got)
	}
}

func TestObject(t *testing.T) {
	for _, c := range []struct {
		in     string
		want   []string
		nested bool
	}{
		{`{}`, nil, false},
		{`{"a":1}`, []string{"a=1"}, false},
		{` { "a" : "x, y: {z}" , "b" : true,"c":null } `, []string{"a=x, y: {z}", "b=true", "c=null"}, false},
		{`{"a":{"b":[1,2]},"c":[3],"d":-1.5e3}`, []string{`a={"b":[1,2]}`, "c=[3]", "d=-1.5e3"}, true},
		{`{"q\"uote":"tab\tend","u":"\u00e9"}`, []string{"q\"uote=tab\tend", "u=é"}, false},
		{`{"":""}`, []string{"="}, false},
	} {
		pairs, nested := object([]byte(c.in), nil)
		var got []string
		for _, p := range pairs {
			got = append(got, string(unquoted(p.name))+"="+string(plain(p.value)))
		}
		if diff := cmp.Diff(c.want, got); diff != "" || nested != c.nested {
			t.Errorf("%s: nested %v %s", c.in, nested, diff)
		}
	}
}

// FuzzString: no value makes a probe fail, and a JSON object has the fields that
// the standard library sees.
func FuzzString(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `{"a":{"b":[]},"c":"\""}`, "\x82\xa1a\x01\xa1b\x02", "\x80\x04.", "a:1:{", "x\x9c", "2026-01-01"} {
		f.Add([]byte(s))
	}
	server, err := memory.ParseServer("redis-7.4")
	if err != nil {
		f.Fatal(err)
	}
	p := New(memory.Profile{Server: server, Config: memory.DefaultConfig()}, testClock)
	f.Fuzz(func(t *testing.T, v []byte) {
		for _, whole := range []int64{int64(len(v)), int64(len(v)) + 9} {
			r := p.String(v, &Facts{NameLen: 8, ValueLen: whole})
			if r.Fields < 0 || r.HashBytes < 0 || r.Zlib < 0 || r.Zlib > whole {
				t.Fatalf("%q: %+v", v, r)
			}
			if r.Fields > 0 {
				d := json.NewDecoder(bytes.NewReader(v))
				n := 0
				for depth := 0; ; {
					tok, err := d.Token()
					if err != nil {
						break
					}
					switch tok {
					case json.Delim('{'), json.Delim('['):
						if depth == 1 {
							n++
						}
						depth++
					case json.Delim('}'), json.Delim(']'):
						depth--
					default:
						if depth == 1 {
							n++
						}
					}
				}
				if int64(n) != 2*r.Fields {
					t.Fatalf("%q: %d fields, the library sees %d names and values", v, r.Fields, n)
				}
			}
		}
	})
}

const testClock = 1_763_700_000_000 // 2025-11-21

func TestStamp(t *testing.T) {
	for text, want := range map[string]int64{
		"1700002307": 1_700_002_307_000, "1700002307.25": 1_700_002_307_000, "1700002307123": 1_700_002_307_123, "1700002307123456": 1_700_002_307_123,
		"2023-11-14T22:51:47Z": 1_700_002_307_000, "2023-11-14 22:51:47": 1_700_002_307_000, "2023-11-14": 1_699_920_000_000,
		"1000000000": 0, "9999999999": 0, "170000230": 0, "17000023070": 0, "yesterday!": 0, "": 0, "2023-13-45": 0, "1763900000": 0,
	} {
		if got := stamp([]byte(text), testClock); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
		if got := stamp([]byte(text), 0); got != 0 {
			t.Errorf("%q without a clock is %d", text, got)
		}
	}
	for name, want := range map[string]bool{
		"last_update": true, "updatedAt": true, "LAST_SEEN": true, "ts": true, "mtime": true,
		"created_at": false, "expires": false, "tst": false, "": false, "birthday": false,
	} {
		if got := isChangeField([]byte(name)); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

// TestStringAsHash holds the conversion against the hash as a dump would have it.
func TestStringAsHash(t *testing.T) {
	for _, name := range []string{"redis-6.2", "redis-7.4", "redis-8.6", "valkey-8.1", "valkey-9.0"} {
		server, err := memory.ParseServer(name)
		if err != nil {
			t.Fatal(err)
		}
		profile := memory.Profile{Server: server, Config: memory.DefaultConfig()}
		p := New(profile, testClock)
		v := []byte(`{"user_id": 2364, "role": "user", "ip": "10.1.181.11", "updated_at": 1760000000}`)
		r := p.String(v, &Facts{NameLen: 44, ValueLen: int64(len(v))})
		m := memory.NewMeter(profile, false)
		k := parser.Key{Type: parser.TypeHash, NameLen: 44, Count: 4}
		m.Begin(&k)
		m.Elements(nil, &k, []parser.Element{
			{Len: 7, Value: 4, ValueInt: parser.Int13}, {Len: 4, Value: 4}, {Len: 2, Value: 11}, {Len: 10, Value: 10, ValueInt: parser.Int32},
		})
		want := m.End(&k)
		if r.Fields != 4 || r.HashBytes != want.Bytes || r.HashResident != want.Resident || !r.Packed || r.Nested || r.Changed != 1_760_000_000_000 {
			t.Errorf("%s: %+v, want %d bytes", name, r, want.Bytes)
		}
		long := []byte(fmt.Sprintf(`{"a":"%s"}`, strings.Repeat("x", 65)))
		if r = p.String(long, &Facts{NameLen: 4, ValueLen: int64(len(long))}); r.Packed || r.HashBytes == 0 {
			t.Errorf("%s: a value over the limit is packed: %+v", name, r)
		}
		if r = p.String(v[:40], &Facts{NameLen: 4, ValueLen: int64(len(v))}); r.Fields != 0 || r.Hash != (sketch.Digest{}) {
			t.Errorf("%s: half a value has %d fields", name, r.Fields)
		}
	}
}

// TestTTL: a TTL makes the key itself larger where the object holds it, by eight
// bytes before rounding (object.h of Redis 8.2, object.c of Valkey 8.1).
func TestTTL(t *testing.T) {
	for name, inObject := range map[string]bool{
		"redis-6.2": false, "redis-7.4": false, "valkey-8.0": false, "redis-8.2": true, "redis-8.8": true, "valkey-8.1": true, "valkey-9.1": true,
	} {
		server, err := memory.ParseServer(name)
		if err != nil {
			t.Fatal(err)
		}
		p := New(memory.Profile{Server: server, Config: memory.DefaultConfig()}, 0)
		var hashes, strings int64
		const lengths = 64
		for n := range int64(lengths) {
			for sum, f := range map[*int64]*Facts{
				&hashes:  {Type: parser.DataTypeHash, NameLen: 4 + n},
				&strings: {Type: parser.DataTypeString, NameLen: 4 + n, ValueLen: 300},
			} {
				bytes, resident := p.TTL(f)
				if bytes < 0 || resident < 0 || !inObject && resident != 0 {
					t.Errorf("%s: a name of %d bytes: %d, %d", name, f.NameLen, bytes, resident)
				}
				*sum += resident
				f.Expires = true
				if bytes, resident = p.TTL(f); bytes != 0 || resident != 0 {
					t.Errorf("%s: a second TTL takes %d, %d", name, bytes, resident)
				}
			}
		}
		for _, sum := range []int64{hashes, strings} {
			if mean := sum / lengths; inObject && (mean < 6 || mean > 12) {
				t.Errorf("%s: a TTL takes %d bytes of a key on average", name, mean)
			}
		}
	}
}

func TestCompress(t *testing.T) {
	server, err := memory.ParseServer("redis-7.4")
	if err != nil {
		t.Fatal(err)
	}
	p := New(memory.Profile{Server: server, Config: memory.DefaultConfig()}, 0)
	prose := []byte(strings.Repeat("the order was shipped from the central store; ", 60))
	whole := p.String(prose, &Facts{NameLen: 10, ValueLen: int64(len(prose))})
	if whole.Zlib <= 0 || whole.Zlib > int64(len(prose))/10 || whole.Zstd <= 0 || whole.ZlibBytes != p.Text(10, whole.Zlib, false).Bytes {
		t.Errorf("%+v", whole)
	}
	cut := p.String(prose, &Facts{NameLen: 10, ValueLen: 10 * int64(len(prose))})
	if cut.Zlib != 10*whole.Zlib {
		t.Errorf("a tenth of a value compresses to %d, all to %d", whole.Zlib, cut.Zlib)
	}
	if r := p.String(prose[:500], &Facts{NameLen: 10, ValueLen: 500}); r.Zlib != 0 {
		t.Error("a short value is compressed")
	}
	gz := append([]byte("\x1f\x8b\x08"), prose...)
	if r := p.String(gz, &Facts{NameLen: 10, ValueLen: int64(len(gz))}); r.Zlib != 0 || r.Format != FormatGzip {
		t.Errorf("a compressed value is compressed again: %+v", r)
	}
}
