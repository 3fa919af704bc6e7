package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/cmd/internal/process"
)

// BenchmarkReport is the program's commands over whole dumps: those that
// RDBLENS_BENCH_DUMPS names, separated by blanks, or the demo. `make pgo` takes
// the profile from it that builds of the program go by.
func BenchmarkReport(b *testing.B) {
	dumps := strings.Fields(os.Getenv("RDBLENS_BENCH_DUMPS"))
	if len(dumps) == 0 {
		dumps = []string{filepath.Join("..", "..", "testdata", "demo.rdb")}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // as it was, for other benchmarks
	defer process.TuneCollector(os.Getenv)()
	for _, dump := range dumps {
		info, err := os.Stat(dump)
		if err != nil {
			b.Fatal(err)
		}
		for _, args := range []string{"report -f json", "report", "check", "keys -f csv"} {
			b.Run(filepath.Base(dump)+"/"+strings.ReplaceAll(args, " ", ""), func(b *testing.B) {
				b.SetBytes(info.Size())
				b.ReportAllocs()
				for b.Loop() {
					all := append(strings.Fields(args), "--progress", "never", dump)
					if code := run(context.Background(), all, strings.NewReader(""), io.Discard, os.Stderr, os.Getenv); code != 0 {
						b.Fatalf("rdblens %s: exit %d", strings.Join(all, " "), code)
					}
				}
			})
		}
	}
}
