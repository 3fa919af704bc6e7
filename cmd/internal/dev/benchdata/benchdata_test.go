package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPopulations writes each population at a thousandth of its size and lets
// the server's own checker count the keys.
func TestPopulations(t *testing.T) {
	for _, program := range []string{"redis-server", "redis-check-rdb"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("RDBLENS_CI") != "" {
				t.Fatalf("%s is required: %v", program, err)
			}
			t.Skipf("%s is not installed", program)
		}
	}
	for kind, keys := range map[string]string{
		"mixed": "2441 keys read", "mixed-raw": "2441 keys read", "tiny": "6000 keys read", "ids": "30000 keys read",
		"hash": "1 keys read", "zset": "1 keys read", "string": "1 keys read",
	} {
		t.Run(kind, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bench.rdb")
			if err := run(context.Background(), []string{"-kind", kind, "-scale", "1000", "-o", path}); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("redis-check-rdb", path).CombinedOutput()
			if err != nil {
				t.Fatalf("redis-check-rdb: %v\n%s", err, out)
			}
			if !strings.Contains(string(out), keys) {
				t.Errorf("redis-check-rdb does not say %q:\n%s", keys, out)
			}
		})
	}
}

func TestUnknownKind(t *testing.T) {
	err := run(context.Background(), []string{"-kind", "large", "-o", filepath.Join(t.TempDir(), "x")})
	if err == nil || !strings.Contains(err.Error(), `"large"`) {
		t.Errorf("error %v, want one that names the kind", err)
	}
}
