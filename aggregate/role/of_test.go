package role

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rdblens/rdblens/parser"
)

// TestLookalikes: key spaces of applications whose names are like those of a
// framework, or whose words promise what the facts do not hold.
func TestLookalikes(t *testing.T) {
	for _, c := range []struct {
		kind
		beside []kind
	}{
		{kind{"queue:articles:#", "string {} ttl", Cache}, nil},
		{kind{"queue:articles:#", "string {}", Unknown}, nil},
		{kind{"bull:market:#", "hash price volume", Unknown}, nil},
		{kind{"bull:market:#", "hash price volume", Unknown}, []kind{{"bull:market:id", "string 7", Counter}}},
		{kind{"bull:market:wait", "hash price", Unknown}, nil},
		{kind{"session:#", "hash user", Unknown}, nil},
		{kind{"sess:#", "string x", Unknown}, nil},
		{kind{"tmp:#", "string x", Unknown}, nil},
		{kind{"temp:cache:#", "string x", Unknown}, nil},
		{kind{"rlflx:#", "string 99999", Unknown}, nil},
		{kind{"rate:usd:#", "string 1.25", Unknown}, nil},
		{kind{"rate:usd:#", "hash eur gbp", Unknown}, nil},
		{kind{"shop/views/#", "string x", Unknown}, nil},
		{kind{"celery", "list root", Unknown}, nil},
		{kind{"acme_horizon:recent_jobs", "zset past", Queue}, nil},
		{kind{"prices::#", "string 99999", Unknown}, nil},
		{kind{"shop:posts:#", "string x", Unknown}, nil},
		{kind{"shop:users:#", "hash name", Unknown}, nil},
		{kind{"shop:users:#", phpValue, Unknown}, []kind{{"shop:posts:#", phpValue, Unknown}, {"shop:terms:#", phpValue, Unknown}}},
		{kind{"pageviews/2026-11-#", "string 31 ttl", Counter}, nil},
		{kind{"zc:k:#", "hash name mail", Unknown}, nil},
		{kind{"leaderboard", "zset rank", Leaderboard}, nil},
		{kind{"leaderboard", "zset ahead", DelayedSet}, nil},
		{kind{"leaderboard", "zset geo", Geo}, nil},
		{kind{"leaderboard", "zset past", Unknown}, nil},
		{kind{"leaderboard", "zset one", Unknown}, nil},
		{kind{"board:index", "zset rank", Index}, nil},
		{kind{"ranking:jobs", "zset rank", Queue}, nil},
		{kind{"feed:#", "zset past", Feed}, nil},
		{kind{"feed:#", "zset ahead-ms", DelayedSet}, nil},
		{kind{"feed:retry", "zset past", DelayedSet}, nil},
		{kind{"prices", "zset rank", Unknown}, nil},
		{kind{"seen", "zset past", Unknown}, nil},
		{kind{"mail", "list a", Queue}, []kind{{"mail:processing", "list b", InFlight}}},
		{kind{"mail", "list a", Unknown}, nil},
		{kind{"orders", "stream groups", Queue}, nil},
		{kind{"orders", "stream", Unknown}, nil},
		{kind{"job:#", "hash attempts run_at", Job}, nil},
		{kind{"mail:#", "hash retries_left enqueued_at", Job}, nil},
		{kind{"lock:#", "string x", Lock}, nil},
		{kind{"mutex:#", "string x ttl", Lock}, nil},
		{kind{"seat:#", "hash 8a1f0000-6c33-4f17-9a5e-0d4f5b01fab3:42", Lock}, nil},
		{kind{"likes:#", "string 42", Counter}, nil},
		{kind{"mail:to:#", "string 912345", Unknown}, nil},
		{kind{"hits:#", "string 42 ttl", Counter}, nil},
		{kind{"throttle:#", "string 42 ttl", Limiter}, nil},
		{kind{"throttle:#", "string 42", Counter}, nil},
		{kind{"basket:#", "hash item ttl", Cache}, nil},
		{kind{"login:#", "string x ttl", Session}, nil},
	} {
		k := readKeyspace(t, made(t, append([]kind{c.kind}, c.beside...)))
		v := k.verdicts()[0]
		if v.Role != c.role {
			t.Errorf("%s (%s): %v (%s), want %v", c.name, c.content, v.Role, v.Reason, c.role)
		}
		if c.role == Unknown && v.Framework != nil {
			t.Errorf("%s (%s) is said to be of %s", c.name, c.content, v.Framework.Name)
		}
		if v.Reason == "" {
			t.Errorf("%s: no reason", c.name)
		}
	}
}

