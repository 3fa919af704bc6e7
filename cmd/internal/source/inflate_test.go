package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// dragonflyDump is a dump with runs of records compressed by both codecs in turn.
func dragonflyDump(t *testing.T, runs, keys int) []byte {
	t.Helper()
	w := new(rdbtest.Writer).Redis(9).Aux("df-ver", "v1.30").SelectDB(0)
	for i := range runs {
		var body rdbtest.Writer
		for j := range keys {
			body.Put(fmt.Sprintf("key:%d:%d", i, j), rdbtest.String(rdbtest.Plain("value value value")))
		}
		records := append(body.Bytes(), 203)
		var packed bytes.Buffer
		var c io.WriteCloser
		op := byte(201)
		if i%2 == 0 {
			z, err := zstd.NewWriter(&packed)
			if err != nil {
				t.Fatal(err)
			}
			c = z
		} else {
			op, c = 202, lz4.NewWriter(&packed)
		}
		if _, err := c.Write(records); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		w.Raw(op).Len(uint64(packed.Len())).Raw(packed.Bytes()...)
	}
	return w.EOF().Bytes()
}

func TestInflate(t *testing.T) {
	const runs, keys = 6, 20_000
	dump := dragonflyDump(t, runs, keys)
	read := func(dump []byte) (*parser.Reader, int) {
		r := parser.NewReader(bytes.NewReader(dump), parser.Options{Inflate: NewInflate()})
		n := 0
		for k := range r.Keys() {
			if want := fmt.Sprintf("key:%d:%d", n/keys, n%keys); string(k.Name) != want {
				t.Fatalf("key %q, want %q", k.Name, want)
			}
			n++
		}
		return r, n
	}
	r, n := read(dump)
	if err := r.Err(); err != nil || n != runs*keys || r.Info().Checksum != parser.ChecksumOK {
		t.Errorf("%d keys, checksum %s, error %v", n, r.Info().Checksum, err)
	}
	// A byte in the middle of a run changed: the run is refused, or the checksum is.
	for _, at := range []int{len(dump) / 3, len(dump) / 2, len(dump) * 3 / 4} {
		bad := bytes.Clone(dump)
		bad[at] ^= 0x55
		r := parser.NewReader(bytes.NewReader(bad), parser.Options{Inflate: NewInflate()})
		for range r.Keys() {
		}
		var e *parser.Error
		if !errors.As(r.Err(), &e) || e.Offset > int64(len(dump)) {
			t.Errorf("byte %d changed: %v", at, r.Err())
		}
	}
	for n := len(dump) - 1; n > 0; n -= len(dump) / 40 {
		r := parser.NewReader(bytes.NewReader(dump[:n]), parser.Options{Inflate: NewInflate()})
		for range r.Keys() {
		}
		if r.Err() == nil {
			t.Errorf("cut at %d: no error", n)
		}
	}
}
