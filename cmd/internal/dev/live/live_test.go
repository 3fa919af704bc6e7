package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestShort lives the short form of every life.
func TestShort(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and runs servers for a minute")
	}
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("RDBLENS_CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no redis-server")
	}
	bin := filepath.Join(t.TempDir(), "rdblens")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-pgo=off", "-o", bin, "../../../rdblens").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var table, errs bytes.Buffer
	if err := run(t.Context(), []string{"-rdblens", bin, "-short"}, &table, &errs); err != nil {
		t.Errorf("%v\n%s%s", err, &table, &errs)
	}
	if n := strings.Count(table.String(), "\n"); n != 1+len(populations) {
		t.Errorf("%d lines:\n%s", n, &table)
	}
}

// TestBounds: what is out of bounds is called so.
func TestBounds(t *testing.T) {
	for _, x := range []struct {
		r    result
		want bool
	}{
		{result{used: 100_000_000, room: 10_000_000, stated: 10_000_000, restarted: 90_200_000}, true},
		{result{used: 100_000_000, room: 10_000_000, stated: 10_000_000, restarted: 90_600_000}, false},
		{result{used: 100_000_000, room: 5_000_000, stated: 5_000_000, restarted: 95_300_000}, false}, // the saving is 6 % off
		{result{used: 1_000_000, room: 50_000, stated: 50_000, restarted: 1_000_000}, true},
		{result{used: 1_000_000, room: 80_000, stated: 80_000, restarted: 1_000_000}, false},
	} {
		if got := x.r.good(); got != x.want {
			t.Errorf("%+v: %t", x.r, got)
		}
	}
}
