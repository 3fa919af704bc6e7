package parser_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
	"github.com/rdblens/rdblens/parser/rdbtest/datadriven"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata/layout")

// TestLayouts reads what the files in testdata/layout spell byte by byte. Their
// commands:
//
//	value type=NAME    the bytes of one value: what its head says, then all of it
//	dump               a whole source: its header, keys and end
//	lzf n=N            an LZF stream: the first N bytes of its contents
//
// Bytes are pairs of hex digits, 00*16 for many, or texts in quotation marks; what
// follows a semicolon is a comment.
func TestLayouts(t *testing.T) {
	datadriven.RunDir(t, filepath.Join("testdata", "layout"), *update, func(t *testing.T, c *datadriven.Case) string {
		input := spelled(t, c)
		switch c.Cmd {
		case "value":
			return layoutOfValue(t, c, input)
		case "dump":
			return layoutOfDump(input)
		case "lzf":
			text, _ := c.Arg("n")
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			if contents, ok := parser.InflateLZF(nil, input, n); ok {
				return strconv.QuoteToASCII(string(contents))
			}
			return "no"
		}
		t.Fatalf("%s:%d: no command %s", c.Path, c.Line, c.Cmd)
		return ""
	})
}

// spelled returns the bytes that the input of a case spells.
func spelled(t *testing.T, c *datadriven.Case) (p []byte) {
	t.Helper()
	for line := range strings.Lines(c.Input) {
		for line = strings.TrimSpace(line); line != "" && line[0] != ';'; line = strings.TrimSpace(line) {
			if line[0] == '"' {
				quoted, err := strconv.QuotedPrefix(line)
				if err != nil {
					t.Fatalf("%s:%d: %s: %v", c.Path, c.Line, line, err)
				}
				text, _ := strconv.Unquote(quoted)
				p, line = append(p, text...), line[len(quoted):]
				continue
			}
			word := line
			if end := strings.IndexAny(line, " ;"); end >= 0 {
				word = line[:end]
			}
			line = line[len(word):]
			pair, times, many := strings.Cut(word, "*")
			b, err := strconv.ParseUint(pair, 16, 8)
			n := 1
			if err == nil && many {
				n, err = strconv.Atoi(times)
			}
			if err != nil || len(pair) != 2 {
				t.Fatalf("%s:%d: %q is no byte", c.Path, c.Line, word)
			}
			p = append(p, bytes.Repeat([]byte{byte(b)}, n)...)
		}
	}
	return p
}

// layoutOfValue reads a value of the type that the case names, behind a template of
// two fields, by its head and with its contents.
func layoutOfValue(t *testing.T, c *datadriven.Case, value []byte) string {
	name, _ := c.Arg("type")
	var info *parser.TypeInfo
	for row := range parser.Types() {
		if row.Name == name {
			info = &row
		}
	}
	if info == nil {
		t.Fatalf("%s:%d: no type %q", c.Path, c.Line, name)
	}
	w := rdbtest.Redis(15)
	switch info.Dialect {
	case parser.DialectValkey:
		w = rdbtest.Valkey(81)
	case parser.DialectDragonfly:
		w.Aux("df-ver", "1")
	case parser.DialectKeyDB:
		w = rdbtest.Redis(9)
	case parser.DialectROR:
		w = rdbtest.Redis(12).Aux("gtid-repl-mode", "psync")
	}
	if info.Dialect == parser.DialectRedis {
		w.HashTemplate(1, "a", "bb")
	}
	w.SelectDB(0).Raw(info.Code()).Str(rdbtest.Plain("k"))
	from := w.Offset()
	dump := w.Raw(value...).EOF().Bytes()

	var out strings.Builder
	head := parser.NewReader(bytes.NewReader(dump), parser.Options{})
	for k := range head.Keys() {
		if !k.Is(parser.More) {
			fmt.Fprintf(&out, "head: %s\n", layoutFacts(k))
		}
	}
	all := parser.NewReader(bytes.NewReader(dump), parser.Options{WalkAll: true, Hooks: hooked(parser.Hooks{
		Key: func(*parser.Key) int { return 1 << 16 },
	})})
	for k := range all.All() {
		var elements strings.Builder
		for e := range k.Elements() {
			fmt.Fprintf(&elements, "  %s\n", layoutElement(k, e))
		}
		if k.Finish(); !k.Is(parser.More) {
			fmt.Fprintf(&out, "all:  %s\n", layoutFacts(k.Key))
		}
		out.WriteString(elements.String())
	}
	a, b := layoutEnd(head, from), layoutEnd(all, from)
	if a != b {
		a = "head: " + strings.ReplaceAll(a, "\n", "\nhead: ")
		b = "all:  " + strings.ReplaceAll(b, "\n", "\nall:  ")
		return out.String() + strings.TrimSuffix(a, "head: ") + strings.TrimSuffix(b, "all:  ")
	}
	return out.String() + a
}

