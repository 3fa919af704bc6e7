package escape

import "html"

// HTML returns text for the content of an element or for a quoted attribute: bytes that
// are not printable as \xNN, as everywhere, and markup as references.
func HTML(s string) string {
	return html.EscapeString(string(AppendPrintable(nil, s, false)))
}
