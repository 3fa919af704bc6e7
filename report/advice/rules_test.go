package advice

import (
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/role"
)

func TestRulesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	last := "R00"
	for i, info := range Rules() {
		if !regexp.MustCompile(`^R\d\d$`).MatchString(info.ID) || info.ID <= last {
			t.Errorf("rule %d has the ID %s behind %s", i, info.ID, last)
		}
		last = info.ID
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(info.Name) || seen[info.Name] {
			t.Errorf("%s: name %q is not a unique lower-case name", info.ID, info.Name)
		}
		seen[info.Name] = true
		if info.Title == "" || info.What == "" || info.Why == "" || info.Risk == "" || len(info.Thresholds) == 0 {
			t.Errorf("%s lacks a text: %+v", info.ID, info)
		}
		for _, th := range info.Thresholds {
			if th.Meaning == "" || th.Value <= 0 {
				t.Errorf("%s: threshold %+v", info.ID, th)
			}
		}
	}
	Rules()[0].Thresholds[0].Value = 1
	if Rules()[0].Thresholds[0].Value != bigKeyBytes {
		t.Error("a caller can change the table of rules")
	}
}

// TestRulesAreListed: what is declared as a rule is in the table.
func TestRulesAreListed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	listed := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := goparser.ParseFile(token.NewFileSet(), name, nil, goparser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			vars, ok := decl.(*ast.GenDecl)
			if !ok || vars.Tok != token.VAR {
				continue
			}
			for _, spec := range vars.Specs {
				v := spec.(*ast.ValueSpec)
				for i := range v.Values {
					lit, ok := v.Values[i].(*ast.CompositeLit)
					if !ok {
						continue
					}
					if id, ok := lit.Type.(*ast.Ident); ok && id.Name == "rule" {
						declared = append(declared, v.Names[i].Name)
					}
					if v.Names[i].Name == "rules" {
						for _, e := range lit.Elts {
							listed[e.(*ast.Ident).Name] = true
						}
					}
				}
			}
		}
	}
	if len(declared) < len(rules) {
		t.Errorf("%d declarations of %d rules were found", len(declared), len(rules))
	}
	for _, name := range declared {
		if !listed[name] {
			t.Errorf("%s is a rule and not in the table of rule.go", name)
		}
	}
}

// docs/rules.md is written by hand; it must name every rule and threshold as
// the table has them.
func TestRulesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, part := range strings.Split(string(doc), "\n## ")[1:] {
		head, body, _ := strings.Cut(part, "\n")
		sections[head] = body
	}
	if len(sections) != len(Rules()) {
		t.Errorf("%d sections for %d rules", len(sections), len(Rules()))
	}
	for _, info := range Rules() {
		head := info.ID + " " + info.Name
		body, ok := sections[head]
		if !ok {
			t.Errorf("no section %q", head)
			continue
		}
		if !strings.Contains(body, "**"+info.Title+".**") {
			t.Errorf("%s: the section does not begin with its title %q", head, info.Title)
		}
		if link := fmt.Sprintf("| [%s](#%s-%s) | %s |", head, strings.ToLower(info.ID), info.Name, info.Title); !strings.Contains(string(doc), link) {
			t.Errorf("%s: not in the list of rules: %s", head, link)
		}
		var got, want []string
		for _, l := range strings.Split(body, "\n") {
			if strings.HasPrefix(l, "| `") {
				got = append(got, l)
			}
		}
		for _, th := range info.Thresholds {
			want = append(want, fmt.Sprintf("| `%s` | %s | %s |", th.Name, th, th.Meaning))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: thresholds (-table +docs):\n%s", head, diff)
		}
	}
}

func one(t *testing.T, r *aggregate.Report, id string) *Suggestion {
	t.Helper()
	got, _ := Suggest(r, Options{})
	var found *Suggestion
	for i := range got {
		if got[i].ID == id {
			if found != nil {
				t.Fatalf("%s speaks twice: %v", id, titles(got))
			}
			found = &got[i]
		}
	}
	return found
}

