// Package source says where the bytes of a dump come from: files, standard
// input, directories, globs; compressed or not. It knows nothing of what is in
// a dump beyond how one begins.
//
// Two interfaces keep the places apart. A Store finds what an argument of the
// command line names, an Opener reads one of these things. The file system is
// file.go and standard input stdin.go; everything else in the package is the
// same for all of them. A further kind of place, say an object store, is one
// more file with both, and an entry in Stores; an argument leads there by its
// scheme (resolve.go).
package source

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
)

// UsageError is a command line that makes no sense.
type UsageError struct {
	Msg  string
	Hint string // what to do instead, may be empty
}

func (e *UsageError) Error() string { return e.Msg }

// Opener is one thing that can be read: a file, standard input, an object.
type Opener interface {
	// Open returns the bytes as they are stored, from the first one. Reads end
	// soon after ctx is done; io.EOF is the end of what is stored.
	Open(ctx context.Context) (io.ReadCloser, error)
	// Size is the number of bytes stored, -1 when only reading them tells.
	Size() int64
	// Rereadable reports whether Open can be called again and then gives the
	// same bytes.
	Rereadable() bool
	// Same reports whether o is the same thing, perhaps under another name. It is
	// false where that cannot be known.
	Same(o Opener) bool
}

// Store is a place where dumps are kept.
type Store interface {
	// Find looks up what an argument names; it gets the whole argument, scheme
	// included. A *UsageError says that the argument makes no sense, in its own
	// words. Any other error says that nothing can be read there: it is shown behind
	// the argument as it was given, secrets and all.
	Find(ctx context.Context, arg string) (*Listing, error)
}

// Stores returns the stores that URLs lead to, by scheme: "s3" for s3://.
func Stores() map[string]Store { return map[string]Store{} }

// Listing is what an argument names.
type Listing struct {
	// Entries come in the order in which they are to be read.
	Entries []Entry
	// Named: the argument names its one entry, which is taken whatever is in it.
	// Otherwise entries are taken by their contents.
	Named bool
	// Directory: the entries are a whole directory, maybe that of a multi-part
	// AOF. Otherwise they match a pattern.
	Directory bool
	Archive   bool // the entries are those of an archive
	// Hidden: entries whose name begins with a dot are meant too.
	Hidden bool
}

// Entry is one thing that was found.
type Entry struct {
	Name   string // in full, not escaped; every report, row and message shows it
	Opener Opener // nil if there is Err
	// NotFile says what it is when it is nothing that holds a dump: "directory".
	NotFile string
	Err     error // why it cannot be looked at
}

// Source is one dump-to-be: found, not opened.
type Source struct {
	Name string // as shown; free of control bytes

	opener   Opener
	commands bool // of an append-only file: no dump is looked for
	read     atomic.Int64
	mangled  atomic.Pointer[ForeignError]
}

// Mangled tells what was done to a source that begins as a dump does and cannot be one
// any more; nil before it was opened, and where nothing is known.
func (s *Source) Mangled() *ForeignError { return s.mangled.Load() }

// Total is the number of bytes to read (compressed, if the source is), 0 when
// it is not known.
func (s *Source) Total() int64 { return max(s.opener.Size(), 0) }

// Path is where the source is in the file system, "" for one that is no file.
func (s *Source) Path() string {
	if f, ok := s.opener.(*file); ok {
		return f.path
	}
	return ""
}

// Consumed is the number of bytes read so far, compressed if the source is. It
// may be called from any goroutine.
func (s *Source) Consumed() int64 { return s.read.Load() }

// Rereadable reports whether the source can be opened again and gives the same bytes.
func (s *Source) Rereadable() bool { return s.opener.Rereadable() }

// Temporary reports whether the source is called as servers call the dump that they are
// writing.
func (s *Source) Temporary() bool { return temporaryName.MatchString(filepath.Base(s.Name)) }

// Change is what happened to a file while it was read.
type Change uint8

// Changes of a file.
const (
	Unchanged Change = iota
	Grew             // it is longer than what was read
	Replaced         // another file has its name
)

// settle is how long a file that seems to be cut off is watched for growth.
const settle = 300 * time.Millisecond

// Changed looks at a file that seems to be cut off again. It waits for a moment if it
// has not grown yet.
func (s *Source) Changed() Change {
	f, ok := s.opener.(*file)
	if !ok || !f.Rereadable() {
		return Unchanged
	}
	for _, wait := range []time.Duration{0, settle} {
		time.Sleep(wait)
		now, err := os.Stat(f.path)
		switch {
		case err != nil || !os.SameFile(now, f.info):
			return Replaced
		case now.Size() > s.Consumed():
			return Grew
		}
	}
	return Unchanged
}

// Same reports whether two sources are one.
func (s *Source) Same(o *Source) bool { return s.opener.Same(o.opener) }

// IsFile reports whether the source is the file that info, of os.Stat, describes.
func (s *Source) IsFile(info fs.FileInfo) bool { return s.opener.Same(&file{info: info}) }

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
		if !unicode.IsPrint(c) {
			for _, x := range []byte(string(c)) {
				fmt.Fprintf(&b, `\x%02x`, x)
			}
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}
