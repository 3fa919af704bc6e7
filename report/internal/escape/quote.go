package escape

import "strings"

// Quoted puts text that is escaped already between quotation marks; one within
// it is \x22, as parser.Quote has it, so that its end can be found.
func Quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\x22`) + `"` }