func TestNoTTLSigns(t *testing.T) {
	old, young := int64(40*86400), int64(3600)
	tests := []struct {
		name  string
		row   aggregate.PatternFacts
		idle  *int64
		signs []string // nil: silent
	}{
		{"word", row("app:tmp:{uuid}", "string", 1000, mib, 1000, mib), nil, []string{"the name says tmp"}},
		{"plural", row("captchas:{int}", "string", 1000, mib, 1000, mib), nil, []string{"the name says captchas"}},
		{"camel case", row("app:userOtp:{int}", "hash", 1000, mib, 1000, mib), nil, []string{"the name says otp"}},
		{"capitals", row("APP_TMP_{int}", "hash", 1000, mib, 1000, mib), nil, []string{"the name says tmp"}},
		{"inside a word", row("pagecache:{int}", "string", 1000, mib, 1000, mib), nil, []string{"the name says pagecache"}},
		{"words of data", row(`app:{{"tmp":{int}}}`, "string", 1000, mib, 1000, mib), nil, nil},
		{"a queue", row("queue:mail:{int}", "list", 1000, mib, 1000, mib), nil, nil},
		{"a cart", row("cart:{int}", "hash", 1000, mib, 1000, mib), nil, nil},
		{"a lock", with(row("lock:{int}", "string", 1000, mib, 1000, mib), func(p *aggregate.PatternFacts) { p.Purpose.Role = role.Lock }), nil, nil},
		{"a job of which others expire", with(row("job:{int}", "hash", 1000, mib, 600, mib), func(p *aggregate.PatternFacts) { p.Purpose.Role = role.Job }), &old, nil},
		{"an index", with(row("cache:tags:{int}", "set", 1000, mib, 1000, mib), func(p *aggregate.PatternFacts) { p.Purpose.Role = role.Index }), nil, nil},
		{"a role", cache(row("page:{int}", "string", 1000, mib, 1000, mib)), nil, []string{"a cache's envelope"}},
		{"marks", with(row("seen:{uuid}", "string", 10_000, mib, 10_000, mib), func(p *aggregate.PatternFacts) { p.Probe = &aggregate.ProbeFacts{SameValue: true} }), nil, []string{"all hold the same value"}},
		{"few marks", with(row("seen:{uuid}", "string", 9_999, mib, 9_999, mib), func(p *aggregate.PatternFacts) { p.Probe = &aggregate.ProbeFacts{SameValue: true} }), nil, nil},
		{"texts that are the same", with(row("seen:{uuid}", "string", 10_000, mib, 10_000, mib), func(p *aggregate.PatternFacts) {
			p.Probe, p.Payload = &aggregate.ProbeFacts{SameValue: true}, 170_000
		}), nil, nil},
		{"siblings expire", row("page:{int}", "string", 1000, mib, 700, mib), nil, []string{"30.0 % of the pattern do"}},
		{"few siblings expire", row("page:{int}", "string", 1000, mib, 900, mib), nil, nil},
		{"most siblings expire", row("page:{int}", "string", 1000, mib, 200, mib), nil, nil},
		{"no sign", row("page:{int}", "string", 1000, mib, 1000, mib), nil, nil},
		{"abandoned", row("page:{int}", "string", 1000, 9*mib, 1000, 9*mib), &old, []string{"half of them untouched for 40 d"}},
		{"abandoned, small share", row("page:{int}", "string", 1000, mib, 1000, mib), &old, nil},
		{"in use", row("page:{int}", "string", 1000, 9*mib, 1000, 9*mib), &young, nil},
		{"word and abandoned", row("tmp:{int}", "hash", 1000, mib, 1000, mib), &old, []string{"the name says tmp", "half of them untouched for 40 d"}},
		{"all expire", row("cart:{int}", "hash", 1000, mib, 0, 0), nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.row.IdleP50 = tt.idle
			r := add(clean(), tt.row)
			if tt.idle != nil {
				r.Idle.Recorded = "idle"
			}
			got := one(t, r, "R02")
			if got == nil {
				if tt.signs != nil {
					t.Fatalf("silent, want %q", tt.signs)
				}
				return
			}
			if diff := cmp.Diff(tt.signs, got.Evidence.Value("signs")); diff != "" {
				t.Errorf("signs (-want +got):\n%s", diff)
			}
		})
	}
}

