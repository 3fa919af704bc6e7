package collect_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// testSeed is that of the names of these tests.
var testSeed = keyname.Seed{1, 2}

// TestNaming: what goes with a key in three numbers is what its name says. Names of
// several patterns do not share a path, those of a group do.
func TestNaming(t *testing.T) {
	rnd, hasher := rand.New(rand.NewPCG(31, 1)), keyname.NewHasher(testSeed)
	names := keytest.OddNames(rnd, 20_000/keytest.Stride(5), keyname.MaxLiteral, keyname.MaxEdges)
	for _, cfg := range []data.Config{
		{Separators: keyname.DefaultSeparators}, {Separators: ":_", Depth: 2},
		{Separators: keyname.DefaultSeparators, Groups: []data.Group{{Name: "ones", Glob: "*1"}, {Name: "users", Glob: "*user*"}, {Name: "empty", Glob: ""}}},
	} {
		wanted := collect.NewThresholds()
		n, split := collect.NewKeyTagger(&cfg, testSeed, wanted), keyname.NewSplitter(cfg.Separators, cfg.Depth)
		paths, patterns := make(map[uint64]string), make(map[string]uint64)
		slots, fields := 0, 0
		for _, name := range names {
			k := parser.Key{DB: int32(rnd.IntN(3)), Name: []byte(name), NameLen: int64(len(name)), Type: parser.TypeString}
			if rnd.IntN(3) == 0 {
				k.Type = parser.TypeHashListpack
			}
			rest := uint64(0)
			if rnd.IntN(10) == 0 {
				k.NameLen, k.NameHash, k.Flags = k.NameLen+1, rnd.Uint64(), parser.NameTruncated
				rest = k.NameHash
				// The group of the whole name, whatever the beginning is.
				k.Named = uint32(rnd.IntN(len(cfg.Groups)+1))<<1 | uint32(rnd.IntN(2))
			}
			bytesWanted := n.Tag(&k)
			var got counters.NameFacts
			got.Set(&k.Tag)

			want := counters.NameFacts{Path: got.Path}
			var tag []byte
			want.Slot, tag = keyname.SlotAndTag(k.Name, rest == 0)
			want.Tagged = len(tag) > 0
			group := -1
			for i, g := range cfg.Groups {
				if group < 0 && rest == 0 && keyname.Glob(g.Glob).Match(k.Name) {
					group = i
				}
			}
			if rest != 0 {
				group = int(k.Named>>1) - 1
			}
			edges := split.Split(k.Name)
			var pattern string
			words := keyname.EntityWords(k.Name, edges)
			if group >= 0 {
				pattern, words = fmt.Sprint("group ", group), [2]uint64{uint64(group) + 1}
			} else {
				pattern = string(keyname.AppendPattern(nil, k.Name, edges))
				if at := keyname.FieldEdge(edges); at > 0 && rest == 0 && k.Type == parser.TypeString {
					_, want.Field = keyname.EntityOf(&hasher, k.DB, k.Name, edges, at)
				}
			}
			want.Stratum = keyname.StratumOf(k.Type.DataType(), words)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(counters.NameFacts{})); diff != "" {
				t.Fatalf("%q, %+v: (-want +got)\n%s", name, cfg.Groups, diff)
			}
			if h := hasher.Key(k.DB, k.Name, k.NameLen, rest); k.Tag[0] != h || !k.Is(parser.Tagged) || bytesWanted != int(collect.WantedBytes[k.Type]) {
				t.Fatalf("%q: hash %x, want %x; %d bytes are wanted", name, k.Tag[0], h, bytesWanted)
			}
			if other, ok := paths[got.Path]; ok && other != pattern {
				t.Fatalf("%q has the path of %q", pattern, other)
			}
			if path, ok := patterns[pattern]; ok && group >= 0 && path != got.Path {
				t.Fatalf("%q has two paths", pattern)
			}
			paths[got.Path], patterns[pattern] = pattern, got.Path
			slots = max(slots, int(got.Slot))
			if got.Field {
				fields++
			}
		}
		if slots < keyname.NumSlots*9/10 || fields == 0 {
			t.Errorf("slots up to %d, %d fields of entities: the test needs more", slots, fields)
		}
	}
}

