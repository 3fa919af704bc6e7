package parser_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// storedLen takes a length off the front of p.
func storedLen(p []byte) (n uint64, rest []byte) {
	switch {
	case p[0] < 0x40:
		return uint64(p[0]), p[1:]
	case p[0] < 0x80:
		return uint64(p[0]&0x3f)<<8 | uint64(p[1]), p[2:]
	case p[0] == 0x80:
		return uint64(binary.BigEndian.Uint32(p[1:])), p[5:]
	}
	return binary.BigEndian.Uint64(p[1:]), p[9:]
}

// storedStr takes a string off the front of p, nil for an integer.
func storedStr(p []byte) (contents, rest []byte) {
	switch {
	case p[0] == 0xc3:
		clen, p := storedLen(p[1:])
		ulen, p := storedLen(p)
		contents, ok := expand(p[:clen], int(ulen))
		if !ok {
			return nil, p[clen:]
		}
		return contents, p[clen:]
	case p[0] >= 0xc0:
		return nil, p[1+1<<(p[0]&3):]
	}
	n, p := storedLen(p)
	return p[:n], p[n:]
}

// expand decompresses LZF in the plainest way; ok is false unless p comes to
// exactly n bytes.
func expand(p []byte, n int) (out []byte, ok bool) {
	for len(p) > 0 {
		c := int(p[0])
		p = p[1:]
		if c < 32 {
			if len(p) <= c {
				return nil, false
			}
			out = append(out, p[:c+1]...)
			p = p[c+1:]
		} else {
			length := c>>5 + 2
			if c>>5 == 7 && len(p) > 0 {
				length += int(p[0])
				p = p[1:]
			}
			if len(p) == 0 {
				return nil, false
			}
			from := len(out) - (c&31)<<8 - int(p[0]) - 1
			p = p[1:]
			if from < 0 {
				return nil, false
			}
			for range length {
				out = append(out, out[from])
				from++
			}
		}
		if len(out) > n {
			return nil, false
		}
	}
	return out, len(out) == n
}

// storedValues hands f the values of the shipped dumps, as stored behind the key.
func storedValues(t testing.TB, f func(typ byte, value []byte)) {
	t.Helper()
	for _, d := range manifest(t, filepath.Join("testdata", "dumps")) {
		r := parser.NewReader(bytes.NewReader(d.bytes(t)), parser.Options{Hooks: hooked(parser.Hooks{Record: func(*parser.Key) int64 { return 1 << 15 }})})
		for k := range r.Keys() {
			if len(k.Raw) > 1 && k.Raw[0] == k.Code && k.Type == parser.Type(k.Code) { // no attributes, no dialect
				_, value := storedStr(k.Raw[1:])
				f(k.Code, value)
			}
		}
	}
}

// outcome is what reading a value comes to: its facts and contents, and the
// kinds of warning; or the class of error.
func outcome(t *testing.T, dump []byte, slow bool) string {
	t.Helper()
	var src io.Reader = bytes.NewReader(dump)
	if slow {
		src = iotest.OneByteReader(src)
	}
	r := parser.NewReader(src, parser.Options{WalkAll: true, Hooks: hooked(parser.Hooks{Key: func(*parser.Key) int { return 1 << 20 }})})
	var text bytes.Buffer
	for {
		b, err := r.Next()
		if err == io.EOF {
			break
		}
		var pe *parser.Error
		if err != nil {
			if !errors.As(err, &pe) || pe.Offset < 0 || pe.Offset > int64(len(dump)) {
				t.Errorf("%T %v in %d bytes", err, err, len(dump))
			}
			for _, class := range []error{parser.ErrCorrupt, parser.ErrTruncated, parser.ErrUnknownType, parser.ErrChecksum} {
				if errors.Is(err, class) {
					return class.Error()
				}
			}
			t.Fatalf("an error of no class: %v", err)
		}
		for i := range b.Keys {
			k := &b.Keys[i]
			fmt.Fprintln(&text, k.Type, k.Count, k.Len, k.Int, k.IntClass)
			elements := b.Elements(k)
			for e := range elements {
				// Whether it is compressed is not what it holds.
				elements[e].Flags &^= parser.FlagLZF | parser.FlagValueLZF
				fmt.Fprintln(&text, elementText(b, &elements[e]))
			}
		}
		b.Release()
	}
	for _, w := range r.Info().Warnings {
		fmt.Fprintln(&text, w.Code, w.Count)
	}
	return text.String()
}

