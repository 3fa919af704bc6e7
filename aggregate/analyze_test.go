package aggregate_test

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/memory/truth"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// rows keeps what a sink was given.
type rows struct {
	all   []aggregate.Row
	after int // fail after so many, 0 = never
}

var errSink = errors.New("sink is full")

func (s *rows) WriteRow(r *aggregate.Row) error {
	if s.after > 0 && len(s.all) == s.after {
		return errSink
	}
	c := *r
	c.Key, c.Pattern = bytes.Clone(r.Key), bytes.Clone(r.Pattern)
	s.all = append(s.all, c)
	return nil
}

func analyze(t *testing.T, name string, dump []byte, cfg *aggregate.Config) (*aggregate.Summary, []aggregate.Row, error) {
	t.Helper()
	if cfg == nil {
		cfg = new(aggregate.Config)
	}
	var sink rows
	in := aggregate.Input{Name: name, Reader: bytes.NewReader(dump), Size: int64(len(dump)), Sinks: []aggregate.RowSink{&sink}}
	s, err := aggregate.Analyze(t.Context(), in, cfg)
	if s == nil && err == nil {
		t.Fatal("neither a summary nor an error")
	}
	return s, sink.all, err
}

func read(t *testing.T, path ...string) []byte {
	t.Helper()
	if name := path[len(path)-1]; path[0] == "truth" && strings.HasSuffix(name, ".rdb") {
		b := truthDumps(t)[name]
		if b == nil {
			t.Fatalf("%s is not among the dumps of testdata/truth", name)
		}
		return b
	}
	b, err := os.ReadFile(filepath.Join(append([]string{"..", "testdata"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var unpackDumps = sync.OnceValues(func() (map[string][]byte, error) {
	return truth.Dumps(filepath.Join("..", "testdata", "truth"), func(name string) bool { return strings.HasPrefix(name, "redis-7") })
})

// truthDumps are some dumps of testdata/truth by name; nobody may write to them.
func truthDumps(t *testing.T) map[string][]byte {
	t.Helper()
	all, err := unpackDumps()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// dumps are the dumps of testdata by name.
func dumps(t *testing.T) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "*.rdb"))
	if err != nil {
		t.Fatal(err)
	}
	all := maps.Clone(truthDumps(t))
	if len(paths) == 0 || len(all) < 3 {
		t.Fatal("no dumps in testdata")
	}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(p)] = b
	}
	return all
}

// conserved checks that every way of adding the rows up gives the same.
func conserved(t *testing.T, r *aggregate.Report, all []aggregate.Row) {
	t.Helper()
	type sum struct{ Keys, Elements, Memory, NoTTL, NoTTLMemory, KeyName, Payload, Waste int64 }
	var want, byType, patterns, facts, buckets, slots sum
	var largest int64
	for _, x := range all {
		n := sum{1, x.Elements, x.Size.Bytes, 0, 0, x.KeyLen, x.Size.Payload, x.Size.Waste}
		if !x.HasExpiry {
			n.NoTTL, n.NoTTLMemory = 1, x.Size.Bytes
		}
		want = sum{want.Keys + 1, want.Elements + n.Elements, want.Memory + n.Memory, want.NoTTL + n.NoTTL, want.NoTTLMemory + n.NoTTLMemory,
			want.KeyName + n.KeyName, want.Payload + n.Payload, want.Waste + n.Waste}
		largest = max(largest, x.Size.Bytes)
	}
	for _, x := range r.ByType {
		byType.Keys += x.Keys
		byType.Elements += x.Elements
		byType.Memory += x.Memory
		byType.NoTTL += x.KeysWithoutTTL
		byType.NoTTLMemory += x.MemoryWithoutTTL
	}
	addPattern := func(s *sum, x *aggregate.PatternRow) {
		s.Keys += x.Keys
		s.Elements += x.Elements
		s.Memory += x.Memory
		s.NoTTL += x.KeysWithoutTTL
		s.NoTTLMemory += x.MemoryWithoutTTL
		s.KeyName += x.KeyName
		s.Payload += x.Payload
		s.Waste += x.Waste
		var n int64
		for _, e := range x.Encodings {
			n += e
		}
		if n != x.Keys {
			t.Errorf("%s: encodings of %d of %d keys", x.Pattern, n, x.Keys)
		}
		if !x.Estimated && (x.P50 > x.P90 || x.P90 > x.P99 || x.P99 > x.Max || x.Max > x.Memory) {
			t.Errorf("%s: percentiles %d %d %d %d", x.Pattern, x.P50, x.P90, x.P99, x.Max)
		}
	}
	for i := range r.Patterns {
		addPattern(&patterns, &r.Patterns[i])
	}
	for i := range r.Facts.Patterns {
		addPattern(&facts, &r.Facts.Patterns[i].PatternRow)
	}
	for _, x := range r.Expiry.Buckets {
		buckets.Keys += x.Keys
		buckets.Memory += x.Memory
	}
	for _, x := range r.Slots.All {
		slots.Keys += x.Keys
		slots.Memory += x.Memory
	}
	if diff := gocmp.Diff(want, patterns); diff != "" {
		t.Errorf("patterns: %s", diff)
	}
	if diff := gocmp.Diff(want, facts); diff != "" {
		t.Errorf("facts: %s", diff)
	}
	total := sum{r.Totals.Keys, r.Totals.Elements, r.Totals.Memory, r.Totals.Keys - r.Totals.KeysWithTTL,
		r.Totals.Memory - r.Totals.MemoryWithTTL, r.Totals.KeyName, r.Totals.Payload, r.Totals.Waste}
	if diff := gocmp.Diff(want, total); diff != "" {
		t.Errorf("totals: %s", diff)
	}
	byType.KeyName, byType.Payload, byType.Waste = want.KeyName, want.Payload, want.Waste
	if diff := gocmp.Diff(want, byType); diff != "" {
		t.Errorf("types: %s", diff)
	}
	if buckets.Keys != want.Keys || buckets.Memory != want.Memory {
		t.Errorf("buckets: %d keys of %d bytes, want %d of %d", buckets.Keys, buckets.Memory, want.Keys, want.Memory)
	}
	var slotted sum
	for _, x := range all {
		if x.Slot >= 0 {
			slotted.Keys++
			slotted.Memory += x.Size.Bytes
		}
	}
	if slots != slotted {
		t.Errorf("slots: %d keys of %d bytes, want %d of %d", slots.Keys, slots.Memory, slotted.Keys, slotted.Memory)
	}
	if n := len(r.Sizes); want.Keys > 0 && r.Sizes[n-1].Bytes != largest {
		t.Errorf("largest: %d, want %d", r.Sizes[n-1].Bytes, largest)
	}
	slices.SortFunc(all, func(a, b aggregate.Row) int {
		return cmp.Or(cmp.Compare(b.Size.Bytes, a.Size.Bytes), cmp.Compare(a.DB, b.DB), bytes.Compare(a.Key, b.Key))
	})
	for i, x := range r.Biggest {
		k := all[i].Key
		if want := parser.Escape(k[:min(len(k), 1<<10)]); x.Key != want || x.KeyLen != all[i].KeyLen || x.Memory != all[i].Size.Bytes {
			t.Errorf("biggest %d: %.60q of %d, want %.60q of %d", i, x.Key, x.Memory, want, all[i].Size.Bytes)
		}
	}
}

func toJSON(t *testing.T, r *aggregate.Report) string {
	t.Helper()
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestDumps: what the rows say and what the report says is the same, and what
// the memory model calls exact is what the server said.
func TestDumps(t *testing.T) {
	for name, dump := range dumps(t) {
		if testing.Short() && (strings.HasPrefix(name, "redis-") && name != "redis-7.4.rdb" || strings.HasPrefix(name, "valkey-") && name != "valkey-9.0.rdb") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s, all, err := analyze(t, name, dump, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := s.Report()
			conserved(t, r, all)
			if r.Partial || r.Totals.PredictedUsedMemory == nil || r.Sources[0].Bytes != int64(len(dump)) {
				t.Errorf("partial %v, source %+v", r.Partial, r.Sources[0])
			}
			if *r.Totals.PredictedUsedMemory != r.Totals.Resident+*r.Totals.Keyspace+*r.Totals.Baseline {
				t.Error("the prediction is not the sum of its parts")
			}
			again, _, _ := analyze(t, name, dump, nil)
			if diff := gocmp.Diff(toJSON(t, r), toJSON(t, again.Report())); diff != "" {
				t.Errorf("not the same twice: %s", diff)
			}
			if strings.HasPrefix(name, "demo") {
				return // its truth is of another allocator
			}
			exact := 0
			truth := readTruth(t, strings.TrimSuffix(name, ".rdb")+".tsv.gz")
			for _, x := range all {
				want, ok := truth[fmt.Sprintf("%d %x", x.DB, x.Key)]
				if !x.Size.Exact || !ok {
					continue
				}
				if exact++; x.Size.Bytes != want {
					t.Errorf("%.60q: %d bytes, the server says %d", x.Key, x.Size.Bytes, want)
				}
			}
			if exact < len(all)/2 {
				t.Errorf("%d of %d keys are exact", exact, len(all))
			}
		})
	}
}

// readTruth returns MEMORY USAGE by "db key_hex".
func readTruth(t *testing.T, name string) map[string]int64 {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(read(t, "truth", name)))
	if err != nil {
		t.Fatal(err)
	}
	truth := make(map[string]int64)
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		f := strings.Split(sc.Text(), "\t")
		if n, err := strconv.ParseInt(f[len(f)-1], 10, 64); err == nil {
			truth[f[0]+" "+f[1]] = n
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return truth
}

// TestMergeDumps merges dumps of several servers in every order.
func TestMergeDumps(t *testing.T) {
	all := dumps(t)
	names := []string{}
	for n := range all {
		names = append(names, n)
	}
	slices.Sort(names)
	names = names[:3]
	parts := make([]*aggregate.Summary, 3)
	for i, n := range names {
		var err error
		if parts[i], _, err = analyze(t, n, all[n], nil); err != nil {
			t.Fatal(err)
		}
	}
	want := ""
	for _, p := range [][3]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {2, 0, 1}} {
		one, err := aggregate.Merge(parts[p[0]], parts[p[1]], parts[p[2]])
		if err != nil {
			t.Fatal(err)
		}
		two, err := aggregate.Merge(parts[p[0]], parts[p[1]])
		if err != nil {
			t.Fatal(err)
		}
		if two, err = aggregate.Merge(parts[p[2]], two); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*aggregate.Summary{one, two} {
			got := toJSON(t, s.Report())
			if want == "" {
				want = got
			}
			if got != want {
				t.Fatalf("order %v: %s", p, gocmp.Diff(want, got))
			}
		}
	}
}

