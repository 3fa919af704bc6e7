package source

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/rdblens/rdblens/aggregate/commandlog"
)

// Archives are taken for what is in them: each dump in a zip or tar archive is a source
// of its own, called ARCHIVE/NAME. Nothing is unpacked to disk. A tar archive is read
// once to see what is in it, and once more, up to there, for each dump: compressed ones
// are decompressed as often.

// maxMembers bounds how many files of an archive are looked at.
const maxMembers = 100_000

// isTar reports whether head begins a tar archive.
func isTar(head []byte) bool {
	if len(head) < 512 || bytes.HasPrefix(head, []byte("REDIS")) {
		return false
	}
	if string(head[257:262]) == "ustar" {
		return true
	}
	h, err := tar.NewReader(bytes.NewReader(head)).Next() // of the time before that magic: by its checksum
	return err == nil && h.Name != ""
}

func isZip(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// takeArchive adds the sources in an archive; false when e is none. One that was not
// named itself, arg is empty then, is none either when no dump is in it.
func (c *collector) takeArchive(arg string, e *Entry) (bool, error) {
	if e.Err != nil || e.NotFile != "" {
		return false, nil
	}
	// Objects of a store are not read twice for this.
	if f, ok := e.Opener.(*file); !ok || !f.Rereadable() || f.Size() == 0 {
		return false, nil
	}
	head, err := c.headOf(e)
	if err != nil || contentOfHead(head) != 0 {
		return false, nil // whoever reads it finds the error again
	}
	var entries []Entry
	switch format := detect(head); {
	case isZip(head):
		entries, err = c.zipMembers(e)
	case isTar(head), format != plain && format < formatVCSLZ4 && tarWithin(head):
		entries, err = c.tarMembers(e)
	default:
		return false, nil
	}
	if err != nil {
		if c.ctx.Err() != nil {
			return true, context.Cause(c.ctx)
		}
		c.fail(e.Name, err)
		if len(entries) == 0 {
			return true, nil
		}
	}
	if arg == "" {
		if !slices.ContainsFunc(entries, func(x Entry) bool { return c.unwanted(&x, false) == "" }) {
			return false, nil
		}
		arg = e.Name
	}
	return true, c.addByContent(arg, &Listing{Entries: entries, Archive: true}, c.withoutLogs(entries))
}

// tarWithin reports whether compressed bytes, of which head are the first, begin with a
// tar archive.
func tarWithin(head []byte) bool {
	d, err := decompress(bytes.NewReader(head))
	if err != nil {
		return false
	}
	defer d.Close()
	within, _ := readHead(d) // so far as head goes
	return isTar(within)
}

// withoutLogs leaves out the files with commands, and says so: they are counted where
// they lie in a directory.
func (c *collector) withoutLogs(entries []Entry) (rest []Entry) {
	for i := range entries {
		if m, ok := entries[i].Opener.(*member); ok && m.commands {
			c.set.Warnings = append(c.set.Warnings, fmt.Sprintf(
				"%s: %d bytes of commands of an append-only file in an archive are not analysed: unpack it", Printable(entries[i].Name), m.size))
			continue
		}
		rest = append(rest, entries[i])
	}
	return rest
}

// member is a file in an archive.
type member struct {
	archive Opener
	open    func(ctx context.Context) (io.ReadCloser, error)
	index   int // in the archive
	size    int64
	// judged: its first bytes were looked at when the archive was.
	judged   bool
	content  Content
	err      error
	commands bool // it holds commands and no dump
}

func (m *member) Open(ctx context.Context) (io.ReadCloser, error) { return m.open(ctx) }
func (m *member) Size() int64                                     { return m.size }
func (m *member) Rereadable() bool                                { return true }

// Same: what lies in an archive would be lost with it.
func (m *member) Same(o Opener) bool {
	if other, ok := o.(*member); ok {
		return m.index == other.index && m.archive.Same(other.archive)
	}
	return m.archive.Same(o)
}

// judge looks at the first bytes of a member.
func (m *member) judge(head []byte) {
	m.judged = true
	switch {
	case len(head) > 0 && len(bytes.Trim(head, "\x00")) == 0:
		m.err = errZeroed
	case detect(head) == plain:
		m.content = contentOfHead(head)
		m.commands = m.content == 0 && commandlog.Is(head)
	default:
		d, err := decompress(bytes.NewReader(head))
		if err != nil {
			m.err = err
			return
		}
		defer d.Close()
		within, _ := readHead(d)
		if _, ok := findEnvelope(within); ok {
			m.content = Dumps
		} else {
			m.content = contentOfHead(within)
		}
		// Blocks of bzip2 are longer than a head.
		m.judged = m.content != 0 || len(within) >= 16
	}
}

// chain closes what was opened, the last first.
type chain struct {
	io.Reader
	closers []io.Closer
}

func (c *chain) Close() error {
	var errs []error
	for i := len(c.closers) - 1; i >= 0; i-- {
		errs = append(errs, c.closers[i].Close())
	}
	return errors.Join(errs...)
}

// openTar opens a tar archive, compressed or not.
func openTar(ctx context.Context, archive Opener) (*tar.Reader, *chain, error) {
	f, err := archive.Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	ch := &chain{closers: []io.Closer{f}}
	head, err := readHead(f)
	if err != nil {
		_ = ch.Close()
		return nil, nil, err
	}
	seeker, seeks := f.(io.Seeker)
	switch {
	case detect(head) != plain:
		d, err := decompress(&counter{ctx: ctx, r: io.MultiReader(bytes.NewReader(head), f), n: new(atomic.Int64)})
		if err != nil {
			_ = ch.Close()
			return nil, nil, err
		}
		ch.closers = append(ch.closers, d)
		return tar.NewReader(d), ch, nil
	case seeks: // what is passed over is not read
		if _, err := seeker.Seek(0, io.SeekStart); err == nil {
			return tar.NewReader(f), ch, nil
		}
	}
	return tar.NewReader(io.MultiReader(bytes.NewReader(head), f)), ch, nil
}

// tarMembers lists the files of a tar archive. With an error they are those in front of
// the damage.
func (c *collector) tarMembers(e *Entry) (entries []Entry, err error) {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	t, ch, err := openTar(ctx, e.Opener)
	if err != nil {
		return nil, err
	}
	defer ch.Close()
	for i := 0; ; i++ {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			return entries, nil
		case c.ctx.Err() != nil:
			return nil, context.Cause(c.ctx)
		case err != nil:
			return entries, fmt.Errorf("this tar archive is damaged: %w", err)
		case i == maxMembers:
			return entries, fmt.Errorf("this archive has more than %d files; unpack it", maxMembers)
		}
		member := &member{archive: e.Opener, index: i, size: h.Size}
		member.open = func(ctx context.Context) (io.ReadCloser, error) { return openTarMember(ctx, e.Opener, i) }
		x := Entry{Name: memberName(e.Name, h.Name), Opener: member}
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeGNUSparse:
			head, err := readHead(t)
			if err != nil {
				return entries, fmt.Errorf("this tar archive is damaged: %w", err)
			}
			member.judge(head)
		case tar.TypeSymlink, tar.TypeLink:
			x.NotFile = "a link in an archive"
		default:
			continue
		}
		entries = append(entries, x)
	}
}

