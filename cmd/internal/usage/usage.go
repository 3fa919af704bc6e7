// Package usage is of command lines that make no sense: the error, which names what to
// do instead, and what a misspelt word was probably meant to be. It knows no command.
package usage

import (
	"fmt"
	"strings"
)

// Error is a command line that makes no sense; exit code 2.
type Error struct {
	Msg   string
	Hints []string // printed after it, a line each
}

func (e *Error) Error() string { return e.Msg }

// Errorf is an error with a message in the manner of fmt.Sprintf, without hints.
func Errorf(format string, args ...any) *Error {
	return &Error{Msg: fmt.Sprintf(format, args...)}
}

// Hint adds a hint in the manner of fmt.Sprintf, and returns e.
func (e *Error) Hint(format string, args ...any) *Error {
	e.Hints = append(e.Hints, fmt.Sprintf(format, args...))
	return e
}

// BadChoice is the error of a flag whose value is not among its choices.
func BadChoice(flag, got string, choices []string) *Error {
	e := Errorf("%s %q is not one of %s", flag, got, strings.Join(choices, ", "))
	if n := Nearest(got, choices); n != "" {
		return e.Hint("did you mean %s?", n)
	}
	return e
}
