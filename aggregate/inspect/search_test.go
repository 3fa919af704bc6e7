package inspect

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

func text(s string) rdbtest.Value { return rdbtest.String(rdbtest.Plain(s)) }

func dump() *rdbtest.Writer {
	return rdbtest.Redis(11).Aux("redis-ver", "7.2.4").SelectDB(0).
		Put("a", text("1")).Put("\x1b[31m", text("red")).Put(`\x1b[31m`, text("not red")).
		Put("cart:42", rdbtest.HashListpack(rdbtest.NewListpack("sku", "17", "qty", "2").Str())).
		SelectDB(3).Put("a", text("2")).Put("b", text("3"))
}

func options() Options {
	return Options{Server: aggregate.ServerAuto, Allocator: memory.Jemalloc, Settings: memory.DefaultConfig()}
}

func search(t *testing.T, s *Search, b []byte) {
	t.Helper()
	if dump, err := s.Read(t.Context(), Input{Name: "x", Reader: bytes.NewReader(b)}); !dump || err != nil {
		t.Fatalf("a dump: %v, %v", dump, err)
	}
}

// names are the keys found, with their databases.
func names(s *Search) (out []string) {
	for _, k := range s.Keys() {
		out = append(out, string(k.Row.Key)+" "+string('0'+byte(k.Row.DB)))
	}
	return out
}

