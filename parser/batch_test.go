package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// mixedDump writes n keys of every common type and size.
func mixedDump(n int) []byte {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.6").SelectDB(0).ResizeDB(uint64(n), 0)
	blob := rdbtest.NewListpack("name", "ada lovelace", "visits", "12", "city", "london").Str()
	zset := rdbtest.ZsetListpack(rdbtest.NewListpack("a", "1", "b", "2.5").Str())
	list := rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack("one", "2", strings.Repeat("three ", 20)).LZF()))
	set := rdbtest.SetIntset(rdbtest.Plain(rdbtest.Intset(1, 2, 3, 70000)))
	text := rdbtest.Auto(loremText)
	var fields []rdbtest.Str
	for i := range 40 {
		fields = append(fields, rdbtest.Auto(fmt.Sprintf("field:%d", i)), rdbtest.Auto(fmt.Sprint(i*1000)))
	}
	hash := rdbtest.Hash(fields...)
	stream := streamOf(3).Value(3)
	for i := range n {
		key := fmt.Sprintf("user:%d:profile", i)
		switch i % 16 {
		case 0, 1, 2, 3:
			w.Put(key, rdbtest.HashListpack(blob))
		case 4:
			w.Put(key, zset)
		case 5:
			w.Put(key, list)
		case 6:
			w.Put(key, set)
		case 7:
			w.Put(key, hash)
		case 8:
			w.Put(key, rdbtest.String(text))
		case 9:
			w.PutStr(rdbtest.Int(int32(i)), rdbtest.String(rdbtest.Int(int32(i))))
		case 10:
			if i%160 == 10 {
				w.Put(key, stream)
			} else {
				w.Put(key, rdbtest.String(plain("short")))
			}
		default:
			w.ExpireMs(1700000000000+int64(i)).Put(key, rdbtest.String(plain("value of some length")))
		}
	}
	return w.EOF().Bytes()
}

// tinyDump writes n strings of a few bytes.
func tinyDump(n int) []byte {
	w := rdbtest.Redis(11).SelectDB(0).ResizeDB(uint64(n), 0)
	v := rdbtest.String(plain("v"))
	for i := range n {
		w.Put(fmt.Sprintf("k:%d", i), v)
	}
	return w.EOF().Bytes()
}

// bigDump writes collections over several batches and buffers among small keys.
func bigDump() []byte {
	w := rdbtest.Redis(11).SelectDB(0)
	for round := range 3 {
		var members, fields []rdbtest.Str
		for i := range 9000 {
			members = append(members, plain(fmt.Sprintf("member:%d", i)))
			fields = append(fields, plain(fmt.Sprintf("field:%d", i)), plain(strings.Repeat("v", i%100)))
		}
		w.Put(fmt.Sprintf("set:%d", round), rdbtest.Set(members...))
		w.Put("string", rdbtest.String(rdbtest.Plain(make([]byte, 300_000))))
		w.Put(strings.Repeat("long key name ", 6000), rdbtest.Hash(fields...))
		for i := range 700 {
			w.Put(fmt.Sprintf("small:%d", i), rdbtest.String(plain("x")))
		}
	}
	return w.EOF().Bytes()
}

func testDumps() map[string][]byte {
	n := 20_000 / stride(8)
	return map[string][]byte{"mixed": mixedDump(n), "tiny": tinyDump(2 * n), "big": bigDump(), "zoo": zoo().EOF().Bytes()}
}

// readBatches reads all batches without releasing any.
func readBatches(t *testing.T, dump []byte, opts parser.Options) []*parser.Batch {
	t.Helper()
	r := parser.NewReader(bytes.NewReader(dump), opts)
	var batches []*parser.Batch
	for {
		b, err := r.Next()
		if err == io.EOF {
			return batches
		}
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, b)
	}
}

// join reads batches into records.
func join(t *testing.T, batches []*parser.Batch) []record {
	t.Helper()
	j := &joiner{t: t}
	for _, b := range batches {
		j.add(b)
	}
	return j.out.Keys
}

