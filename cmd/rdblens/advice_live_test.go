package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/rdblens/rdblens/report/advice"
)

// leastDumps is how many dumps of testdata must run, and leastActions how many
// actions with a command in them: a test that runs nothing finds nothing.
const (
	leastDumps   = 30
	leastActions = 120
)

// liveDump is a dump whose advice is followed.
type liveDump struct {
	name string // of the lines about it in the tables of roles
	path string
	ours bool // in testdata: the server must load it
}

func liveDumps(t *testing.T) (dumps []liveDump) {
	t.Helper()
	add := func(ours bool, pattern string) {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			name, _, _ := strings.Cut(filepath.Base(p), ".rdb")
			// A server refuses what was cut down until members were alike; the whole dump
			// stands in for it.
			if _, err := os.Stat(filepath.Join("..", "..", "testdata", "live", name+"-uncut.rdb.gz")); ours && err == nil {
				continue
			}
			dumps = append(dumps, liveDump{strings.TrimSuffix(name, "-uncut"), p, ours})
		}
	}
	for _, pattern := range []string{"demo.rdb", "keyspaces/*.rdb.gz", "live/*.rdb.gz"} {
		add(true, filepath.Join("..", "..", "testdata", pattern))
	}
	// Any other dump is welcome: folders, as in a PATH.
	for _, dir := range filepath.SplitList(os.Getenv("RDBLENS_LIVE")) {
		for _, pattern := range []string{"*.rdb", "*/*.rdb", "*.rdb.gz"} {
			add(false, filepath.Join(dir, pattern))
		}
	}
	return dumps
}

// TestAdviceOnAServer follows all advice on all dumps: each action of each
// suggestion is run by a shell with redis-cli against a redis-server that holds
// the dump, once as it is printed and once with the commands that are commented
// out. It may change keys that the suggestion speaks of and no others, none that
// somebody waits for or finds others by, and must do what it says.
func TestAdviceOnAServer(t *testing.T) {
	programOr(t, "redis-server")
	programOr(t, "redis-cli")
	dumps := liveDumps(t)
	if testing.Short() {
		dumps = slices.DeleteFunc(dumps, func(d liveDump) bool { return d.name != "rq" && d.name != "sessions" })
	}
	var ran, actions atomic.Int64
	t.Run("dumps", func(t *testing.T) {
		for _, d := range dumps {
			folder := filepath.Base(filepath.Dir(d.path))
			t.Run(folder+"/"+filepath.Base(d.path), func(t *testing.T) {
				t.Parallel()
				n := followAdvice(t, d)
				if n >= 0 && d.ours {
					ran.Add(1)
				}
				actions.Add(int64(max(0, n)))
			})
		}
	})
	t.Logf("%d dumps of testdata, %d actions with commands", ran.Load(), actions.Load())
	if !testing.Short() && (ran.Load() < leastDumps || actions.Load() < leastActions) {
		t.Errorf("%d dumps and %d actions ran, want %d and %d at least", ran.Load(), actions.Load(), leastDumps, leastActions)
	}
}

func readDump(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, ".gz") {
		return b
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(z); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// followAdvice loads a dump, runs the advice of a report made with args, and
// returns the number of actions.
func followAdvice(t *testing.T, d liveDump, args ...string) int {
	dump := readDump(t, d.path)
	path := filepath.Join(t.TempDir(), "dump.rdb")
	if err := os.WriteFile(path, dump, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"check", path}, nil, &out, &errs, noEnv); code != exitOK {
		if d.ours {
			t.Fatalf("check exits with %d: %s", code, &errs)
		}
		t.Skipf("a damaged dump gets no advice: check exits with %d", code)
	}
	l, reason := startLive(t, liveClock(t, dump, time.Now().UnixMilli()))
	if l == nil {
		if d.ours {
			t.Fatal(reason)
		}
		t.Skipf("this server does not load it: %s", lastLine(reason))
	}
	return l.follow(d.name, append([]string{path}, args...))
}

func noEnv(string) string { return "" }

// lastLine returns the last line of a server's log in which it complains.
func lastLine(log string) (last string) {
	for line := range strings.Lines(log) {
		if strings.Contains(line, " # ") {
			last = strings.TrimSpace(line)
		}
	}
	return cmp.Or(last, log)
}

