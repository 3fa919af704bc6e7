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
	without  []*regexp.Regexp // names that match are not wanted
	min, max int64            // bytes of MEMORY USAGE
	elements int64            // at least
	ttl      ttlFilter
	ttlSpan  int64 // ms; of ttlBefore and ttlAfter ms since 1970
	idle     ttlFilter
	idleSpan int64 // ms
}

type ttlFilter uint8

const (
	ttlAll ttlFilter = iota
	ttlNone
	ttlAny
	ttlExpired
	ttlBelow
	ttlAbove
	ttlBefore
	ttlAfter
)

// Compile checks filters; the error names the one that is wrong.
func Compile(f *data.Filters) (*Filter, error) {
	c := &Filter{db: f.DB, min: f.MinSize, max: f.MaxSize, elements: f.MinElements}
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
	var err error
	if c.regex, err = compile("filter regex", f.Regex); err != nil {
		return nil, err
	}
	if c.without, err = compile("filter exclude-regex", f.ExcludeRegex); err != nil {
		return nil, err
	}
	if f.MinSize < 0 || f.MaxSize < 0 || f.MaxSize > 0 && f.MinSize > f.MaxSize {
		return nil, fmt.Errorf("filter size: no size is at least %d and at most %d", f.MinSize, f.MaxSize)
	}
	if f.MinElements < 0 {
		return nil, fmt.Errorf("filter elements: at least %d", f.MinElements)
	}
	if c.ttl, c.ttlSpan, err = parseTTL(f.TTL); err != nil {
		return nil, err
	}
	if f.Idle != "" {
		if c.idle, c.idleSpan, err = parseSpan("filter idle", "<DURATION or >DURATION", f.Idle); err != nil {
			return nil, err
		}
	}
	c.Active = f.Any()
	return c, nil
}

func compile(what string, list []string) (out []*regexp.Regexp, err error) {
	for _, r := range list {
		re, err := regexp.Compile(r)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", what, r, err)
		}
		out = append(out, re)
	}
	return out, nil
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
	if at, ok := data.ParseTime(strings.TrimSpace(s[1:])); ok && s[0] == '<' {
		return ttlBefore, int64(at), nil
	} else if ok && s[0] == '>' {
		return ttlAfter, int64(at), nil
	}
	return parseSpan("filter ttl", "none, any, expired, and < or > before a duration or a date", s)
}

// parseSpan reads <DURATION or >DURATION.
func parseSpan(what, want, s string) (ttlFilter, int64, error) {
	kind := ttlBelow
	if s[0] == '>' {
		kind = ttlAbove
	} else if s[0] != '<' {
		return 0, 0, fmt.Errorf("%s %q: want %s", what, s, want)
	}
	ms, err := parseDuration(strings.TrimSpace(s[1:]))
	if err != nil {
		return 0, 0, fmt.Errorf("%s %q: %w", what, s, err)
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
	case ttlBefore:
		if !has || k.Expiry >= f.ttlSpan {
			return false
		}
	case ttlAfter:
		if !has || k.Expiry <= f.ttlSpan {
			return false
		}
	}
	switch f.idle {
	case ttlBelow:
		if !k.Is(parser.HasIdle) || idleMs(k) >= f.idleSpan {
			return false
		}
	case ttlAbove:
		if !k.Is(parser.HasIdle) || idleMs(k) <= f.idleSpan {
			return false
		}
	}
	if k.Is(parser.NameTruncated) { // see LongNames
		return k.Named&1 == 0
	}
	for _, g := range f.exclude {
		if g.Match(k.Name) {
			return false
		}
	}
	if len(f.without) > 0 && slices.ContainsFunc(f.without, func(re *regexp.Regexp) bool { return re.Match(k.Name) }) {
		return false
	}
	if len(f.match) > 0 && !slices.ContainsFunc(f.match, func(g keyname.Glob) bool { return g.Match(k.Name) }) {
		return false
	}
	if len(f.regex) > 0 && !slices.ContainsFunc(f.regex, func(re *regexp.Regexp) bool { return re.Match(k.Name) }) {
		return false
	}
	return true
}

// idleMs is the idle time of a key, which a dump has in seconds.
func idleMs(k *parser.Key) int64 { return min(k.Idle, math.MaxInt64/1000) * 1000 }

// WantSize judges the size of a key, bytes of MEMORY USAGE, and the number of its
// elements.
func (f *Filter) WantSize(n, elements int64) bool {
	return n >= f.min && (f.max == 0 || n <= f.max) && elements >= f.elements
}
