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
	"strings"
	"sync/atomic"
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

	opener Opener
	read   atomic.Int64
}

// Total is the number of bytes to read (compressed, if the source is), 0 when
// it is not known.
func (s *Source) Total() int64 { return max(s.opener.Size(), 0) }

// Consumed is the number of bytes read so far, compressed if the source is. It
// may be called from any goroutine.
func (s *Source) Consumed() int64 { return s.read.Load() }

// Rereadable reports whether the source can be opened again and gives the same bytes.
func (s *Source) Rereadable() bool { return s.opener.Rereadable() }

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
