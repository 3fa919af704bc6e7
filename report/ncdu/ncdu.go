// Package ncdu writes reports as exports of ncdu, the disk usage browser: ncdu -f and
// gdu -f open them. Prefixes of patterns are its directories.
package ncdu

import (
	"bytes"
	"io"
	"strings"

	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/internal/linebuf"
	"github.com/rdblens/rdblens/report/internal/patterntree"
	"github.com/rdblens/rdblens/report/units"
)

// WriteReport writes version 1.2 of the export (https://dev.yorhel.nl/ncdu/jsonfmt): a
// directory for each prefix of a pattern, and in it a file for each type of the keys
// that end there, called "[string, 3,008 keys]". Both sizes of a file, apparent and on
// disk, are bytes of MEMORY USAGE; files add up to all keys.
func WriteReport(w io.Writer, d *document.Document) error {
	b := new(bytes.Buffer)
	b.WriteString(`[1,2,{"progname":"rdblens","progver":`)
	text(b, d.Tool.Version)
	if t := savedAt(d); t > 0 {
		b.WriteString(`,"timestamp":`)
		b.Write(linebuf.AppendInt(nil, t))
	}
	b.WriteString("},\n")
	directory(b, patterntree.Of(&d.Report), rootName(d))
	b.WriteString("]\n")
	_, err := w.Write(b.Bytes())
	return err
}

// rootName is what the whole is called: no path of any machine, in case that a browser
// deletes what it shows.
func rootName(d *document.Document) string {
	name := units.Plural(int64(len(d.Sources)), "source")
	if len(d.Sources) == 1 {
		name = d.Sources[0].Name
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	name = "rdblens " + name
	if d.Partial {
		name += " (PARTIAL)"
	}
	return name
}

// directory writes a node: the object of the directory, files, directories.
func directory(b *bytes.Buffer, n *patterntree.Node, name string) {
	b.WriteString(`[{"name":`)
	text(b, name)
	b.WriteByte('}')
	for _, r := range n.Rows {
		b.WriteString(",\n" + `{"name":`)
		text(b, "["+r.Type+", "+units.Plural(r.Keys, "key")+"]")
		for _, size := range []string{"asize", "dsize"} {
			b.WriteString(`,"` + size + `":`)
			b.Write(linebuf.AppendInt(nil, max(r.Memory, 0)))
		}
		b.WriteByte('}')
	}
	for _, k := range n.Kids {
		b.WriteString(",\n")
		directory(b, k, k.Name)
	}
	b.WriteByte(']')
}

// text writes a name as a JSON string, and so that it is one name in a path: '/' is
// \x2f, and no name is "." or "..".
func text(b *bytes.Buffer, name string) {
	name = string(escape.AppendPrintable(nil, name, false))
	name = strings.ReplaceAll(name, "/", `\x2f`)
	if name == "" || name == "." || name == ".." {
		name = strings.ReplaceAll(name, ".", `\x2e`)
	}
	b.Write(escape.AppendJSON(nil, []byte(name)))
}

// savedAt is when the source that was written last was written, seconds since the
// epoch; 0 when none says so.
func savedAt(d *document.Document) (s int64) {
	for i := range d.Sources {
		if t := d.Sources[i].Ctime; t != nil {
			s = max(s, units.ClampTime(int64(*t))/1000)
		}
	}
	return s
}
