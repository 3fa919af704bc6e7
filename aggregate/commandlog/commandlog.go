// Package commandlog counts the commands of an append-only file (AOF): by command and
// by pattern of key, in one pass and constant memory. It replays nothing.
package commandlog

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
)

// Bounds against crafted files: what does not fit is counted as Other.
const (
	maxCommands = 1 << 10 // names of commands
	maxPatterns = 1 << 14 // patterns while counting
	maxRows     = 100     // rows of a list in the result
	maxName     = 64      // bytes of a command's name
	maxKey      = 64 << 10
)

// Other is the row of what does not fit into a list.
const Other = "[other]"

// Is reports whether head begins an append-only file that holds no dump: a command, or
// the note of a time (aof-timestamp-enabled).
func Is(head []byte) bool {
	if bytes.HasPrefix(head, []byte("#TS:")) {
		return true
	}
	line, _, ok := bytes.Cut(head, []byte("\r\n"))
	return ok && len(line) > 1 && line[0] == '*' && len(bytes.Trim(line[1:], "0123456789")) == 0
}

// Counter counts commands. Its zero value is ready.
type Counter struct {
	commands, deletions, expiries int64
	bytes                         int64
	databases                     int64
	byCommand, patterns           map[string]*data.CommandCount
	err                           error
}

// Read counts the commands of r to its end. A command that is cut off, or bytes that
// are none, end the counting: the result says so. What is returned is an error of r.
func (c *Counter) Read(r io.Reader) error {
	if c.byCommand == nil {
		c.byCommand, c.patterns = map[string]*data.CommandCount{}, map[string]*data.CommandCount{}
	}
	in := &reader{r: bufio.NewReaderSize(r, 256<<10)}
	for {
		err := c.command(in)
		switch {
		case err == nil:
			c.bytes += in.n
			continue
		case err == io.EOF && in.n == 0:
			return nil
		case errors.Is(err, errProtocol), err == io.EOF:
			if c.err == nil {
				what := "is no command"
				if err == io.EOF {
					what = "is cut off"
				}
				c.err = fmt.Errorf("what stands at offset %d %s", c.bytes, what)
			}
			// The rest counts as bytes: how much is not known here must not look small.
			rest, err := io.Copy(io.Discard, in.r)
			c.bytes += in.n + rest
			return err
		default:
			return err
		}
	}
}

var errProtocol = errors.New("not the protocol")

// reader reads the protocol: *<n> CR LF, and n times $<bytes> CR LF, bytes, CR LF.
type reader struct {
	r *bufio.Reader
	n int64 // bytes of the open command
}

// number reads a number behind its sign.
func (in *reader) number(sign byte) (int64, error) {
	line, err := in.r.ReadSlice('\n')
	in.n += int64(len(line))
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return 0, errProtocol
	case err != nil:
		return 0, err
	case len(line) < 4 || line[0] != sign || line[len(line)-2] != '\r':
		return 0, errProtocol
	}
	n, err := strconv.ParseUint(string(line[1:len(line)-2]), 10, 62)
	if err != nil {
		return 0, errProtocol
	}
	return int64(n), nil
}

// argument reads an argument and keeps up to limit bytes of it in dst.
func (in *reader) argument(dst []byte, limit int) ([]byte, error) {
	n, err := in.number('$')
	if err != nil {
		return dst, err
	}
	take := int(min(n, int64(limit)))
	dst = slices.Grow(dst, take)[:len(dst)+take]
	got, err := io.ReadFull(in.r, dst[len(dst)-take:])
	in.n += int64(got)
	if err == nil {
		var rest int64
		rest, err = io.CopyN(io.Discard, in.r, n-int64(take))
		in.n += rest
	}
	if err != nil {
		return dst, cut(err)
	}
	var end [2]byte
	if got, err = io.ReadFull(in.r, end[:]); err == nil && end != [2]byte{'\r', '\n'} {
		err = errProtocol
	}
	in.n += int64(got)
	return dst, cut(err)
}

func cut(err error) error {
	if err == io.ErrUnexpectedEOF {
		return io.EOF
	}
	return err
}

