package parser

import (
	"errors"
	"fmt"
	"strings"
)

// Classes of error, reached through errors.Is.
var (
	// ErrNotRDB: the source does not start like a dump.
	ErrNotRDB = errors.New("not an RDB dump")
	// ErrTruncated: the source ended inside the dump.
	ErrTruncated = errors.New("truncated")
	// ErrCorrupt: bytes that no server writes.
	ErrCorrupt = errors.New("corrupt")
	// ErrChecksum: the dump reads to its end but its CRC-64 differs.
	ErrChecksum = errors.New("checksum mismatch")
	// ErrUnknownType: a type or opcode this reader does not know, or one that
	// cannot be skipped; nothing after it can be read.
	ErrUnknownType = errors.New("unknown type or opcode")
	// ErrClosed: the Reader was closed.
	ErrClosed = errors.New("reader closed")
)

// Error is the error of a Reader. Offset is a position in the source: the end
// of the source for ErrTruncated, the footer for ErrChecksum, otherwise the
// place where the bytes stop making sense.
type Error struct {
	Offset int64
	DB     int32
	Key    []byte // the key being read, at most 1 KiB of its name
	HasKey bool
	Op     string // what was being read
	Err    error
}

// Error describes the failure in one line; the key is escaped.
func (e *Error) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "offset %d", e.Offset)
	if e.HasKey {
		fmt.Fprintf(&s, " (key %s, db %d)", Quote(clip(e.Key, 200)), e.DB)
	}
	if e.Op != "" {
		s.WriteString(": " + e.Op)
	}
	s.WriteString(": " + e.Err.Error())
	return s.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// detail is a class of error with what was seen.
type detail struct {
	class error
	text  string
}

func (d *detail) Error() string { return d.class.Error() + ": " + d.text }
func (d *detail) Unwrap() error { return d.class }

func clip(b []byte, n int) []byte {
	if len(b) > n {
		return b[:n]
	}
	return b
}

// unknownError is an ErrUnknownType in words that say all of it.
type unknownError struct{ text string }

func (e *unknownError) Error() string { return e.text }
func (e *unknownError) Unwrap() error { return ErrUnknownType }
