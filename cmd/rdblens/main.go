// Command rdblens streams a Redis or Valkey dump and tells where the memory
// is, what will expire, and what to do about it. See rdblens help.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	ballast := tuneCollector(os.Getenv)
	ctx, stop := interruptible()
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	runtime.KeepAlive(ballast)
	os.Exit(code)
}

// ballastBytes makes the heap look larger, by memory that is never touched.
const ballastBytes = 24 << 20

// tuneCollector sets when garbage is collected, unless GOGC does. What it returns
// must be kept.
func tuneCollector(env func(string) string) (ballast []byte) {
	if env("GOGC") != "" {
		return nil
	}
	// What is kept is little and rarely replaced: a smaller peak costs no time
	// that could be measured. But a heap of a few megabytes would be collected
	// after each megabyte more.
	debug.SetGCPercent(50)
	return make([]byte, ballastBytes)
}
