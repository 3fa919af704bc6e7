package part

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
)

// nameBound is a place in a part where names of keys are kept.
type nameBound struct {
	field string // of the schema
	what  string
	names int // at most
	bytes int // of each, at most
	note  string
}

// most returns the largest sum of what so many strata keep.
func most(strata int, sum func(used int) int) (n int) {
	for used := 1; used <= strata; used++ {
		n = max(n, sum(used))
	}
	return n
}

// nameBounds are worked out from the constants that bound the state.
func nameBounds() []nameBound {
	bounds := state.DefaultBounds()
	half := keyname.ProbeStrata / 2
	return []nameBound{
		{"keys.biggest", "the largest keys by memory", state.MinTop, counters.KeyLimit, "more with a larger `--top`"},
		{"keys.most_elements", "those with the most elements", state.MinTop, counters.KeyLimit, "more with a larger `--top`"},
		{"keys.named", "those used last, longest ago, most and least, and those of the longest names", 5 * state.NamedTop, counters.KeyLimit, ""},
		{"keys.sample", "a sample by size, for patterns", bounds.Sample + 1, counters.ExampleLimit, ""},
		{"keys.probed", "a sample of every kind of name, whose values are looked at", most(keyname.ProbeStrata, func(used int) int {
			strings := min(used, half)
			n, _ := state.StratumLimits(0, used)
			m, _ := state.StratumLimits(half, used)
			return strings*n + (used-strings)*m
		}), state.ProbeName, ""},
		{"keys.entities", "a sample of what strings have in common: `user:17` of `user:17:name`", most(keyname.EntityStrata, func(used int) int { return used * state.EntityLimit(used) }),
			counters.ExampleLimit, fmt.Sprintf("each with up to %d strings, of which no name is kept", state.MaxSiblings)},
		{"keys.values.values", "for a sample of values one key that holds it", bounds.Values, counters.ExampleLimit, ""},
		{"keys.values.holders", "a sample of keys with the hashes of their values", most(state.ValueStrata, func(used int) int { return used * bounds.HolderLimit(used) }), counters.ExampleLimit, ""},
		{"keys.timeline.samples", "a sample of keys that expire", state.MaxBinSamples, counters.ExampleLimit, fmt.Sprintf("up to %d for each span of time", state.BinSamples)},
		{"keys.patterns", "an example for each pattern and type", state.DefaultMaxNodes + state.MaxTypes + 1, counters.ExampleLimit,
			fmt.Sprintf("some 16,000 where memory bounds them; a word of a pattern has up to %d bytes", keyname.MaxLiteral)},
		{"keys.slots", "hash tags, a sample of each cluster slot", keyname.NumSlots * (state.SlotSamples + 1), state.TagLimit, "no names but what is in braces, and the hash of the name"},
	}
}

// thousands is a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// TestDocumentedBounds holds the numbers of docs/parts.md to the constants of the
// code.
func TestDocumentedBounds(t *testing.T) {
	var table strings.Builder
	table.WriteString("| which | names at most | bytes of each | field of the schema | |\n|---|--:|--:|---|---|\n")
	for _, b := range nameBounds() {
		fmt.Fprintf(&table, "| %s | %s | %s | `%s` | %s |\n", b.what, thousands(b.names), thousands(b.bytes), b.field, b.note)
	}
	file := filepath.Join("..", "..", "..", "docs", "parts.md")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- bounds: TestDocumentedBounds -->\n", "<!-- end -->"
	head, rest, ok := strings.Cut(string(b), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("docs/parts.md has no place for the table of bounds")
	}
	doc := head + begin + table.String() + end + tail
	if *update {
		if err := os.WriteFile(file, []byte(doc), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if doc != string(b) {
		t.Errorf("docs/parts.md: the table of bounds is not what the constants say, which is (-update writes it)\n%s", table.String())
	}
	text := strings.Join(strings.Fields(doc), " ")
	for what, n := range map[string]int{
		"format version, little-endian: %d":             formatVersion,
		"The goal is %d MB for a source":                sizeGoal / 1e6,
		"at most %d MB for a part of many":              4 * sizeGoal / 1e6,
		"Of more than %d MiB none is read":              maxFile >> 20,
		"up to %d auxiliary fields of up to 4 KiB each": parser.MaxAux,
		"a word of at most %d letters":                  keyname.MaxLiteral,
	} {
		if want := fmt.Sprintf(what, n); !strings.Contains(text, want) {
			t.Errorf("docs/parts.md does not say: %s", want)
		}
	}
	// Every place of the schema that holds a kept key is in the table.
	schema, err := contentsSchema()
	if err != nil {
		t.Fatal(err)
	}
	var find func(x *wireType, path string)
	find = func(x *wireType, path string) {
		for x.elem != nil {
			x = x.elem
		}
		for _, f := range x.fields {
			at := strings.TrimPrefix(path+"."+f.name, ".")
			if f.predicted || f.typ.kind == wireText && f.name == "tag" {
				listed := false
				for _, b := range nameBounds() {
					listed = listed || strings.HasPrefix(at, b.field+".")
				}
				if !listed {
					t.Errorf("%s holds names of keys, which docs/parts.md does not tell", at)
				}
			}
			find(f.typ, at)
		}
	}
	find(schema.root(), "")
}
