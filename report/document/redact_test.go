package document_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/parser/rdbtest"
	"github.com/rdblens/rdblens/report/advice"
	"github.com/rdblens/rdblens/report/document"
	reportjson "github.com/rdblens/rdblens/report/json"
)

// secretReport names a person in every place that holds a name of a key.
func secretReport() *aggregate.Report {
	key, word := "user:alice@example.org", "alice"
	last := aggregate.Source{Name: "x.rdb", LastGoodKey: key, Error: `offset 9 (key "user:alice", db 0): corrupt`}
	r := &aggregate.Report{
		Sources:  []aggregate.Source{last},
		Patterns: []aggregate.PatternRow{{Pattern: "user:{int}:cart", Match: "user:*:cart", Keys: 5000, Example: key, PurePattern: "user:" + word + ":cart", Folded: true}, {Pattern: word + ":cart", Match: word + ":cart", Keys: 2, Example: key}, {Pattern: "[other]"}},
		Biggest:  []aggregate.BigKey{{Key: key, KeyBase64: "YWxpY2U=", Pattern: word + ":cart", Memory: 2 << 20, Type: "string", KeyLen: 9}},
		Warnings: []aggregate.Warning{{Text: `cut: key "user:\"alice\"" at offset 3`}},
		Totals:   aggregate.Totals{Keys: 5002, Memory: 9 << 20},
	}
	r.Expiry.Storms = []aggregate.Storm{{TopPatterns: []string{word + ":cart"}}}
	for i := range 2 {
		p := aggregate.PatternFacts{PatternRow: r.Patterns[i]}
		p.Type, p.Memory, p.KeysWithoutTTL, p.MemoryWithoutTTL = "hash", 4<<20, p.Keys, 4<<20
		p.Over1MiB, p.Over1MiBMemory = 1, 2<<20
		p.Names, p.Purpose = []string{key}, aggregate.Purpose{Role: role.Cache, MayExpire: true, MayDelete: true}
		r.Facts.Patterns = append(r.Facts.Patterns, p)
	}
	r.Facts.Entities = []aggregate.EntityFacts{{Pattern: word + ":*", Match: word + ":*", Example: key}}
	return r
}

func TestRedactReport(t *testing.T) {
	rep := secretReport()
	document.NewRedactor([]byte("k")).Report(rep)
	d := &document.Document{Report: *rep}
	d.Suggestions, d.Together = advice.Suggest(rep, advice.Options{})
	if len(d.Suggestions) < 2 {
		t.Fatalf("%d suggestions; the test needs some that name keys", len(d.Suggestions))
	}
	var out bytes.Buffer
	if err := reportjson.WriteReport(&out, d); err != nil {
		t.Fatal(err)
	}
	facts, err := json.Marshal(rep.Facts)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{out.String(), string(facts)} {
		for _, secret := range []string{"alice", "YWxpY2U"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is still there: %s", secret, text[max(0, strings.Index(text, secret)-200):strings.Index(text, secret)+40])
			}
		}
	}
	if rep.Patterns[0].Pattern != "user:{int}:cart" || rep.Patterns[2].Pattern != "[other]" {
		t.Errorf("patterns that say nothing of a key changed: %+v", rep.Patterns)
	}
	if !strings.HasSuffix(rep.Patterns[1].Pattern, ":cart") || rep.Patterns[1].Pattern != rep.Biggest[0].Pattern {
		t.Errorf("%q, %q: the same word has two tokens, or a common word is gone", rep.Patterns[1].Pattern, rep.Biggest[0].Pattern)
	}
	other := secretReport()
	document.NewRedactor([]byte("another")).Report(other)
	if other.Patterns[1].Pattern == rep.Patterns[1].Pattern {
		t.Error("the secret makes no difference")
	}
}

