package part

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/state"
)

// The body of a part is its types and one value of the last of them. Values
// are written in columns: all of a field before the next field, through lists
// and pointers, since like next to like is what compresses well.
//
//	body      the number of types, the types, the value
//	type      its kind (wireKind), then
//	            of an array  its length and the number of the type of its elements
//	            of a list or a pointer  that number
//	            of a struct  the number of its fields, of each the length of its
//	                         name, its name, the number of its type
//
// and of the values of one type, a column:
//
//	bool      one byte each, 0 or 1
//	int       zigzag uvarint
//	uint      uvarint
//	text      0 for empty, 1 for a new one, n+2 for the n-th of those before;
//	          behind the column the lengths of the new ones, then their bytes
//	list      lengths, then the elements of all of them as one column
//	array     its elements; of integers a bit set of those that are not zero,
//	          64 to a uvarint, and only these
//	pointer   one byte each, 1 when it points, then what they point to
//	struct    its fields in the order of the description
//
// All other numbers are uvarints.

// encodeContents writes the body of a part.
func encodeContents(w *bufio.Writer, s *contents) error {
	types, err := contentsSchema()
	if err != nil {
		return err
	}
	e := &encoder{w: w, dict: make(map[string]uint64), hashers: state.NewHashers(s.Sources)}
	e.types(types.order)
	e.column(types.root(), []reflect.Value{reflect.ValueOf(s).Elem()})
	if e.err != nil {
		return e.err
	}
	if e.negative != nil {
		return fmt.Errorf("%s: %w", e.place, e.negative)
	}
	return nil
}

// errNegative is a count or a size below zero.
var errNegative = errors.New("negative")

type encoder struct {
	w    *bufio.Writer
	dict map[string]uint64 // texts that were written, and which of all each was
	// hashers are those of the sources.
	hashers *counters.Hashers
	buf     []byte
	err     error // of w
	// negative is an integer that must not be what it is, place the field it is in.
	// The rest is written nevertheless: the bytes are what a program that does not
	// care would write, which tests hold against the reader.
	negative error
	place    string
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
			e.uint(e.integer(t, v))
		}
	case wireText:
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

// integer returns an integer as it is written: those that may be negative with
// their sign in the lowest bit.
func (e *encoder) integer(t *wireType, v reflect.Value) uint64 {
	if v.CanUint() {
		return v.Uint()
	}
	n := v.Int()
	if t.kind == wireInt {
		return uint64(n)<<1 ^ uint64(n>>63)
	}
	if n < 0 && e.negative == nil {
		e.negative = fmt.Errorf("%w: %d", errNegative, n)
	}
	return uint64(n)
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
			if !v.Index(i).IsZero() {
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
			if x := e.integer(t.elem, v.Index(i)); x != 0 {
				e.uint(x)
			}
		}
	}
}

func (e *encoder) structs(t *wireType, vals []reflect.Value) {
	column := make([]reflect.Value, len(vals))
	for _, f := range t.fields {
		for i, v := range vals {
			column[i] = v.Field(f.index)
			if f.predicted {
				column[i] = reflect.ValueOf(column[i].Uint() ^ predicted(v, e.hashers))
			}
		}
		fine := e.negative == nil
		e.column(f.typ, column)
		if fine && e.negative != nil {
			e.place = joinPath(f.name, e.place)
		}
	}
}

// predicted is what the predicted field of a struct is written as the difference
// to, and mostly is.
func predicted(v reflect.Value, h *counters.Hashers) uint64 {
	return v.Addr().Interface().(predictor).Predicted(h)
}

// joinPath puts a field in front of a place in it.
func joinPath(field, place string) string {
	if place == "" {
		return field
	}
	return field + "." + place
}
