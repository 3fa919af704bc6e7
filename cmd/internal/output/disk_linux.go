package output

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// unnamed opens a file with O_TMPFILE. Not every file system has it, and the file can
// get a name only by way of /proc.
func (system) unnamed(dir string) (handle, error) {
	f, err := os.OpenFile(dir, os.O_WRONLY|unix.O_TMPFILE, 0o666)
	switch {
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EISDIR), errors.Is(err, unix.EINVAL):
		return nil, errors.ErrUnsupported
	case err != nil:
		return nil, err
	}
	if _, err := os.Stat(descriptor(f)); err != nil {
		f.Close()
		return nil, errors.ErrUnsupported
	}
	return file{f}, nil
}

func descriptor(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }

func (f file) linkTo(path string) error {
	err := unix.Linkat(unix.AT_FDCWD, descriptor(f.File), unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return &os.LinkError{Op: "link", Old: f.Name(), New: path, Err: err}
	}
	return nil
}

func (system) exchange(a, b string) error {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	return exchangeError(a, b, err)
}
