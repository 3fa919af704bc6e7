package e2e

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// installed puts a folder of files with a package.json into the user's cache directory
// and installs what it names, unless it is there; it returns where.
func installed(t *testing.T, files embed.FS, folder string) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		need(t, program)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := files.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	content := map[string][]byte{}
	hash := sha256.New()
	for _, e := range entries { // sorted by name
		b, err := files.ReadFile(folder + "/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		content[e.Name()] = b
		if e.Name() == "package.json" {
			hash.Write(b)
		}
	}
	dir := filepath.Join(cache, "rdblens-e2e", hex.EncodeToString(hash.Sum(nil)[:8]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, b := range content {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "installed")); err == nil {
		return dir
	}
	install := exec.Command("npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("install what %s needs: %v\n%s", folder, err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "installed"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// need returns the path of the first of some programs that is there. Without one the test
// is skipped, or fails where everything must run.
func need(t *testing.T, programs ...string) string {
	t.Helper()
	for _, p := range programs {
		if path, err := exec.LookPath(p); err == nil {
			return path
		}
	}
	if os.Getenv("RDBLENS_CI") != "" {
		t.Fatalf("%s is required", programs[0])
	}
	t.Skipf("%s is not installed", programs[0])
	return ""
}
