package memory

import (
	"fmt"

	"github.com/rdblens/rdblens/parser"
)

// Detect chooses the line that wrote a dump; reason says from what, warning is
// not empty when the choice is doubtful.
func Detect(h *parser.Header) (s Server, reason, warning string) {
	if h.Dialect == parser.DialectDragonfly {
		return Server{"redis-7.2"}, "a Dragonfly dump",
			"Dragonfly keeps values in structures of its own: sizes are those of redis-7.2 after loading the same data"
	}
	for _, aux := range []struct{ key, family string }{{"valkey-ver", "valkey"}, {"redis-ver", "redis"}} {
		text, ok := h.Lookup(aux.key)
		if !ok {
			continue
		}
		v, ok := parseVersion(text)
		if !ok || v == developmentVersion {
			s, reason = fromMagic(h, aux.family)
			return s, reason, fmt.Sprintf("the dump's version, %s %q, names no release: sized for %s; name a server if that is not the one", aux.key, clip(text), s)
		}
		s, exact := fromVersion(aux.family, v, h.Version)
		reason = fmt.Sprintf("%s %d.%d.%d", aux.key, v[0], v[1], v[2])
		if !exact {
			warning = fmt.Sprintf("no model for %s %d.%d.%d: sized for %s", aux.family, v[0], v[1], v[2], s)
		}
		if bits, ok := h.Lookup("redis-bits"); ok && bits == "32" && warning == "" {
			warning = "written by a 32-bit server: sizes are those of a 64-bit one"
		}
		return s, reason, warning
	}
	family := "redis"
	if h.Dialect == parser.DialectValkey {
		family = "valkey"
	}
	s, reason = fromMagic(h, family)
	return s, reason, fmt.Sprintf("the dump does not say which server wrote it: sized for %s; name a server if that is not the one", s)
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
