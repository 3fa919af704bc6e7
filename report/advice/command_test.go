package advice

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/advice/internal/command"
)

// hostile are names that try to leave their place in a command line.
var hostile = []string{
	"cart:{int}",
	"cart:'; touch pwned; '",
	"cart:$(touch pwned)`touch pwned`",
	"cart:\"\\\" ; touch pwned #",
	"cart:\ntouch pwned\n",
	"cart:\x1b[31m\x00\xff\r",
	"cart:*?[a-z]\\",
	"-cart -- --eval /tmp/x",
	"cart:größe:\u202e",
	"cart:" + strings.Repeat("long", 300),
}

// program finds a program; without it a test is skipped, but not in CI.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err != nil && os.Getenv("RDBLENS_CI") != "":
		t.Fatal(err)
	case err != nil:
		t.Skip(err)
	}
	return path
}

// actionsFor returns what every rule says of patterns and keys with a name.
func actionsFor(name, server string) []Suggestion {
	r := planted()
	r.Facts.Server, r.Sources[0].Model.Server = server, server
	r.ByType = append(r.ByType, aggregate.TypeRow{DB: 3, Type: "hash", Keys: 5})
	shown := parser.Escape([]byte(name))
	for i := range r.Facts.Patterns {
		p := &r.Facts.Patterns[i]
		if p.Pattern == "session:{uuid}" || p.Pattern == "user:{int}:profile" {
			continue
		}
		p.Pattern, p.Example = shown+":"+p.Pattern, shown
		p.Match = name + "*"
	}
	for i := range r.Biggest {
		r.Biggest[i].Key, r.Biggest[i].KeyLen = shown, int64(len(name))
	}
	r.Expiry.Storms[0].TopPatterns = []string{shown}
	r.Sources[0].Name = name
	got, _ := Suggest(r, Options{})
	return got
}

func TestActionsAreSafeForAShell(t *testing.T) {
	sh := program(t, "sh")
	stubs := t.TempDir()
	for _, c := range []string{"redis-cli", "valkey-cli", "rdblens"} {
		if err := os.WriteFile(filepath.Join(stubs, c), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, server := range []string{"redis-6.2", "valkey-9.0"} {
		for i, name := range hostile {
			if testing.Short() && i%4 != 0 {
				continue
			}
			got := actionsFor(name, server)
			if len(got) < 8 {
				t.Fatalf("%q: only %v", name, titles(got))
			}
			var script strings.Builder
			for _, s := range got {
				for _, l := range append([]string{s.Title, s.Basis, s.Risk}, s.Action...) {
					if command.Line(l) != l {
						t.Errorf("%s, %q: not one printable line: %q", s.ID, name, l)
					}
				}
				script.WriteString("\n" + strings.Join(s.Action, "\n"))
			}
			if out, err := exec.Command(sh, "-n", "-c", script.String()).CombinedOutput(); err != nil {
				t.Errorf("%q: %v: %s\n%s", name, err, out, script.String())
			}
			// Run with its notes as commands: a shell that is typed into may
			// not know comments.
			dir := t.TempDir()
			noted := strings.ReplaceAll(script.String(), "\n# ", "\n: ")
			cmd := exec.Command(sh, "-e", "-c", noted)
			cmd.Dir = dir
			cmd.Env = []string{"PATH=" + stubs + string(os.PathListSeparator) + os.Getenv("PATH")}
			if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%q: %v: %s\n%s", name, err, out, noted)
			}
			if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
				t.Errorf("%q: the name ran a command:\n%s", name, noted)
			}
		}
	}
}

