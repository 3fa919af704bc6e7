package e2e

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"os/exec"
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
	return &duck{installed(t, duckdbFiles, "duckdb")}
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
