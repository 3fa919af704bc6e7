// Package preview shows how values begin: decoded by github.com/hdt3213/rdb where
// that library knows the type and can be trusted with the record, and otherwise
// from what the parser kept.
package preview

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc64"
	"math"
	"slices"
	"strconv"
	"strings"

	hdt "github.com/hdt3213/rdb/parser"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/inspect"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/units"
)

// Bounds of a preview. The library that decodes values builds them whole, so
// what it is given is bounded in every way its memory can grow.
const (
	maxExpanded = 16 << 20 // bytes of its contents; of the record, inspect.MaxRecord
	maxElements = 200_000
	shownItems  = 20
	// largeItems is how many of the largest elements are named: of largeBytes and more,
	// and of a largeShare-th of the contents and more.
	largeItems = 5
	largeBytes = 64
	largeShare = 100
)

func newText(b []byte) *inspect.Text {
	return &inspect.Text{Text: parser.Escape(b[:min(len(b), inspect.MaxText)]), Bytes: int64(len(b))}
}

// New returns the preview of one key.
func New() inspect.Previewer { return &preview{} }

// preview collects what is needed while a key passes by.
type preview struct {
	expanded int64 // uncompressed bytes
	wide     bool  // some blob has more entries than its header can count
	items    []inspect.Item
	seen     int   // elements
	contents int64 // bytes of their texts
	largest  []inspect.Item
	groups   []string
	pending  int64
}

// Add takes over a piece of a key.
func (p *preview) Add(b *parser.Batch, k *parser.Key, es []parser.Element) {
	for i := range es {
		e := &es[i]
		switch e.Kind {
		case parser.KindItem:
			if !k.Type.Packed() {
				p.expanded += e.Len + max(e.ValueLen(), 0)
			}
			if len(p.items) < shownItems {
				p.items = append(p.items, item(b, k, e, len(p.items)))
			}
			p.offer(b, k, e)
		case parser.KindNode:
			p.expanded += e.Len
			p.wide = p.wide || e.Entries() < 0 || e.Entries() >= math.MaxUint16
		case parser.KindGroup:
			if len(p.groups) < shownItems {
				p.groups = append(p.groups, parser.Escape(b.Bytes(e)))
			}
		case parser.KindPending:
			p.pending++
		case parser.KindVector:
			if len(p.items) < shownItems {
				p.items = append(p.items, inspect.Item{Member: bytesOf(b.Bytes(e), e.Len, e.Flags&parser.FlagBytes != 0)})
			}
		}
	}
}

// offer keeps an element that is among the largest.
func (p *preview) offer(b *parser.Batch, k *parser.Key, e *parser.Element) {
	index, size := p.seen, e.Len
	if k.Type.DataType() == parser.DataTypeHash {
		size += max(e.ValueLen(), 0)
	}
	p.seen++
	p.contents += size
	n := len(p.largest)
	if size < largeBytes || n == largeItems && size <= p.largest[n-1].Size() {
		return
	}
	at, _ := slices.BinarySearchFunc(p.largest, size, func(it inspect.Item, size int64) int {
		if it.Size() >= size {
			return -1
		}
		return 1
	})
	p.largest = slices.Insert(p.largest, at, item(b, k, e, index))
	p.largest = p.largest[:min(n+1, largeItems)]
}

// large are the largest elements, where they say more than the first ones do.
func (p *preview) large() []inspect.Item {
	if p.seen <= shownItems {
		return nil
	}
	return slices.DeleteFunc(p.largest, func(it inspect.Item) bool { return it.Size() < p.contents/largeShare })
}

// item shows an element from what the parser kept of it.
func item(b *parser.Batch, k *parser.Key, e *parser.Element, index int) inspect.Item {
	name := bytesOf(b.Bytes(e), e.Len, e.Flags&parser.FlagBytes != 0)
	var it inspect.Item
	switch k.Type.DataType() {
	case parser.DataTypeHash:
		it.Field, it.Value = name, bytesOf(b.ValueBytes(e), e.ValueLen(), e.Flags&parser.FlagValueBytes != 0)
		if e.Flags&parser.FlagTTL != 0 {
			t := aggregate.Time(e.FieldTTL())
			it.Expiry = &t
		}
	case parser.DataTypeZset:
		it.Member = name
		switch {
		case e.Flags&parser.FlagScore != 0:
			it.Score = score(e.Score())
		case e.Flags&parser.FlagValueBytes != 0:
			it.Score = packedScore(b.ValueBytes(e))
		}
	case parser.DataTypeSet:
		it.Member = name
	case parser.DataTypeArray:
		at := int64(e.Index())
		it.Index, it.Value = &at, name
	default:
		at := int64(index)
		it.Index, it.Value = &at, name
	}
	return it
}

