package e2e

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

//go:embed duckdb
var duckdbFiles embed.FS

// duck runs SQL in DuckDB under Node.js.
type duck struct{ dir string }

// row is one result row; numbers of DuckDB's wide types arrive as strings.
type row map[string]any

// newDuck installs DuckDB, at the version that package.json names, into the
// user's cache directory, unless it is there.
func newDuck(t *testing.T) *duck {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("RDBLENS_CI") != "" {
				t.Fatalf("%s is required: %v", program, err)
			}
			t.Skipf("%s is not installed", program)
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"package.json", "query.mjs"}
	hash := sha256.New()
	for _, name := range names {
		hash.Write(embedded(t, name))
	}
	dir := filepath.Join(cache, "rdblens-e2e", hex.EncodeToString(hash.Sum(nil)[:8]))
	if _, err := os.Stat(filepath.Join(dir, "installed")); err == nil {
		return &duck{dir}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), embedded(t, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	install := exec.Command("npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("install DuckDB: %v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "installed"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return &duck{dir}
}

func embedded(t *testing.T, name string) []byte {
	t.Helper()
	b, err := duckdbFiles.ReadFile("duckdb/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// query runs named queries and returns their rows.
func (d *duck) query(t *testing.T, queries map[string]string) map[string][]row {
	t.Helper()
	in, err := json.Marshal(queries)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "query.mjs")
	cmd.Dir = d.dir
	cmd.Stdin = bytes.NewReader(in)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("DuckDB: %v\n%s", err, stderr.Bytes())
	}
	var results map[string][]row
	if err := json.Unmarshal(stdout.Bytes(), &results); err != nil {
		t.Fatalf("decode what DuckDB says: %v", err)
	}
	return results
}

// integer returns a column as a number; NULL, the sum over no rows, is 0.
func (r row) integer(t *testing.T, column string) int64 {
	t.Helper()
	v, ok := r[column]
	if !ok {
		t.Fatalf("no column %q in %v", column, r)
	}
	switch v := v.(type) {
	case nil:
		return 0
	case float64:
		return int64(v)
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			t.Fatalf("column %q: %v", column, err)
		}
		return n
	default:
		t.Fatalf("column %q is %T", column, v)
		return 0
	}
}

// text returns a column as text; NULL is "".
func (r row) text(t *testing.T, column string) string {
	t.Helper()
	v, ok := r[column]
	if !ok {
		t.Fatalf("no column %q in %v", column, r)
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// quote writes a path as an SQL string.
func quote(path string) string {
	return "'" + string(bytes.ReplaceAll([]byte(path), []byte("'"), []byte("''"))) + "'"
}
