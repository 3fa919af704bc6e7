// Command benchdata writes the dumps that benchmarks read, with a real
// redis-server (ids without one), and prints their paths.
//
//	go run ./cmd/internal/dev/benchdata -kind mixed       2.4 million keys of every type, over 700 MB
//	go run ./cmd/internal/dev/benchdata -kind mixed-raw   the same keys, written with rdbcompression no
//	go run ./cmd/internal/dev/benchdata -kind tiny        6 million short string keys, about 170 MB
//	go run ./cmd/internal/dev/benchdata -kind ids         30 million keys with tens of millions of prefixes, 1 GB
//	go run ./cmd/internal/dev/benchdata -kind hash        one hash of 5 million fields
//	go run ./cmd/internal/dev/benchdata -kind zset        one sorted set of 5 million members
//	go run ./cmd/internal/dev/benchdata -kind string      one string of 1 GiB that does not compress
//
// A dump is written once and kept in the user's cache directory; its contents
// come from a fixed seed, its order from the server's hash seed. What it holds is
// said on stderr. Writing the large ones takes some minutes and about 3 GB of
// memory.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/cmd/internal/liveredis"
	"github.com/rdblens/rdblens/parser"
)

// generation is part of the file name: raise it when the population changes.
const generation = 2

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "benchdata: error: %v\n", err)
		os.Exit(1)
	}
}

// size scales a number of keys, or of elements when there is a single key.
type size func(n int) int

// kind is a population.
type kind struct {
	fill func(f *filler, n size)
	args []string // of the server
}

var kinds = map[string]kind{
	"mixed":     {fill: mixed},
	"mixed-raw": {fill: mixed, args: []string{"--rdbcompression", "no"}},
	"tiny":      {fill: tiny},
	"hash":      {fill: hash},
	"zset":      {fill: zset},
	"string":    {fill: str, args: []string{"--rdbcompression", "no", "--proto-max-bulk-len", "2gb"}},
	"ids":       {}, // written without a server
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("benchdata", flag.ExitOnError)
	names := strings.Join(slices.Sorted(maps.Keys(kinds)), ", ")
	name := flags.String("kind", "mixed", "`population`: "+names)
	out := flags.String("o", "", "write to this `file` (default: in the cache directory, unless it is there)")
	bin := flags.String("server", "redis-server", "redis-server `program`")
	scale := flags.Int("scale", 1, "divide the population by `N`")
	times := flags.Int("times", 1, "multiply the population by `N`")
	_ = flags.Parse(args)

	k, ok := kinds[*name]
	if !ok {
		return fmt.Errorf("unknown kind %q, not one of %s", *name, names)
	}
	if *scale < 1 || *times < 1 {
		return fmt.Errorf("scale %d, times %d: must be at least 1", *scale, *times)
	}
	path := *out
	if path == "" {
		var err error
		if path, err = cached(*name, *scale, *times); err != nil {
			return err
		}
		if _, err := os.Stat(path); err == nil {
			fmt.Println(path)
			return nil
		}
	}
	n := func(n int) int { return max(1, n**times / *scale) }
	if err := write(ctx, *bin, path, k, n); err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	fmt.Println(path)
	return describe(os.Stderr, path)
}

// cached returns where a population is kept.
func cached(kind string, scale, times int) (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache directory: %w", err)
	}
	name := fmt.Sprintf("%s-%d", kind, generation)
	if scale > 1 {
		name += fmt.Sprintf("-scale%d", scale)
	}
	if times > 1 {
		name += fmt.Sprintf("-times%d", times)
	}
	return filepath.Join(dir, "rdblens-bench", name+".rdb"), nil
}

// write fills a server, lets it save, and moves the dump to path.
func write(ctx context.Context, bin, path string, k kind, n size) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	// Beside the target, so that the move stays on one file system.
	work, err := os.MkdirTemp(filepath.Dir(path), ".benchdata-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if k.fill == nil {
		temporary := filepath.Join(work, "ids.rdb")
		if err := writeIDs(temporary, n); err != nil {
			return err
		}
		return os.Rename(temporary, path)
	}
	s, err := liveredis.Start(ctx, bin, work, k.args...)
	if err != nil {
		return err
	}
	defer func() {
		if e := s.Stop(); err == nil {
			err = e
		}
	}()
	c, err := s.Dial()
	if err != nil {
		return err
	}
	defer c.Close()
	f := newFiller(c)
	k.fill(f, n)
	if err := c.Flush(); err != nil {
		return err
	}
	if _, err := c.Do("SAVE"); err != nil {
		return err
	}
	return os.Rename(s.Dump(), path)
}

// describe says what a dump holds: how much of it is compressed decides how
// much a reader can pass over.
func describe(w io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	r := parser.NewReader(file, parser.Options{})
	var keys, strings, length, stored int64
	for k := range r.Keys() {
		keys++
		if k.Is(parser.Compressed) {
			stored += k.Stored
		}
		if k.Type == parser.TypeString {
			strings++
			length += k.Len
		}
	}
	if err := r.Err(); err != nil {
		return err
	}
	size := r.Offset()
	_, err = fmt.Fprintf(w, "benchdata: %s: %d bytes, %d keys, %.1f %% of the bytes are LZF, a string has %.0f bytes on average\n",
		filepath.Base(path), size, keys, 100*float64(stored)/float64(max(size, 1)), float64(length)/float64(max(strings, 1)))
	return err
}
