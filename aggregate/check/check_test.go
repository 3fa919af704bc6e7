package check

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

const ctime = 1763600400 // 2025-11-20T01:00:00Z

func value(s string) rdbtest.Value { return rdbtest.String(rdbtest.Plain(s)) }

func dump() *rdbtest.Writer {
	return rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", strconv.Itoa(ctime)).SelectDB(0).ResizeDB(3, 2).
		Put("a", value("1")).ExpireMs((ctime-1)*1000).Put("b", value("2")).ExpireMs((ctime+1)*1000).Put("c", value("3")).
		SelectDB(2).Put("a", value("4"))
}

func run(t *testing.T, b []byte, o Options) Source {
	t.Helper()
	return Run(t.Context(), Input{
		Name: "x", Reader: bytes.NewReader(b), Size: int64(len(b)),
		Again: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil },
	}, o)
}

func TestWhole(t *testing.T) {
	b := dump().EOF().Bytes()
	s := run(t, b, Options{})
	if s.Error != "" || s.ErrorOffset != nil || s.Magic != "REDIS0011" || s.ServerVersion != "redis 7.2.4" || s.Checksum != "ok" || !s.Walked {
		t.Errorf("%+v", s)
	}
	if s.Bytes != int64(len(b)) || s.Size != s.Bytes || s.End != s.Bytes || s.Keys != 4 || s.Expires != 2 || s.Expired == nil || *s.Expired != 1 || int64(*s.Now) != ctime*1000 {
		t.Errorf("%+v", s)
	}
	n := func(n int64) *int64 { return &n }
	want := []Database{
		{DB: 0, DeclaredKeys: n(3), DeclaredExpires: n(2), Keys: 3, Expires: 2, Expired: n(1)},
		{DB: 2, Keys: 1, Expired: n(0)},
	}
	if diff := cmp.Diff(want, s.Databases); diff != "" {
		t.Errorf("databases (-want +got):\n%s", diff)
	}
	if s.Duplicates == nil || s.Duplicates.Possible != 0 || s.Duplicates.First != nil || len(s.Warnings) != 0 {
		t.Errorf("%+v, warnings %+v", s.Duplicates, s.Warnings)
	}
	later := aggregate.Time((ctime + 60) * 1000)
	if s := run(t, b, Options{Now: &later}); *s.Expired != 2 || *s.Now != later {
		t.Errorf("with a later clock %d expired at %s", *s.Expired, s.Now)
	}
}

func TestDamaged(t *testing.T) {
	b := dump().EOF().Bytes()
	cut := run(t, b[:len(b)-12], Options{})
	if !strings.Contains(cut.Error, "truncated") || cut.ErrorOffset == nil || *cut.ErrorOffset != int64(len(b)-12) || cut.Checksum != "unknown" {
		t.Errorf("cut: %+v", cut)
	}
	if cut.LastGoodKey != "c" || *cut.LastGoodKeyDB != 0 || cut.Keys != 3 || cut.End != 0 {
		t.Errorf("cut: last good %q, %d keys", cut.LastGoodKey, cut.Keys)
	}
	flipped := bytes.Clone(b)
	flipped[len(b)-1] ^= 1
	sum := run(t, flipped, Options{})
	if sum.Checksum != "mismatch" || sum.ChecksumStored == sum.ChecksumComputed || len(sum.ChecksumStored) != 16 || sum.Error == "" {
		t.Errorf("flipped: %+v", sum)
	}
	if s := run(t, flipped, Options{NoChecksum: true}); s.Checksum != "skipped" || s.Error != "" {
		t.Errorf("flipped, without the checksum: %s, %s", s.Checksum, s.Error)
	}
	lie := rdbtest.Redis(11).SelectDB(0).Put("liar", rdbtest.HashListpack(rdbtest.NewListpack("f", "v").Count(40).Str())).EOF().Bytes()
	if s := run(t, lie, Options{}); s.Error == "" || s.ErrorOffset == nil || !strings.Contains(s.Error, `(key "liar")`) {
		t.Errorf("a count that lies is no error: %+v", s)
	}
	if s := run(t, []byte("text, no dump"), Options{}); s.Magic != "" || s.Error == "" || s.Duplicates != nil {
		t.Errorf("no dump: %+v", s)
	}
}

func TestTwice(t *testing.T) {
	b := dump().Put("other", value("x")).Put("a", value("5")).EOF().Bytes()
	s := run(t, b, Options{})
	if !strings.Contains(s.Error, `key "a" is in db 2 already`) || s.Duplicates.Possible != 1 || s.Duplicates.Proven != 1 || s.Duplicates.First == nil {
		t.Fatalf("%+v", s.Duplicates)
	}
	if f := *s.Duplicates.First; f.Key != "a" || f.DB != 2 || !bytes.HasPrefix(b[f.Offset:], []byte("\x00\x01a\x015")) {
		t.Errorf("%+v", f)
	}
	once := Run(t.Context(), Input{Name: "x", Reader: bytes.NewReader(b)}, Options{})
	if once.Duplicates.Possible != 1 || once.Duplicates.First != nil || !strings.Contains(once.Error, "1 keys are in their database already") {
		t.Errorf("of what cannot be read again: %+v", once.Duplicates)
	}
}

