// Package foreign knows the words and flags of other tools, and those that people try
// before they read a help, each with the command line that does the same here. It
// answers command lines that make no sense, and fills docs/coming-from.md.
package foreign

import (
	"slices"
	"strings"
)

// Habit is something that people type.
type Habit struct {
	// Typed is a word in place of a command, or a flag with its dashes; a flag may have
	// a value behind a blank, which then must be the one that was typed.
	Typed string
	// Line is the command that does it: a whole one on File. "" when there is none.
	Line string
	// Note says more, or why there is no Line.
	Note string
}

// Tool is another program, or what is tried without one.
type Tool struct {
	Name   string // as it is called
	Anchor string // of its part of docs/coming-from.md
	Habits []Habit
}

// File stands in a Line for the dump that was typed.
const File = "dump.rdb"

// Answer is what is said of a habit.
type Answer struct {
	Tool string
	Habit
}

// Word returns what is known of a word in place of a command.
func Word(word string) []Answer {
	word = strings.ToLower(word)
	return find(func(typed string) bool { return typed == word })
}

// Flag returns what is known of a flag, given with its dashes as it was typed, and of
// the value that stood behind it; "" for none. What is known of the flag with that
// value goes before what is known of the flag alone.
func Flag(flag, value string) []Answer {
	if value != "" {
		if a := find(func(typed string) bool { return typed == flag+" "+value }); a != nil {
			return a
		}
	}
	return find(func(typed string) bool {
		name, _, _ := strings.Cut(typed, " ")
		return name == flag && (typed == flag || isPlaceholder(typed[len(name)+1:]))
	})
}

// isPlaceholder reports whether what stands behind a flag in a table names a value: it
// is in capitals.
func isPlaceholder(s string) bool {
	return s == strings.ToUpper(s) && strings.Trim(s, "0123456789") != ""
}

func find(is func(typed string) bool) []Answer {
	var out []Answer
	for i := range Tools {
		for _, h := range Tools[i].Habits {
			// Different tools mean the same by most of their words: once is enough.
			if is(h.Typed) && !slices.ContainsFunc(out, func(a Answer) bool { return a.Line == h.Line && a.Note == h.Note }) {
				out = append(out, Answer{Tools[i].Name, h})
			}
		}
	}
	return out
}

// Hint tells an answer, for the dump that was typed.
func (a *Answer) Hint(dump string) string {
	line := strings.ReplaceAll(a.Line, File, dump)
	switch {
	case a.Line == "":
		return a.Note
	case a.Note == "":
		return line
	}
	return line + "   (" + strings.ReplaceAll(a.Note, File, dump) + ")"
}
