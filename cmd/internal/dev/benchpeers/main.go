//go:build unix

// Command benchpeers measures rdblens against github.com/hdt3213/rdb and
// redis-check-rdb on generated dumps: the programs take turns, so that what
// else the machine does falls on all of them.
//
//	go run ./cmd/internal/dev/benchpeers -rdblens ./rdblens
//	go run ./cmd/internal/dev/benchpeers -rdblens ./rdblens -kind ids
//	go run ./cmd/internal/dev/benchpeers -rdblens ./rdblens -kind export
//	go run ./cmd/internal/dev/benchpeers -rdblens ./rdblens -kind linear
//
// It prints one Markdown table for each dump: median wall time, median CPU
// time (user and system, the steadier figure on a shared machine), throughput,
// the largest peak of resident memory, and each program's times as multiples
// of those of `rdblens report`. Dumps are written by cmd/internal/dev/benchdata and kept in
// the user's cache directory; so is the peer's program, built from its module
// at the version go.mod names.
//
// The kind export measures the per-key rows of the mixed dump in every format,
// and beside them what the Parquet writer takes for the same columns when they
// are in memory already (BenchmarkParquet of package report).
//
// The kind linear measures reports of tiny and mixed at one, two and four times
// their keys: the cost of a key and the peak memory must not grow.
//
// The dump of identifiers is measured only when it is asked for: grouping its
// keys takes the peer minutes and 8 GB of memory.
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
	"runtime"
	"strings"
	"syscall"

	"github.com/rdblens/rdblens/parser"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "benchpeers: error: %v\n", err)
		os.Exit(1)
	}
}

// paths collects a repeatable flag.
type paths []string

func (p *paths) String() string     { return strings.Join(*p, " ") }
func (p *paths) Set(s string) error { *p = append(*p, s); return nil }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("benchpeers", flag.ExitOnError)
	rdblens := flags.String("rdblens", "./rdblens", "the rdblens `program`")
	rounds := flags.Int("rounds", 5, "`N` timed runs of each program")
	var dumps, kinds paths
	flags.Var(&dumps, "dump", "measure on this `file` (repeatable)")
	flags.Var(&kinds, "kind", "measure on this population of cmd/internal/dev/benchdata, export (the rows of mixed) or linear (one, two and four times tiny and mixed) (repeatable; default: all but ids, export and linear)")
	floorOf := flags.String("floor", "", "read this `file`, compute its checksum, and do nothing else")
	_ = flags.Parse(args)
	if *floorOf != "" {
		return readAndSum(*floorOf)
	}
	if *rounds < 1 {
		return errors.New("rounds must be at least 1")
	}
	lens, err := filepath.Abs(*rdblens)
	if err != nil {
		return err
	}
	if _, err := os.Stat(lens); err != nil {
		return fmt.Errorf("find rdblens (build it first): %w", err)
	}
	if len(dumps)+len(kinds) == 0 {
		kinds = paths{"mixed", "mixed-raw", "tiny", "hash", "zset", "string"}
	}
	hdt, version, err := buildPeer(ctx)
	if err != nil {
		return fmt.Errorf("build the peer: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	check, err := exec.LookPath("redis-check-rdb")
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchpeers: warning: redis-check-rdb is not installed, left out")
	}
	field := field{lens: lens, hdt: hdt, version: version, check: check, self: self}

	fmt.Fprintf(out, "%s/%s, %d CPUs, %s%s, %d rounds, page cache warm, memory floor of this harness %s\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), cpuModel(), *rounds, mib(floor(ctx)))
	for _, kind := range kinds {
		if own := ownRaces[kind]; own != nil {
			if err := own(ctx, out, lens, *rounds); err != nil {
				return err
			}
			continue
		}
		path, err := benchDump(ctx, kind)
		if err != nil {
			return fmt.Errorf("write the %s dump: %w", kind, err)
		}
		if err := race(ctx, out, path, field.programs(kind), *rounds); err != nil {
			return err
		}
	}
	for _, dump := range dumps {
		if err := race(ctx, out, dump, field.programs(""), *rounds); err != nil {
			return err
		}
	}
	return nil
}

// ownRaces are kinds that are no population and measure rdblens alone.
var ownRaces = map[string]func(ctx context.Context, out io.Writer, lens string, rounds int) error{
	"export": exportRace,
	"linear": linearRace,
}

// race measures on one dump and prints its table.
func race(ctx context.Context, out io.Writer, dump string, programs []program, rounds int) error {
	fi, err := os.Stat(dump)
	if err != nil {
		return err
	}
	runs, err := alternate(ctx, programs, dump, rounds)
	if err != nil {
		return err
	}
	table(out, filepath.Base(dump), fi.Size(), programs, runs)
	return nil
}

// field are the programs that may take part; check is empty when it is missing.
type field struct{ lens, hdt, version, check, self string }

// programs returns what is measured on a population; the first is the base of
// the ratios.
func (f *field) programs(kind string) []program {
	quiet := []string{"--progress", "never"}
	list := []program{{name: "rdblens report", argv: append([]string{f.lens, "report", "-f", "json"}, quiet...)}}
	memory := program{name: "hdt3213/rdb " + f.version + " memory", argv: []string{f.hdt, "-c", "memory", "-o", os.DevNull}}
	switch kind {
	case "ids":
		return append(list, program{name: "hdt3213/rdb " + f.version + " prefix", argv: []string{f.hdt, "-c", "prefix", "-o", os.DevNull}})
	case "string":
		list = append(list, program{name: "read and checksum only", argv: []string{f.self, "-floor"}}, memory)
	case "mixed":
		list = append(list, keysPrograms(f.lens)...)
		fallthrough
	default:
		list = append(list, program{name: "rdblens check", argv: append([]string{f.lens, "check", "-f", "json"}, quiet...)}, memory)
	}
	if f.check != "" {
		list = append(list, program{name: "redis-check-rdb", argv: []string{f.check}})
	}
	return list
}

// readAndSum is what no reader of a whole dump can do without.
func readAndSum(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, _, err = parser.Sum(file)
	return err
}

// benchDump returns the path of a population, written now if it is not cached.
func benchDump(ctx context.Context, kind string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"run", "./cmd/internal/dev/benchdata", "-kind", kind}, args...)...)
	cmd.Stderr = os.Stderr
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", err
	}
	cmd.Dir = root
	b, err := cmd.Output()
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(b)), nil
}

