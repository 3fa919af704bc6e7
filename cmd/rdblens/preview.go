package main

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
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/parser"
)

// Bounds of a preview. The library that decodes values builds them whole, so
// what it is given is bounded in every way its memory can grow.
const (
	previewStored   = 4 << 20  // bytes of the record as stored
	previewExpanded = 16 << 20 // bytes of its contents
	previewElements = 200_000
	sampleBytes     = 64 << 10 // contents asked of the parser
	shownItems      = 20
	shownBytes      = 200 // of one text
)

// preview is the beginning of a value.
type preview struct {
	By    string        `json:"by"`    // which decoder it comes from: "hdt3213/rdb" or "rdblens"
	Items []previewItem `json:"items"` // fields of a hash in byte order when by is hdt3213/rdb, else in dump order
	Of    int64         `json:"of"`    // elements of the value
	Note  string        `json:"note,omitempty"`
}

// previewItem is one element; the fields that its type has are set.
type previewItem struct {
	Index  *int64          `json:"index,omitempty"`
	Field  *previewText    `json:"field,omitempty"`
	Member *previewText    `json:"member,omitempty"`
	Value  *previewText    `json:"value,omitempty"`
	Score  string          `json:"score,omitempty"`
	Expiry *aggregate.Time `json:"expiry,omitempty"`
}

// previewText is the beginning of a text, escaped.
type previewText struct {
	Text  string `json:"text"`
	Bytes int64  `json:"bytes"` // of the whole
	// Unknown: the contents were not kept.
	Unknown bool `json:"unknown,omitempty"`
}

func newText(b []byte) *previewText {
	return &previewText{Text: parser.Escape(b[:min(len(b), shownBytes)]), Bytes: int64(len(b))}
}

func (t *previewText) String() string {
	switch {
	case t.Unknown:
		return fmt.Sprintf("(%s)", plural(t.Bytes, "byte"))
	case t.Bytes > shownBytes:
		return fmt.Sprintf("\"%s…\" (%s)", t.Text, plural(t.Bytes, "byte"))
	}
	return `"` + t.Text + `"`
}

// previewer collects what a preview needs while a key passes by.
type previewer struct {
	expanded int64 // uncompressed bytes
	wide     bool  // some blob has more entries than its header can count
	items    []previewItem
	groups   []string
	pending  int64
}

// add takes over a piece of a key.
func (p *previewer) add(b *parser.Batch, k *parser.Key, es []parser.Element) {
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
				p.items = append(p.items, previewItem{Member: bytesOf(b.Bytes(e), e.Len, e.Flags&parser.FlagBytes != 0)})
			}
		}
	}
}

