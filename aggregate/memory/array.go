package memory

import (
	"math/bits"

	"github.com/rdblens/rdblens/parser"
)

// arrayState follows an array (sparsearray.c, Redis 8.8) while its elements arrive
// in ascending order of index. Elements live in slices of array-slice-size
// slots; a slice with few of them is sparse.
type arrayState struct {
	sliceSize, sparseMax uint64

	any     bool
	slice   uint64 // the open slice
	block   uint64 // the open directory block
	blocks  int64  // directory blocks seen
	n       uint64 // elements of the open slice
	first   []uint64
	start   uint64 // window of a dense slice
	window  uint64
	total   cost
	strings cost
	broken  bool // indexes out of order
	last    uint64
}

// Shape of an array's directory: flat up to arrayFlat slices, beyond that
// blocks of as many pointers (AR_SUPER_BLOCK_SLOTS).
const (
	arrayFlat   = 2048
	arrayHeader = 80 // sparsearray.h struct redisArray
)

func newArrayState(m *meter) *arrayState {
	a := &arrayState{sliceSize: uint64(max(1, m.config.ArraySliceSize)), sparseMax: uint64(max(0, m.config.ArraySparseKmax))}
	a.sparseMax = min(a.sparseMax, a.sliceSize)
	if m.line.array {
		a.first = make([]uint64, 0, a.sparseMax)
	}
	return a
}

func (a *arrayState) reset() {
	a.any, a.broken = false, false
	a.blocks, a.n = 0, 0
	a.first = a.first[:0]
	a.total, a.strings = cost{}, cost{}
}

func (m *meter) addArray(es []parser.Element) {
	a := m.array
	for i := range es {
		e := &es[i]
		if e.Kind != parser.KindItem {
			continue
		}
		m.items.n++
		index := e.Index()
		if a.any && index <= a.last {
			a.broken = true
			continue
		}
		slice := index / a.sliceSize
		if !a.any || slice != a.slice {
			m.closeSlice()
			if block := slice / arrayFlat; !a.any || block != a.block {
				a.blocks++
				a.block = block
			}
			a.any, a.slice = true, slice
		}
		a.last = index
		a.place(index % a.sliceSize)
		const tagString, tagShort = 0, 3
		if tag := e.SlotTag(); tag == tagString || tag == tagShort {
			m.items.payload += e.Len
			m.items.longest = max(m.items.longest, e.Len)
		} else {
			m.items.payload += 8
		}
		if e.SlotTag() == tagString {
			request := 2 + e.Len
			if e.Len > 32767 {
				request = 8 + e.Len
			}
			s := m.sizes.of(request)
			a.strings.add(cost{s, s, s - request})
		}
	}
}

// place puts an element at an offset of the open slice.
func (a *arrayState) place(offset uint64) {
	a.n++
	if a.n <= a.sparseMax {
		a.first = append(a.first, offset)
		return
	}
	if a.n == a.sparseMax+1 {
		if len(a.first) == 0 {
			a.start, a.window = offset, 8
		} else {
			span := a.first[len(a.first)-1] - a.first[0] + 1
			a.start, a.window = a.first[0], max(8, uint64(1)<<bits.Len64(span-1))
		}
		a.clamp()
	}
	for offset >= a.start+a.window && a.window < a.sliceSize {
		a.window *= 2
		a.clamp()
	}
}

// clamp keeps the window within the slice.
func (a *arrayState) clamp() {
	if a.window >= a.sliceSize {
		a.window, a.start = a.sliceSize, 0
	} else if a.start+a.window > a.sliceSize {
		a.start = a.sliceSize - a.window
	}
}

// closeSlice adds up the open slice.
func (m *meter) closeSlice() {
	a := m.array
	if a.n == 0 {
		return
	}
	var request int64
	if a.n <= a.sparseMax {
		slots := min(int64(a.sparseMax), int64(doubled(4, a.n)))
		request = 32 + (2*slots+7)&^7 + 8*slots
	} else {
		request = 32 + 8*int64(a.window)
	}
	s := m.sizes.of(request)
	a.total.add(cost{s, s, s - request})
	a.n = 0
	a.first = a.first[:0]
}

// doubled returns from, doubled until it is at least n.
func doubled(from, n uint64) uint64 {
	for from < n {
		from *= 2
	}
	return from
}

// endArray sizes an array.
func (m *meter) endArray(k *parser.Key, s *Size) {
	a := m.array
	m.closeSlice()
	o := m.object(k)
	m.chargeObject(&o)
	head := m.sizes.of(arrayHeader)
	m.charge("array", "sparsearray.h struct redisArray", cost{head, head, head - arrayHeader})
	m.charge("directory", "sparsearray.c arDirGrow", m.arrayDirectory())
	m.charge("slices", "sparsearray.c arSet", a.total)
	m.charge("strings", "sparsearray.c arStringNew", a.strings)
	m.chargeKey(&o)
	m.inexact = !m.line.array || a.broken
	s.Encoding, s.Longest, s.Payload = EncodingArray, m.items.longest, m.items.payload
}

func (m *meter) arrayDirectory() cost {
	a := m.array
	if !a.any {
		return cost{}
	}
	if a.slice < arrayFlat {
		request := 8 * int64(doubled(1, a.slice+1))
		d := m.sizes.of(request)
		return cost{d, d, d - request}
	}
	request := 24 * int64(doubled(4, uint64(a.blocks)))
	top, block := m.sizes.of(request), m.sizes.of(8*arrayFlat)
	total := top + block*a.blocks
	return cost{total, total, top - request + (block-8*arrayFlat)*a.blocks}
}
