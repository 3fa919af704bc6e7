package part

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// The schema of a part is made from struct tags, and from nothing else of the
// structs: a Go field may be renamed or moved without a trace in the file.
//
//	Keys   int64  `part:"keys"`           a field and its name in the file
//	Expiry int64  `part:"expiry,signed"`  an integer that may be negative
//	Name   []byte `part:"name,raw"`       text that is escaped when it is shown
//	Hash   uint64 `part:"hash,predicted"` written as the difference to what the
//	                                      struct's method Predicted returns, from the
//	                                      seeds of the sources
//	Later  int64  `part:"later,optional"` zero in parts that were written before
//	                                      there was such a field
//	Last   int64  `part:"last,large"`     nothing that is added up: it may have any value
//	Hint   string `part:"-"`              not written
//
// Without predicted the part of testdata/demo.rdb would be larger by a third: hashes
// do not compress.
//
// Integers without signed are counts and sizes, which are never negative: the
// file has no way to say otherwise. Text without raw must be displayable. Options
// of a list or an array are those of its elements.
//
// testdata/schema.txt pins the whole: a change of it fails TestSchema, which says
// what to do.

// wireKind is a kind of value in the body of a part. The numbers are in the file.
type wireKind uint8

const (
	wireBool wireKind = iota + 1
	wireInt
	wireUint
	wireText
	wireSlice
	wireArray
	wirePointer
	wireStruct
)

// wireType is a type of the body, as this program has it or as a file describes
// it.
type wireType struct {
	kind   wireKind
	length int // of an array
	elem   *wireType
	fields []wireField
	min    int // bytes that a value takes at least

	// What follows is not in the file: it is what this program knows of its own
	// types.

	bits  int    // of an integer, without the sign
	below uint64 // of a number that stands for one of a list: how long that is
	raw   bool   // of text
	// check holds a value of the type against what every value of it satisfies,
	// nil when there is nothing to hold it against.
	check func(v reflect.Value) error
	// checked reports that some value in it has something to be checked.
	checked bool
}

type wireField struct {
	name      string
	typ       *wireType
	index     int  // of the struct's field, -1 when it has none
	predicted bool // written as the difference to Predicted
	optional  bool // zero where it is missing
	large     bool // a point in time or the like: nothing is added to it
}

// predictor is a struct one of whose fields can mostly be told from the others.
type predictor interface {
	Predicted(*counters.Hashers) uint64
}

var predictorType = reflect.TypeFor[predictor]()

// Bounds of a description that is read.
const (
	maxTypes     = 1 << 10
	maxFields    = 1 << 10
	maxMin       = 1 << 14 // of wireType.min, bytes
	maxFieldName = 256     // bytes
)

// checker is a type that tells whether a value of it can be.
type checker interface{ Check() error }

// checkers are the types whose values are checked wherever they stand. (Others
// with a method Check are checked once, with what is around them: contents.check.)
var checkers = map[reflect.Type]bool{
	reflect.TypeFor[counters.KeptKey](): true,
	reflect.TypeFor[sketch.Histogram](): true,
}

// enumerations are the types whose numbers stand for one of a list of so many.
var enumerations = map[reflect.Type]uint64{
	reflect.TypeFor[memory.Allocator](): uint64(memory.Libc) + 1,
	reflect.TypeFor[memory.Encoding]():  uint64(memory.NumEncodings),
	reflect.TypeFor[keyname.Class]():    uint64(keyname.NumClasses),
	reflect.TypeFor[probe.Format]():     uint64(probe.NumFormats),
	reflect.TypeFor[parser.DataType]():  uint64(parser.NumDataTypes),
	reflect.TypeFor[parser.IntClass]():  uint64(parser.Int64) + 1,
}

// words is the number of uvarints a bit set of n takes.
func words(n int) int { return (n + 63) / 64 }

// sparse reports whether a value is an array of integers, of which only those are
// written that are not zero.
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
	if t.min < 1 || t.min > maxMin {
		return errors.New("an impossible type")
	}
	return nil
}

// options are what a tag says beside the name.
type options struct{ signed, raw bool }

