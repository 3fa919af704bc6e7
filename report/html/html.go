// Package html writes results as one page that needs nothing else: the JSON of the
// result is in it, a script builds tables, a map and a timeline of it, and a policy
// keeps everything else out: no request, no script and no style but the page's own.
package html

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/comparison"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/units"
)

//go:embed page
var files embed.FS

// scripts are the parts of the script, in their order.
var scripts = []string{"base.js", "table.js", "treemap.js", "advice.js", "expiry.js", "report.js", "compare.js", "trend.js", "main.js"}

// assets are the script and the style of every page, and the policy that names them.
type assets struct{ script, style, policy string }

var pageAssets = sync.OnceValue(func() assets {
	var a assets
	for _, name := range scripts {
		a.script += mustRead(name)
	}
	a.style = mustRead("page.css")
	// Nothing but these two by their hashes. Data URLs, which load nothing, are left
	// out as well; a script cannot make markup of text.
	a.policy = strings.Join([]string{
		"default-src 'none'", "script-src " + hashOf(a.script), "style-src " + hashOf(a.style),
		"base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
	}, "; ")
	return a
})

// mustRead returns an embedded file.
func mustRead(name string) string {
	b, err := files.ReadFile("page/" + name)
	if err != nil {
		panic("html: internal error: " + err.Error())
	}
	return string(b)
}

// hashOf names a script or a style in a policy (Content Security Policy Level 3, 2.3.1).
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// packedFrom is the size of JSON, in bytes, from which a page holds it packed. Below,
// it can be read with an editor.
const packedFrom = 192 << 10

// page is what differs between results.
type page struct {
	what, version string
	names         []string // of the sources, escaped for display
	lead          string   // a sentence below the title
	data          any      // becomes the JSON of the page
	static        [][]string
}

// listMost is how many rows of a list of keys or slots a page holds, whatever --top is.
const listMost = 1000

// first returns what a page holds of a list.
func first[T any](list []T) []T { return list[:min(len(list), listMost)] }

// shown returns keys for display, never nil.
func shown[T any](keys []T) []T { return append([]T{}, keys...) }

// staticRows is how many rows the table has that a browser without scripts shows.
const staticRows = 100

// WriteReport writes a report. The JSON in it is that of docs/report.schema.json, but
// that groups are an object of columns without those of followsFrom, lists of keys and
// slots are cut to listMost, and patterns are left out, which are groups or sums of them.
func WriteReport(w io.Writer, d *document.Document) error {
	c := document.Complete(d)
	static := patternTable(c.Patterns)
	// Keys as they are shown: a name may turn the direction of writing.
	c.Biggest, c.BiggestByElements, c.Slots.Biggest = first(shown(d.Biggest)), first(shown(d.BiggestByElements)), first(c.Slots.Biggest)
	lead := units.Plural(c.Totals.Keys, "key") + ", " + units.Bytes(c.Totals.Memory)
	if len(c.Sources) == 1 && c.Sources[0].Ctime != nil {
		lead = strings.TrimSpace(c.Sources[0].ServerVersion+", saved "+units.Moment(*c.Sources[0].Ctime)) + ", " + lead
	}
	return write(w, &page{
		what: "report", version: c.Tool.Version, names: sourceNames(c.Sources), lead: lead, static: static,
		data: struct {
			*document.Document
			// These hide those of the document.
			Patterns []aggregate.PatternRow `json:"patterns,omitempty"`
			Groups   *columns               `json:"groups"`
		}{Document: c, Groups: columnsOf(c.Groups, followsFrom...)},
	})
}

