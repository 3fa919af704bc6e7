package report

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares output with a file of testdata, or rewrites the file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got; go test -update rewrites it):\n%s", path, diff)
	}
}

func writeText(t *testing.T, d *Document, o TextOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteText(&b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// checkText fails when text could harm a terminal or is wider than it.
func checkText(t *testing.T, text []byte, width int, ascii bool) {
	t.Helper()
	if !bytes.HasSuffix(text, []byte("\n")) {
		t.Error("the last line does not end")
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		for _, r := range line {
			if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
				t.Errorf("line %d has %U: %q", i+1, r, line)
			}
			if ascii && r >= 0x80 {
				t.Errorf("line %d is not ASCII: %q", i+1, line)
			}
		}
		if n := twwidth.WidthWithOptions(line, twwidth.Options{}); n > width {
			t.Errorf("line %d takes %d columns of %d: %q", i+1, n, width, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("line %d ends in spaces: %q", i+1, line)
		}
	}
}

func TestTextGolden(t *testing.T) {
	for name, document := range documents {
		for _, width := range []int{60, 80, 120} {
			t.Run(fmt.Sprintf("%s-%d", name, width), func(t *testing.T) {
				golden(t, fmt.Sprintf("text-%s-%d", name, width), writeText(t, document(), TextOptions{Width: width}))
			})
		}
	}
	for name, o := range map[string]TextOptions{
		"text-shop-bytes":    {Bytes: true},
		"text-shop-ascii":    {ASCII: true},
		"text-shop-color":    {Color: true, Width: 80},
		"text-shop-explain":  {Explain: "no-ttl", Width: 80},
		"text-shop-sections": {Sections: []string{"slots", "sizes", "idle", "memory"}},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, writeText(t, shopDocument(), o))
		})
	}
}

func TestTextIsSafeAndFits(t *testing.T) {
	for name, document := range documents {
		for i, width := range []int{40, 41, 47, 59, 60, 61, 79, 80, 99, 100, 110, 120, 300} {
			for _, o := range []TextOptions{{}, {Bytes: true, ASCII: i%2 == 0}} {
				t.Run(fmt.Sprintf("%s %d %v", name, width, o), func(t *testing.T) {
					o.Width = width
					o.Sections = TextSections()
					checkText(t, writeText(t, document(), o), width, o.ASCII)
				})
			}
		}
	}
}

func TestTextExplain(t *testing.T) {
	d := hostileDocument()
	for i := range d.Suggestions {
		text := writeText(t, d, TextOptions{Width: 60, Explain: d.Suggestions[i].ID})
		// Commands are not broken: width is checked without them.
		checkText(t, text, 1<<20, false)
	}
	d = shopDocument()
	text := string(writeText(t, d, TextOptions{Width: 60, Explain: "r02"}))
	for _, want := range []string{d.Suggestions[0].Action[1], "R02 no-ttl: cart:{int}", "R02 no-ttl: session:{uuid}", "3.90 GiB (4,187,593,113 bytes)"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "R04") {
		t.Errorf("another suggestion is explained:\n%s", text)
	}
	for _, line := range strings.Split(text, "\n") {
		if len(line) > 60 && !strings.Contains(line, "redis-cli") {
			t.Errorf("%q is longer than 60", line)
		}
	}
}

