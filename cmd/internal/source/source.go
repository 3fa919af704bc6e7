// Package source says where the bytes of a dump come from: files, standard
// input, directories, globs; compressed or not. It knows nothing of what is in
// a dump beyond how one begins.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/rdblens/rdblens/aggregate"
)

// StdinName is what standard input is called in reports.
const StdinName = "stdin"

// UsageError is a command line that cannot be meant.
type UsageError struct {
	Msg  string
	Hint string // what to do instead, may be empty
}

func (e *UsageError) Error() string { return e.Msg }

// Source is one dump-to-be: found, not opened.
type Source struct {
	Name string // as shown; free of control bytes
	// Path is the file, "" for standard input.
	Path string

	info  fs.FileInfo // nil for a standard input that is no file
	stdin io.Reader
	total int64
	read  atomic.Int64
}

// Total is the number of bytes to read (compressed, if the source is), 0 when
// it is not known.
func (s *Source) Total() int64 { return s.total }

// Consumed is the number of bytes read so far, compressed if the source is. It
// may be called from any goroutine.
func (s *Source) Consumed() int64 { return s.read.Load() }

// Rereadable reports whether the source can be opened again and gives the same bytes.
func (s *Source) Rereadable() bool { return s.stdin == nil && s.info.Mode().IsRegular() }

// Same reports whether the source is the file that info describes.
func (s *Source) Same(info fs.FileInfo) bool { return s.info != nil && os.SameFile(s.info, info) }

// SameAs reports whether two sources are one file, or both standard input.
func (s *Source) SameAs(o *Source) bool {
	return s.stdin != nil && o.stdin != nil || o.info != nil && o.info.Mode().IsRegular() && s.Same(o.info)
}

// Regular reports whether the source is a file that can be read again.
func (s *Source) Regular() bool { return s.stdin == nil && s.info.Mode().IsRegular() }

// Skip is a file that was come upon and is not a source.
type Skip struct {
	Name   string
	Reason string
}

// Failure is a source that was asked for and cannot be read.
type Failure struct {
	Name string
	Err  error
}

// Set is what a list of arguments comes to, in the order of the arguments and
// by name within a directory or glob.
type Set struct {
	Sources  []*Source
	Skipped  []Skip
	Failed   []Failure
	Warnings []string // what a source leaves out
}

// Kind says what files are taken for sources where there are several, in a
// directory or by a glob. A file that is named is taken as it is.
type Kind uint8

// Kinds of files.
const (
	Dumps  Kind = 1 << iota // dumps of a server
	Parts                   // what report -f part writes
	Either = Dumps | Parts
)

// name is what a file of the kind is called.
func (k Kind) name() string {
	switch k {
	case Dumps:
		return "a dump"
	case Parts:
		return "a part"
	}
	return "a dump or a part"
}

// Resolve is ResolveKind for dumps.
func Resolve(ctx context.Context, args []string, stdin io.Reader) (*Set, error) {
	return ResolveKind(ctx, args, stdin, Dumps)
}

// ResolveKind turns arguments into sources. A *UsageError says that they cannot be
// meant (a URL, the same source twice); files that cannot be opened are listed
// in Failed.
func ResolveKind(ctx context.Context, args []string, stdin io.Reader, kind Kind) (*Set, error) {
	r := resolver{ctx: ctx, stdin: stdin, kind: kind}
	for _, arg := range args {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		if err := r.add(arg); err != nil {
			return nil, err
		}
	}
	return &r.set, nil
}

type resolver struct {
	ctx   context.Context
	stdin io.Reader
	kind  Kind
	set   Set
}

func (r *resolver) add(arg string) error {
	switch {
	case arg == "-":
		return r.addStdin()
	case arg == "":
		return &UsageError{Msg: "a source's name is empty"}
	}
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return r.addDir(arg)
	case err == nil:
		return r.addFile(arg, info)
	case errors.Is(err, fs.ErrNotExist) && scheme(arg) != "":
		return &UsageError{
			Msg:  fmt.Sprintf("%s:// sources are not built yet", scheme(arg)),
			Hint: "give a file, - for standard input, a directory or a glob; for example: aws s3 cp " + Printable(arg) + " - | rdblens -",
		}
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(arg, "*?["):
		return r.addGlob(arg)
	}
	r.fail(arg, err)
	return nil
}