// openTarMember opens the file with some index.
func openTarMember(ctx context.Context, archive Opener, index int) (io.ReadCloser, error) {
	t, ch, err := openTar(ctx, archive)
	if err != nil {
		return nil, err
	}
	for range index + 1 {
		if _, err := t.Next(); err != nil {
			_ = ch.Close()
			return nil, err
		}
	}
	ch.Reader = t
	return ch, nil
}

// openZip opens a zip archive, whose directory is at its end.
func openZip(ctx context.Context, archive Opener) (*zip.Reader, io.Closer, error) {
	f, err := archive.Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	at, ok := f.(io.ReaderAt)
	if !ok {
		_ = f.Close()
		return nil, nil, errors.New("a zip archive that cannot be read from its end: copy it to a file")
	}
	z, err := zip.NewReader(at, archive.Size())
	if err != nil {
		_ = f.Close()
		return nil, nil, fmt.Errorf("this zip archive is damaged: %w", err)
	}
	return z, f, nil
}

// zipEncrypted is the flag of a file that is encrypted (APPNOTE.TXT 4.4.4).
const zipEncrypted = 1

// zipMembers lists the files of a zip archive.
func (c *collector) zipMembers(e *Entry) (entries []Entry, err error) {
	z, f, err := openZip(c.ctx, e.Opener)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for i, zf := range z.File {
		if c.ctx.Err() != nil {
			return nil, context.Cause(c.ctx)
		}
		if i == maxMembers {
			return entries, fmt.Errorf("this archive has more than %d files; unpack it", maxMembers)
		}
		if zf.FileInfo().IsDir() {
			continue
		}
		member := &member{archive: e.Opener, index: i, size: int64(min(zf.UncompressedSize64, 1<<62))}
		member.open = func(ctx context.Context) (io.ReadCloser, error) { return openZipMember(ctx, e.Opener, i) }
		x := Entry{Name: memberName(e.Name, zf.Name), Opener: member}
		switch {
		case zf.Flags&zipEncrypted != 0 && c.Want.named(filepath.Base(zf.Name)):
			x.Err = fmt.Errorf("encrypted in its zip archive: unzip -p %s %s | rdblens -", ShellWord(Printable(e.Name)), ShellWord(Printable(zf.Name)))
		case zf.Flags&zipEncrypted != 0:
			x.NotFile = "encrypted in an archive"
		case !zf.Mode().IsRegular():
			x.NotFile = "a link in an archive"
		default:
			if r, err := zf.Open(); err != nil {
				x.Err = err
			} else {
				head, err := readHead(r)
				_ = r.Close()
				member.judge(head)
				member.judged = member.judged && err == nil // reading it finds the error again
			}
		}
		entries = append(entries, x)
	}
	return entries, nil
}

func openZipMember(ctx context.Context, archive Opener, index int) (io.ReadCloser, error) {
	z, f, err := openZip(ctx, archive)
	if err != nil {
		return nil, err
	}
	if index >= len(z.File) { // it is another file by now
		_ = f.Close()
		return nil, errors.New("the archive has changed")
	}
	r, err := z.File[index].Open()
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &chain{Reader: r, closers: []io.Closer{f, r}}, nil
}

// memberName is what a file in an archive is called; nothing in it leads out of there.
func memberName(archive, name string) string { return archive + path.Clean("/"+name) }

// within says where a listing lies.
func (l *Listing) within() string {
	switch {
	case l.Archive:
		return "no file in this archive is "
	case l.Directory:
		return "no file in this directory is "
	}
	return "no file that matches is "
}
