package text

import "testing"

func TestFold(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		width      int
		want       string
	}{
		{"no width", "a long line of words\n", 0, "a long line of words\n"},
		{"it fits", "abc  def\n  x\n\n", 8, "abc  def\n  x\n\n"},
		{"without a line feed", "aaaa bbbb", 8, "aaaa\nbbbb"},
		{"under the column", "  min-gain    share of the memory to be saved\n", 32, "  min-gain    share of the\n              memory to be saved\n"},
		{"under the last column with room", "R07 compress  16 KiB        what of the memory\n", 32, "R07 compress  16 KiB        what\n              of the memory\n"},
		{"no room under a column", "  a name that is long  and more words here\n", 26, "  a name that is long  and\n    more words here\n"},
		{"a long word", "  ab  0123456789012345678901234567890123456789\n", 24, "  ab  012345678901234567\n      890123456789012345\n      6789\n"},
		{"wide characters", "  ab  漢字漢字漢字漢字漢字漢字漢字\n", 25, "  ab  漢字漢字漢字漢字漢\n      字漢字漢字\n"},
		{"spaces within", "  ab  \"a  b\" and more that does not fit\n", 24, "  ab  \"a  b\" and more\n      that does not fit\n"},
	} {
		if got := Fold(tt.text, tt.width); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestReflow(t *testing.T) {
	const text = "one two three four five six\nseven.\n\n  stays as it is\nfits\nas well\n"
	for width, want := range map[int]string{
		0:  text,
		40: text,
		16: "one two three\nfour five six\nseven.\n\n  stays as it is\nfits\nas well\n",
	} {
		if got := Reflow(text, width); got != want {
			t.Errorf("%d columns: %q, want %q", width, got, want)
		}
	}
	if got := Reflow("one two", 4); got != "one\ntwo" {
		t.Errorf("without a line feed: %q", got)
	}
}