// Without allocated bytes the saving in used_memory starts from MEMORY USAGE.
func TestNoTTLWithoutResident(t *testing.T) {
	p := cache(row("cart:{int}", "hash", 1000, mib, 1000, mib))
	p.TTLCostBytes = 40_000
	got := one(t, add(clean(), p), "R02")
	if *got.Saves != mib || *got.SavesUsedMemory != mib-40_000 || got.Evidence.Value("freed_measured_as") != "MEMORY USAGE" {
		t.Errorf("saves %d, in used_memory %d, %v", *got.Saves, *got.SavesUsedMemory, got.Evidence)
	}
	if want := "upper bound: 1.00 MiB freed if all expired, less 39.1 KiB that TTLs cost"; got.Basis != want {
		t.Errorf("basis %q, want %q", got.Basis, want)
	}
}

func TestMixedTTLThresholds(t *testing.T) {
	tests := []struct {
		keys, without int64
		want          bool
	}{
		{1000, 200, true},  // 80 % expire
		{1000, 201, false}, // R02's, which sees no sign in the name: 79.9 % do
		{1000, 5, true},
		{1000, 4, false},
		{49, 5, false},
		{50, 5, true},
		{1_000_000, 1000, true},
		{1_000_000, 900, false},
	}
	for _, tt := range tests {
		r := add(clean(), row("page:{int}", "string", tt.keys, tt.keys*300, tt.without, tt.without*300))
		if got := one(t, r, "R03"); (got != nil) != tt.want {
			t.Errorf("%d of %d keys without a TTL: %v, want %v", tt.without, tt.keys, got != nil, tt.want)
		}
	}
}

