package process

import (
	"io/fs"
	"syscall"
)

// ClosedStdout is standard output that was closed when the program started.
type ClosedStdout struct{}

func (ClosedStdout) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EBADF}
}
