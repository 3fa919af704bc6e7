//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
)

// linearRace measures reports of ever more keys: what a key costs, and the
// peak memory, in alternating runs.
func linearRace(ctx context.Context, out io.Writer, lens string, rounds int) error {
	report := program{name: "rdblens report", argv: []string{lens, "report", "-f", "json", "--progress", "never"}}
	for _, kind := range []string{"tiny", "mixed"} {
		fmt.Fprintf(out, "\n%s\n\n| times | keys | ns per key, user and system | of the smallest | peak memory |\n|--:|--:|--:|--:|--:|\n", kind)
		var dumps []string
		var keys []int64
		times := []int{1, 2, 4}
		for _, n := range times {
			dump, err := benchDump(ctx, kind, "-times", strconv.Itoa(n))
			if err != nil {
				return fmt.Errorf("write %d times %s: %w", n, kind, err)
			}
			count, err := countKeys(ctx, lens, dump)
			if err != nil {
				return err
			}
			dumps, keys = append(dumps, dump), append(keys, count)
		}
		runs := make([][]measured, len(dumps))
		for round := range rounds + 1 {
			for k := range dumps {
				i := (k + round) % len(dumps)
				m, err := measure(ctx, report, dumps[i])
				if err != nil {
					return err
				}
				if round > 0 { // the first warms the page cache
					runs[i] = append(runs[i], m)
				}
			}
		}
		var first float64
		for i, n := range times {
			s := summarize(runs[i])
			cost := float64(s.cpu.Nanoseconds()) / float64(keys[i])
			if i == 0 {
				first = cost
			}
			fmt.Fprintf(out, "| %d | %d | %.0f | %.2f | %s |\n", n, keys[i], cost, cost/first, mib(s.peak))
		}
	}
	return nil
}
