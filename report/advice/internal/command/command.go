package command

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Writer writes the commands of actions: for which client, in which databases, and
// for which keys, is decided by the report.
type Writer struct {
	*aggregate.Report
	// Rows are the exact (pattern, type) rows. Estimated ones are children of
	// another row named from a sample: their keys are counted in that row.
	Rows   []*aggregate.PatternFacts
	Target Target
	// KeysFile is where the action that is being made writes keys: a name of its own
	// for each suggestion, so that nothing is done to what another one found.
	KeysFile string
}

// Quote returns s as one word of a POSIX shell. Control characters must have
// been replaced before.
func Quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Word returns s bare when no shell would take it for anything else, quoted
// otherwise.
func Word(s string) string {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("_-./:", c) >= 0) {
			return Quote(s)
		}
	}
	if s == "" {
		return Quote(s)
	}
	return s
}

// Note is an explanation among the lines of an action. Some shells take no
// comments when they are typed into, so a note has to be harmless as a command
// as well: no quotes, brackets, dollar signs or separators of its own, and
// names from the dump only as Shown returns them.
func Note(format string, args ...any) string {
	return Line("# " + fmt.Sprintf(format, args...))
}

// Shown returns a name from the dump for use in a note.
func Shown(name string) string { return Word(Clip(name)) }

