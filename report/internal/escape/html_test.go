package escape

import (
	"strings"
	"testing"
)

// TestHTML: nothing of hostile text is markup, ends an attribute, or is seen as other
// than it is.
func TestHTML(t *testing.T) {
	for in, want := range map[string]string{
		"plain:1":                    "plain:1",
		"<script>alert(1)</script>":  "&lt;script&gt;alert(1)&lt;/script&gt;",
		`" onmouseover="x`:           "&#34; onmouseover=&#34;x",
		"' onload='x":                "&#39; onload=&#39;x",
		"&lt;":                       "&amp;lt;",
		"a\x00b\x1b[31m\r\n":         `a\x00b\x1b[31m\x0d\x0a`,
		"abc\u202edef":               `abc\xe2\x80\xaedef`,
		"\u2028\u2029":               `\xe2\x80\xa8\xe2\x80\xa9`,
		"gr\u00f6\u00dfe \u05d0\xff": "größe \u05d0\\xff",
	} {
		if got := HTML(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := HTML(strings.Repeat("<", 1<<20)); len(got) != 4<<20 {
		t.Errorf("a megabyte becomes %d bytes", len(got))
	}
}
