package main

import (
	"fmt"
	"io"
	"strings"
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

// usageError is a command line that makes no sense; exit code 2.
type usageError struct {
	msg   string
	hints []string
}

func (e *usageError) Error() string { return e.msg }

func usagef(format string, args ...any) *usageError {
	return &usageError{msg: fmt.Sprintf(format, args...)}
}

func (e *usageError) hint(format string, args ...any) *usageError {
	e.hints = append(e.hints, fmt.Sprintf(format, args...))
	return e
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

// nearest returns the candidate that word is probably a misspelling of: at most
// two letters away, and fewer than half of it. "" when there is none.
func nearest(word string, candidates []string) string {
	best, least := "", min(2, (len(word)-1)/2)+1
	for _, c := range candidates {
		d := distance(strings.ToLower(word), c)
		if len(word) > 2 && strings.HasPrefix(c, strings.ToLower(word)) {
			d = min(d, 1)
		}
		if d < least {
			best, least = c, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour to turn a into b.
func distance(a, b string) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
