// Package filter judges which keys are counted: data.Filters in a form that is
// asked once a key.
package filter

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
)

// Filter is the compiled form of data.Filters. Values of one field are
// alternatives, fields are conditions that must all hold.
type Filter struct {
	Active   bool // some key may not be wanted
	db       []int32
	types    []string
	match    []keyname.Glob
	exclude  []keyname.Glob
	regex    []*regexp.Regexp
	min, max int64 // bytes of MEMORY USAGE
	ttl      ttlFilter
	ttlSpan  int64 // ms
}

type ttlFilter uint8

const (
	ttlAll ttlFilter = iota
	ttlNone
	ttlAny
	ttlExpired
	ttlBelow
	ttlAbove
)

// Compile checks filters; the error names the one that is wrong.
func Compile(f *data.Filters) (*Filter, error) {
	c := &Filter{db: f.DB, min: f.MinSize, max: f.MaxSize}
	for _, g := range f.Match {
		c.match = append(c.match, keyname.Glob(g))
	}
	for _, g := range f.Exclude {
		c.exclude = append(c.exclude, keyname.Glob(g))
	}
	for _, t := range f.Type {
		if t == "" {
			return nil, errors.New("filter type: empty name")
		}
		c.types = append(c.types, t)
	}
	for _, r := range f.Regex {
		re, err := regexp.Compile(r)
		if err != nil {
			return nil, fmt.Errorf("filter regex %q: %w", r, err)
		}
		c.regex = append(c.regex, re)
	}
	if f.MinSize < 0 || f.MaxSize < 0 || f.MaxSize > 0 && f.MinSize > f.MaxSize {
		return nil, fmt.Errorf("filter size: no size is at least %d and at most %d", f.MinSize, f.MaxSize)
	}
	var err error
	if c.ttl, c.ttlSpan, err = parseTTL(f.TTL); err != nil {
		return nil, err
	}
	c.Active = len(c.db)+len(c.types)+len(c.match)+len(c.exclude)+len(c.regex) > 0 || c.min > 0 || c.max > 0 || c.ttl != ttlAll
	return c, nil
}

func parseTTL(s string) (ttlFilter, int64, error) {
	switch s {
	case "":
		return ttlAll, 0, nil
	case "none":
		return ttlNone, 0, nil
	case "any":
		return ttlAny, 0, nil
	case "expired":
		return ttlExpired, 0, nil
	}
	kind := ttlBelow
	if s[0] == '>' {
		kind = ttlAbove
	} else if s[0] != '<' {
		return 0, 0, fmt.Errorf("filter ttl %q: want none, any, expired, <DURATION or >DURATION", s)
	}
	ms, err := parseDuration(strings.TrimSpace(s[1:]))
	if err != nil {
		return 0, 0, fmt.Errorf("filter ttl %q: %w", s, err)
	}
	return kind, ms, nil
}

// parseDuration reads "90s", "1h30m", "7d", "2w" or plain seconds, in ms.
func parseDuration(s string) (int64, error) {
	units := map[string]int64{"ms": 1, "": 1000, "s": 1000, "m": 60_000, "h": 3600_000, "d": 86400_000, "w": 7 * 86400_000}
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
	if s == "" {
		return 0, errors.New("no duration")
	}
	var total int64
	for s != "" {
		n := len(s) - len(strings.TrimLeftFunc(s, isDigit))
		v, err := strconv.ParseInt(s[:n], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("duration %q: want numbers with ms, s, m, h, d or w", s)
		}
		s = s[n:]
		e := strings.IndexFunc(s, isDigit)
		if e < 0 {
			e = len(s)
		}
		unit, ok := units[s[:e]]
		if !ok || unit == 1000 && e == 0 && total > 0 {
			return 0, fmt.Errorf("duration: unknown unit %q", s[:e])
		}
		s = s[e:]
		if v > (math.MaxInt64-total)/unit {
			return 0, errors.New("duration: too long")
		}
		total += v * unit
	}
	return total, nil
}

// WantKey judges what is known before a key is sized. typeName is what TYPE
// prints, clk the time of the source.
func (f *Filter) WantKey(k *parser.Key, typeName string, clk sketch.Clock) bool {
	if !f.Active {
		return true
	}
	if len(f.db) > 0 && !slices.Contains(f.db, k.DB) {
		return false
	}
	if len(f.types) > 0 && !slices.Contains(f.types, typeName) && !slices.Contains(f.types, k.Type.DataType().String()) {
		return false
	}
	has := k.Is(parser.HasExpiry)
	switch f.ttl {
	case ttlNone:
		if has {
			return false
		}
	case ttlAny:
		if !has {
			return false
		}
	case ttlExpired:
		if !has || !clk.Expired(k.Expiry) {
			return false
		}
	case ttlBelow:
		if !has || !clk.Known || k.Expiry < clk.Ms || k.Expiry-clk.Ms >= f.ttlSpan {
			return false
		}
	case ttlAbove:
		if !has || !clk.Known || k.Expiry < clk.Ms || k.Expiry-clk.Ms <= f.ttlSpan {
			return false
		}
	}
	for _, g := range f.exclude {
		if g.Match(k.Name) {
			return false
		}
	}
	if len(f.match) > 0 && !slices.ContainsFunc(f.match, func(g keyname.Glob) bool { return g.Match(k.Name) }) {
		return false
	}
	if len(f.regex) > 0 && !slices.ContainsFunc(f.regex, func(re *regexp.Regexp) bool { return re.Match(k.Name) }) {
		return false
	}
	return true
}

// WantSize judges the size of a key, bytes of MEMORY USAGE.
func (f *Filter) WantSize(n int64) bool { return n >= f.min && (f.max == 0 || n <= f.max) }