// typeKey is a Go type under the options of a field.
type typeKey struct {
	typ  reflect.Type
	opts options
}

// schema describes Go types of plain data.
type schema struct {
	known map[typeKey]*wireType
	order []*wireType // elements before what is made of them
}

// root is the type that all others are parts of.
func (s *schema) root() *wireType { return s.order[len(s.order)-1] }

// schemaOf describes a type; the error names what is not plain data or has no
// proper tag.
func schemaOf(t reflect.Type) (*schema, error) {
	s := &schema{known: make(map[typeKey]*wireType)}
	if _, err := s.of(t, options{}); err != nil {
		return nil, err
	}
	return s, nil
}

// contentsSchema is that of the body of a part.
var contentsSchema = sync.OnceValues(func() (*schema, error) { return schemaOf(reflect.TypeFor[contents]()) })

// of describes a type, and what it is made of before it.
func (s *schema) of(t reflect.Type, o options) (*wireType, error) {
	key := typeKey{t, o}
	if x := s.known[key]; x != nil {
		return x, nil
	}
	x := &wireType{below: enumerations[t]}
	var err error
	switch t.Kind() {
	case reflect.Bool:
		x.kind = wireBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		x.kind, x.bits = wireUint, 8*int(t.Size())-1
		if t.Kind() == reflect.Int {
			x.bits = 63 // whatever the machine has
		}
		if o.signed {
			x.kind, o.signed = wireInt, false
		}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		x.kind, x.bits = wireUint, 8*int(t.Size())
	case reflect.String:
		x.kind, x.raw, o.raw = wireText, o.raw, false
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			x.kind, x.raw, o.raw = wireText, o.raw, false
			break
		}
		x.kind = wireSlice
		x.elem, err = s.of(t.Elem(), o)
		o = options{}
	case reflect.Array:
		x.kind, x.length = wireArray, t.Len()
		x.elem, err = s.of(t.Elem(), o)
		o = options{}
	case reflect.Pointer:
		x.kind = wirePointer
		x.elem, err = s.of(t.Elem(), options{})
	case reflect.Struct:
		x.kind = wireStruct
		x.fields, err = s.fieldsOf(t)
	default:
		err = fmt.Errorf("%s is not plain data", t)
	}
	if err == nil && o != (options{}) {
		err = fmt.Errorf("options %+v say nothing of %s", o, t)
	}
	if err == nil {
		err = x.measure()
	}
	if err != nil {
		return nil, err
	}
	x.setChecks(t)
	s.known[key] = x
	s.order = append(s.order, x)
	return x, nil
}

// setChecks says what values of the type are held against.
func (t *wireType) setChecks(typ reflect.Type) {
	if checkers[typ] {
		t.check = func(v reflect.Value) error { return v.Addr().Interface().(checker).Check() }
	}
	t.checked = t.check != nil || t.below > 0 || t.kind == wireText && !t.raw || t.elem != nil && t.elem.checked ||
		slices.ContainsFunc(t.fields, func(f wireField) bool { return f.typ.checked })
}

// fieldName is what a name in a tag must look like.
var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// fieldsOf reads the tags of a struct.
func (s *schema) fieldsOf(t reflect.Type) (out []wireField, err error) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("part")
		if tag == "-" {
			continue
		}
		if !f.IsExported() && !f.Anonymous {
			return nil, fmt.Errorf("%s.%s is not exported", t, f.Name)
		}
		name, rest, _ := strings.Cut(tag, ",")
		switch {
		case !tagged:
			return nil, fmt.Errorf("%s.%s has no tag `part:\"name\"`: say what it is called in a part, or - when it does not go into one", t, f.Name)
		case !fieldName.MatchString(name):
			return nil, fmt.Errorf("%s.%s: %q is no name for a field", t, f.Name, name)
		case slices.ContainsFunc(out, func(o wireField) bool { return o.name == name }):
			return nil, fmt.Errorf("%s.%s: a second field %q", t, f.Name, name)
		}
		out = append(out, wireField{name: name, index: i})
		field := &out[len(out)-1]
		var o options
		for word := range strings.SplitSeq(rest, ",") {
			switch word {
			case "":
			case "signed":
				o.signed = true
			case "raw":
				o.raw = true
			case "predicted":
				field.predicted = true
			case "optional":
				field.optional = true
			case "large":
				field.large = true
			default:
				return nil, fmt.Errorf("%s.%s: no option %q", t, f.Name, word)
			}
		}
		if field.predicted && (f.Type.Kind() != reflect.Uint64 || !reflect.PointerTo(t).Implements(predictorType)) {
			return nil, fmt.Errorf("%s.%s: only a uint64 of a type with Predicted can be predicted", t, f.Name)
		}
		if field.typ, err = s.of(f.Type, o); err != nil {
			return nil, fmt.Errorf("%s.%w", f.Name, err)
		}
	}
	return out, nil
}

