package keyname

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser/rdbtest/datadriven"
)

var update = flag.Bool("update", false, "rewrite what testdata/names.txt expects")

// TestNames cuts the names of testdata/names.txt. Names are escaped there, as
// Unescape reads them, one a line. For each come its pattern and its tokens:
//
//	:17{int}    the separator in front, the text, and the class in braces
//	:name       a word
func TestNames(t *testing.T) {
	datadriven.Run(t, "testdata/names.txt", *update, func(t *testing.T, c *datadriven.Case) string {
		if c.Cmd != "cut" {
			t.Fatalf("%s:%d: %s: not a command", c.Path, c.Line, c.Cmd)
		}
		separators, depth := DefaultSeparators, 0
		if s, ok := c.Arg("separators"); ok {
			separators = s
		}
		if s, ok := c.Arg("depth"); ok {
			var err error
			if depth, err = strconv.Atoi(s); err != nil {
				t.Fatal(err)
			}
		}
		split := NewSplitter(separators, depth)
		var out strings.Builder
		for line := range strings.Lines(c.Input) {
			name, ok := Unescape(strings.TrimSuffix(line, "\n"))
			if !ok {
				t.Fatalf("%s:%d: %q is not escaped", c.Path, c.Line, line)
			}
			edges := split.Split([]byte(name))
			fmt.Fprintf(&out, "%s", AppendPattern(nil, []byte(name), edges))
			for _, e := range edges {
				token := EscapeText(name[e.Off : e.Off+e.N])
				if e.Sep != 0 {
					token = EscapeText(string(rune(e.Sep))) + token
				}
				if e.Cls != ClassLiteral {
					token += "{" + ClassNames[e.Cls] + "}"
				}
				out.WriteString("  " + token)
			}
			out.WriteString("\n")
		}
		return out.String()
	})
}