// WriteDiff writes a comparison of snapshots. The JSON in it is that of
// docs/diff.schema.json.
func WriteDiff(w io.Writer, d *aggregate.Diff) error {
	c := document.CompleteDiff(d)
	c.NewKeys, c.GrownKeys = shown(d.NewKeys), shown(d.GrownKeys)
	static := [][]string{{"pattern", "type", "memory before", "memory after", "change"}}
	for i := range c.Patterns {
		p := &c.Patterns[i]
		static = append(static, []string{p.Pattern, p.Type, units.Bytes(p.MemoryBefore), units.Bytes(p.MemoryAfter), units.Signed(p.MemoryChange, units.Bytes)})
	}
	return write(w, &page{
		what: "comparison", version: c.Tool.Version, names: slices.Concat(sourceNames(c.Old.Sources), sourceNames(c.New.Sources)), data: c, static: static,
		lead: "from " + units.Bytes(c.Totals.MemoryBefore) + " to " + units.Bytes(c.Totals.MemoryAfter),
	})
}

// WriteTrend writes a trend. The JSON in it is that of docs/trend.schema.json.
func WriteTrend(w io.Writer, d *aggregate.Trend) error {
	c := document.CompleteTrend(d)
	static := [][]string{{"pattern", "type", "first", "last", "change"}}
	for i := range c.Patterns {
		p := &c.Patterns[i]
		static = append(static, []string{p.Pattern, p.Type, units.Bytes(p.Memory[0]), units.Bytes(p.Memory[len(p.Memory)-1]), units.Signed(p.MemoryChange, units.Bytes)})
	}
	var sources []aggregate.Source
	for i := range c.Snapshots {
		sources = append(sources, c.Snapshots[i].Sources...)
	}
	return write(w, &page{
		what: "trend", version: c.Tool.Version, names: sourceNames(sources), data: c, static: static,
		lead: strings.Join(comparison.TrendVerdict(c, units.Bytes), "; "),
	})
}

// WriteWhatIf writes the same keys under other settings. The JSON in it is that of
// docs/whatif.schema.json.
func WriteWhatIf(w io.Writer, x *aggregate.WhatIf) error {
	c := document.CompleteWhatIf(x)
	static := [][]string{{"scenario", "memory before", "memory after", "saves"}}
	for i := range c.Scenarios {
		s := &c.Scenarios[i]
		static = append(static, []string{s.Name, units.Bytes(s.MemoryBefore), units.Bytes(s.MemoryAfter), units.Bytes(s.Saves)})
	}
	return write(w, &page{
		what: "what-if", version: c.Tool.Version, names: sourceNames(c.Sources), data: c, static: static,
		lead: units.Plural(c.Baseline.Keys, "key") + ", " + units.Bytes(c.Baseline.Memory) + " as they are",
	})
}

// maxNames is how many sources a title names.
const maxNames = 3

func sourceNames(sources []aggregate.Source) []string {
	names := make([]string, 0, maxNames+1)
	for i := range sources {
		if i == maxNames {
			return append(names, units.Plural(int64(len(sources)-i), "other"))
		}
		names = append(names, sources[i].Name)
	}
	return names
}

// patternTable is what a browser without scripts shows.
func patternTable(rows []aggregate.PatternRow) [][]string {
	out := [][]string{{"pattern", "type", "memory", "keys", "without a TTL"}}
	for i := range rows[:min(len(rows), staticRows)] {
		p := &rows[i]
		out = append(out, []string{p.Pattern, p.Type, units.Bytes(p.Memory), units.Grouped(p.Keys), units.WholePercent(p.KeysWithoutTTL, p.Keys)})
	}
	return out
}

// blockRows is how many rows a block of columns has: so few that all its columns are in
// the 32 KiB that gzip looks back, and figures that stand in several of them cost little.
const blockRows = 128

// columns is a table by its columns, in blocks of rows: names of columns stand once.
type columns struct {
	Columns []string  `json:"columns"`
	Blocks  [][][]any `json:"blocks"` // block, column, row
}

// followsFrom are columns of groups that a page leaves out: its script makes those it
// shows of other columns, as aggregate does.
var followsFrom = []string{"memory_share", "avg_bytes", "overhead_bytes", "pure_pattern", "folded", "estimated", "idle_p50_seconds"}

