package report

import (
	"math/bits"
	"strconv"

	"github.com/rdblens/rdblens/aggregate"
)

// magnitude returns |n|; the smallest int64 has one too.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// humanBytes returns bytes in a binary unit with three digits: "427 B",
// "2.30 KiB", "38.0 MiB", "402 GiB".
func humanBytes(n int64) string { return string(appendHumanBytes(nil, n)) }

func appendHumanBytes(dst []byte, n int64) []byte {
	if n < 0 {
		dst = append(dst, '-')
	}
	dst, unit := appendScaled(dst, magnitude(n), 1024)
	return append(dst, [...]string{" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"}[unit]...)
}

// humanCount returns a count exactly up to 99,999 and with three digits and a
// decimal unit above: "412 k", "9.80 M".
func humanCount(n int64) string {
	m := magnitude(n)
	if m < 100000 {
		return grouped(n)
	}
	var b []byte
	if n < 0 {
		b = append(b, '-')
	}
	b, unit := appendScaled(b, m, 1000)
	return string(b) + [...]string{"", " k", " M", " G", " T", " P", " E"}[unit]
}

// appendScaled appends n with three digits in units of base to the power of
// unit.
func appendScaled(dst []byte, n, base uint64) (out []byte, unit int) {
	div := uint64(1)
	for n/div >= base {
		div *= base
		unit++
	}
	whole, rest := n/div, n%div
	if unit == 0 {
		return strconv.AppendUint(dst, n, 10), 0
	}
	power := uint64(1) // ten to the number of decimals
	switch {
	case whole < 10:
		power = 100
	case whole < 100:
		power = 10
	}
	hi, lo := bits.Mul64(rest, power)
	lo, carry := bits.Add64(lo, div/2, 0)
	frac, _ := bits.Div64(hi+carry, lo, div)
	if frac == power {
		// Rounding up may need a decimal less, or the next unit.
		frac = 0
		whole++
		switch {
		case whole == base:
			whole, power = 1, 100
			unit++
		case whole == 10, whole == 100:
			power /= 10
		}
	}
	dst = strconv.AppendUint(dst, whole, 10)
	if power > 1 {
		dst = append(dst, '.')
		for power /= 10; power > 0; power /= 10 {
			dst = append(dst, byte('0'+frac/power%10))
		}
	}
	return dst, unit
}

// grouped returns a number with commas between groups of three digits.
func grouped(n int64) string { return string(appendGrouped(nil, n)) }

func appendGrouped(dst []byte, n int64) []byte {
	if n < 0 {
		dst = append(dst, '-')
	}
	var digits [20]byte
	s := strconv.AppendUint(digits[:0], magnitude(n), 10)
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, c)
	}
	return dst
}

// perMille returns part/whole in thousandths, rounded half up, by integer
// arithmetic; ok is false when whole is not positive or the result is absurd.
func perMille(part, whole int64) (n int64, ok bool) {
	if whole <= 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(magnitude(part), 1000)
	lo, carry := bits.Add64(lo, uint64(whole)/2, 0)
	hi += carry
	if hi >= uint64(whole) {
		return 0, false
	}
	q, _ := bits.Div64(hi, lo, uint64(whole))
	if q > 1e9 {
		return 0, false
	}
	if part < 0 {
		return -int64(q), true
	}
	return int64(q), true
}

// percent returns a share with one decimal: "33.3%"; "" when there is none.
func percent(part, whole int64) string {
	n, ok := perMille(part, whole)
	if !ok {
		return ""
	}
	return tenths(n)
}

// ratio returns a ratio like percent does.
func ratio(r aggregate.Ratio) string {
	n := int64(r)
	if n < 0 {
		return tenths((n - 5) / 10)
	}
	return tenths((n + 5) / 10)
}

func tenths(n int64) string {
	sign := ""
	if n < 0 {
		sign = "-"
	}
	m := magnitude(n)
	return sign + strconv.FormatUint(m/10, 10) + "." + strconv.FormatUint(m%10, 10) + "%"
}

// wholePercent returns a share without decimals that says 0% and 100% only
// when that is exactly so: "<1%", "40%", ">99%".
func wholePercent(part, whole int64) string {
	n, ok := perMille(part, whole)
	switch {
	case !ok:
		return ""
	case part == 0:
		return "0%"
	case part == whole:
		return "100%"
	case part > 0 && n < 10:
		return "<1%"
	case part < whole && n > 990:
		return ">99%"
	default:
		return strconv.FormatInt((n+5)/10, 10) + "%"
	}
}

// humanSeconds returns a span of time in its largest unit: "45 s", "30 min",
// "2 h", "46 d", "3.2 y".
func humanSeconds(n int64) string {
	const minute, hour, day, year = 60, 3600, 86400, 31557600
	switch {
	case n < 0:
		return grouped(n) + " s"
	case n < 2*minute:
		return strconv.FormatInt(n, 10) + " s"
	case n < 2*hour:
		return strconv.FormatInt(n/minute, 10) + " min"
	case n < 2*day:
		return strconv.FormatInt(n/hour, 10) + " h"
	case n < 2*year:
		return strconv.FormatInt(n/day, 10) + " d"
	default:
		return grouped(n/year) + "." + strconv.FormatInt(n%year*10/year, 10) + " y"
	}
}

// times returns a ratio with two decimals: "1.25x".
func times(r aggregate.Ratio) string {
	n := (int64(r) + 50) / 100
	return grouped(n/100) + "." + strconv.FormatInt(n%100/10, 10) + strconv.FormatInt(n%10, 10) + "x"
}

// preciseMoment returns a time to the millisecond: "2026-11-20 02:00:11.000Z".
func preciseMoment(t aggregate.Time) string {
	b := appendTime(nil, int64(t))
	b[10] = ' '
	return string(b)
}

// moment returns a time to the second: "2026-11-20 02:00:11Z".
func moment(t aggregate.Time) string {
	b := appendTime(nil, int64(t))
	b[10] = ' '
	return string(b[:19]) + "Z"
}