// layoutFacts are the facts of a key in one line.
func layoutFacts(k *parser.Key) string {
	s := fmt.Sprintf("%v, %d of %d bytes", k.Type, k.Count, k.Size)
	if k.Len != 0 {
		s += fmt.Sprintf(", len %d", k.Len)
	}
	if k.Is(parser.Compressed) {
		s += fmt.Sprintf(", stored in %d", k.Stored)
	}
	if k.IntClass != parser.NotInt {
		s += fmt.Sprintf(", %s %d", layoutClass(k.IntClass), k.Int)
	}
	if k.Is(parser.HasValue) {
		s += ", " + parser.Quote(k.Value)
	}
	if k.Is(parser.Walked) {
		s += ", walked"
	}
	if m := k.Module; m != nil {
		s += fmt.Sprintf(", module %s %d", m.Name, m.Version)
		if m.Vector != nil {
			s += fmt.Sprintf(" %+v", *m.Vector)
		}
	}
	if st := k.Stream; st != nil {
		s += fmt.Sprintf(", %+v", *st)
	}
	if k.Is(parser.HasExpiry) {
		s += fmt.Sprintf(", expires %d", k.Expiry)
	}
	if k.Is(parser.HasIdle) {
		s += fmt.Sprintf(", idle %d", k.Idle)
	}
	if k.Is(parser.HasFreq) {
		s += fmt.Sprintf(", freq %d", k.Freq)
	}
	if k.Metas > 0 {
		s += fmt.Sprintf(", %d metadata", k.Metas)
	}
	return s
}

func layoutClass(c parser.IntClass) string {
	return [...]string{"text", "int4", "int7", "int8", "int13", "int16", "int24", "int32", "int64"}[c]
}

