package part

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// The body of a part is its types and one value of the last of them. Values
// are written in columns: all of a field before the next field, through slices
// and pointers, since like next to like is what compresses well.
//
//	bool      one byte
//	int       zigzag varint
//	uint      uvarint
//	string    0 for empty, 1 for a new one, n+2 for the n-th of those before;
//	          behind the column the lengths of the new ones, then their bytes
//	slice     lengths, then the elements of all of them as one column
//	array     its elements; of integers a bit set of those that are not zero,
//	          64 to a uvarint, and only these
//	pointer   one byte each, 1 when it points, then what they point to
//	struct    its fields in the order of the description

type wireKind uint8

const (
	wireBool wireKind = iota + 1
	wireInt
	wireUint
	wireString
	wireSlice
	wireArray
	wirePointer
	wireStruct
)

// wireType is a type of the body.
type wireType struct {
	kind   wireKind
	length int // of an array
	elem   *wireType
	fields []wireField
	min    int // bytes that a value takes at least
}

type wireField struct {
	name  string
	typ   *wireType
	index int // of the struct's field, -1 when it has none
}

const (
	// maxPartTypes, maxPartFields and maxPartMin bound the description of a part.
	maxPartTypes  = 1 << 10
	maxPartFields = 1 << 10
	maxPartMin    = 1 << 14
	maxPartName   = 256
)

// words is the number of uvarints a bit set of n takes.
func words(n int) int { return (n + 63) / 64 }

func (t *wireType) sparse() bool {
	return t.kind == wireArray && (t.elem.kind == wireInt || t.elem.kind == wireUint)
}

// measure sets min, or fails when values of the type could take no bytes or
// need very many.
func (t *wireType) measure() error {
	switch {
	case t.sparse():
		t.min = words(t.length)
	case t.kind == wireArray:
		t.min = t.length * t.elem.min
	case t.kind == wireStruct:
		for _, f := range t.fields {
			t.min += f.typ.min
		}
	default:
		t.min = 1
	}
	if t.min < 1 || t.min > maxPartMin {
		return errors.New("an impossible type")
	}
	return nil
}

// wireTypes describes Go types of plain data.
type wireTypes struct {
	known map[reflect.Type]*wireType
	order []*wireType // elements before what is made of them
}

var keptKeyType = reflect.TypeFor[state.KeptKey]()

// of describes a type; the error names what is not plain data.
func (p *wireTypes) of(t reflect.Type) (*wireType, error) {
	if x := p.known[t]; x != nil {
		return x, nil
	}
	x := &wireType{}
	var err error
	switch t.Kind() {
	case reflect.Bool:
		x.kind = wireBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		x.kind = wireInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		x.kind = wireUint
	case reflect.String:
		x.kind = wireString
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			x.kind = wireString
			break
		}
		x.kind = wireSlice
		x.elem, err = p.of(t.Elem())
	case reflect.Array:
		x.kind, x.length = wireArray, t.Len()
		x.elem, err = p.of(t.Elem())
	case reflect.Pointer:
		x.kind = wirePointer
		x.elem, err = p.of(t.Elem())
	case reflect.Struct:
		x.kind = wireStruct
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() && !f.Anonymous {
				return nil, fmt.Errorf("%s.%s is not exported", t, f.Name)
			}
			ft, err := p.of(f.Type)
			if err != nil {
				return nil, fmt.Errorf("%s.%w", f.Name, err)
			}
			x.fields = append(x.fields, wireField{f.Name, ft, i})
		}
	default:
		err = fmt.Errorf("%s is not plain data", t)
	}
	if err == nil {
		err = x.measure()
	}
	if err != nil {
		return nil, err
	}
	p.known[t] = x
	p.order = append(p.order, x)
	return x, nil
}

// stateTypes are those of contents.
var stateTypes = sync.OnceValues(func() (*wireTypes, error) {
	p := &wireTypes{known: make(map[reflect.Type]*wireType)}
	_, err := p.of(reflect.TypeFor[contents]())
	return p, err
})

// encodeState writes the body of a part.
func encodeState(w *bufio.Writer, s *contents) error {
	types, err := stateTypes()
	if err != nil {
		return err
	}
	e := &encoder{w: w, dict: make(map[string]uint64)}
	e.types(types.order)
	e.column(types.order[len(types.order)-1], []reflect.Value{reflect.ValueOf(s).Elem()})
	return e.err
}

