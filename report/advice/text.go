package advice

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate"
)

// size returns bytes in a binary unit with at most two decimals, by integer
// arithmetic: "900 B", "1.5 MiB", "12.25 GiB".
func size(n int64) string {
	units := [...]string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	if n < 0 {
		return "-" + size(-max(n, -1<<62))
	}
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	u := 0
	for n >= 1<<20 && u < len(units)-1 {
		// Two decimals survive the shift: 2^10 parts of a unit are kept.
		n >>= 10
		u++
	}
	hundredths := (n*100 + 512) / 1024
	whole, frac := hundredths/100, hundredths%100
	switch {
	case frac == 0:
		return fmt.Sprintf("%d %s", whole, units[u])
	case frac%10 == 0:
		return fmt.Sprintf("%d.%d %s", whole, frac/10, units[u])
	default:
		return fmt.Sprintf("%d.%02d %s", whole, frac, units[u])
	}
}

// number returns n with commas between groups of three digits.
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

// count returns a number with its noun: "1 key", "2,000 keys".
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	switch {
	case strings.HasSuffix(noun, "sh"):
		return number(n) + " " + noun + "es"
	case strings.HasSuffix(noun, "ity"):
		return number(n) + " " + strings.TrimSuffix(noun, "y") + "ies"
	}
	return number(n) + " " + noun + "s"
}

// countAs returns a number with its noun in either form.
func countAs(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// verb returns the verb's form for n things: singular for one.
func verb(n int64, singular, plural string) string {
	if n == 1 {
		return singular
	}
	return plural
}

// percent returns a ratio with at most two decimals: "3 %", "0.1 %".
func percent(r aggregate.Ratio) string {
	whole, frac := int64(r)/100, int64(r)%100
	switch {
	case frac == 0:
		return fmt.Sprintf("%d %%", whole)
	case frac%10 == 0:
		return fmt.Sprintf("%d.%d %%", whole, frac/10)
	default:
		return fmt.Sprintf("%d.%02d %%", whole, frac)
	}
}

// days returns seconds as whole days, or hours below two days.
func days(seconds int64) string {
	if seconds < 2*86400 {
		return count(seconds/3600, "hour")
	}
	return count(seconds/86400, "day")
}

// line makes s fit for one line of text: what is not printable becomes \xNN.
// It leaves text alone that is escaped for display already.
func line(s string) string {
	clean := true
	for i, r := range s {
		if !unicode.IsPrint(r) || r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.IsPrint(r) && (r != utf8.RuneError || n > 1) {
			b.WriteString(s[i : i+n])
		} else {
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		}
		i += n
	}
	return b.String()
}

// clip is line, shortened to a title's share of runes.
func clip(s string) string {
	const most = 60
	s = line(s)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-3]) + "..."
}

// mulDiv returns a*b/c; a and b are not negative, c is positive and the result
// fits.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi >= uint64(c) {
		return 1<<63 - 1
	}
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(min(q, 1<<63-1))
}
