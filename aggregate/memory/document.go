package memory

import (
	"math"
	"math/bits"

	"github.com/rdblens/rdblens/parser"
)

// A document of RedisJSON is a tree of ijson values of 8 bytes each, which hold a small
// value themselves or point to a block. MEMORY USAGE adds get_memory in
// redis_json/src/ivalue_manager.rs, which differs between releases:
//
//	documentDoubled   2.4.6, 2.6.0, 2.8.0   8 bytes for each value, in its container too
//	documentOwn       2.4.12, 2.6.15, 2.8.9, 8.0   what RedisJSON itself takes a node for
//	documentBlocks    8.2   the blocks' layouts, mem_allocated of ijson 32d82ef
//	documentTyped     8.4 to 8.8   strings of up to 7 bytes and arrays of numbers of one
//	                  type packed, ijson 5676f59 and 3dcd744
//	documentSmall     8.10   smaller objects, of an ijson that was not at hand
//
// Strings are interned: many values may share one. Each is counted in full, as there.
type documentForm uint8

const (
	documentOwn documentForm = iota
	documentBlocks
	documentTyped
	documentSmall
)

// array types of ijson's src/array.rs, by rising rank among their kind.
type arrayType uint8

const (
	arrayMixed arrayType = iota
	arrayI8
	arrayI16
	arrayI32
	arrayI64
	arrayU8
	arrayU16
	arrayU32
	arrayU64
	arrayF16
	arrayBF16
	arrayF32
	arrayF64
)

var arrayWidths = [...]int64{8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8}

// rfc8746 are the tags of typed arrays that ijson writes (src/cbor.rs).
var rfc8746 = map[uint64]arrayType{
	64: arrayU8, 69: arrayU16, 70: arrayU32, 71: arrayU64, 72: arrayI8, 77: arrayI16, 78: arrayI32, 79: arrayI64,
	84: arrayF16, 85: arrayF32, 86: arrayF64, 0x10000: arrayBF16,
}

// maxDepth is how many arrays and objects are open at most, as the parser has it.
const maxDepth = 128

// container is an array or object that is open.
type container struct {
	object bool
	typ    arrayType
	n      int64 // members
	cap    int64
	own    cost  // the members, as values of their own, and names
	loose  int64 // the same in documentDoubled
}

// documentState adds up a document node by node.
type documentState struct {
	form    documentForm
	cbor    bool // loaded from CBOR, which tells how many members come
	depth   int
	open    [maxDepth]container
	whole   bool // the root is complete
	wrong   bool
	guessed bool // of typed arrays whose numbers are not known
	nodes   int64
	cost          // of the root
	doubled int64 // the same in documentDoubled
	text    int64
}

func (d *documentState) reset(form documentForm, cbor bool) {
	d.form, d.cbor = form, cbor
	d.depth, d.whole, d.wrong, d.guessed = 0, false, false, false
	d.nodes, d.cost, d.doubled, d.text = 0, cost{}, 0, 0
}

// add takes the next node.
func (d *documentState) add(m *meter, e *parser.Element) {
	switch e.Kind {
	case parser.KindText:
		d.text += e.Len
	case parser.KindArray, parser.KindObject:
		d.enter(e)
	case parser.KindClose:
		d.leave(m)
	case parser.KindName:
		d.addName(m, e.Len)
	case parser.KindString:
		d.value(member{double: e.Len, cost: d.stringCost(m, e.Len)})
	case parser.KindInteger:
		d.integer(m, e)
	case parser.KindFloat:
		d.value(member{asked: floatType(e.Double()), bits: e.Aux, double: 16, cost: d.number(m, false)})
	case parser.KindAtom:
		d.value(member{})
	case parser.KindTyped:
		d.typed(m, e)
	}
}

// pad8 rounds up to the alignment of all blocks.
func pad8(n int64) int64 { return (n + 7) &^ 7 }

