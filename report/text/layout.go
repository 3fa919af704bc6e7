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
	// words are those of the lines under way that have a color, with their codes.
	words [][2]string
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

// cutMiddle shortens text so that its beginning and its end are left.
func cutMiddle(s string, width int, mark string) string {
	room := width - displayWidth(mark)
	if displayWidth(s) <= width || room < 8 {
		return cutEnd(s, width, mark)
	}
	head := cutEnd(s, room/2, "")
	return head + cutStart(s[len(head):], width-displayWidth(head), mark)
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

// cut shortens a line to the width, if lines are to have one.
func (t *page) cut(s string) string {
	if !t.o.Whole {
		s = cutEnd(s, t.width, t.ellipsis)
	}
	return strings.TrimRight(s, " ")
}

// line prints one line, cut to the width.
func (t *page) line(s string) {
	s = t.cut(s)
	for _, w := range t.words {
		s = t.paint(s, w[0], w[1])
	}
	t.out.WriteString(s)
	t.out.WriteByte('\n')
}

// styled prints one line in a color when colors are on.
func (t *page) styled(code, s string) {
	s = t.cut(s)
	t.out.WriteString(t.paint(s, s, code))
	t.out.WriteByte('\n')
}

// paint colors the first occurrence of a part of a line when colors are on.
func (t *page) paint(line, part, code string) string {
	if !t.o.Color || part == "" {
		return line
	}
	return strings.Replace(line, part, "\x1b["+code+"m"+part+"\x1b[0m", 1)
}

// painted prints what write does with one verdict in the color of what is well or not.
func (t *page) painted(verdict string, well bool, write func()) {
	code := styleGood
	if !well {
		code = styleAlarm
	}
	sign, _, _ := strings.Cut(verdict, " ")
	if sign != strings.TrimSpace(t.sign("✓", "ok:")) && sign != strings.TrimSpace(t.sign("✗", "!!")) {
		sign = "" // a verdict without a sign is neither
	} else if !strings.ContainsAny(verdict, "(:;?") {
		sign = verdict
	}
	t.withWord(sign, code, write)
}

// paintedHeading prints what write does with its first word as a heading.
func (t *page) paintedHeading(word string, write func()) { t.withWord(word, styleHeading, write) }

func (t *page) withWord(word, code string, write func()) {
	t.words = append(t.words, [2]string{word, code})
	write()
	t.words = t.words[:len(t.words)-1]
}

// Colors say something, and never alone: a word or a sign says it, too.
const (
	styleHeading = "1"
	styleAlarm   = "1;31" // what is broken or over a limit
	styleWatch   = "1;33" // what to watch
	styleGood    = "32"
	styleBar     = "36"
)

// paintBar colors the bar of a line.
func (t *page) paintBar(_ int, line string) string {
	bars := "█▉▊▋▌▍▎▏"
	if t.o.ASCII {
		return line // its bar is of signs that names have, too
	}
	from := strings.IndexAny(line, bars)
	if from < 0 {
		return line
	}
	bar := line[from:]
	if end := strings.IndexFunc(bar, func(r rune) bool { return !strings.ContainsRune(bars, r) }); end >= 0 {
		bar = bar[:end]
	}
	return t.paint(line, bar, styleBar)
}

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
	right bool              // numbers
	min   int               // > 0: may become as narrow as this before a column is left out
	drop  int               // 0: stays; otherwise the highest is left out first
	wrap  bool              // broken into lines instead of cut
	lines func(row int) int // into so many at most, nil for any number
	start bool              // cut at the start
	// middle: cut in its middle. early: left out before any other column is made narrower.
	middle, early bool
}

// gap is the space between columns.
const gap = 2

// fitCells returns the cells of column c in its width. Names that begin alike, and would
// be one text when their ends are cut off, lose their middle instead.
func (t *page) fitCells(col *column, rows [][]string, c, width int) []string {
	out := make([]string, len(rows))
	names := make(map[string]string)
	alike := make(map[string]bool)
	for r, row := range rows {
		s := row[c]
		switch {
		case col.wrap:
			lead := s[:len(s)-len(strings.TrimLeft(s, " "))] // of every line
			lines := t.fewLines(breakLines(s, width-len(lead)), col.lines, r, width-len(lead))
			out[r] = lead + strings.Join(lines, "\n"+lead)
		case col.middle:
			out[r] = cutMiddle(s, width, t.ellipsis)
		case col.start:
			out[r] = cutStart(s, width, t.ellipsis)
		default:
			out[r] = cutEnd(s, width, t.ellipsis)
			if name, ok := names[out[r]]; ok && name != s {
				alike[out[r]] = true
			}
			names[out[r]] = s
		}
	}
	for r, row := range rows {
		if alike[out[r]] {
			out[r] = cutMiddle(row[c], width, t.ellipsis)
		}
	}
	return out
}

// fewLines keeps the first lines of a cell, as many as its row may have; the last says
// that there is more.
func (t *page) fewLines(lines []string, most func(row int) int, row, width int) []string {
	if most == nil || len(lines) <= most(row) || t.o.Whole {
		return lines
	}
	n := most(row)
	lines = lines[:n]
	lines[n-1] = cutEnd(lines[n-1], width-displayWidth(t.ellipsis), "") + t.ellipsis
	return lines
}

// table prints a table. Cells are printable. A column without any text is left
// out, then columns shrink or go until the table fits; a line feed in a cell
// of a wrapped column begins a new line.
func (t *page) table(columns []column, rows [][]string) { t.tablePainted(columns, rows, nil) }

// list is tablePainted without a line of titles.
func (t *page) list(columns []column, rows [][]string, paint func(row int, line string) string) {
	if len(rows) == 0 {
		return
	}
	all := t.capture(func() { t.tablePainted(columns, rows, paint) })
	if _, body, ok := bytes.Cut(all, []byte("\n")); ok {
		t.out.Write(body)
	}
}

// tablePainted is table with colors: paint is given a line of a row, and not called
// when it is nil.
func (t *page) tablePainted(columns []column, rows [][]string, paint func(row int, line string) string) {
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
	height := make([]int, len(rows)) // in lines
	for i, c := range shown {
		for r, s := range t.fitCells(&columns[c], rows, c, widths[i]) {
			cells[r] = append(cells[r], s)
			height[r] = max(height[r], 1+strings.Count(s, "\n"))
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
	row := 0
	for i, line := range strings.Split(strings.TrimRight(b.String(), "\n"), "\n") {
		if i == 0 {
			t.styled(styleHeading, line)
			continue
		}
		if paint != nil && row < len(rows) {
			t.out.WriteString(paint(row, t.cut(line)) + "\n")
		} else {
			t.line(line)
		}
		if row < len(rows) {
			if height[row]--; height[row] == 0 {
				row++
			}
		}
	}
}

// leastWrap is how narrow a cell of prose may become where lines need not fit.
const leastWrap = 50

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
		early := slices.IndexFunc(shown, func(c int) bool { return columns[c].early })
		switch {
		case excess <= 0:
			return shown, widths
		case t.o.Whole:
			// Only what is broken into lines gets narrower, nothing is cut or left out.
			for i, c := range shown {
				if columns[c].wrap {
					n := min(excess, max(0, widths[i]-max(columns[c].min, leastWrap)))
					widths[i] -= n
					excess -= n
				}
			}
			return shown, widths
		case early >= 0:
			last = early
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
