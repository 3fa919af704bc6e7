package aggregate_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// notNamed are exported names of aggregate/data that package aggregate has not.
var notNamed = map[string]string{
	"MaxTime": "a bound of times, which only checks of what is read need",
}

// TestDataIsNamed: a caller of package aggregate needs no other for the data it
// gives and gets.
func TestDataIsNamed(t *testing.T) {
	here, below := exported(t, "."), exported(t, "data")
	if len(below) < 60 {
		t.Fatalf("only %d names in aggregate/data", len(below))
	}
	for _, name := range below {
		_, left := notNamed[name]
		if has := slices.Contains(here, name); has == left {
			t.Errorf("data.%s: named in aggregate: %v, to be left out: %v", name, has, left)
		}
	}
	for name := range notNamed {
		if !slices.Contains(below, name) {
			t.Errorf("aggregate/data has no %s", name)
		}
	}
}

// exported lists the exported package-level names of a folder, without tests.
func exported(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range files {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					names = append(names, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						names = append(names, s.Name.Name)
					case *ast.ValueSpec:
						for _, id := range s.Names {
							names = append(names, id.Name)
						}
					}
				}
			}
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return !ast.IsExported(n) })
}
