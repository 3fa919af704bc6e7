package memory

import (
	"math"
	"math/bits"
)

// decimal is the value ±digits·10^exp, digits having n decimal digits.
type decimal struct {
	digits uint64
	n      int
	exp    int
}

// scaled is the value frac·2^exp.
type scaled struct {
	frac uint64
	exp  int
}

// times returns the upper 64 bits of the product, rounded half up.
func (a scaled) times(b scaled) scaled {
	hi, lo := bits.Mul64(a.frac, b.frac)
	return scaled{hi + lo>>63, a.exp + b.exp + 64}
}

// grisu2 returns digits that read back as v (finite, positive). It is the
// algorithm Grisu2 of Florian Loitsch, "Printing Floating-Point Numbers
// Quickly and Accurately with Integers" (PLDI 2010), with the cached powers
// and the digit rounding of deps/fpconv/fpconv_dtoa.c (Redis 7.2): in about one
// case of a thousand it yields more digits than needed, and a server stores
// those, so strconv's shortest form does not do.
func grisu2(v float64) decimal {
	const hidden = 1 << 52
	b := math.Float64bits(v)
	frac, exp := b&(hidden-1), int(b>>52&0x7ff)
	if exp == 0 {
		exp = 1
	} else {
		frac |= hidden
	}
	exp -= 1023 + 52

	// The interval of reals that round to v, at the exponent of its upper end.
	upper := scaled{2*frac + 1, exp - 1}
	shift := bits.LeadingZeros64(upper.frac)
	upper.frac <<= shift
	upper.exp -= shift
	lower := scaled{2*frac - 1, exp - 1}
	if frac == hidden { // a power of two: the neighbour below is half as far
		lower = scaled{4*frac - 1, exp - 2}
	}
	lower.frac <<= lower.exp - upper.exp
	lower.exp = upper.exp
	shift = bits.LeadingZeros64(frac)
	w := scaled{frac << shift, exp - shift}

	// Scale all three so that the integral part of upper has at most 32 bits.
	power, k := cachedPower(upper.exp)
	w, upper, lower = w.times(power), upper.times(power), lower.times(power)
	lower.frac++
	upper.frac--
	d := generate(w.frac, upper, upper.frac-lower.frac)
	d.exp -= k
	return d
}

// generate produces the fewest leading digits of upper that stay within delta
// of it, and moves the last one towards w.
func generate(w uint64, upper scaled, delta uint64) (d decimal) {
	shift := uint(-upper.exp)
	one := uint64(1) << shift
	integral, fraction := upper.frac>>shift, upper.frac&(one-1)
	distance := upper.frac - w

	push := func(digit uint64) {
		if digit != 0 || d.n != 0 {
			d.digits = 10*d.digits + digit
			d.n++
		}
	}
	unit := uint64(1e9)
	for left := 9; left >= 0; left-- {
		push(integral / unit)
		integral %= unit
		if rest := integral<<shift + fraction; rest <= delta {
			d.exp = left
			d.digits -= steps(delta, rest, unit<<shift, distance)
			return d
		}
		unit /= 10
	}
	scale := uint64(1)
	for left := -1; ; left-- {
		fraction *= 10
		delta *= 10
		scale *= 10
		push(fraction >> shift)
		fraction &= one - 1
		if fraction < delta {
			d.exp = left
			d.digits -= steps(delta, fraction, one, distance*scale)
			return d
		}
	}
}

// steps returns by how much the last digit is to be lowered so that the
// digits, rest below the upper end, come nearest to distance below it.
func steps(delta, rest, step, distance uint64) (n uint64) {
	for rest < distance && delta-rest >= step &&
		(rest+step < distance || distance-rest > rest+step-distance) {
		n++
		rest += step
	}
	return n
}

const (
	powerFirst = -348 // exponent of the first cached power of ten
	powerStep  = 8
	// The exponent of a product of upper and its power lies in this window.
	windowLow, windowHigh = -60, -32
)

// cachedPower returns the cached power of ten, 10^k, that brings a number of
// binary exponent exp into the window. Where two do, the estimate decides,
// made as fpconv_powers.h find_cachedpow10 does.
func cachedPower(exp int) (power scaled, k int) {
	const log10of2 = 0.30102999566398114
	estimate := int(float64(-(exp + len(powersOfTen))) * log10of2)
	i := (estimate - powerFirst) / powerStep
	for {
		switch sum := exp + powersOfTen[i].exp + 64; {
		case sum < windowLow:
			i++
		case sum > windowHigh:
			i--
		default:
			return powersOfTen[i], powerFirst + i*powerStep
		}
	}
}