// TestBatchesKept uses batches long after Next, and after others were released.
func TestBatchesKept(t *testing.T) {
	for name, dump := range testDumps() {
		t.Run(name, func(t *testing.T) {
			opts := parser.Options{WalkAll: true, Hooks: hooked(parser.Hooks{Key: func(*parser.Key) int { return 40 }})}
			want := readBytes(t, dump, opts).Keys
			batches := readBatches(t, dump, opts)
			compareKeys(t, "kept to the end", want, join(t, batches))
			compareKeys(t, "read again", want, join(t, batches))

			// Every second batch goes back at once; the others must not change.
			r := parser.NewReader(bytes.NewReader(dump), opts)
			var kept []*parser.Batch
			var texts []string
			for i := 0; ; i++ {
				b, err := r.Next()
				if err != nil {
					break
				}
				if i%2 == 0 {
					b.Release()
					continue
				}
				kept = append(kept, b)
				texts = append(texts, batchText(b))
			}
			for i, b := range kept {
				if got := batchText(b); got != texts[i] {
					t.Fatalf("kept batch %d of %d changed", i, len(kept))
				}
				b.Release()
				b.Release() // once is enough, twice does nothing
			}
		})
	}
}

// batchText is everything reachable through a batch.
func batchText(b *parser.Batch) string {
	var s strings.Builder
	for i := range b.Keys {
		k := &b.Keys[i]
		s.WriteString(headText(k))
		fmt.Fprintf(&s, " %q %q\n", k.Value, k.Raw)
		elements := b.Elements(k)
		for e := range elements {
			s.WriteString(elementText(b, &elements[e]))
			s.WriteByte('\n')
		}
	}
	return s.String()
}

// TestBatchesAcrossGoroutines hands batches to workers that release them late
// and out of order while reading goes on. It is for the race detector.
func TestBatchesAcrossGoroutines(t *testing.T) {
	for name, dump := range testDumps() {
		t.Run(name, func(t *testing.T) {
			opts := parser.Options{WalkAll: true, Hooks: hooked(parser.Hooks{Key: func(k *parser.Key) int { return int(k.Offset % 50) }})}
			want := map[int64]string{} // by offset
			for _, r := range readBytes(t, dump, opts).Keys {
				want[r.key.Offset] = r.Head
			}
			r := parser.NewReader(bytes.NewReader(dump), opts)
			header, err := r.Header()
			if err != nil {
				t.Fatal(err)
			}
			work := make(chan *parser.Batch, 3)
			var wg sync.WaitGroup
			var mu sync.Mutex
			got := map[int64]string{}
			for range 3 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					var held []*parser.Batch
					for b := range work {
						held = append(held, b)
						if len(held) < 5 {
							continue
						}
						for _, b := range held {
							mu.Lock()
							for i := range b.Keys {
								if k := &b.Keys[i]; !k.Is(parser.More) {
									got[k.Offset] = headText(k)
								}
							}
							mu.Unlock()
							b.Release()
						}
						held = held[:0]
					}
					for _, b := range held {
						mu.Lock()
						for i := range b.Keys {
							if k := &b.Keys[i]; !k.Is(parser.More) {
								got[k.Offset] = headText(k)
							}
						}
						mu.Unlock()
						b.Release()
					}
				}()
			}
			done := make(chan struct{})
			var watch sync.WaitGroup
			watch.Add(1)
			go func() { // a progress bar
				defer watch.Done()
				var last int64
				for {
					n := r.Offset()
					if n < last || n > int64(len(dump)) {
						t.Errorf("offset %d after %d", n, last)
					}
					last = n
					select {
					case <-done:
						return
					default:
						runtime.Gosched()
					}
				}
			}()
			fields := 0
			for {
				b, err := r.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Error(err)
					break
				}
				fields += len(header.Aux) // the caller may look at the header meanwhile
				work <- b
			}
			close(work)
			wg.Wait()
			close(done)
			watch.Wait()
			if len(got) != len(want) {
				t.Errorf("%d keys, want %d", len(got), len(want))
			}
			for off, w := range want {
				if got[off] != w {
					t.Fatalf("key at %d\ngot  %s\nwant %s", off, got[off], w)
				}
			}
			if n := r.Offset(); n != int64(len(dump)) {
				t.Errorf("offset %d at the end of %d bytes", n, len(dump))
			}
		})
	}
}

