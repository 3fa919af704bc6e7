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
	fmt.Fprintf(&b, `# Accuracy

<!-- written by make accuracy; a test compares -->

How close the model of memory comes to real servers: %d servers, %d keys.

`+"```console\n$ make accuracy       # prints the tables and writes this file; needs no server\n```"+`

## Method

Dumps of 13 server lines (Redis 6.2 to 8.8, Valkey 8.0 to 9.1) hold some 3,500
keys each: every type, on both sides of every size limit and allocator class,
values that are numbers, text and noise, TTLs, TTLs of fields, streams with
groups. A server was started, loaded a dump, and was asked for each key:
`+"`TYPE`, `OBJECT ENCODING`, `MEMORY USAGE key SAMPLES 0`, and for `INFO memory`"+`
before and after. Dumps and answers are in [testdata/truth](../testdata/truth/README.md);
names like `+"`redis-7.4--from-redis-6.2`"+` are explained there.

rdblens gets the dump, the server's line, its allocator and its changed
settings: what `+"`--server`, `--allocator` and `--config`"+` pass on. Columns:

- **exact**: keys whose size is the server's figure to the byte
- **called exact**: keys of which rdblens says so itself (column `+"`exact`"+` of
  the rows); **of these wrong** must be 0
- **encodings right**: keys whose predicted encoding is the server's
- **mean error**: sum of the differences without their signs, in per cent of the
  sum of the sizes
- **sum**, **sum of keys**: predicted sum of the sizes against the server's
- **used_memory**: blocks of all keys, tables of the databases and what a server
  takes when empty, against `+"`INFO memory`"+` of the loaded server

## Servers

`, len(results), keys)
	b.WriteString(summaryTable(results))
	b.WriteString("\n## Encodings\n\n")
	b.WriteString(encodingTables(results))
	b.WriteString(`
## Error bounds

A size that is an expectation carries a bound, column ` + "`error_bytes`" + ` of the rows:
two standard deviations of what the server draws at random, summed over the
parts of the key, rounded up. It should hold for about 95 % of such keys; levels
and buckets come in whole words, so for small values it is a little more or
less. Where the size is one of two (a table that may still be growing), the
bound is the distance between them.

`)
	b.WriteString(boundTable(results))
	b.WriteString(`
## What cannot be exact, and why

A dump does not hold what a server draws at random or learns from its machine.
rdblens takes the expected value there and gives the key an error bound.

- **Skiplists.** Each node draws its number of levels while the dump is loaded.
  Two loads of one dump differ in nearly every skiplist by some words.
- **Tables of Valkey.** Since 8.1, buckets that overflow get a child bucket of
  64 bytes; which ones do depends on a hash seed that is drawn at each start.
  In 8.0 the entries of sets are such a case.
- **Tables that are still growing.** A table moves to a larger array bucket by
  bucket, one step for each element added. When the last element comes, the old
  array may or may not have been given up, depending on how many buckets
  happened to be empty. The key has one of two sizes, and is not called exact.
  These dumps hold many small hashes just past a power of two, where it matters
  most. The seed is one for the whole server, so hashes with the same field
  names fall on the same side together: of seven fields, of which the fifth is
  the first too long for a listpack, all have 12 buckets in about two of three
  loads and 8 in the third. rdblens takes the likelier size; a load that drew
  the other has whole groups of such hashes off at once (13 of 298 tables of
  redis-7.2--from-redis-6.2, none of the same dump in redis-7.4).
- **glibc malloc** cuts blocks from what was freed before, and leaves a rest
  that is too small to use with the block: some blocks are 16 bytes longer.
- **Values of modules.** Their memory is known only to the module. Vector sets
  of Redis 8 are the exception, and are modelled.
- **Idempotent producers of streams** expire by the clock of the server that
  loads.
- **What is not in the dump**: build and allocator, settings, cluster mode and
  patch release are options. Given wrongly, sizes are those of another server.

The figures are those of a server that has just loaded the dump. The server
that wrote it may hold more: spare room in strings and listpacks, tables in the
midst of growing, collections that stay tables after they have shrunk. Clients,
replication buffers and fragmentation are in no dump.

No dump of Valkey 7.2 is among these; its model is that of Redis 7.2.

## Every server

`)
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
