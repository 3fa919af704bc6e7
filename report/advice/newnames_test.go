package advice_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/report/advice"
)

// tokensOf returns the classes of a pattern in their order, without the braces that
// are a key's own, which are doubled.
func tokensOf(pattern string) []string {
	own := strings.NewReplacer("{{", "<", "}}", ">")
	return regexp.MustCompile(`\{[^{}]*\}`).FindAllString(own.Replace(pattern), -1)
}

// tagOf returns the hash tag of a pattern.
func tagOf(pattern string) string {
	_, rest, _ := strings.Cut(pattern, "{{")
	tag, _, _ := strings.Cut(rest, "}}")
	return tag
}

// TestNewNames: over all dumps at hand no two patterns of a report are given the same
// name, nor one that is in use; what varies stays, and so does a hash tag.
func TestNewNames(t *testing.T) {
	dumps := []string{"../../testdata/demo.rdb"}
	root := filepath.Dir(filepath.Dir(shared(t, "advice/shop-redis-7.4.rdb")))
	for _, dir := range []string{"advice", "cases", "corpus", "truth"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".rdb") {
				if info, err := d.Info(); err == nil && (!testing.Short() || info.Size() < 2<<20) {
					dumps = append(dumps, path)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	proposals := 0
	for _, dump := range dumps {
		r := readWhole(t, dump)
		if r == nil {
			continue // damaged on purpose
		}
		used := map[string]bool{}
		for i := range r.Facts.Patterns {
			used[r.Facts.Patterns[i].Pattern] = true
		}
		for i := range r.Patterns {
			used[r.Patterns[i].Pattern] = true
		}
		given := map[string]string{}
		got, _ := advice.Suggest(r, advice.Options{})
		for _, s := range got {
			name, ok := s.Evidence.Value("new_name").(string)
			if !ok {
				continue
			}
			proposals++
			bad := func(why string) { t.Errorf("%s: %s %s -> %s: %s", filepath.Base(dump), s.ID, s.Pattern, name, why) }
			if of, twice := given[name]; twice && of != s.Pattern {
				bad("also that of " + of)
			}
			given[name] = s.Pattern
			if used[name] {
				bad("is in use")
			}
			before, after := tokensOf(s.Pattern), tokensOf(name)
			if s.ID == "R15" {
				if len(before) != len(after) {
					bad("another number of tokens that vary")
				}
			} else if !slices.Equal(before, after) {
				bad("other tokens that vary")
			}
			if tagOf(s.Pattern) != tagOf(name) {
				bad("another hash tag")
			}
			if strings.ContainsAny(s.Pattern, `"[]\`) {
				bad("is no name that a person chose")
			}
		}
	}
	// What frameworks chose and what is locked or queued under its name gets none:
	// among small dumps that leaves few.
	if proposals < 2 {
		t.Errorf("%d proposals in %d dumps: the test sees nothing", proposals, len(dumps))
	}
	t.Logf("%d proposals in %d dumps", proposals, len(dumps))
}

// TestDigestsHaveNoNumber: a name that ends in the digest of something gets none.
func TestDigestsHaveNoNumber(t *testing.T) {
	digest, id := newPlanter(), newPlanter()
	for range 3000 {
		digest.text("page:"+hexOf(digest, 40), digest.noise(30))
		id.text("page:"+hexOf(id, 8)+"-"+hexOf(id, 4)+"-4"+hexOf(id, 3)+"-8"+hexOf(id, 3)+"-"+hexOf(id, 12), id.noise(30))
	}
	if s := find(digest.suggest(t), "R15", nil); s != nil {
		t.Errorf("a number for a digest: %s", s.Title)
	}
	if s := find(id.suggest(t), "R15", nil); s == nil || s.Evidence.Value("new_name") != "page:{int}" {
		t.Errorf("no number for a UUID: %+v", s)
	}
}

// TestSecretsStayUnguessable: where who knows an identifier has what it stands for, or
// where it comes and goes, no number is proposed, but the same bits in fewer bytes; and
// what that saves is what a dump with such names is smaller by.
func TestSecretsStayUnguessable(t *testing.T) {
	uuid := func(p *planter) []byte {
		b := make([]byte, 16)
		for i := range b {
			b[i] = byte(p.rnd.IntN(256))
		}
		b[6], b[8] = b[6]&15|0x40, b[8]&0x3f|0x80
		return b
	}
	text := func(b []byte) string { return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]) }
	for _, c := range []struct {
		prefix, suffix string
		expires        int // of ten
		want           string
	}{
		{"wallet:", "", 0, "wallet:{int}"},
		{"receipt:", ":pdf", 0, "receipt:{int}:pdf"},
		{"wallet:", "", 10, "wallet:{b64}"},
		{"quote:", "", 5, "quote:{b64}"},
		{"session:", "", 0, "session:{b64}"},
		{"app:sess:", "", 0, "app:sess:{b64}"},
		{"auth:refresh-", "", 0, "auth:refresh-{b64}"},
		{"cart:", ":lines", 0, "cart:{b64}:lines"},
		{"pwreset:", "", 0, "pwreset:{b64}"},
		{"idempotency:", "", 9, "idempotency:{b64}"},
		{"invite:", "", 0, "invite:{b64}"},
	} {
		long, short := newPlanter(), newPlanter()
		for i := range 3000 {
			id, value := uuid(long), long.noise(40)
			for _, x := range []struct {
				p    *planter
				name string
			}{{long, text(id)}, {short, base64.RawURLEncoding.EncodeToString(id)}} {
				if i%10 < c.expires {
					x.p.expire(i)
				}
				x.p.text(c.prefix+x.name+c.suffix, value)
			}
		}
		before, got := long.report(t)
		s := find(got, "R15", nil)
		if s == nil || s.Evidence.Value("new_name") != c.want {
			t.Errorf("%s{uuid}%s, %d of ten expire: %+v, want %s", c.prefix, c.suffix, c.expires, s, c.want)
			continue
		}
		if !strings.Contains(c.want, "{b64}") {
			continue
		}
		after, got := short.report(t)
		if saved := before.Totals.Memory - after.Totals.Memory; !within(*s.Saves, saved, 30) {
			t.Errorf("%s saves %d, it is %d", s.Title, *s.Saves, saved)
		}
		if s := find(got, "R15", nil); s != nil {
			t.Errorf("of what is encoded already: %s", s.Title)
		}
	}
}

// readWhole reads a dump, nil when it cannot be read to its end.
func readWhole(t *testing.T, path string) *aggregate.Report {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cfg := &aggregate.Config{Server: "auto", Allocator: memory.Jemalloc, Settings: memory.DefaultConfig(), Separators: ":./|", Top: 20}
	s, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: filepath.Base(path), Reader: f}, cfg)
	if err != nil {
		return nil
	}
	return s.Report()
}

func hexOf(p *planter, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[p.rnd.IntN(16)]
	}
	return string(b)
}
