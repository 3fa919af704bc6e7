package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rdblens/rdblens/aggregate"
)

// flood is an input that makes something grow, and what a run over it may take.
type flood struct {
	name string
	// write makes the inputs in a directory; n scales it, a hundredth at least.
	write func(dir string, n scale) error
	// pipe writes the input of a run that reads it from a pipe, nil for none.
	pipe   func(w io.Writer, n scale) error
	before [][]string // runs of the program for each dump, not measured
	args   []string   // of the run that is
	exit   int
	bound  int64 // bytes of the largest resident set
	long   bool  // there is no smaller one
}

// scale is how much of a flood there is to be.
type scale struct{ short bool }

// of returns the number for a whole flood or a short one.
func (s scale) of(whole, short int) int {
	if s.short {
		return short
	}
	return whole
}

const (
	mib = 1 << 20
	// budget is what a run is to need at most. Floods with a larger bound are not
	// within it yet: parts of which all samples are full (32,768 probed keys take
	// half a kilobyte each), a table for each of 16,384 databases (more of them are
	// refused, exit code 3), a trie as heavy as it may be, of which the report makes
	// a second one. Their bounds hold what they need today.
	budget = 64 * mib
)

var floods = []*flood{
	{
		name: "120 daily snapshots, every span, 4.3 MB", bound: budget,
		write: func(dir string, n scale) error { return snapshots(dir, n.of(120, 24), 16_000) },
		args:  []string{"report", "-q", "-f", "json", "--", "."},
	},
	{
		name: "365 daily snapshots", bound: budget,
		write: func(dir string, n scale) error { return snapshots(dir, n.of(365, 40), 9_000) },
		args:  []string{"report", "-q", "-f", "json", "--", "."}, long: true,
	},
	{
		name: "60 parts of daily snapshots", bound: budget,
		write:  func(dir string, n scale) error { return snapshots(dir, n.of(60, 12), 16_000) },
		before: [][]string{{"report", "-q", "NAME.rdb", "-o", "NAME.rdbpart"}},
		args:   []string{"merge", "-q", "-f", "json", "--", "*.rdbpart"},
	},
	{
		name: "10,000 parts of small dumps", bound: 128 * mib,
		write: func(dir string, n scale) error { return smallParts(dir, n.of(10_000, 500)) },
		args:  []string{"merge", "-q", "-f", "json", "--", "*.rdbpart"},
	},
	{
		name: "40,000 days without a clock", bound: budget,
		pipe: func(w io.Writer, n scale) error { return noClock(w, n.of(400_000, 120_000)) },
		args: []string{"report", "-q", "-f", "json", "-"},
	},
	{
		name: "every span of one clock", bound: budget,
		pipe: func(w io.Writer, n scale) error { return everySpan(w, clock, n.of(400_000, 100_000)) },
		args: []string{"report", "-q", "-f", "json", "-"},
	},
	{
		name: "16,384 databases", bound: 96 * mib,
		pipe: func(w io.Writer, n scale) error { return databases(w, 16_384) },
		args: []string{"report", "-q", "-f", "json", "-"},
	},
	{
		name: "100,000 databases", bound: 96 * mib,
		pipe: func(w io.Writer, n scale) error { return databases(w, 100_000) },
		args: []string{"report", "-q", "-f", "json", "-"},
	},
	{
		name: "100,000 databases, the largest first", bound: 112 * mib,
		pipe: func(w io.Writer, n scale) error { return fallingDatabases(w, 100_000) },
		args: []string{"report", "-q", "-f", "json", "-"},
	},
	{
		name: "100,000 databases, checked", bound: 96 * mib,
		pipe: func(w io.Writer, n scale) error { return databases(w, 100_000) },
		args: []string{"check", "-q", "-f", "json", "-"},
	},
	{
		name: "two parts of 100,000 databases", bound: 96 * mib,
		write: func(dir string, n scale) error {
			if err := writeFile(filepath.Join(dir, "up.rdb"), func(w io.Writer) error { return databases(w, 100_000) }); err != nil {
				return err
			}
			return writeFile(filepath.Join(dir, "down.rdb"), func(w io.Writer) error { return fallingDatabases(w, 100_000) })
		},
		before: [][]string{{"report", "-q", "NAME.rdb", "-o", "NAME.rdbpart"}},
		args:   []string{"merge", "-q", "-f", "json", "--", "*.rdbpart"},
	},
	{
		name: "random separators", bound: 96 * mib,
		pipe: func(w io.Writer, n scale) error { return separators(w, n.of(1_000_000, 200_000)) },
		args: []string{"report", "-q", "-f", "json", "-"},
	},
	{
		name: "a JSON document of 500 MB", bound: 96 * mib,
		pipe: func(w io.Writer, n scale) error { return document(w, n.of(10_000_000, 1_000_000)) },
		args: []string{"report", "-q", "-f", "json", "-"},
	},
	{
		name: "long names to Parquet", bound: budget,
		pipe: func(w io.Writer, n scale) error { return longNames(w, n.of(24_000, 4_000)) },
		args: []string{"keys", "-q", "-o", "out.parquet", "-"},
	},
	{
		name: "long names to Parquet, beside a report", bound: budget,
		pipe: func(w io.Writer, n scale) error { return longNames(w, n.of(24_000, 4_000)) },
		args: []string{"report", "-q", "-f", "json", "--keys", "out.parquet", "-"},
	},
	{
		name: "everything at once", bound: 192 * mib,
		pipe: func(w io.Writer, n scale) error { return everything(w, n.of(1_000_000, 150_000)) },
		args: []string{"report", "-q", "-f", "json", "-"},
	},
	{
		name: "everything at once, rows to Parquet", bound: 224 * mib,
		pipe: func(w io.Writer, n scale) error { return everything(w, n.of(1_000_000, 150_000)) },
		args: []string{"report", "-q", "-f", "json", "--keys", "out.parquet", "-"},
	},
	{
		name: "everything at once, all outputs", bound: 256 * mib,
		pipe: func(w io.Writer, n scale) error { return everything(w, n.of(1_000_000, 150_000)) },
		args: []string{"report", "-q", "-o", "out.json", "-o", "out.txt", "-o", "out.rdbpart", "-o", "tables/", "--keys", "rows/", "-"},
	},
	{
		name: "64 MB of junk behind a part's magic", bound: budget, exit: 1,
		write: func(dir string, n scale) error {
			return writeFile(filepath.Join(dir, "junk.rdbpart"), func(w io.Writer) error { return junk(w, 64*mib-16) })
		},
		args: []string{"merge", "-q", "-f", "json", "junk.rdbpart"},
	},
}

