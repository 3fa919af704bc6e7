//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// program is one competitor; the dump's path is added to argv.
type program struct {
	name string
	argv []string
	// bench is the directory of a Go benchmark that times itself: see measureBench.
	bench string
}

// measured is one run.
type measured struct {
	wall, cpu time.Duration
	peak      int64 // bytes
}

// alternate runs every program once untimed and then rounds times, taking
// turns; the order turns round too, so that no program always follows the same
// one. result[i] holds the runs of programs[i].
func alternate(ctx context.Context, programs []program, dump string, rounds int) ([][]measured, error) {
	runs := make([][]measured, len(programs))
	for round := range rounds + 1 {
		for k := range programs {
			i := (k + round) % len(programs)
			m, err := measure(ctx, programs[i], dump)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				runs[i] = append(runs[i], m)
			}
		}
	}
	return runs, nil
}

func measure(ctx context.Context, p program, dump string) (measured, error) {
	if p.bench != "" {
		return measureBench(ctx, p, dump)
	}
	cmd := exec.CommandContext(ctx, p.argv[0], append(slices.Clone(p.argv[1:]), dump)...)
	var said head
	cmd.Stderr = &said
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return measured{}, fmt.Errorf("run %s on %s: %w\n%s", p.name, dump, err, said.buf)
	}
	s := cmd.ProcessState
	return measured{wall: wall, cpu: s.UserTime() + s.SystemTime(), peak: peakMemory(s)}, nil
}

// head keeps the first 4 KiB of what a program complains about.
type head struct{ buf []byte }

func (h *head) Write(p []byte) (int, error) {
	h.buf = append(h.buf, p[:min(len(p), 4096-len(h.buf))]...)
	return len(p), nil
}

// table prints the medians; the first program is the base of the ratios.
func table(w io.Writer, name string, size int64, programs []program, runs [][]measured) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n%s, %d bytes\n\n", name, size)
	fmt.Fprintln(&b, "| program | wall (min) | × | CPU | × | MB/s | peak memory |")
	fmt.Fprintln(&b, "|---|--:|--:|--:|--:|--:|--:|")
	base := summarize(runs[0])
	for i, p := range programs {
		s := summarize(runs[i])
		fmt.Fprintf(&b, "| %s | %s (%s) | %.1f | %s | %.1f | %.0f | %s |\n", strings.ReplaceAll(p.name, "|", `\|`),
			seconds(s.wall), seconds(s.fastest), ratio(s.wall, base.wall), seconds(s.cpu), ratio(s.cpu, base.cpu),
			float64(size)/1e6/s.wall.Seconds(), mib(s.peak))
	}
	_, _ = w.Write(b.Bytes())
}

type summary struct {
	wall, fastest, cpu time.Duration
	peak               int64
}

func summarize(runs []measured) summary {
	var wall, cpu []time.Duration
	s := summary{}
	for _, m := range runs {
		wall, cpu = append(wall, m.wall), append(cpu, m.cpu)
		s.peak = max(s.peak, m.peak)
	}
	s.wall, s.cpu, s.fastest = median(wall), median(cpu), slices.Min(wall)
	return s
}

// median returns the middle of d, or the mean of the two middle ones.
func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	n := len(d)
	if n%2 == 1 {
		return d[n/2]
	}
	return (d[n/2-1] + d[n/2]) / 2
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }

// mib is empty for what is not known.
func mib(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