// TestNamingWanted: a name whose hash is behind the bounds is none that samples
// want; the bounds themselves are.
func TestNamingWanted(t *testing.T) {
	cfg := data.Config{Separators: keyname.DefaultSeparators}
	wanted := collect.NewThresholds()
	n := collect.NewKeyTagger(&cfg, testSeed, wanted)
	ask := func() (want int, marked, field bool, hash uint64) {
		k := parser.Key{Name: []byte("user:42:name"), NameLen: 12, Type: parser.TypeString}
		want = n.Tag(&k)
		var f counters.NameFacts
		f.Set(&k.Tag)
		return want, k.Is(parser.Tagged), f.Field, k.Tag[0]
	}
	_, _, _, hash := ask()
	edges := keyname.NewSplitter(cfg.Separators, 0).Split([]byte("user:42:name"))
	hasher := keyname.NewHasher(testSeed)
	entity, ok := keyname.EntityOf(&hasher, 0, []byte("user:42:name"), edges, keyname.FieldEdge(edges))
	if !ok {
		t.Fatal("the name is none of a field")
	}
	stratum := n.Stratum(parser.DataTypeString, -1)
	for _, c := range []struct{ key, entity uint64 }{{hash, entity.Hash}, {hash - 1, entity.Hash}, {hash, entity.Hash - 1}, {0, 0}} {
		wanted.Keys[stratum].Store(c.key)
		wanted.Entities[entity.Stratum].Store(c.entity)
		want, marked, field, _ := ask()
		if in := hash <= c.key; marked != in || want > 0 != in {
			t.Errorf("bound %x, hash %x: marked %v, %d bytes", c.key, hash, marked, want)
		}
		if field != (entity.Hash <= c.entity) {
			t.Errorf("bound %x, entity %x: a field: %v", c.entity, entity.Hash, field)
		}
	}
	// Without samples no key is one of them.
	n = collect.NewKeyTagger(&cfg, testSeed, nil)
	if want, marked, field, _ := ask(); want > 0 || marked || field {
		t.Error("no sample is taken and it is wanted")
	}
}

// TestNamingOfPieces: a value that goes on in other batches keeps what its name
// says.
func TestNamingOfPieces(t *testing.T) {
	members := make([]rdbtest.Str, 20_000)
	for i := range members {
		members[i] = rdbtest.Plain(fmt.Sprint("member ", i))
	}
	parts := []statetest.ProbePart{
		{Key: "big:{tag}:1", Value: rdbtest.Set(members...)}, {Key: "big:{tag}:2", Value: rdbtest.List(members...)},
		{Key: "small:1", Value: rdbtest.String(rdbtest.Plain("x"))}, {Key: "", Value: rdbtest.String(rdbtest.Plain("of the empty name"))},
	}
	s := statetest.ProbeSummary(t, "x", parts, nil)
	var tagged, keys int64
	for _, slot := range s.Keys.Slots {
		tagged += slot.Tagged.Keys
		keys += slot.Keys
	}
	if tagged != 2 || keys != 4 {
		t.Errorf("%d keys in slots, %d of them by a tag; want 4 and 2", keys, tagged)
	}
	sampled := make(map[string]uint16)
	for _, p := range s.Keys.Probes {
		for i := range p.Keys {
			sampled[string(p.Keys[i].Key.Name)] = p.Stratum
		}
	}
	if len(sampled) != len(parts) || keyname.HoldsStrings(int(sampled["big:{tag}:1"])) || !keyname.HoldsStrings(int(sampled[""])) {
		t.Errorf("sampled: %v", sampled)
	}
}