func TestLimitIsTheSmallestThatIsEnough(t *testing.T) {
	candidate := func(value, keys, before, after, longest int64) aggregate.Candidate {
		return aggregate.Candidate{Setting: "hash-max-listpack-entries", Value: value, Keys: keys, Before: before, After: after, Longest: longest}
	}
	tests := []struct {
		name     string
		settings map[string]int64
		rows     [][]aggregate.Candidate
		value    int64
		keys     int64
		saves    int64
		pattern  string
	}{
		{"one value", nil, [][]aggregate.Candidate{{candidate(1024, 10, 4*mib, mib, 9000)}}, 1024, 10, 3 * mib, "h0:{int}"},
		{"79 % is not enough", nil, [][]aggregate.Candidate{{
			candidate(1024, 10, 2*mib, 2*mib-790*kib, 9000), candidate(2048, 20, 4*mib, 4*mib-1000*kib, 18000)}}, 2048, 20, 1000 * kib, "h0:{int}"},
		{"80 % is", nil, [][]aggregate.Candidate{{
			candidate(1024, 10, 2*mib, 2*mib-800*kib, 9000), candidate(2048, 20, 4*mib, 4*mib-1000*kib, 18000)}}, 1024, 10, 800 * kib, "h0:{int}"},
		{"best blob too large", nil, [][]aggregate.Candidate{{
			candidate(1024, 10, 2*mib, mib, 9000), candidate(2048, 20, 40*mib, mib, 64*kib+1)}}, 1024, 10, mib, "h0:{int}"},
		{"cumulative rows", nil, [][]aggregate.Candidate{
			{candidate(1024, 10, 2*mib, mib, 9000)},                                           // nothing new at 2048
			{candidate(2048, 30, 6*mib, 2*mib, 12000), candidate(8192, 31, 7*mib, 2*mib, 99)}, // 5 of 6 MiB at 2048
		}, 2048, 40, 5 * mib, ""},
		{"mostly one row", nil, [][]aggregate.Candidate{
			{candidate(1024, 10, 2*mib, 2*mib-mib/10, 9000)}, {candidate(1024, 30, 6*mib, 2*mib, 12000)},
		}, 1024, 40, 4*mib + mib/10, "h1:{int}"},
		{"above the value in force", map[string]int64{"hash-max-listpack-entries": 1024}, [][]aggregate.Candidate{{
			candidate(1024, 10, 4*mib, mib, 9000), candidate(2048, 20, 5*mib, mib, 9000)}}, 2048, 20, 4 * mib, "h0:{int}"},
		{"old name in force", map[string]int64{"hash-max-ziplist-entries": 4096}, [][]aggregate.Candidate{{candidate(1024, 10, 4*mib, mib, 9000)}}, 0, 0, 0, ""},
		{"switched off", map[string]int64{"hash-max-listpack-entries": 0}, [][]aggregate.Candidate{{candidate(1024, 10, 4*mib, mib, 9000)}}, 0, 0, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := clean()
			r.Facts.Settings = tt.settings
			for i, cs := range tt.rows {
				add(r, with(row(fmt.Sprintf("h%d:{int}", i), "hash", 1000, 20*mib, 1000, 20*mib), func(p *aggregate.PatternFacts) { p.Candidates = cs }))
			}
			got := one(t, r, "R04")
			if tt.value == 0 {
				if got != nil {
					t.Fatalf("got %q, want none", got.Title)
				}
				return
			}
			if got == nil {
				t.Fatal("silent")
			}
			if got.Evidence.Value("value_new") != tt.value || got.Keys != tt.keys || *got.Saves != tt.saves {
				t.Errorf("%s: %d keys, saves %d; want value %d, %d keys, %d", got.Title, got.Keys, *got.Saves, tt.value, tt.keys, tt.saves)
			}
			if got.SavesUsedMemory != nil {
				t.Errorf("a saving in used_memory of %d out of no figures", *got.SavesUsedMemory)
			}
			if got.Pattern != tt.pattern {
				t.Errorf("pattern %q in %q, want %q", got.Pattern, got.Title, tt.pattern)
			}
		})
	}
}

