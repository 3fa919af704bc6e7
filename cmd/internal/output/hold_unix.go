//go:build unix && !solaris && !aix

package output

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// hold takes a lock, which ends with the program.
func (f file) hold() error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}

// claim reports whether the run that held a file has ended, and keeps others from
// holding it until release is called.
func claim(path string) (release func(), ok bool) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, false
	}
	// Shared: two runs that look at the same time do not take each other for the owner.
	if unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) != nil {
		f.Close()
		return nil, false
	}
	return func() { f.Close() }, true
}

// syncDir makes names last. Some file systems cannot, and need not.
func (system) syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// sameOwner gives a directory the mode and the owner of another; false where that
// is not allowed.
func sameOwner(dir string, of fs.FileInfo) bool {
	want, ok := of.Sys().(*syscall.Stat_t)
	info, err := os.Lstat(dir)
	if !ok || err != nil {
		return false
	}
	if got, ok := info.Sys().(*syscall.Stat_t); !ok || got.Uid != want.Uid || got.Gid != want.Gid {
		if os.Lchown(dir, int(want.Uid), int(want.Gid)) != nil {
			return false
		}
	}
	return os.Chmod(dir, of.Mode()&(fs.ModePerm|fs.ModeSetgid|fs.ModeSetuid|fs.ModeSticky)) == nil
}

// sameDevice reports whether files can be moved between two directories.
func sameDevice(a, b fs.FileInfo) bool {
	x, ok := a.Sys().(*syscall.Stat_t)
	y, also := b.Sys().(*syscall.Stat_t)
	return ok && also && x.Dev == y.Dev
}