// instance is a pattern that a shape takes: its variable parts as classes.
func instance(k *Key) string {
	r := strings.NewReplacer("{", "{{", "}", "}}", "\x01", `\x01`, "\x00", `\x00`, "\x06", `\x06`, "\x16", `\x16`)
	text, out := strings.Replace(k.Shape, "<*>", "app", 1), ""
	for text != "" {
		before, after, ok := strings.Cut(text, "<")
		out += r.Replace(before)
		if !ok {
			break
		}
		name, rest, _ := strings.Cut(after, ">")
		name = strings.TrimSuffix(name, "…")
		class := map[string]string{"int": "int", "uuid": "uuid", "hex": "hex", "date": "date", "base32": "alnum", "base62": "b64"}[name]
		if class == "" {
			class = "int"
		}
		out += "{" + class + "}"
		text = rest
	}
	return out
}

// TestNamesAlone: the documented names, with another type or without the facts,
// allow nothing.
func TestNamesAlone(t *testing.T) {
	for _, f := range frameworks {
		for i := range f.Keys {
			k := &f.Keys[i]
			name := instance(k)
			if !k.shape.base && !k.shape.fits(symbolsOf(name)) {
				t.Errorf("%s: %s is not of the shape %s", f.Name, name, k.Shape)
			}
			for typ := range dataType(parser.NumDataTypes) {
				p := Pattern{Name: name, Facts: Facts{Type: typ, Keys: 1000, KeysWithoutTTL: 1000, Elements: 200_000}}
				v := Of(&p, NewSiblings([]Pattern{p}))
				if !k.takes(typ) && v.Framework == f && v.What() == k.What {
					t.Errorf("%s: a %v called %s is %s", f.Name, typ, name, v.Reason)
				}
				if v.MayExpire() || v.MayDelete() || v.MayTrim() {
					t.Errorf("%s: a %v called %s, of which no more is known, is a %v", f.Name, typ, name, v.Role)
				}
			}
		}
	}
}

// What is what the keys are, of a verdict by the table.
func (v *Verdict) What() string {
	if v.Framework == nil {
		return ""
	}
	return strings.TrimPrefix(v.Reason, v.Framework.Name+": ")
}

// TestWordsAllowNothing: whatever the facts, a name of words allows no more than
// a name that says nothing.
func TestWordsAllowNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 9))
	var vocabulary []string
	for w := range words {
		vocabulary = append(vocabulary, w)
	}
	vocabulary = append(vocabulary, "cache", "tmp", "temp", "old", "backup", "test", "user", "{int}", "{uuid}", "{*}")
	judged := map[Role]int{}
	for range 60_000 {
		f := randomFacts(rng)
		name := vocabulary[rng.IntN(len(vocabulary))]
		for range rng.IntN(4) {
			name += string(":-_."[rng.IntN(4)]) + vocabulary[rng.IntN(len(vocabulary))]
		}
		p, plain := Pattern{Name: name, Facts: f}, Pattern{Name: "{int}", Facts: f}
		got, base := Of(&p, NewSiblings([]Pattern{p})), Of(&plain, NewSiblings([]Pattern{plain}))
		judged[got.Role]++
		if got.Framework != nil || got.Role == Leaderboard || got.Role == Feed {
			if got.Role == Leaderboard && (f.ahead() || f.scores(90, ScoreGeohash)) || got.MayTrim() && f.refers() {
				t.Fatalf("%s: %v of %+v", name, got.Role, f)
			}
			continue
		}
		// What expires is a cache by its facts, whatever it is called.
		most := base.Role
		if most == Counter && f.expire(95) {
			most = Cache
		}
		if !within(got.Role, most) {
			t.Fatalf("%s: %v (%s), without words %v (%s): %+v", name, got.Role, got.Reason, base.Role, base.Reason, f)
		}
	}
	for r := range Role(NumRoles) {
		if judged[r] == 0 {
			t.Errorf("no name was judged %v", r)
		}
	}
}

