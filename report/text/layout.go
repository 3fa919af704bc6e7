package text

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// page is a text under way: lines, as the options want them.
type page struct {
	o        Options
	width    int
	ellipsis string
	atMost   string
	out      bytes.Buffer
	err      error
}

// newPage returns an empty page.
func newPage(o Options) *page {
	p := &page{o: o, width: textWidth(o), ellipsis: "…", atMost: "≤"}
	if o.ASCII {
		p.ellipsis, p.atMost = "...", "<="
	}
	return p
}

// textWidth returns the width in force.
func textWidth(o Options) int {
	if o.Width <= 0 {
		return defaultWidth
	}
	return max(o.Width, minWidth)
}

// displayWidth returns the columns that printable text takes on a terminal. It
// does not depend on the locale. A variation selector may make the character
// before it wide.
func displayWidth(s string) int {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if ascii {
		return len(s)
	}
	return twwidth.WidthWithOptions(s, twwidth.Options{}) + strings.Count(s, "\uFE0F")
}

// cutEnd shortens text to a width; mark stands for what is left out.
func cutEnd(s string, width int, mark string) string {
	if displayWidth(s) <= width {
		return s
	}
	room := width - displayWidth(mark)
	if room < 0 {
		mark, room = "", max(width, 0)
	}
	used := 0
	for i, r := range s {
		n := displayWidth(string(r))
		if used+n > room {
			return s[:i] + mark
		}
		used += n
	}
	return s
}

// cutStart shortens text from its left, which suits paths.
func cutStart(s string, width int, mark string) string {
	if displayWidth(s) <= width {
		return s
	}
	room, i := width-displayWidth(mark), len(s)
	for i > 0 {
		_, n := utf8.DecodeLastRuneInString(s[:i])
		w := displayWidth(s[i-n : i])
		if w > room {
			break
		}
		room -= w
		i -= n
	}
	if i == len(s) {
		return cutEnd(s, width, mark)
	}
	return mark + s[i:]
}

// breakLines breaks text at spaces into lines of a width; a word that is longer
// goes on in the next line.
func breakLines(s string, width int) []string {
	width = max(width, 2) // a wide character must fit
	var lines []string
	for _, paragraph := range strings.Split(s, "\n") {
		line, used := "", 0
		for _, word := range strings.Fields(paragraph) {
			n := displayWidth(word)
			if used > 0 && used+1+n <= width {
				line, used = line+" "+word, used+1+n
				continue
			}
			if used > 0 {
				lines = append(lines, line)
			}
			for n > width {
				head := cutEnd(word, width, "")
				lines = append(lines, head)
				word = word[len(head):]
				n = displayWidth(word)
			}
			line, used = word, n
		}
		lines = append(lines, line)
	}
	return lines
}

// line prints one line, cut to the width.
func (t *page) line(s string) {
	t.out.WriteString(strings.TrimRight(cutEnd(s, t.width, t.ellipsis), " "))
	t.out.WriteByte('\n')
}

// styled prints one line in a color when colors are on.
func (t *page) styled(code, s string) {
	s = strings.TrimRight(cutEnd(s, t.width, t.ellipsis), " ")
	if t.o.Color {
		s = "\x1b[" + code + "m" + s + "\x1b[0m"
	}
	t.out.WriteString(s)
	t.out.WriteByte('\n')
}

const (
	styleHeading = "1"
	styleAlarm   = "1;31"
)

// blank prints an empty line.
func (t *page) blank() { t.out.WriteByte('\n') }

// heading prints a line that begins a section.
func (t *page) heading(s string) { t.styled(styleHeading, s) }

// none prints a section that has nothing to show.
func (t *page) none(heading string) { t.heading(heading + "   none") }

// flow prints items with a separator between them, as many on a line as fit;
// the first line begins with first, the others with hang spaces.
func (t *page) flow(first string, hang int, separator string, items ...string) {
	line, empty := first, true
	for _, item := range items {
		switch {
		case item == "":
			continue
		case empty:
			line += item
		case displayWidth(line)+displayWidth(separator)+displayWidth(item) <= t.width:
			line += separator + item
		default:
			t.line(line)
			line = strings.Repeat(" ", hang) + item
		}
		empty = false
	}
	if !empty {
		t.line(line)
	}
}

// paragraph prints text broken at spaces; the first line begins with first, the
// others with as many spaces.
func (t *page) paragraph(first, s string) {
	n := displayWidth(first)
	for _, line := range breakLines(s, t.width-n) {
		t.line(first + line)
		first = strings.Repeat(" ", n)
	}
}

