// Command benchdata writes the dumps that benchmarks read, with a real
// redis-server, and prints their paths.
//
//	go run ./cmd/benchdata -kind mixed     2.4 million keys of every type, over 500 MB
//	go run ./cmd/benchdata -kind tiny      6 million short string keys, about 170 MB
//	go run ./cmd/benchdata -kind onehash   one hash of 2 million fields
//
// A dump is written once and kept in the user's cache directory; its contents
// come from a fixed seed, its order from the server's hash seed. Writing the
// large one takes some minutes and about 3 GB of memory.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/cmd/internal/liveredis"
)

// generation is part of the file name: raise it when the population changes.
const generation = 1

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "benchdata: error: %v\n", err)
		os.Exit(1)
	}
}

// kinds are the populations by name; scale divides the number of keys (of
// fields, for one hash).
var kinds = map[string]func(f *filler, scale int){
	"mixed":   mixed,
	"tiny":    tiny,
	"onehash": oneHash,
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("benchdata", flag.ExitOnError)
	kind := flags.String("kind", "mixed", "`population`: mixed, tiny or onehash")
	out := flags.String("o", "", "write to this `file` (default: in the cache directory, unless it is there)")
	bin := flags.String("server", "redis-server", "redis-server `program`")
	scale := flags.Int("scale", 1, "divide the population by `N`")
	_ = flags.Parse(args)

	fill, ok := kinds[*kind]
	if !ok {
		return fmt.Errorf("unknown kind %q: mixed, tiny and onehash are known", *kind)
	}
	if *scale < 1 {
		return fmt.Errorf("scale %d: must be at least 1", *scale)
	}
	path := *out
	if path == "" {
		var err error
		if path, err = cached(*kind, *scale); err != nil {
			return err
		}
		if _, err := os.Stat(path); err == nil {
			fmt.Println(path)
			return nil
		}
	}
	if err := write(ctx, *bin, path, func(f *filler) { fill(f, *scale) }); err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	fmt.Println(path)
	return nil
}

// cached returns where a population is kept.
func cached(kind string, scale int) (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache directory: %w", err)
	}
	name := fmt.Sprintf("%s-%d.rdb", kind, generation)
	if scale > 1 {
		name = fmt.Sprintf("%s-%d-scale%d.rdb", kind, generation, scale)
	}
	return filepath.Join(dir, "rdblens-bench", name), nil
}

// write fills a server, lets it save, and moves the dump to path.
func write(ctx context.Context, bin, path string, fill func(*filler)) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	// Beside the target, so that the move stays on one file system.
	work, err := os.MkdirTemp(filepath.Dir(path), ".benchdata-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	s, err := liveredis.Start(ctx, bin, work)
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
	fill(f)
	if err := c.Flush(); err != nil {
		return err
	}
	if _, err := c.Do("SAVE"); err != nil {
		return err
	}
	info, err := c.Do("INFO", "keyspace")
	if err != nil {
		return err
	}
	text, _ := info.(string)
	fmt.Fprintf(os.Stderr, "benchdata: %s\n", strings.Join(slices.Collect(databases(text)), ", "))
	return os.Rename(s.Dump(), path)
}

// databases yields the lines of INFO keyspace without the heading.
func databases(info string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(info) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "db") && !yield(line) {
				return
			}
		}
	}
}
