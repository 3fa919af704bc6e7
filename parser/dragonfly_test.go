package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// dragonflyRecords are records of Dragonfly's own kinds and plain ones.
func dragonflyRecords(w *rdbtest.Writer, many int) {
	w.SelectDB(0)
	for i := range many {
		w.Raw(0).Raw(rdbtest.Plain(fmt.Sprintf("plain:%d", i))...).Raw(rdbtest.Plain(strings.Repeat("v", i%300))...)
	}
	w.Raw(220, 3, 0, 0, 0, 9, 9, 9, 9) // DF_MASK with memcached flags
	w.Raw(30).Raw(rdbtest.Plain("json")...).Raw(rdbtest.Plain(`{"a":1}`)...)
	w.Raw(31).Raw(rdbtest.Plain("hash")...).Len(2)
	for _, s := range []string{"f", "v", "1700000000", "g", "w", "-1"} {
		w.Raw(rdbtest.Plain(s)...)
	}
	w.Raw(32).Raw(rdbtest.Plain("set")...).Len(1).Raw(rdbtest.Plain("m")...).Raw(rdbtest.Plain("-1")...)
	w.Raw(34).Raw(rdbtest.Plain("sbf2")...).Len(0).Raw(make([]byte, 16)...).Len(1).Len(1).Len(1).
		Len(1).Len(4).Len(5).Len(2).Raw(1, 2).Len(3).Raw(3, 4, 5)
	w.Raw(35).Raw(rdbtest.Plain("cms")...).Len(2).Len(1).Len(0).Raw(make([]byte, 16)...)
	w.Raw(36).Raw(rdbtest.Plain("topk")...).Len(0).Len(1).Len(1).Len(1).Raw(make([]byte, 8)...).
		Len(1).Raw(rdbtest.Plain("x")...).Len(7).Raw(rdbtest.Plain("cnts")...)
	w.Raw(37).Raw(rdbtest.Plain("cuckoo")...).Len(2).Len(3).Len(1).Len(4).Len(0).Len(0).Len(1).Len(2).Len(2).Raw(1, 2)
}

const dragonflyTyped = 7

// identity stands for a codec: what a decompressor does is not the parser's matter.
func identity(_ parser.Codec, src io.Reader) (io.Reader, error) { return src, nil }

func dragonflyDump(records []byte, blob bool) []byte {
	w := new(rdbtest.Writer).Redis(9).Aux("df-ver", "v1.30")
	if blob {
		records = append(bytes.Clone(records), 203)
		w.Raw(201).Len(uint64(len(records)))
	}
	w.Raw(records...)
	w.Raw(0).Raw(rdbtest.Plain("last")...).Raw(rdbtest.Plain("x")...)
	return w.EOF().Bytes()
}

func TestDragonfly(t *testing.T) {
	for _, many := range []int{3, 20000} {
		var body rdbtest.Writer
		dragonflyRecords(&body, many)
		for _, blob := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/blob=%v", many, blob), func(t *testing.T) {
				dump := dragonflyDump(body.Bytes(), blob)
				r := parser.NewReader(bytes.NewReader(dump), parser.Options{WalkAll: true, Inflate: identity})
				var names []string
				for k := range r.All() {
					if !strings.HasPrefix(string(k.Name), "plain:") {
						names = append(names, fmt.Sprintf("%s %s %d", k.Name, k.Type.Logical(), k.Count))
					}
				}
				if err := r.Err(); err != nil {
					t.Fatal(err)
				}
				want := "json module 1,hash hash 2,set set 1,sbf2 module 1,cms module 1,topk module 1,cuckoo module 1,last string 1"
				if got := strings.Join(names, ","); got != want {
					t.Errorf("keys %s, want %s", got, want)
				}
				if n := r.Info().Keys; n != int64(many+dragonflyTyped+1) {
					t.Errorf("%d keys", n)
				}
				if c := r.Info().Checksum; c != parser.ChecksumOK {
					t.Errorf("checksum %s", c)
				}
			})
		}
	}
}

func TestDragonflyDamage(t *testing.T) {
	var body rdbtest.Writer
	dragonflyRecords(&body, 3)
	whole := dragonflyDump(body.Bytes(), true)
	read := func(dump []byte, o parser.Options) error {
		r := parser.NewReader(bytes.NewReader(dump), o)
		for range r.All() {
		}
		return r.Err()
	}
	t.Run("no decompressor", func(t *testing.T) {
		if err := read(whole, parser.Options{}); !errors.Is(err, parser.ErrUnknownType) || !strings.Contains(err.Error(), "zstd") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("cut anywhere", func(t *testing.T) {
		for n := 9; n < len(whole); n++ {
			if err := read(whole[:n], parser.Options{Inflate: identity}); err == nil {
				t.Fatalf("cut at %d: no error", n)
			}
		}
	})
	t.Run("no end of blob", func(t *testing.T) {
		w := new(rdbtest.Writer).Redis(9).Aux("df-ver", "v1.30").Raw(202).Len(uint64(len(body.Bytes()))).Raw(body.Bytes()...).EOF()
		if err := read(w.Bytes(), parser.Options{Inflate: identity}); !errors.Is(err, parser.ErrCorrupt) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("tagged chunk", func(t *testing.T) {
		w := new(rdbtest.Writer).Redis(9).Aux("df-ver", "v1.30").Raw(224, 1, 0, 0, 0, 9, 0, 0, 0).EOF()
		if err := read(w.Bytes(), parser.Options{}); !errors.Is(err, parser.ErrUnknownType) || !strings.Contains(err.Error(), "tagged chunk") {
			t.Errorf("error %v", err)
		}
	})
}