// TestRedactFixedTexts: a text that all keys of a name have is hidden as a word is, where
// few keys have it; so are the words that {slug} stands for.
func TestRedactFixedTexts(t *testing.T) {
	w := rdbtest.Redis(11).SelectDB(0)
	put := func(name string) { w.Put(name, rdbtest.String(rdbtest.Plain("v"))) }
	word := func(i int) string {
		const a, b = "bdfglmnprst", "aeiou"
		return string([]byte{a[i%11], b[i/11%5], a[i/55%11], b[i/7%5], 'n'})
	}
	for i := range 600 {
		put(fmt.Sprintf("post:%s-%s", word(i), word(i*13+5)))
	}
	for i := range 40 {
		put(fmt.Sprintf("QhBvW3lZ9r:item_%d", i))
	}
	for i := range 9 {
		put(fmt.Sprintf("few:x5zAlice77q:%d", i))
	}
	s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: "x", Reader: bytes.NewReader(w.EOF().Bytes())}, new(aggregate.Config))
	if err != nil {
		t.Fatal(err)
	}
	rep := s.Report()
	document.NewRedactor([]byte("k")).Report(rep)
	rows := make(map[string]aggregate.PatternRow)
	for _, p := range rep.Patterns {
		rows[p.Pattern] = p
		if strings.Contains(p.Pattern+p.PurePattern+p.Example+p.Match, "Alice77") {
			t.Errorf("the text of nine keys is there: %+v", p)
		}
	}
	if _, ok := rows["QhBvW3lZ9r:item_{int}"]; !ok {
		t.Errorf("the text that 40 keys have is gone: %q", slices.Sorted(maps.Keys(rows)))
	}
	slug, ok := rows["post:{slug}"]
	if !ok || !strings.HasPrefix(slug.PurePattern, "post:~") || !strings.HasPrefix(slug.Example, "~") {
		t.Errorf("post:{slug} is %+v", slug)
	}
}

// TestRedactEveryText fills every text of a report with the name of a key: only
// those stay that never hold one.
func TestRedactEveryText(t *testing.T) {
	const secret = "alice"
	never := map[string]bool{
		"Schema": true, "Version": true, "Blobs": true, "Unknowable": true, "Magic": true, "ServerVersion": true, "Checksum": true,
		"Aux": true, "Server": true, "Allocator": true, "Config": true, "Reason": true, "Inexact": true, "Settings": true, "Setting": true, // of the server
		"Separators": true, "Engine": true, // of the configuration
		"Name": true, "Source": true, "Sources": true, // of the tool and of files
		"Policy": true, "ActiveDefrag": true, "Basis": true, // of a live server
		"Type": true, "Types": true, "Encoding": true, "Encodings": true, "Kind": true, "Label": true, "Percent": true,
		"Recorded": true, "Note": true, "Code": true, "Format": true,
		"With": true, "TopField": true, "ChangedField": true, // words of fields, not of keys
		"Role": true, "RoleReason": true, "Framework": true, "Bound": true, // the program's own words
	}
	var rep aggregate.Report
	fill(reflect.ValueOf(&rep).Elem(), secret)
	rep.Filters = aggregate.Filters{}
	for i := range rep.Warnings {
		rep.Warnings[i].Text = `key "` + secret + `"`
	}
	for i := range rep.Sources {
		rep.Sources[i].Error = `key "` + secret + `"`
	}
	document.NewRedactor([]byte("k")).Report(&rep)
	texts := 0
	var walk func(v reflect.Value, name string)
	walk = func(v reflect.Value, name string) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem(), name)
			}
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i), name)
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i), v.Type().Field(i).Name)
			}
		case reflect.String:
			texts++
			if strings.Contains(v.String(), secret) && !never[name] {
				t.Errorf("%s is %q", name, v)
			}
		}
	}
	walk(reflect.ValueOf(rep), "")
	if texts < 40 {
		t.Errorf("%d texts: the report is not filled", texts)
	}
}

// fill sets every text below v, and makes lists of one element.
func fill(v reflect.Value, text string) {
	if !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text)
		}
	case reflect.String:
		v.SetString(text)
	}
}

func TestRedactRow(t *testing.T) {
	r := document.NewRedactor([]byte("k"))
	in := &aggregate.Row{Key: []byte("user:alice"), Pattern: []byte("user:alice:{int}:{{tag}}"), KeyLen: 10}
	out := r.Row(in)
	if text := fmt.Sprintf("%s %s", out.Key, out.Pattern); strings.Contains(text, "alice") || strings.Contains(text, "user") || !strings.Contains(text, ":{int}:{{~") {
		t.Errorf("row %s", text)
	}
	if string(in.Key) != "user:alice" || in.KeyLen != 10 || out.KeyLen != int64(len(out.Key)) {
		t.Error("the row given was changed, or the length says how long the name was")
	}
}