// block is the cost of a block of n bytes.
func (d *documentState) block(m *meter, n int64) cost {
	a := m.sizes.of(n)
	return cost{n, a, a - n}
}

// stringCost is the cost of a string of n bytes (src/unsafe_string.rs): a header of 16
// bytes, 8 since 8.4, and the text; 8.4 keeps up to 7 bytes in the value itself.
func (d *documentState) stringCost(m *meter, n int64) cost {
	header := int64(16)
	if d.form >= documentTyped {
		header = 8
	}
	if n == 0 || n <= 7 && d.form >= documentTyped {
		return cost{}
	}
	c := d.block(m, pad8(header+n))
	if d.form == documentOwn {
		c.counted = n
	}
	return c
}

// number is the cost of a number that its value cannot hold. Up to 8.0 all but those
// from -128 to 383 have a block, of 4 bytes up to 24 bits (src/number.rs).
func (d *documentState) number(m *meter, short bool) cost {
	switch {
	case d.form != documentOwn:
		return d.block(m, 8)
	case short:
		return d.block(m, 4)
	}
	return d.block(m, 16)
}

// integer takes an integer.
func (d *documentState) integer(m *meter, e *parser.Element) {
	v := member{asked: integerType(e.Aux), bits: e.Aux, double: 16}
	n, wide := e.Aux, e.Is(parser.FlagUnsigned)
	tiny, short := !wide && n >= -128 && n < 384, !wide && n >= -1<<23 && n < 1<<23
	switch {
	case wide:
		v.asked = arrayU64
	case tiny:
		v.double = 0
	case short && n > -1<<23: // > there, >= later
		v.double = 4
	}
	const inline = 1 << 60 // 61 bits with the sign
	if d.form == documentOwn && !tiny || d.form != documentOwn && (wide || n < -inline || n >= inline) {
		v.cost = d.number(m, short)
	}
	d.value(v)
}

// integerType is the array type that an integer asks for (ArrayTag::from_ivalue).
func integerType(v int64) arrayType {
	switch {
	case v >= math.MinInt8 && v <= math.MaxInt8:
		return arrayI8
	case v >= 0 && v <= math.MaxUint8:
		return arrayU8
	case v >= math.MinInt16 && v <= math.MaxInt16:
		return arrayI16
	case v >= 0 && v <= math.MaxUint16:
		return arrayU16
	case v >= math.MinInt32 && v <= math.MaxInt32:
		return arrayI32
	case v >= 0 && v <= math.MaxUint32:
		return arrayU32
	}
	return arrayI64
}

// floatForms are the array types of floats, the narrowest first: bits of precision, and
// the exponents of the highest first bit (from 0.5 up) and of the lowest last one.
var floatForms = [...]struct {
	typ                        arrayType
	precision, highest, lowest int
}{{arrayF16, 11, 16, -24}, {arrayBF16, 8, 128, -133}, {arrayF32, 24, 128, -149}, {arrayF64, 53, 1024, -1074}}

// floatType is the array type that a double asks for: the first that holds it.
func floatType(v float64) arrayType {
	for _, f := range floatForms {
		if holdsFloat(f.typ, v) {
			return f.typ
		}
	}
	return arrayF64
}

// holdsFloat reports whether an array type holds a double as it is.
func holdsFloat(t arrayType, v float64) bool {
	if v == 0 || t == arrayF64 {
		return t >= arrayF16
	}
	if t < arrayF16 {
		return false
	}
	f := &floatForms[t-arrayF16]
	fraction, exponent := math.Frexp(math.Abs(v))
	digits := 53 - trailingZeros(fraction)
	return digits <= f.precision && exponent <= f.highest && exponent-digits >= f.lowest
}

// trailingZeros is how many of the 53 bits of a fraction from 0.5 to 1 are zero at its end.
func trailingZeros(fraction float64) int {
	return bits.TrailingZeros64(math.Float64bits(fraction)&(1<<52-1) | 1<<52)
}

