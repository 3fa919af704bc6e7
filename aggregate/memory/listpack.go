package memory

import "github.com/rdblens/rdblens/parser"

// Bytes of an empty packed blob: header and terminator.
const (
	listpackOverhead = 4 + 2 + 1     // listpack.c LP_HDR_SIZE, LP_EOF
	ziplistOverhead  = 4 + 4 + 2 + 1 // ziplist.c ZIPLIST_HEADER_SIZE, ZIPLIST_END_SIZE
	intsetOverhead   = 4 + 4         // intset.h struct intset
)

// listpackInt is the bytes of an integer entry by class, backlen included
// (listpack.c lpEncodeIntegerGetType).
var listpackInt = [...]int64{
	parser.NotInt: 0,
	parser.Int4:   1 + 1, parser.Int7: 1 + 1,
	parser.Int8: 2 + 1, parser.Int13: 2 + 1,
	parser.Int16: 3 + 1, parser.Int24: 4 + 1, parser.Int32: 5 + 1, parser.Int64: 9 + 1,
}

// ziplistInt is the bytes of an integer entry by class, without the length of
// the previous entry (ziplist.c zipTryEncoding).
var ziplistInt = [...]int64{
	parser.NotInt: 0,
	parser.Int4:   1,
	parser.Int7:   2, parser.Int8: 2,
	parser.Int13: 3, parser.Int16: 3,
	parser.Int24: 4, parser.Int32: 5, parser.Int64: 9,
}

// listpackString returns the bytes of a string entry of n bytes, backlen
// included (listpack.c lpEncodeGetType, lpEncodeBacklen).
func listpackString(n int64) int64 {
	switch {
	case n < 64:
		n++
	case n < 4096:
		n += 2
	default:
		n += 5
	}
	switch {
	case n <= 127:
		return n + 1
	case n < 16383:
		return n + 2
	case n < 2097151:
		return n + 3
	case n < 268435455:
		return n + 4
	default:
		return n + 5
	}
}

// ziplistString returns the bytes of a string entry of n bytes without the
// length of the previous entry (ziplist.c zipStoreEntryEncoding).
func ziplistString(n int64) int64 {
	switch {
	case n < 64:
		return n + 1
	case n < 1<<14:
		return n + 2
	default:
		return n + 5
	}
}

// ziplistPrev returns the bytes that hold the length of the previous entry
// (ziplist.c zipStorePrevEntryLength).
func ziplistPrev(previous int64) int64 {
	if previous < 254 {
		return 1
	}
	return 5
}

// packer sums the entries of one packed blob in order.
type packer struct {
	form packForm
	sum  int64 // bytes of the entries
	prev int64 // ziplist: bytes of the last one
}

// add appends a string of n bytes, or the integer it spells.
func (p *packer) add(n int64, class parser.IntClass) {
	if p.form == packListpack {
		if class != parser.NotInt {
			p.sum += listpackInt[class]
		} else {
			p.sum += listpackString(n)
		}
		return
	}
	l := ziplistPrev(p.prev)
	if class != parser.NotInt {
		l += ziplistInt[class]
	} else {
		l += ziplistString(n)
	}
	p.prev = l
	p.sum += l
}

// total returns the bytes of the blob.
func (p *packer) total() int64 {
	if p.form == packListpack {
		return listpackOverhead + p.sum
	}
	return ziplistOverhead + p.sum
}

func (p *packer) reset() { p.sum, p.prev = 0, 0 }

// intsetWidth returns the bytes of each integer of an intset by its lowest and
// highest (intset.c _intsetValueEncoding).
func intsetWidth(lowest, highest int64) int64 {
	switch {
	case lowest >= -1<<15 && highest < 1<<15:
		return 2
	case lowest >= -1<<31 && highest < 1<<31:
		return 4
	default:
		return 8
	}
}