func TestSettingsAreNamedAsTheServerDoes(t *testing.T) {
	tests := []struct {
		server, setting string
		title, line     string // "" title: silent
		scanned         int64
	}{
		{"redis-7.4", "hash-max-listpack-entries", "hash-max-listpack-entries 512 -> 1024: 9 hashes of k:{int} become listpacks", "redis-cli CONFIG SET hash-max-listpack-entries 1024", 2048},
		{"redis-6.2", "hash-max-listpack-entries", "hash-max-ziplist-entries 512 -> 1024: 9 hashes of k:{int} become ziplists", "redis-cli CONFIG SET hash-max-ziplist-entries 1024", 2048},
		{"valkey-8.1", "zset-max-listpack-entries", "zset-max-listpack-entries 128 -> 1024: 9 zsets of k:{int} become listpacks", "valkey-cli CONFIG SET zset-max-listpack-entries 1024", 2048},
		{"redis-8.8", "hash-max-listpack-value", "hash-max-listpack-value 64 -> 1024: 9 hashes of k:{int} become listpacks", "redis-cli CONFIG SET hash-max-listpack-value 1024", 1024},
		{"redis-7.2", "set-max-listpack-value", "set-max-listpack-value 64 -> 1024: 9 sets of k:{int} become listpacks", "redis-cli CONFIG SET set-max-listpack-value 1024", 128},
		{"redis-7.0", "set-max-listpack-entries", "", "", 0},
		{"redis-6.2", "set-max-intset-entries", "set-max-intset-entries 512 -> 1024: 9 sets of k:{int} become intsets", "redis-cli CONFIG SET set-max-intset-entries 1024", 11},
		{"", "hash-max-listpack-entries", "hash-max-listpack-entries 512 -> 1024: 9 hashes of k:{int} become listpacks", "redis-cli CONFIG SET hash-max-listpack-entries 1024", 2048},
	}
	for _, tt := range tests {
		r := clean()
		r.Facts.Server, r.Sources[0].Model.Server = tt.server, tt.server
		typ, _, _ := strings.Cut(tt.setting, "-")
		add(r, with(row("k:{int}", typ, 1000, 20*mib, 1000, 20*mib), func(p *aggregate.PatternFacts) {
			p.Candidates = []aggregate.Candidate{{Setting: tt.setting, Value: 1024, Keys: 9, Before: 4 * mib, After: mib, Longest: 9000}}
		}))
		got, _ := Suggest(r, Options{Ignore: []string{"R27"}})
		if tt.title == "" {
			if len(got) != 0 {
				t.Errorf("%s, %s: %v, want none", tt.server, tt.setting, titles(got))
			}
			continue
		}
		if len(got) != 1 || got[0].Title != tt.title {
			t.Errorf("%s, %s: %v, want %q", tt.server, tt.setting, titles(got), tt.title)
			continue
		}
		if !strings.Contains(strings.Join(got[0].Action, "\n")+"\n", tt.line+"\n") {
			t.Errorf("%s, %s: no line %q in %q", tt.server, tt.setting, tt.line, got[0].Action)
		}
		if got[0].Evidence.Value("elements_scanned_max") != tt.scanned {
			t.Errorf("%s, %s: scans %v, want %d", tt.server, tt.setting, got[0].Evidence.Value("elements_scanned_max"), tt.scanned)
		}
	}
}

// With several lines among the sources, actions are those of the oldest.
func TestOldestServerNamesTheAction(t *testing.T) {
	r := clean()
	r.Facts.MixedServers = true
	r.Sources = append(r.Sources, r.Sources[0])
	r.Sources[1].Name, r.Sources[1].Model.Server = "old.rdb", "redis-6.2"
	r.Sources[0].Model.Server = "valkey-8.1"
	add(r, with(cache(row("cart:{int}", "hash", 1000, 20*mib, 1000, 20*mib)), func(p *aggregate.PatternFacts) {
		p.Candidates = []aggregate.Candidate{{Setting: "hash-max-listpack-entries", Value: 1024, Keys: 9, Before: 4 * mib, After: mib, Longest: 9000}}
	}))
	limit, ttl := one(t, r, "R04"), one(t, r, "R02")
	if a := strings.Join(limit.Action, "\n"); !strings.Contains(a, "redis-cli CONFIG SET hash-max-ziplist-entries 1024") || !strings.Contains(limit.Basis, "random seed") || !strings.Contains(limit.Basis, "different server lines") {
		t.Errorf("%q\n%s", limit.Basis, a)
	}
	if a := strings.Join(ttl.Action, "\n"); strings.Contains(a, "\nNX") || !strings.Contains(a, "EVAL") || !strings.Contains(a, "each source") {
		t.Errorf("%s", a)
	}
}

