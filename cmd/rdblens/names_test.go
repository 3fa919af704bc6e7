package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// hostileNames are names that have gone wrong somewhere, and random ones of what they
// are made of.
func hostileNames() []string {
	names := []string{
		"", `""`, `\`, `\\`, `\x00`, "\x00", `\x5c`, `a\x`, "a\n", "a\nb", "a\tb", "a b", " a", "a ", "a", "'", `"`, `a"b`, "a,b", "a;b", "=1+1", "+1", "-1", "@a",
		`App\Models\User:42`, "caf\u00e9", "cafe\u0301", "\u202eevil", "\u200czwnj", "\u200b", "\u00a0", "\ufeffbom", "\ufffd", "\xff", "\xff\xfe", "\xe2\x82", "emoji:\U0001f600",
		"键:1", "a*", "a?", "a[b]", "a[", "[a]", "a[^b]c", "a{b}", "{int}", "{*}", "a]b", "^a$", "\x1b[31mred", "\x7f", "\u0085", "a|b", "$HOME", "`id`", "-f", "--db", "~", "a\\*", "[\x00]", `[\x00]`,
	}
	parts := []string{`\`, "x", "0", "a", "[", "]", "*", "?", "{", "}", ":", "\x00", "\xff", "é", "\u202e", `"`, " ", "\n", "^", "-"}
	rng := rand.New(rand.NewPCG(16, 9))
	for range 300 {
		var b strings.Builder
		for range 1 + rng.IntN(6) {
			b.WriteString(parts[rng.IntN(len(parts))])
		}
		names = append(names, b.String())
	}
	seen := map[string]bool{}
	var out []string
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// printed are the forms of a row's key, by the format.
func printed(t *testing.T, path string, n int) (csvKeys, textKeys []string) {
	t.Helper()
	_, out, errs := execute(t, "keys", path, "--columns", "key")
	for i, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		if i == 0 {
			continue
		}
		if strings.HasPrefix(line, `"`) {
			line = strings.ReplaceAll(line[1:len(line)-1], `""`, `"`)
		}
		csvKeys = append(csvKeys, line)
	}
	_, out, _ = execute(t, "keys", path, "-f", "text")
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	at := strings.Index(lines[0], "KEY")
	for _, line := range lines[1:] {
		textKeys = append(textKeys, line[at:])
	}
	if len(csvKeys) != n || len(textKeys) != n {
		t.Fatalf("%d and %d rows of %d: %s", len(csvKeys), len(textKeys), n, errs)
	}
	return csvKeys, textKeys
}

// TestPrintedNames: no two keys are printed alike, printed text is printable UTF-8, and
// every printed form leads back to its key: in show, --match, --exclude and --group.
func TestPrintedNames(t *testing.T) {
	names := append(hostileNames(), strings.Repeat("long:", 60)+"1", strings.Repeat("long:", 60)+"2")
	w := head(10).SelectDB(0)
	for _, n := range names {
		w.Put(n, rdbtest.String(rdbtest.Plain("v")))
	}
	path := t.TempDir() + "/names.rdb"
	if err := os.WriteFile(path, w.EOF().Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	csvKeys, textKeys := printed(t, path, len(names))
	for _, forms := range [][]string{csvKeys, textKeys} {
		seen := map[string]int{}
		for i, f := range forms {
			if j, twice := seen[f]; twice {
				t.Errorf("%q and %q are both printed %s", names[j], names[i], f)
			}
			seen[f] = i
			if !utf8.ValidString(f) || strings.ContainsAny(f, "\x00\x1b\u202e\r\n") {
				t.Errorf("%q is printed %q", names[i], f)
			}
		}
	}
	step := 1
	if testing.Short() {
		step = 7
	}
	for i := 0; i < len(names); i += step {
		for _, form := range []string{csvKeys[i], textKeys[i]} {
			code, out, errs := execute(t, "show", "-f", "json", path, "--", form)
			var s struct {
				Keys []struct {
					Key       string
					KeyBase64 []byte `json:"key_base64"`
				}
			}
			if err := json.Unmarshal([]byte(out), &s); code != exitOK || err != nil {
				t.Errorf("show %s of %q: %d %s", form, names[i], code, errs)
				continue
			}
			found := false
			for _, k := range s.Keys {
				found = found || k.Key == names[i] && k.KeyBase64 == nil || string(k.KeyBase64) == names[i]
			}
			if !found {
				t.Errorf("show %s does not find %q: %s", form, names[i], out)
			}
		}
		form := csvKeys[i]
		if form == "" {
			continue // a glob of nothing is no glob
		}
		if _, out, errs := execute(t, "keys", path, "--columns", "key", "--match="+form); !lineOf(out, csvKeys[i]) {
			t.Errorf("--match %s does not match %q: %s%s", form, names[i], out, errs)
		}
		if _, out, _ := execute(t, "keys", path, "--columns", "key", "--exclude="+form); lineOf(out, csvKeys[i]) {
			t.Errorf("--exclude %s does not exclude %q", form, names[i])
		}
		if _, out, _ := execute(t, "keys", path, "--columns", "key,pattern", "--group=ours="+form); !strings.Contains(out, ",ours\n") {
			t.Errorf("--group ours=%s has not %q", form, names[i])
		}
	}
}

// lineOf reports whether CSV of one column has a field.
func lineOf(out, field string) bool {
	if strings.ContainsAny(field, `",`) {
		field = `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
	}
	return strings.Contains("\n"+out, "\n"+field+"\n")
}

// TestWholeText: text of keys in files and pipes is UTF-8 and not cut.
func TestWholeText(t *testing.T) {
	long := strings.Repeat("键", 300)
	dump := head(10).SelectDB(0).Put(long, rdbtest.String(rdbtest.Plain("v"))).EOF().Bytes()
	if _, out, _ := stdinRun(t, dump, "keys", "-", "-f", "text"); !strings.Contains(out, long) {
		t.Errorf("%s", out)
	}
	if _, out, _ := stdinRun(t, dump, "keys", "-", "-f", "text", "--width", "80"); strings.Contains(out, long) {
		t.Errorf("--width has no say: %s", out)
	}
	t.Chdir(t.TempDir())
	if _, _, errs := stdinRun(t, dump, "keys", "-", "-o", "k.txt"); errs != "" {
		t.Error(errs)
	}
	if b, err := os.ReadFile("k.txt"); err != nil || !bytes.Contains(b, []byte(long)) {
		t.Errorf("%v %s", err, b)
	}
}

// TestAbsurdExpiries: what no calendar has is said, not only shown as the last moment.
func TestAbsurdExpiries(t *testing.T) {
	path := unpack(t, "expiry-ms-as-seconds")
	code, out, errs := execute(t, "keys", path, "-f", "text")
	if code != exitOK || !strings.Contains(errs, "expiries before 1970 or after the year 9999") || !strings.Contains(out, "after the year 9999") {
		t.Errorf("%d %s", code, errs)
	}
	if _, out, _ = execute(t, "report", path, "-f", "json"); !strings.Contains(out, `"absurd-expiry"`) {
		t.Error("no warning in JSON")
	}
}