// TestContinuedNames reads many collections in several pieces and releases each
// batch at once, so that its memory is soon used again: the pieces keep their
// keys' names.
func TestContinuedNames(t *testing.T) {
	const keys = 120
	w := rdbtest.Redis(11).SelectDB(0)
	members := make([]rdbtest.Str, 14000)
	for i := range members {
		members[i] = plain(fmt.Sprintf("member:%d", i))
	}
	set := rdbtest.Set(members...)
	name := func(i int) string { return fmt.Sprintf("set:%d:%s", i, strings.Repeat("x", i)) }
	for i := range keys {
		w.Put(name(i), set)
	}
	dump := w.EOF().Bytes()
	for range 4 {
		r := parser.NewReader(bytes.NewReader(dump), parser.Options{})
		i, pieces := 0, 0
		for {
			b, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for k := range b.Keys {
				k := &b.Keys[k]
				if string(k.Name) != name(i) {
					t.Fatalf("key %d is called %q", i, k.Name)
				}
				pieces++
				if !k.Is(parser.More) {
					i++
				}
			}
			b.Release()
		}
		if i != keys || pieces < 3*keys {
			t.Errorf("%d keys in %d pieces", i, pieces)
		}
	}
}

// TestNodesOverBatches walks quicklist nodes that fill several batches, which
// are released at once: the record of a node is not written to any more when
// its batch is in use again.
func TestNodesOverBatches(t *testing.T) {
	var lp rdbtest.Listpack
	const entries = 9500
	for range entries {
		lp.Text("entry")
	}
	w := rdbtest.Redis(11)
	list := rdbtest.Quicklist2(rdbtest.PackedNode(lp.Str()), rdbtest.PackedNode(lp.LZF()))
	for i := range 40 {
		w.Put(fmt.Sprintf("list:%d", i), list)
	}
	dump := w.EOF().Bytes()
	r := parser.NewReader(bytes.NewReader(dump), parser.Options{WalkAll: true})
	var nodes, items int
	for k := range r.All() {
		for e := range k.Elements() {
			switch *e {
			case parser.Element{Len: 5}:
				items++
			default:
				if e.Kind != parser.KindNode || e.Entries() != entries {
					t.Fatalf("key %q: element %+v", k.Name, e)
				}
				nodes++
			}
		}
	}
	if r.Err() != nil || nodes != 80 || items != 80*entries {
		t.Errorf("%v, %d nodes, %d items", r.Err(), nodes, items)
	}
}

// TestHeader reads the header before, without and after the keys.
func TestHeader(t *testing.T) {
	dump := zoo().EOF().Bytes()
	r := parser.NewReader(bytes.NewReader(dump), parser.Options{})
	h, err := r.Header()
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.Header()
	if err != nil || h.Magic != "REDIS0015" || h.Version != 15 || len(h.Aux) != 4 || again.Magic != h.Magic {
		t.Errorf("%+v, %v", h, err)
	}
	if v, ok := h.Lookup("redis-ver"); v != "8.10.0" || !ok {
		t.Errorf("redis-ver is %q, %v", v, ok)
	}
	if _, ok := h.Lookup("absent"); ok {
		t.Error("an absent field was found")
	}
	var keys int
	for range r.Keys() {
		keys++
	}
	if keys == 0 || r.Err() != nil {
		t.Errorf("%d keys, %v", keys, r.Err())
	}
	if h, err := r.Header(); err != nil || h.Magic != "REDIS0015" {
		t.Errorf("after the keys: %+v, %v", h, err)
	}

	double := rdbtest.Redis(9).Aux("a", "1").Aux("a", "2").EOF().Bytes()
	r = parser.NewReader(bytes.NewReader(double), parser.Options{})
	if h, err := r.Header(); err != nil {
		t.Error(err)
	} else if v, _ := h.Lookup("a"); v != "2" {
		t.Errorf("the last value of a repeated field is %q", v)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("an empty dump ends with %v", err)
	}

	r = parser.NewReader(strings.NewReader("no dump"), parser.Options{})
	if _, err := r.Header(); !errors.Is(err, parser.ErrNotRDB) {
		t.Errorf("header of no dump: %v", err)
	}
	if _, err := r.Next(); !errors.Is(err, parser.ErrNotRDB) {
		t.Errorf("keys of no dump: %v", err)
	}
}

