package advice

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
)

// quote returns s as one word of a POSIX shell. Control characters must have
// been replaced before.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// word returns s bare when no shell would take it for anything else, quoted
// otherwise.
func word(s string) string {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("_-./:", c) >= 0) {
			return quote(s)
		}
	}
	if s == "" {
		return quote(s)
	}
	return s
}

// note is an explanation among the lines of an action. Some shells take no
// comments when they are typed into, so a note has to be harmless as a command
// as well: no quotes, brackets, dollar signs or separators of its own, and
// names from the dump only as shown returns them.
func note(format string, args ...any) string {
	return line("# " + fmt.Sprintf(format, args...))
}

// shown returns a name from the dump for use in a note.
func shown(name string) string { return word(clip(name)) }

// glob makes a MATCH pattern fit for a command line: every byte that is not
// printable ASCII, and every \xNN that stands for one, becomes ?, which matches
// any one byte. What the pattern matched before, it still matches.
func glob(match string) string {
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

// unescape turns a key that is escaped for display into its bytes.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && isHexEscape(s[i:]):
			v, _ := strconv.ParseUint(s[i+2:i+4], 16, 8)
			b = append(b, byte(v))
			i += 3
		case s[i] == '\\' && i+1 < len(s):
			i++
			b = append(b, s[i])
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

// databases returns the numbers of the databases that hold values of a type,
// of any type when it is "".
func (in *input) databases(typ string) []int32 {
	var dbs []int32
	for i := range in.ByType {
		if row := &in.ByType[i]; row.Keys > 0 && (typ == "" || row.Type == typ) {
			dbs = append(dbs, row.DB)
		}
	}
	slices.Sort(dbs)
	return slices.Compact(dbs)
}

// cli returns the client's name with the database that holds values of a type. With
// several of them each command asks for the variable db, and does nothing without it:
// all lines of an action are about the same database.
func (in *input) cli(typ string) string {
	switch dbs := in.databases(typ); {
	case len(dbs) > 1:
		return in.target.cli() + ` -n "${db:?number of a database}"`
	case len(dbs) == 1 && dbs[0] > 0:
		return in.target.cli() + " -n " + strconv.Itoa(int(dbs[0]))
	}
	return in.target.cli()
}

// places returns explanations of where commands must be run.
func (in *input) places(typ string) []string {
	where := "run on the primary"
	if len(in.Sources) > 1 {
		where = "run on the primary of each source"
	}
	where += ", of a cluster on every primary"
	if dbs := in.databases(typ); len(dbs) > 1 {
		names := make([]string, 0, len(dbs))
		for _, db := range dbs[:min(len(dbs), 16)] {
			names = append(names, strconv.Itoa(int(db)))
		}
		if len(dbs) > 16 {
			names = append(names, "...")
		}
		where += fmt.Sprintf(", values of this type are in databases %s, set db to one of them first, db=%d", strings.Join(names, " "), dbs[0])
	}
	return []string{note("%s", where)}
}

// dump returns the source's name as a word for the shell, a stand-in when there
// are several or the name cannot be typed.
func (in *input) dump() string {
	if len(in.Sources) == 1 {
		if n := in.Sources[0].Name; n != "" && n[0] != '-' && len(n) < 200 && strings.IndexFunc(n, func(r rune) bool { return r < 0x20 || r > 0x7e }) < 0 {
			return word(n)
		}
	}
	return "dump.rdb"
}

// listed returns the command that shows the keys of a row that have no TTL, from
// the dump; none where these would not be the keys that were counted.
func (in *input) listed(row *aggregate.PatternFacts) []string {
	if in.filtered() || in.Facts.Redacted || in.Facts.Regrouped {
		return nil
	}
	return []string{
		note("the keys meant, from the dump:"),
		fmt.Sprintf("rdblens keys --match %s --type %s --ttl none %s", quote(glob(row.Match)), word(glob(row.Type)), in.dump()),
	}
}

// expire returns the commands that give the keys of a row a TTL where they have
// none, if these can be told from all others.
func (in *input) expire(row *aggregate.PatternFacts) []string {
	lines := in.listed(row)
	scan, ok := in.scanKeys(row)
	if !ok {
		return append(lines, scan...)
	}
	lines = append(append(lines, in.places(row.Type)...), scan...)
	return append(lines, in.giveTTL(row)...)
}

// giveTTL returns the commands that give the keys that were listed a TTL where they
// have none. The requests are written in the protocol, lengths first, so that no byte
// of a key is taken for a command. Each is a short script of one key, which blocks
// nobody and looks once more: a key of another type, as a part of a name may be, is
// left alone, and so is one that has a TTL; EXPIRE has NX only from 7.0 on. It deletes
// a key that it is told to give 0 seconds, so what is no number of seconds ends it.
func (in *input) giveTTL(row *aggregate.PatternFacts) []string {
	return []string{
		note("seconds a key may live, 30 days here: set your own, each key gets 90 to 110 %% of it"),
		"ttl=2592000",
		note("one short script for each key: one that has a TTL keeps it"),
		`LC_ALL=C awk -v ttl="$ttl" 'BEGIN{if(ttl !~ /^[0-9]+$/ || ttl+0 < 60){print "ttl: whole seconds, 60 at least" > "/dev/stderr"; exit 1} srand(); s="if redis.call(\"TYPE\",KEYS[1]).ok==ARGV[2] and redis.call(\"PTTL\",KEYS[1])==-1 then return redis.call(\"EXPIRE\",KEYS[1],ARGV[1]) end return 0"} {t=int(ttl*(0.9+0.2*rand())) ""; ` +
			`printf "*6\r\n$4\r\nEVAL\r\n$%d\r\n%s\r\n$1\r\n1\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n` + fmt.Sprintf(`$%d\r\n%s`, len(row.Type), row.Type) + `\r\n", length(s), s, length($0), $0, length(t), t}' ` + in.keysFile + ` | ` + in.cli(row.Type) + ` --pipe`,
	}
}

// keyWord returns a key that is escaped for display as arguments for the
// client: quoted input when it holds bytes that cannot be typed.
func keyWord(escaped string) (flags, word string) {
	if strings.IndexByte(escaped, '\\') < 0 && strings.IndexFunc(escaped, func(r rune) bool { return r < 0x20 || r > 0x7e }) < 0 && escaped != "" {
		return "", quote(escaped)
	}
	// The client's quoted form knows \xNN, \\ and \" (sds.c sdssplitargs).
	return "--quoted-input ", quote(`"` + strings.ReplaceAll(line(escaped), `"`, `\"`) + `"`)
}
