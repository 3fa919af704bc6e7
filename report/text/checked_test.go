package text

import (
	"bytes"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/check"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

func ptr[T any](v T) *T { return &v }

// checks is a check of sources of every sort.
func checks() *document.Check {
	whole := check.Source{
		Name: "whole.rdb", Bytes: 4721, Size: 4721, Compression: "zstd", Magic: "REDIS0012", RDBVersion: 12, ServerVersion: "redis 7.4.1",
		Ctime: ptr(aggregate.Time(1763600400000)), Now: ptr(aggregate.Time(1763600400000)), Aux: map[string]string{"redis-ver": "7.4.1", "ctime": "1763600400", "odd": `\x1b[31m`},
		Keys: 40644, Expires: 12, Expired: ptr(int64(1)), Walked: true, Checksum: "ok", Start: 9, End: 4700, Tail: &check.Tail{Kind: "aof", Bytes: 21},
		Databases: []check.Database{
			{DB: 0, DeclaredKeys: ptr(int64(40643)), DeclaredExpires: ptr(int64(12)), Keys: 40643, Expires: 12, Expired: ptr(int64(1)), Slots: 3},
			{DB: 9, Keys: 1, Expired: ptr(int64(0))},
		},
		Types: map[string]int64{"STRING": 40000, "HASH": 322, "SET": 322}, Opcodes: map[string]int64{"SELECTDB": 2},
		Duplicates: &check.Duplicates{OneKeyIn: 1, FalsePositiveOneIn: 453871929583421}, Functions: 1, FunctionBytes: 120,
		Modules: []check.Module{{Name: "ReJSON-RL", Version: 3, Count: 2, Bytes: 1234}}, ModuleAux: []check.Module{{Name: "search", Version: 1, Count: 1, Bytes: 5}},
		Warnings: []aggregate.Warning{{Source: "whole.rdb", Code: "resizedb", Text: `offset 7 (key "a\x1b"): declared 3, and 2 more`, Count: 3}},
	}
	twice := whole
	twice.Name, twice.Compression, twice.Size, twice.Warnings, twice.Expired, twice.Tail, twice.Functions = "twice.rdb", "", 5000, nil, nil, nil, 2
	twice.Duplicates = &check.Duplicates{Possible: 2, OneKeyIn: 4, FalsePositiveOneIn: check.MaxOneIn, First: &check.Repeated{Key: `a"b\x1b`, DB: 3, Offset: 99}}
	damaged := check.Source{
		Name: "damaged.rdb", Bytes: 100, Magic: "VALKEY080", RDBVersion: 80, Checksum: "mismatch", ChecksumStored: "00000000000000aa", ChecksumComputed: "00000000000000bb",
		Error: "offset 50: \x1b corrupt", ErrorOffset: ptr(int64(50)), LastGoodKey: `x"y`, LastGoodKeyDB: ptr(int32(0)), LastGoodKeyOffset: ptr(int64(40)),
		DamageCount: 3, SkippedBytes: 1000, Damage: []check.Damage{{From: 50, Resumed: ptr(int64(60)), Error: "offset 50: unknown type 60"}, {From: 90, Error: "truncated"}},
	}
	return document.NewCheck([]check.Source{{Name: "text", Error: "not an RDB dump", ErrorOffset: ptr(int64(0))}, whole, twice, damaged}, []aggregate.Warning{
		{Source: "readme", Code: "skipped", Text: "not an RDB dump", Count: 1}, {Code: "not-analysed", Text: "aof: 4 bytes of commands", Count: 1},
	})
}

func TestCheckGolden(t *testing.T) {
	for name, width := range map[string]int{"check": 0, "check-60": 60} {
		var b bytes.Buffer
		if err := WriteCheck(&b, checks(), Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		reporttest.Golden(t, name, b.Bytes(), *update)
		if width > 0 {
			checkText(t, b.Bytes(), width, false)
		}
	}
	d := checks()
	document.NewRedactor([]byte("key")).Check(d)
	var b bytes.Buffer
	if err := WriteCheck(&b, d, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{`a\x1b"`, `x\x22y`, `a\x22b`} {
		if bytes.Contains(b.Bytes(), []byte(name)) {
			t.Errorf("redacted, %q is there:\n%s", name, &b)
		}
	}
}