// layoutElement describes an element in one line.
func layoutElement(k *parser.Item, e *parser.Element) string {
	own := layoutText(e.Len, e.Int, k.Bytes(e), e.Is(parser.FlagBytes), e.Is(parser.FlagLZF))
	value := func() string {
		return layoutText(e.ValueLen(), e.ValueInt, k.ValueBytes(e), e.Is(parser.FlagValueBytes), e.Is(parser.FlagValueLZF))
	}
	id := func() string {
		ms, seq := e.ID()
		return fmt.Sprintf("%d-%d", ms, seq)
	}
	switch e.Kind {
	case parser.KindNode:
		s := fmt.Sprintf("node of %d bytes", e.Len)
		if e.Is(parser.FlagPlain) {
			s = "plain " + s
		}
		if n := e.StoredLen(); n > 0 {
			s += fmt.Sprintf(" stored in %d", n)
		}
		return s + fmt.Sprintf(": %d entries", e.Entries())
	case parser.KindStreamNode:
		return fmt.Sprintf("node %s of %d bytes", id(), e.Len)
	case parser.KindGroup:
		return "group " + own
	case parser.KindPending:
		return fmt.Sprintf("pending %s, delivered %d", id(), e.DeliveryTime())
	case parser.KindConsumer:
		return "consumer " + own
	case parser.KindConsumerPending:
		return "pending of it " + id()
	case parser.KindNack:
		return "nack " + id()
	case parser.KindProducer:
		return "producer " + own
	case parser.KindProducerEntry:
		return fmt.Sprintf("iid of %d bytes for %s", e.Len, id())
	case parser.KindVector:
		return fmt.Sprintf("vector of %s, attributes of %d bytes, %d links", own, e.ValueLen(), e.LinkSlots())
	}
	switch k.Type.DataType() {
	case parser.DataTypeHash:
		s := own + " = " + value()
		if e.Is(parser.FlagTTL) {
			s += fmt.Sprintf(", expires %d", e.FieldTTL())
		}
		return s
	case parser.DataTypeZset:
		if e.Is(parser.FlagScore) {
			return own + " at " + strconv.FormatFloat(e.Score(), 'g', -1, 64)
		}
		return own + " at " + value()
	case parser.DataTypeArray:
		return fmt.Sprintf("[%d] tag %d, %s", e.Index(), e.SlotTag(), own)
	}
	return own
}

// layoutText describes a text by its bytes where they are kept, or by its length.
func layoutText(n int64, class parser.IntClass, b []byte, kept, lzf bool) string {
	s := fmt.Sprintf("%d bytes", n)
	if kept {
		s = parser.Quote(b)
	}
	if class != parser.NotInt {
		s += " " + layoutClass(class)
	}
	if lzf {
		s += " LZF"
	}
	return s
}

// layoutEnd says how reading ended and what was warned of, with offsets from from.
func layoutEnd(r *parser.Reader, from int64) string {
	var out strings.Builder
	for _, w := range r.Info().Warnings {
		fmt.Fprintf(&out, "warning at %d: %s, %d times: %s\n", w.Offset-from, w.Code, w.Count, w.Text)
	}
	var e *parser.Error
	if errors.As(r.Err(), &e) {
		fmt.Fprintf(&out, "error at %d: %s: %v\n", e.Offset-from, e.Op, e.Err)
	}
	return out.String()
}

// layoutOfDump reads a whole source.
func layoutOfDump(source []byte) string {
	var out strings.Builder
	r := parser.NewReader(bytes.NewReader(source), parser.Options{})
	if h, _ := r.Header(); h != nil {
		fmt.Fprintf(&out, "%s: version %d of %v\n", h.Magic, h.Version, h.Dialect)
		for _, a := range h.Aux {
			fmt.Fprintf(&out, "aux %s = %s\n", parser.Quote([]byte(a.Key)), parser.Quote([]byte(a.Value)))
		}
	}
	for k := range r.Keys() {
		fmt.Fprintf(&out, "db %d, @%d %s: %s\n", k.DB, k.Offset, parser.Quote(k.Name), layoutFacts(k))
	}
	in := r.Info()
	if in.Magic != "" {
		fmt.Fprintf(&out, "from %d to %d, checksum %v\n", in.Start, in.End, in.Checksum)
	}
	for _, d := range in.Databases {
		fmt.Fprintf(&out, "%+v\n", d)
	}
	for op, n := range in.Opcodes {
		if n > 0 {
			fmt.Fprintf(&out, "opcode %s: %d\n", parser.OpcodeName(byte(op), in.Dialect), n)
		}
	}
	for _, m := range in.ModuleAux {
		fmt.Fprintf(&out, "section %+v\n", m)
	}
	if in.Functions > 0 {
		fmt.Fprintf(&out, "%d functions of %d bytes\n", in.Functions, in.FunctionBytes)
	}
	if in.Tail.Kind != "" {
		fmt.Fprintf(&out, "tail %+v\n", in.Tail)
	}
	return out.String() + layoutEnd(r, 0)
}