// item shows an element from what the parser kept of it.
func item(b *parser.Batch, k *parser.Key, e *parser.Element, index int) previewItem {
	name := bytesOf(b.Bytes(e), e.Len, e.Flags&parser.FlagBytes != 0)
	var it previewItem
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

func bytesOf(b []byte, n int64, known bool) *previewText {
	if !known {
		return &previewText{Bytes: n, Unknown: true}
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

// preview shows the key, of which k is the last piece.
func (p *previewer) preview(k *parser.Key, dialect parser.Dialect) preview {
	if !decodable(k.Type) || dialect == parser.DialectDragonfly {
		return p.own(k, "")
	}
	reason := p.refusal(k)
	if reason == "" {
		items, err := decode(k, dialect)
		if err == nil {
			return preview{By: "hdt3213/rdb", Items: items, Of: k.Count}
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
func (p *previewer) own(k *parser.Key, note string) preview {
	own := preview{By: "rdblens", Items: p.items, Of: k.Count, Note: note}
	switch {
	case k.Is(parser.HasValue):
		own.Items = []previewItem{{Value: bytesOf(k.Value, k.Len, true)}}
	case k.Type == parser.TypeString:
		own.Items = []previewItem{{Value: &previewText{Bytes: k.Len, Unknown: true}}}
	case k.Stream != nil:
		own.Note = fmt.Sprintf("%s, last ID %d-%d, %s pending in %s", pluralAs(k.Stream.Length, "entry", "entries"),
			k.Stream.LastMs, k.Stream.LastSeq, count(p.pending), plural(k.Stream.Groups, "group"))
		if len(p.groups) > 0 {
			own.Note += ": " + strings.Join(p.groups, ", ")
		}
	case k.Module != nil && k.Module.Vector != nil:
		own.Note = fmt.Sprintf("%s of %d dimensions", plural(int64(k.Module.Vector.Elements), "vector"), k.Module.Vector.Dim)
	case k.Module != nil:
		own.Note = fmt.Sprintf("a value of module %s version %d, %s", parser.Escape([]byte(k.Module.Name)), k.Module.Version, plural(k.Len, "byte"))
	}
	if own.Items == nil {
		own.Items = []previewItem{}
	}
	return own
}

// refusal says why a value of a decodable type is not given to hdt3213/rdb, ""
// when it is. The parser has read the record to its end, so every length in it
// fits; what is left is how much memory the library would take.
func (p *previewer) refusal(k *parser.Key) string {
	expanded := p.expanded
	if k.Type == parser.TypeString || k.Type.Packed() && expanded == 0 {
		expanded = k.Len
	}
	switch {
	case k.Is(parser.NameTruncated), k.Raw == nil, expanded > previewExpanded, k.Count > previewElements:
		return "too large to decode whole"
	case p.wide || k.Type.Packed() && k.Count >= math.MaxUint16:
		return "more entries than the header of a blob can count"
	}
	return ""
}

// decode has hdt3213/rdb decode one record.
func decode(k *parser.Key, dialect parser.Dialect) (items []previewItem, err error) {
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
func decoded(object hdt.RedisObject) (items []previewItem, n int) {
	items = []previewItem{}
	add := func(it previewItem) bool {
		if len(items) < shownItems {
			items = append(items, it)
		}
		return len(items) < shownItems
	}
	switch o := object.(type) {
	case *hdt.StringObject:
		add(previewItem{Value: newText(o.Value)})
		return items, 1
	case *hdt.ListObject:
		for i, v := range o.Values {
			at := int64(i)
			if !add(previewItem{Index: &at, Value: newText(v)}) {
				break
			}
		}
		return items, len(o.Values)
	case *hdt.SetObject:
		for _, m := range o.Members {
			if !add(previewItem{Member: newText(m)}) {
				break
			}
		}
		return items, len(o.Members)
	case *hdt.ZSetObject:
		for _, e := range o.Entries {
			if !add(previewItem{Member: newText([]byte(e.Member)), Score: score(e.Score)}) {
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
			it := previewItem{Field: newText([]byte(f)), Value: newText(o.Hash[f])}
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

func (p *preview) text(b *strings.Builder) {
	head := "value"
	for _, it := range p.Items {
		fmt.Fprintf(b, "  %-10s %s\n", head, it.String())
		head = ""
	}
	if more := p.Of - int64(len(p.Items)); more > 0 && len(p.Items) > 0 {
		fmt.Fprintf(b, "  %-10s … and %s more\n", "", count(more))
	}
	if p.Note != "" {
		fmt.Fprintf(b, "  %-10s %s\n", head, p.Note)
	}
}

func (it *previewItem) String() string {
	var s string
	switch {
	case it.Field != nil:
		s = it.Field.String() + " = " + it.Value.String()
	case it.Member != nil:
		s = it.Member.String()
		if it.Score != "" {
			s = it.Score + "  " + s
		}
	case it.Index != nil:
		s = fmt.Sprintf("[%d] %s", *it.Index, it.Value)
	default:
		s = it.Value.String()
	}
	if it.Expiry != nil {
		s += " expires " + it.Expiry.String()
	}
	return s
}