// powersOfTen holds 10^powerFirst, 10^(powerFirst+powerStep), …, 10^340,
// normalised to 64 bits and rounded to nearest.
var powersOfTen = [...]scaled{
	{0xfa8fd5a0081c0288, -1220}, {0xbaaee17fa23ebf76, -1193}, {0x8b16fb203055ac76, -1166},
	{0xcf42894a5dce35ea, -1140}, {0x9a6bb0aa55653b2d, -1113}, {0xe61acf033d1a45df, -1087},
	{0xab70fe17c79ac6ca, -1060}, {0xff77b1fcbebcdc4f, -1034}, {0xbe5691ef416bd60c, -1007},
	{0x8dd01fad907ffc3c, -980}, {0xd3515c2831559a83, -954}, {0x9d71ac8fada6c9b5, -927},
	{0xea9c227723ee8bcb, -901}, {0xaecc49914078536d, -874}, {0x823c12795db6ce57, -847},
	{0xc21094364dfb5637, -821}, {0x9096ea6f3848984f, -794}, {0xd77485cb25823ac7, -768},
	{0xa086cfcd97bf97f4, -741}, {0xef340a98172aace5, -715}, {0xb23867fb2a35b28e, -688},
	{0x84c8d4dfd2c63f3b, -661}, {0xc5dd44271ad3cdba, -635}, {0x936b9fcebb25c996, -608},
	{0xdbac6c247d62a584, -582}, {0xa3ab66580d5fdaf6, -555}, {0xf3e2f893dec3f126, -529},
	{0xb5b5ada8aaff80b8, -502}, {0x87625f056c7c4a8b, -475}, {0xc9bcff6034c13053, -449},
	{0x964e858c91ba2655, -422}, {0xdff9772470297ebd, -396}, {0xa6dfbd9fb8e5b88f, -369},
	{0xf8a95fcf88747d94, -343}, {0xb94470938fa89bcf, -316}, {0x8a08f0f8bf0f156b, -289},
	{0xcdb02555653131b6, -263}, {0x993fe2c6d07b7fac, -236}, {0xe45c10c42a2b3b06, -210},
	{0xaa242499697392d3, -183}, {0xfd87b5f28300ca0e, -157}, {0xbce5086492111aeb, -130},
	{0x8cbccc096f5088cc, -103}, {0xd1b71758e219652c, -77}, {0x9c40000000000000, -50},
	{0xe8d4a51000000000, -24}, {0xad78ebc5ac620000, 3}, {0x813f3978f8940984, 30},
	{0xc097ce7bc90715b3, 56}, {0x8f7e32ce7bea5c70, 83}, {0xd5d238a4abe98068, 109},
	{0x9f4f2726179a2245, 136}, {0xed63a231d4c4fb27, 162}, {0xb0de65388cc8ada8, 189},
	{0x83c7088e1aab65db, 216}, {0xc45d1df942711d9a, 242}, {0x924d692ca61be758, 269},
	{0xda01ee641a708dea, 295}, {0xa26da3999aef774a, 322}, {0xf209787bb47d6b85, 348},
	{0xb454e4a179dd1877, 375}, {0x865b86925b9bc5c2, 402}, {0xc83553c5c8965d3d, 428},
	{0x952ab45cfa97a0b3, 455}, {0xde469fbd99a05fe3, 481}, {0xa59bc234db398c25, 508},
	{0xf6c69a72a3989f5c, 534}, {0xb7dcbf5354e9bece, 561}, {0x88fcf317f22241e2, 588},
	{0xcc20ce9bd35c78a5, 614}, {0x98165af37b2153df, 641}, {0xe2a0b5dc971f303a, 667},
	{0xa8d9d1535ce3b396, 694}, {0xfb9b7cd9a4a7443c, 720}, {0xbb764c4ca7a44410, 747},
	{0x8bab8eefb6409c1a, 774}, {0xd01fef10a657842c, 800}, {0x9b10a4e5e9913129, 827},
	{0xe7109bfba19c0c9d, 853}, {0xac2820d9623bf429, 880}, {0x80444b5e7aa7cf85, 907},
	{0xbf21e44003acdd2d, 933}, {0x8e679c2f5e44ff8f, 960}, {0xd433179d9c8cb841, 986},
	{0x9e19db92b4e31ba9, 1013}, {0xeb96bf6ebadf77d9, 1039}, {0xaf87023b9bf0ee6b, 1066},
}