// follow runs all advice on a dump that the server holds.
func (l *liveAdvice) follow(name string, report []string) (actions int) {
	t := l.t
	t.Helper()
	l.all = len(report) == 1
	rows, suggestions := adviceOn(t, report)
	j := &liveJudge{exact: map[[2]string]*liveRow{}, known: map[liveKey]*liveRow{}, types: l.types(), roles: readLiveTruth(t, name), groups: groupsIn(report)}
	for i := range rows {
		r := &rows[i]
		if err := r.compile(report); err != nil {
			t.Errorf("%s: %v", r.Pattern, err)
		}
		j.rows = append(j.rows, r)
		if !r.Estimated {
			j.exact[[2]string{r.Pattern, r.Type}] = r
		}
	}
	for i := range suggestions {
		s := &suggestions[i]
		if len(commandsOf(s.Action)) == 0 {
			continue
		}
		actions++
		for _, pasted := range []bool{true, false} {
			l.act(j, s, pasted)
		}
	}
	explained(t, report, suggestions)
	// The server's count of changes was believed: look once whether it is true.
	if keys, settings := l.changed(true); len(keys)+len(settings) > 0 {
		t.Errorf("%d keys and settings %v were changed and not counted", len(keys), settings)
	}
	return actions
}

// act runs an action, in each database when it is left open which, and judges.
func (l *liveAdvice) act(j *liveJudge, s *liveSuggestion, pasted bool) {
	t := l.t
	t.Helper()
	lines, how := s.Action, "as printed"
	if !pasted {
		lines, how = commandsOf(s.Action), "with the commands in comments"
		if slices.Equal(lines, printedOf(s.Action)) {
			return
		}
	}
	fail := func(format string, args ...any) {
		t.Errorf("%s %s, %s: %s", s.ID, s.Pattern, how, fmt.Sprintf(format, args...))
	}
	if out, err := l.shell(lines, 0, "-n"); err != nil {
		fail("no shell reads it: %v: %s", err, out)
	}
	// What asks the dump says the same each time.
	again := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.HasPrefix(line, "rdblens ") })
	if !pasted {
		lines = again
	}
	where := []int{0}
	if l.dbs > 1 && strings.Contains(strings.Join(s.Action, "\n"), "${db:?") {
		where = l.databases()
		where = where[:min(len(where), 4)]
	}
	var touched int64
	for _, db := range where {
		out, err := l.shell(lines, db, "-e")
		lines = again
		if err != nil || failed.MatchString(replies(out)) {
			fail("it fails: %v: %.300q", err, out)
		}
		keys, settings := l.changed(false)
		for _, w := range j.judge(s, keys, settings, pasted) {
			fail("%s", w)
		}
		touched += int64(len(keys))
		if pasted && len(keys) > 0 {
			// A key that has a TTL keeps it, so a second run does nothing.
			once := l.changes()
			if out, err := l.shell(again, db, "-e"); err != nil {
				fail("it fails when run again: %v: %.300q", err, out)
			}
			if l.changes() != once {
				fail("run again it changes more")
				keys, settings = l.changed(true)
			}
		}
		l.restore(keys, settings)
	}
	if len(where) < 4 && pasted && l.all && strings.Contains(strings.Join(again, "\n"), "\"EXPIRE\\\"") {
		if err := l.effect(j, s, touched); err != nil {
			fail("%v", err)
		}
	}
}

// failed is what a client prints of an error reply.
var failed = regexp.MustCompile(`(?m)^\(error\)|\b(ERR|WRONGTYPE|NOAUTH|MOVED|CROSSSLOT) |errors: [1-9]|rror:`)

// effect holds the number of keys that got a TTL against the keys of the row
// that have none, as the server has them and as the suggestion counts them.
// Fewer may get one where a name cannot be carried from one tool to another.
func (l *liveAdvice) effect(j *liveJudge, s *liveSuggestion, touched int64) error {
	n, ok := s.Evidence["keys_without_ttl"].(float64)
	if !ok {
		return nil
	}
	var meant int64
	for k, v := range l.base.keys {
		if v.expireAt < 0 && j.owns(s, k) {
			meant++
		}
	}
	switch {
	case int64(n) != meant:
		return fmt.Errorf("it speaks of %d keys without a TTL, by its pattern there are %d", int64(n), meant)
	case touched == 0 && meant > 0:
		return fmt.Errorf("it does nothing, %d keys are meant", meant)
	case touched < meant:
		l.t.Logf("%s %s: %d of %d keys got a TTL", s.ID, s.Pattern, touched, meant)
	}
	return nil
}