// columnsOf takes rows of a struct apart, by the names that JSON gives its fields.
func columnsOf[T any](rows []T, without ...string) *columns {
	c := &columns{Columns: []string{}, Blocks: [][][]any{}}
	var fields []int
	for i, typ := 0, reflect.TypeFor[T](); i < typ.NumField(); i++ {
		if name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ","); name != "-" && !slices.Contains(without, name) {
			c.Columns, fields = append(c.Columns, name), append(fields, i)
		}
	}
	for block := range slices.Chunk(rows, blockRows) {
		cells := make([][]any, len(fields))
		for k, field := range fields {
			cells[k] = make([]any, len(block))
			for i := range block {
				cells[k][i] = reflect.ValueOf(&block[i]).Elem().Field(field).Interface()
			}
		}
		c.Blocks = append(c.Blocks, cells)
	}
	return c
}

// write writes a page once all of it is rendered.
func write(w io.Writer, p *page) error {
	block, err := dataBlock(p.data)
	if err != nil {
		return fmt.Errorf("encode the %s: %w", p.what, err)
	}
	a := pageAssets()
	title := "rdblens " + p.what + ": " + strings.Join(p.names, ", ")
	var b bytes.Buffer
	put := func(parts ...string) {
		for _, s := range parts {
			b.WriteString(s)
		}
	}
	put("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
		"<meta http-equiv=\"Content-Security-Policy\" content=\"", escape.HTML(a.policy), "\">\n",
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n",
		"<meta name=\"generator\" content=\"rdblens ", escape.HTML(p.version), "\">\n",
		"<title>", escape.HTML(title), "</title>\n<style>", a.style, "</style>\n</head>\n<body>\n",
		"<a class=\"skip\" href=\"#main\">Skip to the content</a>\n<header>\n<h1>")
	for i, name := range p.names {
		if i > 0 {
			put(", ")
		}
		put("<bdi class=\"name\">", escape.HTML(name), "</bdi>")
	}
	put("</h1>\n<p>", escape.HTML(p.lead), "</p>\n</header>\n<nav id=\"contents\" aria-label=\"Contents\"></nav>\n<main id=\"main\" tabindex=\"-1\">\n")
	writeStatic(&b, p.static)
	put("</main>\n<p id=\"status\" class=\"offscreen\" role=\"status\"></p>\n<footer>Made by rdblens ", escape.HTML(p.version), ". This page loads nothing and sends nothing.</footer>\n")
	b.Write(block)
	put("<script>", a.script, "</script>\n</body>\n</html>\n")
	_, err = w.Write(b.Bytes())
	return err
}

// writeStatic writes what the script replaces.
func writeStatic(b *bytes.Buffer, rows [][]string) {
	b.WriteString("<noscript><p>Without scripts this page shows its largest rows only.</p></noscript>\n<table>\n")
	for i, row := range rows {
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		b.WriteString("<tr>")
		for _, cell := range row {
			b.WriteString("<" + tag + ">" + escape.HTML(cell) + "</" + tag + ">")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
}

// dataBlock returns the element that holds a value as JSON, in which <, >, &, U+2028 and
// U+2029 are escaped: nothing in it ends the element. What is large is packed by gzip,
// in base64.
func dataBlock(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	text = escape.PrintableJSON(text)
	var b bytes.Buffer
	if len(text) < packedFrom {
		fmt.Fprintf(&b, "<script type=\"application/json\" id=\"data\">%s</script>\n", text)
		return b.Bytes(), nil
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	b.WriteString("<script type=\"application/octet-stream\" id=\"data\" data-packed=\"gzip, base64\">")
	b.WriteString(base64.StdEncoding.EncodeToString(packed.Bytes()))
	b.WriteString("</script>\n")
	return b.Bytes(), nil
}
