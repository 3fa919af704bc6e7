package escape

import "strings"

// Markdown makes text safe within a line of Markdown: nothing of it is
// markup, and it does not end a cell.
func Markdown(s string) string {
	var b strings.Builder
	for _, c := range string(AppendPrintable(nil, s, false)) {
		if c < 0x80 && strings.ContainsRune("\\`*_{}[]()<>#+-.!|~&", c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// MarkdownCode makes a code span of a key or pattern.
func MarkdownCode(s string) string {
	s = string(AppendPrintable(nil, s, false))
	s = strings.ReplaceAll(s, "|", "\\|") // a table's cell ends at a bare one, in code too
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if s == "" || strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.TrimSpace(s) == "" {
		s = " " + s + " "
	}
	return fence + s + fence
}
