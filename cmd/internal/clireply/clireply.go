// Package clireply reads what redis-cli printed of INFO, CONFIG GET and MEMORY STATS, in
// any of its output forms, and whatever a user saved of them in one file: raw lines (a
// pipe), numbered ones (a terminal, RESP 2 and 3), --csv, --json.
//
// Nothing says where one reply ends and the next begins. So a file is a list of names
// and values, and what a name means is the caller's affair.
package clireply

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/cmd/internal/redisconf"
)

// MaxBytes bounds a file: the INFO of a large server is some 10 kB, CONFIG GET * as much.
const MaxBytes = 8 << 20

// ErrTooLarge says that a file is longer than MaxBytes.
var ErrTooLarge = fmt.Errorf("more than %d MiB: no reply of redis-cli is that long", MaxBytes>>20)

// Pair is a name with its value.
type Pair struct {
	Name, Value string
	Line        int  // of the name, from 1
	Missing     bool // nothing follows the name
}

// IsReply reports whether a file begins like a reply, and not like a redis.conf, whose
// lines are a name with at least one argument.
func IsReply(text []byte) bool {
	for line := range bytes.Lines(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))) {
		s := strings.TrimSpace(string(line))
		if s == "" || s[0] == '#' || prompt.MatchString(s) {
			continue
		}
		return strings.ContainsRune(`{["`, rune(s[0])) || numbered.MatchString(s) || !strings.ContainsAny(s, " \t")
	}
	return false
}

// reader is a file under way.
type reader struct {
	known func(name string) bool
	pairs []Pair
	// waiting is a name of a list whose value has not come yet.
	waiting *Pair
	broken  int // attempts to read JSON that was none
}

// maxBroken bounds those attempts, each of which may read to the end of the file.
const maxBroken = 16

// Pairs returns the names and values of a file. Of lists, in which every second token is
// a name, only those are returned that known says are names: a list may begin anywhere.
func Pairs(r io.Reader, known func(name string) bool) ([]Pair, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxBytes {
		return nil, ErrTooLarge
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, errors.New("binary data, not what redis-cli prints")
	}
	p := &reader{known: known}
	p.text(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), 0, true)
	p.flush()
	return p.pairs, nil
}

// Of lines.
var (
	// infoLine is a line of INFO: db0:keys=1,expires=0.
	infoLine = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_.-]*):(.*)$`)
	// numbered is the head of a line on a terminal, nested lists have several numbers:
	// "28) 1) "; "1# " is a map and "1~ " a set of RESP 3.
	numbered = regexp.MustCompile(`^\s*(\d+[)#~] *)+`)
	// typed is a number on a terminal.
	typed = regexp.MustCompile(`^\((integer|double|boolean|big number)\) (\S+)$`)
	// prompt is what a user copied with a reply.
	prompt = regexp.MustCompile(`^\S+:\d+(\[\d+\])?> `)
)

// text reads lines; outer: one of them may be a text itself.
func (p *reader) text(text []byte, line int, outer bool) {
	for len(text) > 0 {
		line++
		if n, lines := p.json(text, line, outer); n > 0 {
			text = text[n:]
			line += lines
			continue
		}
		head, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		p.line(strings.TrimRight(string(head), "\r"), line, outer)
	}
}

// line reads one.
func (p *reader) line(s string, line int, outer bool) {
	trimmed := strings.TrimSpace(s)
	if m := numbered.FindString(s); m != "" {
		p.terminal(strings.TrimSpace(s[len(m):]), line)
		return
	}
	if strings.HasPrefix(trimmed, `"`) {
		if tokens, ok := csv(trimmed); ok {
			if outer && len(tokens) == 1 && strings.ContainsAny(tokens[0], "\n") {
				p.flush()
				p.text([]byte(tokens[0]), line, false)
				return
			}
			for _, t := range tokens {
				p.token(t, line)
			}
			return
		}
	}
	switch {
	case strings.HasPrefix(trimmed, "#") || prompt.MatchString(s):
		p.flush()
	case p.waiting != nil:
		// A value of a raw list may look like anything, and be empty.
		p.token(s, line)
	case infoLine.MatchString(trimmed):
		m := infoLine.FindStringSubmatch(trimmed)
		p.pairs = append(p.pairs, Pair{Name: m[1], Value: strings.TrimSpace(m[2]), Line: line})
	case p.known(trimmed):
		p.token(trimmed, line)
	default:
		p.directive(trimmed, line)
	}
}

