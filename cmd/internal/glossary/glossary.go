// Package glossary has the words that the reports use in a sense of their own.
package glossary

import (
	"strings"
)

// Words are the product's own, in alphabetical order. It is the one
// source: rdblens help glossary prints it, and a test writes docs/glossary.md
// from it.
var Words = []struct{ Word, Meaning string }{
	{"allocator", "What the server takes its memory from: jemalloc as Redis bundles it, jemalloc as Debian and Ubuntu build it (another step between sizes), or libc. It decides what a block costs beyond what was asked for; see rounding."},
	{"baseline", "What a server of the line uses before it holds a key: used_memory of an empty one with one client."},
	{"basis", "What a suggestion's saving rests on: exact for this dump (every key was counted), a model on so many sampled values, keys or entities, or an upper bound."},
	{"blob", "A value, or a piece of one, that is stored as one string of bytes: a listpack, a ziplist, an intset, a zipmap. See walked."},
	{"class", "What a token that varies is replaced by in a pattern: {int}, {uuid}, {hex}, {date}, {ulid}, {email}, {ip}, {b64}, {alnum} and others, or a word with a number behind it as in user{int}."},
	{"clock", "The point of time that expiries are counted from: --now if it is given, otherwise when each dump was written. It is never the time of the run. A dump that does not say when it was written has no clock and no relative times."},
	{"element", "A member of a set, a field of a hash with its value, an item of a list, an entry of a stream. A string counts as one."},
	{"encoding", "How the server will hold a value once it has loaded the dump, as OBJECT ENCODING names it. The encoding in the dump may be another one."},
	{"entity", "One thing of the application that several strings describe: user:17:name and user:17:visits are two fields of the entity user:17. Names are of one entity when they differ in their last token only, behind a token that varies."},
	{"error bound", "By how much a size that is not exact may be off: two standard deviations of what the server draws at random. About 95 % of such keys are within it."},
	{"estimated", "Said of a pattern below a wide place whose figures come from a sample of keys and not from counting. It carries an error bound."},
	{"exact", "Said of a size that is the figure of the server to the byte. What depends on the server's random numbers (levels of skiplists, the hash tables of Valkey) is an expectation instead, and has an error bound."},
	{"expired", "Past its expiry by the clock and still in the dump. Expired keys are counted like others; a server drops them when it loads the dump, and with --loaded they are not counted."},
	{"group", "A pattern of your own: keys that match the glob of --group NAME=GLOB are put together under NAME before patterns are looked for."},
	{"growth room", "What a live server keeps allocated beyond what a server that loaded the same data needs: strings that were APPENDed, the last node of a stream, tables after deletions. A restart or a failover gives it back. It is what is left of used_memory once --info has named everything else."},
	{"hash tag", "The part of a key's name in the first pair of braces, {like this}: a cluster puts keys with the same tag into the same slot."},
	{"header", "How packed values are judged unless something asks for more: by the first bytes of the blob, which hold its length and its count of elements. The opposite of walked."},
	{"holder", "A sampled key together with the hash of its value. Holders show which values very many keys have."},
	{"idle", "The time since a key was last used, as the dump records it when the server ran an LRU policy. With an LFU policy a dump has a counter of accesses, freq, instead, and otherwise neither."},
	{"keyspace", "The server's tables that lead from names to values, and those of the expiries, one of each for every database. No key's MEMORY USAGE has a share in them."},
	{"line", "A release series of a server whose structures in memory are alike: redis-7.4, valkey-9.0. A dump says which line wrote it; --server sizes it for another one."},
	{"memory", "In a table, the sum of what MEMORY USAGE key SAMPLES 0 would print for the keys. What is really allocated is called resident."},
	{"model", "What a key is sized with: a line, an allocator, the settings that shape memory, and whether the server is part of a cluster."},
	{"[other]", "The row for all patterns that are too small for a row of their own, so that the column adds up."},
	{"overhead", "What the server needs to find and order things: objects, table entries, pointers, headers, expiries. It is what is left of resident after contents, key names and rounding."},
	{"part", "A partial result in a file (-f part, NAME.rdbpart): the figures that a report is made from, without the dump and without values. rdblens merge turns parts into the report over all of them."},
	{"PARTIAL", "A result that covers less than was asked for: a dump ended early, is damaged or has a wrong checksum, or a source could not be read at all. What could be read is in it. The exit code is 3."},
	{"pattern", "The name of a key with the tokens that vary replaced by their classes: session:{uuid}. It depends on the one key alone. A table of patterns also folds: {*} stands for many words, or for several alike, in one place."},
	{"payload", "The name of a key and its contents as a client sees them; text output calls its two halves key names and contents."},
	{"predicted", "What used_memory should be once the dump is loaded: resident, keyspace and baseline together. It stands beside what the dump reports of the server that wrote it, and the difference is named."},
	{"resident", "What is really allocated for a key. MEMORY USAGE differs from it, for example where a line counts the entry of a table and another one does not."},
	{"rounding", "What the allocator adds to a request to reach a size that it has. It is called waste in JSON and in the columns of show."},
	{"row", "One key as rdblens keys prints it, whatever the format."},
	{"salvage", "Reading on behind damage where the records make sense again (--salvage). The result stays PARTIAL and says how much was passed over."},
	{"scenario", "Other settings, or another line, that rdblens whatif sizes the same keys under."},
	{"slot", "One of the 16,384 places a Redis Cluster spreads keys over, by a checksum of the name or of its hash tag."},
	{"source", "What is read as one dump: a file, standard input, the base of a multi-part AOF."},
	{"stale", "Said of keys whose own contents say that nobody changed them for long, as a field updated_at that is months old."},
	{"storm", "A minute in which so many keys expire that it stands out: at least 1,000, at least 1 % of the keys that still expire or of their memory, and eight times the other minutes of the hour around it."},
	{"stratum", "Keys of one type whose names begin with the same words, or that are of one group. Samples are drawn from every stratum, so that a pattern of few keys is not lost among millions of others."},
	{"sweep", "The curve of one setting over several values (rdblens whatif --sweep). Its knee is the point from which on more brings less."},
	{"tail", "What follows a dump in the same file: commands of an append-only file, the end mark of a replication transfer, another dump."},
	{"together", "What all suggestions save at once. It is less than their sum, for the same bytes are counted once."},
	{"token", "A piece of a key's name between separators (: . / | unless --separators says otherwise; - and _ where what is between them is no identifier)."},
	{"unknowable", "What operators look for and no dump holds, as fragmentation or hit rates; the report lists it with the command that asks a live server."},
	{"walked", "Said of packed values that were read entry by entry (check, --deep, --no-checksum, or where the model needs it), so that counts are counted and not believed. The opposite of header."},
	{"waste", "See rounding."},
	{"wide", "A place in names with more different words than are kept apart, 4,096 for the first token and fewer for later ones: the words become {*}. Whether a place is wide depends on the keys alone, not on their order."},
}

// Text is the glossary in at most 80 columns; columns are those of the terminal,
// 0 if there is none.
func Text(columns int) string {
	const indent = 13
	width := 80
	if columns > 0 {
		width = min(width, columns)
	}
	var b strings.Builder
	for _, g := range Words {
		line := g.Word
		if len(line) >= indent-1 {
			b.WriteString(line + "\n")
			line = ""
		}
		line += strings.Repeat(" ", indent-len(line))
		used := indent
		for i, word := range strings.Fields(g.Meaning) {
			switch {
			case i == 0:
			case used+1+len(word) > width:
				b.WriteString(line + "\n")
				line, used = strings.Repeat(" ", indent), indent
			default:
				line += " "
				used++
			}
			line += word
			used += len(word)
		}
		b.WriteString(line + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
