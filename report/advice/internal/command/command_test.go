package command

import (
	"os"
	"os/exec"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser"
)

func TestQuote(t *testing.T) {
	sh, err := exec.LookPath("sh")
	switch {
	case err != nil && os.Getenv("RDBLENS_CI") != "":
		t.Fatal(err)
	case err != nil:
		t.Skip(err)
	}
	for _, s := range []string{"plain", "it's", "''", "$(x)`y`", `back\slash "and" quotes`, "* ? [a]", ""} {
		for _, q := range []string{Quote(s), Word(s)} {
			out, err := exec.Command(sh, "-c", "printf %s "+q).Output()
			if err != nil || string(out) != s {
				t.Errorf("%s is %q to the shell (%v), want %q", q, out, err, s)
			}
		}
	}
}

func TestGlob(t *testing.T) {
	tests := []struct{ match, want string }{
		{"cart:*", "cart:*"},
		{`a\*b\\c`, `a\*b\\c`},
		{"a\nb\x00c\xff", "a?b?c?"},
		{`a\x0ab\xff*`, "a?b?*"},
		{`literal \\x41`, `literal \\x41`},
		{"gr\u00f6\u00dfe", "gr????e"},
		{`end\`, "end"},
		{"nl\\\nx", "nl?x"},
	}
	for _, tt := range tests {
		if got := Glob(tt.match); got != tt.want {
			t.Errorf("glob(%q) = %q, want %q", tt.match, got, tt.want)
		}
	}
}

func TestUnescapeIsTheReverseOfEscape(t *testing.T) {
	for _, name := range []string{`a\x41`, `\`, `\\`, "cart:\ntouch pwned\n", "cart:\x1b[31m\x00\xff\r", "cart:*?[a-z]\\", "cart:größe:\u202e", "cart:{int}"} {
		if got := Unescape(parser.Escape([]byte(name))); got != name {
			t.Errorf("unescape(escape(%q)) = %q", name, got)
		}
	}
}

func TestShape(t *testing.T) {
	tests := []struct{ pattern, example, want string }{
		{"cart:{int}", "cart:1", "^cart:[-+]?[0-9]+$"},
		{"cart:{int}", "cart:one", "^cart:[^:/|]+$"}, // ids of one kind, some of which look like another
		{"a.b:{*}", "a.b:c:d", "^a[.]b:.*$"},
		{"{{user:{int}}}:recent", "{user:7}:recent", "^[{]user:[-+]?[0-9]+[}]:recent$"},
		{`it's \\"$x":{int}`, `it's \\"$x":1`, "^it.s ..[$]x.:[-+]?[0-9]+$"},
		{`gr\xf6\xdfe:{int}`, `gr\xf6\xdfe:1`, "^gr..e:[-+]?[0-9]+$"},
		{"größe:{int}", "größe:1", "^gr....e:[-+]?[0-9]+$"},
		{`a\\b`, `a\\b`, "^a.b$"},
		{"cart:{int}", "cart:1:2", ""},
		{"cart:{int", "cart:1", ""},
	}
	for _, tt := range tests {
		p := aggregate.PatternFacts{PatternRow: aggregate.PatternRow{Pattern: tt.pattern, Match: "*", Type: "string", Keys: 1, Example: tt.example}}
		w := Writer{Rows: []*aggregate.PatternFacts{&p}}
		if c, _ := w.pick(p.Match, &p); c.re != tt.want {
			t.Errorf("the shape of %q is %s, want %s", tt.pattern, c.re, tt.want)
		}
	}
}

func TestLine(t *testing.T) {
	for s, want := range map[string]string{
		"plain größe":     "plain größe",
		`a\x1b\\b`:        `a\x1b\\b`,
		"a\nb\x1b":        `a\x0ab\x1b`,
		"\xff":            `\xff`,
		"\u202e":          `\xe2\x80\xae`,
		"kept \uFFFD too": "kept \uFFFD too",
	} {
		if got := Line(s); got != want {
			t.Errorf("line(%q) = %q, want %q", s, got, want)
		}
	}
}
