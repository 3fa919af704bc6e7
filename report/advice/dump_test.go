package advice_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/report/advice"
)

// analyze reads a dump with the defaults of the command.
func analyze(t *testing.T, path string, change func(*aggregate.Config)) *aggregate.Report {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	cfg := &aggregate.Config{Server: "auto", Allocator: memory.Jemalloc, Settings: memory.DefaultConfig(), Separators: ":./|", Top: 20}
	if change != nil {
		change(cfg)
	}
	s, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: filepath.Base(path), Reader: f, Size: info.Size()}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s.Report()
}

// shared returns a file of the folder shared beside the checkout.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, "shared", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		if dir == filepath.Dir(dir) {
			t.Skipf("no shared/%s beside the checkout", name)
		}
	}
}

// within reports whether got is no further from want than a share in per mille.
func within(got, want, perMille int64) bool {
	return max(got-want, want-got)*1000 <= want*perMille
}

// TestSavingsAgainstAServer holds the savings of settings against what a server
// used before and after the setting was really changed and the dump reloaded.
func TestSavingsAgainstAServer(t *testing.T) {
	raw, err := os.ReadFile(shared(t, "advice/shop-redis-7.4.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth struct {
		Cases []struct {
			Case       string
			Pattern    string
			Keys       int64    `json:"keys_before"`
			Before     int64    `json:"memory_before"`
			Saved      int64    `json:"saved"`
			UsedBefore int64    `json:"used_memory_before"`
			UsedAfter  int64    `json:"used_memory_after"`
			Config     []string `json:"config"`
		}
	}
	if err := json.Unmarshal(raw, &truth); err != nil {
		t.Fatal(err)
	}
	r := analyze(t, shared(t, "advice/shop-redis-7.4.rdb"), nil)
	got, together := advice.Suggest(r, advice.Options{})
	for _, s := range got {
		t.Logf("%s %s", s.ID, s.Title)
	}

	seen := 0
	for _, c := range truth.Cases {
		id := map[string]string{
			"listpack-value": "R04", "listpack-entries": "R04", "zset-entries": "R04", "intset-entries": "R05", "compress": "R07", "ttl-cost": "R02",
			"json-to-hash": "R10", "strings-to-hash": "R11", "split-hash": "R12", "trim-zset": "R13", "short-names": "R14", "uuid-to-int": "R15",
		}[c.Case]
		if id == "" {
			continue
		}
		seen++
		prefix, _, _ := strings.Cut(c.Pattern, "{")
		t.Run(c.Case, func(t *testing.T) {
			s := find(got, id, func(s *advice.Suggestion) bool {
				if len(c.Config) == 2 {
					names, _ := s.Evidence.Value("settings").([]string)
					return slices.Contains(names, strings.TrimPrefix(c.Config[0], "--"))
				}
				return strings.HasPrefix(s.Pattern, prefix)
			})
			if s == nil {
				t.Fatalf("no suggestion for %s", c.Pattern)
			}
			if len(c.Config) == 2 {
				at := slices.Index(s.Evidence.Value("settings").([]string), strings.TrimPrefix(c.Config[0], "--"))
				if want, _ := strconv.ParseInt(c.Config[1], 10, 64); s.Evidence.Value("values_new").([]int64)[at] != want {
					t.Errorf("%s: value %v, want %d", s.Title, s.Evidence.Value("values_new"), want)
				}
				patterns, saves := s.Evidence.Value("patterns").([]string), s.Evidence.Value("pattern_saves_bytes").([]int64)
				i := slices.IndexFunc(patterns, func(p string) bool { return strings.HasPrefix(p, prefix) })
				if i < 0 || !within(saves[i], c.Saved, 20) {
					t.Errorf("saves %v in %v, the server %d in %s", saves, patterns, c.Saved, c.Pattern)
				}
				if s.SavesUsedMemory == nil {
					t.Fatal("no saving in used_memory")
				}
			}
			used := c.UsedBefore - c.UsedAfter
			switch c.Case {
			case "ttl-cost":
				// The server was given TTLs: used_memory grew by their cost.
				if cost := s.Evidence.Value("ttl_cost_bytes").(int64); !within(cost, -used, 100) {
					t.Errorf("TTLs cost %d, the server %d", cost, -used)
				}
				if !within(*s.Saves, c.Before, 1) || s.Keys != c.Keys {
					t.Errorf("%d keys, %d bytes; want %d, %d", s.Keys, *s.Saves, c.Keys, c.Before)
				}
			case "uuid-to-int":
				// Of tokens, for which a number must not be proposed; the model holds.
				i := slices.IndexFunc(r.Facts.Patterns, func(p aggregate.PatternFacts) bool { return strings.HasPrefix(p.Pattern, prefix) })
				if e := &r.Facts.Patterns[i].Probe.Numbered; !within(e.Saves(), c.Saved, 50) || !within(e.BeforeResident-e.AfterResident, used, 50) {
					t.Errorf("numbers save %d, in used_memory %d; the server %d, %d", e.Saves(), e.BeforeResident-e.AfterResident, c.Saved, used)
				}
				if name := s.Evidence.Value("new_name"); name != "tok:{b64}" {
					t.Errorf("%s is proposed for tokens", name)
				}
			case "json-to-hash", "strings-to-hash", "split-hash", "trim-zset", "short-names", "compress":
				perMille := int64(50)
				if c.Case == "compress" {
					perMille = 100
				}
				if !within(*s.Saves, c.Saved, perMille) {
					t.Errorf("%s saves %d, the server %d", s.Title, *s.Saves, c.Saved)
				}
				if c.Case == "strings-to-hash" {
					// There the keyspace's table was that of this case alone.
					used -= 98304
				}
				if s.SavesUsedMemory == nil || !within(*s.SavesUsedMemory, used, perMille) {
					t.Errorf("saves %v in used_memory, the server %d", *s.SavesUsedMemory, used)
				}
				t.Logf("%s: %d of %d, in used_memory %d of %d, %s", c.Case, *s.Saves, c.Saved, *s.SavesUsedMemory, used, s.Basis)
			default:
				if len(s.Evidence.Value("patterns").([]string)) == 1 {
					if s.Pattern == "" || !within(*s.Saves, c.Saved, 20) || !within(*s.SavesUsedMemory, used, 20) {
						t.Errorf("%q saves %d, in used_memory %d; the server %d, %d", s.Pattern, *s.Saves, *s.SavesUsedMemory, c.Saved, used)
					}
				}
			}
		})
	}
	if seen != 12 {
		t.Errorf("%d cases in the truth, want 12", seen)
	}
	for _, p := range []string{"user:", "application:", "profile:"} {
		if s := find(got, "R02", func(s *advice.Suggestion) bool { return strings.HasPrefix(s.Pattern, p) }); s != nil {
			t.Errorf("records are to expire: %s", s.Title)
		}
	}
	// Every case is clean for the rules that were not planted in it.
	meant := map[string][]string{
		"R07": {"product:"}, "R10": {"session:"}, "R11": {"user:"}, "R12": {"bigmap"}, "R13": {"leaderboard"}, "R14": {"application:"},
		"R15": {"session:", "tok:"}, "R17": {"cart:"}, "R30": {"cart:"}, "R02": {"cache:"}, "R01": {""},
		"R04": {"cart:", "profile:", "rank:"}, "R05": {"ids:"},
	}
	for _, s := range got {
		of := []string{s.Pattern}
		if names, ok := s.Evidence.Value("patterns").([]string); ok && s.ID == "R04" {
			of = names
		}
		for _, pattern := range of {
			if !slices.ContainsFunc(meant[s.ID], func(prefix string) bool { return strings.HasPrefix(pattern, prefix) }) {
				t.Errorf("%s speaks of a clean pattern, %s: %s", s.ID, pattern, s.Title)
			}
		}
	}
	if s := find(got, "R01", nil); s == nil || s.Keys != 2 {
		t.Errorf("big keys: %+v, want bigmap and leaderboard", s)
	}
	checkTogether(t, r, got, together)
}

func find(ss []advice.Suggestion, id string, ok func(*advice.Suggestion) bool) *advice.Suggestion {
	for i := range ss {
		if ss[i].ID == id && (ok == nil || ok(&ss[i])) {
			return &ss[i]
		}
	}
	return nil
}

func checkTogether(t *testing.T, r *aggregate.Report, ss []advice.Suggestion, together *int64) {
	t.Helper()
	var sum, largest int64
	for _, s := range ss {
		if s.Saves != nil {
			sum += *s.Saves
			largest = max(largest, *s.Saves)
		}
	}
	if together == nil || *together < largest || *together > sum || *together > r.Totals.Memory {
		t.Errorf("together %v; the largest %d, the sum %d, the memory %d", together, largest, sum, r.Totals.Memory)
	}
}

// TestDemo: the problems planted in the demo dump are found.
func TestDemo(t *testing.T) {
	r := analyze(t, "../../testdata/demo.rdb", nil)
	got, together := advice.Suggest(r, advice.Options{})
	for _, s := range got {
		t.Logf("%s %s", s.ID, s.Title)
	}
	has := func(prefix string) func(*advice.Suggestion) bool {
		return func(s *advice.Suggestion) bool { return strings.HasPrefix(s.Pattern, prefix) }
	}
	sets := func(name string, value int64) func(*advice.Suggestion) bool {
		return func(s *advice.Suggestion) bool {
			names, _ := s.Evidence.Value("settings").([]string)
			at := slices.Index(names, name)
			return at >= 0 && s.Evidence.Value("values_new").([]int64)[at] == value
		}
	}
	for _, want := range []struct {
		what, id string
		ok       func(*advice.Suggestion) bool
	}{
		{"a report of more than a mebibyte", "R01", nil},
		{"forgotten uploads", "R02", has("temp:upload:")},
		{"cached pages that lost their TTL", "R03", has("cache:product:")},
		{"hashes with one long value", "R04", sets("hash-max-listpack-value", 128)},
		{"hashes of just over 512 fields", "R04", sets("hash-max-listpack-entries", 1024)},
		{"boards of just over 128 members", "R04", sets("zset-max-listpack-entries", 256)},
		{"tags of just over 512 products", "R05", sets("set-max-intset-entries", 1024)},
		{"prices that expire together", "R06", has("price:")},
		{"large JSON documents", "R07", has("product:")},
		{"a volatile policy", "R08", nil},
	} {
		if find(got, want.id, want.ok) == nil {
			t.Errorf("%s does not find %s", want.id, want.what)
		}
	}
	for _, wrong := range []string{"session:", "user:", "stores:", "tag:", "flag:"} {
		for _, id := range []string{"R02", "R03"} {
			if s := find(got, id, has(wrong)); s != nil {
				t.Errorf("no TTL is missing in %s: %s", wrong, s.Title)
			}
		}
	}
	checkTogether(t, r, got, together)

	// The codes ran out within the second the dump was saved in, and its clock
	// has whole seconds: a second later they are expired.
	later := *r.Sources[0].Ctime + 1000
	r = analyze(t, "../../testdata/demo.rdb", func(c *aggregate.Config) { c.Now = &later })
	got, _ = advice.Suggest(r, advice.Options{})
	if s := find(got, "R09", has("otp:")); s == nil || s.Keys != 1200 || *s.Saves != r.Totals.MemoryExpired {
		t.Errorf("R09 does not find the codes that have run out: %+v", s)
	}

	for _, s := range got {
		if strings.ContainsAny(strings.Join(s.Action, "")+s.Title, "\x1b\n") {
			t.Errorf("%s: control characters", s.ID)
		}
	}
}

// TestWrongChecksum: figures, but no advice, for a dump that fails its checksum.
func TestWrongChecksum(t *testing.T) {
	dump, err := os.ReadFile("../../testdata/demo.rdb")
	if err != nil {
		t.Fatal(err)
	}
	dump[len(dump)-1] ^= 1
	cfg := &aggregate.Config{Server: "auto", Allocator: memory.Jemalloc, Settings: memory.DefaultConfig(), Separators: ":./|", Top: 20}
	s, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: "demo.rdb", Reader: bytes.NewReader(dump), Size: int64(len(dump))}, cfg)
	if err == nil || s == nil {
		t.Fatalf("summary %v, error %v; want both", s, err)
	}
	r := s.Report()
	if r.Totals.Keys == 0 || !r.Facts.ChecksumBad {
		t.Fatalf("%d keys, checksum bad: %v", r.Totals.Keys, r.Facts.ChecksumBad)
	}
	if got, together := advice.Suggest(r, advice.Options{}); len(got) != 0 || together != nil {
		t.Errorf("%d suggestions", len(got))
	}
}

