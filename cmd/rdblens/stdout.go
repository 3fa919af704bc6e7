package main

import (
	"io/fs"
	"syscall"
)

// closedStdout is standard output that was closed when the program started.
type closedStdout struct{}

func (closedStdout) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EBADF}
}
