// Command rdblens streams a Redis or Valkey dump and tells where the memory
// is, what will expire, and what to do about it. See rdblens help.
package main

import (
	"os"
	"runtime/debug"
)

func main() {
	if os.Getenv("GOGC") == "" {
		// What is kept is little and rarely replaced: a smaller peak costs no
		// time that could be measured.
		debug.SetGCPercent(50)
	}
	ctx, stop := interruptible()
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}
