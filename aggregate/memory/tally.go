package memory

import "github.com/rdblens/rdblens/parser"

// rows is the number of lengths whose costs are kept in a table.
const rows = 512

// row is what a string of one length costs.
type row struct {
	counted, alloc, waste uint16 // as a string of its own, or as a hash field
	packed                uint16 // as a string entry of a packed blob, without a ziplist's prevlen
}

func rowOf(c cost) row {
	return row{counted: uint16(c.counted), alloc: uint16(c.alloc), waste: uint16(c.waste)}
}

func (r *row) cost() cost { return cost{int64(r.counted), int64(r.alloc), int64(r.waste)} }

// plus returns the cost of both.
func (r *row) plus(o *row) cost {
	return cost{int64(r.counted) + int64(o.counted), int64(r.alloc) + int64(o.alloc), int64(r.waste) + int64(o.waste)}
}

// lengthTable holds the costs of short strings: values, members and items, and
// hash fields, which are another kind of string in Redis 7.4 to 8.4.
type lengthTable struct {
	sizes stringSizes
	pack  packForm
	entry entryForm
	value [rows]row
	field [rows]row
}

func (t *lengthTable) fill(l *line, s stringSizes) {
	t.sizes, t.pack, t.entry = s, l.pack, l.entry
	for n := range int64(rows) {
		t.value[n] = rowOf(s.sds(n))
		t.field[n] = t.value[n]
		if l.entry == entryMstr {
			t.field[n] = rowOf(s.mstr(n, false))
		}
		t.value[n].packed = uint16(t.packed(n))
		t.field[n].packed = t.value[n].packed
	}
}

// packed returns the bytes of a string entry without a ziplist's prevlen.
func (t *lengthTable) packed(n int64) int64 {
	if t.pack == packZiplist {
		return ziplistString(n)
	}
	return listpackString(n)
}

// tally holds the sums over the elements of the current key that every type
// needs.
type tally struct {
	n       int64 // elements; pairs for hashes
	strings cost  // as strings of their own
	payload int64 // bytes of contents
	longest int64 // bytes of the longest element, field or value; -1: none seen
	packed  packer
}

func (t *tally) reset(form packForm) {
	t.n, t.strings, t.payload, t.longest = 0, cost{}, 0, -1
	t.packed.form, t.packed.sum, t.packed.prev = form, 0, 0
}

// strings adds a string of n bytes, an entry of class c when packed.
func (m *meter) addString(n int64, c parser.IntClass) {
	t := &m.items
	t.payload += n
	t.longest = max(t.longest, n)
	if uint64(n) < rows {
		r := &m.rows.value[n]
		t.strings.counted += int64(r.counted)
		t.strings.alloc += int64(r.alloc)
		t.strings.waste += int64(r.waste)
		if c == parser.NotInt && t.packed.form == packListpack {
			t.packed.sum += int64(r.packed)
			return
		}
	} else {
		t.strings.add(m.rows.sizes.sds(n))
	}
	t.packed.add(n, c)
}

// assume stands for n elements of which only the total length is known: it
// sums n strings of average length. The packed blob is the one in the dump.
func (m *meter) assume(n, payload int64) {
	c := m.rows.sizes.sds(payload / max(n, 1))
	m.items.strings = cost{c.counted * n, c.alloc * n, c.waste * n}
	m.items.payload = payload
	m.inexact = true
}
