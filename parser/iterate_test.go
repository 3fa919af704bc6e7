package parser_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// iterateDump has keys in one piece and in many, at the beginning, between
// others and at the end.
func iterateDump() []byte {
	members := func(n int) []rdbtest.Str {
		var s []rdbtest.Str
		for i := range n {
			s = append(s, rdbtest.Plain(fmt.Sprintf("member:%d", i)))
		}
		return s
	}
	w := rdbtest.Redis(11).SelectDB(0)
	w.Put("huge:first", rdbtest.List(members(20_000)...))
	for i := range 3000 {
		w.ExpireMs(int64(i)).Put(fmt.Sprintf("string:%d", i), rdbtest.String(rdbtest.Plain("v")))
		if i%500 == 0 {
			w.Put(fmt.Sprintf("set:%d", i), rdbtest.Set(members(3+i)...))
		}
	}
	w.Put("huge:next", rdbtest.Set(members(9000)...)).Put("huge:last", rdbtest.Set(members(9000)...))
	return w.EOF().Bytes()
}

// wholeKey is what an iteration is to say of a key.
type wholeKey struct {
	Name        string
	Offset      int64
	Size        int64
	Count       int64
	Expiry      int64
	Cut         bool
	Elements    int
	Bytes       string // of the elements, joined: the last 100
	ValuesBytes string
}

func (w *wholeKey) facts(k *parser.Key) {
	w.Name, w.Offset, w.Size, w.Count, w.Expiry, w.Cut = string(k.Name), k.Offset, k.Size, k.Count, k.Expiry, k.Is(parser.More)
}

func (w *wholeKey) element(own, value []byte) {
	w.Elements++
	tail := func(s string, b []byte) string {
		s += "," + string(b)
		return s[max(0, len(s)-100):]
	}
	w.Bytes, w.ValuesBytes = tail(w.Bytes, own), tail(w.ValuesBytes, value)
}

// wholeKeys puts the pieces that Next gives together.
func wholeKeys(t *testing.T, dump []byte, opts parser.Options) (keys []wholeKey, pieces int) {
	t.Helper()
	r := parser.NewReader(bytes.NewReader(dump), opts)
	for {
		b, err := r.Next()
		if err != nil {
			return keys, pieces
		}
		for i := range b.Keys {
			k := &b.Keys[i]
			pieces++
			if !k.Is(parser.Continued) {
				keys = append(keys, wholeKey{})
			}
			w := &keys[len(keys)-1]
			w.facts(k)
			es := b.Elements(k)
			for i := range es {
				w.element(b.Bytes(&es[i]), b.ValueBytes(&es[i]))
			}
		}
		b.Release()
	}
}

// TestAll compares the iterators with the pieces they put together: of whole
// and cut dumps, whichever part of the elements is asked for.
func TestAll(t *testing.T) {
	sampled := parser.Options{WalkAll: true, Hooks: hooked(parser.Hooks{Key: func(*parser.Key) int { return 1 << 20 }})}
	whole, zoo := iterateDump(), zoo().EOF().Bytes()
	for name, dump := range map[string][]byte{"large": whole, "every type": zoo, "cut in a key": whole[:100_000], "cut at the end": whole[:len(whole)-1000]} {
		t.Run(name, func(t *testing.T) {
			want, pieces := wholeKeys(t, dump, sampled)
			if len(want) == 0 || pieces == len(want) && name != "every type" {
				t.Fatalf("%d keys in %d pieces", len(want), pieces)
			}
			t.Run("elements", func(t *testing.T) {
				var got []wholeKey
				r := parser.NewReader(bytes.NewReader(dump), sampled)
				for it := range r.All() {
					var w wholeKey
					name := it.Name
					for e := range it.Elements() {
						w.element(it.Bytes(e), it.ValueBytes(e))
					}
					if w.facts(it.Key); string(name) != w.Name {
						t.Errorf("the name %q became %q", w.Name, name)
					}
					got = append(got, w)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got)\n%.2000s", diff)
				}
			})
			t.Run("some elements", func(t *testing.T) {
				r := parser.NewReader(bytes.NewReader(dump), sampled)
				i := 0
				for it := range r.All() {
					n := 0
					for range it.Elements() {
						if n++; n == i*37%5000 {
							break
						}
					}
					if i%2 == 0 {
						for range it.Elements() { // goes on
							n++
							break
						}
					}
					var w wholeKey
					w.facts(it.Finish())
					w.Elements, w.Bytes, w.ValuesBytes = want[i].Elements, want[i].Bytes, want[i].ValuesBytes
					if w != want[i] || n > w.Elements || len(want) == i {
						t.Fatalf("key %d after %d elements: %+v, want %+v", i, n, w, want[i])
					}
					i++
				}
				if i != len(want) {
					t.Errorf("%d keys, want %d", i, len(want))
				}
			})
			t.Run("keys", func(t *testing.T) {
				r := parser.NewReader(bytes.NewReader(dump), sampled)
				i := 0
				for k := range r.Keys() {
					var w wholeKey
					w.facts(k)
					w.Elements, w.Bytes, w.ValuesBytes = want[i].Elements, want[i].Bytes, want[i].ValuesBytes
					if w != want[i] {
						t.Fatalf("key %d: %+v, want %+v", i, w, want[i])
					}
					i++
				}
				if i != len(want) {
					t.Errorf("%d keys, want %d", i, len(want))
				}
			})
		})
	}
}

// TestAllSalvage: a key that was cut off behind some of its elements is followed
// by another one.
func TestAllSalvage(t *testing.T) {
	dump := iterateDump()
	at := bytes.Index(dump, []byte("member:15000"))
	dump[at-1] = 0x8f // no server writes such a length
	opts := parser.Options{Salvage: true}
	want, _ := wholeKeys(t, dump, opts)
	var got []wholeKey
	r := parser.NewReader(bytes.NewReader(dump), opts)
	for it := range r.All() {
		var w wholeKey
		for range it.Elements() {
			w.element(nil, nil)
		}
		w.facts(it.Key)
		got = append(got, w)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%.2000s", diff)
	}
	if len(got) < 3000 || !got[0].Cut || got[0].Elements == 0 || got[0].Elements >= 15_000 || got[1].Cut || !strings.HasPrefix(got[1].Name, "string:") {
		t.Errorf("%d keys, %+v, %+v", len(got), got[0], got[1])
	}
}
