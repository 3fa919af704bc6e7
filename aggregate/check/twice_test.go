package check

import (
	"bytes"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

func p(s string) rdbtest.Str { return rdbtest.Plain(s) }

// runWithin checks a dump within small limits.
func runWithin(t *testing.T, b []byte, keys, members int) Source {
	t.Helper()
	return Run(t.Context(), Input{
		Name: "x", Reader: bytes.NewReader(b), keyLimit: keys, memberLimit: members,
		Again: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil },
	}, Options{})
}

func TestMembersTwice(t *testing.T) {
	long := strings.Repeat("long ", 60_000) // over several buffers
	var many, manyTwice []string
	for i := range 200 {
		many = append(many, "f"+strconv.Itoa(i), "same")
	}
	manyTwice = append(append(manyTwice, many...), "f77", "other")
	for name, tt := range map[string]struct {
		value rdbtest.Value
		twice int64
	}{
		"set":                    {rdbtest.Set(p("a"), p("b"), p("a")), 1},
		"set three times":        {rdbtest.Set(p("a"), p("a"), p("a")), 2},
		"set of different":       {rdbtest.Set(p("a"), p("b"), p(""), p("aa")), 0},
		"set, integer as text":   {rdbtest.Set(p("12"), rdbtest.Int(12)), 1},
		"set, compressed":        {rdbtest.Set(p(long), rdbtest.LZF(long)), 1},
		"set, compressed, other": {rdbtest.Set(p(long), rdbtest.LZF(long+"x")), 0},
		"list":                   {rdbtest.List(p("a"), p("a")), 0},
		"hash":                   {rdbtest.Hash(p("f"), p("1"), p("f"), p("2")), 1},
		"hash of equal values":   {rdbtest.Hash(p("f"), p("1"), p("g"), p("1")), 0},
		"zset":                   {rdbtest.Zset2(rdbtest.Scored{Member: p("a"), Score: 1}, rdbtest.Scored{Member: p("a"), Score: 2}), 1},
		"zset of equal scores":   {rdbtest.Zset2(rdbtest.Scored{Member: p("a"), Score: 1}, rdbtest.Scored{Member: p("b"), Score: 1}), 0},
		"hash with TTLs":         {rdbtest.HashMetadataPreGA(rdbtest.Field{Name: p("a"), Value: p("b")}, rdbtest.Field{Name: p("a"), Value: p("c")}), 1},
		"hash listpack":          {rdbtest.HashListpack(rdbtest.NewListpack("a", "1", "b", "1", "a", "2").Str()), 1},
		"hash listpack, many":    {rdbtest.HashListpack(rdbtest.NewListpack(manyTwice...).Str()), 1},
		"hash listpack, of all":  {rdbtest.HashListpack(rdbtest.NewListpack(many...).Str()), 0},
		"hash ziplist":           {rdbtest.Value{Type: 13, Data: rdbtest.NewZiplist("a", "1", "a", "2").Str()}, 1},
		"hash zipmap":            {rdbtest.Value{Type: 9, Data: rdbtest.NewZipmap("a", "1", "a", "2").Str()}, 1},
		"set listpack":           {rdbtest.Value{Type: 20, Data: rdbtest.NewListpack("7", "x", "7").Str()}, 1},
		"zset listpack":          {rdbtest.Value{Type: 17, Data: rdbtest.NewListpack("a", "1", "1", "a").Str()}, 0},
		"zset listpack twice":    {rdbtest.Value{Type: 17, Data: rdbtest.NewListpack("a", "1", "a", "2").Str()}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := rdbtest.Redis(12).SelectDB(0).Put("before", value("x")).Put("k\n", tt.value).Put("after", value("y")).EOF().Bytes()
			s := run(t, b, Options{})
			if s.Members.Possible != tt.twice || s.Members.Proven != tt.twice || (s.Error != "") != (tt.twice > 0) {
				t.Fatalf("%d possible, %d proven, want %d: %q", s.Members.Possible, s.Members.Proven, tt.twice, s.Error)
			}
			if tt.twice > 0 && (s.Members.First.Key != `k\x0a` || s.Members.First.Offset != *s.ErrorOffset || !strings.Contains(s.Error, `(key "k\x0a")`)) {
				t.Errorf("%+v, error %q at %d", s.Members.First, s.Error, *s.ErrorOffset)
			}
			once := Run(t.Context(), Input{Name: "x", Reader: bytes.NewReader(b)}, Options{})
			if once.Members.Possible != tt.twice || once.Members.Proven != 0 || (once.Error != "") != (tt.twice > 0) {
				t.Errorf("of what cannot be read again: %+v, %q", once.Members, once.Error)
			}
		})
	}
}