// blobDump is a dump of one key whose value is one blob.
func blobDump(typ byte, s rdbtest.Str) []byte {
	v := rdbtest.Value{Type: typ}
	if parser.Type(typ) == parser.TypeHashListpackEx {
		v.Data = make([]byte, 8)
	}
	v.Data = append(v.Data, s...)
	return rdbtest.Redis(15).Put("k", v).EOF().Bytes()
}

// fuzzBlob puts anything into one kind of packed blob, as it is, compressed,
// and read one byte at a time: the outcome is one, in bounded memory, and
// judging by the header refuses nothing that walking accepts. With repair set
// the size in the blob's head is made right, to get past it.
func fuzzBlob(f *testing.F, repair func(blob []byte), types ...byte) {
	f.Helper()
	storedValues(f, func(typ byte, value []byte) {
		which := slices.Index(types, typ)
		if which < 0 {
			return
		}
		if parser.Type(typ) == parser.TypeHashListpackEx {
			value = value[8:]
		}
		if blob, _ := storedStr(value); len(blob) < 4000 {
			f.Add(blob, uint8(which), true)
		}
	})
	for _, h := range hazards() {
		if which := slices.Index(types, h.value.Type); which >= 0 && len(h.value.Data) > 9 && len(h.value.Data) < 1000 && h.value.Data[0] < 0x80 {
			if n, rest := storedLen(h.value.Data); n <= uint64(len(rest)) {
				f.Add(rest[:n], uint8(which), false)
			}
		}
	}
	f.Fuzz(func(t *testing.T, blob []byte, which uint8, fix bool) {
		if len(blob) > 1<<15 {
			return
		}
		if fix && len(blob) >= 8 {
			blob = bytes.Clone(blob)
			repair(blob)
		}
		typ := types[int(which)%len(types)]
		dump := blobDump(typ, rdbtest.Plain(blob))
		plain := outcome(t, dump, false)
		if slow := outcome(t, dump, true); slow != plain {
			t.Errorf("type %d\nwhole              %s\none byte at a time %s", typ, plain, slow)
		}
		if packed := outcome(t, blobDump(typ, rdbtest.LZF(blob)), false); packed != plain {
			t.Errorf("type %d\nplain      %s\ncompressed %s", typ, plain, packed)
		}
		var keys [2]int64
		var errs [2]error
		if n := allocated(func() {
			for walk := range keys {
				keys[walk], errs[walk] = drain(bytes.NewReader(dump), parser.Options{WalkAll: walk == 1})
			}
		}); n > 2*readMemory {
			t.Errorf("%d bytes allocated for a blob of %d", n, len(blob))
		}
		if errs[1] == nil && errs[0] != nil || keys[1] > keys[0] {
			t.Errorf("walked: %d keys, %v; by the header: %d keys, %v", keys[1], errs[1], keys[0], errs[0])
		}
	})
}

// totalInHead makes the first four bytes the size of the blob.
func totalInHead(blob []byte) { binary.LittleEndian.PutUint32(blob, uint32(len(blob))) }

func FuzzListpack(f *testing.F) { fuzzBlob(f, totalInHead, 16, 17, 20, 23, 25) }
func FuzzZiplist(f *testing.F)  { fuzzBlob(f, totalInHead, 10, 12, 13) }

