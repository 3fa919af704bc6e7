package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
)

// Dumps and files after public bug reports of tools of this kind, each with what is right
// to say of it. They are in testdata/cases/bugs.

// bugCase runs a command over a case, whose name stands for DUMP, and returns what it said.
func bugCase(t *testing.T, name string, args ...string) (code int, out, errs string) {
	t.Helper()
	args = slices.Clone(args)
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "DUMP", filepath.Join("..", "..", "testdata", "cases", "bugs", name))
	}
	var o, e bytes.Buffer
	code = run(t.Context(), args, nil, &o, &e, func(string) string { return "" })
	return code, o.String(), e.String()
}

// bugReport is the document of a case.
func bugReport(t *testing.T, name string, want int, more ...string) *document.Document {
	t.Helper()
	code, out, errs := bugCase(t, name, append([]string{"report", "DUMP", "-f", "json"}, more...)...)
	if code != want {
		t.Fatalf("%s: exit code %d, want %d: %s", name, code, want, errs)
	}
	var d document.Document
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return &d
}

func groupNames(d *document.Document) (names []string) {
	for i := range d.Groups {
		names = append(names, d.Groups[i].Pattern)
	}
	slices.Sort(names)
	return names
}

// TestBugNames: what varies is a class and what does not is a word, whatever parts them.
func TestBugNames(t *testing.T) {
	for name, want := range map[string][]string{
		"java-serialized-keys.rdb": {"{java}mandator_{int}", "{java}order:cache:{int}", "{java}session:{int}", "{java}user:{int}"},
		"zwnj-and-tab-keys.rdb":    {`tab\x09key:{int}`, `می\xe2\x80\x8cخواهم:{int}`},
		"token-classes.rdb":        {"com.acme.User@{hex}", "gps:{float}:{float}", "metrics:cpu:{datetime}", "sku{int}seg{int}Prep_{int}"},
		"300-databases.rdb":        {"u:{int}"},
		"celery-pidbox-no-ttl.rdb": {"{uuid}", "{uuid}.reply.celery.pidbox"},
	} {
		if got := groupNames(bugReport(t, name, exitOK)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	got := groupNames(bugReport(t, "punctuation-keys.rdb", exitOK))
	for _, want := range []string{"ORG#{int}#INVOICE#{int}", "ORG#{int}#USER#{int}", "cache::SimpleKey [{int},{int}]", "page:/list?cat={int}&sort={int}"} {
		if !slices.Contains(got, want) {
			t.Errorf("punctuation-keys.rdb: no %s in %q", want, got)
		}
	}
	for _, g := range bugReport(t, "long-and-cjk-keys.rdb", exitOK).Groups {
		if strings.HasPrefix(g.Pattern, "用户") && g.Pattern != "用户:{int}:购物车" {
			t.Errorf("long-and-cjk-keys.rdb: %q", g.Pattern)
		}
	}
}

// TestBugKeysAreData: a key that is valid UTF-8 is itself in JSON, and no two keys print
// one line.
func TestBugKeysAreData(t *testing.T) {
	for _, name := range []string{"utf8-keys-json.rdb", "odd-names.rdb", "long-and-cjk-keys.rdb"} {
		_, out, _ := bugCase(t, name, "keys", "DUMP", "-f", "jsonl")
		seen := map[string]bool{}
		for line := range strings.SplitSeq(strings.TrimSpace(out), "\n") {
			var row struct {
				DB     int
				Key    string
				Base64 string `json:"key_base64"`
			}
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatalf("%s: %v: %s", name, err, line)
			}
			id := strings.Join([]string{string(rune('0' + row.DB)), row.Key, row.Base64}, "/")
			if seen[id] {
				t.Errorf("%s: %q twice", name, id)
			}
			seen[id] = true
			if name == "utf8-keys-json.rdb" && row.Base64 != "" {
				t.Errorf("%s is valid UTF-8 and has base64 beside it", row.Key)
			}
			// What was printed is understood again.
			if code, _, errs := bugCase(t, name, "show", "--", "DUMP", row.Key); row.Base64 == "" && row.Key != "" && code != exitOK {
				t.Errorf("%s: show %q: exit code %d: %s", name, row.Key, code, errs)
			}
		}
		if want := map[string]int{"utf8-keys-json.rdb": 9, "odd-names.rdb": 37, "long-and-cjk-keys.rdb": 4}[name]; len(seen) != want {
			t.Errorf("%s: %d keys, want %d", name, len(seen), want)
		}
	}
	_, out, _ := bugCase(t, "utf8-keys-json.rdb", "keys", "DUMP", "-f", "jsonl")
	for _, want := range []string{`"App\\Models\\User:42"`, `"tab\u0009key"`, `"two\u000alines"`, `"a\u00a0b"`} {
		if !strings.Contains(out, want) {
			t.Errorf("no key %s", want)
		}
	}
}

// TestBugNoDump: what is no dump is called what it is, with the command that leads on.
func TestBugNoDump(t *testing.T) {
	for name, want := range map[string]struct {
		code int
		said string
	}{
		"mangled-base64.rdb": {exitFailed, "this is base64; base64 -d "},
		"mangled-utf8.rdb":   {exitPartial, "went through a text conversion, which put U+FFFD in place of its bytes"},
		"s3-error.rdb":       {exitFailed, `this is an answer of an object store "AccessDenied"`},
		"type22-in-rdb7.rdb": {exitPartial, `type 22 is not known in REDIS0007; read up to key "good:1"`},
	} {
		for _, command := range []string{"report", "keys", "check"} {
			code, _, errs := bugCase(t, name, command, "DUMP")
			if code != want.code || !strings.Contains(errs, want.said) {
				t.Errorf("%s %s: exit code %d, want %d and %q: %s", command, name, code, want.code, want.said, errs)
			}
		}
	}
	for _, name := range []string{"dump.rdb.zip", "backup.tar"} {
		if d := bugReport(t, name, exitOK); d.Totals.Keys != 37 {
			t.Errorf("%s: %d keys, want 37", name, d.Totals.Keys)
		}
	}
	code, _, errs := bugCase(t, "duplicate-key.rdb", "check", "DUMP")
	if code != exitPartial || !strings.Contains(errs, `key "sess\x00\xff:1" is in db 0 already`) {
		t.Errorf("duplicate-key.rdb: exit code %d: %s", code, errs)
	}
}

// TestBugFigures: what is said of values, expiry, use and growth.
func TestBugFigures(t *testing.T) {
	rules := func(d *document.Document) (names []string) {
		for i := range d.Suggestions {
			names = append(names, d.Suggestions[i].Rule)
		}
		return names
	}
	warned := func(d *document.Document, code string) *aggregate.Warning {
		for i := range d.Warnings {
			if d.Warnings[i].Code == code {
				return &d.Warnings[i]
			}
		}
		return nil
	}
	d := bugReport(t, "expiry-ms-as-seconds.rdb", exitOK)
	if w := warned(d, "absurd-expiry"); w == nil || w.Count != 52 || !slices.Contains(rules(d), "far-ttl") {
		t.Errorf("expiries beyond the calendar: %+v, %q", w, rules(d))
	}
	d = bugReport(t, "stream-pending-1000-of-100.rdb", exitOK)
	if w := warned(d, "memory-usage"); w == nil || d.Totals.Memory != 1042018 || d.Totals.Resident != 126376 || !slices.Contains(rules(d), "pending-entries") {
		t.Errorf("pending entries: %+v, %d bytes of which %d are allocated, %q", w, d.Totals.Memory, d.Totals.Resident, rules(d))
	}
	if d = bugReport(t, "one-big-field.rdb", exitOK); !slices.Contains(rules(d), "big-field") || !strings.Contains(d.Suggestions[0].Title, "zz_blob") {
		t.Errorf("a big field: %q", rules(d))
	}
	d = bugReport(t, "lfu-hot-keys.rdb", exitOK)
	if h := d.Idle.Hottest; d.Idle.Recorded != "freq" || len(h) == 0 || h[0].Key != "item:1" || *h[0].Freq != 80 {
		t.Errorf("hot keys: %+v", h)
	}
	if d = bugReport(t, "300-databases.rdb", exitOK); d.DatabasesTotal != 300 || d.Totals.Keys != 900 || int64(len(d.ByDatabase)) >= d.DatabasesTotal {
		t.Errorf("%d databases, %d rows of them, %d keys", d.DatabasesTotal, len(d.ByDatabase), d.Totals.Keys)
	}
	d = bugReport(t, "celery-pidbox-no-ttl.rdb", exitOK)
	if !slices.ContainsFunc(d.Groups, func(g aggregate.PatternRow) bool { return g.Pattern == "{uuid}.reply.celery.pidbox" && g.Keys == 12 }) || !slices.Contains(rules(d), "no-ttl") {
		t.Errorf("replies without a TTL: %q, %q", groupNames(d), rules(d))
	}
	for i := range d.Suggestions {
		if s := &d.Suggestions[i]; s.Rule == "no-ttl" && s.Pattern != "{uuid}.reply.celery.pidbox" {
			t.Errorf("a TTL for %s, which may be a queue", s.Pattern)
		}
	}
	// Settings as CONFIG GET prints them.
	settings := filepath.Join("..", "..", "testdata", "cases", "bugs", "config-get.txt")
	d = bugReport(t, "../../demo.rdb", exitOK, "--config", settings)
	if c := d.Sources[0].Model.Config; c["hash-max-listpack-entries"] != "3" {
		t.Errorf("--config of a reply: %v", c)
	}
}

// TestBugGrowth: keys that grow and never expire are suspects, though there are no more of
// them, and a second between snapshots is no day.
func TestBugGrowth(t *testing.T) {
	older := filepath.Join("..", "..", "testdata", "cases", "bugs", "grow-old.rdb")
	code, out, errs := bugCase(t, "grow-new.rdb", "diff", older, "DUMP", "-f", "json")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	var d aggregate.Diff
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.LeakSuspects) != 1 || d.LeakSuspects[0].Pattern != "feed:{int}" || d.LeakSuspects[0].KeysChange != 0 || d.LeakSuspects[0].MemoryChange != 63304-33520 {
		t.Errorf("suspects: %+v", d.LeakSuspects)
	}
	if !slices.ContainsFunc(d.Warnings, func(w aggregate.Warning) bool { return w.Code == "short-span" }) {
		t.Errorf("warnings: %+v", d.Warnings)
	}
	if d.GrownKeysTotal == 0 || len(d.GrownKeys) == 0 || d.GrownKeys[0].MemoryChange <= 0 {
		t.Errorf("keys that grew: %d, %+v", d.GrownKeysTotal, d.GrownKeys)
	}
}
