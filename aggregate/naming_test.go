package aggregate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// oddNames are names put together from what is cut in some special way, the
// empty one among them.
func oddNames(rnd *rand.Rand, n int) []string {
	parts := []string{
		"", "user", "a", "g", "f", "beef", "beefy", "abcdefg", "abcdefgh", "abcdefff", "application", "Users", "user1", "é", "\xff\x00", "q{", "}", "{u1}", "{}", "{a:b}",
		"0", "42", "12345678", "550e8400-e29b-41d4-a716-446655440000", "12:34:56:78:9a:bc", "2001:db8::1", "2024/01/31", "1.5", "10.0.0.1",
		"AbC/dEf1+Gh2iJkL=", "name", "last_login", "item-id", strings.Repeat("w", maxLiteral+1), strings.Repeat("a:", maxEdges),
	}
	seps := []string{":", ":", ":", "/", ".", "|", "-", "_", ""}
	names := []string{""}
	for range n {
		s := parts[rnd.IntN(len(parts))]
		for range rnd.IntN(6) {
			s += seps[rnd.IntN(len(seps))] + parts[rnd.IntN(len(parts))]
		}
		names = append(names, s)
	}
	return names
}

// TestNaming: what goes with a key in three numbers is what its name says. Names of
// several patterns do not share a path, those of a group do.
func TestNaming(t *testing.T) {
	rnd := rand.New(rand.NewPCG(31, 1))
	names := oddNames(rnd, 20_000/stride(5))
	for _, cfg := range []Config{
		{Separators: DefaultSeparators}, {Separators: ":_", Depth: 2},
		{Separators: DefaultSeparators, Groups: []Group{{Name: "ones", Glob: "*1"}, {Name: "users", Glob: "*user*"}, {Name: "empty", Glob: ""}}},
	} {
		wanted := newThresholds()
		n, split := newNaming(&cfg, wanted), newSplitter(cfg.Separators, cfg.Depth)
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
			}
			bytesWanted := n.sample(&k)
			var got nameFacts
			got.set(&k.Tag)

			want := nameFacts{path: got.path}
			var tag []byte
			want.slot, tag = slotAndTag(k.Name, rest == 0)
			want.tagged = len(tag) > 0
			group := -1
			for i, g := range cfg.Groups {
				if group < 0 && glob(g.Glob).match(k.Name) {
					group = i
				}
			}
			edges := split.split(k.Name)
			var pattern string
			words := entityWords(k.Name, edges)
			if group >= 0 {
				pattern, words = fmt.Sprint("group ", group), [2]uint64{uint64(group) + 1}
			} else {
				pattern = string(appendPattern(nil, k.Name, edges))
				if at := fieldEdge(edges); at > 0 && rest == 0 && k.Type == parser.TypeString {
					_, want.field = entityOf(k.DB, k.Name, edges, at)
				}
			}
			want.stratum = stratumOf(k.Type.DataType(), words)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(nameFacts{})); diff != "" {
				t.Fatalf("%q, %+v: (-want +got)\n%s", name, cfg.Groups, diff)
			}
			if h := hashKey(k.DB, k.Name, k.NameLen, rest); k.Tag[0] != h || !k.Is(parser.Tagged) || bytesWanted != int(wantedBytes[k.Type]) {
				t.Fatalf("%q: hash %x, want %x; %d bytes are wanted", name, k.Tag[0], h, bytesWanted)
			}
			if other, ok := paths[got.path]; ok && other != pattern {
				t.Fatalf("%q has the path of %q", pattern, other)
			}
			if path, ok := patterns[pattern]; ok && group >= 0 && path != got.path {
				t.Fatalf("%q has two paths", pattern)
			}
			paths[got.path], patterns[pattern] = pattern, got.path
			slots = max(slots, int(got.slot))
			if got.field {
				fields++
			}
		}
		if slots < numSlots*9/10 || fields == 0 {
			t.Errorf("slots up to %d, %d fields of entities: the test needs more", slots, fields)
		}
	}
}

// TestNamingWanted: a name whose hash is behind the bounds is none that samples
// want; the bounds themselves are.
func TestNamingWanted(t *testing.T) {
	cfg := Config{Separators: DefaultSeparators}
	wanted := newThresholds()
	n := newNaming(&cfg, wanted)
	ask := func() (want int, marked, field bool, hash uint64) {
		k := parser.Key{Name: []byte("user:42:name"), NameLen: 12, Type: parser.TypeString}
		want = n.sample(&k)
		var f nameFacts
		f.set(&k.Tag)
		return want, k.Is(parser.Tagged), f.field, k.Tag[0]
	}
	_, _, _, hash := ask()
	edges := newSplitter(cfg.Separators, 0).split([]byte("user:42:name"))
	entity, ok := entityOf(0, []byte("user:42:name"), edges, fieldEdge(edges))
	if !ok {
		t.Fatal("the name is none of a field")
	}
	stratum := n.stratum(parser.DataTypeString, -1)
	for _, c := range []struct{ key, entity uint64 }{{hash, entity.hash}, {hash - 1, entity.hash}, {hash, entity.hash - 1}, {0, 0}} {
		wanted.keys[stratum].Store(c.key)
		wanted.entities[entity.stratum].Store(c.entity)
		want, marked, field, _ := ask()
		if in := hash <= c.key; marked != in || want > 0 != in {
			t.Errorf("bound %x, hash %x: marked %v, %d bytes", c.key, hash, marked, want)
		}
		if field != (entity.hash <= c.entity) {
			t.Errorf("bound %x, entity %x: a field: %v", c.entity, entity.hash, field)
		}
	}
	// Without samples no key is one of them.
	n = newNaming(&cfg, nil)
	if want, marked, field, _ := ask(); want > 0 || marked || field {
		t.Error("no sample is taken and it is wanted")
	}
}

