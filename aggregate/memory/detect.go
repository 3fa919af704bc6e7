package memory

import (
	"fmt"

	"github.com/rdblens/rdblens/parser"
)

// Detected is the line that a dump is sized for.
type Detected struct {
	Server  Server
	Reason  string // from what
	Warning string // not empty when the choice is doubtful
	// StandsInFor is the server that wrote the dump and has no line, empty when it has
	// one, or when the dump does not say which it is.
	StandsInFor string
}

// Inexact says why no size is exact under a line that was detected, or given without;
// "" where sizes may be.
func (d *Detected) Inexact(s Server) string {
	if d.StandsInFor != "" {
		return s.String() + " stands in for " + d.StandsInFor + ", which has no line"
	}
	return s.Unmeasured()
}

// Detect chooses the line that wrote a dump.
func Detect(h *parser.Header) Detected {
	s, reason, warning, other := detect(h)
	return Detected{s, reason, warning, other}
}

func detect(h *parser.Header) (s Server, reason, warning, other string) {
	if h.Dialect == parser.DialectDragonfly {
		return Server{"redis-7.2"}, "a Dragonfly dump",
			"Dragonfly keeps values in structures of its own: sizes are those of redis-7.2 after loading the same data", "Dragonfly"
	}
	for _, aux := range []struct{ key, family string }{{"valkey-ver", "valkey"}, {"redis-ver", "redis"}} {
		text, ok := h.Lookup(aux.key)
		if !ok {
			continue
		}
		v, ok := parseVersion(text)
		if !ok || v == developmentVersion {
			s, reason = fromMagic(h, aux.family)
			return s, reason, fmt.Sprintf("the dump's version, %s %q, names no release: sized for %s; name a server if that is not the one", aux.key, clip(text), s), ""
		}
		s, exact := fromVersion(aux.family, v, h.Version)
		reason = fmt.Sprintf("%s %d.%d.%d", aux.key, v[0], v[1], v[2])
		if !exact {
			other = fmt.Sprintf("%s %d.%d.%d", aux.family, v[0], v[1], v[2])
			warning = fmt.Sprintf("no model for %s: sized for %s", other, s)
		}
		if bits, ok := h.Lookup("redis-bits"); ok && bits == "32" && warning == "" {
			warning = "written by a 32-bit server: sizes are those of a 64-bit one"
		}
		return s, reason, warning, other
	}
	family := "redis"
	if h.Dialect == parser.DialectValkey {
		family = "valkey"
	}
	s, reason = fromMagic(h, family)
	return s, reason, fmt.Sprintf("the dump does not say which server wrote it: sized for %s; name a server if that is not the one", s), ""
}

// developmentVersion is what builds of the development branches call themselves.
var developmentVersion = version{255, 255, 255}

// firstCandidate is the patch number from which a release is a candidate of
// the next line (7.1.240 is 7.2-rc1).
const firstCandidate = 240

// fromVersion returns the line of a release that writes dumps of version rdb:
// the line itself, the next one for a release candidate (odd minors and high
// patch numbers), else the nearest; exact is false for the nearest.
func fromVersion(family string, v version, rdb int) (s Server, exact bool) {
	var last *line
	for i := range lines {
		l := &lines[i]
		if l.family != family || l.special {
			continue
		}
		same := l.since[0] == v[0] && l.since[1] == v[1]
		if same && v[2] < firstCandidate {
			return releaseOf(l, v), true
		}
		if !same && before(v, l.since) {
			switch {
			case last == nil:
				return Server{l.name}, false
			case rdb < l.magic: // KeyDB 6.3: no candidate of 7.0
				return Server{last.name}, false
			default:
				return Server{l.name}, v[2] >= firstCandidate || v[1]%2 == 1
			}
		}
		last = l
	}
	return Server{last.name}, false
}

// before compares major and minor.
func before(a, b version) bool { return a[0] < b[0] || a[0] == b[0] && a[1] < b[1] }

// fromMagic returns the newest line of a family that writes dumps of this RDB
// version, or the nearest one.
func fromMagic(h *parser.Header, family string) (s Server, reason string) {
	var best *line
	for i := range lines {
		l := &lines[i]
		if l.family != family || l.special {
			continue
		}
		if best == nil || l.magic <= h.Version {
			best = l
		}
	}
	return Server{best.name}, fmt.Sprintf("RDB version %d", h.Version)
}

// clip bounds hostile text that is quoted in a message.
func clip(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}
