package advice

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/role"
)

const (
	kib = int64(1) << 10
	mib = int64(1) << 20
)

// saved is the clock of the reports of these tests.
const saved = aggregate.Time(1_790_000_000_000)

// clean returns the report of a dump with nothing wrong in it: 100 MiB, half of
// it expiring cache, the rest records that are meant to stay.
func clean() *aggregate.Report {
	now := saved
	r := &aggregate.Report{
		Schema: aggregate.ReportSchema,
		Sources: []aggregate.Source{{
			Name: "shop.rdb", Magic: "REDIS0012", Ctime: &now, Now: &now, Keys: 400_000,
			Model: aggregate.Model{Server: "redis-7.4", Allocator: "jemalloc"},
		}},
		ByType: []aggregate.TypeRow{
			{DB: 0, Type: "string", Keys: 200_000, Memory: 60 * mib},
			{DB: 0, Type: "hash", Keys: 200_000, Memory: 40 * mib},
		},
		Totals: aggregate.Totals{Keys: 400_000, Memory: 100 * mib, KeysWithTTL: 200_000, MemoryWithTTL: 60 * mib},
	}
	r.Facts.Server = "redis-7.4"
	r.Facts.VolatileMemory = 60 * mib
	r.Facts.Patterns = []aggregate.PatternFacts{
		row("session:{uuid}", "string", 200_000, 60*mib, 0, 0),
		row("user:{int}:profile", "hash", 200_000, 40*mib, 200_000, 40*mib),
	}
	return r
}

// row returns the facts of a pattern; Match and Example follow from its name.
func row(pattern, typ string, keys, bytes, keysNoTTL, bytesNoTTL int64) aggregate.PatternFacts {
	match, example := pattern, pattern
	for class, sample := range map[string]string{"{int}": "1234", "{uuid}": "0189f7c2-0000-4000-8000-000000000000", "{date}": "2026-11-20"} {
		match = strings.ReplaceAll(match, class, "*")
		example = strings.ReplaceAll(example, class, sample)
	}
	return aggregate.PatternFacts{PatternRow: aggregate.PatternRow{
		Pattern: pattern, Match: match, Type: typ, Keys: keys, Memory: bytes, KeysWithoutTTL: keysNoTTL, MemoryWithoutTTL: bytesNoTTL,
		Example: example,
	}, Purpose: aggregate.Purpose{MayRename: true}}
}

// cache says that the keys of a row can be computed again.
func cache(p aggregate.PatternFacts) aggregate.PatternFacts {
	p.Purpose = aggregate.Purpose{Role: role.Cache, MayExpire: true, MayDelete: true, MayRename: true}
	p.RoleReason = "a cache's envelope"
	return p
}

// add puts a row into a report and its figures into the totals.
func add(r *aggregate.Report, rows ...aggregate.PatternFacts) *aggregate.Report {
	for _, p := range rows {
		r.Facts.Patterns = append(r.Facts.Patterns, p)
		r.Totals.Keys += p.Keys
		r.Totals.Memory += p.Memory
		r.Totals.KeysWithTTL += p.Keys - p.KeysWithoutTTL
		r.Totals.MemoryWithTTL += p.Memory - p.MemoryWithoutTTL
		r.Totals.KeysExpired += p.Expired
		r.Totals.MemoryExpired += p.ExpiredMemory
		r.Facts.VolatileMemory += p.Memory - p.MemoryWithoutTTL
	}
	return r
}

func with(p aggregate.PatternFacts, change func(*aggregate.PatternFacts)) aggregate.PatternFacts {
	change(&p)
	return p
}

// key names a suggestion in tests: "R02 cart:{int}".
func key(s Suggestion) string { return strings.TrimSpace(s.ID + " " + s.Pattern) }

func keys(ss []Suggestion) []string {
	out := []string{}
	for _, s := range ss {
		out = append(out, key(s))
	}
	return out
}

