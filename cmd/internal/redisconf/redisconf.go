// Package redisconf reads the syntax that redis.conf and AOF manifests share:
// one directive a line, arguments separated by blanks, quotes as in the C of
// the server (redis src/sds.c sdssplitargs, src/config.c loadServerConfigFromString).
package redisconf

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// maxLine bounds a line; the servers read lines of up to 1024 bytes, their
// rewritten configurations can have longer ones.
const maxLine = 64 << 10

// Line is one directive with its arguments.
type Line struct {
	Number int // from 1
	Args   []string
}

// Parse reads every directive of r. Empty lines and comments are left out. The
// error names the line.
func Parse(r io.Reader) ([]Line, error) {
	var lines []Line
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4096), maxLine)
	n := 0
	for s.Scan() {
		n++
		text := bytes.TrimSpace(s.Bytes())
		if n == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if len(text) == 0 || text[0] == '#' {
			continue
		}
		args, err := Split(string(text))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if len(args) > 0 {
			lines = append(lines, Line{Number: n, Args: args})
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n+1, err)
	}
	return lines, nil
}

var errQuotes = errors.New("unbalanced quotes")

// Split splits a line into arguments. Double quotes understand \n \r \t \a \b
// \xNN and a backslash before any other byte; single quotes only \'. A closing
// quote must be followed by a blank or the end.
func Split(line string) ([]string, error) {
	var args []string
	for i := 0; ; {
		for i < len(line) && isBlank(line[i]) {
			i++
		}
		if i == len(line) {
			return args, nil
		}
		var arg []byte
		for i < len(line) && !isBlank(line[i]) {
			switch c := line[i]; c {
			case '"', '\'':
				rest, n, ok := quoted(line[i+1:], c)
				if !ok {
					return nil, errQuotes
				}
				arg = append(arg, rest...)
				i += 1 + n
				if i < len(line) && !isBlank(line[i]) {
					return nil, errQuotes
				}
			default:
				arg = append(arg, c)
				i++
			}
		}
		args = append(args, string(arg))
	}
}

// quoted reads the inside of a quoted argument and its closing quote; n is the
// number of bytes read.
func quoted(s string, quote byte) (arg []byte, n int, ok bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == quote:
			return arg, i + 1, true
		case c != '\\' || i+1 == len(s):
			arg = append(arg, c)
		case quote == '\'':
			if s[i+1] == '\'' {
				i++
				c = '\''
			}
			arg = append(arg, c)
		case s[i+1] == 'x' && i+3 < len(s) && isHex(s[i+2]) && isHex(s[i+3]):
			v, _ := strconv.ParseUint(s[i+2:i+4], 16, 8)
			arg = append(arg, byte(v))
			i += 3
		default:
			i++
			switch c = s[i]; c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			case 'a':
				c = '\a'
			case 'b':
				c = '\b'
			}
			arg = append(arg, c)
		}
	}
	return nil, 0, false
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

var units = map[string]int64{
	"": 1, "b": 1,
	"k": 1e3, "kb": 1 << 10, "kib": 1 << 10, "ki": 1 << 10,
	"m": 1e6, "mb": 1 << 20, "mib": 1 << 20, "mi": 1 << 20,
	"g": 1e9, "gb": 1 << 30, "gib": 1 << 30, "gi": 1 << 30,
	"t": 1e12, "tb": 1 << 40, "tib": 1 << 40, "ti": 1 << 40,
}

// ParseSize reads a size in bytes as the servers do (src/util.c memtoull):
// 1k is 1000, 1kb is 1024, case does not matter; KiB, MiB, GiB and TiB are
// understood too, and a decimal fraction before a unit.
func ParseSize(s string) (int64, error) {
	text := strings.TrimSpace(s)
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || text[end] == '.') {
		end++
	}
	number, unit := text[:end], strings.ToLower(strings.TrimSpace(text[end:]))
	mul, ok := units[unit]
	if !ok || number == "" {
		return 0, fmt.Errorf("%q is not a size: want bytes, or a number with k, kb, m, mb, g, gb, KiB, MiB or GiB", s)
	}
	whole, fraction, dotted := strings.Cut(number, ".")
	if dotted && (unit == "" || unit == "b" || fraction == "" || whole == "" || len(fraction) > 3 || strings.Contains(fraction, ".")) {
		return 0, fmt.Errorf("%q is not a size: a fraction of up to three digits needs a unit", s)
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n >= math.MaxInt64/mul {
		return 0, fmt.Errorf("size %q is out of range", s)
	}
	n *= mul
	if dotted {
		part, scale := int64(0), int64(1)
		for _, d := range fraction {
			part, scale = part*10+int64(d-'0'), scale*10
		}
		n += part * mul / scale
	}
	return n, nil
}
