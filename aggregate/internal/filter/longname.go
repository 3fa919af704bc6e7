package filter

import (
	"io"
	"iter"
	"regexp"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
)

// LongNames judges names that are longer than parser.MaxName, of which only the
// beginning is kept: Begin is parser.Hooks.LongName. What it finds goes with the key
// in parser.Key.Named, for WantKey and GroupOf:
//
//	bit 0    some filter by name does not want it
//	from 1   the number of its group and one, 0 for none
type LongNames struct {
	mu             sync.Mutex // Close may come while a name is read
	closed         bool
	match, exclude []*keyname.GlobStream
	groups         []*keyname.GlobStream
	regex          []*regexStream
	without        []*regexStream
	expressions    []*regexStream // all that match as they read
}

// LongNames returns what judges long names for one scanner; nil when nothing depends on
// names. groups are the globs of the groups.
func (f *Filter) LongNames(groups []keyname.Glob) *LongNames {
	if len(f.match)+len(f.exclude)+len(f.regex)+len(f.without)+len(groups) == 0 {
		return nil
	}
	streams := func(globs []keyname.Glob) (out []*keyname.GlobStream) {
		for _, g := range globs {
			out = append(out, keyname.NewGlobStream(g))
		}
		return out
	}
	n := &LongNames{match: streams(f.match), exclude: streams(f.exclude), groups: streams(groups)}
	for _, re := range f.regex {
		n.regex = append(n.regex, &regexStream{re: re})
	}
	for _, re := range f.without {
		n.without = append(n.without, &regexStream{re: re})
	}
	n.expressions = slices.Concat(n.regex, n.without)
	return n
}

// Begin begins a name.
func (n *LongNames) Begin(k *parser.Key) func(piece []byte, last bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil
	}
	for _, l := range [][]*keyname.GlobStream{n.match, n.exclude, n.groups} {
		for _, s := range l {
			s.Reset()
		}
	}
	for _, s := range n.expressions {
		s.begin()
	}
	return func(piece []byte, last bool) {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.closed {
			return
		}
		for _, l := range [][]*keyname.GlobStream{n.match, n.exclude, n.groups} {
			for _, s := range l {
				s.Write(piece)
			}
		}
		for _, s := range n.expressions {
			s.write(piece)
		}
		if last {
			k.Named = n.verdict()
		}
	}
}

// verdict is that of a name that was read whole.
func (n *LongNames) verdict() uint32 {
	var named uint32
	wanted := len(n.match) == 0
	for _, s := range n.match {
		wanted = wanted || s.Matches()
	}
	for _, s := range n.exclude {
		wanted = wanted && !s.Matches()
	}
	matched := len(n.regex) == 0
	for _, s := range n.regex {
		matched = s.matches() || matched
	}
	for _, s := range n.without {
		wanted = !s.matches() && wanted
	}
	if !wanted || !matched {
		named = 1
	}
	for i, s := range n.groups {
		if s.Matches() {
			return named | uint32(i+1)<<1
		}
	}
	return named
}

// Close frees what a name that was not read whole left.
func (n *LongNames) Close() {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for _, s := range n.expressions {
		s.end()
	}
}

// GroupOf returns the group of a long name by its parser.Key.Named, -1 for none.
func GroupOf(named uint32) int { return int(named>>1) - 1 }

// regexStream matches a name that comes in pieces. Package regexp reads runes when it
// wants them, so the match is a coroutine, which gives way when it wants the next piece.
type regexStream struct {
	re      *regexp.Regexp
	resume  func() (struct{}, bool)
	stop    func()
	pause   func(struct{}) bool
	rest    []byte // of the piece
	torn    []byte // a rune that goes on in the next piece, with that piece behind it
	eof     bool
	matched bool
}

// begin forgets the name before.
func (s *regexStream) begin() {
	s.end()
	s.rest, s.eof, s.matched = nil, false, false
	s.resume, s.stop = iter.Pull(func(yield func(struct{}) bool) {
		s.pause = yield
		s.matched = s.re.MatchReader(s)
	})
	s.resume() // to where it wants the first piece
}

// end ends the match, if it is under way.
func (s *regexStream) end() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// write takes the next piece. A match that is over takes no more.
func (s *regexStream) write(piece []byte) {
	if len(s.rest) > 0 {
		s.torn = append(append(s.torn[:0], s.rest...), piece...)
		piece = s.torn
	}
	s.rest = piece
	if _, under := s.resume(); !under {
		s.rest = nil
		return
	}
	s.rest = append([]byte(nil), s.rest...) // a torn rune, or nothing
}

// matches ends the name.
func (s *regexStream) matches() bool {
	s.eof = true
	s.resume()
	s.end()
	return s.matched
}

// ReadRune is what the match reads by.
func (s *regexStream) ReadRune() (rune, int, error) {
	for !s.eof && !utf8.FullRune(s.rest) {
		if !s.pause(struct{}{}) {
			s.eof, s.rest = true, nil
		}
	}
	if len(s.rest) == 0 {
		return 0, 0, io.EOF
	}
	r, n := utf8.DecodeRune(s.rest)
	s.rest = s.rest[n:]
	return r, n, nil
}