// planted returns a report with a case for each rule.
func planted() *aggregate.Report {
	r := add(clean(),
		with(cache(row("cart:{int}", "hash", 20_000, 8*mib, 20_000, 8*mib)), func(p *aggregate.PatternFacts) {
			p.TTLCostBytes = 700 * kib
			p.ResidentWithoutTTL = 8*mib + 1000
			p.Candidates = []aggregate.Candidate{
				{Setting: "hash-max-listpack-value", Value: 128, Keys: 9000, Before: 4 * mib, After: 2 * mib, Longest: 900, BeforeResident: 4*mib + 96, AfterResident: 2 * mib},
				{Setting: "hash-max-listpack-value", Value: 256, Keys: 9100, Before: 4*mib + 64*kib, After: 2*mib + 40*kib, Longest: 1900, BeforeResident: 4*mib + 64*kib, AfterResident: 2*mib + 40*kib},
			}
		}),
		with(cache(row("cache:page:{int}", "string", 10_000, 5*mib, 300, 200*kib)), func(p *aggregate.PatternFacts) {
			p.TTLCostBytes = 9600
			p.Expired, p.ExpiredMemory, p.ExpiredResident = 4000, 2*mib, 2*mib+500
		}),
		with(row("product:{int}", "string", 500, 6*mib, 500, 6*mib), func(p *aggregate.PatternFacts) {
			p.LargeStrings, p.LargeStringMemory = 450, 6*mib
			p.LZFKeys, p.LZFLength, p.LZFStored = 400, 5*mib, 2*mib
			p.LZFMemory, p.LZFMemoryAfter = 5*mib+100*kib, 2*mib+100*kib
			p.LZFResident, p.LZFResidentAfter = 5*mib+90*kib, 2*mib+91*kib
		}),
		with(row("tag:{int}", "set", 300, 3*mib, 300, 3*mib), func(p *aggregate.PatternFacts) {
			p.Candidates = []aggregate.Candidate{
				{Setting: "set-max-intset-entries", Value: 1024, Keys: 200, Before: 2 * mib, After: 200 * kib, Longest: 2056, BeforeResident: mib, AfterResident: 200 * kib},
			}
		}),
		with(row("leaderboard", "zset", 1, 12*mib, 1, 12*mib), func(p *aggregate.PatternFacts) {
			p.Over1MiB, p.Over1MiBMemory, p.Over10MiB, p.Over10MiBMemory = 1, 12*mib, 1, 12*mib
		}),
	)
	r.Biggest = []aggregate.BigKey{
		{Type: "string", Key: "product:9", KeyLen: 9, Memory: 40 * kib, Source: "shop.rdb", Elements: 1},
		{Type: "zset", Key: "leaderboard", KeyLen: 11, Memory: 12 * mib, Source: "shop.rdb", Elements: 100_000},
	}
	r.Expiry.Storms = []aggregate.Storm{{At: saved + 3_600_000, WidthSeconds: 60, Keys: 30_000, Memory: 4 * mib, TopPatterns: []string{"session:{uuid}"}, TopShares: []aggregate.Ratio{10_000}}}
	r.Idle = aggregate.Idle{Recorded: "idle", Keys: r.Totals.Keys}
	r.Facts.VolatileMemory = 40 * mib
	return r
}