// scheme returns the scheme of a URL, "" for anything else.
func scheme(arg string) string {
	s, _, ok := strings.Cut(arg, "://")
	if !ok || s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != "" {
		return ""
	}
	return s
}

func (r *resolver) fail(path string, err error) {
	// The name is said by whoever prints the failure.
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	r.set.Failed = append(r.set.Failed, Failure{Name: Printable(path), Err: err})
}

func (r *resolver) skip(path, reason string) {
	r.set.Skipped = append(r.set.Skipped, Skip{Name: Printable(path), Reason: reason})
}

func (r *resolver) addStdin() error {
	s := &Source{Name: StdinName, stdin: r.stdin}
	if f, ok := r.stdin.(*os.File); ok {
		if info, err := f.Stat(); err == nil {
			s.info = info
			if info.Mode().IsRegular() {
				at, _ := f.Seek(0, io.SeekCurrent)
				s.total = max(info.Size()-at, 0)
			}
		}
	}
	for _, o := range r.set.Sources {
		if o.stdin != nil || s.info != nil && s.info.Mode().IsRegular() && o.Same(s.info) {
			return twice(s.Name, o.Name)
		}
	}
	r.set.Sources = append(r.set.Sources, s)
	return nil
}

func twice(name, first string) error {
	if name == first {
		return &UsageError{Msg: fmt.Sprintf("%s is given twice", name), Hint: "every key would be counted twice"}
	}
	return &UsageError{Msg: fmt.Sprintf("%s and %s are the same file", first, name), Hint: "every key would be counted twice"}
}

func (r *resolver) addFile(path string, info fs.FileInfo) error {
	if o := r.known(info); o != nil {
		return twice(Printable(path), o.Name)
	}
	s := &Source{Name: Printable(path), Path: path, info: info}
	if info.Mode().IsRegular() {
		s.total = info.Size()
	}
	r.set.Sources = append(r.set.Sources, s)
	return nil
}

func (r *resolver) known(info fs.FileInfo) *Source {
	i := slices.IndexFunc(r.set.Sources, func(o *Source) bool { return o.Same(info) })
	if i < 0 {
		return nil
	}
	return r.set.Sources[i]
}

func (r *resolver) addGlob(pattern string) error {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return &UsageError{Msg: fmt.Sprintf("bad pattern %q", pattern)}
	}
	if len(paths) == 0 {
		r.fail(pattern, errors.New("no file matches"))
		return nil
	}
	hidden := strings.HasPrefix(filepath.Base(pattern), ".")
	found, err := r.addByContent(paths, hidden)
	if err == nil && !found {
		r.fail(pattern, errors.New("no file that matches is "+r.kind.name()))
	}
	return err
}

func (r *resolver) addDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		r.fail(dir, err)
		return nil
	}
	paths := make([]string, len(entries))
	for i, e := range entries {
		paths[i] = filepath.Join(dir, e.Name())
	}
	var rest []string
	var bad []Skip
	for _, p := range paths {
		if strings.HasSuffix(p, ".manifest") && r.kind != Parts {
			m, err := readManifest(p)
			if err == nil {
				return r.addAOF(dir, p, m, paths)
			}
			if kind, _ := kindOf(p); kind == 0 {
				bad = append(bad, Skip{Name: Printable(p), Reason: "not the manifest of an AOF: " + Printable(cause(err))})
				continue
			}
		}
		rest = append(rest, p)
	}
	r.set.Skipped = append(r.set.Skipped, bad...)
	found, err := r.addByContent(rest, false)
	if err == nil && !found {
		r.fail(dir, errors.New("no file in this directory is "+r.kind.name()))
	}
	return err
}