func TestBasisSaysWhatIsRandom(t *testing.T) {
	tests := []struct{ server, allocator, setting, want string }{
		{"redis-7.4", "jemalloc", "hash-max-listpack-entries", "exact for this dump"},
		{"redis-7.4", "jemalloc", "zset-max-listpack-entries", "skiplist"},
		{"valkey-8.1", "jemalloc", "hash-max-listpack-entries", "random seed"},
		{"valkey-7.2", "jemalloc", "hash-max-listpack-entries", "exact for this dump"},
		{"redis-7.4", "libc", "hash-max-listpack-entries", "glibc"},
	}
	for _, tt := range tests {
		r := clean()
		r.Facts.Server, r.Sources[0].Model.Server, r.Sources[0].Model.Allocator = tt.server, tt.server, tt.allocator
		typ, _, _ := strings.Cut(tt.setting, "-")
		add(r, with(row("k:{int}", typ, 1000, 20*mib, 1000, 20*mib), func(p *aggregate.PatternFacts) {
			p.Candidates = []aggregate.Candidate{{Setting: tt.setting, Value: 1024, Keys: 9, Before: 4 * mib, After: mib, Longest: 9000}}
		}))
		if got := one(t, r, "R04"); got == nil || !strings.Contains(got.Basis, tt.want) {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

func TestStorms(t *testing.T) {
	r := clean()
	r.Expiry.Storms = []aggregate.Storm{
		{At: saved + 60_000, WidthSeconds: 60, Keys: 20_000, Memory: mib, TopPatterns: []string{"a:{int}", "b:{int}"}, TopShares: []aggregate.Ratio{8750, 1250}},
		{At: saved + 7200_000, WidthSeconds: 30, Keys: 10_000, Memory: mib},
		{At: saved - 30_000, WidthSeconds: 60, Keys: 15_000, Memory: mib, TopPatterns: []string{"now:{int}", "b:{int}"}, TopShares: []aggregate.Ratio{7500, 2500}}, // six of eight may be chance
	}
	got, together := Suggest(r, Options{})
	want := []string{
		"R06 10,000 keys (1.00 MiB) expire within 30 s from 2026-09-21 16:13:20Z",
		"R06 15,000 keys (1.00 MiB) expire within 60 s from 2026-09-21 14:12:50Z",
		"R06 20,000 keys (1.00 MiB), mostly a:{int}, expire within 60 s from 2026-09-21 14:14:20Z",
	}
	if diff := cmp.Diff(want, titles(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if together != nil {
		t.Errorf("together %d, want none", *together)
	}
	if got[0].Evidence.Value("keys_per_minute") != int64(20_000) {
		t.Errorf("keys per minute %v", got[0].Evidence.Value("keys_per_minute"))
	}

	// A small share of the keys with a TTL is a storm when they are large.
	r = clean()
	r.Expiry.Storms = []aggregate.Storm{{At: saved, WidthSeconds: 60, Keys: 1900, Memory: mib}, {At: saved, WidthSeconds: 60, Keys: 1000, Memory: mib / 2}}
	if got := one(t, r, "R06"); got == nil || got.Keys != 1900 {
		t.Errorf("got %v", got)
	}
}

func TestEvictionPolicy(t *testing.T) {
	tests := []struct {
		name, recorded, given string
		volatile              int64
		want, basis           string // "" want: silent
	}{
		{"lru", "idle", "", 10 * mib, "volatile-lru could evict 10.0 MiB at most, 10.0 % of the memory", "IDLE recorded: the policy is allkeys-lru or volatile-lru"},
		{"lfu", "freq", "", 10 * mib, "volatile-lfu could evict 10.0 MiB at most, 10.0 % of the memory", "FREQ recorded: the policy is allkeys-lfu or volatile-lfu"},
		{"nothing to evict", "idle", "", 0, "volatile-lru could evict 0 B at most, 0.0 % of the memory", "IDLE"},
		{"given", "", "volatile-ttl", 10 * mib, "volatile-ttl could evict 10.0 MiB at most, 10.0 % of the memory", "as given"},
		{"given and recorded", "idle", "volatile-lru", 10 * mib, "volatile-lru could evict 10.0 MiB at most, 10.0 % of the memory", "as given"},
		{"given allkeys", "idle", "allkeys-lru", 10 * mib, "", ""},
		{"given noeviction", "", "noeviction", 10 * mib, "", ""},
		{"nothing known", "", "", 10 * mib, "", ""},
		{"half is volatile", "idle", "", 50 * mib, "", ""},
		{"just under", "idle", "", 49 * mib, "volatile-lru could evict 49.0 MiB at most, 49.0 % of the memory", "IDLE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := clean()
			r.Idle.Recorded, r.Facts.VolatileMemory = tt.recorded, tt.volatile
			if tt.given != "" {
				r.Sources[0].Model.Config = map[string]string{"maxmemory-policy": tt.given}
			}
			got := one(t, r, "R08")
			if (got != nil) != (tt.want != "") || got != nil && (got.Title != tt.want || !strings.Contains(got.Basis, tt.basis)) {
				t.Errorf("got %+v, want %q", got, tt.want)
			}
		})
	}
}

func TestBacklogThresholds(t *testing.T) {
	tests := []struct {
		keys, bytes, withTTL int64
		want                 bool
	}{
		{99, mib * 10, 200_000, false},
		{100, mib, 200_000, true}, // 1 % of the memory
		{100, mib / 2, 200_000, false},
		{2000, mib / 2, 200_000, true}, // 1 % of the keys with a TTL
		{1980, mib / 2, 200_000, false},
		{150, 16*kib - 1, 200, false},
	}
	for _, tt := range tests {
		r := clean()
		r.Totals.KeysExpired, r.Totals.MemoryExpired, r.Totals.KeysWithTTL = tt.keys, tt.bytes, tt.withTTL
		got := one(t, r, "R09")
		if (got != nil) != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
		if got != nil && got.SavesUsedMemory != nil {
			t.Errorf("%+v: a saving in used_memory of %d out of no figures", tt, *got.SavesUsedMemory)
		}
	}
}

func TestTogetherCountsNoByteTwice(t *testing.T) {
	expire := func(row int, bytes int64) share { return share{row, gainExpire, bytes, 1} }
	expired := func(row int, bytes int64) share { return share{row, gainExpired, bytes, 1} }
	squeeze := func(row int, bytes int64) share { return share{row, gainCompress, bytes, 1} }
	listpack := func(row int, bytes, keys int64) share { return share{row, gainListpack, bytes, keys} }
	intset := func(row int, bytes int64) share { return share{row, gainIntset, bytes, 1} }
	tests := []struct {
		name   string
		shares [][]share // of each finding
		want   int64
	}{
		{"two rows add up", [][]share{{expire(0, 100)}, {squeeze(1, 50)}}, 150},
		{"gone covers packed", [][]share{{expire(0, 100)}, {listpack(0, 60, 5)}}, 100},
		{"packed covers a few gone", [][]share{{expire(0, 10)}, {listpack(0, 60, 5)}}, 60},
		{"no TTL and past it are different keys", [][]share{{expire(0, 100)}, {expired(0, 30)}, {squeeze(0, 120)}}, 130},
		{"two limits add up", [][]share{{listpack(0, 60, 5)}, {listpack(0, 50, 5)}}, 110},
		{"two limits that claim too many keys do not", [][]share{{listpack(0, 60, 6)}, {listpack(0, 50, 5)}}, 60},
		{"listpack or intset", [][]share{{listpack(0, 60, 5)}, {intset(0, 70)}}, 70},
		{"never more than the row", [][]share{{expire(0, 800)}, {expired(0, 700)}}, 1000},
		{"a limit may cost a row something", [][]share{{listpack(0, 60, 5), listpack(1, -20, 5)}}, 40},
		{"the largest alone", [][]share{{}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := add(&aggregate.Report{}, row("a", "hash", 10, 1000, 10, 1000), row("b", "hash", 10, 900, 10, 900))
			var found []finding
			for _, shares := range tt.shares {
				var sum int64
				for _, s := range shares {
					sum += s.bytes
				}
				f := finding{shares: shares}
				f.Saves = &sum
				found = append(found, f)
			}
			if got := combine(newInput(r), found); got == nil || *got != tt.want {
				t.Errorf("together %v, want %d", deref(got), tt.want)
			}
		})
	}
	if got := combine(newInput(clean()), []finding{{}}); got != nil {
		t.Errorf("together %d of nothing that saves", *got)
	}
}