func TestPlantedCases(t *testing.T) {
	got, together := Suggest(planted(), Options{})
	want := []string{
		"R02 cart:{int}",       // 8 MiB
		"R07 product:{int}",    // 3 MiB
		"R04 cart:{int}",       // 2 MiB
		"R09 cache:page:{int}", // 2 MiB
		"R05 tag:{int}",        // 1.8 MiB
		"R03 cache:page:{int}", // 200 KiB
		"R01 leaderboard",      // the rest saves nothing
		"R06 session:{uuid}",
		"R08",
	}
	if diff := cmp.Diff(want, keys(got)); diff != "" {
		t.Fatalf("suggestions (-want +got):\n%s", diff)
	}
	type figures struct {
		Saves, Used, Keys int64
		Title             string
	}
	sizes := map[string]figures{}
	for _, s := range got {
		f := figures{-1, -1, s.Keys, s.Title}
		if s.Saves != nil {
			f.Saves = *s.Saves
		}
		if s.SavesUsedMemory != nil {
			f.Used = *s.SavesUsedMemory
		}
		sizes[key(s)] = f
		if s.Basis == "" || s.Risk == "" || len(s.Action) == 0 || len(s.Evidence) == 0 {
			t.Errorf("%s: incomplete: %+v", key(s), s)
		}
	}
	wantSizes := map[string]figures{
		"R01 leaderboard":      {-1, -1, 1, "1 key of at least 1 MiB holds 12.0 MiB (9.0 %), 1 of them at least 10 MiB"},
		"R02 cart:{int}":       {8 * mib, 8*mib + 1000 - 700*kib, 20_000, "cart:{int} (hash): 20,000 keys never expire; a cache's envelope"},
		"R03 cache:page:{int}": {200 * kib, 200*kib - 9600, 300, "cache:page:{int} (string): 300 keys never expire, 97.0 % of the pattern's keys do"},
		"R04 cart:{int}":       {2 * mib, 2*mib + 96, 9000, "hash-max-listpack-value 64 -> 128: 9,000 hashes of cart:{int} become listpacks"},
		"R05 tag:{int}":        {2*mib - 200*kib, mib - 200*kib, 200, "set-max-intset-entries 512 -> 1024: 200 sets of tag:{int} become intsets"},
		"R06 session:{uuid}":   {-1, -1, 30_000, "30,000 keys (4.00 MiB), mostly session:{uuid}, expire within 60 s from 2026-09-21 15:13:20Z"},
		"R07 product:{int}":    {3 * mib, 3*mib - kib, 400, "product:{int}: 400 strings of 12.8 KiB on average compress 2.50x"},
		"R08":                  {-1, -1, 209_700, "volatile-lru could evict 40.0 MiB at most, 29.9 % of the memory"},
		"R09 cache:page:{int}": {2 * mib, 2*mib + 500, 4000, "4,000 keys past their TTL still take 2.00 MiB, 1.9 % of the keys with a TTL"},
	}
	if diff := cmp.Diff(wantSizes, sizes); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	// cart: no TTL covers the listpacks; cache:page: 200 KiB without a TTL and
	// 2 MiB past it; product, tag: themselves.
	if want := 8*mib + 200*kib + 2*mib + 3*mib + 2*mib - 200*kib; together == nil || *together != want {
		t.Errorf("together = %v, want %d", deref(together), want)
	}
}

func deref(p *int64) any {
	if p == nil {
		return nil
	}
	return *p
}

