package role

import (
	"encoding/hex"
	"strings"
)

// symbol is one step of a name: a byte, or a class that stands for many.
type symbol struct {
	class string // "int", "uuid", "*", …; empty: a byte
	b     byte
	end   int // in the text, behind it
}

// symbolsOf takes apart a pattern as tables print it: {int} is a class, {{ and }}
// are braces, \\ is a backslash and \xNN a byte. What is not well formed is text.
func symbolsOf(pattern string) []symbol {
	s := make([]symbol, 0, len(pattern))
	for i := 0; i < len(pattern); {
		rest := pattern[i:]
		switch {
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"), strings.HasPrefix(rest, `\\`):
			i += 2
			s = append(s, symbol{b: rest[0], end: i})
		case rest[0] == '{' && strings.IndexByte(rest, '}') > 1:
			n := strings.IndexByte(rest, '}')
			i += n + 1
			s = append(s, symbol{class: rest[1:n], end: i})
		case len(rest) >= 4 && rest[:2] == `\x`:
			if b, err := hex.DecodeString(rest[2:4]); err == nil {
				i += 4
				s = append(s, symbol{b: b[0], end: i})
				continue
			}
			fallthrough
		default:
			i++
			s = append(s, symbol{b: rest[0], end: i})
		}
	}
	return s
}

// bytesOf are the symbols of a key's name itself.
func bytesOf(name string) []symbol {
	s := make([]symbol, len(name))
	for i := range len(name) {
		s[i] = symbol{b: name[i], end: i + 1}
	}
	return s
}

// A shape is how a framework names keys, written as documentation writes it:
// bull:<queue>:<id>. What is between < and > varies; see varying.
type shape struct {
	base  bool // begins with what the framework's other keys begin with too: <*>
	parts []part
	// literals is how many bytes are given.
	literals int
	tail     string // the literal it ends in
	head     string // the literal it begins with
}

type part struct {
	literal string
	vary    func(symbol) bool // nil for a literal
	across  bool              // may hold colons
	least   int               // bytes; a class counts as many, {int} as one
}

// compile reads a shape. The names in <> are free, except for those of varying,
// and "…" behind one says that it may hold colons.
func compile(text string) shape {
	s := shape{}
	if rest, ok := strings.CutPrefix(text, "<*>"); ok {
		s.base, text = true, rest
	}
	for text != "" {
		open := strings.IndexByte(text, '<')
		if open < 0 {
			open = len(text)
		}
		if open > 0 {
			s.parts = append(s.parts, part{literal: text[:open]})
			s.literals += open
			text = text[open:]
			continue
		}
		end := strings.IndexByte(text, '>')
		name := text[1:end]
		text = text[end+1:]
		name, across := strings.CutSuffix(name, "…")
		p := varying[name]
		if p.across = across; p.vary == nil {
			p.vary = anything
		}
		s.parts = append(s.parts, p)
	}
	if n := len(s.parts); n > 0 {
		s.head, s.tail = s.parts[0].literal, s.parts[n-1].literal
	}
	return s
}

// varying says what the variable parts with these names consist of, and of how
// many bytes at least.
var varying = map[string]part{
	"int":    {vary: func(s symbol) bool { return oneOf(s, "int", decimal) }},
	"date":   {vary: func(s symbol) bool { return oneOf(s, "date int", decimal+"-") }},
	"hex":    {vary: func(s symbol) bool { return oneOf(s, "hex", decimal+"abcdefABCDEF") }, least: 8},
	"uuid":   {vary: func(s symbol) bool { return oneOf(s, "uuid hex", decimal+"abcdefABCDEF-") }, least: 32},
	"base32": {vary: func(s symbol) bool { return oneOf(s, "hex int alnum b64", decimal+lower) }, least: 16},
	"base62": {vary: func(s symbol) bool { return oneOf(s, "hex int alnum b64 ulid", decimal+lower+upper+"-_+") }, least: 16},
}

const (
	decimal = "0123456789"
	lower   = "abcdefghijklmnopqrstuvwxyz"
	upper   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func oneOf(s symbol, classes, alphabet string) bool {
	if s.class == "" {
		return strings.IndexByte(alphabet, s.b) >= 0
	}
	for c := range strings.FieldsSeq(classes) {
		if c == s.class {
			return true
		}
	}
	return false
}

func anything(symbol) bool { return true }

// maxSteps bounds the work of one comparison; a name that needs more fits none.
const maxSteps = 20_000

// fits reports whether the symbols are of the shape, its base apart.
func (s *shape) fits(name []symbol) bool {
	steps := maxSteps
	return fit(s.parts, name, &steps)
}

func fit(parts []part, name []symbol, steps *int) bool {
	for len(parts) > 0 {
		p := &parts[0]
		if p.vary == nil {
			if len(name) < len(p.literal) {
				return false
			}
			for i := range len(p.literal) {
				if name[i].class != "" || name[i].b != p.literal[i] {
					return false
				}
			}
			name, parts = name[len(p.literal):], parts[1:]
			continue
		}
		weight := 0
		for n := 1; n <= len(name); n++ {
			if *steps--; *steps < 0 {
				return false
			}
			c := name[n-1]
			if !p.vary(c) || !p.across && c.class == "" && c.b == ':' {
				return false
			}
			if weight++; c.class != "" && c.class != "int" {
				weight += 31
			}
			if weight >= p.least && fit(parts[1:], name[n:], steps) {
				return true
			}
		}
		return false
	}
	return len(name) == 0
}

// mayFit is a quick test: whether the text of a pattern can begin and end as the
// shape does.
func (s *shape) mayFit(text string) bool {
	if !plainText(s.tail) || !plainText(s.head) {
		return true
	}
	return strings.HasSuffix(text, s.tail) && (s.base || strings.HasPrefix(text, s.head))
}

// plainText reports whether a literal reads the same in a pattern.
func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '{' || c == '}' || c == '\\' {
			return false
		}
	}
	return true
}
