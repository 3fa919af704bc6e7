package command

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/report/units"
)

// A glob has no "digits only" and no "anything but a separator": bull:email:*
// chooses bull:email:completed and bull:email:7:logs as well as bull:email:7. So
// what a server lists for a glob is held against an expression for whole names,
// made from the classes of the pattern, and against the type. Both are tried here
// before they are printed, on every name of the dump that was kept.

// choice is how the keys of rows are chosen among those of a server.
type choice struct {
	re   string // extended regular expression for single bytes
	also []string
	keys int64 // of the patterns named in also
}

// exact reports whether it chooses no key that is known to be another's.
func (c *choice) exact() bool { return len(c.also) == 0 }

// classShapes are expressions for the tokens of a class, without braces for counts,
// which not every awk knows, and without backslashes, which awk and shells take
// for theirs. A class that is missing is a run without the separators that are
// always cut at.
var classShapes = map[string]string{
	"int":      "[-+]?[0-9]+",
	"float":    "[-+]?[0-9.]+([eE][-+]?[0-9]+)?",
	"date":     "[0-9][-_0-9]*[0-9]",
	"datetime": "[0-9][-_0-9T:Z.+]*",
	"uuid":     "[0-9a-fA-F]+[-_][0-9a-fA-F]+[-_][0-9a-fA-F]+[-_][0-9a-fA-F]+[-_][0-9a-fA-F]+",
	"ulid":     "[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]+",
	"hex":      "[0-9a-fA-F]+",
	"b64":      "[-A-Za-z0-9+/=_]+",
	"email":    "[^:/|]+@[^:/|]+",
	"ip":       "[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+",
	"ipv6":     "[0-9a-fA-F:.]+",
	"mac":      "[-0-9a-fA-F:.]+",
	"alnum":    "[-A-Za-z0-9_]*[0-9][-A-Za-z0-9_]*",
	"version":  "[0-9]+[.][0-9]+[.][0-9]+[^:/|]*",
	"*":        ".*",
	"text":     ".*",
	"bin":      ".*",
	"java":     ".*",
}

const wideShape = "[^:/|]+"

// shapeOf returns an expression for the names of a pattern, without its anchors:
// literals as they are, tokens as their class, or, wide, as a run without
// separators. ok is false when the pattern is none, as the name of a group may be.
func shapeOf(pattern string, wide bool) (expression string, ok bool) {
	var re strings.Builder
	text := Unescape(pattern)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case (c == '{' || c == '}') && i+1 < len(text) && text[i+1] == c: // a brace of the key
			re.WriteString("[" + string(c) + "]")
			i++
		case c == '{':
			n := strings.IndexByte(text[i:], '}')
			if n < 0 {
				return "", false
			}
			shape := classShapes[text[i+1:i+n]]
			if shape == "" || wide && shape != ".*" {
				shape = wideShape
			}
			re.WriteString(shape)
			i += n
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(" _-:/@%=~,;#", c) >= 0:
			re.WriteByte(c)
		case strings.IndexByte(".*+?()|$", c) >= 0:
			re.WriteString("[" + string(c) + "]")
		default: // what is awkward in a shell, in brackets, or to show
			re.WriteByte('.')
		}
	}
	return re.String(), true
}

// pick finds out how to choose the keys of some rows, all of one type. ok is
// false when nothing chooses the names that are known of each of them.
func (w *Writer) pick(match string, rows ...*aggregate.PatternFacts) (best choice, ok bool) {
	for _, wide := range []bool{false, true} {
		var shapes []string
		for _, row := range rows {
			if s, is := shapeOf(row.Pattern, wide); is {
				shapes = append(shapes, s)
			}
		}
		if len(shapes) < len(rows) {
			break
		}
		re := "^" + shapes[0] + "$"
		if len(shapes) > 1 {
			re = "^(" + strings.Join(Unique(shapes), "|") + ")$"
		}
		if c, all := w.tryChoice(match, re, rows); all && (!ok || c.keys < best.keys) {
			if best, ok = c, true; c.exact() {
				return best, true
			}
		}
	}
	return best, ok
}

