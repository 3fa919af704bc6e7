package probe

import (
	"bytes"
	"strconv"
	"time"
)

// Moments are looked for within 20 years before the dump's clock and a day
// behind it, in ms.
const (
	yearMs   = 365*dayMs + dayMs/4
	dayMs    = 24 * 3600 * 1000
	pastMs   = 20 * yearMs
	futureMs = dayMs
)

// changeWords are parts of field names that say when something was last used or
// changed; words that say when it began or will end are not among them.
var changeWords = [][]byte{
	[]byte("updat"), []byte("modif"), []byte("mtime"), []byte("atime"), []byte("seen"), []byte("access"), []byte("activ"),
	[]byte("touch"), []byte("visit"), []byte("login"), []byte("refresh"), []byte("synced"),
}

// changeNames are whole names that do.
var changeNames = [][]byte{[]byte("ts"), []byte("timestamp"), []byte("time")}

// isChangeField reports whether a field's name says that its value is the time
// of the last use or change.
func isChangeField(name []byte) bool {
	if len(name) == 0 || len(name) > 40 {
		return false
	}
	var buf [40]byte
	low := buf[:len(name)]
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		low[i] = c
	}
	for _, w := range changeWords {
		if bytes.Contains(low, w) {
			return true
		}
	}
	for _, w := range changeNames {
		if bytes.Equal(low, w) {
			return true
		}
	}
	return false
}

// stamp reads a point in time near the clock: Unix seconds, with a fraction or
// not, milliseconds, microseconds, or ISO 8601. 0 when the text is none.
func stamp(text []byte, clock int64) int64 {
	if clock <= 0 || len(text) < 10 || len(text) > 40 {
		return 0
	}
	near := func(ms int64) int64 {
		if ms > clock-pastMs && ms <= clock+futureMs {
			return ms
		}
		return 0
	}
	digits := text
	if dot := bytes.IndexByte(text, '.'); dot == 10 && isNumber(text) {
		digits = text[:dot]
	}
	if n, err := strconv.ParseInt(string(digits), 10, 64); err == nil {
		switch len(digits) {
		case 10:
			return near(n * 1000)
		case 13:
			return near(n)
		case 16:
			return near(n / 1000)
		}
		return 0
	}
	if text[4] != '-' || text[7] != '-' {
		return 0
	}
	s := string(text)
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return near(t.UnixMilli())
		}
	}
	return 0
}
