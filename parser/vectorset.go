package parser

// A vector set (module type vectorset of Redis 8, VectorSetRdbSave in
// modules/vector-sets/vset.c) is a module payload whose numbers (UINT) and texts
// (STRING) come in this order:
//
//	dim  elements  config  flags          config: quantisation | links << 8
//	[ input dim   matrix ]                with flag 1, a projection
//	then for each element
//	  item  [ attributes ]                attributes with flag 2, "" for none
//	  vector
//	  k  number 1 .. number k             of its node in the graph; the fourth is
//	                                      how many links it has room for

// vectorReader picks the facts of a vector set out of a payload, as it is told of
// numbers and texts one by one. It keeps only where it is in the order above.
type vectorReader struct {
	sc      *scanner
	head    VectorSet
	numbers int    // head numbers read
	matrix  bool   // the matrix was read
	texts   int    // strings read of the open element
	left    uint64 // numbers left of the open element's list
	index   uint64 // of the number in the list
	counted bool   // the list's count was read
	items   int64  // elements seen
	e       *Element
}

// number takes the payload's next number.
func (v *vectorReader) number(n uint64) bool {
	h := &v.head
	switch v.numbers {
	case 0:
		h.Dim = n
	case 1:
		h.Elements = n
	case 2:
		h.Config = n
	case 3:
		h.Flags = n
	case 4:
		if h.Flags&1 != 0 && !v.matrix {
			h.InputDim = n
		}
	}
	if v.numbers < 4 || v.numbers == 4 && h.Flags&1 != 0 && !v.matrix {
		v.numbers++
		return true
	}
	if !v.counted {
		v.counted, v.left, v.index = true, n, 0
	} else {
		v.index++
		if v.index == 4 && v.e != nil {
			v.e.Aux = int64(min(n, 1<<62))
		}
		v.left--
	}
	if v.left == 0 {
		v.counted, v.texts, v.e = false, 0, nil
	}
	return true
}

// double is told of numbers that no vector set has.
func (v *vectorReader) double(float64) bool { return true }

// text takes the payload's next text.
func (v *vectorReader) text(s *str) bool {
	if !v.sc.strBody(s) {
		return false
	}
	h := &v.head
	if h.Flags&1 != 0 && !v.matrix {
		v.matrix = true
		return true
	}
	v.texts++
	switch {
	case v.texts == 1:
		e := v.sc.element()
		if e == nil {
			return false
		}
		v.e = e
		v.items++
		e.Kind, e.Len, e.Value = KindVector, s.n, -1
		if s.lzf {
			e.Flags |= FlagLZF
		}
	case v.texts == 2 && h.Flags&2 != 0 && v.e != nil && s.n > 0: // an empty text stands for no attributes
		v.e.Value = s.n
		if s.lzf {
			v.e.Flags |= FlagValueLZF
		}
	}
	return true
}
