package aggregate

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestFieldTTLs counts the fields of all kinds of hashes that can have TTLs.
func TestFieldTTLs(t *testing.T) {
	const now = int64(1_763_700_000_000)
	field := func(name string, expiry int64) rdbtest.Field {
		return rdbtest.Field{Name: rdbtest.Plain(name), Value: rdbtest.Plain("v"), Expiry: expiry}
	}
	packed := rdbtest.NewListpack("a", "1").Int(now-1).Add("b", "2").Int(now+hour-1).Add("c", "3").Int(0)
	redis := rdbtest.Redis(12).Aux("ctime", "1763700000").SelectDB(0).
		Put("h:1", rdbtest.HashMetadata(field("a", now+minute), field("b", now+3*day), field("c", 0))).
		Put("h:2", rdbtest.HashListpackEx(now-1, packed.Str())).
		Put("h:3", rdbtest.HashListpack(rdbtest.NewListpack("a", "1").Str())).EOF().Bytes()
	valkey := rdbtest.Valkey(80).Aux("ctime", "1763700000").SelectDB(0).
		Put("v:1", rdbtest.ValkeyHash2(field("a", now-day), field("b", now+100*day), field("c", 0))).EOF().Bytes()
	a, b := analyzed(t, "redis", new(Config), redis), analyzed(t, "valkey", new(Config), valkey)
	m, err := Merge(b, a)
	if err != nil {
		t.Fatal(err)
	}
	r := m.Report()
	got := make(map[string]int64)
	for _, x := range r.Expiry.Fields.Buckets {
		got[x.Label] = x.Fields
	}
	if diff := cmp.Diff(map[string]int64{"past": 2, "<1h": 2, "<1d": 0, "<7d": 1, "<30d": 0, "later": 1}, got); diff != "" {
		t.Error(diff)
	}
	if f := r.Expiry.Fields; f.Hashes != 3 || f.Fields != 6 || f.Expired != 2 {
		t.Errorf("%+v", f)
	}
	for _, p := range r.Patterns {
		want := map[string][2]int64{"h:{int}": {4, 1}, "v:{int}": {2, 1}}[p.Pattern]
		if [2]int64{p.FieldsWithTTL, p.FieldsExpired} != want {
			t.Errorf("%s: %d fields, %d expired, want %v", p.Pattern, p.FieldsWithTTL, p.FieldsExpired, want)
		}
	}
}

// TestUse: what a dump records of use, by key and by byte; and that it says so
// when there is nothing.
func TestUse(t *testing.T) {
	value := func(n int) rdbtest.Value { return rdbtest.String(rdbtest.Plain(make([]byte, n))) }
	idle := rdbtest.Redis(11).SelectDB(0)
	for i := range 90 {
		idle.Idle(60).Put(fmt.Sprintf("small:%d", i), value(100))
	}
	for i := range 10 {
		idle.Idle(40*86400).Put(fmt.Sprintf("big:%d", i), value(10_000))
	}
	freq := rdbtest.Redis(11).SelectDB(0)
	for i := range 10 {
		freq.Freq(uint8(i)).Put(fmt.Sprintf("f:%d", i), value(100*(1+i)))
	}
	none := rdbtest.Redis(11).SelectDB(0).Put("x", value(1))
	a := analyzed(t, "idle", new(Config), idle.EOF().Bytes())
	r := a.Report()
	at := func(points []Percentile, percent string) int64 {
		for _, p := range points {
			if p.Percent == percent {
				return p.Bytes
			}
		}
		return -1
	}
	if p, m := at(r.Idle.Percentiles, "50"), at(r.Idle.MemoryPercentiles, "50"); p > 64 || m < 39*86400 || r.Idle.Note != "" {
		t.Errorf("half of the keys are idle for %d s, half of the bytes for %d s; %q", p, m, r.Idle.Note)
	}
	for i, c := range r.Idle.Cold {
		if c.Keys != 10 || c.Memory < 100_000 || c.Memory > 130_000 {
			t.Errorf("cold %d: %+v", i, c)
		}
	}
	for _, p := range r.Patterns {
		if cold := *p.Cold30d; cold != 0 != (p.Pattern == "big:{int}") || cold != 0 && cold != p.Memory {
			t.Errorf("%s: %d bytes cold", p.Pattern, cold)
		}
	}
	b := analyzed(t, "freq", new(Config), freq.EOF().Bytes())
	if r := b.Report(); r.Idle.Recorded != "freq" || at(r.Idle.Percentiles, "50") != 4 || at(r.Idle.MemoryPercentiles, "50") != 6 {
		t.Errorf("%+v", r.Idle)
	}
	c := analyzed(t, "none", new(Config), none.EOF().Bytes())
	if r := c.Report(); r.Idle.Recorded != "" || r.Idle.Note == "" || r.Patterns[0].Cold1d != nil {
		t.Errorf("%+v", r.Idle)
	}
	m, err := Merge(a, b, c)
	if err != nil {
		t.Fatal(err)
	}
	if r := m.Report(); r.Idle.Recorded != "idle" || r.Idle.Keys != 100 || r.Idle.FreqKeys != 10 || r.Idle.Note == "" || r.Slots.Sources == nil || r.Slots.Sources.Shards != 3 {
		t.Errorf("%+v", r.Idle)
	}
}

// TestStormAtOneTime: keys that expire in the same millisecond are told from
// those that only share the minute.
func TestStormAtOneTime(t *testing.T) {
	const now = int64(1_763_700_000_000)
	const at = now + 5*hour + 17_123
	w := rdbtest.Redis(11).Aux("ctime", "1763700000").SelectDB(0)
	value := rdbtest.String(rdbtest.Plain("v"))
	for i := range 2000 {
		w.ExpireMs(at).Put(fmt.Sprintf("price:%d", i), value)
		w.ExpireMs(now+20*hour+int64(i*29)).Put(fmt.Sprintf("offer:%d", i), value)
	}
	r := analyzed(t, "x", new(Config), w.EOF().Bytes()).Report()
	if len(r.Expiry.Storms) != 2 {
		t.Fatalf("%+v", r.Expiry.Storms)
	}
	one, spread := r.Expiry.Storms[0], r.Expiry.Storms[1]
	if one.SameTime == nil || *one.SameTime != Time(at) || one.SameShare != 10_000 || one.First != one.Last || one.PeakKeys != 2000 || one.TopPatterns[0] != "price:{int}" {
		t.Errorf("%+v", one)
	}
	if spread.SameTime != nil || spread.Last-spread.First != 1999*29 || spread.TopPatterns[0] != "offer:{int}" {
		t.Errorf("%+v", spread)
	}
}

// TestShards: the ranges of equal shards are those redis-cli makes.
func TestShards(t *testing.T) {
	for n, ends := range map[int][]int32{1: {16383}, 3: {5460, 10922, 16383}, 6: {2730, 5460, 8191, 10922, 13652, 16383}} {
		first := int32(0)
		for k, last := range ends {
			for slot := first; slot <= last; slot++ {
				if got := shardOf(slot, n); got != k {
					t.Fatalf("slot %d is on shard %d of %d, want %d", slot, got, n, k)
				}
			}
			first = last + 1
		}
	}
}