// member is what a value is to the container that takes it.
type member struct {
	asked  arrayType // it would have an array of numbers be
	bits   int64     // the number, when it is one
	double int64     // what it takes in documentDoubled, without its own 8 bytes
	cost             // what it takes on its own
}

// value adds a value to the container that is open, or makes it the root.
func (d *documentState) value(v member) {
	d.nodes++
	if d.depth == 0 {
		d.root(v)
		return
	}
	x := &d.open[d.depth-1]
	if !x.object {
		d.push(x, &v)
	}
	x.own.add(v.cost)
	x.loose += 8 + v.double
}

// root completes the document.
func (d *documentState) root(v member) {
	d.wrong = d.wrong || d.whole
	d.whole = true
	d.doubled, d.cost = 8+v.double, v.cost
	d.counted += 8 // the value, in a block of its own
	d.cost.add(cost{alloc: 8})
}

// enter opens an array or object.
func (d *documentState) enter(e *parser.Element) {
	if d.depth == maxDepth {
		d.wrong = true
		return
	}
	x := &d.open[d.depth]
	*x = container{object: e.Kind == parser.KindObject}
	if n := e.Declared(); d.cbor && n > 0 {
		// cbor_to_ivalue: as many as come, of an array 1,024 at most.
		if x.cap = n; !x.object {
			x.cap = min(n, 1024)
		}
	}
	d.depth++
}

// addName adds the name of an object's next member.
func (d *documentState) addName(m *meter, n int64) {
	if d.depth == 0 {
		d.wrong = true
		return
	}
	x := &d.open[d.depth-1]
	d.grow(x)
	x.own.add(d.stringCost(m, n))
	x.loose += n
}

// leave closes the container that is open and makes it a value of the one around it.
func (d *documentState) leave(m *meter) {
	if d.depth == 0 {
		d.wrong = true
		return
	}
	d.depth--
	x := &d.open[d.depth]
	if x.cap == 0 { // a constant
		d.value(member{})
		return
	}
	words := x.cap + 2 // RedisJSON's own count, and ijson's layout up to 8.2
	if x.object {
		words = 3*x.cap + 2
	}
	v := member{double: x.loose + 8*words, cost: d.layout(m, x)}
	if d.form == documentOwn {
		v.counted = 8 * words
	}
	if x.object || d.form < documentTyped || x.typ == arrayMixed {
		v.add(x.own)
	}
	d.value(v)
}

// layout is the cost of the block of a container: IArray::layout in src/array.rs,
// IObject::layout in src/object.rs.
func (d *documentState) layout(m *meter, x *container) cost {
	switch {
	case !x.object && d.form >= documentTyped:
		return d.block(m, pad8(8+x.cap*arrayWidths[x.typ]))
	case !x.object:
		return d.block(m, 16+8*x.cap)
	case d.form == documentSmall:
		// What makes the unit test of 8.10 out of that of 8.8: half the header, no
		// table of a few members, and one of 4 bytes a place.
		table := pad8(4 * (x.cap + x.cap/4))
		if x.cap <= 4 {
			table = 0
		}
		return d.block(m, 8+16*x.cap+table)
	}
	return d.block(m, 16+16*x.cap+8*(x.cap+x.cap/4))
}

// typed takes an array of numbers of one type.
func (d *documentState) typed(m *meter, e *parser.Element) {
	t, known := rfc8746[e.Tag()]
	if !known || e.Len%arrayWidths[t] != 0 {
		d.wrong = true
		return
	}
	x := container{typ: t, n: e.Len / arrayWidths[t]}
	x.cap = x.n
	d.nodes += x.n
	if x.n == 0 {
		d.value(member{})
		return
	}
	if d.form >= documentTyped {
		d.value(member{asked: arrayMixed, cost: d.layout(m, &x)})
		return
	}
	// An older release has none of these: what each number takes is not known.
	d.guessed = true
	x.typ = arrayMixed
	one := d.number(m, false)
	if t < arrayF16 && arrayWidths[t] < 8 {
		one = cost{}
	}
	v := member{cost: d.layout(m, &x)}
	v.add(cost{one.counted * x.n, one.alloc * x.n, one.waste * x.n})
	d.value(v)
}