func bytesOf(b []byte, n int64, known bool) *inspect.Text {
	if !known {
		return &inspect.Text{Bytes: n, Unknown: true}
	}
	t := newText(b)
	t.Bytes = max(n, t.Bytes)
	return t
}

// score prints a score as the servers do: inf for infinity, no exponent while
// the number is readable without one.
func score(f float64) string {
	switch {
	case math.IsInf(f, 0) || math.IsNaN(f):
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+"))
	case math.Abs(f) < 1e17:
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// packedScore prints a score that is kept as text.
func packedScore(text []byte) string {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return parser.Escape(text)
	}
	return score(f)
}

// Preview shows the key, of which k is the last piece.
func (p *preview) Preview(k *parser.Key, dialect parser.Dialect) inspect.Preview {
	v := p.value(k, dialect)
	v.Largest = p.large()
	return v
}

// value shows how the value begins.
func (p *preview) value(k *parser.Key, dialect parser.Dialect) inspect.Preview {
	if !decodable(k.Type) || dialect == parser.DialectDragonfly {
		return p.own(k, "")
	}
	reason := p.refusal(k)
	if reason == "" {
		items, err := decode(k, dialect)
		if err == nil {
			return inspect.Preview{By: "hdt3213/rdb", Items: items, Of: k.Count}
		}
		reason = "hdt3213/rdb: " + source.Printable(err.Error())
	}
	return p.own(k, reason)
}

// decodable reports whether hdt3213/rdb knows a type and may be given it.
// Streams it knows, but it allocates by numbers inside their listpacks.
func decodable(t parser.Type) bool {
	switch t.DataType() {
	case parser.DataTypeString, parser.DataTypeList, parser.DataTypeSet, parser.DataTypeZset, parser.DataTypeHash:
		return t <= parser.TypeHashListpackEx || t == parser.TypeValkeyHash2
	}
	return false
}

// own shows what the parser kept of the key; note says why.
func (p *preview) own(k *parser.Key, note string) inspect.Preview {
	own := inspect.Preview{By: "rdblens", Items: p.items, Of: k.Count, Note: note}
	switch {
	case k.Is(parser.HasValue):
		own.Items = []inspect.Item{{Value: bytesOf(k.Value, k.Len, true)}}
		if k.Module != nil { // the text of a JSON document
			own.Note = moduleNote(k)
		}
	case k.Type == parser.TypeString:
		own.Items = []inspect.Item{{Value: &inspect.Text{Bytes: k.Len, Unknown: true}}}
	case k.Stream != nil:
		own.Note = fmt.Sprintf("%s, last ID %d-%d, %s pending in %s", units.PluralAs(k.Stream.Length, "entry", "entries"),
			k.Stream.LastMs, k.Stream.LastSeq, units.Grouped(p.pending), units.Plural(k.Stream.Groups, "group"))
		if len(p.groups) > 0 {
			own.Note += ": " + strings.Join(p.groups, ", ")
		}
	case k.Module != nil && k.Module.Vector != nil:
		own.Note = fmt.Sprintf("%s of %d dimensions", units.Plural(int64(k.Module.Vector.Elements), "vector"), k.Module.Vector.Dim)
	case k.Module != nil:
		own.Note = moduleNote(k)
	}
	if own.Items == nil {
		own.Items = []inspect.Item{}
	}
	return own
}

// moduleNote says whose value it is.
func moduleNote(k *parser.Key) string {
	return fmt.Sprintf("a value of module %s version %d, %s", parser.Escape([]byte(k.Module.Name)), k.Module.Version, units.Plural(k.Len, "byte"))
}

// refusal says why a value of a decodable type is not given to hdt3213/rdb, ""
// when it is. The parser has read the record to its end, so every length in it
// fits; what is left is how much memory the library would take.
func (p *preview) refusal(k *parser.Key) string {
	expanded := p.expanded
	if k.Type == parser.TypeString || k.Type.Packed() && expanded == 0 {
		expanded = k.Len
	}
	switch {
	case k.Is(parser.NameTruncated), k.Raw == nil, expanded > maxExpanded, k.Count > maxElements:
		return "too large to decode whole"
	case p.wide || k.Type.Packed() && k.Count >= math.MaxUint16:
		return "more entries than the header of a blob can count"
	}
	return ""
}

// decode has hdt3213/rdb decode one record.
func decode(k *parser.Key, dialect parser.Dialect) (items []inspect.Item, err error) {
	defer func() {
		if v := recover(); v != nil {
			items, err = nil, fmt.Errorf("panic: %v", v)
		}
	}()
	record, ok := bareRecord(k.Raw)
	if !ok || record[0] != k.Code {
		return nil, fmt.Errorf("attributes it cannot read")
	}
	var object hdt.RedisObject
	err = hdt.NewDecoder(bytes.NewReader(oneKeyDump(record, dialect))).Parse(func(o hdt.RedisObject) bool {
		object = o
		return false
	})
	switch {
	case err != nil:
		return nil, err
	case object == nil:
		return nil, fmt.Errorf("it found no key")
	case object.GetKey() != string(k.Name):
		return nil, fmt.Errorf("it found another key")
	}
	items, n := decoded(object)
	if int64(n) != k.Count {
		return nil, fmt.Errorf("it found %d elements", n)
	}
	return items, nil
}

// bareRecord cuts the attributes off a record. ok is false when one of them is
// not among those every server writes.
func bareRecord(raw []byte) (record []byte, ok bool) {
	for len(raw) > 0 {
		n := 0
		switch raw[0] {
		case 0xfc: // EXPIRETIME_MS
			n = 9
		case 0xfd: // EXPIRETIME
			n = 5
		case 0xf9: // FREQ
			n = 2
		case 0xf8: // IDLE, a length
			if len(raw) < 2 {
				return nil, false
			}
			n = 1 + lengthBytes(raw[1])
		default:
			return raw, raw[0] < 0x80
		}
		if n > len(raw) {
			return nil, false
		}
		raw = raw[n:]
	}
	return nil, false
}

// lengthBytes is the size of a stored length by its first byte.
func lengthBytes(first byte) int {
	switch {
	case first < 0x40:
		return 1
	case first < 0x80:
		return 2
	case first == 0x81:
		return 9
	}
	return 5
}

// oneKeyDump puts a record into a dump of its own.
func oneKeyDump(record []byte, dialect parser.Dialect) []byte {
	magic := "REDIS0012"
	if dialect == parser.DialectValkey {
		magic = "VALKEY080"
	}
	d := make([]byte, 0, len(magic)+len(record)+11)
	d = append(d, magic...)
	d = append(d, 0xfe, 0) // SELECTDB 0
	d = append(d, record...)
	d = append(d, 0xff)
	// CRC-64/Jones; RDB complements neither start nor result.
	sum := ^crc64.Update(^uint64(0), crc64.MakeTable(0x95ac9329ac4bc9b5), d)
	return binary.LittleEndian.AppendUint64(d, sum)
}

// decoded shows a decoded value, and says how many elements it has.
func decoded(object hdt.RedisObject) (items []inspect.Item, n int) {
	items = []inspect.Item{}
	add := func(it inspect.Item) bool {
		if len(items) < shownItems {
			items = append(items, it)
		}
		return len(items) < shownItems
	}
	switch o := object.(type) {
	case *hdt.StringObject:
		add(inspect.Item{Value: newText(o.Value)})
		return items, 1
	case *hdt.ListObject:
		for i, v := range o.Values {
			at := int64(i)
			if !add(inspect.Item{Index: &at, Value: newText(v)}) {
				break
			}
		}
		return items, len(o.Values)
	case *hdt.SetObject:
		for _, m := range o.Members {
			if !add(inspect.Item{Member: newText(m)}) {
				break
			}
		}
		return items, len(o.Members)
	case *hdt.ZSetObject:
		for _, e := range o.Entries {
			if !add(inspect.Item{Member: newText([]byte(e.Member)), Score: score(e.Score)}) {
				break
			}
		}
		return items, len(o.Entries)
	case *hdt.HashObject:
		fields := make([]string, 0, len(o.Hash))
		for f := range o.Hash {
			fields = append(fields, f)
		}
		slices.SortFunc(fields, cmp.Compare[string]) // a map has no order
		for _, f := range fields {
			it := inspect.Item{Field: newText([]byte(f)), Value: newText(o.Hash[f])}
			if at, ok := o.FieldExpirations[f]; ok && at > 0 && at <= maxFieldExpiry {
				t := aggregate.Time(at)
				it.Expiry = &t
			}
			if !add(it) {
				break
			}
		}
		return items, len(o.Hash)
	}
	return items, -1
}

// maxFieldExpiry is the largest expiry a hash field can have (redis ebuckets.h
// EB_EXPIRE_TIME_MAX); the library returns larger numbers for none.
const maxFieldExpiry = 1<<48 - 1
