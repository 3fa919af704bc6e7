package json

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

var update = flag.Bool("update", false, "rewrite the reporttest.Golden files")

func writeJSON(t *testing.T, d *document.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteReport(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestJSONGolden(t *testing.T) {
	for name, document := range reporttest.Documents {
		t.Run(name, func(t *testing.T) {
			d := document()
			reporttest.Golden(t, name+".json", writeJSON(t, d), *update)
			if diff := cmp.Diff(document(), d); diff != "" {
				t.Errorf("the document was changed:\n%s", diff)
			}
		})
	}
}

// TestJSONRoundTrip: what is written can be read back into a document.
func TestJSONRoundTrip(t *testing.T) {
	for _, name := range []string{"empty", "shop", "partial", "fleet"} {
		d := reporttest.Documents[name]()
		b := writeJSON(t, d)
		if !bytes.HasSuffix(b, []byte("}\n")) || bytes.HasSuffix(b, []byte("\n\n")) {
			t.Errorf("%s ends in %q", name, b[len(b)-4:])
		}
		var got document.Document
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		if again := writeJSON(t, &got); !bytes.Equal(b, again) {
			t.Errorf("%s differs after reading it back: %s", name, cmp.Diff(string(b), string(again)))
		}
	}
}

func TestJSONWriteError(t *testing.T) {
	if err := WriteReport(reporttest.FailAfter(10), reporttest.ShopDocument()); !errors.Is(err, reporttest.ErrFull) {
		t.Errorf("%v", err)
	}
	d := reporttest.ShopDocument()
	d.Suggestions[0].Evidence = append(d.Suggestions[0].Evidence, advice.Fact{Name: "bad", Value: func() {}})
	if err := WriteReport(reporttest.FailAfter(0), d); err == nil || errors.Is(err, reporttest.ErrFull) {
		t.Errorf("evidence that is no JSON: %v", err)
	}
}

// TestJSONNeverNull: no array and no object is null, however bare the document.
func TestJSONNeverNull(t *testing.T) {
	bare := &document.Document{}
	fillSlices(reflect.ValueOf(bare).Elem())
	for _, d := range []*document.Document{{}, bare} {
		v := reporttest.Decoded(t, string(writeJSON(t, d)))
		checkNulls(t, "", reflect.TypeFor[document.Document](), v)
	}
}

// fillSlices gives every slice of structs one bare element.
func fillSlices(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillSlices(v.Field(i))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fillSlices(v.Index(0))
		}
	}
}

// checkNulls fails on null where the Go type is a slice or a map.
func checkNulls(t *testing.T, path string, typ reflect.Type, v any) {
	t.Helper()
	switch typ.Kind() {
	case reflect.Struct:
		object, _ := v.(map[string]any)
		for _, f := range jsonFields(typ) {
			if x, ok := object[f.name]; ok {
				checkNulls(t, path+"."+f.name, f.typ, x)
			} else if !f.omitempty {
				t.Errorf("%s.%s is absent", path, f.name)
			}
		}
	case reflect.Slice:
		if typ == reflect.TypeFor[advice.Evidence]() {
			checkNulls(t, path, reflect.TypeFor[map[string]any](), v)
			return
		}
		array, ok := v.([]any)
		if !ok {
			t.Errorf("%s is %v", path, v)
		}
		for i, x := range array {
			checkNulls(t, fmt.Sprintf("%s[%d]", path, i), typ.Elem(), x)
		}
	case reflect.Map:
		if _, ok := v.(map[string]any); !ok {
			t.Errorf("%s is %v", path, v)
		}
	}
}

type jsonField struct {
	name      string
	typ       reflect.Type
	omitempty bool
}

