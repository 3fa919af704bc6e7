// Command demodata writes testdata/demo.rdb, the dump of an invented shop, with
// a real redis-server, and beside it what that server says every key costs.
//
//	go run ./cmd/internal/dev/demodata -o testdata
//
// It writes three files: demo.rdb; demo.tsv.gz with the columns db, key_hex,
// type, encoding, memory_usage (TYPE, OBJECT ENCODING, MEMORY USAGE key
// SAMPLES 0, asked of a server that was started again on the dump); demo.json
// with INFO memory of the empty and of the loaded server.
//
// Keys, values, idle times and lifetimes come from a fixed seed. Expiry times
// count from the minute of the run, because a server cannot be asked to save
// with another clock, and the order of keys in the dump follows the server's
// hash seed: two runs agree in content, not in bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/rdblens/rdblens/cmd/internal/liveredis"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "demodata: error: %v\n", err)
		os.Exit(1)
	}
}

// config is the server's configuration while the dump is written and measured.
// An LRU policy makes the dump record idle times. Without latency tracking
// used_memory does not grow by a 24 KiB histogram for every command used.
var config = []string{"--maxmemory-policy", "volatile-lru", "--latency-tracking", "no"}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("demodata", flag.ExitOnError)
	out := flags.String("o", "testdata", "`directory` for demo.rdb, demo.tsv.gz and demo.json")
	bin := flags.String("server", "redis-server", "redis-server `program`, 7.0 or later")
	label := flags.String("label", "redis-7.0-debian", "server and allocator, as demo.json names them")
	_ = flags.Parse(args)

	work, err := os.MkdirTemp("", "rdblens-demo-")
	if err != nil {
		return fmt.Errorf("make a work directory: %w", err)
	}
	defer os.RemoveAll(work)

	empty, err := emptyMemory(ctx, *bin, filepath.Join(work, "empty"))
	if err != nil {
		return fmt.Errorf("measure an empty server: %w", err)
	}
	dump, err := writeDump(ctx, *bin, filepath.Join(work, "shop"))
	if err != nil {
		return fmt.Errorf("write the dump: %w", err)
	}
	t, err := measure(ctx, *bin, filepath.Dir(dump))
	if err != nil {
		return fmt.Errorf("measure the loaded dump: %w", err)
	}
	t.Server, t.Config, t.Empty, t.Dump = *label, config, empty, "demo.rdb"
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	if err := copyFile(dump, filepath.Join(*out, "demo.rdb")); err != nil {
		return err
	}
	return t.write(filepath.Join(*out, "demo"))
}

// writeDump fills a server with the shop and saves it; it returns the path of
// the dump.
func writeDump(ctx context.Context, bin, dir string) (dump string, err error) {
	err = withServer(ctx, bin, dir, func(c *liveredis.Client) error {
		if err := populate(c, time.Now().Truncate(time.Minute)); err != nil {
			return err
		}
		_, err := c.Do("SAVE")
		return err
	}, nobodysReplica...)
	if err != nil {
		return "", err
	}
	// Once more from a server that only loaded it: used_memory, which the dump
	// records, then holds the keys and no traces of how they were written.
	err = withServer(ctx, bin, dir, func(c *liveredis.Client) error {
		for _, command := range [][]any{
			{"DEBUG", "SET-ACTIVE-EXPIRE", 0},
			{"REPLICAOF", "NO", "ONE"},
			{"SAVE"},
		} {
			c.Send(nil, command...)
		}
		return c.Flush()
	}, nobodysReplica...)
	return filepath.Join(dir, "dump.rdb"), err
}

// nobodysReplica makes a server a writable replica of a master that does not
// exist (port 1 is tcpmux): a master would remove keys whose expiry is in the
// past, a replica keeps them until its master says so.
var nobodysReplica = []string{"--replicaof", "127.0.0.1 1", "--replica-read-only", "no"}

// withServer starts a server on the dump in dir, if there is one, and stops it
// when do returns.
func withServer(ctx context.Context, bin, dir string, do func(*liveredis.Client) error, args ...string) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	// DEBUG keeps expired keys from being collected.
	s, err := liveredis.Start(ctx, bin, dir, slices.Concat([]string{"--enable-debug-command", "yes"}, config, args)...)
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
	return do(c)
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o644)
}