// tryChoice holds a glob and an expression against all names: all reports whether
// they choose what is known of the rows.
func (w *Writer) tryChoice(match, re string, rows []*aggregate.PatternFacts) (c choice, all bool) {
	c.re = re
	globs := keyname.Glob(Glob(match))
	shape, err := regexp.Compile("(?s)" + re)
	if err != nil {
		return c, false
	}
	chosen := func(name string) bool {
		return globs.Match([]byte(name)) && shape.MatchString(latin1(name))
	}
	of := make(map[*aggregate.PatternFacts]bool, len(rows))
	for _, row := range rows {
		of[row] = true
		names := namesOf(row)
		if len(names) == 0 {
			return c, false
		}
		for _, n := range names {
			// A name with a line break is two lines to the commands, and some tools end
			// a line at a NUL.
			if strings.ContainsAny(n, "\n\x00") || !chosen(n) {
				return c, false
			}
		}
	}
	for _, other := range w.Rows {
		if of[other] || other.Type != rows[0].Type {
			continue
		}
		// Of names that are too long to be known nothing can be said.
		if names := namesOf(other); len(names) > 0 && !slices.ContainsFunc(names, chosen) {
			continue
		}
		c.keys += other.Keys
		if len(c.also) < 5 {
			c.also = append(c.also, Shown(other.Pattern))
		} else if len(c.also) == 5 {
			c.also = append(c.also, "others besides")
		}
	}
	return c, true
}

// namesOf returns the names of a row's keys that are known, as they are.
func namesOf(row *aggregate.PatternFacts) []string {
	if len(row.Names) > 0 {
		return row.Names
	}
	if row.Example == "" || strings.HasSuffix(row.Example, "…") {
		return nil
	}
	return []string{Unescape(row.Example)}
}

// latin1 returns a string with a character for each byte, as tools see them in
// the C locale.
func latin1(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			runes := make([]rune, len(s))
			for i := range len(s) {
				runes[i] = rune(s[i])
			}
			return string(runes)
		}
	}
	return s
}

// typesOf are the types that SCAN takes.
var typesOf = []string{"string", "list", "set", "zset", "hash", "stream"}

// ScanKeys writes the keys of a row on the server to a file, or says why it cannot.
func (w *Writer) ScanKeys(row *aggregate.PatternFacts) (lines []string, ok bool) {
	return w.ScanRows(row.Match, row)
}

// ScanRows is ScanKeys for several rows of one type.
func (w *Writer) ScanRows(match string, rows ...*aggregate.PatternFacts) (lines []string, ok bool) {
	if why := w.Withheld(); why != "" {
		return []string{Note("no command: %s", why)}, false
	}
	typ := rows[0].Type
	if !slices.Contains(typesOf, typ) {
		return []string{Note("no command: no server lists keys of this type")}, false
	}
	c, ok := w.pick(match, rows...)
	switch {
	case !ok:
		return []string{Note("no command: their names cannot be told from others by an expression")}, false
	case !c.exact():
		return []string{Note("no command: it would also take keys of %s, %s in all", strings.Join(c.also, ", "), units.Plural(c.keys, "key"))}, false
	}
	// redis-cli prints the cursor and then a key a line, and with --scan no release
	// takes a type. An answer that is no number ends the loop. No variable of a shell
	// holds a NUL: a name with one is marked, and left alone.
	return []string{fmt.Sprintf(
		`c=0; while :; do r=$(%s SCAN "$c" MATCH %s COUNT 1000 TYPE %s | LC_ALL=C tr '\000' '\001'); c=$(printf '%%s\n' "$r" | head -n 1); case $c in ''|*[!0-9]*) break;; esac; printf '%%s\n' "$r" | tail -n +2; case $c in 0) break;; esac; done | LC_ALL=C awk -v re=%s '$0 !~ /\001/ && $0 ~ re' > %s`,
		w.CLI(typ), Quote(Glob(match)), typ, Quote(c.re), w.KeysFile)}, true
}

// Filtered reports whether only some keys were counted.
func (w *Writer) Filtered() bool {
	return w.Filters.Any()
}

// Withheld says why no command may be printed that goes by the rows, "" where it may.
// What a row is for was judged by the keys that were counted, and its names were held
// against those of the others: where some of them are missing, or are not as they are
// on the server, neither is known.
func (w *Writer) Withheld() string {
	switch {
	case w.Partial:
		return "the dump could not be read to its end"
	case w.Filtered():
		return "only some keys were counted, take a report of all of them"
	case w.Facts.Redacted:
		return "the names are hidden"
	case w.Facts.Regrouped:
		return "the keys were put together in another way than by their names, take a report without groups, separators and depth"
	case w.PatternsCapped:
		return "there are too many patterns to tell all of them apart"
	}
	return ""
}
