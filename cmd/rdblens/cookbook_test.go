package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCookbook runs every command of docs/cookbook.md on the demo dump: it must
// succeed, print something, and print lines that begin with those shown.
func TestCookbook(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "cookbook.md"))
	if err != nil {
		t.Fatal(err)
	}
	dump := filepath.Join("..", "..", "testdata", "demo.rdb")
	commands := 0
	var printed []string
	fenced := false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = line == "```console"
		case !fenced || line == "…":
		case strings.HasPrefix(line, "$ rdblens "):
			commands++
			printed = runDocumented(t, strings.TrimPrefix(line, "$ rdblens "), dump)
		default:
			found := false
			for _, p := range printed {
				found = found || strings.HasPrefix(p, line)
			}
			if !found {
				t.Errorf("line %q is not printed", line)
			}
		}
	}
	if commands < 25 {
		t.Errorf("%d commands", commands)
	}
}

// runDocumented runs a command line, whose words may stand in single quotes,
// and returns the lines it prints.
func runDocumented(t *testing.T, line, dump string) []string {
	t.Helper()
	var args []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			args = append(args, part)
			continue
		}
		args = append(args, strings.Fields(part)...)
	}
	for i := range args {
		if args[i] == "dump.rdb" {
			args[i] = dump
		}
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &out, &errs, func(string) string { return "" }); code != 0 || errs.Len() > 0 {
		t.Errorf("rdblens %s: exit %d\n%s", line, code, &errs)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) < 2 {
		t.Errorf("rdblens %s prints only %q", line, &out)
	}
	return strings.Split(out.String(), "\n")
}
