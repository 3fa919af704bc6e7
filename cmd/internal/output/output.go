// Package output writes the files of a run, never over a source: they come into
// being without a name, or beside their names, and appear together. A directory is
// replaced as a whole where the system can exchange two directories (Linux, macOS);
// directory.go says what holds elsewhere, leftover.go what becomes of the remains of
// a run that was killed.
package output

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/rdblens/rdblens/cmd/internal/source"
)

// Set is the files and directories a run writes. They appear together, when Commit is
// called; after Abort nothing of them is left.
type Set struct {
	disk   disk
	inputs []*source.Source
	read   []readFile

	mu      sync.Mutex // Abort may be called while another call waits for a pipe
	ended   bool
	files   []*File      // of their own, not of a directory
	dirs    []*Directory // in the order they were asked for
	made    []string     // directories that were created, in order
	cleaned map[string]bool
	unnamed int // open files without a name
}

// readFile is a file of this run that is no source and must not be written either.
type readFile struct {
	what string // of messages: "standard output"
	info fs.FileInfo
}

// New returns an empty set that will not overwrite one of the sources.
func New(inputs []*source.Source) *Set { return newSet(system{}, inputs) }

func newSet(d disk, inputs []*source.Source) *Set {
	return &Set{disk: d, inputs: inputs, cleaned: map[string]bool{}}
}

// Protect keeps a file from being overwritten, by whatever name; what is said of it
// in messages: "the file of --config". A name that leads nowhere is no matter.
func (o *Set) Protect(name, what string) {
	if info, err := os.Stat(name); err == nil {
		o.ProtectFile(info, what)
	}
}

// ProtectFile is Protect for an open file.
func (o *Set) ProtectFile(info fs.FileInfo, what string) {
	if info.Mode().IsRegular() {
		o.read = append(o.read, readFile{what, info})
	}
}

// overwrites returns an error when the file that info describes must stay as it is.
func (o *Set) overwrites(name string, info fs.FileInfo) error {
	if o.isSource(info) {
		return &source.UsageError{Msg: name + " is a source: it would be overwritten"}
	}
	for _, r := range o.read {
		if os.SameFile(r.info, info) {
			return &source.UsageError{Msg: fmt.Sprintf("%s is %s: it would be overwritten", name, r.what)}
		}
	}
	return nil
}

func (o *Set) isSource(info fs.FileInfo) bool {
	return slices.ContainsFunc(o.inputs, func(s *source.Source) bool { return s.IsFile(info) })
}

// File is one file being written.
type File struct {
	set  *Set
	name string      // as given, for messages
	path string      // where it will be, absolute, links resolved
	dir  *Directory  // nil for a file of its own
	old  fs.FileInfo // of what it replaces; nil for a new file
	h    handle
	temp string // where it is; "" while it has no name, and for a pipe or device
	pipe bool   // written as it is
	w    *bufio.Writer
	done bool // nothing more is written

	closed bool

	backup string // a name of what it replaced, while that can be undone
	placed bool
}

const bufferSize = 256 << 10

// Create opens a file for writing. A name that is a source of this run, or is
// written already, is a *source.UsageError. A named pipe or a device is written as it
// is; opening a pipe waits for its reader.
func (o *Set) Create(name string) (*File, error) {
	if path, err := realPath(filepath.Clean(name), false); err == nil {
		return o.create(name, o.directory(filepath.Dir(path)))
	}
	for _, d := range o.dirs { // one that is still to be made
		if path, err := filepath.Abs(name); err == nil && d.old == nil && filepath.Dir(path) == d.path {
			return o.create(name, d)
		}
	}
	return o.create(name, nil)
}

// directory is the directory of the set with a path, nil for none.
func (o *Set) directory(path string) *Directory {
	i := slices.IndexFunc(o.dirs, func(d *Directory) bool { return d.path == path })
	if i < 0 {
		return nil
	}
	return o.dirs[i]
}

func (o *Set) create(name string, dir *Directory) (*File, error) {
	f := &File{set: o, name: name, dir: dir}
	var err error
	if dir != nil && dir.old == nil {
		f.path = filepath.Join(dir.path, filepath.Base(name))
	} else if f.path, f.old, err = resolve(name); err != nil {
		return nil, err
	}
	if dir != nil && filepath.Dir(f.path) != dir.path {
		f.dir = nil // by a link in the directory
	}
	if f.old != nil {
		if f.old.IsDir() {
			return nil, &fs.PathError{Op: "write", Path: name, Err: errors.New("it is a directory")}
		}
		if err := o.overwrites(name, f.old); err != nil {
			return nil, err
		}
		f.pipe = !f.old.Mode().IsRegular()
	}
	if o.written(f) {
		return nil, &source.UsageError{Msg: name + " is written twice"}
	}
	if err := f.open(); err != nil {
		return nil, named(err, name)
	}
	f.w = bufio.NewWriterSize(f.h, bufferSize)
	return f, nil
}