// TestClose gives a Reader up at different times.
func TestClose(t *testing.T) {
	dump := mixedDump(20_000)
	before := runtime.NumGoroutine()
	open := func() *parser.Reader { return parser.NewReader(bytes.NewReader(dump), parser.Options{}) }
	closed := func(t *testing.T, r *parser.Reader) {
		t.Helper()
		for range 2 {
			if err := r.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			if b, err := r.Next(); !errors.Is(err, parser.ErrClosed) || b != nil {
				t.Errorf("Next after Close: %v", err)
			}
		}
		if !errors.Is(r.Err(), parser.ErrClosed) {
			t.Errorf("Err after Close: %v", r.Err())
		}
	}
	t.Run("at once", func(t *testing.T) { closed(t, open()) })
	t.Run("after the header", func(t *testing.T) {
		r := open()
		if _, err := r.Header(); err != nil {
			t.Fatal(err)
		}
		closed(t, r)
	})
	t.Run("with batches in hand", func(t *testing.T) {
		r := open()
		var batches []*parser.Batch
		for range 3 {
			b, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			batches = append(batches, b)
		}
		texts := batchText(batches[1])
		closed(t, r)
		if batchText(batches[1]) != texts {
			t.Error("a batch changed when the Reader was closed")
		}
		for _, b := range batches {
			b.Release()
		}
	})
	t.Run("by leaving the loop", func(t *testing.T) {
		r := open()
		for range r.Keys() {
			break
		}
		closed(t, r)
		r = open()
		for k := range r.All() {
			for range k.Elements() {
				break
			}
			if k.Name[0] != 'k' {
				break
			}
		}
		closed(t, r)
	})
	t.Run("at the end", func(t *testing.T) {
		r := open()
		for range r.Keys() {
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if _, err := r.Next(); err != io.EOF || r.Err() != nil {
			t.Errorf("after the end and Close: %v, %v", err, r.Err())
		}
	})
	t.Run("after an error", func(t *testing.T) {
		r := parser.NewReader(bytes.NewReader(dump[:1000]), parser.Options{})
		for range r.Keys() {
		}
		if err := r.Close(); err != nil || !errors.Is(r.Err(), parser.ErrTruncated) {
			t.Errorf("%v, %v", err, r.Err())
		}
	})
	t.Run("with a source that ends late", func(t *testing.T) {
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(dump[:1<<16]); err != nil {
			t.Fatal(err)
		}
		r := parser.NewReader(in, parser.Options{})
		result := make(chan error)
		go func() {
			_, err := r.Next() // waits for more
			result <- err
		}()
		_ = out.Close()
		if err := <-result; err != nil {
			t.Errorf("the keys that came: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		_ = in.Close()
	})
	// All goroutines end; they may need a moment to be counted out.
	for range 1_000_000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// TestSample asks for contents.
func TestSample(t *testing.T) {
	dump := zoo().EOF().Bytes()
	plainRead := readBytes(t, dump, parser.Options{WalkAll: true})
	for _, limit := range []int{1, 5, 100, 1 << 20} {
		got := readBytes(t, dump, parser.Options{WalkAll: true, Hooks: hooked(parser.Hooks{Key: func(*parser.Key) int { return limit }})})
		if got.Err != nil {
			t.Fatal(got.Err)
		}
		for i := range got.Keys {
			if got.Keys[i].Head != plainRead.Keys[i].Head {
				t.Errorf("sampled %s\nnot     %s", got.Keys[i].Head, plainRead.Keys[i].Head)
			}
			k := &got.Keys[i].key
			if k.Type != parser.TypeString {
				if k.Is(parser.HasValue) || k.Value != nil {
					t.Errorf("key %q of type %v has a value", k.Name, k.Type)
				}
				continue
			}
			if !k.Is(parser.HasValue) || int64(len(k.Value)) > k.Len || int64(len(k.Value)) < min(k.Len, int64(limit)) || len(k.Value) > max(limit, 20) {
				t.Errorf("key %q of %d bytes: %d bytes of value for a limit of %d", k.Name, k.Len, len(k.Value), limit)
			}
		}
		// Elements are the same but for their bytes.
		for i := range got.Keys {
			if len(got.Keys[i].Elements) != len(plainRead.Keys[i].Elements) {
				t.Errorf("key %q: %d elements sampled, %d not", got.Keys[i].key.Name, len(got.Keys[i].Elements), len(plainRead.Keys[i].Elements))
			}
		}
	}

	w := rdbtest.Redis(11).Put("int", rdbtest.String(rdbtest.Int(-70000))).Put("lzf", rdbtest.String(rdbtest.LZF(loremText)))
	w.Put("list", rdbtest.List(plain("a"), rdbtest.Int(7), rdbtest.LZF(loremText)))
	w.Put("hash", rdbtest.Hash(plain("f"), plain("v"), plain("g"), rdbtest.LZF(loremText), plain("h"), plain("w")))
	w.Put("packed", rdbtest.HashListpack(rdbtest.NewListpack("f", "v", "n", "-5").LZF()))
	w.Put("zset", rdbtest.Zset2(rdbtest.Scored{Member: plain("m"), Score: 2}))
	w.Put("quicklist", rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack("x", "9").Str())))
	asked := map[string]int{}
	got := readBytes(t, w.EOF().Bytes(), parser.Options{Hooks: hooked(parser.Hooks{Key: func(k *parser.Key) int {
		asked[string(k.Name)]++
		return 2000
	}})})
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	want := [][]string{
		nil, nil,
		{`"a"`, `"7"`, fmt.Sprintf("%q", loremText)},
		{`"f"="v"`, fmt.Sprintf(`"g"=%q`, loremText), `"h"="w"`},
		{`"f"="v"`, `"n"="-5"`},
		{`"m"`},
		{"", `"x"`, `"9"`},
	}
	for i, texts := range want {
		r := &got.Keys[i]
		if n := asked[string(r.key.Name)]; n < 1 || n > 2 {
			t.Errorf("asked %d times for %q", asked[string(r.key.Name)], r.key.Name)
		}
		if len(texts) != len(r.Elements) {
			t.Errorf("key %q: elements %v, want %v", r.key.Name, r.Elements, texts)
			continue
		}
		for e, text := range texts {
			if !strings.HasSuffix(r.Elements[e], text) {
				t.Errorf("key %q: element %s, want %s", r.key.Name, r.Elements[e], text)
			}
		}
	}
	if v := got.Keys[0].key.Value; string(v) != "-70000" {
		t.Errorf("value of an integer: %q", v)
	}
	if v := got.Keys[1].key.Value; string(v) != loremText {
		t.Errorf("value of a compressed string: %q", v)
	}
}

// TestSampleFlags compares the flags of sampled elements with those of others.
func TestSampleFlags(t *testing.T) {
	dump := zoo().EOF().Bytes()
	flags := func(opts parser.Options) (out []string) {
		opts.WalkAll = true
		r := parser.NewReader(bytes.NewReader(dump), opts)
		for k := range r.All() {
			i := 0
			for p := range k.Elements() {
				e := *p
				e.Off = 0
				if e.Kind == parser.KindItem {
					e.Flags &^= parser.FlagBytes | parser.FlagValueBytes
				}
				out = append(out, fmt.Sprintf("%s %d: %+v", k.Name, i, e))
				i++
			}
		}
		return out
	}
	want, got := flags(parser.Options{}), flags(parser.Options{Hooks: hooked(parser.Hooks{Key: func(*parser.Key) int { return 1 << 20 }})})
	if len(want) != len(got) {
		t.Fatalf("%d elements, want %d", len(got), len(want))
	}
	for i := range want {
		if want[i] != got[i] {
			t.Errorf("sampled %s\nnot     %s", got[i], want[i])
		}
	}
}

// TestCapture asks for records as stored.
func TestCapture(t *testing.T) {
	dumps := testDumps()
	dumps["container"] = new(rdbtest.Writer).RawString("$9\r\n").Redis(9).SelectDB(0).ExpireMs(7).Aux("mvcc-tstamp", "5").Freq(3).Put("k", rdbtest.String(plain("v"))).EOF().Bytes()
	for name, dump := range dumps {
		t.Run(name, func(t *testing.T) {
			for _, walk := range []bool{false, true} {
				for _, limit := range []int64{1, 100, 1000, 1 << 40} {
					opts := parser.Options{WalkAll: walk, Hooks: hooked(parser.Hooks{Record: func(*parser.Key) int64 { return limit }})}
					got := readBytes(t, dump, opts)
					if got.Err != nil {
						t.Fatal(got.Err)
					}
					for i := range got.Keys {
						k := &got.Keys[i].key
						if k.Size > limit {
							if k.Raw != nil {
								t.Fatalf("key %q: a record of %d bytes for a limit of %d (%d captured)", k.Name, k.Size, limit, len(k.Raw))
							}
							continue
						}
						if !bytes.Equal(k.Raw, dump[k.Offset:k.Offset+k.Size]) {
							t.Fatalf("key %q: %d bytes captured, the record has %d", k.Name, len(k.Raw), k.Size)
						}
					}
				}
			}
			none := readBytes(t, dump, parser.Options{Hooks: hooked(parser.Hooks{Record: func(k *parser.Key) int64 { return 0 }})})
			for i := range none.Keys {
				if none.Keys[i].key.Raw != nil {
					t.Errorf("key %q was captured", none.Keys[i].key.Name)
				}
			}
		})
	}
}

// TestWalkSome asks for the entries of some keys only.
func TestWalkSome(t *testing.T) {
	dump := zoo().EOF().Bytes()
	walked, headers := readBytes(t, dump, parser.Options{WalkAll: true}), readBytes(t, dump, parser.Options{})
	var asked []string
	some := readBytes(t, dump, parser.Options{Hooks: hooked(parser.Hooks{Walk: func(k *parser.Key) bool {
		asked = append(asked, string(k.Name))
		if !k.Type.Packed() {
			t.Errorf("asked to walk %q of type %v", k.Name, k.Type)
		}
		return len(asked)%2 == 0
	}})})
	next := 0
	for i := range some.Keys {
		want := &headers.Keys[i]
		if name := string(want.key.Name); want.key.Type.Packed() {
			if next == len(asked) || asked[next] != name {
				t.Fatalf("not asked to walk %q", name)
			}
			next++
			if next%2 == 0 {
				want = &walked.Keys[i]
			}
		}
		compareKeys(t, "some walked", []record{*want}, some.Keys[i:i+1])
	}
}

// TestPrefetchNames: whatever is asked for, it reads nothing but records there are.
func TestPrefetchNames(t *testing.T) {
	w := rdbtest.Redis(11).SelectDB(0)
	for i := range 20 {
		w.Put(strings.Repeat("n", i*i), rdbtest.String(plain("v")))
	}
	r := parser.NewReader(bytes.NewReader(w.EOF().Bytes()), parser.Options{})
	b, err := r.Next()
	if err != nil || len(b.Keys) != 20 {
		t.Fatalf("%d keys, %v", len(b.Keys), err)
	}
	b.Keys[3].Name, b.Keys[4].Name = nil, []byte{}
	for _, i := range []int{math.MinInt, -1, 0, 3, 19, 20, 21, math.MaxInt} {
		for _, n := range []int{math.MinInt, -1, 0, 1, 8, 20, 21, math.MaxInt} {
			b.PrefetchNames(i, n)
		}
	}
	for i := range b.Keys {
		if want := strings.Repeat("n", i*i); i > 4 && string(b.Keys[i].Name) != want {
			t.Errorf("key %d is %q", i, b.Keys[i].Name)
		}
	}
	b.Release()
	new(parser.Batch).PrefetchNames(0, 8)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