func TestSearch(t *testing.T) {
	three, nine := int32(3), int32(9)
	for _, tt := range []struct {
		name     string
		names    []string
		db       *int32
		want     []string
		outcomes []Outcome
	}{
		{"in the order asked for", []string{"cart:42", "a"}, nil, []string{"cart:42 0", "a 0", "a 3"}, []Outcome{{Found: 1}, {Found: 2}}},
		{"as it is shown", []string{`\x1b[31m`}, nil, []string{"\x1b[31m 0", `\x1b[31m 0`}, []Outcome{{Found: 2}}},
		{"as it is", []string{"\x1b[31m"}, nil, []string{"\x1b[31m 0"}, []Outcome{{Found: 1}}},
		{"missing", []string{"nowhere"}, nil, nil, []Outcome{{}}},
		{"twice", []string{"b", "b"}, nil, []string{"b 3"}, []Outcome{{Found: 1}, {Found: 1}}},
		{"one database", []string{"a"}, &three, []string{"a 3"}, []Outcome{{Found: 1, Elsewhere: []int32{0}}}},
		{"another database", []string{"a"}, &nine, nil, []Outcome{{Elsewhere: []int32{0, 3}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := options()
			o.DB = tt.db
			s := NewSearch(tt.names, o)
			search(t, s, dump().EOF().Bytes())
			if diff := cmp.Diff(tt.want, names(s)); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.outcomes, s.Outcomes()); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestKey: the terms are the memory, and all is told that is known.
func TestKey(t *testing.T) {
	b := dump().ExpireMs(1763600400_000).Idle(77).Put("idle", text("x")).EOF().Bytes()
	s := NewSearch([]string{"cart:42", "idle"}, options())
	search(t, s, b)
	if len(s.Keys()) != 2 {
		t.Fatalf("%d keys", len(s.Keys()))
	}
	k := s.Keys()[0]
	var sum, waste int64
	for _, term := range k.Terms {
		sum, waste = sum+term.Bytes, waste+term.Waste
		if term.Name == "" || term.Source == "" {
			t.Errorf("term %+v", term)
		}
	}
	if len(k.Terms) < 3 || sum != k.Row.Size.Bytes || waste != k.Waste || !k.Row.Size.Exact {
		t.Errorf("terms of %d bytes, %d of them waste; %d and %d", sum, waste, k.Row.Size.Bytes, k.Waste)
	}
	if k.Model.Server != "redis-7.2" || k.Model.Reason == "" || k.RDBType != "HASH_LISTPACK" || k.Row.Elements != 2 || k.Row.Source != "x" || string(k.Row.Pattern) != "cart:{int}" {
		t.Errorf("%+v", k)
	}
	if !bytes.HasPrefix(b[k.Offset:], []byte("\x10\x07cart:42")) {
		t.Errorf("offset %d is not that of the record", k.Offset)
	}
	if k.Row.HasExpiry || k.Row.IdleSeconds != -1 || k.Row.Freq != -1 {
		t.Errorf("%+v", k.Row)
	}
	if r := s.Keys()[1].Row; !r.HasExpiry || r.Expiry != 1763600400_000 || r.IdleSeconds != 77 {
		t.Errorf("%+v", r)
	}
	if k.Preview.Items == nil || len(k.Preview.Items) != 0 || k.Preview.Of != 2 {
		t.Errorf("without a previewer: %+v", k.Preview)
	}
}

// recorder is a Previewer that keeps what it was given.
type recorder struct {
	pieces, elements int
	record           []byte
}

func (r *recorder) Add(_ *parser.Batch, _ *parser.Key, es []parser.Element) {
	r.pieces++
	r.elements += len(es)
}

func (r *recorder) Preview(k *parser.Key, _ parser.Dialect) Preview {
	r.record = slices.Clone(k.Raw)
	return Preview{By: "test", Of: k.Count}
}

func TestPreviewer(t *testing.T) {
	var made []*recorder
	o := options()
	o.Previewer = func() Previewer { made = append(made, &recorder{}); return made[len(made)-1] }
	s := NewSearch([]string{"cart:42", "b"}, o)
	search(t, s, dump().EOF().Bytes())
	if len(made) != 2 || made[0].pieces == 0 || made[0].elements == 0 || !bytes.Contains(made[0].record, []byte("cart:42")) || !bytes.Contains(made[1].record, []byte("\x01b\x013")) {
		t.Errorf("%d previews, the first of %+v", len(made), made[0])
	}
	if s.Keys()[0].Preview.By != "test" {
		t.Errorf("%+v", s.Keys()[0].Preview)
	}
}

func TestDamagedKey(t *testing.T) {
	b := dump().Put("torn", text(strings.Repeat("v", 100))).EOF().Bytes()
	s := NewSearch([]string{"torn", "later", "a"}, options())
	found, err := s.Read(t.Context(), Input{Name: "x", Reader: bytes.NewReader(b[:len(b)-50])})
	if !found || !errors.Is(err, parser.ErrTruncated) {
		t.Fatalf("a dump: %v, %v", found, err)
	}
	if diff := cmp.Diff([]Outcome{{Damaged: true}, {}, {Found: 2}}, s.Outcomes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if found, err := s.Read(t.Context(), Input{Name: "y", Reader: strings.NewReader("text")}); found || err == nil {
		t.Errorf("of text: a dump: %v, %v", found, err)
	}
}

// TestDamagedKeyOfLongName: what an error says of a name is cut off, the key is known by
// the whole of it.
func TestDamagedKeyOfLongName(t *testing.T) {
	for _, n := range []int{1023, 1024, 1025, 5000, parser.MaxName, parser.MaxName + 1, 100_000} {
		name := strings.Repeat("n", n)
		b := dump().Put(name, text(strings.Repeat("v", 100))).EOF().Bytes()
		s := NewSearch([]string{name, name + "n", name[:n-1], name[:min(n-1, 1024)]}, options())
		found, err := s.Read(t.Context(), Input{Name: "x", Reader: bytes.NewReader(b[:len(b)-50])})
		if !found || !errors.Is(err, parser.ErrTruncated) {
			t.Fatalf("%d bytes: a dump: %v, %v", n, found, err)
		}
		if diff := cmp.Diff([]Outcome{{Damaged: true}, {}, {}, {}}, s.Outcomes()); diff != "" {
			t.Errorf("%d bytes: (-want +got):\n%s", n, diff)
		}
		other := int32(7)
		o := options()
		o.DB = &other
		s = NewSearch([]string{name}, o)
		if _, err := s.Read(t.Context(), Input{Name: "x", Reader: bytes.NewReader(b[:len(b)-50])}); err == nil || s.Outcomes()[0].Damaged {
			t.Errorf("%d bytes, another database: %v, %+v", n, err, s.Outcomes())
		}
	}
}

func TestSeveralDumps(t *testing.T) {
	s := NewSearch([]string{"a"}, options())
	search(t, s, dump().EOF().Bytes())
	old := rdbtest.Redis(11).SelectDB(0).Put("a", text("old")).EOF().Bytes()
	if _, err := s.Read(t.Context(), Input{Name: "w", Reader: bytes.NewReader(old)}); err != nil {
		t.Fatal(err)
	}
	var sources []string
	for _, k := range s.Keys() {
		sources = append(sources, k.Row.Source)
	}
	if diff := cmp.Diff([]string{"w", "x", "x"}, sources); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// A dump that does not say who wrote it is sized by a guess.
	if w := s.Warnings(); len(w) != 1 || w[0].Source != "w" || w[0].Text == "" {
		t.Errorf("warnings %+v", w)
	}
	o := options()
	o.Server = "redis-1.0"
	if _, err := NewSearch([]string{"a"}, o).Read(t.Context(), Input{Reader: bytes.NewReader(old)}); err == nil {
		t.Error("a server that is not known is accepted")
	}
}

func TestInterrupted(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if found, err := NewSearch([]string{"a"}, options()).Read(ctx, Input{Reader: bytes.NewReader(dump().EOF().Bytes())}); !found || err != stop {
		t.Errorf("a dump: %v, %v", found, err)
	}
	in := Input{Reader: io.MultiReader(bytes.NewReader(dump().Bytes()), iotest.ErrReader(stop))}
	if found, err := NewSearch([]string{"a"}, options()).Read(t.Context(), in); !found || !errors.Is(err, stop) {
		t.Errorf("a dump: %v, %v", found, err)
	}
}

// TestLongNames: a name longer than a Key holds is found by all of its bytes.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("name:", 14_000)
	names := []string{long + "a", long + "b", long, long[:parser.MaxName], long[:parser.MaxName+1]}
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").SelectDB(0)
	for _, name := range names {
		w.Put(name, text("v"))
	}
	b := w.EOF().Bytes()
	for _, name := range append(names, long+"c", long+"ab", "n"+long[2:]+"a") {
		s := NewSearch([]string{"other", name}, options())
		search(t, s, b)
		want := 0
		if slices.Contains(names, name) {
			want = 1
		}
		if got := s.Outcomes()[1].Found; got != want || len(s.Keys()) != want {
			t.Fatalf("a name of %d bytes: found %d, want %d", len(name), got, want)
		}
		if want == 1 {
			if r := s.Keys()[0].Row; r.KeyLen != int64(len(name)) || string(r.Key) != name[:parser.MaxName] || len(name) > parser.MaxName && r.Slot != -1 {
				t.Errorf("%d bytes of %d, slot %d", len(r.Key), r.KeyLen, r.Slot)
			}
		}
	}
}
