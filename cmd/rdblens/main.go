// Command rdblens streams a Redis or Valkey dump and tells where the memory
// is, what will expire, and what to do about it. See rdblens help.
package main

import (
	"io"
	"os"

	"github.com/rdblens/rdblens/cmd/internal/process"
)

func main() {
	process.TuneCollector(os.Getenv)
	ctx, stop := process.Interruptible()
	var stdout io.Writer = os.Stdout
	if process.ClosedAtStart(os.Stdout) {
		stdout = process.ClosedStdout{}
	}
	code := newApp(os.Stdin, stdout, os.Stderr, os.Getenv).runUntil(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