// jsonFields lists the fields of a struct as encoding/json has them.
func jsonFields(typ reflect.Type) []jsonField {
	var out []jsonField
	for i := range typ.NumField() {
		f := typ.Field(i)
		tag := f.Tag.Get("json")
		if f.Anonymous && tag == "" {
			out = append(out, jsonFields(f.Type)...)
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		out = append(out, jsonField{name, f.Type, strings.Contains(options, "omitempty")})
	}
	return out
}

// schema is docs/report.schema.json, as far as the report needs JSON Schema.
type schema struct {
	Ref                  string             `json:"$ref"`
	Description          string             `json:"description"`
	Deprecated           bool               `json:"deprecated"` // says nothing about what is valid
	Type                 any                `json:"type"`       // a name, or names
	Properties           map[string]*schema `json:"properties"`
	Required             []string           `json:"required"`
	Items                *schema            `json:"items"`
	AdditionalProperties *schema            `json:"additionalProperties"`
	Enum                 []any              `json:"enum"`
	Const                any                `json:"const"`
	Minimum              *int64             `json:"minimum"`
	Maximum              *int64             `json:"maximum"`
	Format               string             `json:"format"`
	ContentEncoding      string             `json:"contentEncoding"`

	ID     string             `json:"$id"`
	Schema string             `json:"$schema"`
	Title  string             `json:"title"`
	Defs   map[string]*schema `json:"$defs"`
}

func readSchema(t *testing.T) *schema {
	t.Helper()
	return schemaOf(t, "report")
}

// schemaOf reads docs/NAME.schema.json.
func schemaOf(t *testing.T, name string) *schema {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", name+".schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields() // a keyword that the check below would pass over
	var s schema
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	return &s
}

func (s *schema) resolve(t *testing.T, root *schema) *schema {
	t.Helper()
	if s.Ref == "" {
		return s
	}
	d := root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")]
	if d == nil {
		t.Fatalf("%s is not defined", s.Ref)
	}
	return d
}

func (s *schema) types() []string {
	switch v := s.Type.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, fmt.Sprint(x))
		}
		return out
	}
	return nil
}

// TestSchemaDescribesDocument: every field of the Go types is in the schema,
// with its type and presence, and the schema has no others.
func TestSchemaDescribesDocument(t *testing.T) {
	describesAll(t, readSchema(t), reflect.TypeFor[document.Document]())
}

// describesAll holds a schema against the Go type of its document.
func describesAll(t *testing.T, root *schema, typ reflect.Type) {
	t.Helper()
	used := map[string]bool{}
	describes(t, root, root, typ, "document", used)
	for name := range root.Defs {
		if !used["#/$defs/"+name] {
			t.Errorf("nothing refers to %s", name)
		}
	}
}

func describes(t *testing.T, root, s *schema, typ reflect.Type, path string, used map[string]bool) {
	t.Helper()
	if s.Ref != "" {
		used[s.Ref] = true
		s = s.resolve(t, root)
	}
	null := typ.Kind() == reflect.Pointer
	if null {
		typ = typ.Elem()
	}
	var want string
	switch {
	case typ == reflect.TypeFor[aggregate.Time]():
		want = "string"
		if s.Format != "date-time" {
			t.Errorf("%s has format %q", path, s.Format)
		}
	case typ == reflect.TypeFor[aggregate.Ratio]():
		want = "number"
	default:
		switch typ.Kind() {
		case reflect.Struct:
			want = "object"
			var names, required []string
			for _, f := range jsonFields(typ) {
				names = append(names, f.name)
				if !f.omitempty {
					required = append(required, f.name)
				}
				p := s.Properties[f.name]
				if p == nil {
					t.Errorf("%s.%s is not in the schema", path, f.name)
					continue
				}
				if f.omitempty && f.typ.Kind() == reflect.Pointer {
					f.typ = f.typ.Elem() // absent instead of null
				}
				describes(t, root, p, f.typ, path+"."+f.name, used)
			}
			slices.Sort(names)
			if diff := cmp.Diff(names, slices.Sorted(maps.Keys(s.Properties))); diff != "" {
				t.Errorf("%s has other properties: %s", path, diff)
			}
			slices.Sort(required)
			if diff := cmp.Diff(required, slices.Sorted(slices.Values(s.Required))); diff != "" {
				t.Errorf("%s requires others: %s", path, diff)
			}
		case reflect.Slice:
			if typ == reflect.TypeFor[advice.Evidence]() {
				want = "object"
				break
			}
			want = "array"
			if s.Items == nil {
				t.Fatalf("%s has no items", path)
			}
			describes(t, root, s.Items, typ.Elem(), path+"[]", used)
		case reflect.Map:
			want = "object"
			if typ.Elem().Kind() != reflect.Interface {
				if s.AdditionalProperties == nil {
					t.Fatalf("%s has no additionalProperties", path)
				}
				describes(t, root, s.AdditionalProperties, typ.Elem(), path+"{}", used)
			}
		case reflect.String:
			want = "string"
		case reflect.Bool:
			want = "boolean"
		case reflect.Int, reflect.Int32, reflect.Int64:
			want = "integer"
		default:
			t.Fatalf("%s is a %v", path, typ)
		}
	}
	types := []string{want}
	if null {
		types = append(types, "null")
	}
	if diff := cmp.Diff(types, s.types()); diff != "" {
		t.Errorf("%s: %s", path, diff)
	}
	if s.Description == "" && !strings.HasSuffix(path, "[]") && !strings.HasSuffix(path, "{}") {
		t.Errorf("%s is not described", path)
	}
}

