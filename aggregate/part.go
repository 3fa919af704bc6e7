package aggregate

import (
	"io"

	"github.com/rdblens/rdblens/aggregate/internal/part"
)

// Part is what a run leaves for merging: a summary and what the run has to say
// beside it. docs/parts.md describes the file.
type Part struct {
	Summary *Summary
	Failed  []FailedSource // sources that were asked for and could not be read
	Notes   []Warning      // what the run has to say beside its sources
	Logs    []CommandLog   // commands of append-only files, which are in no summary
	// Unknown names the fields that a newer program wrote and this one passed over.
	Unknown []string
	// Tool is the program that wrote it.
	Tool Tool
}

// Errors of ReadPart, reached through errors.Is.
var (
	// ErrNotPart: the bytes are no part at all.
	ErrNotPart = part.ErrNotPart
	// ErrPartDamaged: a part that was cut off or changed.
	ErrPartDamaged = part.ErrDamaged
	// ErrPartVersion: a part of a format, of fields or with limits that this
	// program does not have.
	ErrPartVersion = part.ErrVersion
)

// PartHead is how many bytes IsPart needs.
const PartHead = part.HeadLen

// IsPart reports whether head, the first bytes of a file, begins a part.
func IsPart(head []byte) bool { return part.Is(head) }

// WritePart writes a part. When a state is too large for one its patterns are
// made coarser until it fits.
func WritePart(w io.Writer, p *Part) error { return part.Write(w, p.unwrap()) }

// ReadPart reads a part and checks it: what it returns could have been made by an
// analysis, whatever the bytes.
func ReadPart(r io.Reader) (*Part, error) {
	p, err := part.Read(r)
	return wrapPart(p), err
}

// MergeParts merges parts like Merge does their summaries.
func MergeParts(parts ...*Part) (*Part, error) {
	in := make([]*part.Part, len(parts))
	for i, p := range parts {
		in[i] = p.unwrap()
	}
	p, err := part.Merge(in...)
	return wrapPart(p), err
}

func (p *Part) unwrap() *part.Part {
	if p == nil {
		return nil
	}
	return &part.Part{Summary: p.Summary.unwrap(), Failed: p.Failed, Notes: p.Notes, Logs: p.Logs, Unknown: p.Unknown, Tool: p.Tool}
}

func wrapPart(p *part.Part) *Part {
	if p == nil {
		return nil
	}
	return &Part{Summary: wrap(p.Summary), Failed: p.Failed, Notes: p.Notes, Logs: p.Logs, Unknown: p.Unknown, Tool: p.Tool}
}