// An action is printed only where no key that is known to be another's is chosen.
func TestActionsChooseTheirOwnKeys(t *testing.T) {
	r := add(clean(),
		cache(row("cart:{int}", "hash", 1000, mib, 1000, mib)),
		row("cart:{int}:items", "hash", 500, mib, 0, 0), // matched by cart:*, but not of its shape
		row("cart:open", "hash", 9, mib, 0, 0),
		row("cart:{int}", "string", 7, kib, 0, 0), // of its shape, of another type
	)
	lines := strings.Join(one(t, r, "R02").Action, "\n")
	for _, want := range []string{`awk -v re='^cart:[-+]?[0-9]+$' '$0 !~ /\001/ && $0 ~ re' > rdblens-R02-`, " MATCH 'cart:*' COUNT 1000 TYPE hash |", "EXPIRE"} {
		if !strings.Contains(lines, want) {
			t.Errorf("no %q in\n%s", want, lines)
		}
	}

	// What cannot be told apart gets no command.
	twin := row("cart:{hex}", "hash", 40, kib, 0, 0)
	twin.Example = "cart:12345678"
	lines = strings.Join(one(t, add(r, twin), "R02").Action, "\n")
	if !strings.Contains(lines, "# no command: it would also take keys of 'cart:{hex}', 40 keys in all") || strings.Contains(lines, "EXPIRE\\r") || strings.Contains(lines, "SCAN") {
		t.Errorf("another pattern of the same shape:\n%s", lines)
	}

	// A name that is no pattern has no shape to tell its keys by, and a name of two
	// lines is none for a list of lines.
	group := cache(row("carts of the shop", "hash", 1000, mib, 1000, mib))
	group.Match, group.Example = "cart:*", "cart:1"
	broken := cache(row("cart:{*}", "hash", 1000, mib, 1000, mib))
	broken.Match, broken.Names = "cart:*", []string{"cart:1", "cart:2\nvictim"}
	for _, p := range []aggregate.PatternFacts{group, broken} {
		lines = strings.Join(one(t, add(clean(), p), "R02").Action, "\n")
		if !strings.Contains(lines, "no command: their names cannot be told") || strings.Contains(lines, "SCAN") {
			t.Errorf("%s:\n%s", p.Pattern, lines)
		}
	}

	// Of names that are not known nothing can be tried.
	long := row("cart:{text}", "hash", 3, kib, 0, 0)
	long.Example = "cart:aaaa…"
	lines = strings.Join(one(t, add(clean(), cache(row("cart:{int}", "hash", 1000, mib, 1000, mib)), long), "R02").Action, "\n")
	if !strings.Contains(lines, "it would also take keys of 'cart:{text}', 3 keys in all") {
		t.Errorf("long names:\n%s", lines)
	}

	// Where names are hidden nothing can be tried.
	hidden := cache(row("cart:{int}", "hash", 1000, mib, 1000, mib))
	hidden.Example, hidden.Names = "~0123456789ab", []string{"~0123456789ab"}
	if lines = strings.Join(one(t, add(clean(), hidden), "R02").Action, "\n"); !strings.Contains(lines, "no command") || strings.Contains(lines, "SCAN") {
		t.Errorf("hidden names:\n%s", lines)
	}
}

// What nothing is known of, and what a framework bounds itself, gets no command.
func TestActionsByPurpose(t *testing.T) {
	commands := func(p aggregate.PatternFacts) (lines []string) {
		for _, l := range one(t, add(clean(), p), "R02").Action {
			if !strings.HasPrefix(l, "# ") {
				lines = append(lines, l)
			}
		}
		return lines
	}
	p := row("tmp:{int}", "string", 1000, mib, 1000, mib)
	only := []string{"rdblens keys --match 'tmp:*' --type string --ttl none shop.rdb"}
	if diff := cmp.Diff(only, commands(p)); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
	p = cache(p)
	if got := commands(p); len(got) < 3 {
		t.Errorf("a cache: %q", got)
	}
	p.Purpose.Framework, p.Purpose.Bound, p.Purpose.Own = "Cachelib", "default_timeout (300 s); `clear`", true
	if diff := cmp.Diff(only, commands(p)); diff != "" {
		t.Errorf("a framework's (-want +got):\n%s", diff)
	}
	if got := one(t, add(clean(), p), "R02").Action[0]; got != "# Cachelib does it itself: default_timeout, 300 s, clear" {
		t.Errorf("a framework's: %s", got)
	}
}

