package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// table is a Markdown table whose columns are aligned in plain text too: the
// first to the left, the others to the right.
func table(rows [][]string) string {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell), 2)
		}
	}
	var b strings.Builder
	line := func(cells func(i int) string) {
		for i := range width {
			b.WriteString("| " + cells(i) + " ")
		}
		b.WriteString("|\n")
	}
	for n, row := range rows {
		line(func(i int) string {
			space := strings.Repeat(" ", width[i]-utf8.RuneCountInString(row[i]))
			if i == 0 {
				return row[i] + space
			}
			return space + row[i]
		})
		if n == 0 {
			line(func(i int) string {
				if i == 0 {
					return strings.Repeat("-", width[i])
				}
				return strings.Repeat("-", width[i]-1) + ":"
			})
		}
	}
	return b.String()
}

// share prints n of of in per cent; only all of them are 100.
func share(n, of int) string {
	switch {
	case of == 0:
		return ""
	case n == of:
		return "100 %"
	}
	return fmt.Sprintf("%.2f %%", min(100*float64(n)/float64(of), 99.99))
}

// difference prints how far model is from server, in per cent of server.
func difference(model, server int64) string {
	switch {
	case model == server:
		return "0"
	case server == 0:
		return "?"
	}
	return fmt.Sprintf("%+.3f %%", 100*float64(model-server)/float64(server))
}

func meanOff(g *group) string {
	if g.off == 0 || g.server == 0 {
		return "0"
	}
	return fmt.Sprintf("%.3f %%", 100*float64(g.off)/float64(g.server))
}

// summaryTable has a row for each server.
func summaryTable(results []*result) string {
	rows := [][]string{{"server", "keys", "exact", "called exact", "of these wrong", "encodings right", "sum of keys", "used_memory"}}
	for _, r := range results {
		rows = append(rows, []string{
			r.file.Name, fmt.Sprint(r.all.keys), share(r.all.exact, r.all.keys), share(r.claimed, r.all.keys), fmt.Sprint(r.wrong),
			share(r.all.encodings, r.all.keys), difference(r.all.model, r.all.server), difference(r.predicted, r.file.Loaded.UsedMemory),
		})
	}
	return table(rows)
}

// groupTable has a row for each type and encoding over all results.
func groupTable(results []*result) string {
	groups := map[string]*group{}
	all := &group{}
	for _, r := range results {
		all.add(&r.all)
		for name, g := range r.groups {
			if groups[name] == nil {
				groups[name] = &group{}
			}
			groups[name].add(g)
		}
	}
	rows := [][]string{{"type, encoding", "keys", "exact", "encodings right", "mean error", "sum"}}
	row := func(name string, g *group) {
		encodings := share(g.encodings, g.keys)
		if g.unnamed {
			encodings = "-"
		}
		rows = append(rows, []string{name, fmt.Sprint(g.keys), share(g.exact, g.keys), encodings, meanOff(g), difference(g.model, g.server)})
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		row(name, groups[name])
	}
	row("all", all)
	return table(rows)
}

// families are the sets of servers whose encodings are reported together.
var families = []struct {
	title string
	is    func(server string) bool
}{
	{"Redis, jemalloc", func(s string) bool { return strings.HasPrefix(s, "redis") && !strings.HasSuffix(s, "-libc") }},
	{"Valkey 8.0", func(s string) bool { return s == "valkey-8.0" }},
	{"Valkey 8.1 and later", func(s string) bool { return strings.HasPrefix(s, "valkey") && s != "valkey-8.0" }},
	{"Redis, glibc malloc", func(s string) bool { return strings.HasSuffix(s, "-libc") }},
}

// encodingTables has a table of encodings for each family.
func encodingTables(results []*result) string {
	var parts []string
	for _, f := range families {
		var of []*result
		for _, r := range results {
			if f.is(r.file.Server) {
				of = append(of, r)
			}
		}
		if len(of) > 0 {
			parts = append(parts, "### "+f.title+"\n\n"+groupTable(of))
		}
	}
	return strings.Join(parts, "\n")
}

// boundTable says how often the error bound holds, by family and encoding.
func boundTable(results []*result) string {
	rows := [][]string{{"servers: type, encoding", "keys with a bound", "within it"}}
	for _, f := range families {
		groups := map[string]*group{}
		for _, r := range results {
			if !f.is(r.file.Server) {
				continue
			}
			for name, g := range r.groups {
				if groups[name] == nil {
					groups[name] = &group{}
				}
				groups[name].add(g)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(groups)) {
			if g := groups[name]; g.bounded > 0 {
				rows = append(rows, []string{f.title + ": " + name, fmt.Sprint(g.bounded), share(g.within, g.bounded)})
			}
		}
	}
	return table(rows)
}

// document is docs/accuracy.md.
func document(results []*result) []byte {
	var b strings.Builder
	keys := 0
	for _, r := range results {
		keys += r.all.keys
	}
	fmt.Fprintf(&b, introduction, len(results), keys)
	b.WriteString(summaryTable(results))
	b.WriteString("\n## Encodings\n\n")
	b.WriteString(encodingTables(results))
	b.WriteString(errorBounds)
	b.WriteString(boundTable(results))
	b.WriteString(inexact)
	for i, r := range results {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "### %s\n\n", r.file.Name)
		if len(r.file.Config) > 0 {
			fmt.Fprintf(&b, "Settings: `%s`\n\n", strings.Join(r.file.Config, " "))
		}
		b.WriteString(groupTable([]*result{r}))
		fmt.Fprintf(&b, "\n`used_memory`: %d predicted, %d measured (%s).\n", r.predicted, r.file.Loaded.UsedMemory, difference(r.predicted, r.file.Loaded.UsedMemory))
	}
	return []byte(b.String())
}
