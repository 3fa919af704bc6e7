package text

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/inspect"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

// shown are keys with every sort of preview.
func shown() *document.Show {
	key := func(name string, logical parser.DataType, p inspect.Preview) *inspect.Key {
		return &inspect.Key{
			Row: aggregate.Row{
				Key: []byte(name), DataType: logical, TypeName: logical.String(), Size: memory.Size{Bytes: 1234, Resident: 1280, Exact: true, Encoding: memory.EncodingListpack},
				Elements: 2, LongestElement: 1, IdleSeconds: -1, Freq: -1, Slot: 7, Pattern: []byte("{alnum}"), RDBBytes: 99, Source: "dump.rdb",
			},
			Offset: 12, RDBType: "HASH_LISTPACK", Model: aggregate.Model{Server: "redis-7.4", Allocator: "jemalloc"},
			Terms: []memory.Term{{Name: "object", Bytes: 16, Source: "object.c"}, {Name: "listpack", Bytes: 1218, Waste: 46, Source: "listpack.c"}}, Waste: 46, Preview: p,
		}
	}
	text := func(s string) *inspect.Text { return &inspect.Text{Text: s, Bytes: int64(len(s))} }
	hash := key("cart\x1b", parser.DataTypeHash, inspect.Preview{Of: 1003, Items: []inspect.Item{
		{Field: text("sku"), Value: text("17")},
		{Field: text("long"), Value: &inspect.Text{Text: strings.Repeat("x", inspect.MaxText), Bytes: 5000}, Expiry: ptr(aggregate.Time(1763600400000))},
		{Field: text("unknown"), Value: &inspect.Text{Bytes: 70000, Unknown: true}},
	}})
	zset := key("scores", parser.DataTypeZset, inspect.Preview{Of: 1, Items: []inspect.Item{{Member: text("ann"), Score: "2.5"}}})
	zset.Row.Size.Exact, zset.Row.Size.Error, zset.Row.HasExpiry, zset.Row.Expiry, zset.Row.IdleSeconds, zset.Row.Freq = false, 8, true, 1763600400000, 1, 3
	list := key("queue", parser.DataTypeList, inspect.Preview{Of: 1, Items: []inspect.Item{{Index: ptr(int64(0)), Value: text("a")}}})
	module := key("module", parser.DataTypeModule, inspect.Preview{Of: 0, Note: "a value of module test-type version 1, 5 bytes"})
	module.Row.TypeName, module.Row.LongestElement = "test\x1btype", -1
	return &document.Show{Keys: []*inspect.Key{hash, zset, list, module, key("text", parser.DataTypeString, inspect.Preview{Of: 1, Items: []inspect.Item{{Value: text("x")}}})}}
}

func TestShowGolden(t *testing.T) {
	for name, width := range map[string]int{"show": 0, "show-80": 80, "show-60": 60, "show-40": 40} {
		var b bytes.Buffer
		if err := WriteShow(&b, shown(), Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		reporttest.Golden(t, name, b.Bytes(), *update)
		if width == 0 {
			width = 400
		}
		checkText(t, b.Bytes(), width, false)
	}
}

func TestShowRedacted(t *testing.T) {
	d := shown()
	document.NewRedactor([]byte("key")).Show(d, "not shown")
	var b bytes.Buffer
	if err := WriteShow(&b, d, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"cart", "scores", "sku", "ann", "xxx"} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("redacted, %q is there:\n%s", secret, &b)
		}
	}
	if n := strings.Count(b.String(), "value      not shown\n"); n != len(d.Keys) {
		t.Errorf("%d of %d keys say that their value is not shown:\n%s", n, len(d.Keys), &b)
	}
}
