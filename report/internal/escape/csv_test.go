package escape

import "testing"

// TestCSVGuard: no field begins with what a spreadsheet takes for a formula, in any
// of its forms.
func TestCSVGuard(t *testing.T) {
	for in, want := range map[string]string{
		"":           "",
		"a=1":        "a=1",
		"=1+1":       `\x3d1+1`,
		"+1":         `\x2b1`,
		"-1":         `\x2d1`,
		"@a":         `\x40a`,
		`="a"`:       `"\x3d""a"""`,
		"＝1+1":       `\xef\xbc\x9d1+1`,
		"＋1":         `\xef\xbc\x8b1`,
		"－1":         `\xef\xbc\x8d1`,
		"＠SUM(1,2)":  `"\xef\xbc\xa0SUM(1,2)"`,
		"﹦1":         `\xef\xb9\xa61`,
		"⁼1":         `\xe2\x81\xbc1`,
		"₊1":         `\xe2\x82\x8a1`,
		"−1":         `\xe2\x88\x921`,
		"＝":          `\xef\xbc\x9d`,
		"a＝":         "a＝",
		"键:1":        "键:1",
		"＃1":         "＃1",
		"é=":         "é=",
		"\u2010dash": "\u2010dash",
	} {
		if got := string(AppendCSV(nil, []byte(in))); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
		if PlainCSV(in) && in != want {
			t.Errorf("%q is called plain", in)
		}
	}
}