type encoder struct {
	w    *bufio.Writer
	dict map[string]uint64
	buf  []byte
	err  error
}

func (e *encoder) write(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

func (e *encoder) uint(n uint64) {
	e.buf = binary.AppendUvarint(e.buf[:0], n)
	e.write(e.buf)
}

func (e *encoder) text(s string) {
	e.uint(uint64(len(s)))
	if e.err == nil {
		_, e.err = e.w.WriteString(s)
	}
}

func (e *encoder) types(order []*wireType) {
	number := make(map[*wireType]uint64, len(order))
	e.uint(uint64(len(order)))
	for i, t := range order {
		number[t] = uint64(i)
		e.uint(uint64(t.kind))
		switch t.kind {
		case wireArray:
			e.uint(uint64(t.length))
			e.uint(number[t.elem])
		case wireSlice, wirePointer:
			e.uint(number[t.elem])
		case wireStruct:
			e.uint(uint64(len(t.fields)))
			for _, f := range t.fields {
				e.text(f.name)
				e.uint(number[f.typ])
			}
		}
	}
}

func (e *encoder) column(t *wireType, vals []reflect.Value) {
	if len(vals) == 0 {
		return
	}
	switch t.kind {
	case wireBool:
		for _, v := range vals {
			e.bool(v.Bool())
		}
	case wireInt, wireUint:
		for _, v := range vals {
			e.uint(integer(v))
		}
	case wireString:
		e.strings(vals)
	case wireSlice:
		var all []reflect.Value
		for _, v := range vals {
			e.uint(uint64(v.Len()))
			all = appendElements(all, v)
		}
		e.column(t.elem, all)
	case wireArray:
		e.arrays(t, vals)
	case wirePointer:
		var all []reflect.Value
		for _, v := range vals {
			e.bool(!v.IsNil())
			if !v.IsNil() {
				all = append(all, v.Elem())
			}
		}
		e.column(t.elem, all)
	case wireStruct:
		e.structs(t, vals)
	}
}

func (e *encoder) bool(b bool) {
	if b {
		e.uint(1)
	} else {
		e.uint(0)
	}
}

// integer returns an integer as it is written: signed ones with their sign in
// the lowest bit.
func integer(v reflect.Value) uint64 {
	if v.CanUint() {
		return v.Uint()
	}
	n := v.Int()
	return uint64(n)<<1 ^ uint64(n>>63)
}

func appendElements(all []reflect.Value, v reflect.Value) []reflect.Value {
	all = slices.Grow(all, v.Len())
	for i := range v.Len() {
		all = append(all, v.Index(i))
	}
	return all
}

func (e *encoder) strings(vals []reflect.Value) {
	var fresh []string
	for _, v := range vals {
		var s string
		if v.Kind() == reflect.String {
			s = v.String()
		} else {
			s = string(v.Bytes())
		}
		if s == "" {
			e.uint(0)
			continue
		}
		if n, ok := e.dict[s]; ok {
			e.uint(n + 2)
			continue
		}
		e.dict[s] = uint64(len(e.dict))
		fresh = append(fresh, s)
		e.uint(1)
	}
	for _, s := range fresh {
		e.uint(uint64(len(s)))
	}
	for _, s := range fresh {
		if e.err == nil {
			_, e.err = e.w.WriteString(s)
		}
	}
}

func (e *encoder) arrays(t *wireType, vals []reflect.Value) {
	var all []reflect.Value
	if !t.sparse() {
		for _, v := range vals {
			all = appendElements(all, v)
		}
		e.column(t.elem, all)
		return
	}
	for _, v := range vals {
		var mask uint64
		for i := range t.length {
			if integer(v.Index(i)) != 0 {
				mask |= 1 << (i & 63)
			}
			if i&63 == 63 || i == t.length-1 {
				e.uint(mask)
				mask = 0
			}
		}
	}
	for _, v := range vals {
		for i := range t.length {
			if x := integer(v.Index(i)); x != 0 {
				e.uint(x)
			}
		}
	}
}

func (e *encoder) structs(t *wireType, vals []reflect.Value) {
	hashed := vals[0].Type() == keptKeyType
	column := make([]reflect.Value, len(vals))
	for _, f := range t.fields {
		if hashed && f.name == "Hash" {
			// Of a key that is kept whole the hash is known: it is written as
			// the difference to that.
			for i, v := range vals {
				column[i] = reflect.ValueOf(v.Field(f.index).Uint() ^ hashOf(v))
			}
		} else {
			for i, v := range vals {
				column[i] = v.Field(f.index)
			}
		}
		e.column(f.typ, column)
	}
}

// hashOf is the hash of a KeptKey as far as it is kept.
func hashOf(v reflect.Value) uint64 {
	// A KeptKey that is embedded cannot be had as such.
	field := func(name string) reflect.Value { return v.FieldByName(name) }
	return keyname.HashKey(int32(field("DB").Int()), field("Name").Bytes(), field("Len").Int(), 0)
}

// decodeState reads the body of a part. unknown are the fields it has and
// contents has not.
func decodeState(body []byte, s *contents) (unknown []string, err error) {
	types, err := stateTypes()
	if err != nil {
		return nil, err
	}
	d := &decoder{in: body, left: maxState}
	root := d.types()
	if d.err != nil {
		return nil, d.err
	}
	b := binder{made: make(map[[2]*wireType]*wireType)}
	bound := b.bind(root, types.order[len(types.order)-1], "part")
	if len(b.wrong) > 0 {
		const few = 5
		wrong := b.wrong[:min(len(b.wrong), few)]
		return nil, fmt.Errorf("%w: its fields are not those of this program: %s", ErrVersion, strings.Join(wrong, ", "))
	}
	d.column(bound, []reflect.Value{reflect.ValueOf(s).Elem()}, 1)
	if d.err == nil && len(d.in) > 0 {
		d.fail("%d bytes too many", len(d.in))
	}
	return b.unknown, d.err
}

// binder joins the types of a part with those of the program by the names of
// fields.
type binder struct {
	made    map[[2]*wireType]*wireType
	unknown []string
	wrong   []string
}

func (b *binder) bind(in, own *wireType, path string) *wireType {
	pair := [2]*wireType{in, own}
	if t := b.made[pair]; t != nil {
		return t
	}
	t := *in
	b.made[pair] = &t
	if in.kind != own.kind || in.length != own.length {
		b.wrong = append(b.wrong, path+" is of another kind")
		return &t
	}
	if in.elem != nil {
		t.elem = b.bind(in.elem, own.elem, path)
	}
	if in.kind != wireStruct {
		return &t
	}
	t.fields = slices.Clone(in.fields)
	has := make(map[string]bool)
	for i := range t.fields {
		f := &t.fields[i]
		name := path + "." + f.name
		has[f.name] = true
		at := slices.IndexFunc(own.fields, func(o wireField) bool { return o.name == f.name })
		if f.index = -1; at < 0 {
			b.unknown = append(b.unknown, name)
			continue
		}
		f.index = own.fields[at].index
		f.typ = b.bind(f.typ, own.fields[at].typ, name)
	}
	for _, f := range own.fields {
		if !has[f.name] {
			b.wrong = append(b.wrong, path+"."+f.name+" is missing")
		}
	}
	return &t
}

// decoder reads a body. Nothing is allocated for a number that was only
// declared: an element takes at least a byte of what is left to read.
type decoder struct {
	in   []byte
	dict []string
	left int64 // bytes that may still be allocated
	err  error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
	}
}

