package escape

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

// TestJSONText: whoever reads the JSON gets the text back, and nothing in it is
// printed that is not printable.
func TestJSONText(t *testing.T) {
	texts := []string{"", "ok:1", `App\Models\User:42`, "two\nlines\ttab\x00nul\x7f", "soft\u00adhyphen", "a\u00a0b", "👨\u200d👩\u200d👧", "\u202egnp.exe", "\u2028\u2029\ufeff", "\U000e0041tag", `"`, "кириллица", "\ufffd"}
	var all strings.Builder
	for r := range rune(0x3000) {
		all.WriteRune(r)
	}
	for _, want := range append(texts, all.String()) {
		line := AppendJSONText(nil, []byte(want))
		var got string
		if err := json.Unmarshal(line, &got); err != nil || got != want {
			t.Errorf("%q: %q, %v from %s", want, got, err, line)
		}
		for _, r := range string(line) {
			if !unicode.IsPrint(r) {
				t.Errorf("%q: %U is in %q", want, r, line)
			}
		}
		indented, err := json.MarshalIndent([]string{want}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		safe := PrintableJSON(indented)
		if err := json.Unmarshal(safe, &list); err != nil || list[0] != want {
			t.Errorf("%q: %q, %v", want, list, err)
		}
		for _, r := range string(safe) {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%q: %U is in the JSON", want, r)
			}
		}
	}
}
