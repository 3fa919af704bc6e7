package keyname

import "bytes"

// GlobStream matches a name that comes in pieces, of which none is kept, in time
// len(glob)*len(name) at most, as Glob.Match does.
//
// It follows all ways to match at once: active holds the places in the glob where
// the bytes so far may have led, the largest first. Once one of them is behind a '*'
// those in front of it are dropped, as whatever they lead to can be had from there.
type GlobStream struct {
	glob   Glob
	star   int   // place behind the last '*' that was reached, -1 for none
	active []int // star, if there is one, is the last of them
	next   []int
}

// NewGlobStream returns a matcher in front of the first byte of a name.
func NewGlobStream(g Glob) *GlobStream {
	s := &GlobStream{glob: g}
	s.Reset()
	return s
}

// Reset begins another name.
func (s *GlobStream) Reset() {
	s.star, s.active = -1, s.active[:0]
	s.active, _ = s.reach(s.active, 0)
}

// reach adds a place to those that are active; star reports that there is a '*', and
// it is the only one.
func (s *GlobStream) reach(places []int, p int) (_ []int, star bool) {
	for p < len(s.glob) && s.glob[p] == '*' {
		p++
		star = true
	}
	if star {
		s.star = p
		places = places[:0]
	}
	return append(places, p), star
}

// Write takes the next piece.
func (s *GlobStream) Write(piece []byte) {
	for i := 0; i < len(piece) && len(s.active) > 0; i++ {
		if len(s.active) == 1 && s.star >= 0 {
			if s.star == len(s.glob) {
				return // whatever follows matches
			}
			// Most of a name lies between two places where something begins to match.
			if c := s.glob[s.star]; c != '?' && c != '[' && c != '\\' {
				n := bytes.IndexByte(piece[i:], c)
				if n < 0 {
					return
				}
				i += n
			}
		}
		s.step(piece[i])
	}
}

// step takes a byte.
func (s *GlobStream) step(c byte) {
	next, found := s.next[:0], false
	before := s.star
	for _, p := range s.active {
		if p == len(s.glob) {
			continue
		}
		if ok, to := s.glob.one(p, c); ok {
			// The end of what is between two '*' is the largest place there is.
			if next, found = s.reach(next, to); found {
				break
			}
		}
	}
	if !found && before >= 0 {
		next = append(next, before)
	}
	s.active, s.next = next, s.active
}

// Matches reports whether the glob matches all that was written.
func (s *GlobStream) Matches() bool { return len(s.active) > 0 && s.active[0] == len(s.glob) }
