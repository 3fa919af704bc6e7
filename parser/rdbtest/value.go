package rdbtest

import (
	"encoding/binary"
	"math"
	"strconv"
)

// Value is what follows a key: its type byte stands before the key, its data
// after it.
type Value struct {
	Type byte
	Data []byte
}

// WithCount returns v with the number its data begins with replaced: the
// number of elements it claims. It is for types whose data begins with one.
func (v Value) WithCount(n uint64) Value { return v.WithCountAs(AppendLen(nil, n)) }

// WithCountAs is WithCount with the number as stored, for forms no server writes.
func (v Value) WithCountAs(stored []byte) Value {
	skip := 0
	if len(v.Data) > 0 {
		switch b := v.Data[0]; {
		case b < 0x40:
			skip = 1
		case b < 0x80:
			skip = 2
		case b == 0x80:
			skip = 5
		case b == 0x81:
			skip = 9
		}
	}
	data := append([]byte(nil), stored...)
	return Value{v.Type, append(data, v.Data[min(skip, len(v.Data)):]...)}
}

func build(typ byte, fill func(w *Writer)) Value {
	var w Writer
	fill(&w)
	return Value{typ, w.buf}
}

func counted(typ byte, n int, s []Str) Value {
	return build(typ, func(w *Writer) { w.Len(uint64(n)).Str(s...) })
}

// String is a string (type 0).
func String(s Str) Value { return Value{0, s} }

// List is a list of separate elements (type 1).
func List(elements ...Str) Value { return counted(1, len(elements), elements) }

// Set is a set of separate members (type 2).
func Set(members ...Str) Value { return counted(2, len(members), members) }

// Hash is a hash of separate fields and values, in turn (type 4).
func Hash(fieldsAndValues ...Str) Value {
	return counted(4, len(fieldsAndValues)/2, fieldsAndValues)
}

// Scored is a member of a sorted set.
type Scored struct {
	Member Str
	Score  float64
}

// Zset1 is a sorted set with scores as text (type 3).
func Zset1(members ...Scored) Value {
	return build(3, func(w *Writer) {
		w.Len(uint64(len(members)))
		for _, m := range members {
			w.Str(m.Member)
			switch {
			case math.IsNaN(m.Score):
				w.Raw(253)
			case math.IsInf(m.Score, 1):
				w.Raw(254)
			case math.IsInf(m.Score, -1):
				w.Raw(255)
			default:
				text := strconv.FormatFloat(m.Score, 'g', 17, 64)
				w.Raw(byte(len(text))).RawString(text)
			}
		}
	})
}

// Zset2 is a sorted set with scores as doubles (type 5).
func Zset2(members ...Scored) Value {
	return build(5, func(w *Writer) {
		w.Len(uint64(len(members)))
		for _, m := range members {
			w.Str(m.Member).Int64(int64(math.Float64bits(m.Score)))
		}
	})
}

// HashZipmap is a hash in a zipmap (type 9).
func HashZipmap(zipmap Str) Value { return Value{9, zipmap} }

// ListZiplist is a list in one ziplist (type 10).
func ListZiplist(ziplist Str) Value { return Value{10, ziplist} }

// SetIntset is a set in an intset (type 11).
func SetIntset(intset Str) Value { return Value{11, intset} }

// ZsetZiplist is a sorted set in a ziplist of members and scores (type 12).
func ZsetZiplist(ziplist Str) Value { return Value{12, ziplist} }

// HashZiplist is a hash in a ziplist of fields and values (type 13).
func HashZiplist(ziplist Str) Value { return Value{13, ziplist} }

// HashListpack is a hash in a listpack of fields and values (type 16).
func HashListpack(listpack Str) Value { return Value{16, listpack} }

// ZsetListpack is a sorted set in a listpack of members and scores (type 17).
func ZsetListpack(listpack Str) Value { return Value{17, listpack} }

// SetListpack is a set in a listpack (type 20).
func SetListpack(listpack Str) Value { return Value{20, listpack} }

// Quicklist is a list of ziplists (type 14).
func Quicklist(ziplists ...Str) Value { return counted(14, len(ziplists), ziplists) }

// Node is a node of a Quicklist2: container 1 holds one plain element, 2 a
// listpack.
type Node struct {
	Container uint64
	Data      Str
}

// PlainNode is a quicklist node that is one element.
func PlainNode(element Str) Node { return Node{1, element} }

// PackedNode is a quicklist node that is a listpack.
func PackedNode(listpack Str) Node { return Node{2, listpack} }

// Quicklist2 is a list of plain elements and listpacks (type 18).
func Quicklist2(nodes ...Node) Value {
	return build(18, func(w *Writer) {
		w.Len(uint64(len(nodes)))
		for _, n := range nodes {
			w.Len(n.Container).Str(n.Data)
		}
	})
}

// Field is a hash field with an expiry in ms since the Unix epoch, 0 for none.
type Field struct {
	Name, Value Str
	Expiry      int64
}

// HashMetadataPreGA is a hash with field expiries as the release candidates of
// Redis 7.4 wrote it (type 22 with REDIS magic).
func HashMetadataPreGA(fields ...Field) Value {
	return build(22, func(w *Writer) {
		w.Len(uint64(len(fields)))
		for _, f := range fields {
			w.Len(uint64(f.Expiry)).Str(f.Name, f.Value)
		}
	})
}

