// Package folded writes reports as folded stacks, which flamegraph.pl, inferno and
// speedscope draw.
package folded

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/internal/patterntree"
)

// WriteReport writes a line for each pattern: its levels, joined by ';', a blank, and
// what its keys take, in bytes of MEMORY USAGE. The lines add up to all keys. Types of
// one pattern share a line.
func WriteReport(w io.Writer, d *document.Document) error {
	var b bytes.Buffer
	patterntree.Of(&d.Report).Walk(func(n *patterntree.Node, above []*patterntree.Node) {
		if len(n.Rows) == 0 {
			return
		}
		var memory int64
		for _, r := range n.Rows {
			memory += r.Memory
		}
		for _, a := range above {
			b.WriteString(frame(a.Name))
			b.WriteByte(';')
		}
		b.WriteString(frame(n.Name))
		b.WriteByte(' ')
		b.WriteString(strconv.FormatInt(memory, 10))
		b.WriteByte('\n')
	})
	_, err := w.Write(b.Bytes())
	return err
}

// frame makes a level safe: a semicolon ends a frame, a number sign begins what some
// readers pass over, and a number behind a blank is taken for a value.
func frame(name string) string {
	name = string(escape.AppendPrintable(nil, name, false))
	if strings.IndexByte(name, ';') < 0 && strings.IndexByte(name, ' ') < 0 && !strings.HasPrefix(name, "#") {
		return name
	}
	var out strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == ';':
			out.WriteString(`\x3b`)
		case c == ' ' && (i == 0 || i+1 == len(name) || '0' <= name[i+1] && name[i+1] <= '9'):
			out.WriteString(`\x20`)
		case c == '#' && i == 0:
			out.WriteString(`\x23`)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