// terminal reads what stands behind the numbers of a line.
func (p *reader) terminal(s string, line int) {
	if name, value, ok := strings.Cut(s, " => "); ok {
		p.flush()
		name = unquote(strings.TrimSpace(name))
		value = numbered.ReplaceAllString(strings.TrimSpace(value), "")
		if inner, v, nested := strings.Cut(value, " => "); nested { // 1# "db.0" => 1# "overhead…" => (integer) 72
			name, value = unquote(inner), v
		}
		if p.known(name) {
			p.pairs = append(p.pairs, Pair{Name: name, Value: unquote(value), Line: line})
		}
		return
	}
	p.token(unquote(s), line)
}

// unquote returns what a terminal shows of a value.
func unquote(s string) string {
	if m := typed.FindStringSubmatch(s); m != nil {
		return m[2]
	}
	if strings.HasPrefix(s, `"`) {
		if args, err := redisconf.Split(s); err == nil && len(args) == 1 {
			return args[0]
		}
	}
	return s
}

// directive reads a line of a redis.conf: a name and a value.
func (p *reader) directive(s string, line int) {
	args, err := redisconf.Split(s)
	if err == nil && len(args) == 2 && p.known(args[0]) {
		p.pairs = append(p.pairs, Pair{Name: args[0], Value: args[1], Line: line})
	}
}

// token takes a name or a value of a list.
func (p *reader) token(s string, line int) {
	if w := p.waiting; w != nil {
		w.Value = s
		p.pairs = append(p.pairs, *w)
		p.waiting = nil
		return
	}
	if p.known(s) {
		p.waiting = &Pair{Name: s, Line: line}
	}
}

// flush ends a list.
func (p *reader) flush() {
	if p.waiting != nil {
		p.waiting.Missing = true
		p.pairs = append(p.pairs, *p.waiting)
		p.waiting = nil
	}
}

// csv splits a line of --csv: strings in quotes as the server shows them, numbers
// without (redis-cli.c cliFormatReplyCSV).
func csv(s string) (tokens []string, ok bool) {
	for {
		end := 0
		if strings.HasPrefix(s, `"`) {
			for end = 1; end < len(s) && s[end] != '"'; end++ {
				if s[end] == '\\' {
					end++
				}
			}
			if end >= len(s) {
				return nil, false
			}
			end++
			args, err := redisconf.Split(s[:end])
			if err != nil || len(args) != 1 {
				return nil, false
			}
			tokens = append(tokens, args[0])
		} else {
			for end < len(s) && s[end] != ',' {
				end++
			}
			tokens = append(tokens, strings.TrimSpace(s[:end]))
		}
		if s = s[end:]; s == "" {
			return tokens, true
		}
		if s[0] != ',' {
			return nil, false
		}
		s = s[1:]
	}
}

// json reads a value of --json at the beginning of text, and returns its bytes and how
// many line feeds it has beyond the first; 0 when there is none.
func (p *reader) json(text []byte, line int, outer bool) (n, lines int) {
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	if len(trimmed) == 0 || !outer || !strings.ContainsRune(`{["`, rune(trimmed[0])) || p.waiting != nil || p.broken == maxBroken {
		return 0, 0
	}
	d := json.NewDecoder(bytes.NewReader(trimmed))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		p.broken++
		return 0, 0
	}
	n = int(d.InputOffset())
	end := trimmed[n:]
	if s, ok := v.(string); ok {
		// A string alone is INFO; others are of a line of --csv, or of a terminal.
		if !strings.Contains(s, "\n") || len(bytes.TrimLeft(end, " \t\r")) > 0 && bytes.TrimLeft(end, " \t\r")[0] != '\n' {
			return 0, 0
		}
		p.text([]byte(s), line, false)
	} else {
		p.value(v, line)
		p.flush()
	}
	n += len(text) - len(trimmed)
	rest := bytes.TrimLeft(text[n:], " \t\r")
	if len(rest) > 0 && rest[0] == '\n' {
		n = len(text) - len(rest) + 1
	}
	return n, max(0, bytes.Count(text[:n], []byte("\n"))-1)
}

// value reads one of JSON.
func (p *reader) value(v any, line int) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			x := v[name]
			switch x := x.(type) {
			case map[string]any, []any:
				p.value(x, line)
			case nil:
				p.pairs = append(p.pairs, Pair{Name: name, Line: line, Missing: true})
			default:
				p.pairs = append(p.pairs, Pair{Name: name, Value: fmt.Sprint(x), Line: line})
			}
		}
	case []any:
		for _, x := range v {
			switch x := x.(type) {
			case map[string]any, []any:
				p.value(x, line)
			default:
				p.token(fmt.Sprint(x), line)
			}
		}
	}
}
