package keyname

import (
	"math/bits"
	"strconv"
)

// Ending is how a name may end, or what may end one: a number or an identifier, as far
// as it is compared. Of an identifier that is its class, its length and 48 bits of a
// hash of it; of a number only how large it is, to an eighth of a power of two. 0
// is neither.
type Ending uint64

const (
	// MinEndingID is how many bytes an identifier has at least that is an Ending:
	// shorter ones end other names by chance.
	MinEndingID = 16

	// NumMagnitudes is how many magnitudes numbers have.
	NumMagnitudes = 65 << 3

	endingHash = 0x52444220656e6473 // any seed, the same in every program
)

// EndingOf returns what an edge of a name is as an ending.
func EndingOf(name []byte, e *Edge) Ending {
	token := name[e.Off : e.Off+e.N]
	switch {
	case e.Cls == ClassInt:
		if v, ok := WholeNumber(token); ok {
			return EndingOfNumber(v)
		}
	case e.N >= MinEndingID && e.N < 1<<8 && IsIdentifier(e):
		return Ending(HashBytes(endingHash, token)<<16 | uint64(e.N)<<8 | uint64(e.Cls))
	}
	return 0
}

// EndingOfNumber returns a number as an ending.
func EndingOfNumber(v uint64) Ending {
	return Ending(magnitude(v)<<8 | uint64(ClassInt))
}

// WholeNumber reads a number without a sign; zeros may be in front of it.
func WholeNumber(token []byte) (v uint64, ok bool) {
	if len(token) == 0 || len(token) > 19 {
		return 0, false
	}
	v, err := strconv.ParseUint(string(token), 10, 64)
	return v, err == nil
}

// magnitude is how many bits a number has, and the three behind its first; 0 for those
// below 16, which are alike.
func magnitude(v uint64) uint64 {
	n := bits.Len64(v)
	if n < 5 {
		return 0
	}
	return uint64(n)<<3 | v>>(n-4)&7
}

// IsNumber reports whether it is a number, of which a larger one is no smaller Ending.
func (e Ending) IsNumber() bool { return e != 0 && Class(e&0xff) == ClassInt }

// Magnitude is how large a number is, below NumMagnitudes; 0 for what is none.
func (e Ending) Magnitude() int {
	if !e.IsNumber() || e>>8 >= NumMagnitudes {
		return 0
	}
	return int(e >> 8)
}

// IsID reports whether it is an identifier.
func (e Ending) IsID() bool { return e != 0 && !e.IsNumber() }

// Shape is its class and length: all that is left of an identifier without its hash.
func (e Ending) Shape() uint16 { return uint16(e) }