// Where keys are missing from a report, or are not as they are on the server, no
// command goes by its rows.
func TestActionsAreWithheld(t *testing.T) {
	for name, spoil := range map[string]func(r *aggregate.Report){
		"partial":    func(r *aggregate.Report) { r.Partial = true },
		"capped":     func(r *aggregate.Report) { r.PatternsCapped = true },
		"regrouped":  func(r *aggregate.Report) { r.Facts.Regrouped = true },
		"redacted":   func(r *aggregate.Report) { r.Facts.Redacted = true },
		"--regex":    func(r *aggregate.Report) { r.Filters.Regex = []string{"1"} },
		"--exclude":  func(r *aggregate.Report) { r.Filters.Exclude = []string{"1"} },
		"--match":    func(r *aggregate.Report) { r.Filters.Match = []string{"*"} },
		"--type":     func(r *aggregate.Report) { r.Filters.Type = []string{"hash"} },
		"--db":       func(r *aggregate.Report) { r.Filters.DB = []int32{1} },
		"--min-size": func(r *aggregate.Report) { r.Filters.MinSize = 1 },
		"--max-size": func(r *aggregate.Report) { r.Filters.MaxSize = 1 << 40 },
		"--ttl":      func(r *aggregate.Report) { r.Filters.TTL = "none" },
		"":           func(*aggregate.Report) {},
	} {
		big := cache(row("page:all", "string", 1, 2*mib, 0, 0))
		big.Over1MiB, big.Over1MiBMemory = 1, 2*mib
		r := add(clean(), cache(row("cart:{int}", "hash", 1000, mib, 1000, mib)), big)
		r.Biggest = []aggregate.BigKey{{Type: "string", Key: "page:all", KeyLen: 8, Pattern: "page:all", Memory: 2 * mib}}
		spoil(r)
		ttl, gone := strings.Join(one(t, r, "R02").Action, "\n"), strings.Join(one(t, r, "R01").Action, "\n")
		whole := name == ""
		if strings.Contains(ttl, "EXPIRE\\\"") != whole || strings.Contains(ttl, "SCAN") != whole || strings.Contains(ttl, "no command: ") == whole {
			t.Errorf("%s: R02 says\n%s", name, ttl)
		}
		if strings.Contains(gone, "UNLINK 'page:all'") != whole {
			t.Errorf("%s: R01 says\n%s", name, gone)
		}
	}
}

func TestActionNamesTheDatabase(t *testing.T) {
	r := add(clean(), cache(row("cart:{int}", "zset", 1000, mib, 1000, mib)))
	r.ByType = append(r.ByType, aggregate.TypeRow{DB: 3, Type: "zset", Keys: 1000})
	if a := strings.Join(one(t, r, "R02").Action, "\n"); !strings.Contains(a, `redis-cli -n 3 SCAN "$c" MATCH 'cart:*' COUNT 1000 TYPE zset |`) || !strings.Contains(a, "redis-cli -n 3 --pipe") {
		t.Errorf("one database:\n%s", a)
	}
	r.ByType = append(r.ByType, aggregate.TypeRow{DB: 1, Type: "zset", Keys: 1000})
	if a := strings.Join(one(t, r, "R02").Action, "\n"); !strings.Contains(a, "databases 1 3, set db to one of them first, db=1") || strings.Count(a, `redis-cli -n "${db:?number of a database}" `) != 2 || strings.Count(a, "redis-cli") != 2 {
		t.Errorf("two databases:\n%s", a)
	}
}

