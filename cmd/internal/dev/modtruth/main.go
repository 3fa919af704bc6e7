// Command modtruth writes the truth about values of modules: it fills a server that has
// the modules loaded, saves, starts the server again on the dump, and asks MEMORY USAGE
// key SAMPLES 0 of every key.
//
//	modtruth -name bloom-2.8.9 -module redisbloom.so -kinds filters
//
// The modules are not part of this repository; testdata/modules/README.md says which
// releases were taken.
package main

import (
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/cmd/internal/liveredis"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "modtruth: error: %v\n", err)
		os.Exit(1)
	}
}

// populations are the keys to be made, by name.
var populations = map[string]func(f *filler){"filters": (*filler).filters, "series": (*filler).series}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("modtruth", flag.ContinueOnError)
	flags.SetOutput(stderr)
	server := flags.String("server", "redis-server", "server to run")
	name := flags.String("name", "", "base name of the files")
	out := flags.String("o", filepath.Join("testdata", "modules"), "folder to write to")
	kinds := flags.String("kinds", "", "what to fill in, separated by commas: filters, series")
	var modules []string
	flags.Func("module", "module to load (may be given again)", func(s string) error {
		path, err := filepath.Abs(s)
		modules = append(modules, "--loadmodule", path)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *name == "" || len(modules) == 0 {
		return errors.New("-name and -module are needed")
	}
	dir, err := os.MkdirTemp("", "modtruth")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fill := func(c *liveredis.Client) error {
		f := &filler{c: c}
		for _, k := range strings.Split(*kinds, ",") {
			p := populations[k]
			if p == nil {
				return fmt.Errorf("no kind %q", k)
			}
			p(f)
		}
		if f.err != nil {
			return f.err
		}
		_, err := c.Do("SAVE")
		return err
	}
	ctx := context.Background()
	if err := withServer(ctx, *server, dir, modules, fill); err != nil {
		return err
	}
	dump, err := os.ReadFile(filepath.Join(dir, "dump.rdb"))
	if err != nil {
		return err
	}
	var rows []string
	if err := withServer(ctx, *server, dir, modules, func(c *liveredis.Client) error { rows, err = ask(c); return err }); err != nil {
		return err
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	base := filepath.Join(*out, *name)
	fmt.Fprintf(stdout, "%d keys, %d bytes\n", len(rows), len(dump))
	return errors.Join(writeGzip(base+".rdb.gz", dump), writeGzip(base+".tsv.gz", []byte(strings.Join(rows, ""))))
}

// withServer runs a server in dir with the modules.
func withServer(ctx context.Context, bin, dir string, modules []string, do func(*liveredis.Client) error) (err error) {
	s, err := liveredis.Start(ctx, bin, dir, append([]string{"--save", ""}, modules...)...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	c, err := s.Dial()
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}

// ask returns key, type and memory of every key, sorted.
func ask(c *liveredis.Client) ([]string, error) {
	reply, err := c.Do("KEYS", "*")
	if err != nil {
		return nil, err
	}
	keys, _ := reply.([]any)
	var rows []string
	for _, k := range keys {
		name, _ := k.(string)
		typ, err := c.Do("TYPE", name)
		if err != nil {
			return nil, err
		}
		usage, err := c.Do("MEMORY", "USAGE", name, "SAMPLES", 0)
		if err != nil {
			return nil, err
		}
		rows = append(rows, fmt.Sprintf("%s\t%v\t%v\n", name, typ, usage))
	}
	slices.Sort(rows)
	return rows, nil
}

func writeGzip(path string, data []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, err = z.Write(data)
	return errors.Join(err, z.Close(), f.Close())
}
