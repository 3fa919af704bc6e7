package aggregate

import (
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// fieldProbe follows the fields of a hash whose contents were asked for.
type fieldProbe struct {
	seen   bool
	times  probe.Value
	top    []byte // name of the field with the longest contents, if it is a plain word
	topLen int64  // bytes of its name and contents
	total  int64  // of all fields
}

func (p *fieldProbe) reset() {
	if p.seen {
		*p = fieldProbe{top: p.top[:0]}
	}
}

// add takes a piece of a hash. Names and contents are there for the first
// fields, lengths for all.
func (p *fieldProbe) add(b *parser.Batch, es []parser.Element, clock int64) {
	if !p.seen && (es[0].Kind != parser.KindItem || es[0].Flags&parser.FlagBytes == 0) {
		return
	}
	p.seen = true
	for i := range es {
		e := &es[i]
		if e.Kind != parser.KindItem {
			continue
		}
		n := e.Len + e.ValueLen()
		p.total += n
		name := b.Bytes(e)
		if n > p.topLen {
			p.topLen = n
			if p.top = p.top[:0]; isPlainWord(name) {
				p.top = append(p.top, name...)
			}
		}
		if name != nil && e.Flags&parser.FlagValueBytes != 0 {
			probe.Field(name, b.ValueBytes(e), clock, &p.times)
		}
	}
}

// isPlainWord reports whether a field's name is a word of letters as programs
// use them, and no data.
func isPlainWord(name []byte) bool {
	if len(name) == 0 || len(name) > maxLiteral {
		return false
	}
	for _, c := range name {
		if c != '_' && c != '-' && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}
