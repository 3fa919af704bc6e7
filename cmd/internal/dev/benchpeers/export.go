//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// keysPrograms are the per-key export in every format that is streamed.
func keysPrograms(lens string) []program {
	var list []program
	for _, form := range []string{"csv", "jsonl", "parquet"} {
		list = append(list, program{name: "rdblens keys, " + form, argv: []string{lens, "keys", "-f", form, "--progress", "never"}})
	}
	return list
}

// exportRace measures the per-key export of the mixed dump beside its floor:
// what parquet-go takes for the same columns from memory, with the same
// settings, on one goroutine.
func exportRace(ctx context.Context, out io.Writer, lens string, rounds int) error {
	dump, err := benchDump(ctx, "mixed")
	if err != nil {
		return fmt.Errorf("write the mixed dump: %w", err)
	}
	keys, err := countKeys(ctx, lens, dump)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "benchpeers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bench := filepath.Join(dir, "report.test")
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", bench, "./report")
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the floor: %w", err)
	}
	programs := append(keysPrograms(lens), program{
		name: "parquet-go, columns from memory", bench: filepath.Join(root, "report"),
		argv: []string{bench, "-test.run", "^$", "-test.bench", "^BenchmarkParquet$/^floor$", "-test.benchtime", "1x"},
	})
	fi, err := os.Stat(dump)
	if err != nil {
		return err
	}
	runs, err := alternate(ctx, programs, dump, rounds)
	if err != nil {
		return err
	}
	table(out, "per-key export of "+filepath.Base(dump), fi.Size(), programs, runs)
	exportTable(out, keys, programs, runs)
	return nil
}

// exportTable prints keys per second; the last program is the floor of the one
// before it.
func exportTable(out io.Writer, keys int64, programs []program, runs [][]measured) {
	fmt.Fprintf(out, "\n%d keys\n\n| program | keys/s (fastest) | keys per CPU second |\n|---|--:|--:|\n", keys)
	rate := func(d time.Duration) string { return fmt.Sprintf("%.2f M", float64(keys)/1e6/d.Seconds()) }
	for i, p := range programs {
		s := summarize(runs[i])
		fmt.Fprintf(out, "| %s | %s (%s) | %s |\n", p.name, rate(s.wall), rate(s.fastest), rate(s.cpu))
	}
	n := len(programs)
	ours, floor := summarize(runs[n-2]), summarize(runs[n-1])
	fmt.Fprintf(out, "\nParquet at %.2f of the floor's speed (fastest runs %.2f); %.2f of its speed by CPU, the dump's analysis included\n",
		ratio(floor.wall, ours.wall), ratio(floor.fastest, ours.fastest), ratio(floor.cpu, ours.cpu))
}

// countKeys asks rdblens.
func countKeys(ctx context.Context, lens, dump string) (int64, error) {
	b, err := exec.CommandContext(ctx, lens, "check", "-f", "json", "--progress", "never", dump).Output()
	if err != nil {
		return 0, fmt.Errorf("count the keys of %s: %w", dump, err)
	}
	var check struct{ Sources []struct{ Keys int64 } }
	if err := json.Unmarshal(b, &check); err != nil || len(check.Sources) != 1 {
		return 0, fmt.Errorf("count the keys of %s: not what check prints (%w)", dump, err)
	}
	return check.Sources[0].Keys, nil
}

// measureBench runs a Go benchmark on a dump and takes the time that it tells,
// without that of loading the dump; of its memory nothing is known.
func measureBench(ctx context.Context, p program, dump string) (measured, error) {
	cmd := exec.CommandContext(ctx, p.argv[0], p.argv[1:]...)
	cmd.Dir, cmd.Env = p.bench, append(os.Environ(), "RDBLENS_BENCH_DUMP="+dump)
	b, err := cmd.CombinedOutput()
	if err != nil {
		return measured{}, fmt.Errorf("run %s: %w\n%s", p.name, err, b)
	}
	return parseBench(string(b))
}

// parseBench reads the figures of one benchmark.
func parseBench(text string) (measured, error) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 2 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		var m measured
		for i := 2; i+1 < len(fields); i += 2 {
			n, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return m, fmt.Errorf("benchmark says %q: %w", line, err)
			}
			switch fields[i+1] {
			case "ns/op":
				m.wall = time.Duration(n)
			case "cpu-ns/op":
				m.cpu = time.Duration(n)
			}
		}
		if m.wall > 0 && m.cpu > 0 {
			return m, nil
		}
	}
	return measured{}, fmt.Errorf("no benchmark in %q", text)
}
