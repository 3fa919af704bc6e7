package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

// writeHostile makes a server write a dump in which every kind of names that the
// rules speak of has such keys: half of them without a TTL, strings and hashes.
func writeHostile(t *testing.T, dir string) string {
	t.Helper()
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
	page := strings.Repeat("a page of text, ", 100)
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
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	ask(t, c, "SAVE")
	b, err := os.ReadFile(s.Dump())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "hostile.rdb")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAdviceOnHostileNames follows all advice on a dump whose names try to get
// out of the commands, as TestAdviceOnAServer does on others.
func TestAdviceOnHostileNames(t *testing.T) {
	path := writeHostile(t, t.TempDir())
	if n := followAdvice(t, liveDump{"hostile", path, true}); n < 10 {
		t.Errorf("only %d actions with commands", n)
	}
}