func TestBigKeyCommands(t *testing.T) {
	tests := []struct{ name, want string }{
		{"leaderboard", "redis-cli MEMORY USAGE 'leaderboard'"},
		{"it's", `redis-cli MEMORY USAGE 'it'\''s'`},
		{"a\x00\"b", `redis-cli --quoted-input MEMORY USAGE '"a\x00\"b"'`},
		{`back\slash`, `redis-cli --quoted-input MEMORY USAGE '"back\\slash"'`},
	}
	for _, tt := range tests {
		r := add(clean(), with(row("x", "zset", 1, 2*mib, 1, 2*mib), func(p *aggregate.PatternFacts) { p.Over1MiB, p.Over1MiBMemory = 1, 2*mib }))
		r.Biggest = []aggregate.BigKey{{Type: "zset", Key: parser.Escape([]byte(tt.name)), KeyLen: int64(len(tt.name)), Memory: 2 * mib}}
		if a := one(t, r, "R01").Action; a[0] != tt.want {
			t.Errorf("%q: %s, want %s", tt.name, a[0], tt.want)
		}
	}
}

// startServer runs a redis-server on a socket in a directory of the test and
// returns a PATH on which redis-cli speaks to it.
func startServer(t *testing.T) (path string, cli func(args ...string) string) {
	t.Helper()
	server, realCLI := program(t, "redis-server"), program(t, "redis-cli")
	// A socket's path is short on every system; that of t.TempDir may not be.
	dir, err := os.MkdirTemp("", "rdblens")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(server, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir, "--daemonize", "no", "--logfile", "")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	ready := false
	for lines := bufio.NewScanner(out); !ready && lines.Scan(); {
		// The line about the socket is the last one of the start.
		ready = strings.Contains(lines.Text(), "ready to accept connections") || strings.Contains(lines.Text(), "Ready to accept connections")
	}
	if !ready {
		t.Fatal("redis-server does not start")
	}
	go func() { // the pipe must not fill up
		for r := bufio.NewReader(out); ; {
			if _, err := r.ReadByte(); err != nil {
				return
			}
		}
	}()
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"redis-cli": fmt.Sprintf("exec %s -s %s \"$@\"\n", command.Quote(realCLI), command.Quote(socket)),
		"rdblens":   "exit 0\n",
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+body), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path = bin + string(os.PathListSeparator) + os.Getenv("PATH")
	return path, func(args ...string) string {
		t.Helper()
		out, err := exec.Command(filepath.Join(bin, "redis-cli"), args...).CombinedOutput()
		if err != nil {
			t.Fatalf("redis-cli %q: %v: %s", args, err, out)
		}
		return strings.TrimSuffix(string(out), "\n")
	}
}

