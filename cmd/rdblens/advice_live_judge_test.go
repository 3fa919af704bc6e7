package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
)

// liveRow is a row of the pattern table.
type liveRow struct {
	Pattern string `json:"pattern"`
	Type    string `json:"type"`
	Keys    int64  `json:"keys"`
	Role    string `json:"role"`
	Example string `json:"example"`

	Estimated bool `json:"estimated"`

	shape    *regexp.Regexp
	literals int // bytes of the pattern that are not a class
}

// liveSuggestion is what is read of a suggestion.
type liveSuggestion struct {
	ID       string         `json:"id"`
	Pattern  string         `json:"pattern"`
	Title    string         `json:"title"`
	Keys     int64          `json:"keys"`
	Saves    float64        `json:"saves_bytes"`
	Action   []string       `json:"action"`
	Evidence map[string]any `json:"evidence"`

	usual bool // under the thresholds everybody has
}

// text returns a text of the evidence, texts a list of them.
func (s *liveSuggestion) text(name string) string {
	v, _ := s.Evidence[name].(string)
	return v
}

func (s *liveSuggestion) texts(name string) []string {
	var out []string
	l, _ := s.Evidence[name].([]any)
	for _, v := range l {
		if text, ok := v.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// mostKeys returns how many keys an action may change: those the suggestion
// counts, and the error it gives where it counted a sample.
func (s *liveSuggestion) mostKeys() int64 {
	most := s.Keys + s.Keys/10 + 8
	if bound, _ := s.Evidence["bound_bytes"].(float64); s.Saves > 0 {
		most += int64(float64(s.Keys) * bound / s.Saves)
	}
	return most
}

// classShapes are what tokens of a class look like, for the classes of which a
// key of another kind is easily taken for one. The others are runs without the
// separators that are always cut at.
var classShapes = map[string]string{
	"int":   `[+-]?[0-9]+`,
	"float": `[+-]?[0-9]+[.,][0-9]+`,
	"uuid":  `[0-9A-Fa-f_-]{32,38}`,
	"hex":   `(?:0x)?[0-9A-Fa-f]+`,
	"ulid":  `[0-9A-Za-z]{26}`,
	"date":  `[0-9TZWQ:+._-]+`,
	"*":     `.*`,
	"java":  `.+`,
	"ip":    `[0-9A-Fa-f.:\[\]]+`,
	"url":   `.+`,
	"email": `.+@.+`,
	"slug":  `.+`,
}

// compile makes the expression of a row. It is written apart from the one that
// the actions use: what one gets wrong the other should not.
func (r *liveRow) compile(report []string) error {
	run := `[^:/|]+`
	if slices.Contains(report, "--separators") {
		run = `.+`
	}
	var re strings.Builder
	re.WriteString(`(?s)\A`)
	p := r.Pattern
	for i := 0; i < len(p); {
		switch {
		case strings.HasPrefix(p[i:], "{{") || strings.HasPrefix(p[i:], "}}"):
			re.WriteString(regexp.QuoteMeta(p[i : i+1]))
			r.literals++
			i += 2
		case p[i] == '{' && strings.IndexByte(p[i:], '}') > 0:
			end := i + strings.IndexByte(p[i:], '}')
			shape, ok := classShapes[p[i+1:end]]
			if !ok {
				shape = run
			}
			re.WriteString("(?:" + shape + ")")
			i = end + 1
		default:
			end := i + 1
			for end < len(p) && p[end] != '{' && p[end] != '}' {
				end++
			}
			text, ok := keyname.Unescape(p[i:end])
			if !ok {
				return fmt.Errorf("%q is not escaped", p[i:end])
			}
			re.WriteString(regexp.QuoteMeta(bytesAsRunes(text)))
			r.literals += len(text)
			i = end
		}
	}
	re.WriteString(`\z`)
	var err error
	r.shape, err = regexp.Compile(re.String())
	return err
}

// bytesAsRunes makes a character of each byte, so that expressions see bytes.
func bytesAsRunes(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// liveJudge knows whose each key is.
type liveJudge struct {
	rows  []*liveRow
	exact map[[2]string]*liveRow // by pattern and type
	types map[liveKey]string
	roles []liveTruth
	known map[liveKey]*liveRow
	// groups are those of the command line, first match counts: name and glob.
	groups [][2]string
}

func groupsIn(report []string) (groups [][2]string) {
	for i, arg := range report {
		if arg == "--group" {
			name, glob, _ := strings.Cut(report[i+1], "=")
			groups = append(groups, [2]string{name, glob})
		}
	}
	return groups
}

// rowOf returns the row that a key is counted in: that of its own pattern, or of
// those that its name fits the one with most text in common. nil when it is in
// none of the table.
func (j *liveJudge) rowOf(k liveKey) *liveRow {
	row, ok := j.known[k]
	if !ok {
		row = j.findRow(k)
		j.known[k] = row
	}
	return row
}

func (j *liveJudge) findRow(k liveKey) *liveRow {
	typ := j.types[k]
	pure := string(keyname.PatternOf([]byte(k.name)))
	for _, g := range j.groups {
		if keyname.Glob(g[1]).Match([]byte(k.name)) {
			pure = g[0]
			break
		}
	}
	for _, t := range []string{typ, "mixed"} {
		if r := j.exact[[2]string{pure, t}]; r != nil {
			return r
		}
	}
	name := bytesAsRunes(k.name)
	var best *liveRow
	for _, r := range j.rows {
		if r.Type != typ && r.Type != "mixed" || r.shape == nil || !r.shape.MatchString(name) {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(r.literals, best.literals), -cmp.Compare(strings.Count(r.Pattern, "{*}"), strings.Count(best.Pattern, "{*}"))) > 0 {
			best = r
		}
	}
	return best
}

// owns reports whether a suggestion speaks of a key.
func (j *liveJudge) owns(s *liveSuggestion, k liveKey) bool {
	if slices.Contains(s.texts("largest_keys"), parser.Escape([]byte(k.name))) {
		return true
	}
	patterns := append(s.texts("patterns"), s.Pattern)
	row := j.rowOf(k)
	if row == nil || !slices.Contains(patterns, row.Pattern) {
		return false
	}
	typ := s.text("type")
	return typ == "" || typ == "mixed" || typ == j.types[k]
}

// liveTruth is a line of a table of roles: what is right of the keys with a name.
type liveTruth struct {
	kind  string
	name  *regexp.Regexp
	roles []string
}

// readLiveTruth reads the lines about a dump of testdata/keyspaces/roles.tsv and
// testdata/live/roles.tsv.
func readLiveTruth(t *testing.T, dump string) (truths []liveTruth) {
	t.Helper()
	for _, dir := range []string{"keyspaces", "live"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "testdata", dir, "roles.tsv"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			if strings.HasPrefix(line, "#") || len(f) != 5 || f[0] != dump {
				continue
			}
			truths = append(truths, liveTruth{f[1], regexp.MustCompile("^(?:" + f[2] + ")$"), strings.Split(f[3], "|")})
		}
	}
	return truths
}

// untouchable are the roles whose keys no action may change: somebody still
// waits for them, or finds other keys by them.
var untouchable = []string{"job", "queue", "delayed-set", "in-flight", "index", "geo", "config"}

// untouched returns what a key is that no action may change, "" for others.
func (j *liveJudge) untouched(k liveKey) string {
	name := parser.Escape([]byte(k.name))
	for _, l := range j.roles {
		if !l.name.MatchString(name) {
			continue
		}
		// "index|cache" leaves it open, "index|unknown" does not.
		for _, r := range l.roles {
			if !slices.Contains(untouchable, r) && r != "unknown" {
				return ""
			}
		}
		if slices.Equal(l.roles, []string{"unknown"}) {
			return ""
		}
		return l.kind + ", " + strings.Join(l.roles, "|")
	}
	return ""
}

// judge returns what is wrong with the changes that an action made. pasted: it
// ran as it is printed, with what is commented out left alone.
func (j *liveJudge) judge(s *liveSuggestion, changes []liveChange, settings []string, pasted bool) (wrong []string) {
	count := map[string]int{}
	example := map[string]string{}
	say := func(k liveKey, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		if count[text]++; count[text] == 1 {
			example[text] = fmt.Sprintf("db %d %s %q", k.db, j.types[k], k.name)
		}
	}
	for _, c := range changes {
		switch {
		case c.before == nil:
			say(c.key, "made a key")
			continue
		case c.after == nil && pasted:
			say(c.key, "removed a key")
		case c.after != nil && pasted && c.after.payload != c.before.payload:
			say(c.key, "changed a value")
		case c.after != nil && c.before.expireAt >= 0 && c.after.expireAt != c.before.expireAt:
			say(c.key, "changed the TTL of a key that had one")
		}
		row := j.rowOf(c.key)
		if !j.owns(s, c.key) {
			of := "of no row"
			if row != nil {
				of = "of " + row.Pattern
			}
			say(c.key, "changed a key that it does not speak of, %s", of)
		}
		if kind := j.untouched(c.key); kind != "" {
			say(c.key, "changed a key of the kind %s", kind)
		}
		if row != nil && slices.Contains(append([]string{"unknown"}, untouchable...), row.Role) {
			say(c.key, "changed a key whose row has the role %s", row.Role)
		}
	}
	if n, most := len(changes), s.mostKeys(); int64(n) > most {
		wrong = append(wrong, fmt.Sprintf("changed %d keys, it speaks of %d", n, s.Keys))
	}
	action := strings.Join(s.Action, "\n")
	for _, name := range settings {
		if !strings.Contains(strings.ReplaceAll(action, "-ziplist-", "-listpack-"), " "+name+" ") {
			wrong = append(wrong, "changed the setting "+name)
		}
	}
	for text, n := range count {
		wrong = append(wrong, fmt.Sprintf("%s: %d keys, as %s", text, n, example[text]))
	}
	slices.Sort(wrong)
	return wrong
}