// FuzzIntset repairs the count: the width decides it.
func FuzzIntset(f *testing.F) {
	fuzzBlob(f, func(blob []byte) {
		if width := binary.LittleEndian.Uint32(blob); width == 2 || width == 4 || width == 8 {
			binary.LittleEndian.PutUint32(blob[4:], (uint32(len(blob))-8)/width)
		}
	}, 11)
}

// FuzzZipmap repairs the end.
func FuzzZipmap(f *testing.F) { fuzzBlob(f, func(blob []byte) { blob[len(blob)-1] = 0xff }, 9) }

// FuzzLZF reads anything as a compressed string of a declared length, and
// anything compressed: a plain decompressor says what must come out.
func FuzzLZF(f *testing.F) {
	storedValues(f, func(typ byte, value []byte) {
		if typ == 0 && value[0] == 0xc3 && len(value) < 4000 {
			clen, rest := storedLen(value[1:])
			ulen, rest := storedLen(rest)
			f.Add(rest[:clen], uint32(ulen))
		}
	})
	for _, s := range []string{loremText, "1234567890", "", string(make([]byte, 10_000))} {
		f.Add(rdbtest.Compress([]byte(s)), uint32(len(s)))
	}
	f.Fuzz(func(t *testing.T, data []byte, claim uint32) {
		if len(data) > 1<<16 {
			return
		}
		claimed := rdbtest.LZFClaim(data, uint64(len(data)), uint64(claim))
		want, ok := expand(data, int(claim))
		checkLZF(t, claimed, want, ok && uint64(claim)/88 <= uint64(len(data)))
		checkLZF(t, rdbtest.LZF(data), data, true)
	})
}

// checkLZF reads a string as the name and the value of a key.
func checkLZF(t *testing.T, s rdbtest.Str, want []byte, ok bool) {
	t.Helper()
	r := parser.NewReader(bytes.NewReader(rdbtest.Redis(11).PutStr(s, rdbtest.String(s)).EOF().Bytes()),
		parser.Options{WalkAll: true, Hooks: hooked(parser.Hooks{Key: func(*parser.Key) int { return len(want) + 1 }})})
	for k := range r.Keys() {
		if !bytes.Equal(k.Value, want) || k.Len != int64(len(want)) {
			t.Errorf("a value of %d bytes became %d of %d", len(want), len(k.Value), k.Len)
		}
		if !bytes.Equal(k.Name, want[:min(len(want), parser.MaxName)]) || k.NameLen != int64(len(want)) {
			t.Errorf("a name of %d bytes became %d of %d", len(want), len(k.Name), k.NameLen)
		}
	}
	if (r.Err() == nil) != ok || r.Err() != nil && !errors.Is(r.Err(), parser.ErrCorrupt) {
		t.Errorf("%v, a plain decompressor accepts it: %v", r.Err(), ok)
	}
}

// FuzzStream reads anything as the value of a stream, or as the listpack of
// its only macro node.
func FuzzStream(f *testing.F) {
	types := []byte{15, 19, 21, 26, 27}
	storedValues(f, func(typ byte, value []byte) {
		if which := slices.Index(types, typ); which >= 0 && len(value) < 4000 {
			f.Add(value, uint8(which), false)
			if nodes, rest := storedLen(value); nodes > 0 {
				_, rest = storedStr(rest)
				blob, _ := storedStr(rest)
				f.Add(blob, uint8(which), true)
			}
		}
	})
	for _, h := range hazards() {
		if which := slices.Index(types, h.value.Type); which >= 0 {
			f.Add(h.value.Data, uint8(which), false)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, which uint8, node bool) {
		if len(data) > 1<<15 {
			return
		}
		version := int(which)%len(types) + 1
		value := rdbtest.Value{Type: types[version-1], Data: data}
		if node && len(data) >= 8 {
			data = bytes.Clone(data)
			totalInHead(data)
			s := rdbtest.Stream{Nodes: []rdbtest.StreamNode{{Key: rdbtest.StreamKey(rdbtest.ID{Ms: 5}), Listpack: rdbtest.Plain(data)}}, Length: 1}
			value = s.Value(version)
			s.Nodes[0].Listpack = rdbtest.LZF(data)
			plain, packed := oneValue(t, value), oneValue(t, s.Value(version))
			if plain != packed {
				t.Errorf("stream node\nplain      %s\ncompressed %s", plain, packed)
			}
			return
		}
		oneValue(t, value)
	})
}