// addByContent adds the dumps among paths and lists the others as skipped, and
// hidden files unless they are meant.
func (r *resolver) addByContent(paths []string, hidden bool) (found bool, err error) {
	first := len(r.set.Sources)
	for _, p := range paths {
		if r.ctx.Err() != nil {
			return false, context.Cause(r.ctx)
		}
		info, err := os.Stat(p)
		switch {
		case err != nil:
			r.skip(p, "cannot be read: "+cause(err))
		case !hidden && strings.HasPrefix(filepath.Base(p), "."):
			r.skip(p, "hidden file")
		case info.IsDir():
			r.skip(p, "directory")
		case !info.Mode().IsRegular():
			r.skip(p, "not a regular file")
		case info.Size() == 0:
			r.skip(p, "an empty file")
		default:
			kind, err := kindOf(p)
			if err != nil {
				r.skip(p, "cannot be read: "+cause(err))
				continue
			}
			if kind&r.kind == 0 {
				r.skip(p, wrongKind(kind, r.kind))
				continue
			}
			// A link to a sibling is the ordinary "latest.rdb".
			if o := r.known(info); o != nil && slices.Contains(r.set.Sources[first:], o) {
				r.skip(p, "the same file as "+o.Name)
				continue
			}
			if err := r.addFile(p, info); err != nil {
				return false, err
			}
			found = true
		}
	}
	return found, nil
}

// cause is an error's text without the path, which the caller names.
func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}

// addAOF adds the base of a multi-part AOF and says what it leaves out.
func (r *resolver) addAOF(dir, manifest string, m *aofManifest, paths []string) error {
	for _, p := range paths {
		name := filepath.Base(p)
		switch kind, listed := m.files[name]; {
		case p == manifest || listed && kind != 'h':
		case listed:
			r.skip(p, "history of the AOF, superseded by its base")
		default:
			r.skip(p, "not a part of the AOF that "+Printable(filepath.Base(manifest))+" describes")
		}
	}
	var incr int64
	for _, name := range m.incr {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			incr += info.Size()
		}
	}
	if incr > 0 {
		r.set.Warnings = append(r.set.Warnings, fmt.Sprintf(
			"%s: %d bytes of commands after the base of this AOF are not analysed", Printable(dir), incr))
	}
	if m.base == "" {
		r.fail(dir, errors.New("this AOF has no base file, only commands"))
		return nil
	}
	base := filepath.Join(dir, m.base)
	info, err := os.Stat(base)
	if err != nil {
		r.fail(base, err)
		return nil
	}
	kind, err := kindOf(base)
	switch {
	case err != nil:
		r.fail(base, err)
	case kind != Dumps:
		r.fail(base, errors.New("the base of this AOF holds commands, not a dump (aof-use-rdb-preamble was off)"))
	default:
		return r.addFile(base, info)
	}
	return nil
}

// wrongKind is why a file of a kind is passed over where another is wanted.
func wrongKind(kind, want Kind) string {
	switch {
	case kind == Parts:
		return "a part, not a dump: rdblens merge reads it"
	case kind == Dumps:
		return "a dump, not a part"
	case want == Parts:
		return "not a part"
	case want == Either:
		return "neither an RDB dump nor a part"
	}
	return "not an RDB dump"
}

// kindOf judges a file by its first bytes; 0 is none.
func kindOf(path string) (Kind, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	head, err := readHead(f)
	if err != nil {
		return 0, err
	}
	if detect(head) == plain {
		return kindOfHead(head), nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	d, err := decompress(f)
	if err != nil {
		return 0, nil // looks compressed and is not: no dump
	}
	defer d.Close()
	head, _ = readHead(d)
	return kindOfHead(head), nil
}

func kindOfHead(head []byte) Kind {
	switch {
	case looksLikeDump(head):
		return Dumps
	case aggregate.IsPart(head):
		return Parts
	}
	return 0
}

// Printable returns a file name as it may be shown: control bytes and invalid
// UTF-8 become \xNN.
func Printable(name string) string {
	var b strings.Builder
	for i, c := range name {
		if c == '\ufffd' {
			// Either that very rune or a byte that is not UTF-8.
			if !strings.HasPrefix(name[i:], "\ufffd") {
				fmt.Fprintf(&b, `\x%02x`, name[i])
				continue
			}
		}
		if unprintable(c) {
			for _, x := range []byte(string(c)) {
				fmt.Fprintf(&b, `\x%02x`, x)
			}
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}