// TestSchemaValidatesReports checks what is written against the schema.
func TestSchemaValidatesReports(t *testing.T) {
	root := readSchema(t)
	for _, name := range []string{"empty", "shop", "partial", "fleet", "huge"} {
		d := reporttest.Documents[name]()
		if d.Blobs == "" {
			d.Blobs = "header"
		}
		var errs []string
		validate(t, root, root, reporttest.Decoded(t, string(writeJSON(t, d))), name, &errs)
		for _, e := range errs {
			t.Error(e)
		}
	}
}

// TestSchemaRefuses: the check above can fail.
func TestSchemaRefuses(t *testing.T) {
	root := readSchema(t)
	for name, change := range map[string]func(v map[string]any){
		"schema":           func(v map[string]any) { v["schema"] = "rdblens.report/2" },
		"blobs":            func(v map[string]any) { v["blobs"] = "some" },
		"patterns":         func(v map[string]any) { v["patterns"] = nil },
		"totals.keys":      func(v map[string]any) { delete(v["totals"].(map[string]any), "keys") },
		"totals.elements":  func(v map[string]any) { v["totals"].(map[string]any)["elements"] = "1" },
		"sources[0].ctime": func(v map[string]any) { v["sources"].([]any)[0].(map[string]any)["ctime"] = "yesterday" },
		"slots.biggest[0].slot": func(v map[string]any) {
			v["slots"].(map[string]any)["biggest"].([]any)[0].(map[string]any)["slot"] = json.Number("16384")
		},
		"by_type[0].keys": func(v map[string]any) { v["by_type"].([]any)[0].(map[string]any)["keys"] = json.Number("-1") },
		"patterns[0].encodings.other": func(v map[string]any) {
			v["patterns"].([]any)[0].(map[string]any)["encodings"] = map[string]any{"other": "many"}
		},
	} {
		v := reporttest.Decoded(t, string(writeJSON(t, reporttest.ShopDocument()))).(map[string]any)
		change(v)
		var errs []string
		validate(t, root, root, v, "", &errs)
		if len(errs) != 1 || !strings.HasPrefix(errs[0], "."+name+" ") {
			t.Errorf("%s: %q", name, errs)
		}
	}
}

func validate(t *testing.T, root, s *schema, v any, path string, errs *[]string) {
	t.Helper()
	s = s.resolve(t, root)
	fail := func(format string, args ...any) { *errs = append(*errs, path+" "+fmt.Sprintf(format, args...)) }
	kind := ""
	switch v := v.(type) {
	case nil:
		kind = "null"
	case bool:
		kind = "boolean"
	case string:
		kind = "string"
		if s.Format == "date-time" {
			if _, err := time.Parse(time.RFC3339, v); err != nil {
				fail("%v", err)
			}
		}
	case json.Number:
		kind = "number"
		if n, err := v.Int64(); err == nil {
			kind = "integer"
			if s.Minimum != nil && n < *s.Minimum || s.Maximum != nil && n > *s.Maximum {
				fail("is %d", n)
			}
		}
	case []any:
		kind = "array"
		for i, x := range v {
			if s.Items != nil {
				validate(t, root, s.Items, x, fmt.Sprintf("%s[%d]", path, i), errs)
			}
		}
	case map[string]any:
		kind = "object"
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				*errs = append(*errs, path+"."+name+" is missing")
			}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if p := s.Properties[name]; p != nil {
				validate(t, root, p, v[name], path+"."+name, errs)
			} else if s.AdditionalProperties != nil {
				validate(t, root, s.AdditionalProperties, v[name], path+"."+name, errs)
			}
		}
	}
	types := s.types()
	if len(types) > 0 && !slices.Contains(types, kind) && !(kind == "integer" && slices.Contains(types, "number")) {
		fail("is %s, not %v", kind, types)
	}
	if s.Enum != nil && !slices.Contains(s.Enum, v) {
		fail("is %v, not one of %v", v, s.Enum)
	}
	if s.Const != nil && s.Const != v {
		fail("is %v, not %v", v, s.Const)
	}
}
