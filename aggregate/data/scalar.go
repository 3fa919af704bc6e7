package data

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Time is a point in time in ms since the epoch; JSON shows RFC 3339 UTC with ms.
type Time int64

// RFC 3339 has four digits for a year: what is beyond (an expiry may be any
// number) is shown as the first or the last time it can write.
const (
	minTime Time = -62167219200000     // 0000-01-01
	MaxTime Time = 253402300800000 - 1 // the end of 9999
)

// timeLayouts are what ParseTime reads.
var timeLayouts = [...]string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly}

// ParseTime reads a date, or a date and a time to the minute or the second, in UTC
// unless it says otherwise.
func ParseTime(s string) (t Time, ok bool) {
	for _, layout := range timeLayouts {
		if v, err := time.Parse(layout, s); err == nil {
			return Time(v.UnixMilli()), true
		}
	}
	return 0, false
}

// String returns RFC 3339 in UTC with milliseconds.
func (t Time) String() string {
	return time.UnixMilli(int64(min(max(t, minTime), MaxTime))).UTC().Format("2006-01-02T15:04:05.000Z")
}

// MarshalText implements encoding.TextMarshaler.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Time) UnmarshalText(b []byte) error {
	v, err := time.Parse(time.RFC3339, string(b))
	if err != nil {
		return err
	}
	*t = Time(v.UnixMilli())
	return nil
}

// Ratio is a share in ten-thousandths, made by integer arithmetic; JSON shows
// it as a number with four decimals.
type Ratio int64

// RatioOf returns part/whole rounded half up; 0 when whole is 0.
func RatioOf(part, whole int64) Ratio {
	if whole <= 0 {
		return 0
	}
	hi, lo := part/whole, part%whole
	// lo*10000 may overflow for sizes over 900 TB: scale both down first.
	for lo > 1<<49 {
		lo >>= 1
		whole >>= 1
	}
	return Ratio(hi*10000 + (lo*10000+whole/2)/whole)
}

// MarshalJSON implements json.Marshaler.
func (r Ratio) MarshalJSON() ([]byte, error) {
	sign, m := "", uint64(r)
	if r < 0 {
		sign, m = "-", -m // the smallest has a magnitude too
	}
	return fmt.Appendf(nil, "%s%d.%04d", sign, m/10000, m%10000), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Ratio) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return err
	}
	*r = Ratio(math.Round(f * 10000))
	return nil
}