// TestMergedParts: advice on merged summaries does not depend on their order.
func TestMergedParts(t *testing.T) {
	part := func(name string) *aggregate.Summary {
		f, err := os.Open("../../testdata/demo.rdb")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		cfg := &aggregate.Config{Server: "auto", Allocator: memory.Jemalloc, Settings: memory.DefaultConfig(), Separators: ":./|", Top: 20}
		s, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: name, Reader: f}, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	suggest := func(parts ...*aggregate.Summary) []advice.Suggestion {
		s, err := aggregate.Merge(parts...)
		if err != nil {
			t.Fatal(err)
		}
		got, together := advice.Suggest(s.Report(), advice.Options{})
		checkTogether(t, s.Report(), got, together)
		return got
	}
	got := suggest(part("a.rdb"), part("b.rdb"))
	if diff := cmp.Diff(got, suggest(part("b.rdb"), part("a.rdb"))); diff != "" {
		t.Errorf("the other way round:\n%s", diff)
	}
	single, both := find(suggest(part("a.rdb")), "R05", nil), find(got, "R05", nil)
	if single == nil || both == nil || *both.Saves != 2**single.Saves || *both.SavesUsedMemory != 2**single.SavesUsedMemory {
		t.Errorf("twice the same dump does not save twice as much: %+v, %+v", single, both)
	}
}
