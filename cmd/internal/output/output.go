// Package output writes the files of a run: beside their names first, so that all
// of them appear together or none does, and never over a source.
package output

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/rdblens/rdblens/cmd/internal/source"
)

// Set is the files a run writes. They are written beside their names and appear
// together, when Commit is called; after Abort nothing of them is left.
type Set struct {
	inputs   []*source.Source
	files    []*File
	made     []string // directories that were created, in order
	datasets []dataset
}

// dataset is a directory with so many parts.
type dataset struct {
	dir   string
	parts int
}

// New returns an empty set that will not overwrite one of the sources.
func New(inputs []*source.Source) *Set { return &Set{inputs: inputs} }

// File is one file being written.
type File struct {
	name string // as given, for messages
	path string // where it will be, links resolved
	temp string // where it is written; "" for a pipe or device, written as it is
	mode fs.FileMode
	f    *os.File
	w    *bufio.Writer
	done bool
}

const bufferSize = 256 << 10

// Create opens a file for writing. A name that is a source of this run, or is
// written already, is a *source.UsageError.
func (o *Set) Create(name string) (*File, error) {
	out := &File{name: name, path: name, mode: 0o666}
	info, err := os.Lstat(name)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		// Write through a link instead of replacing it.
		if out.path, err = filepath.EvalSymlinks(name); err != nil {
			return nil, named(err, name)
		}
		info, err = os.Stat(out.path)
	}
	keepMode := false
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &fs.PathError{Op: "write", Path: name, Err: errors.New("it is a directory")}
	default:
		for _, s := range o.inputs {
			if s.IsFile(info) {
				return nil, &source.UsageError{Msg: name + " is a source: it would be overwritten"}
			}
		}
		keepMode = true
		out.mode = info.Mode()
	}
	if abs, err := filepath.Abs(out.path); err == nil {
		out.path = abs
	}
	if slices.ContainsFunc(o.files, func(x *File) bool { return x.path == out.path }) {
		return nil, &source.UsageError{Msg: name + " is written twice"}
	}
	if keepMode && !out.mode.IsRegular() {
		out.f, err = os.OpenFile(out.path, os.O_WRONLY, 0)
	} else {
		out.temp = filepath.Join(filepath.Dir(out.path), "."+filepath.Base(out.path)+".rdblens-"+rand.Text()[:8])
		out.f, err = os.OpenFile(out.temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil && keepMode {
			err = out.f.Chmod(out.mode.Perm())
		}
	}
	if err != nil {
		if out.f != nil {
			out.remove()
		}
		return nil, named(err, name)
	}
	out.w = bufio.NewWriterSize(out.f, bufferSize)
	o.files = append(o.files, out)
	return out, nil
}

// named makes an error speak of the name that was given, not of a temporary one.
func named(err error, name string) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return &fs.PathError{Op: "write", Path: name, Err: pe.Err}
	}
	return fmt.Errorf("write %s: %w", name, err)
}

// Mkdir makes a directory and its parents.
func (o *Set) Mkdir(dir string) error {
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
		if err := os.Mkdir(d, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
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
	if err == nil && f.temp != "" {
		// After a crash the name must not belong to an empty file.
		err = f.f.Sync()
	}
	if cerr := f.f.Close(); err == nil {
		err = cerr
	}
	f.w = nil // a dataset has many files
	if err != nil {
		return named(err, f.name)
	}
	return nil
}

func (f *File) remove() {
	_ = f.f.Close()
	if f.temp != "" {
		_ = os.Remove(f.temp)
	}
}

// Commit ends all files and gives them their names.
func (o *Set) Commit() error {
	for _, f := range o.files {
		if err := f.Close(); err != nil {
			return err
		}
	}
	for len(o.files) > 0 {
		f := o.files[0]
		if f.temp != "" {
			if err := os.Rename(f.temp, f.path); err != nil {
				return named(err, f.name)
			}
		}
		o.files = o.files[1:]
	}
	o.made = nil
	for _, d := range o.datasets {
		if err := removeParts(d.dir, d.parts); err != nil {
			return err
		}
	}
	return nil
}

// Abort removes what was written and not committed, and the directories made
// for it.
func (o *Set) Abort() {
	for _, f := range o.files {
		f.remove()
	}
	for _, d := range slices.Backward(o.made) {
		_ = os.Remove(d) // fails, rightly, when something else is in it by now
	}
	o.files, o.made = nil, nil
}

// Dataset says that a directory was written completely, with so many parts: what an
// earlier, longer one left there is removed by Commit.
func (o *Set) Dataset(dir string, parts int) { o.datasets = append(o.datasets, dataset{dir, parts}) }

// PartName is what the files of a dataset are called.
func PartName(n int) string { return fmt.Sprintf("part-%05d.parquet", n) }

var isPart = regexp.MustCompile(`^part-\d{5,}\.parquet$`)

// removeParts removes the parts of an earlier, longer dataset in dir: readers
// take every file of the directory.
func removeParts(dir string, from int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		var n int
		if !isPart.MatchString(e.Name()) {
			continue
		}
		if _, err := fmt.Sscanf(e.Name(), "part-%d.parquet", &n); err == nil && n >= from {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