// command reads one command, or one annotation.
func (c *Counter) command(in *reader) error {
	in.n = 0
	head, err := in.r.Peek(1)
	if err != nil {
		return err
	}
	if head[0] == '#' {
		for {
			line, err := in.r.ReadSlice('\n')
			in.n += int64(len(line))
			if !errors.Is(err, bufio.ErrBufferFull) {
				return err
			}
		}
	}
	args, err := in.number('*')
	if err != nil {
		return err
	}
	if args == 0 {
		return nil
	}
	word, err := in.argument(nil, maxName)
	if err != nil {
		return err
	}
	name := string(bytes.ToUpper(word))
	s := specOf(name)
	var keys [][]byte // a few: of a longer list the others are only counted
	var deletions int64
	for i := int64(1); i < args; i++ {
		limit := 0
		switch {
		case i == s.key, s.all && len(keys) < maxKeys:
			limit = maxKey
		case name == "SELECT" && i == 1:
			limit = 20
		}
		arg, err := in.argument(nil, limit)
		if err != nil {
			return err
		}
		if name == "SELECT" {
			if db, err := strconv.ParseInt(string(arg), 10, 32); err == nil && db >= 0 {
				c.databases = max(c.databases, db+1)
			}
		} else if limit > 0 {
			keys = append(keys, arg)
		}
		if s.deletes {
			deletions++
		}
	}
	c.count(name, &s, keys, deletions, in.n)
	return nil
}

// maxKeys is of how many keys of one command the patterns are counted.
const maxKeys = 1 << 10

// count adds a command of size bytes.
func (c *Counter) count(name string, s *spec, keys [][]byte, deletions, size int64) {
	if s.frame {
		return
	}
	one := data.CommandCount{Commands: 1, Bytes: size, Deletions: deletions}
	if s.expires {
		one.Expiries = 1
	}
	c.commands++
	c.deletions += one.Deletions
	c.expiries += one.Expiries
	add(c.byCommand, maxCommands, parser.Escape([]byte(name)), &one)
	if len(keys) == 0 {
		return
	}
	// Of several keys each has its share of the bytes, and the first one the rest.
	each := size / int64(len(keys))
	for i, key := range keys {
		part := data.CommandCount{Commands: 1, Bytes: each, Expiries: one.Expiries}
		if i == 0 {
			part.Bytes = size - each*int64(len(keys)-1)
		} else {
			part.Commands = 0
		}
		if s.deletes {
			part.Deletions = 1
		}
		add(c.patterns, maxPatterns, string(keyname.PatternOf(key)), &part)
	}
}

func add(list map[string]*data.CommandCount, limit int, name string, one *data.CommandCount) {
	x := list[name]
	if x == nil && len(list) >= limit {
		name = Other
		x = list[name]
	}
	if x == nil {
		x = &data.CommandCount{Name: name}
		list[name] = x
	}
	plus(x, one)
}

func plus(x, o *data.CommandCount) {
	x.Commands += o.Commands
	x.Bytes += o.Bytes
	x.Deletions += o.Deletions
	x.Expiries += o.Expiries
}

// Log returns what was counted.
func (c *Counter) Log(name string) data.CommandLog {
	l := data.CommandLog{
		Name: name, Commands: c.commands, Bytes: c.bytes, Deletions: c.deletions, Expiries: c.expiries,
		Databases: c.databases, ByCommand: rows(c.byCommand), Patterns: rows(c.patterns),
	}
	if c.err != nil {
		l.Error = c.err.Error()
	}
	return l
}

// rows puts the largest first, and what is too much into one row at the end.
func rows(list map[string]*data.CommandCount) []data.CommandCount {
	out := make([]data.CommandCount, 0, len(list))
	other := data.CommandCount{Name: Other}
	for name, x := range list {
		if name == Other {
			plus(&other, x)
			continue
		}
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b data.CommandCount) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Commands, a.Commands), cmp.Compare(a.Name, b.Name))
	})
	if len(out) > maxRows {
		for i := range out[maxRows:] {
			plus(&other, &out[maxRows+i])
		}
		out = out[:maxRows]
	}
	if other.Commands > 0 || other.Bytes > 0 {
		out = append(out, other)
	}
	return out
}
