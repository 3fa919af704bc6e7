package layers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRacePackages: make race runs each package whose code starts a goroutine, with a
// go statement or by the Go method of a sync.WaitGroup. What only tests and the tools
// of developers start is their own affair.
func TestRacePackages(t *testing.T) {
	root := moduleRoot(t)
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?m)^RACE_PACKAGES \?= ((?:.*\\\n)*.*)$`).FindSubmatch(text)
	if list == nil {
		t.Fatal("the Makefile has no RACE_PACKAGES")
	}
	var raced []string
	for _, p := range strings.Fields(strings.ReplaceAll(string(list[1]), "\\\n", " ")) {
		raced = append(raced, strings.TrimPrefix(p, "./"))
	}
	starts := map[string]string{} // by folder: where
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && (rel == "cmd/internal/dev" || rel == "cmd/e2e" || strings.HasSuffix(rel, "test") || strings.HasPrefix(d.Name(), ".") && rel != "."):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go"):
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if startsGoroutine(n) {
				starts[filepath.ToSlash(filepath.Dir(rel))] = set.Position(n.Pos()).String()
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(starts) < 5 {
		t.Errorf("goroutines were found in %d packages: the code is not read", len(starts))
	}
	for dir, where := range starts {
		if !slices.Contains(raced, dir) {
			t.Errorf("%s starts a goroutine, and %s is not among RACE_PACKAGES", where, dir)
		}
	}
	for _, dir := range raced {
		if starts[dir] == "" && dir != "aggregate" {
			t.Errorf("%s starts no goroutine: make race need not run it", dir)
		}
	}
}

func startsGoroutine(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		return true
	case *ast.CallExpr:
		s, ok := n.Fun.(*ast.SelectorExpr)
		return ok && s.Sel.Name == "Go" && len(n.Args) == 1
	}
	return false
}