// grow makes room for one more member (reserve in src/array.rs and src/object.rs): 4,
// then twice as many.
func (d *documentState) grow(x *container) {
	if x.n == x.cap {
		x.cap = max(2*x.cap, x.n+1, 4)
	}
	x.n++
}

// push adds a member to an array (push in src/array.rs).
func (d *documentState) push(x *container, v *member) {
	if d.form >= documentTyped {
		switch {
		case x.n == 0 && v.asked != arrayMixed:
			if x.cap == 0 {
				x.cap = 4
			} else { // the block stays, seen as of other numbers
				x.cap = 8 * x.cap / arrayWidths[v.asked]
			}
			x.typ = v.asked
		case x.n > 0 && x.typ != arrayMixed && !holds(x.typ, v):
			x.typ = promote(x.typ, v.asked)
			x.cap = x.n
		}
	}
	d.grow(x)
}

// holds reports whether an array of numbers takes a value as it is (can_push_directly).
func holds(t arrayType, v *member) bool {
	switch {
	case v.asked == arrayMixed:
		return false
	case v.asked >= arrayF16:
		return holdsFloat(t, math.Float64frombits(uint64(v.bits)))
	case t >= arrayF16:
		return false
	case v.asked == arrayU64: // beyond int64
		return t == arrayU64
	}
	wide := 8*arrayWidths[t] - 1
	if t >= arrayU8 {
		return v.bits >= 0 && (wide > 62 || v.bits < 2<<wide)
	}
	return wide > 62 || v.bits >= -1<<wide && v.bits < 1<<wide
}

// kindOf tells signed integers, unsigned ones and floats apart, and a type's rank there.
func kindOf(t arrayType) (kind, rank int) {
	switch {
	case t == arrayMixed:
		return 0, 0
	case t <= arrayI64:
		return 1, int(t - arrayI8)
	case t <= arrayU64:
		return 2, int(t - arrayU8)
	}
	return 3, int(t - arrayF16)
}

// promote is the type that holds both (promote_with).
func promote(a, b arrayType) arrayType {
	kind, rank := kindOf(a)
	other, need := kindOf(b)
	switch {
	case kind == 0 || other == 0:
		return arrayMixed
	case kind == 3 && other == 3:
		if a != b && a <= arrayBF16 && b <= arrayBF16 {
			return arrayF32
		}
		return max(a, b)
	case kind == 3 || other == 3:
		return arrayMixed
	case kind == other:
		return max(a, b)
	case kind == 2: // signed from now on
		return promoteUnsigned(rank, need)
	}
	return promoteUnsigned(need, rank)
}

// promoteUnsigned is the signed type that holds unsigned and signed numbers of these ranks.
func promoteUnsigned(unsigned, signed int) arrayType {
	if unsigned == 3 {
		return arrayMixed
	}
	return arrayI8 + arrayType(max(unsigned+1, signed))
}

// end sizes the document; false when it is none.
func (d *documentState) end(m *meter, out *moduleSize) bool {
	if d.wrong || !d.whole || d.depth > 0 {
		return false
	}
	out.counted, out.alloc, out.waste = d.counted, d.alloc, d.waste
	out.name, out.source = "JSON document", "RedisJSON redis_json/src/ivalue_manager.rs get_memory"
	out.inexact = d.guessed || d.form == documentSmall
	if !m.module.builtIn {
		// Which release of the module loads it the dump does not tell.
		out.spread = max(d.doubled-d.counted, d.counted-d.doubled)
	}
	out.figures[FigureNodes], out.figures[FigureTextBytes] = d.nodes, d.text
	return true
}