// TestNothingIsNull: JSON promises arrays and objects.
func TestNothingIsNull(t *testing.T) {
	for name, s := range map[string]Source{
		"whole": run(t, dump().EOF().Bytes(), Options{}), "no dump": run(t, nil, Options{}), "not there": Failed("x", errors.New("gone")),
	} {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(b, &fields); err != nil {
			t.Fatal(err)
		}
		for _, f := range []string{"aux", "databases", "types", "opcodes", "modules", "module_aux"} {
			if fields[f] == nil {
				t.Errorf("%s: %s is null", name, f)
			}
		}
		if name == "not there" && (s.Error != "gone" || s.ErrorOffset == nil || s.Checksum != "unknown") {
			t.Errorf("%+v", s)
		}
	}
}

func TestInterrupted(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	w := dump()
	for i := range 5000 {
		w.Put(strconv.Itoa(i), value("v"))
	}
	// The scanner is ahead: it may have seen all of so small a dump.
	if s := Run(ctx, Input{Name: "x", Reader: bytes.NewReader(w.EOF().Bytes())}, Options{}); s.Error != "stop" {
		t.Errorf("error %q", s.Error)
	}
	broken := Run(t.Context(), Input{Name: "x", Reader: io.MultiReader(bytes.NewReader(dump().Bytes()), iotest.ErrReader(stop))}, Options{})
	if !strings.Contains(broken.Error, "stop") || broken.Keys != 4 {
		t.Errorf("%q after %d keys", broken.Error, broken.Keys)
	}
}

func TestSalvage(t *testing.T) {
	w := rdbtest.Redis(11).SelectDB(0)
	for i := range 200 {
		w.Put("key:"+strconv.Itoa(i), value(strings.Repeat("v", 50)))
	}
	b := w.EOF().Bytes()
	b[len(b)/2] ^= 0xff // a type or a length, or a byte of a value
	at := bytes.Index(b, []byte("\x00\x06key:50"))
	b[at] = 60 // no type
	s := run(t, b, Options{Salvage: true})
	if s.Error == "" || s.DamageCount < 1 || len(s.Damage) < 1 || s.Damage[0].From != int64(at) || s.Damage[0].Resumed == nil || s.SkippedBytes == 0 || s.Keys < 190 {
		t.Errorf("%+v", s)
	}
}

// TestManyDatabases: of more databases than are told apart the others are one, with
// their expired keys.
func TestManyDatabases(t *testing.T) {
	const n = 50_000
	w := rdbtest.Redis(11).Aux("ctime", strconv.Itoa(ctime))
	for i := n - 1; i >= 0; i-- {
		w.SelectDB(uint64(i)).ResizeDB(2, 1).ExpireMs((ctime-1)*1000).Put("a", value("1")).Put("b", value("1"))
	}
	s := run(t, w.EOF().Bytes(), Options{})
	if s.Error != "" || len(s.Warnings) > 0 || s.Keys != 2*n || *s.Expired != n || s.Duplicates.Possible != 0 {
		t.Fatalf("%q, warnings %v, %d keys, %d expired, %+v", s.Error, s.Warnings, s.Keys, *s.Expired, s.Duplicates)
	}
	if len(s.Databases) != parser.MaxDatabases+1 {
		t.Fatalf("%d databases", len(s.Databases))
	}
	for i, d := range s.Databases {
		db, each := int32(i), int64(1)
		if i == parser.MaxDatabases {
			db, each = parser.OtherDatabases, n-parser.MaxDatabases
		}
		if d.DB != db || d.Keys != 2*each || d.Expires != each || *d.Expired != each || *d.DeclaredKeys != 2*each {
			t.Fatalf("database %d: %+v", i, d)
		}
	}
	// A key twice beyond the bound.
	w = rdbtest.Redis(11)
	for i := range 20_000 {
		w.SelectDB(uint64(i)).Put("a", value("1"))
	}
	if s := run(t, w.SelectDB(19_999).Put("a", value("2")).EOF().Bytes(), Options{}); s.Error == "" || s.Duplicates.First.DB != 19_999 {
		t.Errorf("a key twice in database 19,999: %q", s.Error)
	}
}

// TestLongNamesTwice: names longer than a Key holds are the same when all their bytes
// are.
func TestLongNamesTwice(t *testing.T) {
	long := strings.Repeat("name:", 14_000)
	write := func(names ...string) []byte {
		w := rdbtest.Redis(11).SelectDB(0)
		for _, name := range names {
			w.Put(name, value("1"))
		}
		return w.EOF().Bytes()
	}
	if s := run(t, write(long, long+"a", long+"b", "b"+long[1:], long[:parser.MaxName]), Options{}); s.Error != "" || s.Duplicates.Possible != 0 {
		t.Errorf("%q, %+v", s.Error, s.Duplicates)
	}
	if s := run(t, write(long+"a", long+"b", long+"a"), Options{}); s.Error == "" || s.Duplicates.Possible != 1 || s.Duplicates.Proven != 1 {
		t.Errorf("%q, %+v", s.Error, s.Duplicates)
	}
}

// TestLongNameID: of names with one beginning, length and fingerprint, those that
// differ are not taken for one.
func TestLongNameID(t *testing.T) {
	d := newDuplicates()
	ids := map[[32]byte]bool{}
	for _, name := range []string{"a", "b", "a"} {
		k := parser.Key{Name: []byte("begin"), NameLen: 1 << 17, Flags: parser.NameTruncated}
		show := d.longNameID(&k)
		show([]byte("begin"), false)
		show([]byte(name), true)
		if k.NameHash == 0 {
			t.Error("no hash")
		}
		k.NameHash = 1
		ids[keyID(&k)] = true
	}
	if len(ids) != 2 {
		t.Errorf("%d of two names", len(ids))
	}
}