// column is a column of a table.
type column struct {
	title string
	right bool // numbers
	min   int  // > 0: may become as narrow as this before a column is left out
	drop  int  // 0: stays; otherwise the highest is left out first
	wrap  bool // broken into lines instead of cut
	start bool // cut at the start
}

// gap is the space between columns.
const gap = 2

// table prints a table. Cells are printable. A column without any text is left
// out, then columns shrink or go until the table fits; a line feed in a cell
// of a wrapped column begins a new line.
func (t *page) table(columns []column, rows [][]string) {
	if t.err != nil {
		return
	}
	shown, widths := t.fit(columns, rows)
	var header []string
	var aligns []tw.Align
	for i, c := range shown {
		header = append(header, cutEnd(columns[c].title, widths[i], t.ellipsis))
		align := tw.AlignLeft
		if columns[c].right {
			align = tw.AlignRight
		}
		aligns = append(aligns, align)
	}
	cells := make([][]string, len(rows))
	for r, row := range rows {
		for i, c := range shown {
			s := row[c]
			switch {
			case columns[c].wrap:
				s = strings.Join(breakLines(s, widths[i]), "\n")
			case columns[c].start:
				s = cutStart(s, widths[i], t.ellipsis)
			default:
				s = cutEnd(s, widths[i], t.ellipsis)
			}
			cells[r] = append(cells[r], s)
		}
	}
	var b bytes.Buffer
	padding := tw.CellPadding{Global: tw.PaddingNone}
	for i := range shown {
		p := tw.Padding{Right: strings.Repeat(" ", gap), Overwrite: true}
		if i == len(shown)-1 {
			p = tw.PaddingNone
		}
		padding.PerColumn = append(padding.PerColumn, p)
	}
	format := tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off}
	config := tw.CellConfig{Formatting: format, Padding: padding, Alignment: tw.CellAlignment{PerColumn: aligns}}
	table := tablewriter.NewTable(&b,
		// Widths must not follow the locale of whoever runs this.
		tablewriter.WithEastAsian(tw.Off),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Symbols:  tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		})),
		tablewriter.WithConfig(tablewriter.Config{Header: config, Row: config}),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithTrimLine(tw.Off),
	)
	table.Header(header)
	if t.err = table.Bulk(cells); t.err == nil {
		t.err = table.Render()
	}
	if t.err != nil {
		t.err = fmt.Errorf("draw the table %q: %w", columns[0].title, t.err)
		return
	}
	for i, line := range strings.Split(strings.TrimRight(b.String(), "\n"), "\n") {
		if i == 0 {
			t.styled(styleHeading, line)
		} else {
			t.line(line)
		}
	}
}

// fit chooses the columns that are shown, and their widths.
func (t *page) fit(columns []column, rows [][]string) (shown, widths []int) {
	for c := range columns {
		natural, empty := displayWidth(columns[c].title), c > 0
		for _, row := range rows {
			for _, line := range strings.Split(row[c], "\n") {
				natural = max(natural, displayWidth(line))
			}
			empty = empty && row[c] == ""
		}
		if !empty || len(rows) == 0 {
			shown, widths = append(shown, c), append(widths, natural)
		}
	}
	for {
		excess, slack, last := -t.width-gap, 0, -1
		for i, c := range shown {
			excess += widths[i] + gap
			if m := columns[c].min; m > 0 {
				slack += max(0, widths[i]-m)
			}
			if d := columns[c].drop; d > 0 && (last < 0 || d > columns[shown[last]].drop) {
				last = i
			}
		}
		switch {
		case excess <= 0:
			return shown, widths
		case excess <= slack || last < 0:
			shrink(widths, excess, func(i int) int { return columns[shown[i]].min })
			return shown, widths
		}
		shown = slices.Delete(shown, last, last+1)
		widths = slices.Delete(widths, last, last+1)
	}
}

// shrink takes excess from the widest flexible columns; when that is not enough
// from any.
func shrink(widths []int, excess int, minimum func(i int) int) {
	for _, hard := range []bool{false, true} {
		for excess > 0 {
			widest := -1
			for i, w := range widths {
				m := minimum(i)
				if hard {
					m = 1
				}
				if m > 0 && w > m && (widest < 0 || w > widths[widest]) {
					widest = i
				}
			}
			if widest < 0 {
				break
			}
			widths[widest]--
			excess--
		}
	}
}