func (d *decoder) uint() uint64 {
	n, w := binary.Uvarint(d.in)
	if w <= 0 {
		d.fail("a number is cut off")
		d.in = nil
		return 0
	}
	d.in = d.in[w:]
	return n
}

// count reads a number of things of at least min bytes each.
func (d *decoder) count(least int) int {
	n := d.uint()
	if n > uint64(len(d.in)/least) {
		d.fail("%d things do not fit into %d bytes", n, len(d.in))
		return 0
	}
	return int(n)
}

func (d *decoder) bytes(n int) []byte {
	if n > len(d.in) {
		d.fail("text is cut off")
		return nil
	}
	b := d.in[:n:n]
	d.in = d.in[n:]
	return b
}

// types reads the description; nil with an error.
func (d *decoder) types() *wireType {
	n := d.count(1)
	if n < 1 || n > maxPartTypes {
		d.fail("%d types", n)
		return nil
	}
	list := make([]*wireType, 0, n)
	ref := func() *wireType {
		i := d.uint()
		if i >= uint64(len(list)) {
			d.fail("type %d is used before it is known", i)
			return &wireType{kind: wireBool, min: 1}
		}
		return list[i]
	}
	for range n {
		t := &wireType{kind: wireKind(min(d.uint(), 255))}
		switch t.kind {
		case wireBool, wireInt, wireUint, wireString:
		case wireArray:
			t.length = int(min(d.uint(), maxPartMin+1))
			t.elem = ref()
			if t.length < 1 || t.length > maxPartMin {
				d.fail("an array of %d", t.length)
			}
		case wireSlice, wirePointer:
			t.elem = ref()
		case wireStruct:
			fields := d.count(2)
			if fields > maxPartFields {
				d.fail("%d fields", fields)
			}
			for i := 0; i < fields && d.err == nil; i++ {
				size := d.count(1)
				if size > maxPartName {
					d.fail("a name of %d bytes", size)
				}
				name := keyname.EscapeText(string(d.bytes(size)))
				t.fields = append(t.fields, wireField{name, ref(), -1})
			}
		default:
			d.fail("type kind %d", t.kind)
		}
		if d.err == nil {
			if err := t.measure(); err != nil {
				d.fail("%v", err)
			}
		}
		if d.err != nil {
			return nil
		}
		list = append(list, t)
	}
	return list[n-1]
}

