package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// formats is where dumps of the newest and of foreign servers lie.
const formats = "../../testdata/formats"

// execute runs a command line and returns what it prints.
func execute(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &o, &e, func(string) string { return "" })
	return code, o.String(), e.String()
}

// TestFormats: what is whole is read, what is not known is said to be that, and neither
// is called damaged.
func TestFormats(t *testing.T) {
	for _, c := range []struct {
		file string
		code int
		want []string // in what check prints
		keys string   // names of the rows
	}{
		{"valkey081-plain.rdb", exitOK, []string{": ok", "VALKEY081, valkey 9.2.0", "HASH 1, HASH_2 1, STRING 1"}, "s1 h1 hfe"},
		{"valkey092-vcs-lz4.rdb", exitOK, []string{": ok", "decompressed from vcs-lz4"}, "s1 h1 hfe"},
		{"valkey-vcs-zstd-guess.rdb", exitOK, []string{": ok", "decompressed from vcs-zstd"}, "s1 h1 hfe"},
		{"valkey092-forkless-layout.rdb", exitOK, []string{": ok", "2 databases"}, ""},
		{"valkey081-path-hash.rdb", exitOK, []string{": ok", "PATH_HASH 1"}, "before tree after"},
		{"ror-bitmap-192.rdb", exitOK, []string{": ok", "ROR_BITMAP 1"}, "bm after"},
		{"redis810-template-lp-ref.rdb", exitOK, []string{": ok", "HASH_TMPL_LP_REF 100"}, ""},
		{"redis0016-plain.rdb", exitOK, []string{": ok", "newer-version"}, ""},
		{"redis0014-gcra29.rdb", exitPartial, []string{": NOT READ TO ITS END", `type 29 is not known in REDIS0014; read up to key "before"`}, "before"},
		{"redis0015-gcra33.rdb", exitPartial, []string{": NOT READ TO ITS END", `type 33 is not known in REDIS0015; read up to key "before"`}, "before"},
	} {
		path := filepath.Join(formats, c.file)
		code, out, errs := execute(t, "check", path)
		if code != c.code || strings.Contains(out, "DAMAGED") {
			t.Errorf("check %s: exit code %d, want %d\n%s%s", c.file, code, c.code, out, errs)
		}
		for _, said := range c.want {
			if !strings.Contains(out, said) {
				t.Errorf("check %s does not say %q\n%s", c.file, said, out)
			}
		}
		code, out, errs = execute(t, "keys", path)
		var names []string
		for _, line := range strings.Split(strings.TrimSpace(out), "\n")[1:] {
			names = append(names, strings.Split(line, ",")[2])
		}
		if got := strings.Join(names, " "); code != c.code || c.keys != "" && got != c.keys {
			t.Errorf("keys %s: exit code %d, keys %q\n%s", c.file, code, got, errs)
		}
	}
}
