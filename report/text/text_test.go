package text

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

var update = flag.Bool("update", false, "rewrite the reporttest.Golden files")

func writeText(t *testing.T, d *document.Document, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteReport(&b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTextGolden(t *testing.T) {
	for name, document := range reporttest.Documents {
		for _, width := range []int{60, 80, 120} {
			t.Run(fmt.Sprintf("%s-%d", name, width), func(t *testing.T) {
				reporttest.Golden(t, fmt.Sprintf("text-%s-%d", name, width), writeText(t, document(), Options{Width: width, Full: true}), *update)
			})
		}
	}
	for _, name := range []string{"empty", "shop", "partial", "fleet"} {
		for _, width := range []int{60, 100} {
			t.Run(fmt.Sprintf("screen %s-%d", name, width), func(t *testing.T) {
				reporttest.Golden(t, fmt.Sprintf("screen-%s-%d", name, width), writeText(t, reporttest.Documents[name](), Options{Width: width}), *update)
			})
		}
	}
	for name, o := range map[string]Options{
		"text-shop-bytes":    {Bytes: true, Full: true},
		"text-shop-ascii":    {ASCII: true, Full: true},
		"text-shop-color":    {Color: true, Width: 80, Full: true},
		"screen-shop-ascii":  {ASCII: true, Width: 100},
		"screen-shop-color":  {Color: true, Width: 100},
		"screen-shop-no-ttl": {Sort: document.ByNoTTL, Width: 100},
		"text-shop-explain":  {Explain: "no-ttl", Width: 80},
		"text-shop-detail":   {Sections: []string{"detail"}},
		"text-shop-sections": {Sections: []string{"slots", "sizes", "idle", "memory"}},
	} {
		t.Run(name, func(t *testing.T) {
			reporttest.Golden(t, name, writeText(t, reporttest.ShopDocument(), o), *update)
		})
	}
}

func TestTextIsSafeAndFits(t *testing.T) {
	for name, document := range reporttest.Documents {
		for i, width := range []int{40, 41, 47, 59, 60, 61, 79, 80, 99, 100, 110, 120, 300} {
			for _, o := range []Options{{}, {Bytes: true, ASCII: i%2 == 0}} {
				t.Run(fmt.Sprintf("%s %d %v", name, width, o), func(t *testing.T) {
					o.Width = width
					o.Sections = ReportSections()
					checkText(t, writeText(t, document(), o), width, o.ASCII)
					o.Sections, o.Full = nil, true
					checkText(t, writeText(t, document(), o), width, o.ASCII)
					o.Full = false
					screen := writeText(t, document(), o)
					checkText(t, screen, width, o.ASCII)
					if n := bytes.Count(screen, []byte("\n")); width >= screenWidth && n > screenLines {
						t.Errorf("the first screen has %d lines:\n%s", n, screen)
					}
					if o.Sort = "keys"; len(screen) == 0 {
						t.Error("nothing")
					}
					checkText(t, writeText(t, document(), o), width, o.ASCII)
				})
			}
		}
	}
}

func TestTextExplain(t *testing.T) {
	d := reporttest.HostileDocument()
	for i := range d.Suggestions {
		text := writeText(t, d, Options{Width: 60, Explain: d.Suggestions[i].ID})
		// Commands are not broken: width is checked without them.
		checkText(t, text, 1<<20, false)
	}
	d = reporttest.ShopDocument()
	text := string(writeText(t, d, Options{Width: 60, Explain: "r02"}))
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
	err := WriteReport(&b, reporttest.ShopDocument(), Options{Sections: []string{"memory", "colour"}})
	if err == nil || !strings.Contains(err.Error(), `"colour"`) {
		t.Fatalf("unknown section: %v", err)
	}
	for _, name := range ReportSections() {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
	err = WriteReport(&b, reporttest.ShopDocument(), Options{Explain: "R99"})
	if err == nil || !strings.Contains(err.Error(), `"R99"`) || !strings.Contains(err.Error(), "R04 listpack") {
		t.Errorf("unknown suggestion: %v", err)
	}
	if err = WriteReport(&b, reporttest.EmptyDocument(), Options{Explain: "R02"}); err == nil {
		t.Error("a suggestion of an empty report was explained")
	}
	if b.Len() > 0 {
		t.Errorf("%q was written beside an error", b.Bytes())
	}
	if err := WriteReport(reporttest.FailAfter(0), reporttest.ShopDocument(), Options{}); !errors.Is(err, reporttest.ErrFull) {
		t.Errorf("write error: %v", err)
	}
}

// TestTextSections: every section can be had alone, and alone it is what it is
// in the whole.
func TestTextSections(t *testing.T) {
	for _, name := range ReportSections() {
		if section := writeText(t, &document.Document{}, Options{Sections: []string{name}}); len(bytes.TrimSpace(section)) == 0 {
			t.Errorf("%s of nothing is empty", name)
		}
	}
	whole := string(writeText(t, reporttest.ShopDocument(), Options{Full: true}))
	for _, name := range ReportSections() {
		section := string(writeText(t, reporttest.ShopDocument(), Options{Sections: []string{name}}))
		if strings.TrimSpace(section) == "" {
			t.Errorf("%s is empty", name)
		}
		if name == "health" {
			section, _, _ = strings.Cut(section, "2 warnings") // where they are shown differs
		}
		if !strings.Contains(whole, section) {
			t.Errorf("%s is not in the whole report:\n%s", name, section)
		}
	}
}

func TestTextPartialBanner(t *testing.T) {
	for _, o := range []Options{{}, {Sections: []string{"types"}}, {Width: 60}} {
		if text := writeText(t, reporttest.PartialDocument(), o); !bytes.HasPrefix(text, []byte("PARTIAL: ")) {
			t.Errorf("%+v begins %.40q", o, text)
		}
	}
	text := string(writeText(t, reporttest.PartialDocument(), Options{Width: 100}))
	for _, want := range []string{"at byte 39,988", "last good key  user:7", "checksum MISMATCH", "2 of 2 sources"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestTextIsPure: rendering changes neither the document nor, in a locale with
// wide characters, the output.
func TestTextIsPure(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(reporttest.Documents)) {
		d := reporttest.Documents[name]()
		first := writeText(t, d, Options{})
		twwidth.SetEastAsian(true)
		second := writeText(t, d, Options{})
		twwidth.SetEastAsian(false)
		if diff := cmp.Diff(string(first), string(second)); diff != "" {
			t.Errorf("%s: the second rendering differs:\n%s", name, diff)
		}
		if diff := cmp.Diff(reporttest.Documents[name](), d); diff != "" {
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

// TestNamesThatBeginAlike: rows of a narrow table can be told apart.
func TestNamesThatBeginAlike(t *testing.T) {
	p := &page{width: 40, ellipsis: "…"}
	rows := [][]string{{"queue:notifications:{int}"}, {"queue:notifications:{int}:logs"}, {"queue:notifications"}, {"queue:other-things-of-a-kind"}}
	got := p.fitCells(&column{title: "BY PATTERN", min: 10}, rows, 0, 20)
	want := []string{"queue:not…ions:{int}", "queue:not…{int}:logs", "queue:notifications", "queue:other-things-…"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, c := range []struct{ in, want string }{{"abcdefghijklmnop", "abcde…lmnop"}, {"世界世界世界世界世界", "世界…界世界"}, {"short", "short"}} {
		if got := cutMiddle(c.in, 11, "…"); got != c.want || displayWidth(got) > 11 {
			t.Errorf("cutMiddle(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}
