package part

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// decodeContents reads the body of a part. unknown are the fields it has and
// contents has not.
func decodeContents(body []byte, s *contents) (unknown []string, err error) {
	types, err := contentsSchema()
	if err != nil {
		return nil, err
	}
	d := &decoder{in: body, left: maxState, most: counters.MaxSum, into: s}
	root := d.types()
	if d.err != nil {
		return nil, d.err
	}
	b := binder{made: make(map[[2]*wireType]*wireType)}
	bound := b.bind(root, types.root(), "part")
	if len(b.wrong) > 0 {
		const few = 5
		wrong := b.wrong[:min(len(b.wrong), few)]
		return nil, fmt.Errorf("%w: its fields are not those of this program: %s", ErrVersion, strings.Join(wrong, ", "))
	}
	d.column(bound, []reflect.Value{reflect.ValueOf(s).Elem()}, 1)
	if d.err == nil && len(d.in) > 0 {
		d.fail("%d bytes too many", len(d.in))
	}
	if d.err != nil && d.place != "" {
		return nil, fmt.Errorf("%w (%s)", d.err, d.place)
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
		f.index, f.predicted, f.large = own.fields[at].index, own.fields[at].predicted, own.fields[at].large
		f.typ = b.bind(f.typ, own.fields[at].typ, name)
	}
	for _, f := range own.fields {
		if !has[f.name] && !f.optional {
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
	// place is the field in which err was found.
	place string
	// most bounds the integers of the current field that are counts and sizes.
	most int64
	// into is what is read; its sources stand in front of what hashers is needed for,
	// which is made then.
	into    *contents
	hashers *counters.Hashers
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
	if n < 1 || n > maxTypes {
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
		case wireBool, wireInt, wireUint, wireText:
		case wireArray:
			t.length = int(min(d.uint(), maxMin+1))
			t.elem = ref()
			if t.length < 1 || t.length > maxMin {
				d.fail("an array of %d", t.length)
			}
		case wireSlice, wirePointer:
			t.elem = ref()
		case wireStruct:
			fields := d.count(2)
			if fields > maxFields {
				d.fail("%d fields", fields)
			}
			for i := 0; i < fields && d.err == nil; i++ {
				size := d.count(1)
				if size > maxFieldName {
					d.fail("a name of %d bytes", size)
				}
				name := keyname.EscapeText(string(d.bytes(size)))
				t.fields = append(t.fields, wireField{name: name, typ: ref(), index: -1})
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
				d.set(t, vals[i], x)
			}
			if d.err != nil {
				return
			}
		}
	case wireText:
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

// set is the reverse of encoder.integer.
func (d *decoder) set(t *wireType, v reflect.Value, x uint64) {
	if v.CanUint() {
		if v.OverflowUint(x) {
			d.fail("%d is too large", x)
			return
		}
		v.SetUint(x)
		return
	}
	n := int64(x) // of a number that is never negative
	if t.kind == wireInt {
		if n = int64(x>>1) ^ -int64(x&1); n > d.most || n < -d.most {
			d.fail("%d is too large", n)
			return
		}
	} else if n < 0 || n > d.most {
		d.fail("%d is too large", x)
		return
	}
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
				d.set(t.elem, v.Index(w*64+bits.TrailingZeros64(mask)), d.uint())
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
		if d.err != nil {
			return
		}
		most := d.most
		if f.large {
			d.most = math.MaxInt64
		}
		if vals == nil || f.index < 0 {
			d.column(f.typ, nil, n)
		} else {
			for i, v := range vals {
				column[i] = v.Field(f.index)
			}
			d.column(f.typ, column, n)
		}
		d.most = most
		if d.err != nil && len(d.place) < maxFieldName {
			d.place = joinPath(f.name, d.place)
		}
	}
	d.predicted(t, vals)
}

// predicted puts the predicted fields of structs right, whose other fields are
// there.
func (d *decoder) predicted(t *wireType, vals []reflect.Value) {
	for _, f := range t.fields {
		if d.err != nil || vals == nil || !f.predicted {
			continue
		}
		if d.hashers == nil {
			d.hashers = state.NewHashers(d.into.Sources)
		}
		for _, v := range vals {
			x := v.Field(f.index)
			x.SetUint(x.Uint() ^ predicted(v, d.hashers))
		}
	}
}