// column reads n values; vals is nil when nobody wants them.
func (d *decoder) column(t *wireType, vals []reflect.Value, n int) {
	if n == 0 || d.err != nil {
		return
	}
	switch t.kind {
	case wireBool:
		for i := range n {
			b := d.bool()
			if vals != nil {
				vals[i].SetBool(b)
			}
		}
	case wireInt, wireUint:
		for i := range n {
			x := d.uint()
			if vals != nil {
				d.set(vals[i], x)
			}
			if d.err != nil {
				return
			}
		}
	case wireString:
		d.strings(vals, n)
	case wireSlice:
		d.slices(t, vals, n)
	case wireArray:
		d.arrays(t, vals, n)
	case wirePointer:
		d.pointers(t, vals, n)
	case wireStruct:
		d.structs(t, vals, n)
	}
}

func (d *decoder) bool() bool {
	b := d.uint()
	if b > 1 {
		d.fail("a truth value of %d", b)
	}
	return b == 1
}

// set is the reverse of integer.
func (d *decoder) set(v reflect.Value, x uint64) {
	if v.CanUint() {
		if v.OverflowUint(x) {
			d.fail("%d is too large", x)
			return
		}
		v.SetUint(x)
		return
	}
	n := int64(x>>1) ^ -int64(x&1)
	if v.OverflowInt(n) {
		d.fail("%d is too large", n)
		return
	}
	v.SetInt(n)
}

// take counts memory about to be allocated.
func (d *decoder) take(n int, size uintptr) bool {
	if d.err != nil {
		return false
	}
	if size > 0 && int64(n) > d.left/int64(size) {
		d.fail("it needs more than %d MiB of memory", maxState>>20)
		return false
	}
	d.left -= int64(n) * int64(size)
	return true
}

const valueSize = 24 // of a reflect.Value, or a string and what refers to it

func (d *decoder) strings(vals []reflect.Value, n int) {
	if !d.take(n, 8) {
		return
	}
	refs := make([]uint64, n)
	known, fresh := uint64(len(d.dict)), 0
	for i := range refs {
		refs[i] = d.uint()
		switch {
		case refs[i] == 1:
			fresh++
			refs[i] = 1 + known + uint64(fresh)
		case refs[i] >= known+uint64(fresh)+2:
			d.fail("text %d is used before it is known", refs[i])
		}
		if d.err != nil {
			return
		}
	}
	if fresh > len(d.in) || !d.take(fresh, 2*valueSize) {
		d.fail("%d texts are cut off", fresh)
		return
	}
	lengths := make([]int, fresh)
	sum := 0
	for i := range lengths {
		lengths[i] = d.count(1)
		sum += lengths[i]
	}
	if d.err != nil || sum > len(d.in) || !d.take(sum, 1) {
		d.fail("text is cut off")
		return
	}
	all := string(d.bytes(sum))
	for _, l := range lengths {
		if l == 0 {
			d.fail("an empty text is written as a new one")
			return
		}
		d.dict = append(d.dict, all[:l])
		all = all[l:]
	}
	if vals == nil {
		return
	}
	for i, r := range refs {
		if r == 0 {
			continue
		}
		s := d.dict[r-2]
		if vals[i].Kind() == reflect.String {
			vals[i].SetString(s)
		} else if d.take(len(s), 1) {
			vals[i].SetBytes([]byte(s))
		}
	}
}

