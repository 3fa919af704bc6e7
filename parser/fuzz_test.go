package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// fuzzOptions turns a number into options.
func fuzzOptions(mode uint8) parser.Options {
	opts := parser.Options{WalkAll: mode&1 != 0, NoChecksum: mode&2 != 0}
	var h parser.Hooks
	if mode&4 != 0 {
		h.Key = func(k *parser.Key) int {
			k.Tag = parser.Tag{uint64(k.Offset), maphash.Bytes(traceSeed, k.Name), uint64(k.Type)}
			return int(k.Offset % 64)
		}
	}
	if mode&8 != 0 {
		h.Record = func(k *parser.Key) int64 { return 200 }
	}
	if mode&16 != 0 {
		h.Walk = func(k *parser.Key) bool { return k.Offset%2 == 0 }
	}
	if mode&32 != 0 {
		h.Fingerprint = func(_ *parser.Key, stored []byte) (uint64, uint64, uint64) {
			return maphash.Bytes(traceSeed, stored), uint64(len(stored)), 0
		}
	}
	h.KeepLZF, h.Glimpse = mode&64 != 0, mode&128 != 0
	opts.Hooks = hooked(h)
	return opts
}

// FuzzReader reads anything: it ends without a panic, says the same whole and
// one byte at a time, in increasing offsets inside the source, in bounded
// memory, and with an error that sticks (readAll checks that, and the pieces).
func FuzzReader(f *testing.F) {
	for _, d := range manifest(f, filepath.Join("testdata", "dumps")) {
		if p := d.bytes(f); len(p) < 40_000 {
			f.Add(p, uint8(1))
		}
	}
	f.Add(zoo().EOF().Bytes(), uint8(1))
	f.Add(zoo().EOFZero().Bytes(), uint8(0))
	f.Add(valkeyZoo().EOFZero().Bytes(), uint8(1))
	// Small ones leave the fuzzer less to get past.
	for i, s := range specimens() {
		f.Add(rdbtest.Redis(15).HashTemplate(1, "f1", "field2").Put("k", s.value).EOFZero().Bytes(), uint8(i))
		f.Add(rdbtest.Redis(15).HashTemplate(1, "f1", "field2").Put("k", s.value).EOFZero().Bytes(), uint8(4+32+64))
	}
	for i, h := range hazards() {
		if len(h.value.Data) < 10_000 {
			f.Add(rdbtest.Redis(15).HashTemplate(1, "f1", "field2").Put("k", h.value).EOFZero().Bytes(), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, source []byte, mode uint8) {
		if len(source) > 1<<20 {
			return
		}
		whole := readBytes(t, source, fuzzOptions(mode))
		compare(t, "one byte at a time", whole, readAll(t, iotest.OneByteReader(bytes.NewReader(source)), fuzzOptions(mode)))
		// What reading itself takes, without what the test keeps.
		if n := allocated(func() { _, _ = drain(bytes.NewReader(source), fuzzOptions(mode)) }); n > readMemory+uint64(len(source)) {
			t.Errorf("%d bytes allocated for %d", n, len(source))
		}
		size := int64(len(source))
		if off := whole.errorOffset(); whole.Err != nil && (off < 0 || off > size) {
			t.Errorf("an error at %d in %d bytes: %v", off, size, whole.Err)
		}
		if errors.Is(whole.Err, parser.ErrTruncated) && whole.errorOffset() != size {
			t.Errorf("truncated at %d in %d bytes", whole.errorOffset(), size)
		}
		end := int64(0)
		for i := range whole.Keys {
			k := &whole.Keys[i].key
			if k.Offset < end || k.Size <= 0 || k.Offset+k.Size > size {
				t.Fatalf("a key at %d of %d bytes behind one that ends at %d, in %d bytes", k.Offset, k.Size, end, size)
			}
			end = k.Offset + k.Size
			if k.Raw != nil && !bytes.Equal(k.Raw, source[k.Offset:end]) {
				t.Fatalf("the key at %d was captured wrongly", k.Offset)
			}
			if k.NameLen < 0 || k.Len < 0 || k.Stored < 0 || k.Count < 0 || int64(len(k.Name)) != min(k.NameLen, parser.MaxName) {
				t.Fatalf("a key of impossible facts: %s", whole.Keys[i].Head)
			}
		}
		in := &whole.Info
		if in.Start < 0 || in.End > size || in.Tail.Bytes < 0 || in.End+in.Tail.Bytes > size {
			t.Errorf("dump %d-%d, tail %+v in %d bytes", in.Start, in.End, in.Tail, size)
		}
		if whole.Err == nil && in.End+in.Tail.Bytes != size {
			t.Errorf("dump ends at %d, tail %+v in %d bytes", in.End, in.Tail, size)
		}
		// Walking every blob may find more to refuse, never less.
		if opts := fuzzOptions(mode); !opts.WalkAll {
			opts.WalkAll = true
			walked := readBytes(t, source, opts)
			if len(walked.Keys) > len(whole.Keys) || walked.Err == nil && whole.Err != nil {
				t.Errorf("walked: %d keys, %v; by headers: %d keys, %v", len(walked.Keys), walked.Err, len(whole.Keys), whole.Err)
			}
		}
	})
}

// FuzzDragonfly reads anything behind the AUX field that makes a dump one of
// Dragonfly, with blobs that hold their records as they are.
func FuzzDragonfly(f *testing.F) {
	var records rdbtest.Writer
	dragonflyRecords(&records, 2)
	for _, blob := range []bool{false, true} {
		f.Add(dragonflyDump(records.Bytes(), blob)[len("REDIS0009"):], true)
	}
	for _, code := range []byte{30, 31, 32, 33, 34, 35, 36, 37, 200, 201, 202, 203, 210, 211, 220, 222, 223, 224} {
		f.Add(rdbtest.Redis(9).Aux("df-ver", "1").Raw(code, 1, 'k', 2, 1, 1, 1, 1, 1, 1).EOFZero().Bytes()[len("REDIS0009"):], false)
	}
	f.Fuzz(func(t *testing.T, body []byte, walk bool) {
		if len(body) > 1<<18 {
			return
		}
		source := rdbtest.Redis(9).Aux("df-ver", "v1.30").Raw(body...).Bytes()
		opts := parser.Options{WalkAll: walk, Inflate: identity}
		var whole int64
		var err error
		if n := allocated(func() { whole, err = drain(bytes.NewReader(source), opts) }); n > readMemory+uint64(len(source)) {
			t.Errorf("%d bytes allocated for %d", n, len(source))
		}
		pieces, again := drain(iotest.OneByteReader(bytes.NewReader(source)), opts)
		if whole != pieces || fmt.Sprint(err) != fmt.Sprint(again) {
			t.Errorf("whole: %d keys, %v; one byte at a time: %d keys, %v", whole, err, pieces, again)
		}
		var pe *parser.Error
		if err != nil && (!errors.As(err, &pe) || pe.Offset < 0 || pe.Offset > int64(len(source))) {
			t.Errorf("%T %v in %d bytes", err, err, len(source))
		}
	})
}