// stdin returns what writes the standard input of a flood, nil for none.
func (f *flood) stdin(short bool) func(io.Writer) error {
	if f.pipe == nil {
		return nil
	}
	return func(w io.Writer) error { return f.pipe(w, scale{short}) }
}

// writeInputs makes the files of a flood.
func writeInputs(name, dir string, short bool) error {
	for _, f := range floods {
		if f.name == name {
			if f.write == nil {
				return nil
			}
			return f.write(dir, scale{short})
		}
	}
	return fmt.Errorf("no flood %q", name)
}

func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	err = write(file)
	if e := file.Close(); err == nil {
		err = e
	}
	return err
}

// snapshots are dumps of one server, a day after each other.
func snapshots(dir string, n, keys int) error {
	for i := range n {
		path := filepath.Join(dir, fmt.Sprintf("snapshot-%03d.rdb", i))
		if err := writeFile(path, func(w io.Writer) error { return everySpan(w, clock+int64(i)*86_400, keys) }); err != nil {
			return err
		}
	}
	return nil
}

// smallParts are parts of as many dumps, made here: to run the program for each
// would take minutes.
func smallParts(dir string, n int) error {
	cfg := &aggregate.Config{Tool: aggregate.Tool{Name: "floods", Version: "1"}}
	for i := range n {
		name := fmt.Sprintf("server-%05d", i)
		var b bytes.Buffer
		if err := sessions(&b, i); err != nil {
			return err
		}
		s, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: name, Reader: &b}, cfg)
		if err != nil {
			return err
		}
		if err := writeFile(filepath.Join(dir, name+".rdbpart"), func(w io.Writer) error {
			return aggregate.WritePart(w, &aggregate.Part{Summary: s, Tool: cfg.Tool})
		}); err != nil {
			return err
		}
	}
	return nil
}

// junk is the head of a part, as this program writes it, and n bytes that mean
// nothing.
func junk(w io.Writer, n int) error {
	var small bytes.Buffer
	if err := sessions(&small, 1); err != nil {
		return err
	}
	s, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: "small", Reader: &small}, nil)
	if err != nil {
		return err
	}
	var part bytes.Buffer
	if err := aggregate.WritePart(&part, &aggregate.Part{Summary: s}); err != nil {
		return err
	}
	// The magic of zstd is there, so that something is decompressed.
	zstd := bytes.Index(part.Bytes(), []byte{0x28, 0xb5, 0x2f, 0xfd})
	if _, err := w.Write(part.Bytes()[:zstd+16]); err != nil {
		return err
	}
	d := newDump(io.Discard, 0)
	random := []byte(d.from("0123456789abcdefghijklmnopqrstuvwxyz\x00\x01\x02\xff", 1<<20))
	for n > 0 {
		k, err := w.Write(random[:min(n, len(random))])
		if err != nil {
			return err
		}
		n -= k
	}
	return nil
}
