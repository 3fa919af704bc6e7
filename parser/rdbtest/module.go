package rdbtest

import (
	"encoding/binary"
	"math"
	"strings"
)

const (
	moduleAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	// The last two characters are the other way round in names of metadata classes.
	metaAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
)

// Sub-opcodes of a module's payload.
const (
	opModuleEOF = iota
	opSint
	opUint
	opFloat
	opDouble
	opString
)

// ModuleID returns the number that names a module type: nine characters of 6
// bits each, then 10 bits of encoding version. Shorter names are filled with
// 'A', characters outside A-Z a-z 0-9 - _ become 'A'.
func ModuleID(name string, version uint64) uint64 {
	return pack(name, moduleAlphabet, 9)<<10 | version&1023
}

// pack packs n characters of 6 bits, the first in the highest bits.
func pack(name, alphabet string, n int) uint64 {
	var v uint64
	for i := range n {
		d := 0
		if i < len(name) {
			d = max(strings.IndexByte(alphabet, name[i]), 0)
		}
		v = v<<6 | uint64(d)
	}
	return v
}

// Op is one tagged piece of a module's payload.
type Op []byte

// Uint is an unsigned integer; servers write signed ones this way too.
func Uint(v uint64) Op { return AppendLen(Op{opUint}, v) }

// Sint is an integer under the tag for signed ones, which no server writes.
func Sint(v int64) Op { return AppendLen(Op{opSint}, uint64(v)) }

// Float is a 32-bit float.
func Float(v float32) Op {
	return binary.LittleEndian.AppendUint32(Op{opFloat}, math.Float32bits(v))
}

// Double is a 64-bit float.
func Double(v float64) Op {
	return binary.LittleEndian.AppendUint64(Op{opDouble}, math.Float64bits(v))
}

// Text is a string.
func Text(s Str) Op { return append(Op{opString}, s...) }

func appendOps(dst []byte, ops []Op) []byte {
	for _, op := range ops {
		dst = append(dst, op...)
	}
	return append(dst, opModuleEOF)
}

// Module is a value of a module type (type 7), its end mark added. See ModuleID.
func Module(id uint64, ops ...Op) Value {
	return build(7, func(w *Writer) { w.Len(id).Raw(appendOps(nil, ops)...) })
}

// Meta is a metadata class attached to a key: four characters, a version
// (0-31), flags (0-7, bit 0: may be ignored) and a payload.
type Meta struct {
	Class   string
	Version uint32
	Flags   uint32
	Ops     []Op
}

func (m Meta) spec() uint32 {
	return uint32(pack(m.Class, metaAlphabet, 4))<<8 | m.Version&31<<3 | m.Flags&7
}

// VectorSet is a value of the vectorset module of Redis 8.
type VectorSet struct {
	Dim      uint64
	Config   uint64 // quantization | M<<8
	Flags    uint64 // 1: projection matrix, 2: attributes
	InputDim uint64 // with flag 1
	Matrix   Str    // with flag 1
	Vectors  []Vector
}

// Vector is an element of a VectorSet.
type Vector struct {
	Item       Str
	Attributes Str // with flag 2
	Vector     Str
	Params     []uint64
}

// Value returns the set as a module value of encoding version 0.
func (s VectorSet) Value() Value {
	ops := []Op{Uint(s.Dim), Uint(uint64(len(s.Vectors))), Uint(s.Config), Uint(s.Flags)}
	if s.Flags&1 != 0 {
		ops = append(ops, Uint(s.InputDim), Text(s.Matrix))
	}
	for _, v := range s.Vectors {
		ops = append(ops, Text(v.Item))
		if s.Flags&2 != 0 {
			ops = append(ops, Text(v.Attributes))
		}
		ops = append(ops, Text(v.Vector), Uint(uint64(len(v.Params))))
		for _, p := range v.Params {
			ops = append(ops, Uint(p))
		}
	}
	return Module(ModuleID("vectorset", 0), ops...)
}
