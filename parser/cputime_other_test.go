//go:build !unix

package parser_test

import "time"

var processStart = time.Now()

// cpuTime is not known here: all that has passed.
func cpuTime() time.Duration { return time.Since(processStart) }
