package output

import (
	"io"
	"io/fs"
	"os"
)

// disk is what a Set does to the file system: each method may fail, and the program
// may be killed between any two of them.
type disk interface {
	// unnamed opens a file without a name in a directory; nothing is left of it
	// when the program ends. errors.ErrUnsupported where there is no such thing.
	unnamed(dir string) (handle, error)
	// create makes a file that must not exist.
	create(path string) (handle, error)
	// open opens a named pipe or a device for writing.
	open(path string) (handle, error)
	// mkdir makes a directory.
	mkdir(path string) error
	// link gives a file one more name, which must not exist. A symbolic link is
	// itself linked to.
	link(from, to string) error
	// rename moves a file or a directory, over what is there; a directory only
	// over an empty one.
	rename(from, to string) error
	// exchange swaps two names in one step; errors.ErrUnsupported where that
	// cannot be done.
	exchange(a, b string) error
	// remove removes a file or an empty directory.
	remove(path string) error
	// syncDir makes what was done to the names in a directory last.
	syncDir(dir string) error
}

// handle is an open file.
type handle interface {
	io.WriteCloser
	Sync() error
	Chmod(mode fs.FileMode) error
	// linkTo gives an unnamed file a name, which must not exist.
	linkTo(path string) error
	// hold marks the file as one of a living run, until it is closed or the
	// program ends, whichever way.
	hold() error
}

// system is the disk of the operating system.
type system struct{}

func (system) create(path string) (handle, error) {
	return opened(os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666))
}

func (system) open(path string) (handle, error) { return opened(os.OpenFile(path, os.O_WRONLY, 0)) }

func (system) mkdir(path string) error { return os.Mkdir(path, 0o777) }

func (system) link(from, to string) error { return os.Link(from, to) }

func (system) rename(from, to string) error { return os.Rename(from, to) }

func (system) remove(path string) error { return os.Remove(path) }

// file is a handle of the operating system.
type file struct{ *os.File }

// opened keeps a nil file from becoming a handle.
func opened(f *os.File, err error) (handle, error) {
	if err != nil {
		return nil, err
	}
	return file{f}, nil
}
