// Command rdblens streams a Redis or Valkey dump and tells where the memory
// is, what will expire, and what to do about it. See rdblens help.
package main

import (
	"io"
	"os"
)

func main() {
	tuneCollector(os.Getenv)
	ctx, stop := interruptible()
	var stdout io.Writer = os.Stdout
	if closedAtStart(os.Stdout) {
		stdout = closedStdout{}
	}
	code := newApp(os.Stdin, stdout, os.Stderr, os.Getenv).runUntil(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
