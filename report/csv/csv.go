// Package csv writes the tables of a report as CSV, one in a file. Rows of keys, and the
// scenarios of a what-if, are written by package rows.
package csv

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/internal/linebuf"
	"github.com/rdblens/rdblens/report/json"
)

// reportTable is a table of a report: a slice of structs, the columns of which are the
// fields that JSON has, by the same names.
type reportTable struct {
	name string
	rows func(d *document.Document) any
}

// reportTables are called as the sections of the text that show the same.
var reportTables = []reportTable{
	{"patterns", func(d *document.Document) any { return d.Groups }}, // all of them
	{"types", func(d *document.Document) any { return d.ByType }},
	{"tree", func(d *document.Document) any { return d.Tree }},
	{"expiry", func(d *document.Document) any { return d.Expiry.Buckets }},
	{"advice", func(d *document.Document) any { return d.Suggestions }},
	{"biggest", func(d *document.Document) any { return d.Biggest }},
	{"sizes", func(d *document.Document) any { return d.Sizes }},
	{"slots", func(d *document.Document) any { return d.Slots.All }},
	{"idle", func(d *document.Document) any { return d.Idle.Cold }},
	{"health", func(d *document.Document) any { return d.Sources }},
	{"warnings", func(d *document.Document) any { return d.Warnings }},
}

// ReportTables returns what WriteReport takes for a table, the default first.
func ReportTables() []string {
	names := make([]string, len(reportTables))
	for i := range names {
		names[i] = reportTables[i].name
	}
	return names
}

// WriteReport writes a table of a report; "" is the first. Fields are quoted by RFC
// 4180, lines end in a line feed; what is not known is empty. Text is printable UTF-8,
// as JSON has it, and no text begins with a character that a spreadsheet takes for a
// formula. Counts by name are "name=count" with blanks between them, what is nested
// further is JSON.
func WriteReport(w io.Writer, d *document.Document, table string) error {
	if table == "" {
		table = reportTables[0].name
	}
	at := slices.IndexFunc(reportTables, func(t reportTable) bool { return t.name == table })
	if at < 0 {
		return fmt.Errorf("unknown table %q: the tables are %s", table, strings.Join(ReportTables(), ", "))
	}
	return write(w, reportTables[at].rows(d))
}

// trendRow is a row of the CSV of a trend: what a pattern and type is in a snapshot.
type trendRow struct {
	Snapshot         int64           `json:"snapshot"` // from 0, in the order of time
	Ctime            *aggregate.Time `json:"ctime"`
	Pattern          string          `json:"pattern"`
	Type             string          `json:"type"`
	Status           string          `json:"status"`
	Keys             int64           `json:"keys"`
	Memory           int64           `json:"memory_bytes"`
	KeysWithoutTTL   int64           `json:"keys_without_ttl"`
	MemoryWithoutTTL int64           `json:"memory_without_ttl_bytes"`
}

// WriteTrend writes a row for each pattern, type and snapshot, all patterns, formed as
// WriteReport does. Rows of a snapshot add up to its keys.
func WriteTrend(w io.Writer, d *aggregate.Trend) error {
	rows := []trendRow{}
	for i := range d.All {
		p := &d.All[i]
		for k := range p.Keys {
			rows = append(rows, trendRow{int64(k), d.Snapshots[k].Ctime, p.Pattern, p.Type, p.Status, p.Keys[k], p.Memory[k], p.KeysWithoutTTL[k], p.MemoryWithoutTTL[k]})
		}
	}
	return write(w, rows)
}

// column is a field of a row.
type column struct {
	name string
	path []int
}

// columnsOf finds the fields of a struct that JSON has; those of embedded structs are
// its own.
func columnsOf(t reflect.Type, path []int) (out []column) {
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(slices.Clone(path), i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			out = append(out, columnsOf(f.Type, at)...)
		case name != "-" && name != "":
			out = append(out, column{name, at})
		}
	}
	return out
}

// write writes a slice of structs.
func write(w io.Writer, rows any) error {
	list := reflect.ValueOf(rows)
	columns := columnsOf(list.Type().Elem(), nil)
	b := linebuf.New(w)
	for i, c := range columns {
		if i > 0 {
			b.Buf = append(b.Buf, ',')
		}
		b.Buf = append(b.Buf, c.name...)
	}
	b.Buf = append(b.Buf, '\n')
	for i := range list.Len() {
		for k, c := range columns {
			if k > 0 {
				b.Buf = append(b.Buf, ',')
			}
			var err error
			if b.Buf, err = appendField(b.Buf, list.Index(i).FieldByIndex(c.path)); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
		b.Buf = append(b.Buf, '\n')
		if err := b.EndRow(); err != nil {
			return err
		}
	}
	return b.Flush()
}

func appendField(dst []byte, v reflect.Value) ([]byte, error) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return dst, nil
		}
		v = v.Elem()
	}
	switch x := v.Interface().(type) {
	case aggregate.Time:
		return append(dst, x.String()...), nil
	case aggregate.Ratio:
		text, err := x.MarshalJSON()
		return append(dst, text...), err
	case string:
		return appendText(dst, x), nil
	case bool:
		return strconv.AppendBool(dst, x), nil
	case map[string]int64:
		return appendText(dst, pairs(x, func(n int64) string { return strconv.FormatInt(n, 10) })), nil
	case map[string]string:
		return appendText(dst, pairs(x, func(s string) string { return s })), nil
	}
	if v.CanInt() {
		return strconv.AppendInt(dst, v.Int(), 10), nil
	}
	if k := v.Kind(); (k == reflect.Slice || k == reflect.Map) && v.Len() == 0 {
		return dst, nil
	}
	text, err := json.Line(v.Interface())
	return appendText(dst, text), err
}

// appendText appends text of the document, which is escaped for display.
func appendText(dst []byte, s string) []byte {
	if escape.PlainCSV(s) {
		return append(dst, s...)
	}
	return escape.AppendCSV(dst, escape.AppendPrintable(nil, s, false))
}

// pairs lists a map by name.
func pairs[V any](m map[string]V, show func(V) string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, name+"="+show(m[name]))
	}
	return strings.Join(list, " ")
}
