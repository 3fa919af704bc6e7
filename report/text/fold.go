package text

import "strings"

// Fold breaks the lines of printable text that are wider than width columns, between
// words if it can, and leaves the others as they are. What goes on is indented as the
// last column of its line (what follows two spaces or more) that leaves room, otherwise
// two more than the line. Nothing is broken when width is 0.
func Fold(text string, width int) string {
	if width <= 0 {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		foldLine(&b, line, hanging(line, width), width)
	}
	return b.String()
}

// Reflow is Fold for prose: lines without an indentation that follow each other are one
// paragraph, which is broken anew when one of them is wider than width columns.
func Reflow(text string, width int) string {
	if width <= 0 {
		return text
	}
	var b strings.Builder
	var paragraph []string
	wide := false
	flush := func() {
		if wide {
			paragraph = breakLines(strings.Join(paragraph, " "), width)
		}
		for _, line := range paragraph {
			b.WriteString(line + "\n")
		}
		paragraph, wide = nil, false
	}
	for line := range strings.Lines(text) {
		plain := strings.TrimSuffix(line, "\n")
		if plain == "" || plain[0] == ' ' {
			flush()
			b.WriteString(line)
			continue
		}
		paragraph, wide = append(paragraph, plain), wide || displayWidth(plain) > width
	}
	flush()
	s := b.String()
	if !strings.HasSuffix(text, "\n") {
		s = strings.TrimSuffix(s, "\n")
	}
	return Fold(s, width)
}

// leastRoom is how many columns a line must have beside its indentation.
const leastRoom = 16

// hanging returns the indentation for what goes on of a line.
func hanging(line string, width int) int {
	lead := len(line) - len(strings.TrimLeft(line, " "))
	indent := lead + 2
	for i := lead; i+2 < len(line); i++ {
		if line[i:i+2] == "  " && line[i+2] != ' ' {
			if at := displayWidth(line[:i+2]); at+leastRoom <= width {
				indent = at
			}
		}
	}
	if indent+leastRoom > width {
		return 0
	}
	return indent
}

// foldLine writes a line, with its line feed if it has one, broken to width columns;
// what goes on is indented by hang columns. A word is broken only if it does not fit
// into a line of its own.
func foldLine(b *strings.Builder, line string, hang, width int) {
	plain, end := strings.CutSuffix(line, "\n")
	for displayWidth(plain) > width {
		fits := len(cutEnd(plain, max(width, hang+2), "")) // a wide character must fit
		at := fits
		if plain[fits] != ' ' {
			if space := strings.LastIndexByte(plain[:fits], ' '); space > hang {
				at = space
			}
		}
		b.WriteString(strings.TrimRight(plain[:at], " ") + "\n")
		plain = strings.Repeat(" ", hang) + strings.TrimLeft(plain[at:], " ")
	}
	b.WriteString(plain)
	if end {
		b.WriteByte('\n')
	}
}
