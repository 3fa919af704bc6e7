// Command rdblens streams a Redis or Valkey dump and tells where the memory
// is, what will expire, and what to do about it. See rdblens help.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	var ballast []byte
	if os.Getenv("GOGC") == "" {
		// What is kept is little and rarely replaced: a smaller peak costs no
		// time that could be measured. A heap of a few megabytes would be
		// collected after each megabyte more, so it is made to look larger by
		// memory that is never touched.
		debug.SetGCPercent(50)
		ballast = make([]byte, 8<<20)
	}
	ctx, stop := interruptible()
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	runtime.KeepAlive(ballast)
	os.Exit(code)
}