func randomFacts(rng *rand.Rand) Facts {
	f := Facts{Type: dataType(rng.IntN(6)), Keys: 1 + rng.Int64N(1000)}
	f.KeysWithoutTTL = []int64{0, f.Keys / 50, f.Keys / 2, f.Keys}[rng.IntN(4)]
	f.Elements = f.Keys * (1 + rng.Int64N(50))
	if f.Type == tString && rng.IntN(2) == 0 {
		f.Integers = f.Keys
		f.SmallIntegers = f.Keys * rng.Int64N(2)
	}
	if f.Type == tZset {
		f.Scores[rng.IntN(NumScores)] = 500
		f.Scores[rng.IntN(NumScores)] += rng.Int64N(100)
	}
	f.Values[rng.IntN(NumShapes)] = rng.Int64N(300)
	if f.Type == tHash {
		f.Hashes[rng.IntN(NumHashes)] = 100
	}
	if f.Type != tString && f.Type != tHash {
		f.Members = 200
		f.MembersUnder = 150 * rng.Int64N(2)
	}
	if f.Type == tStream {
		f.Groups = rng.Int64N(2)
	}
	return f
}

// TestFoldedPatterns: a queue's name may be {*} or a class, and a pattern that
// hides the word all its keys have goes by its keys.
func TestFoldedPatterns(t *testing.T) {
	facts := func(t dataType) Facts { return Facts{Type: t, Keys: 900, KeysWithoutTTL: 900, Elements: 9000} }
	bull := []Pattern{
		{Name: "bull:{*}:{int}", Facts: facts(tHash)}, {Name: "bull:{*}:meta", Facts: facts(tHash)}, {Name: "bull:{*}:events", Facts: facts(tStream)},
		{Name: "bull:{*}:wait", Facts: facts(tList)}, {Name: "bull:{*}:{uuid}:logs", Facts: facts(tList)},
	}
	s := NewSiblings(bull)
	for i, want := range []Role{Job, Config, Feed, Queue, Job} {
		if v := Of(&bull[i], s); v.Role != want || !v.Own || v.MayRename() || v.MayTrim() {
			t.Errorf("%s: %+v, want %v", bull[i].Name, v, want)
		}
	}
	sessions := Pattern{Name: "{b64}", Facts: Facts{Type: tString, Keys: 2000}, Examples: []string{"sf_sDW5Bi0CuWo9lQI5s9NDAuPtylX", "sf_sdBhlAZKzBu1Es6qPbkjIMZf40e", "sf_saxBgu55IOmAmw1U8jF4P2Qd7iv"}}
	if v := Of(&sessions, NewSiblings([]Pattern{sessions})); v.Role != Session || v.Framework == nil {
		t.Errorf("%+v", v)
	}
	sessions.Examples[1] = "DW5Bi0CuWo9lQI5s9NDAuPtylX"
	if v := Of(&sessions, NewSiblings([]Pattern{sessions})); v.Framework != nil {
		t.Errorf("with another name among them: %+v", v)
	}
	sessions.Examples = sessions.Examples[:1]
	if v := Of(&sessions, NewSiblings([]Pattern{sessions})); v.Framework != nil {
		t.Errorf("by one name: %+v", v)
	}
}

