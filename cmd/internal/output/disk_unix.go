//go:build linux || darwin

package output

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// exchangeError is the error of an exchange: a file system that cannot do it, or will
// not with these two (a mount point), says so in one of several ways.
func exchangeError(a, b string, err error) error {
	for _, no := range []error{unix.EINVAL, unix.ENOSYS, unix.ENOTSUP, unix.EOPNOTSUPP, unix.EXDEV, unix.EBUSY} {
		if errors.Is(err, no) {
			return errors.ErrUnsupported
		}
	}
	if err != nil {
		return &os.LinkError{Op: "exchange", Old: a, New: b, Err: err}
	}
	return nil
}

// plainDirectory reports whether a directory has no attributes that a new one would
// lack: access control lists, those of users.
func plainDirectory(path string) bool {
	buf := make([]byte, 1024)
	n, err := unix.Llistxattr(path, buf)
	if err != nil {
		return errors.Is(err, unix.ENOTSUP)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(buf[:n]), "\x00"), "\x00") {
		if name != "" && name != "security.selinux" && !strings.HasPrefix(name, "com.apple.") {
			return false
		}
	}
	return true
}
