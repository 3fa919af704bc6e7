// Command rdblens streams a Redis or Valkey dump and tells where the memory
// is, what will expire, and what to do about it. See rdblens help.
package main

import "os"

func main() {
	tuneCollector(os.Getenv)
	ctx, stop := interruptible()
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}
