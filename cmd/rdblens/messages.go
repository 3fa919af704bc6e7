package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/rdblens/rdblens/cmd/internal/source"
)

// messages writes everything but the result to standard error: a line each, with
// the program's name and without control bytes.
type messages struct {
	mu    sync.Mutex
	w     io.Writer
	quiet bool // errors only
	once  map[string]bool
	// redact, when set, takes the names of keys out of a message.
	redact func(string) string
}

func (m *messages) errorf(format string, args ...any) { m.line("error: ", format, args...) }

func (m *messages) warnf(format string, args ...any) {
	if !m.quiet {
		m.line("warning: ", format, args...)
	}
}

func (m *messages) hintf(format string, args ...any) {
	if !m.quiet {
		m.line("hint: ", format, args...)
	}
}

// hintOnce gives a hint the first time only.
func (m *messages) hintOnce(text string) {
	if m.once[text] {
		return
	}
	if m.once == nil {
		m.once = make(map[string]bool)
	}
	m.once[text] = true
	m.hintf("%s", text)
}

func (m *messages) line(kind, format string, args ...any) {
	text := source.Printable(fmt.Sprintf(format, args...))
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.redact != nil {
		text = m.redact(text)
	}
	_, _ = io.WriteString(m.w, "rdblens: "+kind+text+"\n") // there is nobody to tell
}

// exitError ends the program with a code; the reason has been printed.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Exit codes; 128 and more are signals.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitPartial = 3
)
