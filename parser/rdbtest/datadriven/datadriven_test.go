package datadriven

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const sample = `# What a file may hold.

# The sum of numbers.
# In two lines.
sum
1 2
3
----
6

echo upper prefix=>
a b
----
>A B

echo
----
`

// answer adds numbers, or says what it was given.
func answer(t *testing.T, c *Case) string {
	switch c.Cmd {
	case "sum":
		n := 0
		for _, w := range strings.Fields(c.Input) {
			n += int(w[0] - '0')
		}
		return string(rune('0' + n))
	case "echo":
		s := c.Input
		if _, ok := c.Arg("upper"); ok {
			s = strings.ToUpper(s)
		}
		prefix, _ := c.Arg("prefix")
		return prefix + s
	}
	t.Fatalf("line %d: %s", c.Line, c.Cmd)
	return ""
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.txt")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRun(t *testing.T) {
	path := write(t, sample)
	var lines []int
	count := func(t *testing.T, c *Case) string {
		lines = append(lines, c.Line)
		return answer(t, c)
	}
	Run(t, path, false, count)
	RunDir(t, filepath.Dir(path), true, count) // nothing to rewrite
	if got, err := os.ReadFile(path); err != nil || string(got) != sample {
		t.Errorf("the file became\n%s", got)
	}
	if len(lines) != 6 || lines[0] != 5 || lines[1] != 11 || lines[2] != 16 {
		t.Errorf("cases on lines %v", lines)
	}
}

// TestUpdate rewrites expectations and nothing else.
func TestUpdate(t *testing.T) {
	wrong := strings.Replace(strings.Replace(sample, "\n6\n", "\n7\n8\n", 1), ">A B", "", 1)
	path := write(t, wrong)
	Run(t, path, true, answer)
	if got, err := os.ReadFile(path); err != nil || string(got) != sample {
		t.Errorf("the file became\n%s", got)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"sum\n1\n":         "f:1: sum without ----",
		"\n\nsum\n\n----":  "f:3: sum without ----",
		"# only a comment": "",
	} {
		_, err := parse("f", text)
		if got := ""; err != nil {
			if got = err.Error(); got != want {
				t.Errorf("%q: %s, want %s", text, got, want)
			}
		} else if want != "" {
			t.Errorf("%q: no error, want %s", text, want)
		}
	}
}

// TestSettle: what differs is said, and rewritten only when that is wanted.
func TestSettle(t *testing.T) {
	cases, err := parse("f", "sum\n1\n----\n2\n")
	if err != nil || len(cases) != 1 {
		t.Fatal(cases, err)
	}
	c := cases[0]
	if got, want := c.settle("1", false), "f:1: sum\n1\ngot\n1\nwant\n2\n"; got != want || format(cases) != "sum\n1\n----\n2\n" {
		t.Errorf("%q, want %q; then %q", got, want, format(cases))
	}
	if got := c.settle("2", false); got != "" {
		t.Errorf("%q for what is expected", got)
	}
	for _, blank := range []string{"\n1", "1\n\n2"} {
		if got := c.settle(blank, true); !strings.HasPrefix(got, "f:1: a blank line") {
			t.Errorf("%q for a blank line", got)
		}
	}
	if got := c.settle("3\n4", true); got != "" || format(cases) != "sum\n1\n----\n3\n4\n" {
		t.Errorf("%q, then %q", got, format(cases))
	}
}
