package view_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestFieldTTLs counts the fields of all kinds of hashes that can have TTLs.
func TestFieldTTLs(t *testing.T) {
	const now = int64(1_763_700_000_000)
	field := func(name string, expiry int64) rdbtest.Field {
		return rdbtest.Field{Name: rdbtest.Plain(name), Value: rdbtest.Plain("v"), Expiry: expiry}
	}
	packed := rdbtest.NewListpack("a", "1").Int(now-1).Add("b", "2").Int(now+sketch.Hour-1).Add("c", "3").Int(0)
	redis := rdbtest.Redis(12).Aux("ctime", "1763700000").SelectDB(0).
		Put("h:1", rdbtest.HashMetadata(field("a", now+sketch.Minute), field("b", now+3*sketch.Day), field("c", 0))).
		Put("h:2", rdbtest.HashListpackEx(now-1, packed.Str())).
		Put("h:3", rdbtest.HashListpack(rdbtest.NewListpack("a", "1").Str())).EOF().Bytes()
	valkey := rdbtest.Valkey(80).Aux("ctime", "1763700000").SelectDB(0).
		Put("v:1", rdbtest.ValkeyHash2(field("a", now-sketch.Day), field("b", now+100*sketch.Day), field("c", 0))).EOF().Bytes()
	a, b := statetest.Analyzed(t, "redis", new(data.Config), redis), statetest.Analyzed(t, "valkey", new(data.Config), valkey)
	m, err := state.Merge(b, a)
	if err != nil {
		t.Fatal(err)
	}
	r := view.NewReport(m)
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
	a := statetest.Analyzed(t, "idle", new(data.Config), idle.EOF().Bytes())
	r := view.NewReport(a)
	at := func(points []data.UsePercentile, percent string) int64 {
		for _, p := range points {
			if p.Percent == percent {
				return p.Value
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
	b := statetest.Analyzed(t, "freq", new(data.Config), freq.EOF().Bytes())
	if r := view.NewReport(b); r.Idle.Recorded != "freq" || at(r.Idle.Percentiles, "50") != 4 || at(r.Idle.MemoryPercentiles, "50") != 6 {
		t.Errorf("%+v", r.Idle)
	}
	c := statetest.Analyzed(t, "none", new(data.Config), none.EOF().Bytes())
	if r := view.NewReport(c); r.Idle.Recorded != "" || r.Idle.Note == "" || r.Patterns[0].Cold1d != nil {
		t.Errorf("%+v", r.Idle)
	}
	m, err := state.Merge(a, b, c)
	if err != nil {
		t.Fatal(err)
	}
	if r := view.NewReport(m); r.Idle.Recorded != "idle" || r.Idle.Keys != 100 || r.Idle.FreqKeys != 10 || r.Idle.Note == "" || r.Slots.Sources == nil || r.Slots.Sources.Shards != 3 {
		t.Errorf("%+v", r.Idle)
	}
}

// TestStormAtOneTime: keys that expire in the same millisecond are told from
// those that only share the minute.
func TestStormAtOneTime(t *testing.T) {
	const now = int64(1_763_700_000_000)
	const at = now + 5*sketch.Hour + 17_123
	w := rdbtest.Redis(11).Aux("ctime", "1763700000").SelectDB(0)
	value := rdbtest.String(rdbtest.Plain("v"))
	for i := range 2000 {
		w.ExpireMs(at).Put(fmt.Sprintf("price:%d", i), value)
		w.ExpireMs(now+20*sketch.Hour+int64(i*29)).Put(fmt.Sprintf("offer:%d", i), value)
	}
	r := view.NewReport(statetest.Analyzed(t, "x", new(data.Config), w.EOF().Bytes()))
	if len(r.Expiry.Storms) != 2 {
		t.Fatalf("%+v", r.Expiry.Storms)
	}
	one, spread := r.Expiry.Storms[0], r.Expiry.Storms[1]
	if one.SameTime == nil || *one.SameTime != data.Time(at) || one.SameShare != 10_000 || one.First != one.Last || one.PeakKeys != 2000 || one.TopPatterns[0] != "price:{int}" {
		t.Errorf("%+v", one)
	}
	if spread.SameTime != nil || spread.Last-spread.First != 1999*29 || spread.TopPatterns[0] != "offer:{int}" {
		t.Errorf("%+v", spread)
	}
}