func TestCleanDumps(t *testing.T) {
	idle := func(r *aggregate.Report, p50 int64) *aggregate.Report {
		r.Idle.Recorded = "idle"
		for i := range r.Facts.Patterns {
			r.Facts.Patterns[i].IdleP50 = &p50
		}
		return r
	}
	later := saved + 86_400_000
	tests := map[string]*aggregate.Report{
		"empty":          {},
		"clean":          clean(),
		"idle recorded":  idle(clean(), 3600),
		"records only":   add(&aggregate.Report{}, row("user:{int}", "hash", 100_000, 50*mib, 100_000, 50*mib)),
		"small leftover": add(clean(), row("temp:{int}", "string", 100, 8*kib, 100, 8*kib)),
		"few keys":       add(clean(), row("queue:{int}", "list", 4, 500*kib, 4, 500*kib)),
		"word inside a word": add(clean(),
			row("template:{int}", "string", 9000, mib, 9000, mib), row("block:{int}", "string", 9000, mib, 9000, mib), row("cartoon:{int}", "string", 9000, mib, 9000, mib)),
		"a few pinned records":  add(clean(), row("page:{int}", "string", 100_000, 50*mib, 50, 500*kib)),
		"estimated row":         add(clean(), with(row("cart:{int}", "hash", 9000, 5*mib, 9000, 5*mib), func(p *aggregate.PatternFacts) { p.Estimated = true })),
		"folded row":            add(clean(), with(row("[other] cache", "mixed", 9000, 5*mib, 9000, 5*mib), func(p *aggregate.PatternFacts) { p.Match = "" })),
		"keys just under 1 MiB": add(clean(), row("doc:{int}", "string", 100, 99*mib, 100, 99*mib)),
		"limit saves little": add(clean(), with(row("h:{int}", "hash", 9000, 5*mib, 9000, 5*mib), func(p *aggregate.PatternFacts) {
			p.Candidates = []aggregate.Candidate{{Setting: "hash-max-listpack-entries", Value: 1024, Keys: 9000, Before: 5 * mib, After: 5*mib - 200*kib, Longest: 9000}}
		})),
		"limit costs": add(clean(), with(row("h:{int}", "hash", 9000, 5*mib, 9000, 5*mib), func(p *aggregate.PatternFacts) {
			p.Candidates = []aggregate.Candidate{{Setting: "hash-max-listpack-entries", Value: 1024, Keys: 9000, Before: 4 * mib, After: 5 * mib, Longest: 9000}}
		})),
		"blob too large": add(clean(), with(row("h:{int}", "hash", 9, 5*mib, 9, 5*mib), func(p *aggregate.PatternFacts) {
			p.Candidates = []aggregate.Candidate{{Setting: "hash-max-listpack-entries", Value: 4096, Keys: 9, Before: 5 * mib, After: 2 * mib, Longest: 65*kib + 1}}
		})),
		"limit raised too far": add(clean(), with(row("h:{int}", "hash", 9, 5*mib, 9, 5*mib), func(p *aggregate.PatternFacts) {
			p.Candidates = []aggregate.Candidate{{Setting: "hash-max-listpack-entries", Value: 16384, Keys: 9, Before: 5 * mib, After: 2 * mib, Longest: 20 * kib}}
		})),
		"large but compressed already": add(clean(), with(row("img:{int}", "string", 500, 30*mib, 500, 30*mib), func(p *aggregate.PatternFacts) {
			p.LargeStrings, p.LargeStringMemory = 500, 30*mib
			p.LZFKeys, p.LZFLength, p.LZFStored = 500, 29*mib, 28*mib
			p.LZFMemory, p.LZFMemoryAfter = 30*mib, 29*mib
		})),
		"small storm": func() *aggregate.Report {
			r := clean()
			r.Expiry.Storms = []aggregate.Storm{{At: saved + 60_000, WidthSeconds: 60, Keys: 900, Memory: mib}, {At: saved + 60_000, WidthSeconds: 60, Keys: 1900, Memory: mib / 2}}
			return r
		}(),
		"storm that passed": func() *aggregate.Report {
			r := clean()
			r.Expiry.Storms = []aggregate.Storm{{At: saved - 3_600_000, WidthSeconds: 60, Keys: 90_000, Memory: mib}}
			return r
		}(),
		"wide span": func() *aggregate.Report {
			r := clean()
			r.Expiry.Storms = []aggregate.Storm{{At: saved + 3_600_000, WidthSeconds: 86_400, Keys: 150_000, Memory: 30 * mib}}
			return r
		}(),
		"normal backlog": add(clean(), with(row("s:{int}", "string", 1900, mib, 0, 0), func(p *aggregate.PatternFacts) { p.Expired, p.ExpiredMemory = 1900, mib })),
		"clock moved": func() *aggregate.Report {
			r := add(clean(), with(row("s:{int}", "string", 90_000, 30*mib, 0, 0), func(p *aggregate.PatternFacts) { p.Expired, p.ExpiredMemory = 90_000, 30*mib }))
			r.Now, r.Sources[0].Now = &later, &later
			return r
		}(),
		"policy given as allkeys": func() *aggregate.Report {
			r := idle(add(clean(), row("user:{int}", "hash", 9000, 900*mib, 9000, 900*mib)), 3600)
			r.Sources[0].Model.Config = map[string]string{"maxmemory-policy": "allkeys-lru"}
			return r
		}(),
		"policy under a filter": func() *aggregate.Report {
			r := idle(add(clean(), row("user:{int}", "hash", 9000, 900*mib, 9000, 900*mib)), 3600)
			r.Filters.Match = []string{"user:*"}
			return r
		}(),
	}
	for name, r := range tests {
		t.Run(name, func(t *testing.T) {
			got, together := Suggest(r, Options{})
			if len(got) != 0 || together != nil {
				t.Errorf("got %v, together %v; want none", titles(got), deref(together))
			}
			if got == nil {
				t.Error("got nil; JSON promises an array")
			}
		})
	}
}

func titles(ss []Suggestion) []string {
	out := []string{}
	for _, s := range ss {
		out = append(out, s.ID+" "+s.Title)
	}
	return out
}

