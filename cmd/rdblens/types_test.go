package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestEveryTypeIsShown shows a value of every type that the parser knows: one that
// is new there must have a preview of its elements, or a note instead of one.
func TestEveryTypeIsShown(t *testing.T) {
	dir := t.TempDir()
	for info := range parser.Types() {
		if info.Unreadable {
			continue
		}
		dump, ok := rdbtest.Specimen(info.Dialect.String(), info.Code())
		if !ok {
			t.Errorf("%s: no specimen", info.Name)
			continue
		}
		path := filepath.Join(dir, info.Name+".rdb")
		if err := os.WriteFile(path, dump, 0o666); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"show", "-f", "json", path, rdbtest.SpecimenKey}, nil, &out, &errs, func(string) string { return "" }); code != 0 {
			t.Errorf("%s: exit %d: %s", info.Name, code, errs.String())
			continue
		}
		var doc struct {
			Keys []struct {
				Type    string
				Preview struct {
					Items []map[string]any
					Note  string
				} `json:"value_preview"`
			}
		}
		if err := json.Unmarshal(out.Bytes(), &doc); err != nil || len(doc.Keys) != 1 {
			t.Errorf("%s: %v: %s", info.Name, err, out.String())
			continue
		}
		k := &doc.Keys[0]
		items, member := rdbtest.SpecimenElements, ""
		switch info.DataType {
		case parser.DataTypeString:
			items, member = 1, "value"
		case parser.DataTypeHash:
			member = "field"
		case parser.DataTypeSet, parser.DataTypeZset:
			member = "member"
		case parser.DataTypeList, parser.DataTypeArray:
			member = "index"
		case parser.DataTypeStream, parser.DataTypeModule:
			if k.Preview.Note == "" || info.DataType == parser.DataTypeStream != strings.Contains(k.Preview.Note, "last ID") {
				t.Errorf("%s: the note %q", info.Name, k.Preview.Note)
			}
			continue
		default:
			items = 0 // nobody knows what is in it
		}
		if len(k.Preview.Items) != items {
			t.Errorf("%s: %d items, want %d: %+v", info.Name, len(k.Preview.Items), items, k.Preview)
		}
		for _, it := range k.Preview.Items {
			if it[member] == nil {
				t.Errorf("%s: an item without a %s: %v", info.Name, member, it)
			}
			if info.DataType == parser.DataTypeZset && it["score"] == nil {
				t.Errorf("%s: a member without a score: %v", info.Name, it)
			}
		}
		expires := slices.ContainsFunc(k.Preview.Items, func(it map[string]any) bool { return it["expiry"] != nil })
		if expires != (info.FieldTTLs && info.DataType == parser.DataTypeHash) {
			t.Errorf("%s: a field with an expiry: %v", info.Name, expires)
		}
	}
}
