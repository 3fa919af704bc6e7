//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestRedactQuotes: a quotation mark in a name does not end it where messages
// name it, so that nothing behind it escapes the tokens.
func TestRedactQuotes(t *testing.T) {
	t.Parallel()
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").SelectDB(0)
	w.Put(`user"topsecret`, rdbtest.Value{Type: byte(parser.TypeHash), Data: []byte{0}}) // empty: a warning
	w.Put(`twice"topsecret`, rdbtest.String(rdbtest.Plain("x")))
	w.Put(`twice"topsecret`, rdbtest.String(rdbtest.Plain("y")))
	w.Put(`last"topsecret`, rdbtest.Hash(rdbtest.Strs("field", "a value")...))
	whole := w.EOF().Bytes()
	dir := t.TempDir()
	good, cut := filepath.Join(dir, "good.rdb"), filepath.Join(dir, "cut.rdb")
	for name, dump := range map[string][]byte{good: whole, cut: whole[:len(whole)-15]} {
		if err := os.WriteFile(name, dump, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"check", good}, {"check", cut}, {"check", "-f", "json", good}, {"check", "-f", "json", cut}, {"check", "--salvage", cut},
		{"report", good}, {"report", cut}, {"report", "-f", "json", cut}, {"keys", cut}, {"keys", "-f", "jsonl", good},
		{"show", good, `no"topsecret`}, {"show", cut, `last"topsecret`}, {"show", good, `twice"topsecret`},
	} {
		for _, redact := range []bool{false, true} {
			if redact {
				args = append(args, "--redact")
			}
			said, _ := program(t, args...).CombinedOutput() // some of them fail, as they should
			if got := strings.Contains(string(said), "topsecret"); got == redact {
				t.Errorf("%q: says the name: %v\n%s", args, got, said)
			}
		}
	}
}
