package counters

import (
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/parser"
)

const (
	// BigField is the length in bytes from which a field is worth being told by its
	// name whatever that is, FieldNameLimit how long such a name may be.
	BigField       = parser.BigValue
	FieldNameLimit = 128
)

// fieldProbe follows the fields of a hash whose contents were asked for.
type fieldProbe struct {
	Seen   bool
	Times  probe.Value
	Top    []byte // name of the field with the longest contents, if it is a plain word
	TopLen int64  // bytes of its name and contents
	Total  int64  // of all fields
	Names  role.HashCounter
	Values [role.NumShapes]uint16 // of the contents that are there
	names  int                    // shown to Names
	// Of the last field, which is the only one of many hashes.
	LastName, LastValue int64 // bytes
	LastInt             parser.IntClass
}

// namesOfHash is how many fields are shown to Names: what goes by their number asks
// for few.
const namesOfHash = 256

// Reset forgets the hash before.
func (p *fieldProbe) Reset() {
	if p.Seen {
		*p = fieldProbe{Top: p.Top[:0]}
	}
}

// Add takes a piece of a hash. Names and contents are there for the first
// fields, lengths for all.
func (p *fieldProbe) Add(b *parser.Batch, es []parser.Element, clock int64) {
	if !p.Seen && (es[0].Kind != parser.KindItem || es[0].Flags&parser.FlagBytes == 0) {
		return
	}
	p.Seen = true
	for i := range es {
		e := &es[i]
		if e.Kind != parser.KindItem {
			continue
		}
		n := e.Len + e.ValueLen()
		p.LastName, p.LastValue, p.LastInt = e.Len, e.ValueLen(), e.ValueInt
		p.Total += n
		name := b.Bytes(e)
		if p.names < namesOfHash {
			p.names++
			p.Names.Field(name)
		}
		if e.Is(parser.FlagValueBytes) {
			count(&p.Values[role.ShapeOf(b.ValueBytes(e))])
		}
		if n > p.TopLen {
			p.TopLen = n
			if p.Top = p.Top[:0]; keyname.IsPlainWord(name) || n >= BigField && len(name) <= FieldNameLimit {
				p.Top = append(p.Top, name...)
			}
		}
		if name != nil && e.Flags&parser.FlagValueBytes != 0 {
			probe.Field(name, b.ValueBytes(e), clock, &p.Times)
		}
	}
}

// sample moves what tells the role of a hash to a sampled key.
func (p *fieldProbe) sample(to *RoleSample) {
	to.Values = p.Values
	to.Hashes[p.Names.Hash()] = 1
}

// SampleRole says what tells the role of a sampled key that is no string: what
// strings hold is looked at later.
func (r *Observation) SampleRole(to *RoleSample, split *keyname.Splitter) {
	*to = RoleSample{}
	switch {
	case r.Fields.Seen:
		r.Fields.sample(to)
	case r.DataType == parser.DataTypeZset:
		r.Scores.sample(to)
	case r.DataType == parser.DataTypeList:
		for _, s := range r.Members.shapes[:r.Members.looked] {
			count(&to.Values[s])
		}
	}
	to.Members = r.Members.sample(r.Key, split)
}