func (d *decoder) slices(t *wireType, vals []reflect.Value, n int) {
	if !d.take(n, 8) {
		return
	}
	lengths := make([]int, n)
	sum := 0
	for i := range lengths {
		lengths[i] = d.count(1)
		sum += lengths[i]
		if d.err != nil {
			return
		}
	}
	if sum > len(d.in)/t.elem.min {
		d.fail("%d elements do not fit into %d bytes", sum, len(d.in))
		return
	}
	if vals == nil || sum == 0 {
		d.column(t.elem, nil, sum)
		return
	}
	typ := vals[0].Type()
	if !d.take(sum, typ.Elem().Size()+valueSize) {
		return
	}
	// One array for all of them; none can grow into the next.
	whole := reflect.MakeSlice(typ, sum, sum)
	at := 0
	for i, l := range lengths {
		if l > 0 {
			vals[i].Set(whole.Slice3(at, at+l, at+l))
		}
		at += l
	}
	d.column(t.elem, appendElements(nil, whole), sum)
}

func (d *decoder) arrays(t *wireType, vals []reflect.Value, n int) {
	var all []reflect.Value
	if !t.sparse() {
		if vals != nil && d.take(n*t.length, valueSize) {
			for _, v := range vals {
				all = appendElements(all, v)
			}
		}
		d.column(t.elem, all, n*t.length)
		return
	}
	// The bit sets are read twice: to find where the elements begin, and again
	// beside them.
	masks := decoder{in: d.in}
	sum := 0
	for range n {
		for w := range words(t.length) {
			mask := d.uint()
			if left := t.length - w*64; left < 64 && mask>>left != 0 {
				d.fail("a bit set of an array of %d", t.length)
			}
			sum += bits.OnesCount64(mask)
		}
		if d.err != nil {
			return
		}
	}
	if vals == nil {
		d.column(t.elem, nil, sum)
		return
	}
	for _, v := range vals {
		for w := range words(t.length) {
			for mask := masks.uint(); mask != 0; mask &= mask - 1 {
				d.set(v.Index(w*64+bits.TrailingZeros64(mask)), d.uint())
			}
		}
		if d.err != nil {
			return
		}
	}
}

func (d *decoder) pointers(t *wireType, vals []reflect.Value, n int) {
	var there []int
	sum := 0
	for i := range n {
		if d.bool() {
			sum++
			if vals != nil {
				there = append(there, i)
			}
		}
	}
	if sum > len(d.in)/t.elem.min {
		d.fail("%d elements do not fit into %d bytes", sum, len(d.in))
		return
	}
	var all []reflect.Value
	if len(there) > 0 {
		elem := vals[0].Type().Elem()
		if !d.take(sum, elem.Size()+valueSize) {
			return
		}
		for _, i := range there {
			vals[i].Set(reflect.New(elem))
			all = append(all, vals[i].Elem())
		}
	}
	d.column(t.elem, all, sum)
}

func (d *decoder) structs(t *wireType, vals []reflect.Value, n int) {
	var column []reflect.Value
	if vals != nil {
		if !d.take(n, valueSize) {
			return
		}
		column = make([]reflect.Value, n)
		defer func() { d.left += int64(n) * valueSize }()
	}
	for _, f := range t.fields {
		if vals == nil || f.index < 0 {
			d.column(f.typ, nil, n)
			continue
		}
		for i, v := range vals {
			column[i] = v.Field(f.index)
		}
		d.column(f.typ, column, n)
	}
	if d.err == nil && vals != nil && vals[0].Type() == keptKeyType {
		for _, v := range vals {
			h := v.FieldByName("Hash")
			h.SetUint(h.Uint() ^ hashOf(v))
		}
	}
}
