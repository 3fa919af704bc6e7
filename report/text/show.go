package text

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/inspect"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/units"
)

// WriteShow prints all about single keys: a block each, one line a fact, then what
// the key costs term by term, then how its value begins; folded to o.Width columns
// unless that is 0. Of o, Width and ASCII count.
func WriteShow(w io.Writer, d *document.Show, o Options) error {
	var b strings.Builder
	for i, k := range d.Keys {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(keyFacts(k, o.Width))
	}
	_, err := io.WriteString(w, o.plain(b.String()))
	return err
}

// keyFacts is the block of one key, folded to width columns unless that is 0.
func keyFacts(k *inspect.Key, width int) string {
	b, r := &facts{}, &k.Row
	fmt.Fprintf(b, "\"%s\"\n", parser.Escape(r.Key))
	line := parser.Escape([]byte(r.TypeName))
	if e := r.Size.Encoding.String(); e != line && r.DataType != parser.DataTypeModule {
		line += ", " + e
	}
	b.add("type", "%s", line)
	line = units.Grouped(r.Size.Bytes) + " bytes"
	if !r.Size.Exact {
		line += fmt.Sprintf(" ± %s", units.Grouped(r.Size.Error))
	}
	b.add("memory", "%s (MEMORY USAGE on %s, %s); %s allocated, %s of them rounding", line, k.Model.Server, k.Model.Allocator, units.Grouped(r.Size.Resident), units.Grouped(k.Waste))
	line = units.Grouped(r.Elements)
	if r.LongestElement >= 0 {
		line += fmt.Sprintf(", the longest of %s", units.Plural(r.LongestElement, "byte"))
	}
	b.add("elements", "%s", line)
	if r.HasExpiry {
		b.add("expires", "%s", aggregate.Time(r.Expiry))
	} else {
		b.add("expires", "never")
	}
	if r.IdleSeconds >= 0 {
		b.add("idle", "%s", units.FullSeconds(r.IdleSeconds))
	}
	if r.Freq >= 0 {
		b.add("freq", "%d", r.Freq)
	}
	b.add("slot", "%d", r.Slot)
	b.add("pattern", "%s", r.Pattern)
	b.add("in dump", "%s, db %d, %s at offset %d as %s", r.Source, r.DB, units.Plural(r.RDBBytes, "byte"), k.Offset, k.RDBType)
	b.terms(k.Terms, width)
	b.preview(&k.Preview)
	return folded(b.String(), width)
}

// terms prints what a key costs term by term. Where the place in the server's source
// has no room at the end of its line, it follows on one of its own.
func (f *facts) terms(terms []memory.Term, width int) {
	const figures, name, place = 21, 29, 26 // columns
	indent, below := factIndent, factIndent+figures
	narrow := width > 0 && slices.ContainsFunc(terms, func(t memory.Term) bool {
		return below+name+len(t.Source) > width
	})
	if narrow && below+place > width {
		indent, below = 4, 8
	}
	fmt.Fprintf(f, "  terms%*s  %7s\n", indent+3, "bytes", "waste")
	for _, t := range terms {
		line := fmt.Sprintf("%*s%10s  %7s  ", indent, "", units.Grouped(t.Bytes), units.Grouped(t.Waste))
		if !narrow {
			fmt.Fprintf(f, "%s%-*s%s\n", line, name, t.Name+" ", t.Source)
			continue
		}
		foldLine(&f.Builder, line+t.Name+"\n", indent+figures, width)
		foldLine(&f.Builder, strings.Repeat(" ", below)+t.Source+"\n", below, width)
	}
}

// preview prints how a value begins.
func (f *facts) preview(p *inspect.Preview) {
	head := "value"
	for i := range p.Items {
		f.add(head, "%s", item(&p.Items[i]))
		head = ""
	}
	if more := p.Of - int64(len(p.Items)); more > 0 && len(p.Items) > 0 {
		f.add("", "… and %s more", units.Grouped(more))
	}
	if p.Note != "" {
		f.add(head, "%s", p.Note)
	}
	head = "largest"
	for i := range p.Largest {
		f.add(head, "%s", sized(&p.Largest[i]))
		head = ""
	}
}

// item is one element of a value.
func item(it *inspect.Item) string {
	var s string
	switch {
	case it.Field != nil:
		s = excerpt(it.Field) + " = " + excerpt(it.Value)
	case it.Member != nil:
		s = excerpt(it.Member)
		if it.Score != "" {
			s = it.Score + "  " + s
		}
	case it.Index != nil:
		s = fmt.Sprintf("[%d] %s", *it.Index, excerpt(it.Value))
	default:
		s = excerpt(it.Value)
	}
	if it.Expiry != nil {
		s += " expires " + it.Expiry.String()
	}
	return s
}

// sized is one element, by its name, with what its texts have together.
func sized(it *inspect.Item) string {
	name := it.Field
	if name == nil {
		name = it.Member
	}
	switch {
	case name != nil:
		return fmt.Sprintf("%10s  %s", units.Plural(it.Size(), "byte"), excerpt(name))
	case it.Index != nil:
		return fmt.Sprintf("%10s  [%d] %s", units.Plural(it.Size(), "byte"), *it.Index, excerpt(it.Value))
	}
	return units.Plural(it.Size(), "byte")
}

// excerpt is the beginning of a text between quotation marks.
func excerpt(t *inspect.Text) string {
	switch {
	case t.Unknown:
		return fmt.Sprintf("(%s)", units.Plural(t.Bytes, "byte"))
	case t.Bytes > inspect.MaxText:
		return fmt.Sprintf("\"%s…\" (%s)", t.Text, units.Plural(t.Bytes, "byte"))
	}
	return `"` + t.Text + `"`
}
