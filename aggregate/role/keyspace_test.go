package role

import (
	"bytes"
	"compress/gzip"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
)

// keyspace is what a test knows of a dump: its patterns with their facts, and of
// each pattern the escaped names of its keys.
type keyspace struct {
	patterns []Pattern
	names    [][]string
}

// factsReader gathers facts as a collector would, but exactly: it holds all
// names.
type factsReader struct {
	clock int64
	keys  map[string]bool
	tails map[string]bool
	index map[named]int
	out   keyspace
}

// readKeyspace reads a dump twice: once for the names, once for the facts.
func readKeyspace(t testing.TB, dump []byte) *keyspace {
	t.Helper()
	r := &factsReader{keys: map[string]bool{}, tails: map[string]bool{}, index: map[named]int{}}
	names := parser.NewReader(bytes.NewReader(dump), parser.Options{})
	for k := range names.Keys() {
		r.keys[string(k.Name)] = true
		if tail := k.Name[bytes.LastIndexByte(k.Name, ':')+1:]; len(tail) >= keyname.MinEndingID {
			r.tails[string(tail)] = true
		}
	}
	if err := names.Err(); err != nil {
		t.Fatal(err)
	}
	values := parser.NewReader(bytes.NewReader(dump), parser.Options{WalkAll: true, Hooks: func() parser.Hooks {
		return parser.Hooks{Key: func(*parser.Key) int { return 1 << 20 }}
	}})
	if h, err := values.Header(); err == nil {
		text, _ := h.Lookup("ctime")
		s, _ := strconv.ParseInt(text, 10, 64)
		r.clock = s * 1000
	}
	for it := range values.All() {
		r.key(it)
	}
	if err := values.Err(); err != nil {
		t.Fatal(err)
	}
	return &r.out
}

func (r *factsReader) key(it *parser.Item) {
	id := named{string(keyname.PatternOf(it.Name)), it.Type.DataType()}
	at, ok := r.index[id]
	if !ok {
		at = len(r.out.patterns)
		r.index[id] = at
		r.out.patterns = append(r.out.patterns, Pattern{Name: id.name, Facts: Facts{Type: id.t}})
		r.out.names = append(r.out.names, nil)
	}
	p := &r.out.patterns[at]
	name := string(it.Name)
	r.out.names[at] = append(r.out.names[at], parser.Escape(it.Name))
	p.Examples = smallest(append(p.Examples, name), minExamples)
	f := &p.Facts
	parent := name[:strings.LastIndexByte(name, ':')+1]
	var fields HashCounter
	for e := range it.Elements() {
		if e.Kind == parser.KindItem {
			r.element(f, parent, it, e, &fields)
		}
	}
	k := it.Finish()
	f.Keys++
	if !k.Is(parser.HasExpiry) {
		f.KeysWithoutTTL++
	}
	f.Elements += k.Count
	switch f.Type {
	case tString:
		if k.IntClass != parser.NotInt {
			f.Integers++
			if k.IntClass <= parser.Int13 {
				f.SmallIntegers++
			}
		}
		f.Values[ShapeOf(k.Value)]++
	case tHash:
		f.Hashes[fields.Hash()]++
	case tStream:
		if k.Stream != nil {
			f.Groups += k.Stream.Groups
		}
	}
}

func (r *factsReader) element(f *Facts, parent string, it *parser.Item, e *parser.Element, fields *HashCounter) {
	own := it.Bytes(e)
	switch f.Type {
	case tHash:
		fields.Field(own)
		f.Values[ShapeOf(it.ValueBytes(e))]++
		return
	case tList:
		f.Values[ShapeOf(own)]++
	case tZset:
		score, err := e.Score(), error(nil)
		if !e.Is(parser.FlagScore) {
			score, err = strconv.ParseFloat(string(it.ValueBytes(e)), 64)
		}
		if err == nil {
			f.Scores[ScoreOf(score, r.clock)]++
		}
	}
	f.Members++
	if r.keys[string(own)] {
		f.MembersKeys++
	}
	if parent != "" && r.keys[parent+string(own)] {
		f.MembersUnder++
	}
	if len(own) >= keyname.MinEndingID && r.tails[string(own)] {
		f.MembersTails++
	}
}

// smallest keeps the n names with the smallest hashes.
func smallest(names []string, n int) []string {
	hash := func(s string) uint64 {
		h := fnv.New64a()
		h.Write([]byte(s))
		return h.Sum64()
	}
	slices.SortFunc(names, func(a, b string) int {
		if hash(a) < hash(b) {
			return -1
		}
		return 1
	})
	return names[:min(n, len(names))]
}