// The commands of an action are run against a real server: keys without a TTL
// get one, others keep theirs, and no name is taken for anything but a name.
func TestActionsOnAServer(t *testing.T) {
	path, cli := startServer(t)
	for _, server := range []string{"redis-6.2", "redis-7.4"} {
		if testing.Short() && server != "redis-7.4" {
			continue
		}
		t.Run(server, func(t *testing.T) {
			cli("FLUSHALL")
			names := []string{"cart:1", "cart:it's 2", `cart:"q" $x\`, "cart:größe", "cart:\xff\x02", "cart:5 NX", "cart:{a}"}
			for _, n := range names {
				cli("SET", n, "v")
			}
			cli("SET", "cart:ttl", "v", "EX", "100")
			cli("SET", "other", "v")
			cli("SET", "cart:1:items", "v")
			p := cache(row("cart:{b64}", "string", 1000, mib, 1000, mib))
			p.Match, p.Names = "cart:*", names
			r := add(clean(), p)
			r.Facts.Server, r.Sources[0].Model.Server = server, server
			run(t, path, one(t, r, "R02").Action)
			for _, n := range names {
				if ttl, err := strconv.Atoi(cli("TTL", n)); err != nil || ttl < 2592000*89/100 || ttl > 2592000*111/100 {
					t.Errorf("%q has a TTL of %d (%v)", n, ttl, err)
				}
			}
			if ttl, _ := strconv.Atoi(cli("TTL", "cart:ttl")); ttl > 100 || ttl < 1 {
				t.Errorf("a key that had a TTL now has %d", ttl)
			}
			for _, n := range []string{"other", "cart:1:items"} {
				if got := cli("TTL", n); got != "-1" {
					t.Errorf("%s, a key of another pattern, has the TTL %s", n, got)
				}
			}
			if got := cli("DBSIZE"); got != "10" {
				t.Errorf("%s keys, want 10", got)
			}
			// EXPIRE deletes what it gives no time.
			cli("PERSIST", "cart:1")
			for _, wrong := range []string{"", "0", "-1", "30d", "1e9", "59"} {
				lines := slices.Clone(one(t, r, "R02").Action)
				lines[slices.Index(lines, "ttl=2592000")] = "ttl=" + wrong
				cmd := exec.Command("sh", "-c", strings.Join(lines, "\n"))
				cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "PATH="+path)
				if out, err := cmd.CombinedOutput(); !strings.Contains(string(out), "ttl: whole seconds") {
					t.Errorf("ttl=%s: %v: %s", wrong, err, out)
				}
				if got := cli("TTL", "cart:1"); got != "-1" {
					t.Errorf("ttl=%s gave a TTL of %s", wrong, got)
				}
			}
		})
	}
	t.Run("settings", func(t *testing.T) {
		cli("CONFIG", "SET", "active-expire-effort", "1")
		got, _ := Suggest(planted(), Options{})
		want := map[string]string{
			"R01": "lazyfree-lazy-expire yes", "R04": "hash-max-listpack-value 128", "R05": "set-max-intset-entries 1024", "R09": "active-expire-effort 2",
		}
		for _, s := range got {
			if setting := want[s.ID]; setting != "" {
				run(t, path, s.Action)
				name, value, _ := strings.Cut(setting, " ")
				if diff := cmp.Diff(name+"\n"+value, cli("CONFIG", "GET", name)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", s.ID, diff)
				}
				delete(want, s.ID)
			}
		}
		if len(want) != 0 {
			t.Errorf("not found: %v", want)
		}
	})
	t.Run("old setting names", func(t *testing.T) {
		cli("CONFIG", "SET", "hash-max-ziplist-value", "128")
		if got := cli("CONFIG", "GET", "hash-max-listpack-value"); got != "hash-max-listpack-value\n128" {
			t.Errorf("the old name is no alias: %s", got)
		}
	})
	t.Run("expired keys go with a scan", func(t *testing.T) {
		cli("FLUSHALL")
		cli("DEBUG", "SET-ACTIVE-EXPIRE", "0")
		cli("SET", "gone", "v", "PXAT", "1")
		cli("SET", "here", "v")
		r := clean()
		r.Totals.KeysExpired, r.Totals.MemoryExpired = 1000, 10*mib
		run(t, path, one(t, r, "R09").Action)
		if got := cli("DBSIZE"); got != "1" {
			t.Errorf("%s keys, want 1", got)
		}
	})
}

func run(t *testing.T, path string, action []string) {
	t.Helper()
	cmd := exec.Command("sh", "-e", "-c", strings.Join(action, "\n"))
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "PATH="+path)
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "ERR ") || strings.Contains(string(out), "errors: ") && !strings.Contains(string(out), "errors: 0") {
		t.Fatalf("%v: %s\n%s", err, out, strings.Join(action, "\n"))
	}
}

// No redis-cli and no valkey-cli takes a type beside --scan: it would print its
// usage and find nothing.
func TestScanOptions(t *testing.T) {
	r := add(clean(), probed("a:long:name:{int}", "hash", 90_000, 9*mib, func(p *aggregate.ProbeFacts) {
		p.ShortName, p.Short = "n:{int}", estimate(90_000, 9*mib, 6*mib)
	}))
	for i := range r.Facts.Patterns {
		r.Facts.Patterns[i].Match = "a:long:name:*"
	}
	got := strings.Join(one(t, r, "R14").Action, "\n")
	for _, want := range []string{"SCAN \"$c\" MATCH 'a:long:name:*' COUNT 1000 TYPE hash |"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, line := range strings.Split(got, "\n") {
		if strings.Contains(line, "-cli") && strings.Contains(line, "--type") {
			t.Errorf("no such option: %s", line)
		}
	}
}
