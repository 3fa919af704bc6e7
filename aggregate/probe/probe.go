package probe

import (
	"bytes"
	"math/bits"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// Facts are what is known of a sampled key beside its value.
type Facts struct {
	Type     parser.DataType
	NameLen  int64 // bytes
	ValueLen int64 // bytes of a string
	IntClass parser.IntClass
	Expires  bool
	Memory   int64 // MEMORY USAGE
	Resident int64
}

// Value is what was found out about one value. All sizes are bytes; the zero
// value says that nothing was looked at. It holds no part of the value.
type Value struct {
	Format Format        `part:"format"`
	Hash   sketch.Digest `part:"digest"` // of the contents; zero for values that were cut
	// A JSON object as a hash of the same fields: 0 when it is none.
	Fields       int64 `part:"json_fields"`
	Nested       bool  `part:"json_nested"` // some field holds an object or an array, which stays JSON text
	Packed       bool  `part:"hash_packed"` // the hash is a listpack or a ziplist
	HashBytes    int64 `part:"hash_bytes"`
	HashResident int64 `part:"hash_resident"`
	// The string compressed in the client: 0 when it was not tried.
	Zlib         int64 `part:"zlib_length"` // length at level 6, and what it then takes
	ZlibBytes    int64 `part:"zlib_bytes"`
	ZlibResident int64 `part:"zlib_resident"`
	Zstd         int64 `part:"zstd_length"` // at the library's default level
	ZstdBytes    int64 `part:"zstd_bytes"`
	ZstdResident int64 `part:"zstd_resident"`
	// Changed is the newest time of a field that says when it was used or
	// changed last, ms since the epoch; 0 for none.
	Changed int64 `part:"changed"`
	// ChangedField is a hash of that field's name.
	ChangedField uint64 `part:"changed_field_hash"`
	// Of binary strings that may be bitmaps: how many of the bytes looked at are
	// zero, and of a whole one what a set of the offsets of its bits would take, 0
	// when it would be a table.
	Looked       int64 `part:"bitmap_looked,optional"`
	Zeros        int64 `part:"bitmap_zeros,optional"`
	Offsets      int64 `part:"bitmap_set_bytes,optional"`
	OffsetsAlloc int64 `part:"bitmap_set_resident,optional"`
}

// MinCompress is the length in bytes from which compression is tried: half of
// what makes a pattern's strings large, since a client that compresses large
// values compresses the smaller ones among them too.
const MinCompress = 1 << 9

// Prober probes values under one memory profile and clock. It is not safe for
// concurrent use.
type Prober struct {
	meter memory.Meter
	clock int64 // ms since the epoch, 0 when there is none
	zlib  *zlib.Writer
	zstd  *zstd.Encoder
	out   counter
	buf   []byte
	pairs []pair
	es    []parser.Element
	key   parser.Key // space for the key that is sized
}

// New returns a Prober; clock is in ms since the epoch, 0 for none.
func New(p memory.Profile, clock int64) *Prober {
	return &Prober{meter: memory.NewMeter(p, false), clock: clock}
}

// String probes a string. v holds its first bytes, or all of them.
func (p *Prober) String(v []byte, f *Facts) (r Value) {
	whole := int64(len(v)) == f.ValueLen
	r.Format = Sniff(v, whole)
	if whole {
		r.Hash = sketch.DigestOf(v)
	}
	if r.Format == FormatJSONObject && whole {
		p.object(v, f, &r)
	}
	if f.ValueLen >= MinBitmap && !r.Format.Compressed() && r.Format != FormatHyperLogLog {
		p.bitmap(v, whole, f, &r)
	}
	if f.ValueLen >= MinCompress && !r.Format.Compressed() && r.Format.Opaque() && len(v) > 0 {
		p.compress(v, f, &r)
	}
	return r
}

// Document probes a document of RedisJSON. v holds the first bytes of its text, or all of
// them, as Facts.ValueLen says. What could be compressed or kept as bits is no matter of a
// tree.
func (p *Prober) Document(v []byte, f *Facts) (r Value) {
	whole := int64(len(v)) == f.ValueLen
	if r.Format = Sniff(v, whole); whole {
		r.Hash = sketch.DigestOf(v)
	}
	if r.Format == FormatJSONObject && whole {
		p.object(v, f, &r)
	}
	return r
}

// MinBitmap is the length in bytes from which a string's zero bytes are counted.
const MinBitmap = 256

// bitmap counts the bytes that are zero; a string of which most are, and all others
// are few, is taken for a bitmap.
func (p *Prober) bitmap(v []byte, whole bool, f *Facts, r *Value) {
	zeros := int64(bytes.Count(v, []byte{0}))
	if zeros*2 < int64(len(v)) {
		return
	}
	r.Looked, r.Zeros = int64(len(v)), zeros
	if !whole {
		return
	}
	var ones int64
	for _, b := range v {
		ones += int64(bits.OnesCount8(b))
	}
	width := int64(2) // bytes of an integer of the intset (intset.c _intsetValueEncoding)
	if f.ValueLen*8 > 1<<15 {
		width = 4
	}
	if ones == 0 {
		return
	}
	const header = 8 // sizeof(intset)
	s := p.Declared(parser.TypeSetIntset, f.NameLen, f.Expires, ones, header+width*ones)
	if s.Encoding == memory.EncodingIntset {
		r.Offsets, r.OffsetsAlloc = s.Bytes, s.Resident
	}
}

// object sizes a JSON object as a hash.
func (p *Prober) object(v []byte, f *Facts, r *Value) {
	pairs, nested := object(v, p.pairs[:0])
	if pairs == nil {
		return
	}
	p.pairs = pairs
	p.es = p.es[:0]
	for i := range pairs {
		name, value := unquoted(pairs[i].name), plain(pairs[i].value)
		p.es = append(p.es, parser.Element{Kind: parser.KindItem, Len: int64(len(name)), Int: intClass(name), Value: int64(len(value)), ValueInt: intClass(value)})
		p.changed(name, value, r)
	}
	r.Nested = nested
	if r.Fields = int64(len(pairs)); r.Fields == 0 {
		return
	}
	s := p.Collection(parser.TypeHash, f.NameLen, f.Expires, p.es)
	r.HashBytes, r.HashResident = s.Bytes, s.Resident
	r.Packed = s.Encoding != memory.EncodingHashtable
}

// changed notes a field that says when the value was changed.
func (p *Prober) changed(name, value []byte, r *Value) { Field(name, value, p.clock, r) }

// Field looks at one field of a hash; clock is in ms since the epoch, 0 for
// none.
func Field(name, value []byte, clock int64, r *Value) {
	if !isChangeField(name) {
		return
	}
	if ms := stamp(value, clock); ms > r.Changed {
		r.Changed, r.ChangedField = ms, fieldName(name)
	}
}

// Collection sizes a collection as loaded from its elements; a hash is
// parser.TypeHash.
func (p *Prober) Collection(t parser.Type, nameLen int64, expires bool, es []parser.Element) memory.Size {
	k := p.next(parser.Key{Type: t, NameLen: nameLen, Count: int64(len(es))}, expires)
	p.meter.Elements(nil, k, es)
	return p.meter.End(k)
}

// Declared sizes a collection of which only the number of elements and the
// bytes of a packed blob are known.
func (p *Prober) Declared(t parser.Type, nameLen int64, expires bool, count, blob int64) memory.Size {
	return p.meter.End(p.next(parser.Key{Type: t, NameLen: nameLen, Count: count, Len: blob}, expires))
}

// Text sizes a string that is no integer.
func (p *Prober) Text(nameLen, valueLen int64, expires bool) memory.Size {
	return p.text(nameLen, valueLen, parser.NotInt, expires)
}

// Single sizes the one field of a hash as a string: key:field.
func (p *Prober) Single(f *Facts, fieldLen, valueLen int64, class parser.IntClass) memory.Size {
	return p.text(f.NameLen+1+fieldLen, valueLen, class, f.Expires)
}

func (p *Prober) text(nameLen, valueLen int64, class parser.IntClass, expires bool) memory.Size {
	// The integer is above those that servers share.
	return p.meter.End(p.next(parser.Key{Type: parser.TypeString, NameLen: nameLen, Count: 1, Len: valueLen, IntClass: class, Int: 1 << 40}, expires))
}

// next begins a key.
func (p *Prober) next(k parser.Key, expires bool) *parser.Key {
	if p.key = k; expires {
		p.key.Flags = parser.HasExpiry
	}
	p.meter.Begin(&p.key)
	return &p.key
}

// Renamed returns what a key would take under a name of another length.
func (p *Prober) Renamed(f *Facts, nameLen int64) (bytes, resident int64) {
	old, renamed := p.top(f, f.NameLen, f.Expires), p.top(f, nameLen, f.Expires)
	return f.Memory + renamed.Bytes - old.Bytes, f.Resident + renamed.Resident - old.Resident
}

// TTL returns what a TTL adds to a key itself, 0 to one that has a TTL: lines
// from Redis 8.2 and Valkey 8.1 on keep it in the object. An entry in the expires
// table is not in it.
func (p *Prober) TTL(f *Facts) (bytes, resident int64) {
	if f.Expires {
		return 0, 0
	}
	old, expiring := p.top(f, f.NameLen, false), p.top(f, f.NameLen, true)
	return expiring.Bytes - old.Bytes, expiring.Resident - old.Resident
}

// top sizes the name and the object of a key, with the value where that is in
// the object's block.
func (p *Prober) top(f *Facts, nameLen int64, expires bool) memory.Size {
	class := f.IntClass
	if f.Type != parser.DataTypeString {
		class = parser.Int64 // the top of any key: no value beside it
	}
	return p.text(nameLen, f.ValueLen, class, expires)
}

// compress sizes a string as a client would store it compressed.
func (p *Prober) compress(v []byte, f *Facts, r *Value) {
	if p.zlib == nil {
		p.zlib, _ = zlib.NewWriterLevel(&p.out, 6) // the level is valid
		p.zstd, _ = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<17), zstd.WithLowerEncoderMem(true))
	}
	p.out = 0
	p.zlib.Reset(&p.out)
	_, _ = p.zlib.Write(v) // a counter does not fail
	_ = p.zlib.Close()
	p.buf = p.zstd.EncodeAll(v, p.buf[:0])
	scale := func(n int64) int64 { return min(sketch.MulDiv(n, f.ValueLen, int64(len(v))), f.ValueLen) }
	r.Zlib, r.Zstd = scale(int64(p.out)), scale(int64(len(p.buf)))
	s := p.Text(f.NameLen, r.Zlib, f.Expires)
	r.ZlibBytes, r.ZlibResident = s.Bytes, s.Resident
	s = p.Text(f.NameLen, r.Zstd, f.Expires)
	r.ZstdBytes, r.ZstdResident = s.Bytes, s.Resident
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// fieldName identifies the name of a field. It is part of summaries.
func fieldName(name []byte) uint64 { return sketch.DigestOf(name)[0] }

// FieldName identifies the name of a field in Value.ChangedField.
func FieldName(name string) uint64 { return fieldName([]byte(name)) }
