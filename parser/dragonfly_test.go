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
				for k := range r.Keys() {
					if !strings.HasPrefix(string(k.Name), "plain:") {
						names = append(names, fmt.Sprintf("%s %s %d", k.Name, k.Type.DataType(), k.Count))
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
		for range r.Keys() {
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

// TestDragonflyBadDecompressor gives a decompressor up after it has read on
// into other buffers: names handed over before stay what they are, and salvage
// goes on where the decompressor stopped.
func TestDragonflyBadDecompressor(t *testing.T) {
	w := new(rdbtest.Writer).Redis(9).Aux("df-ver", "v1.30").SelectDB(0)
	put := func(name string, n int) {
		for i := range n {
			w.Put(fmt.Sprintf("%s:%d", name, i), rdbtest.String(plain(strings.Repeat("v", 200))))
		}
	}
	const before, after = 700, 20_000
	put("before", before)
	w.Raw(201).Len(600_000).Raw(bytes.Repeat([]byte{0xff, 0xfe}, 300_000)...)
	put("after", after)
	dump := w.EOF().Bytes()
	inflate := func(_ parser.Codec, src io.Reader) (io.Reader, error) {
		if _, err := io.CopyN(io.Discard, src, 590_000); err != nil {
			t.Error(err)
		}
		return nil, errors.New("no such format")
	}
	for _, salvage := range []bool{false, true} {
		r := parser.NewReader(bytes.NewReader(dump), parser.Options{Salvage: salvage, Inflate: inflate})
		var batches []*parser.Batch
		for {
			b, err := r.Next()
			if err != nil {
				if !errors.Is(err, parser.ErrCorrupt) || !strings.Contains(err.Error(), "no such format") {
					t.Errorf("salvage %v: %v", salvage, err)
				}
				break
			}
			batches = append(batches, b)
		}
		n := 0
		for _, b := range batches {
			for i := range b.Keys {
				k := &b.Keys[i]
				want := fmt.Sprintf("before:%d", n)
				if n >= before {
					want = fmt.Sprintf("after:%d", n-before)
				}
				if string(k.Name) != want || !bytes.HasPrefix(dump[k.Offset+2:], k.Name) {
					t.Fatalf("salvage %v: key %d is %q at %d", salvage, n, k.Name, k.Offset)
				}
				n++
			}
			b.Release()
		}
		if want := map[bool]int{false: before, true: before + after}[salvage]; n != want {
			t.Errorf("salvage %v: %d keys, want %d", salvage, n, want)
		}
	}
}

// TestDragonflyAttributesOverBlobs parts keys from their attributes by the
// beginning or the end of a blob.
func TestDragonflyAttributesOverBlobs(t *testing.T) {
	key := append(append([]byte{0}, plain("key")...), plain("value")...)
	expiry := []byte{0xfc, 1, 2, 3, 4, 5, 6, 7, 0}
	blob := func(w *rdbtest.Writer, records ...byte) *rdbtest.Writer {
		return w.Raw(201).Len(uint64(len(records))).Raw(records...)
	}
	open := func() *rdbtest.Writer { return new(rdbtest.Writer).Redis(9).Aux("df-ver", "v1.30").SelectDB(0) }
	filler := bytes.Repeat(key, 300)
	dumps := map[string][]byte{
		"before": blob(open().Raw(filler...).Raw(expiry...), append(bytes.Clone(key), 203)...).EOF().Bytes(),
		"behind": blob(open(), append(append(bytes.Clone(filler), expiry...), 203)...).Raw(key...).EOF().Bytes(),
	}
	for name, dump := range dumps {
		for _, o := range []parser.Options{
			{Inflate: identity}, {Inflate: identity, Salvage: true},
			{Inflate: identity, Hooks: hooked(parser.Hooks{Record: func(*parser.Key) int64 { return 1 << 20 }})},
		} {
			r := parser.NewReader(bytes.NewReader(dump), o)
			for k := range r.Keys() {
				if k.Size <= 0 {
					t.Errorf("%s: a record of %d bytes", name, k.Size)
				}
			}
			if !errors.Is(r.Err(), parser.ErrCorrupt) {
				t.Errorf("%s: %v", name, r.Err())
			}
		}
	}
}

// TestDragonflyOpcodes reads the opcodes that carry no keys, as they are and in
// a blob, and cut anywhere.
func TestDragonflyOpcodes(t *testing.T) {
	var body rdbtest.Writer
	eight := make([]byte, 8)
	body.Raw(200).Raw(eight...).Raw(211).Raw(eight...)
	body.Raw(210).Len(3).Str(plain("journal entries"))
	body.Raw(220, 1, 0, 0, 0).Put("sticky", rdbtest.String(plain("v")))
	node := append(make([]byte, 12), 1, 0, 0, 0)                        // ids, level 1
	node = append(node, 2, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 0) // two links on level 0, none on 1
	body.Raw(222).Str(plain("index")).Len(5).Len(1).Raw(node...)
	body.Raw(223).Len(1).Str(plain("index")).Len(1).Str(plain("doc:1")).Len(7)
	body.Put("bloom", rdbtest.Value{Type: 33, Data: append(append([]byte{0}, make([]byte, 16)...), 1, 1, 1, 1, 4, 2, 'b', 'f')})
	for _, blob := range []bool{false, true} {
		dump := dragonflyDump(body.Bytes(), blob)
		opts := parser.Options{Inflate: identity}
		if keys, err := drain(bytes.NewReader(dump), opts); err != nil || keys != 3 {
			t.Fatalf("blob %v: %d keys, %v", blob, keys, err)
		}
		for n := 9; n < len(dump); n++ {
			if _, err := drain(bytes.NewReader(dump[:n]), opts); !errors.Is(err, parser.ErrTruncated) || traceOffset(err) != int64(n) && !blob {
				t.Errorf("blob %v, cut at %d: %v", blob, n, err)
			}
		}
	}
	for name, raw := range map[string][]byte{
		"end outside a blob":           {203},
		"blob inside a blob":           {201, 4, 201, 1, 203, 203},
		"unknown opcode":               {205},
		"piece of nothing":             append(append([]byte{34, 1, 'k', 0}, make([]byte, 16)...), 1, 1, 1, 1, 4, 2, 0),
		"sketch of 2^40 by 1 counters": append(append([]byte{35, 1, 'k'}, rdbtest.AppendLen(nil, 1<<40)...), 1, 0),
	} {
		dump := rdbtest.Redis(9).Aux("df-ver", "1").Raw(raw...).EOF().Bytes()
		if _, err := drain(bytes.NewReader(dump), parser.Options{Inflate: identity}); !errors.Is(err, parser.ErrCorrupt) && !errors.Is(err, parser.ErrUnknownType) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