// Glob makes a MATCH pattern fit for a command line: every byte that is not
// printable ASCII, and every \xNN that stands for one, becomes ?, which matches
// any one byte. What the pattern matched before, it still matches.
func Glob(match string) string {
	var b strings.Builder
	for i := 0; i < len(match); i++ {
		c := match[i]
		switch {
		case c == '\\' && isHexEscape(match[i:]):
			b.WriteByte('?')
			i += 3
		case c == '\\' && i+1 < len(match) && match[i+1] >= 0x20 && match[i+1] < 0x7f:
			b.WriteString(match[i : i+2])
			i++
		case c == '\\': // escapes nothing that can be shown
		case c < 0x20 || c >= 0x7f:
			b.WriteByte('?')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isHexEscape(s string) bool {
	return len(s) >= 4 && s[1] == 'x' && strings.IndexByte(hexDigits, s[2]) >= 0 && strings.IndexByte(hexDigits, s[3]) >= 0
}

const hexDigits = "0123456789abcdefABCDEF"

// Unescape turns a key that is escaped for display into its bytes; text that is not
// stays as it is.
func Unescape(s string) string {
	if name, ok := keyname.Unescape(s); ok {
		return name
	}
	return s
}

// Databases returns the numbers of the databases that hold values of a type,
// of any type when it is "", ascending; without those that are not told apart.
func (w *Writer) Databases(typ string) []int32 {
	var dbs []int32
	for i := range w.ByType {
		if row := &w.ByType[i]; row.Keys > 0 && row.DB >= 0 && (typ == "" || row.Type == typ) {
			dbs = append(dbs, row.DB)
		}
	}
	slices.Sort(dbs)
	return slices.Compact(dbs)
}

// CLI returns the client's name with the database that holds values of a type. With
// several of them each command asks for the variable db, and does nothing without it:
// all lines of an action are about the same database.
func (w *Writer) CLI(typ string) string {
	switch dbs := w.Databases(typ); {
	case len(dbs) > 1:
		return w.Target.CLI() + ` -n "${db:?number of a database}"`
	case len(dbs) == 1 && dbs[0] > 0:
		return w.Target.CLI() + " -n " + strconv.Itoa(int(dbs[0]))
	}
	return w.Target.CLI()
}

// Places returns explanations of where commands must be run.
func (w *Writer) Places(typ string) []string {
	where := "run on the primary"
	if len(w.Sources) > 1 {
		where = "run on the primary of each source"
	}
	where += ", of a cluster on every primary"
	if dbs := w.Databases(typ); len(dbs) > 1 {
		names := make([]string, 0, len(dbs))
		for _, db := range dbs[:min(len(dbs), 16)] {
			names = append(names, strconv.Itoa(int(db)))
		}
		if len(dbs) > 16 {
			names = append(names, "...")
		}
		where += fmt.Sprintf(", values of this type are in databases %s, set db to one of them first, db=%d", strings.Join(names, " "), dbs[0])
	}
	return []string{Note("%s", where)}
}

// Dump returns the source's name as a word for the shell, a stand-in when there
// are several or the name cannot be typed.
func (w *Writer) Dump() string {
	if len(w.Sources) == 1 {
		if n := w.Sources[0].Name; n != "" && n[0] != '-' && len(n) < 200 && strings.IndexFunc(n, func(r rune) bool { return r < 0x20 || r > 0x7e }) < 0 {
			return Word(n)
		}
	}
	return "dump.rdb"
}

// Listed returns the command that shows the keys of a row that have no TTL, from
// the dump; none where these would not be the keys that were counted.
func (w *Writer) Listed(row *aggregate.PatternFacts) []string {
	if w.Filtered() || w.Facts.Redacted || w.Facts.Regrouped {
		return nil
	}
	return []string{
		Note("the keys meant, from the dump:"),
		fmt.Sprintf("rdblens keys --match %s --type %s --ttl none %s", Quote(Glob(row.Match)), Word(Glob(row.Type)), w.Dump()),
	}
}

// Expire returns the commands that give the keys of a row a TTL where they have
// none, if these can be told from all others.
func (w *Writer) Expire(row *aggregate.PatternFacts) []string {
	lines := w.Listed(row)
	scan, ok := w.ScanKeys(row)
	if !ok {
		return append(lines, scan...)
	}
	lines = append(append(lines, w.Places(row.Type)...), scan...)
	return append(lines, w.GiveTTL(row)...)
}

// GiveTTL returns the commands that give the keys that were listed a TTL where they
// have none. The requests are written in the protocol, lengths first, so that no byte
// of a key is taken for a command. Each is a short script of one key, which blocks
// nobody and looks once more: a key of another type, as a part of a name may be, is
// left alone, and so is one that has a TTL; EXPIRE has NX only from 7.0 on. It deletes
// a key that it is told to give 0 seconds, so what is no number of seconds ends it.
func (w *Writer) GiveTTL(row *aggregate.PatternFacts) []string {
	return []string{
		Note("seconds a key may live, 30 days here: set your own, each key gets 90 to 110 %% of it"),
		"ttl=2592000",
		Note("one short script for each key: one that has a TTL keeps it"),
		`LC_ALL=C awk -v ttl="$ttl" 'BEGIN{if(ttl !~ /^[0-9]+$/ || ttl+0 < 60){print "ttl: whole seconds, 60 at least" > "/dev/stderr"; exit 1} srand(); s="if redis.call(\"TYPE\",KEYS[1]).ok==ARGV[2] and redis.call(\"PTTL\",KEYS[1])==-1 then return redis.call(\"EXPIRE\",KEYS[1],ARGV[1]) end return 0"} {t=int(ttl*(0.9+0.2*rand())) ""; ` +
			`printf "*6\r\n$4\r\nEVAL\r\n$%d\r\n%s\r\n$1\r\n1\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n` + fmt.Sprintf(`$%d\r\n%s`, len(row.Type), row.Type) + `\r\n", length(s), s, length($0), $0, length(t), t}' ` + w.KeysFile + ` | ` + w.CLI(row.Type) + ` --pipe`,
	}
}

// KeyWord returns a key that is escaped for display as arguments for the
// client: quoted input when it holds bytes that cannot be typed.
func KeyWord(escaped string) (flags, word string) {
	if strings.IndexByte(escaped, '\\') < 0 && strings.IndexFunc(escaped, func(r rune) bool { return r < 0x20 || r > 0x7e }) < 0 && escaped != "" {
		return "", Quote(escaped)
	}
	return "--quoted-input ", quotedWord(escaped)
}

// quotedWord returns what is escaped for display as the client reads it with
// --quoted-input: that form knows \xNN, \\ and \" (sds.c sdssplitargs).
func quotedWord(escaped string) string {
	return Quote(`"` + strings.ReplaceAll(Line(escaped), `"`, `\"`) + `"`)
}

// KeyWords is KeyWord for several arguments of one command.
func KeyWords(escaped ...string) (flags string, words []string) {
	for _, e := range escaped {
		if f, _ := KeyWord(e); f != "" {
			flags = f
		}
	}
	for _, e := range escaped {
		if flags != "" {
			words = append(words, quotedWord(e))
		} else {
			words = append(words, Quote(e))
		}
	}
	return flags, words
}
