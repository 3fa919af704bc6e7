package role

import (
	"strings"
)

// minExamples is how many names of a pattern must be known to go by them.
const minExamples = 3

// Pattern is a pattern of a report, of one data type.
type Pattern struct {
	// Name is the pattern as tables print it.
	Name string
	// Examples are names of some of its keys, as they are. They count where the
	// pattern hides what the names have in common.
	Examples []string
	Facts    Facts
}

// Siblings are the patterns of one report, as evidence for each other.
type Siblings struct {
	// bases says for each framework which anchors there are with one beginning.
	bases []map[string]anchors
	names map[named]bool
}

type named struct {
	name string
	t    dataType
}

// anchors are bits, one for each key of a framework.
type anchors uint64

// NewSiblings looks at all patterns of a report.
func NewSiblings(patterns []Pattern) *Siblings {
	s := &Siblings{bases: make([]map[string]anchors, len(frameworks)), names: make(map[named]bool, len(patterns))}
	for i := range patterns {
		p := &patterns[i]
		s.names[named{p.Name, p.Facts.Type}] = true
		s.note(p)
	}
	return s
}

// note takes in the anchors that a pattern is.
func (s *Siblings) note(p *Pattern) {
	var name []symbol
	for i, f := range frameworks {
		for k := range f.Keys {
			key := &f.Keys[k]
			if !key.anchor || !key.takes(p.Facts.Type) || !key.shape.mayFit(p.Name) || key.when != nil && !key.when(&p.Facts) {
				continue
			}
			if name == nil {
				name = symbolsOf(p.Name)
			}
			key.shape.bases(p.Name, name, func(base string) bool {
				if s.bases[i] == nil {
					s.bases[i] = map[string]anchors{}
				}
				s.bases[i][base] |= 1 << k
				return false
			})
		}
	}
}

// bases calls f with what a name begins with, for each way in which the rest is
// of the shape, until f returns true.
func (s *shape) bases(text string, name []symbol, f func(base string) bool) bool {
	from := 0
	if s.literal() {
		from = max(0, len(name)-s.literals) // there is one way
	}
	steps := maxSteps
	for i := from; i <= len(name); i++ {
		at := 0
		if i > 0 {
			at = name[i-1].end
		}
		if fit(s.parts, name[i:], &steps) && f(text[:at]) {
			return true
		}
	}
	return false
}

// literal reports whether nothing varies.
func (s *shape) literal() bool {
	return len(s.parts) == 0 || len(s.parts) == 1 && s.parts[0].vary == nil
}

func (k *Key) takes(t dataType) bool {
	for _, of := range k.Types {
		if of == t {
			return true
		}
	}
	return false
}

// evidence is how much speaks for a framework with a beginning: 0 for too little.
func (s *Siblings) evidence(i int, base string) int {
	f, seen := frameworks[i], s.bases[i][base]
	n, telling, told := 0, false, false
	for k := range f.Keys {
		there := seen&(1<<k) != 0
		if there {
			n++
		}
		telling = telling || f.Keys[k].telling
		told = told || f.Keys[k].telling && there
	}
	need := f.need
	if f.Default != "" && isDefault(f.Default, base) {
		need = f.needDefault
	}
	switch {
	case n < need:
		return 0
	case told:
		return 2*n + 1
	case telling:
		return 1 // another framework has the same names without those
	}
	return 2 * n
}

// isDefault reports whether a beginning is the default one, or goes on behind it
// when the default ends in a colon.
func isDefault(def, base string) bool {
	base = strings.NewReplacer("{{", "{", "}}", "}").Replace(base)
	if strings.HasSuffix(def, ":") {
		return strings.HasPrefix(base, def)
	}
	return base == def || base == "{"+def+"}"
}

// match is a key of a framework that a pattern may be.
type match struct {
	framework *Framework
	key       *Key
	weight    int  // what is preferred
	refused   bool // by the facts
}

// table looks a pattern up. The match may be one that the facts refused.
func (s *Siblings) table(p *Pattern) (best match) {
	name := symbolsOf(p.Name)
	for i, f := range frameworks {
		for k := range f.Keys {
			key := &f.Keys[k]
			if !key.takes(p.Facts.Type) {
				continue
			}
			evidence := s.named(i, key, p, name)
			if evidence == 0 {
				continue
			}
			m := match{framework: f, key: key, weight: key.shape.told()*64 + min(evidence, 63)}
			m.refused = key.withheld() || key.when != nil && !key.when(&p.Facts)
			if best.key == nil || best.refused && !m.refused || best.refused == m.refused && m.weight > best.weight {
				best = m
			}
		}
	}
	return best
}

// told is how many given bytes tell of a key: a colon behind a configurable beginning
// may as well be the end of that (acme:dead as <*>:dead of one framework and <*>dead of
// another one, whose other keys are there).
func (s *shape) told() int {
	if s.base && len(s.parts) > 0 && len(s.parts[0].literal) > 0 && s.parts[0].literal[0] == ':' {
		return s.literals - 1
	}
	return s.literals
}

// named reports by how much the name of a pattern speaks for a key: 0 for not.
func (s *Siblings) named(i int, key *Key, p *Pattern, name []symbol) (evidence int) {
	shape := &key.shape
	if shape.base && frameworks[i].need > 0 {
		if len(s.bases[i]) == 0 || !shape.mayFit(p.Name) {
			return 0
		}
		shape.bases(p.Name, name, func(base string) bool {
			evidence = max(evidence, s.evidence(i, base))
			return false
		})
		return evidence
	}
	if shape.mayFit(p.Name) && shape.anywhere(p.Name, name) {
		return 1
	}
	// A class may hide a word that all names have. Then all that are at hand must
	// have it, and more than one.
	if int64(len(p.Examples)) < max(1, min(minExamples, p.Facts.Keys)) || shape.literals == 0 || !hidesWords(name, shape) {
		return 0
	}
	for _, e := range p.Examples {
		if !shape.anywhere(e, bytesOf(e)) {
			return 0
		}
	}
	return 1
}

// anywhere reports whether a name is of the shape, with anything in front if it
// has a base.
func (s *shape) anywhere(text string, name []symbol) bool {
	if !s.base {
		return s.fits(name)
	}
	return s.bases(text, name, func(string) bool { return true })
}

// hidesWords reports whether a class stands in the pattern where the shape has a
// literal: not where both are spelled out and differ.
func hidesWords(name []symbol, s *shape) bool {
	if s.base || len(s.parts) == 0 {
		return anyClass(name)
	}
	head := s.parts[0].literal
	for i := range min(len(name), len(head)) {
		if name[i].class != "" {
			return true
		}
		if name[i].b != head[i] {
			return false
		}
	}
	return anyClass(name)
}

func anyClass(name []symbol) bool {
	for _, c := range name {
		if c.class != "" {
			return true
		}
	}
	return false
}