// TestSlices: what is too much for one reading is compared in several, and exactly.
func TestSlices(t *testing.T) {
	w := rdbtest.Redis(12).SelectDB(0)
	var members []rdbtest.Str
	for i := range 3000 {
		w.Put("key:"+strconv.Itoa(i), value("v"))
		members = append(members, p("member:"+strconv.Itoa(i)))
	}
	clean := w.Put("set", rdbtest.Set(members...)).Put("small", rdbtest.Set(members[:20]...))
	if s := runWithin(t, bytes.Clone(clean.Bytes()), 0, 0); !strings.Contains(s.Error, "truncated") {
		t.Fatalf("a dump without its end: %q", s.Error)
	}
	twice := append(append([]rdbtest.Str{}, members...), members[:40]...)
	for i := range 50 {
		w.Put("key:"+strconv.Itoa(60*i), value("v"))
	}
	b := w.Put("set twice", rdbtest.Set(twice...)).Put("small twice", rdbtest.Set(append(append([]rdbtest.Str{}, members[:20]...), members[3])...)).EOF().Bytes()
	for _, limit := range []int{0, 2000, 1000} {
		s := runWithin(t, b, limit, limit)
		if d := s.Duplicates; d.Possible != 50 || d.Proven != 50 || d.OneKeyIn != 1 || d.First == nil || d.First.Key != "key:0" {
			t.Errorf("within %d: keys %+v", limit, d)
		}
		if m := s.Members; m.Possible != 41 || m.Proven != 41 || m.Unseen != 0 || m.First == nil || m.First.Key != "set twice" {
			t.Errorf("within %d: members %+v", limit, m)
		}
		if limit == 0 {
			continue
		}
		once := Run(t.Context(), Input{Name: "x", Reader: bytes.NewReader(b), keyLimit: limit, memberLimit: limit}, Options{})
		if d, m := once.Duplicates, once.Members; d.OneKeyIn < 2 || m.Unseen != 2 || d.Proven != 0 || d.Possible >= 50 || once.Error == "" {
			t.Errorf("within %d, read once: %+v %+v %q", limit, d, m, once.Error)
		}
	}
}

func TestIntegrity(t *testing.T) {
	id := func(n uint64) rdbtest.ID { return rdbtest.ID{Ms: n, Seq: 1} }
	pending := func(n ...uint64) (out []rdbtest.Pending) {
		for _, n := range n {
			out = append(out, rdbtest.Pending{ID: id(n)})
		}
		return out
	}
	consumer := func(name string, n ...uint64) rdbtest.Consumer {
		c := rdbtest.Consumer{Name: p(name)}
		for _, n := range n {
			c.Pending = append(c.Pending, id(n))
		}
		return c
	}
	group := func(name string, pel []rdbtest.Pending, c ...rdbtest.Consumer) rdbtest.Group {
		return rdbtest.Group{Name: p(name), Pending: pel, Consumers: c}
	}
	of := func(g ...rdbtest.Group) rdbtest.Value {
		n := rdbtest.NewStreamNode(rdbtest.Entry{ID: id(1), Fields: []string{"a", "b"}})
		return rdbtest.Stream{Nodes: []rdbtest.StreamNode{n}, Length: 1, Last: id(1), Groups: g}.Value(3)
	}
	node := rdbtest.NewStreamNode(rdbtest.Entry{ID: id(1), Fields: []string{"a", "b"}})
	for name, tt := range map[string]struct {
		value rdbtest.Value
		want  string
	}{
		"groups":             {of(group("g", pending(1, 2), consumer("c", 1), consumer("d", 2)), group("h", nil)), ""},
		"out of order":       {of(group("g", pending(2, 1), consumer("c", 2, 1))), ""},
		"group twice":        {of(group("g", nil), group("h", nil), group("g", nil)), "a consumer group is there twice"},
		"consumer twice":     {of(group("g", nil, consumer("c"), consumer("c"))), "a consumer is there twice in its group"},
		"consumer in two":    {of(group("g", nil, consumer("c")), group("h", nil, consumer("c"))), ""},
		"pending twice":      {of(group("g", pending(1, 1), consumer("c", 1))), "an entry is pending twice in its group"},
		"held twice":         {of(group("g", pending(1), consumer("c", 1, 1))), "an entry is pending twice for its consumer"},
		"held by two":        {of(group("g", pending(1), consumer("c", 1), consumer("d", 1))), ""},
		"held and not known": {of(group("g", pending(1), consumer("c", 1, 7))), "a consumer holds an entry that its group does not know"},
		"known, not held":    {of(group("g", pending(1, 2), consumer("c", 1))), "an entry is pending that no consumer holds"},
		"node twice":         {rdbtest.Stream{Nodes: []rdbtest.StreamNode{node, node}, Length: 2, Last: id(1)}.Value(3), "two nodes have one ID"},
		"counted, not there": {rdbtest.Stream{Length: 2, Last: id(1)}.Value(3), "entries are counted, and there are none"},
		"NaN":                {rdbtest.Zset2(rdbtest.Scored{Member: p("a"), Score: math.NaN()}), "a score is not a number"},
		"infinity":           {rdbtest.Zset2(rdbtest.Scored{Member: p("a"), Score: math.Inf(1)}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := rdbtest.Redis(12).SelectDB(0).Put("before", value("x")).Put("k", tt.value).Put("k2", tt.value).EOF().Bytes()
			s := run(t, b, Options{})
			if tt.want == "" {
				if s.Error != "" {
					t.Error(s.Error)
				}
				return
			}
			if !strings.Contains(s.Error, `(key "k"): `+tt.want+", and 1 more") || s.Warnings[len(s.Warnings)-1].Code != "integrity" || s.Warnings[len(s.Warnings)-1].Count != 2 {
				t.Errorf("%q, warnings %+v", s.Error, s.Warnings)
			}
		})
	}
}
