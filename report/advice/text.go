package advice

import (
	"unicode/utf8"

	"github.com/rdblens/rdblens/report/internal/escape"
)

// verb returns the verb's form for n things: singular for one.
func verb(n int64, singular, plural string) string {
	if n == 1 {
		return singular
	}
	return plural
}

// line makes s fit for one line of text: what is not printable becomes \xNN.
// It leaves text alone that is escaped for display already.
func line(s string) string { return string(escape.AppendPrintable(nil, s, false)) }

// clip is line, shortened to a title's share of runes.
func clip(s string) string {
	const most = 60
	s = line(s)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-3]) + "..."
}
