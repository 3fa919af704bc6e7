package layers

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedTest = regexp.MustCompile("`(?:[a-z/]+\\.)?(Test[A-Z]\\w*)`")
	// A file with its folder, as the lists of docs/extending.md and the pictures of
	// docs/architecture.md give it.
	namedFile = regexp.MustCompile("`((?:aggregate|cmd|docs|parser|report|testdata)/[\\w./]+\\.(?:go|md|json|txt))`")
)

// TestDocsNameWhatIsThere: the pages for developers send nobody to a file or a
// test that is gone.
func TestDocsNameWhatIsThere(t *testing.T) {
	root := moduleRoot(t)
	tests := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			tests[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"architecture.md", "extending.md"} {
		text, err := os.ReadFile(filepath.Join(root, "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		names, files := namedTest.FindAllStringSubmatch(string(text), -1), namedFile.FindAllStringSubmatch(string(text), -1)
		if page == "extending.md" && (len(names) < 15 || len(files) < 15) {
			t.Errorf("%s: %d tests and %d files were found in it: it is not read as it is written", page, len(names), len(files))
		}
		for _, m := range names {
			if !tests[m[1]] {
				t.Errorf("docs/%s names %s, which is no test", page, m[1])
			}
		}
		for _, m := range files {
			if strings.Contains(m[1], "NAME") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("docs/%s names %s: %v", page, m[1], err)
			}
		}
	}
}
