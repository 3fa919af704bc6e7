package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// notFileDirectory is what a directory is called where it is no source.
const notFileDirectory = "directory"

// files is the file system as a Store.
type files struct{}

// Find takes a path, or a pattern of filepath.Glob if there is no file of that name.
func (files) Find(ctx context.Context, arg string) (*Listing, error) {
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return listDirectory(ctx, arg)
	case err == nil:
		return &Listing{Entries: []Entry{{Name: arg, Opener: &file{arg, info}}}, Named: true}, nil
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(arg, "*?["):
		return listMatches(ctx, arg)
	}
	return nil, err
}

func listDirectory(ctx context.Context, dir string) (*Listing, error) {
	inside, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	paths := make([]string, len(inside))
	for i, e := range inside {
		paths[i] = filepath.Join(dir, e.Name())
	}
	entries, err := statAll(ctx, paths)
	return &Listing{Entries: entries, Directory: true}, err
}

func listMatches(ctx context.Context, pattern string) (*Listing, error) {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return nil, &UsageError{Msg: fmt.Sprintf("bad pattern %q", pattern)}
	}
	if len(paths) == 0 {
		return nil, errors.New("no file matches")
	}
	entries, err := statAll(ctx, paths)
	return &Listing{Entries: entries, Hidden: strings.HasPrefix(filepath.Base(pattern), ".")}, err
}

func statAll(ctx context.Context, paths []string) ([]Entry, error) {
	entries := make([]Entry, 0, len(paths))
	for _, p := range paths {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		e := Entry{Name: p}
		info, err := os.Stat(p)
		if err != nil {
			if _, lerr := os.Lstat(p); errors.Is(lerr, fs.ErrNotExist) {
				continue // it has gone since the directory was read
			}
			e.Err = err
			entries = append(entries, e)
			continue
		}
		e.Opener = &file{p, info}
		switch {
		case info.IsDir():
			e.NotFile = notFileDirectory
		case !info.Mode().IsRegular():
			e.NotFile = "not a regular file"
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// file is a file by its path, or a named pipe or device.
type file struct {
	path string
	info fs.FileInfo // links followed
}

func (f *file) Open(ctx context.Context) (io.ReadCloser, error) {
	if f.Rereadable() {
		return os.Open(f.path)
	}
	// Opening a named pipe waits for its writer.
	return newPump(ctx, func() (io.ReadCloser, error) { return os.Open(f.path) }), nil
}

func (f *file) Size() int64 {
	if !f.Rereadable() {
		return -1
	}
	return f.info.Size()
}

func (f *file) Rereadable() bool { return f.info.Mode().IsRegular() }

func (f *file) Same(o Opener) bool { return sameFile(f.info, o) }

// fileInfo is for sameFile.
func (f *file) fileInfo() fs.FileInfo { return f.info }

// sameFile reports whether an Opener is the file that info describes; info is
// nil for no file.
func sameFile(info fs.FileInfo, o Opener) bool {
	of, ok := o.(interface{ fileInfo() fs.FileInfo })
	return ok && info != nil && of.fileInfo() != nil && os.SameFile(info, of.fileInfo())
}
