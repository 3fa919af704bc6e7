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
	runs, err := alternate(context.Background(), []program{{name: "a", argv: []string{"true"}}, {name: "b", argv: []string{"true", "-x"}}}, "dump", 3)
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
	if _, err := alternate(context.Background(), []program{{name: "broken", argv: []string{"false"}}}, "dump", 1); err == nil {
		t.Error("a program that fails was measured")
	}
}

func TestParseBench(t *testing.T) {
	m, err := parseBench("goos: linux\nBenchmarkParquet/floor-2 \t 1\t2105907537 ns/op\t 838482000 cpu-ns/op\t 1157933 keys/s\t22230168 B/op\nPASS\n")
	if err != nil || m != (measured{wall: 2105907537, cpu: 838482000}) {
		t.Errorf("%+v, %v", m, err)
	}
	for _, text := range []string{"", "PASS\n", "BenchmarkParquet/floor-2 1 7 ns/op\n", "BenchmarkX 1 seven ns/op\n"} {
		if m, err := parseBench(text); err == nil {
			t.Errorf("%q: %+v", text, m)
		}
	}
}

func TestExportTable(t *testing.T) {
	programs := []program{{name: "csv"}, {name: "parquet"}, {name: "floor"}}
	run := func(wall, cpu time.Duration) []measured { return []measured{{wall: wall, cpu: cpu, peak: 1}} }
	var b bytes.Buffer
	exportTable(&b, 6_000_000, programs, [][]measured{run(time.Second, 2*time.Second), run(4*time.Second, 5*time.Second), run(3*time.Second, 4*time.Second)})
	for _, want := range []string{"6000000 keys", "| csv | 6.00 M (6.00 M) | 3.00 M |", "Parquet at 0.75 of the floor's speed (fastest runs 0.75); 0.80 of its speed by CPU"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("table lacks %q:\n%s", want, b.String())
		}
	}
}
