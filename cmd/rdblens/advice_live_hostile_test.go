package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rdblens/rdblens/cmd/internal/liveredis"
)

// hostileEnds end names so that a shell, awk, xargs, a glob or the protocol would
// take a part of the name for something else, or for the name of another key.
var hostileEnds = []string{
	"1", "2", "3",
	"4\nvictim",
	"5\nqueue:mail\n",
	"6\r\n*1\r\n$8\r\nFLUSHALL\r\n",
	"7\nFLUSHALL",
	"8 victim",
	"9\tvictim",
	"10'; touch pwned; '",
	"11\"; touch pwned; \"",
	"12$(touch pwned)`touch pwned`",
	"13\\",
	"14*", "15?", "16[a-z]", "17{int}", "18{}",
	"19\x00victim",
	"20\xff\xfe\x80",
	"21\x1b[2J",
	"22 -n 1 FLUSHALL",
	"23größe\u202e",
	"",
}

// victims are keys that nobody speaks of, with names that the ends above hold, or
// that a client takes for an option.
var victims = []string{"victim", "FLUSHALL", "-n", "-x", "--pipe", "*", "[a-z]", "{int}", "pwned", "touch", "config:app", "\n", " "}

// writeLive makes a server write a dump of what fill sends it.
func writeLive(t *testing.T, name string, fill func(c *liveredis.Client)) liveDump {
	t.Helper()
	dir := t.TempDir()
	s, err := liveredis.Start(t.Context(), programOr(t, "redis-server"), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop() }()
	c, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fill(c)
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	ask(t, c, "SAVE")
	b, err := os.ReadFile(s.Dump())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name+".rdb")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return liveDump{name, path, true}
}

// envelope is how dogpile.cache begins a value: such keys may go, so advice on them
// has commands.
const envelope = `{"ct": 1600000000.5, "v": 1}|`

// plantHostile gives every kind of names that the rules speak of such keys: some
// of them without a TTL, strings, hashes and sets.
func plantHostile(c *liveredis.Client) {
	page := envelope + strings.Repeat("a page of text, ", 100)
	for i, prefix := range []string{
		"cache:", "-cache:", "cart:user:", "temp:$(touch pwned):", "old:'stats':", "lock \"quoted\" ", "session*:", "token[x]:", "otp\\:",
		"cache\n:", "backup:\xff\xfe:", "tmp:{tag}:",
	} {
		for n := range 4 {
			for m, end := range hostileEnds {
				key := fmt.Sprintf("%s%d%s", prefix, 1000*n+37*m, end)
				if end == "" || m < 3 {
					key = fmt.Sprintf("%s%d", prefix, 1000*n+m)
				}
				switch {
				case i%3 == 0 && m%2 == 0:
					c.Send(nil, "SET", key, page, "EX", 864000+n)
				case i%3 == 0:
					c.Send(nil, "SET", key, page)
				case i%3 == 1:
					c.Send(nil, "HSET", key, "name", key, "last_seen", 1500000000, "note", "\r\n*1\r\n$8\r\nFLUSHALL\r\n")
				default:
					c.Send(nil, "SADD", key, key, "a", "b")
				}
			}
		}
	}
	for _, v := range victims {
		c.Send(nil, "SET", v, "must stay")
	}
	for n := range 40 {
		c.Send(nil, "RPUSH", "queue:mail", fmt.Sprintf("job %d", n))
	}
}

// plantHalves writes kinds of keys of which the advice means a part only: hashes
// that are stale beside those that are in use, counts of years ago beside today's,
// strings of an entity beside its hash.
func plantHalves(c *liveredis.Client) {
	now := time.Now()
	for n := range 300 {
		seen, day := now.Unix()-3600, now.Format("2006-01-02")
		if n%2 == 0 {
			seen, day = 1600000000, "2020-03-04"
		}
		c.Send(nil, "HSET", fmt.Sprintf("prefs:%d", n), "theme", "dark", "language", "de", "updated_at", seen)
		c.Send(nil, "SET", fmt.Sprintf("stats:%s:views:%d", day, n), strings.Repeat("x", 100+n%7))
		c.Send(nil, "SET", fmt.Sprintf("temp:%d", n), strings.Repeat("x", 1000+1500*(n%2)))
		c.Send(nil, "SADD", fmt.Sprintf("temp:%d:readings", n), n, n+1)
		c.Send(nil, "SET", fmt.Sprintf("page:%d", n), envelope+strings.Repeat("y", 200+1500*(n%2)))
		c.Send(nil, "SET", fmt.Sprintf("user:%d:name", n), "a name")
		c.Send(nil, "SET", fmt.Sprintf("user:%d:mail", n), "a@example.org")
		c.Send(nil, "SET", fmt.Sprintf("user:%d:login", n), n, "EX", 3600+n)
		c.Send(nil, "HSET", fmt.Sprintf("user:%d:basket", n), "item", n)
	}
}

// TestAdviceOnHostileNames follows all advice on a dump whose names try to get
// out of the commands, as TestAdviceOnAServer does on others.
func TestAdviceOnHostileNames(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of actions")
	}
	d := writeLive(t, "hostile", plantHostile)
	if n := followAdvice(t, d); n < 10 {
		t.Errorf("only %d actions with commands", n)
	}
	_, suggestions := adviceOn(t, []string{d.path})
	if expiring(suggestions) == 0 {
		t.Error("no action gives keys a TTL: names that leave their place are not tried")
	}
}

// expiring counts the actions that give keys a TTL.
func expiring(suggestions []liveSuggestion) (n int) {
	for i := range suggestions {
		if strings.Contains(strings.Join(suggestions[i].Action, "\n"), `"EXPIRE`) {
			n++
		}
	}
	return n
}

// TestAdviceMeansAPart follows advice that means some of the keys of a name only,
// because the others are in use, or because the report was asked for some.
func TestAdviceMeansAPart(t *testing.T) {
	programOr(t, "redis-server")
	programOr(t, "redis-cli")
	if testing.Short() {
		t.Skip("hundreds of actions")
	}
	d := writeLive(t, "halves", plantHalves)
	for _, args := range [][]string{
		nil,
		{"--regex", "^(temp|prefs|stats:2020-03-04:views):1"},
		{"--exclude", "temp:1*"},
		{"--min-size", "2kb"},
		{"--type", "string"},
		{"--group", "temp first=temp:1*", "--group", "temp others=temp:*"},
		{"--separators", "/"},
		{"--depth", "1"},
		{"--redact"},
	} {
		t.Run(strings.Join(append([]string{"report"}, args...), " "), func(t *testing.T) {
			t.Parallel()
			followAdvice(t, d, args...)
			_, suggestions := adviceOn(t, append([]string{d.path}, args...))
			for _, s := range suggestions {
				for _, line := range s.Action {
					for _, word := range []string{`"EXPIRE`, "UNLINK", " SCAN "} {
						if args != nil && strings.Contains(line, "-cli ") && strings.Contains(line, word) {
							t.Errorf("%s %s goes by rows of a part of the keys: %s", s.ID, s.Pattern, line)
						}
					}
				}
			}
			if args == nil && expiring(suggestions) == 0 {
				t.Error("no action of the whole report gives keys a TTL: nothing is seen by its absence")
			}
		})
	}
}