// TestDemo: what the demo dump was made to show.
func TestDemo(t *testing.T) {
	s, _, err := analyze(t, "demo.rdb", read(t, "demo.rdb"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Report()
	got := make(map[string]aggregate.PatternFacts)
	for _, p := range r.Facts.Patterns {
		got[p.Pattern+" "+p.Type] = p
	}
	for _, c := range []struct {
		pattern, match string
		keys           int64
	}{
		{"session:{uuid} string", "session:*", 5200},
		{"cart:{int} hash", "cart:*", 4200},
		{"price:{int} string", "price:*", 5000},
		{"{{user:{int}}}:recent list", "{user:*}:recent", 700},
		{"ratelimit:{ip} string", "ratelimit:*", 2600},
		{"stats:{date}:views:{int} string", "stats:*:views:*", 4300},
	} {
		if p := got[c.pattern]; p.Keys != c.keys || p.Match != c.match {
			t.Errorf("%s: %d keys, match %q", c.pattern, p.Keys, p.Match)
		}
	}
	storm := slices.IndexFunc(r.Expiry.Storms, func(x aggregate.Storm) bool { return slices.Contains(x.TopPatterns, "price:{int}") })
	if storm < 0 || r.Expiry.Storms[storm].Keys < 5000 || r.Expiry.Storms[storm].WidthSeconds != 60 {
		t.Errorf("storms: %+v", r.Expiry.Storms)
	}
	if r.Idle.Recorded != "idle" || r.Idle.Keys != r.Totals.Keys {
		t.Errorf("idle: %+v", r.Idle)
	}
	// Small alike siblings show as one.
	if !slices.ContainsFunc(r.Patterns, func(p aggregate.PatternRow) bool { return p.Pattern == "tag:{*}-{*}" && !p.Estimated }) {
		t.Error("tags are not folded")
	}
	var c aggregate.Candidate
	for _, x := range got["product:{int}:attributes hash"].Candidates {
		if x.Setting == "hash-max-listpack-entries" && x.Value == 1024 {
			c = x
		}
	}
	if c.Keys != 28 || c.After >= c.Before || c.AfterResident >= c.BeforeResident || c.Longest == 0 {
		t.Errorf("candidate: %+v", c)
	}
	if f := r.Facts; f.ExpiresBytesNow <= 0 || f.ExpiresBytesAll <= f.ExpiresBytesNow || f.Settings["hash-max-listpack-entries"] != 512 || f.Server == "" {
		t.Errorf("facts: %d %d %v %q", f.ExpiresBytesNow, f.ExpiresBytesAll, f.Settings, f.Server)
	}
	// Loaded an hour later the keys that expired meanwhile are gone.
	now := *r.Sources[0].Now + 3_600_000
	late, rows, err := analyze(t, "demo.rdb", read(t, "demo.rdb"), &aggregate.Config{Now: &now, Loaded: true})
	if err != nil {
		t.Fatal(err)
	}
	l := late.Report()
	conserved(t, l, rows)
	gone := r.Expiry.Buckets[0].Keys + r.Expiry.Buckets[1].Keys // past, and within the hour
	if l.Totals.Keys != r.Totals.Keys-gone || l.Totals.KeysExpired != gone || l.Sources[0].Keys != r.Totals.Keys || l.Now == nil || *l.Now != now {
		t.Errorf("loaded: %d keys of %d, %d gone, want %d", l.Totals.Keys, r.Totals.Keys, l.Totals.KeysExpired, gone)
	}
}

// TestPredicted: used_memory of the server that loaded the demo dump.
func TestPredicted(t *testing.T) {
	var truth struct {
		Config []string
		Keys   int64
		Loaded struct {
			UsedMemory int64 `json:"used_memory,string"`
		}
		Sum int64 `json:"sum_memory_usage"`
	}
	if err := json.Unmarshal(read(t, "demo.json"), &truth); err != nil {
		t.Fatal(err)
	}
	cfg := &aggregate.Config{Server: "redis-7.0", Allocator: memory.JemallocDebian, Settings: memory.DefaultConfig(), Loaded: true}
	for i := 0; i+1 < len(truth.Config); i += 2 {
		if _, err := cfg.Settings.Set(strings.TrimPrefix(truth.Config[i], "--"), truth.Config[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	// The server was asked when so many keys had expired.
	_, all, err := analyze(t, "demo.rdb", read(t, "demo.rdb"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var expiries []int64
	for _, x := range all {
		if x.HasExpiry {
			expiries = append(expiries, x.Expiry)
		}
	}
	slices.Sort(expiries)
	now := aggregate.Time(expiries[int64(len(all))-truth.Keys-1] + 1)
	cfg.Now = &now
	s, _, err := analyze(t, "demo.rdb", read(t, "demo.rdb"), cfg)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Report()
	if r.Totals.Keys != truth.Keys {
		t.Fatalf("%d keys, the server had %d", r.Totals.Keys, truth.Keys)
	}
	off := *r.Totals.PredictedUsedMemory - truth.Loaded.UsedMemory
	if off < 0 {
		off = -off
	}
	if off > truth.Loaded.UsedMemory/500 {
		t.Errorf("predicted %d, the server used %d", *r.Totals.PredictedUsedMemory, truth.Loaded.UsedMemory)
	}
	if sum := r.Totals.Memory - truth.Sum; sum > r.Totals.MemoryError || sum < -r.Totals.MemoryError {
		t.Errorf("memory %d ± %d, the server said %d", r.Totals.Memory, r.Totals.MemoryError, truth.Sum)
	}
}

func TestFilters(t *testing.T) {
	dump := read(t, "truth", "redis-7.4.rdb")
	plain, all, err := analyze(t, "x", dump, nil)
	if err != nil {
		t.Fatal(err)
	}
	clock := int64(*plain.Report().Sources[0].Now)
	for _, c := range []struct {
		name string
		f    aggregate.Filters
		want func(r *aggregate.Row) bool
	}{
		{"db", aggregate.Filters{DB: []int32{3}}, func(r *aggregate.Row) bool { return r.DB == 3 }},
		{"type", aggregate.Filters{Type: []string{"hash", "zset"}}, func(r *aggregate.Row) bool { return r.TypeName == "hash" || r.TypeName == "zset" }},
		{"match", aggregate.Filters{Match: []string{"user:*", "k:1*"}}, func(r *aggregate.Row) bool {
			return bytes.HasPrefix(r.Key, []byte("user:")) || bytes.HasPrefix(r.Key, []byte("k:1"))
		}},
		{"exclude", aggregate.Filters{Exclude: []string{"k:*"}}, func(r *aggregate.Row) bool { return !bytes.HasPrefix(r.Key, []byte("k:")) }},
		{"regex", aggregate.Filters{Regex: []string{`:9\d+$`}}, func(r *aggregate.Row) bool {
			_, n, _ := bytes.Cut(r.Key[max(0, bytes.LastIndexByte(r.Key, ':')):], []byte(":9"))
			_, err := strconv.Atoi(string(n))
			return err == nil
		}},
		{"size", aggregate.Filters{MinSize: 100, MaxSize: 1000}, func(r *aggregate.Row) bool { return r.Size.Bytes >= 100 && r.Size.Bytes <= 1000 }},
		{"none", aggregate.Filters{TTL: "none"}, func(r *aggregate.Row) bool { return !r.HasExpiry }},
		{"any", aggregate.Filters{TTL: "any"}, func(r *aggregate.Row) bool { return r.HasExpiry }},
		{"below", aggregate.Filters{TTL: "<36500d"}, func(r *aggregate.Row) bool {
			return r.HasExpiry && r.Expiry >= clock && r.Expiry-clock < 36500*86400_000
		}},
		{"above", aggregate.Filters{TTL: ">1d"}, func(r *aggregate.Row) bool { return r.HasExpiry && r.Expiry-clock > 86400_000 }},
		{"both", aggregate.Filters{TTL: "none", Type: []string{"string"}}, func(r *aggregate.Row) bool { return !r.HasExpiry && r.TypeName == "string" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, got, err := analyze(t, "x", dump, &aggregate.Config{Filters: c.f})
			if err != nil {
				t.Fatal(err)
			}
			var want int
			for i := range all {
				if c.want(&all[i]) {
					want++
				}
			}
			if want == 0 || want == len(all) {
				t.Fatalf("the test's filter takes %d of %d keys", want, len(all))
			}
			for i := range got {
				if !c.want(&got[i]) {
					t.Fatalf("%q passed", got[i].Key)
				}
			}
			r := s.Report()
			if len(got) != want || r.Totals.Keys != int64(want) {
				t.Errorf("%d rows, %d keys, want %d", len(got), r.Totals.Keys, want)
			}
			if r.Totals.PredictedUsedMemory != nil || r.Totals.Keyspace != nil {
				t.Error("a prediction from some of the keys")
			}
			conserved(t, r, got)
		})
	}
	for _, f := range []aggregate.Filters{{Regex: []string{"("}}, {TTL: "soon"}, {MinSize: 5, MaxSize: 4}} {
		if s, _, err := analyze(t, "x", dump, &aggregate.Config{Filters: f}); err == nil || s != nil {
			t.Errorf("%+v: no error", f)
		}
	}
}

// TestDamage: a summary of every whole key before the damage, marked partial.
func TestDamage(t *testing.T) {
	dump := read(t, "truth", "redis-7.2.rdb")
	_, whole, err := analyze(t, "x", dump, nil)
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for i := 1; i < 7; i++ {
		cut := len(dump) * i / 7
		s, all, err := analyze(t, "x", dump[:cut], nil)
		if !errors.Is(err, parser.ErrTruncated) || s == nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		r := s.Report()
		src := r.Sources[0]
		if !r.Partial || src.Error == "" || src.ErrorOffset == nil || *src.ErrorOffset != int64(cut) || src.LastGoodKey != parser.Escape(all[len(all)-1].Key) {
			t.Errorf("cut at %d: %+v", cut, src)
		}
		if r.Totals.PredictedUsedMemory != nil || r.Totals.Memory == 0 {
			t.Errorf("cut at %d: totals %+v", cut, r.Totals)
		}
		for i := range all {
			if !bytes.Equal(all[i].Key, whole[i].Key) || all[i].Size != whole[i].Size {
				t.Fatalf("cut at %d: row %d differs", cut, i)
			}
		}
		if len(all) <= last || len(all) >= len(whole) {
			t.Errorf("cut at %d: %d rows of %d", cut, len(all), len(whole))
		}
		last = len(all)
		conserved(t, r, all)
	}

	bad := bytes.Clone(dump)
	bad[len(bad)-1] ^= 1
	s, all, err := analyze(t, "x", bad, nil)
	if !errors.Is(err, parser.ErrChecksum) || s == nil {
		t.Fatalf("bad checksum: %v", err)
	}
	r := s.Report()
	if !r.Partial || !s.Partial() || !r.Facts.ChecksumBad || r.Sources[0].Checksum != "mismatch" || len(all) != len(whole) {
		t.Errorf("bad checksum: %+v", r.Sources[0])
	}

	for _, junk := range []string{"", "hello, this is not a dump", "HELLO"} {
		if s, _, err := analyze(t, "x", []byte(junk), nil); s != nil || err == nil {
			t.Errorf("%q: %v", junk, err)
		}
	}
}

// blocking gives its bytes, says so, and then blocks until it is let go.
type blocking struct {
	io.Reader
	blocked, free chan struct{}
}

func (b *blocking) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		close(b.blocked)
		<-b.free
	}
	return n, err
}

func TestCancel(t *testing.T) {
	dump := read(t, "truth", "redis-7.0.rdb")
	for _, n := range []int{0, 5, len(dump) / 2} {
		ctx, cancel := context.WithCancel(t.Context())
		src := &blocking{bytes.NewReader(dump[:n]), make(chan struct{}), make(chan struct{})}
		go func() {
			<-src.blocked
			cancel()
		}()
		s, err := aggregate.Analyze(ctx, aggregate.Input{Name: "x", Reader: src}, new(aggregate.Config))
		if s != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("after %d bytes: %v", n, err)
		}
		close(src.free)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := aggregate.Analyze(ctx, aggregate.Input{Name: "x", Reader: bytes.NewReader(dump)}, new(aggregate.Config)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
}

func TestSinkFails(t *testing.T) {
	dump := read(t, "truth", "redis-7.0.rdb")
	sink := &rows{after: 700}
	s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: "x", Reader: bytes.NewReader(dump), Sinks: []aggregate.RowSink{sink}}, new(aggregate.Config))
	if s != nil || !errors.Is(err, errSink) || len(sink.all) != 700 {
		t.Errorf("%d rows: %v", len(sink.all), err)
	}
}

func TestProgress(t *testing.T) {
	dump := read(t, "truth", "redis-7.0.rdb")
	var calls int
	var lastBytes, lastKeys int64
	_, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: "x", Reader: bytes.NewReader(dump), Progress: func(n, keys int64) {
		if n < lastBytes || keys < lastKeys {
			t.Errorf("back from %d, %d to %d, %d", lastBytes, lastKeys, n, keys)
		}
		calls++
		lastBytes, lastKeys = n, keys
	}}, new(aggregate.Config))
	if err != nil || calls < 2 || lastBytes != int64(len(dump)) || lastKeys == 0 {
		t.Errorf("%d calls, %d of %d bytes, %v", calls, lastBytes, len(dump), err)
	}
}

// TestWritten: what only a dump made for it shows.
func TestWritten(t *testing.T) {
	long := strings.Repeat("k", 100_000)
	members := make([]string, 0, 600)
	for i := range 600 {
		members = append(members, strconv.Itoa(i))
	}
	dump := rdbtest.Redis(11).
		SelectDB(0).
		Put("n{7}:\x00\xff", rdbtest.String(rdbtest.Auto("v"))).
		Put(long, rdbtest.String(rdbtest.Auto("v"))).
		Put("{tag}"+long, rdbtest.String(rdbtest.Auto("v"))).
		Put("ints", rdbtest.Set(rdbtest.Strs(members...)...)).
		Put("words", rdbtest.Set(rdbtest.Strs(append(members, "word")...)...)).
		ExpireMs(1_700_000_000_000).Put("gone", rdbtest.String(rdbtest.Auto("v"))).
		ExpireMs(-5).Put("before", rdbtest.String(rdbtest.Auto("v"))).
		Freq(200).Put("hot", rdbtest.String(rdbtest.Auto("v"))).
		Put("module", rdbtest.Module(rdbtest.ModuleID("mymodule1", 3), rdbtest.Text(rdbtest.Plain("x")))).
		SelectDB(9).
		Put("gone", rdbtest.String(rdbtest.LZF(strings.Repeat("abc", 1000)))).
		EOF().Bytes()
	s, all, err := analyze(t, "a\x1b.rdb", dump, &aggregate.Config{Loaded: true, Deep: true})
	if err != nil {
		t.Fatal(err)
	}
	r := s.Report()
	if r.Totals.Keys != 10 || len(all) != 10 || r.Blobs != "walked" {
		t.Errorf("%d keys, %d rows, blobs %s", r.Totals.Keys, len(all), r.Blobs)
	}
	byKey := make(map[string]aggregate.Row)
	for _, x := range all {
		byKey[fmt.Sprint(x.DB, " ", string(x.Key[:min(len(x.Key), 10)]))] = x
	}
	if x := byKey["0 kkkkkkkkkk"]; x.Slot != -1 || x.KeyLen != 100_000 || len(x.Key) > parser.MaxName {
		t.Errorf("long key: slot %d, %d of %d bytes", x.Slot, len(x.Key), x.KeyLen)
	}
	if x := byKey["0 {tag}kkkkk"]; x.Slot != 8338 {
		t.Errorf("long key with a tag: slot %d", x.Slot)
	}
	if x := byKey["0 n{7}:\x00\xff"]; string(x.Pattern) != "n{{{int}}}:{bin}" {
		t.Errorf("binary key: pattern %q", x.Pattern)
	}
	if x := byKey["0 module"]; x.TypeName != "mymodule1" || x.DataType != parser.DataTypeModule {
		t.Errorf("module: %q", x.TypeName)
	}
	if x := byKey["9 gone"]; x.HasExpiry || x.Freq != -1 || x.IdleSeconds != -1 {
		t.Errorf("plain key: %+v", x)
	}
	// Without ctime there is no clock: nothing is past, and that is said once.
	var unknown, noClock int64
	for _, b := range r.Expiry.Buckets {
		if b.Label == "unknown" {
			unknown = b.Keys
		}
	}
	for _, w := range r.Warnings {
		if w.Code == "no-clock" {
			noClock++
		}
		if strings.ContainsRune(w.Source, '\x1b') {
			t.Error("a raw control byte in a warning")
		}
	}
	if unknown != 2 || noClock != 1 || r.Sources[0].Now != nil || r.Totals.KeysExpired != 0 {
		t.Errorf("unknown %d, warnings %d, now %v", unknown, noClock, r.Sources[0].Now)
	}
	if strings.ContainsAny(toJSON(t, r), "\x1b\x00") || r.Sources[0].Name != `a\x1b.rdb` {
		t.Errorf("source name %q", r.Sources[0].Name)
	}
	if r.Idle.Recorded != "freq" || r.Idle.Keys != 1 || r.Idle.Percentiles[0].Value != 200 {
		t.Errorf("idle: %+v", r.Idle)
	}
	for _, p := range r.Facts.Patterns {
		n := 0
		for _, c := range p.Candidates {
			if c.Setting == "set-max-intset-entries" && c.Keys == 1 {
				n++
			}
		}
		if want := map[string]int{"ints": 3}[p.Pattern]; n != want {
			t.Errorf("%s: %d intset candidates, want %d", p.Pattern, n, want)
		}
	}
	var lzf int64
	for _, p := range r.Facts.Patterns {
		lzf += p.LZFKeys
		if p.LZFKeys > 0 && (p.LZFMemoryAfter >= p.LZFMemory || p.LZFLength != 3000) {
			t.Errorf("lzf: %+v", p)
		}
	}
	if lzf != 1 {
		t.Errorf("%d LZF keys", lzf)
	}
	conserved(t, r, all)
	i := slices.IndexFunc(r.ByType, func(x aggregate.TypeRow) bool { return x.Type == "mymodule1" && x.Encoding == "mymodule1" })
	if i < 0 {
		t.Errorf("types: %+v", r.ByType)
	}
}

func TestValidate(t *testing.T) {
	now := aggregate.Time(-1)
	for _, c := range []aggregate.Config{
		{Separators: "a"}, {Separators: "ä"}, {Separators: " "}, {Depth: -1}, {Top: -1}, {Now: &now}, {Server: "redis-0.1"},
		{Groups: []aggregate.Group{{Name: "x"}}}, {Groups: []aggregate.Group{{Name: "x", Glob: "a"}, {Name: "x", Glob: "b"}}},
	} {
		if err := aggregate.ValidateConfig(&c); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
	if err := aggregate.ValidateConfig(nil); err != nil {
		t.Errorf("the zero value: %v", err)
	}
}

func TestGroups(t *testing.T) {
	dump := rdbtest.Redis(11).SelectDB(0).
		Put("sess:1", rdbtest.String(rdbtest.Auto("v"))).
		Put("sess:2", rdbtest.String(rdbtest.Auto("v"))).
		Put("cache:x:1", rdbtest.String(rdbtest.Auto("v"))).
		Put("other:1", rdbtest.String(rdbtest.Auto("v"))).
		EOF().Bytes()
	cfg := &aggregate.Config{Groups: []aggregate.Group{{Name: "sessions", Glob: "sess:*"}, {Name: "all s", Glob: "s*"}, {Name: "cache:{int}", Glob: "cache:*"}}}
	s, all, err := analyze(t, "x", dump, cfg)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, p := range s.Report().Patterns {
		got[p.Pattern] = fmt.Sprint(p.Match, " ", p.Keys)
	}
	want := map[string]string{"sessions": "sess:* 2", "cache:{int}": "cache:* 1", "other:{int}": "other:* 1"}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if string(all[0].Pattern) != "sessions" {
		t.Errorf("row pattern %q", all[0].Pattern)
	}
}