// resolve follows the links of a name and says what is there, nil for nothing. The
// error names it as it was given.
func resolve(name string) (path string, info fs.FileInfo, err error) {
	path = name
	info, err = os.Lstat(name)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		// Write through a link instead of replacing it.
		if path, err = filepath.EvalSymlinks(name); err != nil {
			return "", nil, named(err, name)
		}
		info, err = os.Stat(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, named(err, name)
	}
	if err != nil {
		info = nil
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err == nil {
		parent, err = filepath.Abs(parent)
	}
	if err != nil {
		return "", nil, named(err, name)
	}
	return filepath.Join(parent, filepath.Base(path)), info, nil
}

// written reports whether a file of the set is the same one: by its path, or by a
// link.
func (o *Set) written(f *File) bool {
	same := func(x *File) bool {
		return x.path == f.path || x.old != nil && f.old != nil && os.SameFile(x.old, f.old)
	}
	if slices.ContainsFunc(o.files, same) {
		return true
	}
	return slices.ContainsFunc(o.dirs, func(d *Directory) bool { return slices.ContainsFunc(d.files, same) })
}

// open opens the file and makes it one of the set.
func (f *File) open() error {
	if f.pipe {
		h, err := f.set.disk.open(f.path) // may wait
		if err != nil {
			return err
		}
		f.set.mu.Lock()
		defer f.set.mu.Unlock()
		f.h = h
		return f.set.add(f)
	}
	f.set.mu.Lock()
	defer f.set.mu.Unlock()
	where := filepath.Dir(f.path)
	if f.dir != nil {
		where = f.dir.base
	}
	f.set.clean(where)
	var err error
	if f.dir != nil && f.dir.stage != "" {
		f.temp = filepath.Join(f.dir.stage, filepath.Base(f.path))
		f.h, err = f.set.disk.create(f.temp)
	} else if f.h, err = f.set.disk.unnamed(where); errors.Is(err, errors.ErrUnsupported) {
		err = f.openNamed(where)
	} else if err == nil {
		f.set.unnamed++
	}
	if err != nil {
		return err
	}
	if f.old != nil {
		if err := f.h.Chmod(f.old.Mode().Perm()); err != nil {
			f.remove()
			return err
		}
	}
	return f.set.add(f)
}

// openNamed opens a file under a temporary name.
func (f *File) openNamed(where string) (err error) {
	if f.dir != nil {
		if err := f.dir.makeStage(); err != nil {
			return err
		}
		f.temp = filepath.Join(f.dir.stage, filepath.Base(f.path))
		f.h, err = f.set.disk.create(f.temp)
		return err
	}
	f.temp, f.h, err = f.set.createHeld(where, "")
	return err
}

// maxUnnamed bounds the files that are open without a name: a dataset has many.
const maxUnnamed = 64

// add makes a file one of the set; it may have been given up meanwhile.
func (o *Set) add(f *File) error {
	if o.ended {
		f.remove()
		return errEnded
	}
	if f.dir == nil {
		o.files = append(o.files, f)
		return nil
	}
	f.dir.files = append(f.dir.files, f)
	if f.dir.stage == "" && o.unnamed > maxUnnamed {
		return f.dir.makeStage()
	}
	return nil
}

// errEnded is what calls after Abort return.
var errEnded = errors.New("the run has ended")

// named makes an error speak of the name that was given, not of a temporary one.
func named(err error, name string) error {
	var (
		pe *fs.PathError
		le *os.LinkError
	)
	switch {
	case errors.As(err, &pe):
		return &fs.PathError{Op: "write", Path: name, Err: pe.Err}
	case errors.As(err, &le):
		return &fs.PathError{Op: "write", Path: name, Err: le.Err}
	}
	return fmt.Errorf("write %s: %w", name, err)
}

// mkdirAll makes a directory and its parents, and remembers which.
func (o *Set) mkdirAll(dir string) error {
	var missing []string
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		info, err := os.Stat(d)
		if err == nil && !info.IsDir() {
			return &fs.PathError{Op: "write", Path: dir, Err: errors.New("it is not a directory")}
		}
		if !errors.Is(err, fs.ErrNotExist) {
			if err != nil {
				return err
			}
			break
		}
		missing = append(missing, d)
	}
	for _, d := range slices.Backward(missing) {
		if err := o.disk.mkdir(d); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		o.made = append(o.made, d)
	}
	return nil
}

// Write writes to the file, buffered. Its errors name the file as it was given.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err != nil {
		err = named(err, f.name)
	}
	return n, err
}

// Close ends writing; the file appears with Commit.
func (f *File) Close() error {
	if f.done {
		return nil
	}
	f.done = true
	err := f.w.Flush()
	f.w = nil // a dataset has many files
	if err == nil && !f.pipe {
		// After a crash the name must not belong to an empty file.
		err = f.h.Sync()
	}
	if err == nil {
		f.set.mu.Lock()
		defer f.set.mu.Unlock()
		switch {
		case f.pipe:
			err = f.close()
		case f.dir != nil && f.dir.stage != "":
			err = f.dir.take(f)
		}
	}
	if err != nil {
		return named(err, f.name)
	}
	return nil
}

// close closes the handle.
func (f *File) close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	return f.h.Close()
}

// settle gives the file a name, for the time being.
func (f *File) settle(path string) error {
	if f.temp == path {
		return nil
	}
	if f.temp != "" {
		err := f.set.disk.rename(f.temp, path)
		if err == nil {
			f.temp = path
		}
		return err
	}
	err := f.h.linkTo(path)
	if err == nil {
		f.temp = path
		f.set.unnamed--
	}
	return err
}

// remove closes the file and removes what there is of it.
func (f *File) remove() {
	_ = f.close()
	for _, name := range []string{f.temp, f.backup} {
		if name != "" {
			_ = f.set.disk.remove(name)
		}
	}
	f.temp, f.backup = "", ""
}

// temporary is a name for something that is not finished; leftover.go finds it by
// this form. It has no part of the final name, which may be as long as a name can be.
func temporary() string { return tempPrefix + rand.Text() }
