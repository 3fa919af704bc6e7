// Package datadriven runs tests whose cases are text: what goes in and what is
// expected stand side by side in a file, and the expectations can be rewritten.
//
// A file is cases with blank lines between them:
//
//	# What the case is about. Any number of lines.
//	listpack entries=2
//	0d 00 00 00 02 00
//	01 01 02 01 ff
//	----
//	1
//	2
//
// The first line of a case that is no comment names a command, with arguments as
// name=value or name alone; the lines up to ---- are its input, those behind it, up
// to a blank line, are what the test's function is expected to return for it.
//
// The package knows nothing of dumps and depends on the standard library only, so
// tests of all packages can use it.
package datadriven

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// divider stands between the input and the expectation of a case.
const divider = "----"

// Case is one case of a file.
type Case struct {
	Path  string // of the file
	Line  int    // of the command, from 1
	Cmd   string
	Args  []Arg
	Input string // its lines, each with a line feed

	comment, head, want string
}

// Arg is an argument of a command.
type Arg struct{ Name, Value string }

// Arg returns the value of an argument, and whether it was given.
func (c *Case) Arg(name string) (string, bool) {
	for _, a := range c.Args {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// Run runs each case of a file as a subtest: run returns what comes of the case,
// without blank lines. Differences from what the file expects are errors; with
// update they are written to the file instead.
func Run(t *testing.T, path string, update bool, run func(t *testing.T, c *Case) string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cases, err := parse(path, string(text))
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, c := range cases {
		if c.Cmd == "" {
			continue // a comment alone
		}
		ran++
		t.Run(fmt.Sprintf("%s:%d", filepath.Base(path), c.Line), func(t *testing.T) {
			if failure := c.settle(run(t, c), update); failure != "" {
				t.Error(failure)
			}
		})
	}
	if ran == 0 {
		t.Fatalf("%s: no cases", path)
	}
	if !update || t.Failed() {
		return
	}
	if now := format(cases); now != string(text) {
		if err := os.WriteFile(path, []byte(now), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// settle compares what came of the case with what is expected and describes the
// difference; with update what came is expected from now on.
func (c *Case) settle(got string, update bool) (failure string) {
	if got != "" && !strings.HasSuffix(got, "\n") {
		got += "\n"
	}
	switch {
	case strings.HasPrefix(got, "\n"), strings.Contains(got, "\n\n"):
		return fmt.Sprintf("%s:%d: a blank line in\n%s", c.Path, c.Line, got)
	case got == c.want:
		return ""
	case update:
		c.want = got
		return ""
	}
	return fmt.Sprintf("%s:%d: %s\n%sgot\n%swant\n%s", c.Path, c.Line, c.head, c.Input, got, c.want)
}

// RunDir runs every file of a folder that is named *.txt, each as a subtest.
func RunDir(t *testing.T, dir string, update bool, run func(t *testing.T, c *Case) string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no file %s", filepath.Join(dir, "*.txt"))
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) { Run(t, path, update, run) })
	}
}

// parse reads the cases of a file.
func parse(path, text string) ([]*Case, error) {
	var cases []*Case
	lines := strings.SplitAfter(text, "\n")
	for i := 0; i < len(lines); {
		if strings.TrimSpace(lines[i]) == "" {
			i++
			continue
		}
		c := &Case{Path: path}
		for ; i < len(lines) && strings.HasPrefix(lines[i], "#"); i++ {
			c.comment += lines[i]
		}
		if i == len(lines) || strings.TrimSpace(lines[i]) == "" {
			if c.comment == "" {
				continue
			}
			cases = append(cases, c) // a comment that stands alone
			continue
		}
		c.Line, c.head = i+1, strings.TrimRight(lines[i], "\n")
		words := strings.Fields(c.head)
		c.Cmd = words[0]
		for _, w := range words[1:] {
			name, value, _ := strings.Cut(w, "=")
			c.Args = append(c.Args, Arg{name, value})
		}
		for i++; ; i++ {
			if i == len(lines) || strings.TrimSpace(lines[i]) == "" {
				return nil, fmt.Errorf("%s:%d: %s without %s", path, c.Line, c.head, divider)
			}
			if strings.TrimRight(lines[i], "\n") == divider {
				break
			}
			c.Input += lines[i]
		}
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != ""; i++ {
			c.want += lines[i]
		}
		if c.want != "" && !strings.HasSuffix(c.want, "\n") {
			c.want += "\n"
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// format is the text of a file with these cases.
func format(cases []*Case) string {
	var parts []string
	for _, c := range cases {
		part := c.comment
		if c.Cmd != "" {
			part += c.head + "\n" + c.Input + divider + "\n" + c.want
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "\n")
}
