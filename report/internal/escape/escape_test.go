package escape

import (
	"bytes"
	"testing"
)

// TestPlainText: the scan by words finds what a look at every byte finds,
// wherever it stands.
func TestPlainText(t *testing.T) {
	for n := range 40 {
		text := bytes.Repeat([]byte("a"), n)
		if !plainText(text, ',') || !plainText(string(text), ',') {
			t.Errorf("%d letters are not plain", n)
		}
		for at := range n {
			for c := range 256 {
				text[at] = byte(c)
				want := c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != ','
				if plainText(text, ',') != want || plainText(string(text), ',') != want {
					t.Fatalf("%q: plain is %v", text, !want)
				}
			}
			text[at] = 'a'
		}
	}
}
