package view

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/parser"
)

// keyspaceDump returns a dump that real libraries wrote; RDBLENS_KEYSPACES may name
// a folder with the same dumps uncut.
func keyspaceDump(t testing.TB, name string) []byte {
	t.Helper()
	if dir := os.Getenv("RDBLENS_KEYSPACES"); dir != "" {
		b, err := os.ReadFile(filepath.Join(dir, name+".rdb"))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	f, err := os.Open(filepath.Join("..", "..", "..", "testdata", "keyspaces", name+".rdb.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// kindOfKeys is a line of roles.tsv.
type kindOfKeys struct {
	name  string
	match *regexp.Regexp
	roles []string
}

// kindsOfKeys reads testdata/keyspaces/roles.tsv, whose head says what is in it.
func kindsOfKeys(t testing.TB) map[string][]kindOfKeys {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "keyspaces", "roles.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]kindOfKeys{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(f) == 5 && line[0] != '#' {
			out[f[0]] = append(out[f[0]], kindOfKeys{f[1], regexp.MustCompile("^(?:" + f[2] + ")$"), strings.Split(f[3], "|")})
		}
	}
	return out
}

// rolesByKey analyses a dump and returns the role of the row of every key, by its
// escaped name.
func rolesByKey(t testing.TB, dump []byte) map[string]role.Verdict {
	t.Helper()
	cfg := data.Config{Settings: memory.DefaultConfig(), Separators: keyname.DefaultSeparators}
	s, err := collect.Analyze(context.Background(), data.Input{Name: "keys.rdb", Reader: bytes.NewReader(dump)}, &cfg)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = state.Merge(s); err != nil {
		t.Fatal(err)
	}
	v := naming.NewView(s)
	v.Generalize()
	rows := v.Rows()
	facts(s, v, rows)
	at := map[naming.RowKey]int{}
	for i := range rows {
		at[rows[i].Key()] = i
	}
	out := map[string]role.Verdict{}
	split := keyname.NewSplitter(cfg.Separators, 0)
	r := parser.NewReader(bytes.NewReader(dump), parser.Options{})
	for k := range r.Keys() {
		i, ok := at[naming.RowKey{Node: v.NodeOf(k.Name, k.NameLen, split, nil), Type: k.Type.DataType().String()}]
		if !ok {
			t.Fatalf("%q is in no row", k.Name)
		}
		out[parser.Escape(k.Name)] = rows[i].Verdict
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// losing reports whether a verdict lets advice expire, delete or trim what must stay.
func losing(v *role.Verdict, right []string) bool {
	if !v.MayExpire() && !v.MayDelete() && !v.MayTrim() {
		return false
	}
	return !slices.ContainsFunc(right, func(name string) bool {
		return name == v.Role.String() || slices.Contains([]string{"cache", "session", "limiter"}, name) && !v.MayTrim()
	})
}

// TestRolesOfKeyspaces holds the roles that a report gives against what the
// documentation of the libraries says, kind by kind.
func TestRolesOfKeyspaces(t *testing.T) {
	all, right := 0, 0
	for dump, kinds := range kindsOfKeys(t) {
		keys, good := make([]int, len(kinds)), make([]int, len(kinds))
		wrong := make([]string, len(kinds))
		for name, v := range rolesByKey(t, keyspaceDump(t, dump)) {
			at := slices.IndexFunc(kinds, func(k kindOfKeys) bool { return k.match.MatchString(name) })
			if at < 0 {
				t.Errorf("%s: %s is of no kind", dump, name)
				continue
			}
			keys[at]++
			if slices.Contains(kinds[at].roles, v.Role.String()) {
				good[at]++
			} else {
				wrong[at] = name + " is " + v.Role.String() + ": " + v.Reason
			}
			if losing(&v, kinds[at].roles) && kinds[at].roles[0] != "unknown" {
				t.Errorf("%s: %s is %v (%s), which may lose what is %v", dump, name, v.Role, v.Reason, kinds[at].roles)
			}
		}
		for i := range kinds {
			all++
			switch {
			case keys[i] == 0:
				t.Errorf("%s: no key is of the kind %s", dump, kinds[i].name)
			case good[i]*100 >= keys[i]*99:
				right++
			default:
				t.Logf("%s: %s: %d of %d keys are right; %s", dump, kinds[i].name, good[i], keys[i], wrong[i])
			}
		}
	}
	t.Logf("%d of %d kinds", right, all)
	if right*100 < all*95 {
		t.Errorf("%d of %d kinds have the right role, wanted 95 %%", right, all)
	}
}
