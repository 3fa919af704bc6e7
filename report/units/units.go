// Package units is the one formatter of bytes, counts, shares, spans and points
// of time: it makes the figures of every table, sentence and message look alike.
// Everything is integer arithmetic, so that equal figures are equal text.
package units

import (
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// magnitude returns |n|; the smallest int64 has one too.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// byteUnits are the powers of 1024.
var byteUnits = [...]string{" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"}

// Bytes returns bytes in a binary unit with three digits: "427 B",
// "2.30 KiB", "38.0 MiB", "402 GiB".
func Bytes(n int64) string { return string(AppendBytes(nil, n)) }

// AppendBytes is Bytes without its allocation.
func AppendBytes(dst []byte, n int64) []byte {
	if n < 0 {
		dst = append(dst, '-')
	}
	dst, unit := appendScaled(dst, magnitude(n), 1024)
	return append(dst, byteUnits[unit]...)
}

// ExactBytes returns a size that somebody chose, in the largest unit that it is a
// whole number of: "16 KiB", "1536 KiB", "1000 B".
func ExactBytes(n int64) string {
	unit := 0
	for n != 0 && n%1024 == 0 && unit < len(byteUnits)-1 {
		n /= 1024
		unit++
	}
	return strconv.FormatInt(n, 10) + byteUnits[unit]
}

// Count returns a count exactly up to 99,999 and with three digits and a
// decimal unit above: "412 k", "9.80 M".
func Count(n int64) string {
	m := magnitude(n)
	if m < 100000 {
		return Grouped(n)
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

// Grouped returns a number with commas between groups of three digits.
func Grouped(n int64) string { return string(AppendGrouped(nil, n)) }

// AppendGrouped is Grouped without its allocation.
func AppendGrouped(dst []byte, n int64) []byte {
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

// Percent returns a share with one decimal: "33.3 %"; "" when there is none.
func Percent(part, whole int64) string {
	n, ok := perMille(part, whole)
	if !ok {
		return ""
	}
	return tenths(n)
}

// Ratio returns a ratio in ten-thousandths as Percent does: "35.5 %".
func Ratio[T ~int64](r T) string {
	n := int64(r)
	if n < 0 {
		return tenths((n - 5) / 10)
	}
	return tenths((n + 5) / 10)
}

// tenths shows thousandths as percents with one decimal.
func tenths(n int64) string {
	sign := ""
	if n < 0 {
		sign = "-"
	}
	m := magnitude(n)
	return sign + strconv.FormatUint(m/10, 10) + "." + strconv.FormatUint(m%10, 10) + " %"
}

// ExactRatio returns a ratio in ten-thousandths that somebody chose, with the
// decimals it has: "80 %", "0.1 %", "2.25 %".
func ExactRatio[T ~int64](r T) string {
	s := strconv.FormatInt(int64(r)/100, 10)
	switch frac := int64(r) % 100; {
	case frac == 0:
	case frac%10 == 0:
		s += "." + strconv.FormatInt(frac/10, 10)
	default:
		s += "." + strconv.FormatInt(frac/10, 10) + strconv.FormatInt(frac%10, 10)
	}
	return s + " %"
}

// WholePercent returns a share without decimals that says 0 % and
// 100 % only when that is exactly so: "<1 %", "40 %", ">99 %".
func WholePercent(part, whole int64) string {
	n, ok := perMille(part, whole)
	switch {
	case !ok:
		return ""
	case part == 0:
		return "0 %"
	case part == whole:
		return "100 %"
	case part > 0 && n < 10:
		return "<1 %"
	case part < whole && n > 990:
		return ">99 %"
	default:
		return strconv.FormatInt((n+5)/10, 10) + " %"
	}
}

// Seconds returns a span of time in its largest unit: "45 s", "30 min",
// "2 h", "46 d", "3.2 y".
func Seconds(n int64) string {
	const minute, hour, day, year = 60, 3600, 86400, 31557600
	switch {
	case n < 0:
		return Grouped(n) + " s"
	case n < 2*minute:
		return strconv.FormatInt(n, 10) + " s"
	case n < 2*hour:
		return strconv.FormatInt(n/minute, 10) + " min"
	case n < 2*day:
		return strconv.FormatInt(n/hour, 10) + " h"
	case n < 2*year:
		return strconv.FormatInt(n/day, 10) + " d"
	default:
		return Grouped(n/year) + "." + strconv.FormatInt(n%year*10/year, 10) + " y"
	}
}

// FullSeconds returns a span in its largest unit and, where that is no second, in
// seconds: "45 s", "46 d (4,016,547 s)".
func FullSeconds(n int64) string {
	short, exact := Seconds(n), Grouped(n)+" s"
	if short == exact {
		return short
	}
	return short + " (" + exact + ")"
}

// ExactSeconds returns a span that somebody chose, in the largest unit that it is
// a whole number of: "30 d", "90 s".
func ExactSeconds(n int64) string {
	for _, u := range [...]struct {
		seconds int64
		name    string
	}{{86400, " d"}, {3600, " h"}, {60, " min"}} {
		if n != 0 && n%u.seconds == 0 {
			return Grouped(n/u.seconds) + u.name
		}
	}
	return Grouped(n) + " s"
}

// Times returns a ratio in ten-thousandths as a multiple, with three digits:
// "1.25x", "31.4x", "1,250x".
func Times[T ~int64](r T) string {
	n, sign := magnitude(int64(r)), ""
	if r < 0 {
		sign = "-"
	}
	switch {
	case n < 10*10_000-50:
		n = (n + 50) / 100
		return sign + strconv.FormatUint(n/100, 10) + "." + strconv.FormatUint(n%100/10, 10) + strconv.FormatUint(n%10, 10) + "x"
	case n < 100*10_000-500:
		n = (n + 500) / 1000
		return sign + strconv.FormatUint(n/10, 10) + "." + strconv.FormatUint(n%10, 10) + "x"
	default:
		return sign + Grouped(int64((n+5000)/10_000)) + "x"
	}
}

// PreciseMoment returns a time to the millisecond: "2026-11-20 02:00:11.000Z".
func PreciseMoment[T ~int64](t T) string {
	b := AppendTime(nil, int64(t))
	b[10] = ' '
	return string(b)
}

// Moment returns a time to the second: "2026-11-20 02:00:11Z".
func Moment[T ~int64](t T) string { return string(AppendMoment(nil, int64(t))) }

// AppendMoment appends what Moment returns.
func AppendMoment(dst []byte, ms int64) []byte {
	if ms != ClampTime(ms) {
		if ms < 0 {
			return append(dst, "before the year 0"...)
		}
		return append(dst, "after the year 9999"...)
	}
	n := len(dst)
	dst = AppendTime(dst, ms)
	dst[n+10] = ' '
	return append(dst[:n+19], 'Z')
}

// AppendTime appends ms since the epoch as aggregate.Time prints them, without
// its allocation.
func AppendTime(dst []byte, ms int64) []byte {
	t := time.UnixMilli(ClampTime(ms)).UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	milli := t.Nanosecond() / 1e6
	dst = appendPair(appendPair(dst, year/100), year%100)
	dst = appendPair(append(dst, '-'), int(month))
	dst = appendPair(append(dst, '-'), day)
	dst = appendPair(append(dst, 'T'), hour)
	dst = appendPair(append(dst, ':'), minute)
	dst = appendPair(append(dst, ':'), second)
	dst = append(dst, '.', byte('0'+milli/100))
	return append(appendPair(dst, milli%100), 'Z')
}

// ClampTime keeps ms since the epoch within the years of RFC 3339, 0000 to 9999,
// as aggregate.Time does: an expiry may be any number, and a reader that turns
// ms into finer units would refuse a whole file for one wild one.
func ClampTime(ms int64) int64 {
	const (
		first = -62167219200000     // 0000-01-01
		last  = 253402300800000 - 1 // the end of 9999
	)
	return min(max(ms, first), last)
}

// appendPair appends two digits.
func appendPair(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}

// Plural returns a count with its noun: "1 key", "2,000 keys", "3 hashes",
// "4 entities".
func Plural(n int64, noun string) string {
	many := noun + "s"
	switch {
	case strings.HasSuffix(noun, "sh"):
		many = noun + "es"
	case strings.HasSuffix(noun, "ity"):
		many = strings.TrimSuffix(noun, "y") + "ies"
	}
	return PluralAs(n, noun, many)
}

// PluralAs returns a count with its noun in the one form or the other.
func PluralAs(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Grouped(n) + " " + many
}

// Signed returns a change as it is shown: "+4", "-4", "0".
func Signed(n int64, show func(int64) string) string {
	if n > 0 {
		return "+" + show(n)
	}
	return show(n)
}

// SignedPercent returns a change in percent with its sign, "" when there was
// nothing before or when the number says nothing.
func SignedPercent(part, whole int64) string {
	n, ok := perMille(part, whole)
	if !ok || n > 1_000_000 {
		return ""
	}
	if n > 0 {
		return "+" + tenths(n)
	}
	return tenths(n)
}
