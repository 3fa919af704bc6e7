package json

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
)

// TestCheckSchema holds docs/check.schema.json against the types that check
// writes: every field with its type, whether it may be missing or null, and
// the words that stand beside it in the code. -update writes it anew.
func TestCheckSchema(t *testing.T) {
	holdSchema(t, reflect.TypeFor[document.Check](), "check", document.CheckSchema,
		"What rdblens check says of one or more dumps. Sizes and offsets are bytes, text from a dump is escaped. Fields may be added; none is removed or changes its meaning.")
}

// holdSchema compares docs/NAME.schema.json with what a type says, or writes it.
func holdSchema(t *testing.T, typ reflect.Type, name, title, description string) {
	t.Helper()
	m := schemaMaker{t: t, defs: map[string]any{}, words: map[string]map[string]string{}, nullable: name != "check"}
	root := m.object(typ)
	root["properties"].(map[string]any)["schema"].(map[string]any)["const"] = title
	root["$schema"], root["$id"], root["title"] = "https://json-schema.org/draft/2020-12/schema", "urn:rdblens:"+name+":1", title
	root["description"] = description
	root["$defs"] = m.defs
	want, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	file := filepath.Join("..", "..", "docs", name+".schema.json")
	if *update {
		if err := os.WriteFile(file, want, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("the schema is not what the types say; go test -run Schema -update (-types +file)\n%s", d)
	}
}

// schemaMaker turns Go types into JSON Schema.
type schemaMaker struct {
	t     *testing.T
	defs  map[string]any
	words map[string]map[string]string // by package: "type.field" → comment
	// nullable: what may be null has a definition of its own, instead of anyOf.
	nullable bool
}

func (m *schemaMaker) object(typ reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, options, tagged := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && !tagged && name == "" { // its fields are ours
			inner := m.object(f.Type)
			maps.Copy(properties, inner["properties"].(map[string]any))
			required = append(required, inner["required"].([]string)...)
			continue
		}
		if !f.IsExported() || name == "-" || !tagged && name == "" {
			continue
		}
		p := m.of(f.Type)
		if words := m.comments(typ.PkgPath())[typ.Name()+"."+f.Name]; words != "" {
			p["description"] = words
		}
		properties[name] = p
		if !strings.Contains(options, "omitempty") {
			required = append(required, name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

func (m *schemaMaker) of(typ reflect.Type) map[string]any {
	if typ.Kind() == reflect.Pointer && typ.Elem().Kind() == reflect.Struct && m.nullable {
		name := "nullable_" + strings.ToLower(typ.Elem().Name())
		if m.defs[name] == nil {
			object := m.object(typ.Elem())
			object["type"] = []any{"object", "null"}
			m.defs[name] = object
		}
		return map[string]any{"$ref": "#/$defs/" + name}
	}
	if typ.Kind() == reflect.Pointer {
		inner := m.of(typ.Elem())
		if kind, ok := inner["type"]; ok {
			inner["type"] = []any{kind, "null"}
			return inner
		}
		return map[string]any{"anyOf": []any{inner, map[string]any{"type": "null"}}}
	}
	if typ == reflect.TypeFor[aggregate.Time]() {
		return map[string]any{"type": "string", "format": "date-time"}
	}
	if typ == reflect.TypeFor[aggregate.Ratio]() {
		return map[string]any{"type": "number"}
	}
	switch typ.Kind() {
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": m.of(typ.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": m.of(typ.Elem())}
	case reflect.Struct:
		name := strings.ToLower(typ.Name())
		if m.defs[name] == nil {
			m.defs[name] = true // the types do not nest in themselves
			m.defs[name] = m.object(typ)
		}
		return map[string]any{"$ref": "#/$defs/" + name}
	}
	return map[string]any{"type": "integer"}
}

// comments returns what stands above or behind the fields of a package's structs.
func (m *schemaMaker) comments(pkg string) map[string]string {
	if words := m.words[pkg]; words != nil {
		return words
	}
	words := map[string]string{}
	m.words[pkg] = words
	rest, ok := strings.CutPrefix(pkg, "github.com/rdblens/rdblens/")
	files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(rest), "*.go"))
	if !ok || err != nil || len(files) == 0 {
		m.t.Fatalf("no files of package %q: %v", pkg, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			m.t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					text := field.Comment.Text()
					if text == "" {
						text = field.Doc.Text()
					}
					for _, name := range field.Names {
						words[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(text), " ")
					}
				}
			}
			return true
		})
	}
	return words
}