// HashMetadata is a hash with field expiries (type 24): the earliest one, then
// for each field how much later it expires plus 1, 0 for never.
func HashMetadata(fields ...Field) Value {
	var earliest int64
	for _, f := range fields {
		if f.Expiry != 0 && (earliest == 0 || f.Expiry < earliest) {
			earliest = f.Expiry
		}
	}
	return build(24, func(w *Writer) {
		w.Int64(earliest).Len(uint64(len(fields)))
		for _, f := range fields {
			if f.Expiry == 0 {
				w.Len(0)
			} else {
				w.Len(uint64(f.Expiry-earliest) + 1)
			}
			w.Str(f.Name, f.Value)
		}
	})
}

// HashListpackExPreGA is a hash with field expiries in a listpack of fields,
// values and expiries, as the release candidates of Redis 7.4 wrote it (type 23).
func HashListpackExPreGA(listpack Str) Value { return Value{23, listpack} }

// HashListpackEx is a hash with field expiries in a listpack of fields, values
// and expiries in ms (0: none), after the earliest expiry (type 25).
func HashListpackEx(earliest int64, listpack Str) Value {
	return build(25, func(w *Writer) { w.Int64(earliest).Str(listpack) })
}

// ValkeyHash2 is a hash with field expiries of Valkey 9 (type 22 with VALKEY magic).
func ValkeyHash2(fields ...Field) Value {
	return build(22, func(w *Writer) {
		w.Len(uint64(len(fields)))
		for _, f := range fields {
			expiry := f.Expiry
			if expiry == 0 {
				expiry = -1
			}
			w.Str(f.Name, f.Value).Int64(expiry)
		}
	})
}

// Slot is a slot of an Array: its index, tag and payload.
type Slot struct {
	Index, Tag uint64
	Data       []byte
}

// LongSlot holds a string (tag 0).
func LongSlot(index uint64, s Str) Slot { return Slot{index, 0, s} }

// IntSlot holds an integer (tag 1).
func IntSlot(index uint64, v int64) Slot {
	return Slot{index, 1, binary.LittleEndian.AppendUint64(nil, uint64(v))}
}

// FloatSlot holds a double (tag 2).
func FloatSlot(index uint64, v float64) Slot {
	return Slot{index, 2, binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))}
}

// ShortSlot holds a string of at most 7 bytes (tag 3).
func ShortSlot(index uint64, s Str) Slot { return Slot{index, 3, s} }

// Array is an array of Redis 8.8 (type 28); insert is the index the next
// element goes to, nil for none.
func Array(insert *uint64, slots ...Slot) Value {
	return build(28, func(w *Writer) {
		w.Len(uint64(len(slots)))
		if insert == nil {
			w.Len(0)
		} else {
			w.Len(1).Len(*insert)
		}
		for _, s := range slots {
			w.Len(s.Index).Len(s.Tag).Raw(s.Data...)
		}
	})
}

// TemplateListpack returns the values of a hash with a template as types 29
// and 30 store them: the template's id, then the values.
func TemplateListpack(id int64, values ...string) *Listpack {
	return new(Listpack).Int(id).Add(values...)
}

// FieldsListpack returns the field names a self-contained template hash begins
// with, in a listpack (format 0).
func FieldsListpack(fields ...string) []byte {
	return append([]byte{0}, NewListpack(fields...).Str()...)
}

// FieldsPlain returns the field names a self-contained template hash begins
// with, one by one (format 1).
func FieldsPlain(fields ...string) []byte {
	return new(Writer).Raw(1).Len(uint64(len(fields))).Str(Strs(fields...)...).Bytes()
}

// HashTmplLP is a self-contained template hash with a listpack of values (type
// 29). For fields see FieldsListpack and FieldsPlain.
func HashTmplLP(fields []byte, listpack Str) Value {
	return build(29, func(w *Writer) { w.Raw(fields...).Str(listpack) })
}

// HashTmplLPRef is a hash of a template written before by Writer.HashTemplate,
// with a listpack of values (type 30).
func HashTmplLPRef(listpack Str) Value { return Value{30, listpack} }

// HashTmplArray is a self-contained template hash with separate values (type 31).
func HashTmplArray(fields []byte, values ...Str) Value {
	return build(31, func(w *Writer) { w.Raw(fields...).Str(values...) })
}

// HashTmplArrayRef is a hash of a template written before by
// Writer.HashTemplate, with separate values (type 32).
func HashTmplArrayRef(id uint64, values ...Str) Value {
	return build(32, func(w *Writer) { w.Len(id).Str(values...) })
}

// KeyDBCron is a cron job of KeyDB (type 64): a script, when it starts and how
// often it runs in ms, and its keys and arguments.
func KeyDBCron(script Str, start, interval int64, keys, args []Str) Value {
	return build(64, func(w *Writer) {
		w.Str(script).Int64(start).Int64(interval)
		w.Len(uint64(len(keys))).Str(keys...)
		w.Len(uint64(len(args))).Str(args...)
	})
}

// PathFields are the fields of one path of a PathHash, a name and a value each.
type PathFields struct {
	Path   string
	Fields []Str
}

// PathHash is a hash of hashes by path of Valkey 9.2 (type 23).
func PathHash(paths ...PathFields) Value {
	return build(23, func(w *Writer) {
		w.Len(uint64(len(paths)))
		for _, p := range paths {
			w.Str(Plain(p.Path)).Len(uint64(len(p.Fields) / 2)).Str(p.Fields...)
		}
	})
}

// RORBitmap is a bitmap of Redis-On-Rocks (type 192), kept in pieces of that many
// bytes.
func RORBitmap(piece int, bits Str) Value {
	return build(192, func(w *Writer) { w.Len(uint64(len(bits) - 1)).Len(uint64(piece)).Str(bits) })
}
