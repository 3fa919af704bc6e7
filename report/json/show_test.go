package json

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/inspect"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/document"
)

// TestShow: a key is its row as rdblens keys -f jsonl writes it, and what is
// known of it besides.
func TestShow(t *testing.T) {
	key := &inspect.Key{
		Row: aggregate.Row{
			Key: []byte("a\xff"), DataType: parser.DataTypeString, TypeName: "string", Size: memory.Size{Bytes: 72, Resident: 72, Exact: true, Encoding: memory.EncodingRaw},
			Elements: 1, LongestElement: 50, IdleSeconds: -1, Freq: -1, Slot: 9, Pattern: []byte("a"), RDBBytes: 55, Source: "x<y",
		},
		Offset: 12, RDBType: "STRING", Model: aggregate.Model{Server: "redis-7.4", Allocator: "jemalloc", Config: map[string]string{}},
		Terms: []memory.Term{{Name: "object", Bytes: 72, Source: "object.c"}}, Waste: 4,
		Preview: inspect.Preview{By: "rdblens", Items: []inspect.Item{{Value: &inspect.Text{Text: "<b>", Bytes: 50}}}, Of: 1},
	}
	var b bytes.Buffer
	if err := WriteShow(&b, &document.Show{Partial: true, Keys: []*inspect.Key{key}}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b.Bytes(), []byte(`"x<y"`)) || !bytes.HasSuffix(b.Bytes(), []byte("\n}\n")) {
		t.Errorf("%s", &b)
	}
	var got struct {
		Schema  string
		Partial bool
		Keys    []map[string]any
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != "rdblens.show/1" || !got.Partial || len(got.Keys) != 1 {
		t.Fatalf("%+v", got)
	}
	want := map[string]any{
		"db": 0.0, "type": "string", "key": `a\xff`, "key_base64": "Yf8=", "size_in_bytes": 72.0, "encoding": "raw", "exact": true, "source": "x<y",
		"offset": 12.0, "rdb_type": "STRING", "waste_bytes": 4.0,
		"terms":         []any{map[string]any{"name": "object", "bytes": 72.0, "waste": 0.0, "source": "object.c"}},
		"value_preview": map[string]any{"by": "rdblens", "items": []any{map[string]any{"value": map[string]any{"text": "<b>", "bytes": 50.0}}}, "of": 1.0},
	}
	for name, v := range want {
		if diff := cmp.Diff(v, got.Keys[0][name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	b.Reset()
	if err := WriteShow(&b, &document.Show{}); err != nil || !bytes.Contains(b.Bytes(), []byte(`"keys": []`)) {
		t.Errorf("without keys: %v\n%s", err, &b)
	}
}