// TestFactsAdd: every counter adds up.
func TestFactsAdd(t *testing.T) {
	var a Facts
	n := int64(0)
	v := reflect.ValueOf(&a).Elem()
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Int64:
			n++
			v.SetInt(n)
		case reflect.Array:
			for i := range v.Len() {
				fill(v.Index(i))
			}
		}
	}
	for i := range v.NumField() {
		fill(v.Field(i))
	}
	b := a
	b.Add(&a)
	var check func(one, two reflect.Value)
	check = func(one, two reflect.Value) {
		switch one.Kind() {
		case reflect.Int64:
			if one.Int() == 0 || two.Int() != 2*one.Int() {
				t.Errorf("%d became %d", one.Int(), two.Int())
			}
		case reflect.Array:
			for i := range one.Len() {
				check(one.Index(i), two.Index(i))
			}
		}
	}
	for i := range v.NumField() {
		check(v.Field(i), reflect.ValueOf(&b).Elem().Field(i))
	}
}

// TestHostileNames: names that would take long are given up.
func TestHostileNames(t *testing.T) {
	begin := time.Now()
	for _, name := range []string{
		"app:session:index:" + strings.Repeat(":session:sessions:", 2000), strings.Repeat("{int}:", 3000), strings.Repeat("{", 5000), strings.Repeat(`\x`, 4000),
		"asynq:{{" + strings.Repeat("}}:g:", 3000), `\`, "{", "{}", "}}{{", `\xZZ`, "",
	} {
		for typ := range dataType(parser.NumDataTypes) {
			p := Pattern{Name: name, Examples: []string{name, name, name}, Facts: Facts{Type: typ, Keys: 5, KeysWithoutTTL: 5}}
			if v := Of(&p, NewSiblings([]Pattern{p})); v.MayExpire() || v.MayDelete() || v.MayTrim() {
				t.Errorf("%.40s: %+v", name, v)
			}
		}
	}
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
}

// TestTable: the table is whole, and allows nothing without a condition.
func TestTable(t *testing.T) {
	names := map[string]bool{}
	for _, f := range frameworks {
		if names[f.Name] || f.Source == "" || f.Bound == "" || len(f.Keys) == 0 || len(f.Keys) > 64 {
			t.Errorf("%s: twice, without source or bound, or with %d keys", f.Name, len(f.Keys))
		}
		names[f.Name] = true
		anchors := 0
		for i := range f.Keys {
			k := &f.Keys[i]
			if k.What == "" || len(k.Types) == 0 {
				t.Errorf("%s: %s lacks what it is or its types", f.Name, k.Shape)
			}
			if k.anchor {
				anchors++
			}
			if (k.Role.MayExpire() || k.Role.MayDelete()) && k.when == nil {
				t.Errorf("%s: %s allows to expire or delete whatever the facts", f.Name, k.Shape)
			}
			if k.anchor && !k.shape.base {
				t.Errorf("%s: %s is an anchor without a beginning", f.Name, k.Shape)
			}
		}
		if f.need > anchors || f.need == 0 && anchors > 0 {
			t.Errorf("%s: %d of %d anchors are needed", f.Name, f.need, anchors)
		}
	}
	for _, want := range strings.Fields("BullMQ Bull Bee-Queue Kue node-resque RQ Celery Sidekiq Resque asynq Redisson Django Rails Symfony Magento WordPress Drupal Nextcloud connect-redis rate-limiter-flexible Centrifuge rspamd Mastodon") {
		if !names[want] {
			t.Errorf("%s is missing", want)
		}
	}
}

// TestOath: what may be done with each role.
func TestOath(t *testing.T) {
	for r := range Role(NumRoles) {
		got := fmt.Sprint(r.MayExpire(), r.MayDelete(), r.MayTrim())
		want := "false false false"
		switch r {
		case Cache, Session, Limiter:
			want = "true true false"
		case Leaderboard, Feed:
			want = "false false true"
		}
		if got != want || r.String() == "" || r.What() == "" {
			t.Errorf("%v: %s, want %s", r, got, want)
		}
	}
	if r := Role(200); r.String() != "unknown" || r.MayExpire() || r.MayDelete() || r.MayTrim() {
		t.Errorf("%v", r)
	}
}

func BenchmarkOf(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	patterns := make([]Pattern, 10_000)
	for i := range patterns {
		patterns[i] = Pattern{Name: fmt.Sprintf("shop:%d:orders:{int}:items", i), Facts: randomFacts(rng)}
	}
	for b.Loop() {
		s := NewSiblings(patterns)
		for i := range patterns {
			Of(&patterns[i], s)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(patterns)), "ns/pattern")
}

// TestOwnFramework: of frameworks that call their keys alike the one has them whose other
// keys are there, wherever a configured beginning ends.
func TestOwnFramework(t *testing.T) {
	past := func(f *Facts) { f.Scores[ScorePastSeconds] = 10 }
	pattern := func(name string, typ dataType, more func(*Facts)) Pattern {
		p := Pattern{Name: name, Facts: Facts{Type: typ, Keys: 1, KeysWithoutTTL: 1, Elements: 10}}
		if more != nil {
			more(&p.Facts)
		}
		return p
	}
	for _, base := range []string{"", "acme:prod:", "acme_"} {
		patterns := []Pattern{
			pattern(base+"queues", tSet, nil), pattern(base+"queue:default", tList, nil), pattern(base+"schedule", tZset, past), pattern(base+"retry", tZset, past),
			pattern(base+"dead", tZset, past), pattern(base+"processes", tSet, nil), pattern(base+"stat:processed:{date}", tString, nil),
		}
		s := NewSiblings(patterns)
		for i := range patterns {
			if v := Of(&patterns[i], s); v.Framework == nil || v.Framework.Name != "Sidekiq" {
				t.Errorf("%s: %s (%s), want a key of Sidekiq", patterns[i].Name, v.Role, v.Reason)
			}
		}
	}
	gocraft := []Pattern{
		pattern("acme:known_jobs", tSet, nil), pattern("acme:worker_pools", tSet, nil), pattern("acme:scheduled", tZset, past), pattern("acme:retry", tZset, past), pattern("acme:dead", tZset, past),
	}
	s := NewSiblings(gocraft)
	for i := range gocraft {
		if v := Of(&gocraft[i], s); v.Framework == nil || v.Framework.Name != "gocraft/work" {
			t.Errorf("%s: %s (%s), want a key of gocraft/work", gocraft[i].Name, v.Role, v.Reason)
		}
	}
}

// TestNamedByOthers: what a queue names waits there unless all of it goes by itself, what
// an index names is left alone, and what is known otherwise stays that.
func TestNamedByOthers(t *testing.T) {
	hash := func(with, without int64, by Named) Pattern {
		return Pattern{Name: "thing:{int}", Facts: Facts{Type: tHash, Keys: with + without, KeysWithoutTTL: without, Named: by}}
	}
	for _, c := range []struct {
		p    Pattern
		want Role
		may  bool
	}{
		{hash(90, 10, NamedByNone), Unknown, false},
		{hash(90, 10, NamedByWork), Job, false},
		{hash(0, 10, NamedByWork), Job, false},
		{hash(0, 10, NamedByIndex), Unknown, false},
		{hash(10, 0, NamedByNone), Cache, true},
		{hash(10, 0, NamedByIndex), Cache, false},
		{hash(10, 0, NamedByWork), Cache, false},
	} {
		v := Of(&c.p, NewSiblings(nil))
		if v.Role != c.want || v.MayExpire() != c.may || v.MayDelete() != c.may || v.Named != (c.p.Facts.Named != NamedByNone) || v.Reason == "" {
			t.Errorf("%+v: %s (%s), may expire: %v", c.p.Facts, v.Role, v.Reason, v.MayExpire())
		}
	}
	queue := Verdict{Role: Queue}
	for name, want := range map[string]Named{"jobs": NamedByWork, "mail:queue": NamedByWork, "thumbnails": NamedByIndex} {
		if got := NamedBy(name, &queue); got != want {
			t.Errorf("%s names with %d, want %d", name, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{{"jobs", "job:{int}", true}, {"app:jobQueue", "app:job:{int}", true}, {"app:likes:{int}", "app:user:{int}", false}, {"sagas", "saga:{ulid}", true}, {"{uuid}", "{uuid}", false}} {
		if got := ShareWord(c.a, c.b); got != c.want {
			t.Errorf("%s and %s share a word: %v", c.a, c.b, got)
		}
	}
}