// String is the schema as text, a field a line. A struct that was there already
// is named by its first place.
func (s *schema) String() string {
	var b strings.Builder
	places := make(map[*wireType]string)
	var write func(t *wireType, path string, indent int)
	write = func(t *wireType, path string, indent int) {
		for t.kind == wireSlice || t.kind == wireArray || t.kind == wirePointer {
			t = t.elem
		}
		if t.kind != wireStruct || places[t] != path {
			return
		}
		for _, f := range t.fields {
			at := strings.TrimPrefix(path+"."+f.name, ".")
			fmt.Fprintf(&b, "%s%s %s", strings.Repeat("  ", indent), f.name, f.typ.describe(at, places))
			if f.predicted {
				b.WriteString(", predicted")
			}
			if f.optional {
				b.WriteString(", optional")
			}
			b.WriteByte('\n')
			write(f.typ, at, indent+1)
		}
	}
	places[s.root()] = ""
	write(s.root(), "", 0)
	return b.String()
}

// describe is a type as text. It gives places to structs that have none.
func (t *wireType) describe(path string, places map[*wireType]string) string {
	switch t.kind {
	case wireBool:
		return "bool"
	case wireInt:
		return fmt.Sprintf("int%d", t.bits+1)
	case wireUint:
		if t.below > 0 {
			return fmt.Sprintf("uint, below %d", t.below)
		}
		return fmt.Sprintf("uint%d", t.bits)
	case wireText:
		if t.raw {
			return "text, raw"
		}
		return "text"
	case wireSlice:
		return "list of " + t.elem.describe(path, places)
	case wireArray:
		return fmt.Sprintf("array of %d %s", t.length, t.elem.describe(path, places))
	case wirePointer:
		return "perhaps " + t.elem.describe(path, places)
	}
	if first, ok := places[t]; ok {
		return "struct, as " + first
	}
	places[t] = path
	return "struct"
}

// verify holds a value, and what is in it, against what every value of its type
// satisfies; with an error it returns the field it is in. Signs are not looked at:
// see the top of this file.
func (t *wireType) verify(v reflect.Value) (place string, err error) {
	if !t.checked {
		return "", nil
	}
	if t.check != nil {
		if err := t.check(v); err != nil {
			return "", err
		}
	}
	switch t.kind {
	case wireUint:
		if t.below > 0 && v.Uint() >= t.below {
			return "", fmt.Errorf("number %d of %d", v.Uint(), t.below)
		}
	case wireText:
		if !t.raw && !displayable(v) {
			return "", errors.New("unprintable")
		}
	case wireSlice, wireArray:
		for i := range v.Len() {
			if place, err := t.elem.verify(v.Index(i)); err != nil {
				return place, err
			}
		}
	case wirePointer:
		if !v.IsNil() {
			return t.elem.verify(v.Elem())
		}
	case wireStruct:
		for i := range t.fields {
			f := &t.fields[i]
			if !f.typ.checked {
				continue
			}
			if place, err := f.typ.verify(v.Field(f.index)); err != nil {
				return joinPath(f.name, place), err
			}
		}
	}
	return "", nil
}

func displayable(v reflect.Value) bool {
	if v.Kind() == reflect.String {
		return keyname.Displayable(v.String())
	}
	return keyname.Printable(v.Bytes())
}