// replies returns what a client printed that may tell of an error: not the names
// of keys and settings, which may hold any word.
func replies(out string) string {
	var kept []string
	for line := range strings.Lines(out) {
		if len(line) < 200 {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// types asks the server for the type of each key.
func (l *liveAdvice) types() map[liveKey]string {
	l.t.Helper()
	types := map[liveKey]string{}
	dbs := map[int]bool{}
	for k := range l.base.keys {
		dbs[k.db] = true
	}
	l.dbs = len(dbs)
	for db := range dbs {
		ask(l.t, l.c, "SELECT", db)
		for k := range l.base.keys {
			if k.db == db {
				l.c.Send(func(r any) error { types[k] = r.(string); return nil }, "TYPE", k.name)
			}
		}
		if err := l.c.Flush(); err != nil {
			l.t.Fatal(err)
		}
	}
	return types
}

// commented is a command that an action shows and does not run. One that names
// no key or host of the dump but stands for all is for reading only.
var commented = regexp.MustCompile(`^# ((?:redis-cli|valkey-cli|xargs) .*)$`)

func printedOf(action []string) (lines []string) {
	for _, line := range action {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// commandsOf returns the lines of an action without explanations, commands in
// comments with their sign taken off.
func commandsOf(action []string) (lines []string) {
	for _, line := range action {
		m := commented.FindStringSubmatch(line)
		switch {
		case !strings.HasPrefix(line, "#"):
			lines = append(lines, line)
		case m != nil && !strings.Contains(line, "host:port") && !strings.Contains(line, " key "):
			lines = append(lines, m[1])
		}
	}
	return lines
}

// adviceOn returns the rows of the whole pattern table, and the suggestions of a
// report as everybody gets it and of one whose rules speak of the smallest rows
// too: what is safe does not depend on how much there is.
func adviceOn(t *testing.T, report []string) (rows []liveRow, suggestions []liveSuggestion) {
	t.Helper()
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte(smallestThresholds()), 0o600); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, args := range [][]string{nil, {"--rules", rules}} {
		var out, errs bytes.Buffer
		args = slices.Concat([]string{"report"}, report, []string{"-f", "json", "--top", "1000000"}, args)
		if code := run(t.Context(), args, nil, &out, &errs, noEnv); code != exitOK {
			t.Fatalf("report exits with %d: %s", code, &errs)
		}
		var r struct {
			Patterns    []liveRow
			Suggestions []liveSuggestion
		}
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		rows = r.Patterns
		for _, s := range r.Suggestions {
			if id := s.ID + " " + s.Pattern + "\n" + strings.Join(s.Action, "\n"); !seen[id] {
				seen[id] = true
				s.usual = args[len(args)-1] != rules
				suggestions = append(suggestions, s)
			}
		}
	}
	return rows, suggestions
}

// smallestThresholds is a file of rules in which no amount is too small.
func smallestThresholds() string {
	var b strings.Builder
	for _, r := range advice.Rules() {
		var lines []string
		for _, l := range r.Thresholds {
			if !l.Fixed && slices.Contains([]string{"min-bytes", "min-share", "min-keys", "min-pattern-keys", "min-memory", "min-part", "nothing-share", "idle-min-share"}, l.Name) {
				least := "1"
				if l.Unit == advice.UnitShare {
					least = "0.01%"
				}
				lines = append(lines, fmt.Sprintf("  %s: %s", l.Name, least))
			}
		}
		if len(lines) > 0 {
			fmt.Fprintf(&b, "%s:\n%s\n", r.ID, strings.Join(lines, "\n"))
		}
	}
	return b.String()
}

// explained holds the text of --explain to the same commands: each on one line,
// or who copies it runs a part of it.
func explained(t *testing.T, report []string, suggestions []liveSuggestion) {
	t.Helper()
	texts := map[string]map[string]bool{}
	for i := range suggestions {
		s := &suggestions[i]
		if !s.usual {
			continue
		}
		lines, ok := texts[s.ID]
		if !ok {
			var out, errs bytes.Buffer
			args := slices.Concat([]string{"report"}, report, []string{"--explain", s.ID, "--top", "1000000", "--width", "60", "--no-color"})
			if code := run(t.Context(), args, nil, &out, &errs, noEnv); code != exitOK {
				t.Fatalf("report --explain %s exits with %d: %s", s.ID, code, &errs)
			}
			lines = map[string]bool{}
			for line := range strings.Lines(out.String()) {
				lines[strings.TrimSpace(line)] = true
			}
			texts[s.ID] = lines
		}
		for _, line := range s.Action {
			if (!strings.HasPrefix(line, "#") || commented.MatchString(line)) && !lines[line] {
				t.Errorf("%s %s: --explain does not print in one line: %s", s.ID, s.Pattern, line)
			}
		}
	}
}
