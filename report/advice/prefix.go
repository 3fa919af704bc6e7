package advice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var doubledPrefix = rule{
	RuleInfo: RuleInfo{
		ID:    "R35",
		Name:  "doubled-prefix",
		Class: ClassCode,
		Title: "The same prefix twice in a name",
		What: "Looks, in the words with which patterns begin, for the first one coming again: cache:cache:{int}, laravel_database_laravel_cache_:{int}. Counts the bytes of all such names up to where it comes again. " +
			"There is no saving: what shorter names save goes by size classes (R14).",
		Why: "Two layers that both have a prefix for keys, a client and the cache built on it, each add theirs; every key carries both.",
		Thresholds: []Threshold{
			{Name: "min-keys", Value: 100, Unit: UnitKeys, Meaning: "fewer keys are not reported"},
			{Name: "min-bytes", Value: 1 << 10, Unit: UnitBytes, Meaning: "nor fewer bytes of names"},
			{Name: "min-word", Value: 3, Unit: UnitNone, Meaning: "letters of the word that comes again"},
		},
		Risk: "Without one of the prefixes every key has another name: what is cached is made anew, and what is not cached must be renamed before. The prefix may keep applications on one server apart.",
	},
	apply: findDoubledPrefixes,
}

func findDoubledPrefixes(in *input, t limits) []finding {
	type sums struct {
		keys, memory int64
		patterns     []string
		example      string
		first        string // the pattern with most memory
	}
	byPrefix := map[string]*sums{}
	for _, row := range in.Rows {
		p := doubled(row.Pattern, int(t.get("min-word")))
		if p == "" {
			continue
		}
		s := byPrefix[p]
		if s == nil {
			s = &sums{first: row.Pattern, example: row.Example}
			byPrefix[p] = s
		}
		s.keys += row.Keys
		s.memory += row.Memory
		if len(s.patterns) < 10 {
			s.patterns = append(s.patterns, row.Pattern)
		}
	}
	var found []finding
	for prefix, s := range byPrefix {
		bytes := s.keys * int64(len(prefix))
		if s.keys < t.get("min-keys") || bytes < t.get("min-bytes") {
			continue
		}
		f := finding{}
		f.Pattern, f.Keys = s.first, s.keys
		f.Basis = "exact bytes of names; what is allocated goes by size classes"
		f.Title = fmt.Sprintf("%s begins twice with the same word: %s carry %s of names for %s", command.Clip(s.first), units.Plural(s.keys, "key"), units.Bytes(bytes), command.Shown(prefix))
		f.Evidence = Evidence{
			{"keys", UnitKeys, s.keys},
			{"memory_bytes", UnitBytes, s.memory},
			{"prefix", UnitNone, command.Line(prefix)},
			{"prefix_length_bytes", UnitBytes, int64(len(prefix))},
			{"name_bytes", UnitBytes, bytes},
			{"patterns", UnitNone, s.patterns},
			{"example", UnitNone, command.Line(s.example)},
		}
		f.act = func() []string {
			return []string{
				command.Note("look for the two prefixes: one in the options of the client or the connection, one in those of the cache, the session store or the queue, leave one of them out"),
				command.Note("for a cache: after the change old entries go by their TTL, for all else readers of both names come first, and writers rename, RENAMENX old new, before they write, what is queued is worked off under the old name"),
			}
		}
		found = append(found, f)
	}
	slices.SortFunc(found, func(a, b finding) int { return cmp.Compare(a.Title, b.Title) })
	return found
}

// doubled returns the text in front of the place where the first word of a pattern
// comes again among the words that it begins with, "" when it does not.
func doubled(pattern string, least int) string {
	head := pattern
	if i := strings.IndexAny(head, "{\\"); i >= 0 {
		head = head[:i]
	}
	isWord := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	n := 0
	for n < len(head) && isWord(head[n]) {
		n++
	}
	if n < least || n == len(head) {
		return ""
	}
	first := head[:n]
	for i := n; i+n < len(head); i++ { // the last word must end before the head does
		if !isWord(head[i-1]) && !isDigit(head[i-1]) && head[i:i+n] == first && !isWord(head[i+n]) && !isDigit(head[i+n]) {
			return head[:i]
		}
	}
	return ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
