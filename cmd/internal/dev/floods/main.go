// Command floods runs the program over inputs that were made to fill its memory,
// and holds the largest resident set of each run against a bound.
//
//	go run ./cmd/internal/dev/floods -rdblens ./rdblens            all of them, some minutes
//	go run ./cmd/internal/dev/floods -rdblens ./rdblens -short     smaller ones, a minute
//	go run ./cmd/internal/dev/floods -rdblens ./rdblens -run parts those with such a name
//
// Inputs are written to a temporary directory and removed after their run; the
// largest take 2 GB there. It exits with 1 when a run failed or needed more than
// its bound. See docs/hostile-input.md for what bounds what.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "floods: error: %v\n", err)
		os.Exit(1)
	}
}

// program is where the program to be measured is, and what of a flood there is to be.
type program struct {
	path  string
	short bool
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("floods", flag.ContinueOnError)
	path := flags.String("rdblens", "rdblens", "the `program` to measure")
	short := flags.Bool("short", false, "smaller inputs")
	only := flags.String("run", "", "only floods with this `text` in their name")
	write := flags.String("write", "", "write the inputs of the flood of this `name` into the directory given as argument, and no more")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *write != "" {
		return writeInputs(*write, flags.Arg(0), *short)
	}
	p, err := filepath.Abs(*path)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%-42s %10s %10s %8s\n", "flood", "peak", "bound", "time")
	var wrong []string
	for _, f := range floods {
		if !strings.Contains(f.name, *only) || *short && f.long {
			continue
		}
		start := time.Now()
		peak, err := f.measure(ctx, program{p, *short})
		verdict := ""
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			verdict = "  FAILED: " + err.Error()
		case peak > f.bound:
			verdict = "  TOO MUCH"
		}
		if verdict != "" {
			wrong = append(wrong, f.name)
		}
		fmt.Fprintf(out, "%-42s %6.1f MiB %6d MiB %6.1f s%s\n", f.name, float64(peak)/(1<<20), f.bound>>20, time.Since(start).Seconds(), verdict)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("beyond the bound, or failed: %s", strings.Join(wrong, ", "))
	}
	return nil
}

// measure makes the inputs of a flood, runs the program over them and returns its
// largest resident set, bytes.
func (f *flood) measure(ctx context.Context, p program) (peak int64, err error) {
	dir, err := os.MkdirTemp("", "rdblens-floods-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// Another process makes them: what this one has in memory when it starts the
	// program counts as the program's.
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	args := []string{"-write", f.name}
	if p.short {
		args = append(args, "-short")
	}
	if _, err := runProgram(ctx, dir, self, append(args, dir), nil, 0); err != nil {
		return 0, err
	}
	for _, args := range f.before {
		if err := eachInput(dir, args, func(args []string) error {
			_, err := runProgram(ctx, dir, p.path, args, nil, 0)
			return err
		}); err != nil {
			return 0, err
		}
	}
	return runProgram(ctx, dir, p.path, f.args, f.stdin(p.short), f.exit)
}

// eachInput calls do for each dump of a directory, whose name without its end takes
// the place of NAME in the arguments.
func eachInput(dir string, args []string, do func(args []string) error) error {
	dumps, err := filepath.Glob(filepath.Join(dir, "*.rdb"))
	if err != nil {
		return err
	}
	for _, path := range dumps {
		name := strings.TrimSuffix(filepath.Base(path), ".rdb")
		var named []string
		for _, a := range args {
			named = append(named, strings.ReplaceAll(a, "NAME", name))
		}
		if err := do(named); err != nil {
			return err
		}
	}
	return nil
}

// runProgram runs a program in a directory and returns its largest resident set;
// input, if it is not nil, writes its standard input.
func runProgram(ctx context.Context, dir, path string, args []string, input func(io.Writer) error, exit int) (int64, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	said := new(strings.Builder)
	cmd.Stderr = said
	var pipe io.WriteCloser
	if input != nil {
		var err error
		if pipe, err = cmd.StdinPipe(); err != nil {
			return 0, err
		}
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	if input != nil {
		err := input(pipe)
		if e := pipe.Close(); err == nil {
			err = e
		}
		if err != nil {
			_ = cmd.Wait()
			return 0, fmt.Errorf("%s: its input: %w: %s", filepath.Base(path), err, short(said.String()))
		}
	}
	_ = cmd.Wait() // the exit code tells
	if code := cmd.ProcessState.ExitCode(); code != exit {
		return 0, fmt.Errorf("%s %s: exit code %d, not %d: %s", filepath.Base(path), strings.Join(args, " "), code, exit, short(said.String()))
	}
	return peakMemory(cmd.ProcessState), nil
}

// short is the beginning of what a program said.
func short(s string) string {
	const most = 400
	return strings.TrimSpace(s[:min(len(s), most)])
}
