// Command accuracy holds the memory model against what servers said of every
// key of the dumps in testdata/truth. It prints the tables and writes
// docs/accuracy.md.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rdblens/rdblens/aggregate/memory/truth"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "accuracy: error: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("accuracy", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("truth", "", "folder of the truth (default: testdata/truth of the checkout)")
	doc := flags.String("o", "", "document to write (default: docs/accuracy.md beside testdata; - writes none)")
	peer := flags.String("peer", "", "compare github.com/hdt3213/rdb with this server, for example redis-7.4, and write nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" {
		folder, err := truth.Folder()
		if err != nil {
			return err
		}
		*dir = folder
	}
	if *peer != "" {
		return printPeer(stdout, *dir, *peer)
	}
	results, err := compareAll(*dir)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, summaryTable(results)+"\n"+encodingTables(results)); err != nil {
		return err
	}
	if *doc == "-" {
		return nil
	}
	if *doc == "" {
		*doc = filepath.Join(*dir, "..", "..", "docs", "accuracy.md")
	}
	return os.WriteFile(*doc, document(results), 0o644)
}

// compareAll compares all servers of a folder, in order of their names.
func compareAll(dir string) ([]*result, error) {
	files, err := truth.Files(dir)
	if err != nil {
		return nil, err
	}
	dumps, err := truth.Dumps(dir, nil)
	if err != nil {
		return nil, err
	}
	var all []*result
	for _, f := range files {
		r, err := compare(f, dumps[f.Dump])
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

func printPeer(w io.Writer, dir, name string) error {
	files, err := truth.Files(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Name != name {
			continue
		}
		dumps, err := truth.Dumps(dir, func(n string) bool { return n == f.Dump })
		if err != nil {
			return err
		}
		ours, err := compare(f, dumps[f.Dump])
		if err != nil {
			return err
		}
		theirs, err := comparePeer(f, dumps[f.Dump])
		if err != nil {
			return fmt.Errorf("github.com/hdt3213/rdb on %s: %w", f.Dump, err)
		}
		var buf bytes.Buffer
		fmt.Fprintf(&buf, "rdblens on %s\n\n%s\ngithub.com/hdt3213/rdb on %s\n\n%s", name, groupTable([]*result{ours}), name, groupTable([]*result{theirs}))
		_, err = w.Write(buf.Bytes())
		return err
	}
	return fmt.Errorf("no server %q in %q", name, dir)
}