func TestTextErrors(t *testing.T) {
	var b bytes.Buffer
	err := WriteText(&b, shopDocument(), TextOptions{Sections: []string{"memory", "colour"}})
	if err == nil || !strings.Contains(err.Error(), `"colour"`) {
		t.Fatalf("unknown section: %v", err)
	}
	for _, name := range TextSections() {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
	err = WriteText(&b, shopDocument(), TextOptions{Explain: "R99"})
	if err == nil || !strings.Contains(err.Error(), `"R99"`) || !strings.Contains(err.Error(), "R04 listpack") {
		t.Errorf("unknown suggestion: %v", err)
	}
	if err = WriteText(&b, emptyDocument(), TextOptions{Explain: "R02"}); err == nil {
		t.Error("a suggestion of an empty report was explained")
	}
	if b.Len() > 0 {
		t.Errorf("%q was written beside an error", b.Bytes())
	}
	if err := WriteText(failAfter(0), shopDocument(), TextOptions{}); !errors.Is(err, errFull) {
		t.Errorf("write error: %v", err)
	}
}

// TestTextSections: every section can be had alone, and alone it is what it is
// in the whole.
func TestTextSections(t *testing.T) {
	for _, name := range TextSections() {
		if section := writeText(t, &Document{}, TextOptions{Sections: []string{name}}); len(bytes.TrimSpace(section)) == 0 {
			t.Errorf("%s of nothing is empty", name)
		}
	}
	whole := string(writeText(t, shopDocument(), TextOptions{}))
	for _, name := range TextSections() {
		section := string(writeText(t, shopDocument(), TextOptions{Sections: []string{name}}))
		if strings.TrimSpace(section) == "" {
			t.Errorf("%s is empty", name)
		}
		if name == "health" {
			section, _, _ = strings.Cut(section, "2 warnings") // where they are shown differs
		}
		if !slices.Contains([]string{"detail", "tree", "slots"}, name) && !strings.Contains(whole, section) {
			t.Errorf("%s is not in the whole report:\n%s", name, section)
		}
	}
}

func TestTextPartialBanner(t *testing.T) {
	for _, o := range []TextOptions{{}, {Sections: []string{"types"}}, {Width: 60}} {
		if text := writeText(t, partialDocument(), o); !bytes.HasPrefix(text, []byte("PARTIAL: ")) {
			t.Errorf("%+v begins %.40q", o, text)
		}
	}
	text := string(writeText(t, partialDocument(), TextOptions{Width: 100}))
	for _, want := range []string{"at byte 39,988", "last good key  user:7", "checksum MISMATCH", "2 of 2 sources"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestTextIsPure: rendering changes neither the document nor, in a locale with
// wide characters, the output.
func TestTextIsPure(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		d := documents[name]()
		first := writeText(t, d, TextOptions{})
		twwidth.SetEastAsian(true)
		second := writeText(t, d, TextOptions{})
		twwidth.SetEastAsian(false)
		if diff := cmp.Diff(string(first), string(second)); diff != "" {
			t.Errorf("%s: the second rendering differs:\n%s", name, diff)
		}
		if diff := cmp.Diff(documents[name](), d); diff != "" {
			t.Errorf("%s was changed:\n%s", name, diff)
		}
	}
}

func TestBreakLines(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 100, []string{"one two three"}},
		{"abcdefgh i", 3, []string{"abc", "def", "gh", "i"}},
		{"a\nb", 10, []string{"a", "b"}},
		{"漢字漢", 4, []string{"漢字", "漢"}},
		{"漢字漢", 1, []string{"漢", "字", "漢"}},
		{"a 漢字", 3, []string{"a", "漢", "字"}},
	} {
		if diff := cmp.Diff(c.want, breakLines(c.in, c.width)); diff != "" {
			t.Errorf("breakLines(%q, %d): %s", c.in, c.width, diff)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in         string
		width      int
		end, start string
	}{
		{"abcdef", 6, "abcdef", "abcdef"},
		{"abcdef", 5, "abcd…", "…cdef"},
		{"abcdef", 1, "…", "…"},
		{"abcdef", 0, "", ""},
		{"漢字漢字", 1, "…", "…"},
		{"漢字漢字", 6, "漢字…", "…漢字"},
		{"漢字漢字", 8, "漢字漢字", "漢字漢字"},
	} {
		if got := cutEnd(c.in, c.width, "…"); got != c.end {
			t.Errorf("cutEnd(%q, %d) = %q, want %q", c.in, c.width, got, c.end)
		}
		if got := cutStart(c.in, c.width, "…"); got != c.start {
			t.Errorf("cutStart(%q, %d) = %q, want %q", c.in, c.width, got, c.start)
		}
	}
}
