package usage

import "testing"

func TestNearest(t *testing.T) {
	commands := []string{"report", "keys", "check", "show", "version", "help"}
	for word, want := range map[string]string{
		"reprot": "report", "key": "keys", "chekc": "check", "KEYS": "keys", "shwo": "show", "vers": "version",
		"dump.rdb": "", "x": "", "": "", "hlep": "help", "repo": "report",
	} {
		if got := Nearest(word, commands); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
