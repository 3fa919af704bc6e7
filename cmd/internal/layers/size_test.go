package layers

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"testing"
)

// Bounds of size, in lines without tests: what is larger is no longer read as a whole.
const (
	mostLines        = 800
	mostPackageLines = 4450
)

// largePackages may be larger: a format and a model that have one row a case.
var largePackages = map[string]string{
	"parser":           "every opcode and encoding of ten formats",
	"aggregate/memory": "every allocation of sixteen server lines",
}

// TestSizes holds files and packages below what can be read as a whole.
func TestSizes(t *testing.T) {
	root := moduleRoot(t)
	packages := map[string]int{}
	walk(t, root, func(file string, _ []string) {
		b, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		n := bytes.Count(b, []byte{'\n'})
		if n > mostLines {
			t.Errorf("%s has %d lines, the bound is %d: divide it by subject", file, n, mostLines)
		}
		packages[path.Dir(file)] += n
	})
	if len(packages) < 50 {
		t.Errorf("%d packages were looked at", len(packages))
	}
	for dir, n := range packages {
		if n > mostPackageLines && largePackages[dir] == "" {
			t.Errorf("%s has %d lines, the bound is %d: what of it is a package of its own?", dir, n, mostPackageLines)
		}
	}
}