func moduleRoot(ctx context.Context) (string, error) {
	b, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the module (run inside the checkout): %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

const peerModule = "github.com/hdt3213/rdb"

// buildPeer builds the peer's command line in a module of its own: our go.mod
// need not know what its other commands import.
func buildPeer(ctx context.Context) (path, version string, err error) {
	b, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Version}}", peerModule).Output()
	if err != nil {
		return "", "", fmt.Errorf("ask for the version of %s: %w", peerModule, err)
	}
	version = strings.TrimSpace(string(b))
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", "", err
	}
	dir := filepath.Join(cache, "rdblens-bench", "hdt3213-rdb-"+version+"-"+runtime.Version())
	path = filepath.Join(dir, "rdb")
	if _, err := os.Stat(path); err == nil {
		return path, version, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", "", err
	}
	mod := fmt.Sprintf("module peer\n\ngo 1.26.0\n\nrequire %s %s\n", peerModule, version)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o644); err != nil {
		return "", "", err
	}
	build := exec.CommandContext(ctx, "go", "build", "-mod=mod", "-o", path, peerModule)
	build.Dir, build.Stderr = dir, os.Stderr
	return path, version, build.Run()
}

// cpuModel returns ", name of the processor" where the system tells it.
func cpuModel() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return ", " + strings.TrimSpace(value)
		}
	}
	return ""
}

// peakMemory returns the largest resident set of an ended process in bytes.
// Linux hands the peak of the process that started it down to it, so small
// programs show at least the memory of this one: see floor.
func peakMemory(s *os.ProcessState) int64 {
	u, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	peak := int64(u.Maxrss) //nolint:unconvert // an int32 on 32-bit systems
	if runtime.GOOS != "darwin" {
		peak <<= 10 // KiB everywhere else
	}
	return peak
}

// floor is the peak shown for a program that needs no memory.
func floor(ctx context.Context) int64 {
	cmd := exec.CommandContext(ctx, "true")
	if cmd.Run() != nil {
		return 0
	}
	return peakMemory(cmd.ProcessState)
}