// TestEntityStrata: the strings of an entity are in one stratum, whatever their
// last words are; otherwise its strings in two parts would not come together.
func TestEntityStrata(t *testing.T) {
	rnd := rand.New(rand.NewPCG(31, 2))
	words := []string{"name", "a", "beef", "cafe", "last_login", "first-name", "eyJh", "abcdefghijkl", "T", "d", "x_y_z", strings.Repeat("w", maxLiteral)}
	for _, split := range []*splitter{newSplitter(DefaultSeparators, 0), newSplitter(DefaultSeparators, 3), newSplitter("/#", 0)} {
		strata, more := make(map[uint64]uint32), 0
		for _, prefix := range oddNames(rnd, 20_000/stride(5)) {
			prefix += fmt.Sprint(rnd.IntN(5)) // something that varies
			for _, sep := range []string{":", "/", ".", "_"} {
				for _, w := range words {
					name := []byte(prefix + sep + w)
					edges := split.split(name)
					at := fieldEdge(edges)
					if at == 0 {
						continue
					}
					e, ok := entityOf(0, name, edges, at)
					if !ok {
						continue
					}
					if other, ok := strata[e.hash]; !ok {
						strata[e.hash] = e.stratum
					} else if more++; other != e.stratum {
						t.Fatalf("%q: stratum %d, another string of the entity %q is in %d", name, e.stratum, e.prefix, other)
					}
				}
			}
		}
		if more == 0 {
			t.Error("no entity has two strings")
		}
	}
}

// TestProbesMergeConfigured is TestProbesMerge for groups, and for patterns of
// few tokens: both make strata of their own.
func TestProbesMergeConfigured(t *testing.T) {
	rnd := rand.New(rand.NewPCG(31, 3))
	all := probeParts(rnd)
	for i := range 2000 {
		all = append(all, probePart{fmt.Sprintf("group:%c%d", 'a'+i%26, i), rdbtest.String(rdbtest.Plain(fmt.Sprint("value ", i%90)))})
	}
	for name, change := range map[string]func(*Config){
		"groups": func(c *Config) { c.Groups = []Group{{Name: "odd", Glob: "*[13579]"}, {Name: "of g", Glob: "group:*"}} },
		"depth":  func(c *Config) { c.Depth = 2 },
	} {
		whole := unsourced(probeSummary(t, "whole", all, change))
		half := len(all)/2 + rnd.IntN(100)
		rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		merged, err := Merge(probeSummary(t, "b", all[half:], change), probeSummary(t, "a", all[:half], change))
		if err != nil {
			t.Fatal(err)
		}
		got := unsourced(merged)
		for what, diff := range map[string]string{
			"probes": cmp.Diff(whole.Probes, got.Probes), "entities": cmp.Diff(whole.Entities, got.Entities), "values": cmp.Diff(whole.Values, got.Values),
		} {
			if diff != "" {
				t.Errorf("%s: %s (-whole +merged):\n%.1000s", name, what, diff)
			}
		}
		if name != "groups" {
			continue
		}
		at := stratumOf(parser.DataTypeString, [2]uint64{2})
		for _, s := range whole.Probes {
			for i := range s.Keys {
				if k := &s.Keys[i]; bytes.HasPrefix(k.Key.Name, []byte("group:")) && !strings.ContainsAny(string(k.Key.Name[len(k.Key.Name)-1:]), "13579") && uint32(s.Stratum) != at {
					t.Fatalf("%q, of a group, is in stratum %d, want %d", k.Key.Name, s.Stratum, at)
				}
			}
		}
	}
}

// TestNamingOfPieces: a value that goes on in other batches keeps what its name
// says.
func TestNamingOfPieces(t *testing.T) {
	members := make([]rdbtest.Str, 20_000)
	for i := range members {
		members[i] = rdbtest.Plain(fmt.Sprint("member ", i))
	}
	parts := []probePart{
		{"big:{tag}:1", rdbtest.Set(members...)}, {"big:{tag}:2", rdbtest.List(members...)},
		{"small:1", rdbtest.String(rdbtest.Plain("x"))}, {"", rdbtest.String(rdbtest.Plain("of the empty name"))},
	}
	s := probeSummary(t, "x", parts, nil)
	var tagged, keys int64
	for _, slot := range s.keys.Slots {
		tagged += slot.Tagged.Keys
		keys += slot.Keys
	}
	if tagged != 2 || keys != 4 {
		t.Errorf("%d keys in slots, %d of them by a tag; want 4 and 2", keys, tagged)
	}
	sampled := make(map[string]uint16)
	for _, p := range s.keys.Probes {
		for i := range p.Keys {
			sampled[string(p.Keys[i].Key.Name)] = p.Stratum
		}
	}
	if len(sampled) != len(parts) || holdsStrings(int(sampled["big:{tag}:1"])) || !holdsStrings(int(sampled[""])) {
		t.Errorf("sampled: %v", sampled)
	}
}