// verdicts judges all patterns of a dump.
func (k *keyspace) verdicts() []Verdict {
	s := NewSiblings(k.patterns)
	out := make([]Verdict, len(k.patterns))
	for i := range k.patterns {
		out[i] = Of(&k.patterns[i], s)
	}
	return out
}

// truth is a line of roles.tsv.
type truth struct {
	kind  string
	name  *regexp.Regexp
	roles []Role
}

func roleNamed(t testing.TB, name string) Role {
	for r := range Role(NumRoles) {
		if r.String() == name {
			return r
		}
	}
	t.Fatalf("no role is called %q", name)
	return Unknown
}

// readTruths reads roles.tsv: the kinds of each dump.
func readTruths(t testing.TB) map[string][]truth {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "keyspaces", "roles.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]truth{}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(f) != 5 {
			t.Fatalf("%d fields: %s", len(f), line)
		}
		l := truth{kind: f[1], name: regexp.MustCompile("^(?:" + f[2] + ")$")}
		for r := range strings.SplitSeq(f[3], "|") {
			l.roles = append(l.roles, roleNamed(t, r))
		}
		out[f[0]] = append(out[f[0]], l)
	}
	return out
}

// tally is how a kind was judged, by keys.
type tally struct {
	keys, right, dangerous int
	wrong                  []string
}

// judge counts the keys of each kind, and those that got a right role.
func judge(t testing.TB, k *keyspace, kinds []truth) []tally {
	t.Helper()
	tallies := make([]tally, len(kinds))
	for i, v := range k.verdicts() {
		for _, name := range k.names[i] {
			at := slices.IndexFunc(kinds, func(l truth) bool { return l.name.MatchString(name) })
			if at < 0 {
				t.Errorf("%s is of no kind", name)
				continue
			}
			c, right := &tallies[at], kinds[at].roles
			c.keys++
			if slices.Contains(right, v.Role) {
				c.right++
			} else {
				c.wrong = append(c.wrong, name+" ("+k.patterns[i].Name+"): "+v.Role.String()+", "+v.Reason)
			}
			if dangerous(v.Role, right[0]) {
				c.dangerous++
				t.Errorf("%s: %v (%s), which may lose what is %v", name, v.Role, v.Reason, right[0])
			}
		}
	}
	return tallies
}

// dangerous reports whether a verdict lets advice expire, delete or trim what it
// must not touch.
func dangerous(got, right Role) bool {
	return got.MayExpire() && !right.MayExpire() && right != Unknown && right != Lock && right != Counter ||
		got.MayDelete() && !right.MayDelete() && right != Unknown && right != Lock && right != Counter ||
		got.MayTrim() && !right.MayTrim()
}

// TestHandedKeyspaces: dumps that the libraries wrote, held against what their
// documentation says. RDBLENS_KEYSPACES may name a folder with the same dumps
// uncut.
func TestHandedKeyspaces(t *testing.T) {
	kinds, right := 0, 0
	for name, l := range readTruths(t) {
		t.Run(name, func(t *testing.T) {
			for i, c := range judge(t, readKeyspace(t, keyspaceDump(t, name)), l) {
				switch {
				case c.keys == 0:
					t.Errorf("%s: no key is of this kind", l[i].kind)
				case c.right*100 >= c.keys*99:
					right++
				default:
					t.Logf("%s: %d of %d keys are right; %s", l[i].kind, c.right, c.keys, strings.Join(c.wrong[:min(3, len(c.wrong))], "; "))
				}
				kinds++
			}
		})
	}
	t.Logf("%d of %d kinds", right, kinds)
	if right*100 < kinds*95 {
		t.Errorf("%d of %d kinds have the right role, wanted 95 %%", right, kinds)
	}
}

func keyspaceDump(t testing.TB, name string) []byte {
	t.Helper()
	if dir := os.Getenv("RDBLENS_KEYSPACES"); dir != "" {
		b, err := os.ReadFile(filepath.Join(dir, name+".rdb"))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	f, err := os.Open(filepath.Join("..", "..", "testdata", "keyspaces", name+".rdb.gz"))
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

// nameExpression is the expression for the names of a made kind.
func nameExpression(name string) *regexp.Regexp {
	e := regexp.QuoteMeta(parser.Escape([]byte(name)))
	for _, c := range [][2]string{{"#", `\d+`}, {"@", "[0-9a-f-]{36}"}, {`\$`, "[0-9a-f]{32}"}} {
		e = strings.ReplaceAll(e, c[0], c[1])
	}
	return regexp.MustCompile("^" + e + "$")
}
