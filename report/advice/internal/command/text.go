package command

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rdblens/rdblens/report/internal/escape"
)

// Line makes s fit for one line of text: what is not printable becomes \xNN.
// It leaves text alone that is escaped for display already.
func Line(s string) string { return string(escape.AppendPrintable(nil, s, false)) }

// Clip is Line, shortened to a title's share of runes.
func Clip(s string) string {
	const most = 60
	s = Line(s)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-3]) + "..."
}

// PlainWords makes a text fit for a note: what a shell might take for its own is
// left out.
func PlainWords(s string) string {
	s = strings.NewReplacer(" (", ", ", "),", ",", ")", "", ";", ",").Replace(s)
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" _-.,:/%=", r) {
			return r
		}
		return -1
	}, s)
}

// Unique returns the values in order without repetitions.
func Unique[T comparable](vs []T) []T {
	var out []T
	for _, v := range vs {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