func TestBadChecksumGetsNoAdvice(t *testing.T) {
	r := planted()
	r.Facts.ChecksumBad = true
	if got, together := Suggest(r, Options{}); got == nil || len(got) != 0 || together != nil {
		t.Errorf("got %v, together %v; want none", titles(got), deref(together))
	}
}

func TestIgnore(t *testing.T) {
	all, _ := Suggest(planted(), Options{})
	for _, info := range Rules() {
		for _, name := range []string{info.ID, strings.ToLower(info.ID), info.Name, strings.ToUpper(info.Name), " " + info.Name + " "} {
			got, _ := Suggest(planted(), Options{Ignore: []string{"R99", name}})
			want := slices.DeleteFunc(slices.Clone(all), func(s Suggestion) bool { return s.ID == info.ID })
			if len(want) == len(all) && info.ID <= "R09" {
				t.Fatalf("%s says nothing about the planted report", info.ID)
			}
			if diff := cmp.Diff(keys(want), keys(got)); diff != "" {
				t.Errorf("ignore %q (-want +got):\n%s", name, diff)
			}
		}
	}
}

// The result must not depend on the order of rows, nor change the report.
func TestOrderOfRowsDoesNotMatter(t *testing.T) {
	build := func() *aggregate.Report {
		r := planted()
		for i := range int64(40) {
			add(r, with(row(fmt.Sprintf("tmp:%c:{int}", 'a'+i%26), []string{"string", "hash"}[i%2], 1000, mib, 1000, mib), func(p *aggregate.PatternFacts) {
				p.Over1MiB, p.Over1MiBMemory = i%3, i%3*2*mib
				p.Candidates = []aggregate.Candidate{
					{Setting: "hash-max-listpack-entries", Value: 512 << (1 + i%3), Keys: 10, Before: mib / 2, After: mib / 4, Longest: 4096},
					{Setting: "hash-max-listpack-value", Value: 64 << (1 + i%3), Keys: 10, Before: mib / 2, After: mib / 4, Longest: 4096},
				}
			}))
			r.Biggest = append(r.Biggest, aggregate.BigKey{Type: "string", Key: fmt.Sprintf("big:%d", i), KeyLen: 6, Memory: mib + i%4, Source: "shop.rdb"})
			r.Expiry.Storms = append(r.Expiry.Storms, aggregate.Storm{At: saved + aggregate.Time(i+1)*3_600_000, WidthSeconds: 60, Keys: 100_000 + i%3, TopPatterns: []string{"session:{uuid}"}, TopShares: []aggregate.Ratio{10_000}})
			r.ByType = append(r.ByType, aggregate.TypeRow{DB: int32(i % 5), Type: "hash", Keys: 1})
		}
		return r
	}
	// named has the groups of shares by name: their places are those of the rows.
	named := func(r *aggregate.Report, list []Suggestion) (groups [][]string) {
		for i := range list {
			var names []string
			for _, x := range list[i].Shares {
				p := &r.Facts.Patterns[x.Group]
				names = append(names, fmt.Sprint(p.Pattern, " ", p.Type, " ", x.Gain, " ", x.Bytes, " ", x.Keys))
			}
			slices.Sort(names) // rows that are equal but for their place have no order
			groups, list[i].Shares = append(groups, names), nil
		}
		return groups
	}
	first := build()
	want, wantTogether := Suggest(first, Options{})
	wantGroups := named(first, want)
	if len(want) < 20 {
		t.Fatalf("only %d suggestions: %v", len(want), titles(want))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r := build()
		shuffle(rng, r.Facts.Patterns)
		for i := range r.Facts.Patterns {
			shuffle(rng, r.Facts.Patterns[i].Candidates)
		}
		shuffle(rng, r.Biggest)
		shuffle(rng, r.Expiry.Storms)
		shuffle(rng, r.ByType)
		before, err := json.Marshal(r.Facts)
		if err != nil {
			t.Fatal(err)
		}
		got, together := Suggest(r, Options{})
		if diff := cmp.Diff(wantGroups, named(r, got)); diff != "" {
			t.Fatalf("other groups (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("other order (-want +got):\n%s", diff)
		}
		if *together != *wantTogether {
			t.Fatalf("together %d, want %d", *together, *wantTogether)
		}
		if after, _ := json.Marshal(r.Facts); string(after) != string(before) {
			t.Fatal("Suggest changed the report")
		}
	}
	for i := 1; i < len(want); i++ {
		a, b := want[i-1], want[i]
		sa, sb := int64(-1), int64(-1)
		if a.Saves != nil {
			sa = *a.Saves
		}
		if b.Saves != nil {
			sb = *b.Saves
		}
		if sa < sb || sa == sb && (a.ID > b.ID || a.ID == b.ID && a.Pattern > b.Pattern) {
			t.Errorf("%s (%d) before %s (%d)", key(a), sa, key(b), sb)
		}
	}
}

func shuffle[T any](rng *rand.Rand, s []T) {
	rng.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
}

func TestManyPatternsAreBounded(t *testing.T) {
	r := clean()
	for i := range 500 {
		add(r, row(fmt.Sprintf("cache:v%d:{int}", i), "string", 1000, mib+int64(i), 1000, mib+int64(i)))
	}
	got, together := Suggest(r, Options{})
	if len(got) != maxPerRule || got[0].Pattern != "cache:v499:{int}" {
		t.Fatalf("%d suggestions, first %v; want the %d largest", len(got), titles(got[:1]), maxPerRule)
	}
	var sum int64
	for _, s := range got {
		sum += *s.Saves
	}
	if *together != sum {
		t.Errorf("together %d, want the %d of those that are shown", *together, sum)
	}
}

// TestEvidence: facts are integers, strings and slices of them, each of a unit
// that JSON's readers can tell by the name, and are the same once read back.
func TestEvidence(t *testing.T) {
	// These say bytes in another place of their names.
	bytes := []string{"bytes", "bytes_10mib", "bytes_per_minute", "name_bytes_each"}
	got, _ := Suggest(planted(), Options{})
	for _, s := range got {
		names := map[string]bool{}
		for _, f := range s.Evidence {
			if names[f.Name] {
				t.Errorf("%s: two facts are called %s", s.ID, f.Name)
			}
			names[f.Name] = true
			want := unitOf(f.Name)
			if slices.Contains(bytes, f.Name) {
				want = UnitBytes
			}
			if measured := []Unit{UnitBytes, UnitSeconds, UnitShare}; (want != UnitNone || slices.Contains(measured, f.Unit)) && f.Unit != want && f.Name != "figures" {
				t.Errorf("%s: %s is in %q, its name says %q", s.ID, f.Name, f.Unit, want)
			}
			switch v := f.Value.(type) {
			case int64, string:
			case []int64:
				if v == nil {
					t.Errorf("%s: %s is a nil slice: JSON would say null", s.ID, f.Name)
				}
			case []string:
				if v == nil {
					t.Errorf("%s: %s is a nil slice: JSON would say null", s.ID, f.Name)
				}
			default:
				t.Errorf("%s: %s is a %T", s.ID, f.Name, v)
			}
		}
		text, err := json.Marshal(s.Evidence)
		if err != nil {
			t.Fatal(err)
		}
		var back Evidence
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want := s.Evidence.Sorted()
		for i := range want {
			want[i].Unit = unitOf(want[i].Name)
		}
		if diff := cmp.Diff(want, back); diff != "" {
			t.Errorf("%s reads back differently (-want +got):\n%s", s.ID, diff)
		}
	}
}

// TestEvidenceJSON: an object with its names in order, and no other values.
func TestEvidenceJSON(t *testing.T) {
	for _, c := range []struct {
		e    Evidence
		want string
	}{
		{nil, "{}"},
		{Evidence{{"b", UnitNone, int64(1)}, {"a_bytes", UnitBytes, []int64{2, 3}}, {"<c>", UnitNone, "&"}}, `{"<c>":"&","a_bytes":[2,3],"b":1}`},
	} {
		text, err := c.e.MarshalJSON()
		if got := strings.ReplaceAll(string(text), "\n", ""); err != nil || got != c.want {
			t.Errorf("%s, %v, want %s", got, err, c.want)
		}
	}
	for _, bad := range []string{`[]`, `{"a":1.5}`, `{"a":{}}`, `{"a":[1,"b"]}`, `{"a":true}`} {
		var e Evidence
		if err := json.Unmarshal([]byte(bad), &e); err == nil {
			t.Errorf("%s was read as %v", bad, e)
		}
	}
}