// oneValue reads a value whole and one byte at a time.
func oneValue(t *testing.T, v rdbtest.Value) string {
	t.Helper()
	dump := rdbtest.Redis(15).Put("k", v).EOF().Bytes()
	whole := outcome(t, dump, false)
	if slow := outcome(t, dump, true); slow != whole {
		t.Errorf("type %d\nwhole              %s\none byte at a time %s", v.Type, whole, slow)
	}
	if n := allocated(func() { _, _ = drain(bytes.NewReader(dump), parser.Options{WalkAll: true}) }); n > readMemory {
		t.Errorf("%d bytes allocated for %d", n, len(dump))
	}
	return whole
}

// FuzzModule reads anything as a module's payload: a value's, a vector set's,
// an auxiliary section's and a metadata class's find the same end.
func FuzzModule(f *testing.F) {
	storedValues(f, func(typ byte, value []byte) {
		if typ == 7 && len(value) < 4000 {
			_, payload := storedLen(value)
			f.Add(payload)
		}
	})
	for _, h := range hazards() {
		if h.value.Type == 7 && len(h.value.Data) > 9 {
			f.Add(h.value.Data[9:])
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) > 1<<15 {
			return
		}
		var ends []string
		var damaged bool
		end := func(w *rdbtest.Writer) {
			s, inside := payloadEnd(w)
			ends, damaged = append(ends, s), damaged || inside
		}
		for _, name := range []string{"test-type", "vectorset"} {
			v := rdbtest.Value{Type: 7, Data: append(rdbtest.AppendLen(nil, rdbtest.ModuleID(name, 0)), payload...)}
			oneValue(t, v)
			end(rdbtest.Redis(15).Put("k", v).EOFZero())
		}
		end(rdbtest.Redis(15).Raw(rdbtest.OpModuleAux).Len(rdbtest.ModuleID("test-type", 0)).Raw(2, 1).Raw(payload...).EOFZero())
		end(rdbtest.Redis(15).Raw(rdbtest.OpKeyMeta, 1, 0, 0, 0, 0).Raw(payload...).EOFZero())
		if slices.Contains(ends, falseEnd) {
			return // an EOF follows the payload, where one of them may not have it
		}
		refused := damaged && strings.HasSuffix(ends[2], " corrupt")
		if ends[0] != ends[1] || ends[2] != ends[3] || ends[1] != ends[2] && !refused {
			t.Errorf("the payload ends differently: %q", ends)
		}
	})
}

// falseEnd is how a reading ended at an EOF that is none.
const falseEnd = "false end"

// payloadEnd tells how reading a dump ended, counted from the source's end, and
// whether the inside of a value was passed over.
func payloadEnd(w *rdbtest.Writer) (end string, damaged bool) {
	dump := w.Bytes()
	r := parser.NewReader(bytes.NewReader(dump), parser.Options{WalkAll: true})
	for range r.Keys() {
	}
	at, class := r.Info().End, "ok"
	var pe *parser.Error
	if errors.As(r.Err(), &pe) {
		at, class = pe.Offset, fmt.Sprint(errors.Unwrap(pe.Err))
		if strings.Contains(pe.Error(), "the end of the dump is neither") {
			return falseEnd, false
		}
	}
	damaged = slices.ContainsFunc(r.Info().Warnings, func(w parser.Warning) bool { return w.Code == parser.WarnDamaged })
	return fmt.Sprintf("%d %s", at-int64(len(dump)), class), damaged
}
