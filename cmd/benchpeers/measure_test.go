//go:build unix

package main

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		in   []time.Duration
		want time.Duration
	}{
		{[]time.Duration{7}, 7},
		{[]time.Duration{9, 1, 5}, 5},
		{[]time.Duration{8, 2, 4, 100}, 6},
	} {
		if got := median(c.in); got != c.want {
			t.Errorf("median(%v) = %v, want %v", c.in, got, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	programs := []program{{name: "ours"}, {name: "theirs"}}
	runs := [][]measured{
		{{wall: time.Second, cpu: 2 * time.Second, peak: 3 << 20}, {wall: 3 * time.Second, cpu: 4 * time.Second, peak: 1 << 20}},
		{{wall: 20 * time.Second, cpu: 6 * time.Second, peak: 1 << 30}},
	}
	var b bytes.Buffer
	table(&b, "x.rdb", 200_000_000, programs, runs)
	for _, want := range []string{
		"| ours | 2.000 s (1.000 s) | 1.0 | 3.000 s | 1.0 | 100 | 3.0 MiB |",
		"| theirs | 20.000 s (20.000 s) | 10.0 | 6.000 s | 2.0 | 10 | 1024.0 MiB |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("table lacks %q:\n%s", want, b.String())
		}
	}
}

func TestAlternate(t *testing.T) {
	for _, name := range []string{"true", "false"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("no %s on this system", name)
		}
	}
	runs, err := alternate(context.Background(), []program{{"a", []string{"true"}}, {"b", []string{"true", "-x"}}}, "dump", 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range runs {
		if len(r) != 3 {
			t.Errorf("program %d ran %d timed rounds, want 3", i, len(r))
		}
		for _, m := range r {
			if m.wall <= 0 || m.peak <= 0 {
				t.Errorf("program %d: %+v lacks a figure", i, m)
			}
		}
	}
	if _, err := alternate(context.Background(), []program{{"broken", []string{"false"}}}, "dump", 1); err == nil {
		t.Error("a program that fails was measured")
	}
}
