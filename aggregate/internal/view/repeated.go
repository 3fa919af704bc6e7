package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Sources are added up: those of shards, which share no key. Dumps of one server, of
// several nights, or one dump under two names, hold the same keys, which then count
// twice. A report says so where that is sure, and is silent where it is not.

// The same server is told by keys that are the same, among the largest and the sampled
// ones that a summary keeps. Only names with a number or an id in them count: several
// servers of one kind have the same queues.
const (
	repeatedNames = 8 // that two dumps must have in common
	repeatedShare = 4 // all but this part of those that would be in common if all keys were
	repeatedSame  = 2 // at least this part of them has not changed
)

// Codes of warnings on sources that hold the same keys.
const (
	CodeSameDump         = "same-dump"
	codeSeveralSnapshots = "several-snapshots"
)

// Repeated warns of sources that hold the same keys. It is a function of the summary,
// however that was merged.
func Repeated(s *state.Summary) []data.Warning {
	if len(s.Sources) < 2 {
		return nil
	}
	var out []data.Warning
	copies := newGroups(len(s.Sources))
	byLength := make(map[int64][]int) // thousands of sources are not compared with each other
	for i := range s.Sources {
		for _, j := range byLength[s.Sources[i].Bytes] {
			if SameDump(&s.Sources[i], &s.Sources[j]) {
				copies.join(j, i)
				break
			}
		}
		byLength[s.Sources[i].Bytes] = append(byLength[s.Sources[i].Bytes], i)
	}
	for _, g := range copies.all() {
		out = append(out, data.Warning{Code: CodeSameDump, Count: 1,
			Text: sourceList(s, g) + " are the same dump: its keys are counted " + times(len(g))})
	}
	nights := newGroups(len(s.Sources))
	replication := make(map[string]int)
	for i := range s.Sources {
		if id := replicationID(&s.Sources[i]); id != "" && s.Sources[i].Keys > 0 {
			if first, seen := replication[id]; seen {
				nights.join(first, i)
			} else {
				replication[id] = i
			}
		}
	}
	sharing(s, nights)
	for _, g := range nights.all() {
		if g = slices.DeleteFunc(g, func(i int) bool { return copies.of(i) != i }); len(g) < 2 {
			continue // one dump, which is said already
		}
		out = append(out, data.Warning{Code: codeSeveralSnapshots, Count: 1,
			Text: sourceList(s, g) + " are of one server or its replicas" + between(s, g) + ": most keys are counted " + times(len(g))})
	}
	return out
}

// times is how often something is counted.
func times(n int) string {
	if n == 2 {
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// sourceList names sources, the first few.
func sourceList(s *state.Summary, group []int) string {
	const few = 3
	var names []string
	for i, at := range group {
		if i == few && len(group) > few+1 {
			return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", len(group)-few)
		}
		names = append(names, keyname.EscapeText(s.Sources[at].Name))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// between says when sources were written.
func between(s *state.Summary, group []int) string {
	first, last := int64(0), int64(0)
	for i, at := range group {
		x := &s.Sources[at]
		if !x.HasCtime {
			return ""
		}
		if i == 0 {
			first, last = x.Ctime, x.Ctime
		}
		first, last = min(first, x.Ctime), max(last, x.Ctime)
	}
	if first == last {
		return ""
	}
	return fmt.Sprintf(", saved from %s to %s", data.Time(first), data.Time(last))
}

// SameDump reports whether two sources are one dump: they have its checksum, or where it
// has none, all that a dump says of itself and all that is counted.
func SameDump(a, b *state.SourceState) bool {
	if a.Keys == 0 || a.Keys != b.Keys || a.Bytes != b.Bytes || a.ChecksumStored != b.ChecksumStored || a.HasCtime != b.HasCtime || a.Ctime != b.Ctime {
		return false
	}
	if a.ChecksumStored != 0 {
		return true
	}
	return a.HasCtime && a.HasUsedMemory && b.HasUsedMemory && a.UsedMemory == b.UsedMemory && a.Counted == b.Counted &&
		slices.Equal(a.Tables, b.Tables) && slices.Equal(a.Aux, b.Aux)
}

// replicationID returns what a dump says of the history of its data (rdb.c
// rdbSaveInfoAuxFields): servers with replicas, and replicas, write it. A server that
// becomes another's equal gets a new one. It is empty where there is none.
func replicationID(s *state.SourceState) string {
	for _, p := range s.Aux {
		if p.Name == "repl-id" && len(p.Value) == 40 && strings.Trim(p.Value, "0") != "" {
			return p.Value
		}
	}
	return ""
}

// keptKey is a key of a list, without the source that it is of.
type keptKey struct {
	source int
	name   KeyName
	typ    string
	facts  [4]int64 // of which one differs when the key has changed
	// chance is that of the key to be in the list, over chanceAll, if it is in a source.
	chance int64
}

const chanceAll = 1 << 20

// sharing joins sources that have the same keys and were not written at the same time.
func sharing(s *state.Summary, nights groups) {
	byName := make(map[string]int, len(s.Sources))
	for i := range s.Sources {
		if _, twice := byName[s.Sources[i].Name]; twice {
			byName[s.Sources[i].Name] = -1 // whose key it is cannot be told
			continue
		}
		byName[s.Sources[i].Name] = i
	}
	split := keyname.NewSplitter(s.Config.Separators, 0)
	ofSource := func(k *counters.KeptKey) int {
		at, ok := byName[k.Source]
		if !ok || at < 0 || k.Len != int64(len(k.Name)) || !slices.ContainsFunc(split.Split(k.Name), func(e keyname.Edge) bool { return e.Cls != keyname.ClassLiteral }) {
			return -1
		}
		return at
	}
	var kept []keptKey
	list := s.Keys.Biggest
	if n := len(list); n > 0 && int64(n) < s.Keys.Totals.Keys {
		// Where the list ends, keys of one size are there by the name of their source.
		last := list[n-1].Value
		list = list[:slices.IndexFunc(list, func(k state.TopKey) bool { return k.Value == last })]
	}
	for i := range list {
		k := &list[i]
		if at := ofSource(&k.Key); at >= 0 {
			kept = append(kept, keptKey{at, NameOf(k), k.Type, [...]int64{k.RDBBytes, k.Elements, k.Longest, k.Expiry}, chanceAll})
		}
	}
	joinSharing(s, nights, kept)
	kept = kept[:0]
	sample, weight := state.SampleWeight(s.Bounds, s.Keys.Sample)
	for i := range sample {
		k := &sample[i]
		if at := ofSource(&k.Key); at >= 0 {
			chance := int64(chanceAll)
			if k.Memory < weight {
				chance = sketch.MulDiv(k.Memory, chanceAll, weight)
			}
			kept = append(kept, keptKey{at, KeyName{db: k.Key.DB, len: k.Key.Len, text: string(k.Key.Name)}, k.Type, [...]int64{k.Memory, k.Elements, k.Payload, 0}, chance})
		}
	}
	joinSharing(s, nights, kept)
}

// joinSharing joins sources by the keys of a list. A key is compared with that of the
// next source that has it: nights of one server follow each other.
func joinSharing(s *state.Summary, nights groups, list []keptKey) {
	type named struct {
		KeyName
		typ string
	}
	type pair struct{ a, b int }
	type shared struct{ names, same int64 }
	slices.SortStableFunc(list, func(a, b keptKey) int { return cmp.Compare(a.source, b.source) })
	last := make(map[named]*keptKey)
	would := make(map[int]int64) // would be in common, over chanceAll
	pairs := make(map[pair]shared)
	for i := range list {
		k := &list[i]
		would[k.source] += k.chance
		name := named{k.name, k.typ}
		if o := last[name]; o != nil && o.source != k.source {
			p := pair{o.source, k.source}
			n := pairs[p]
			n.names++
			if o.facts == k.facts {
				n.same++
			}
			pairs[p] = n
		}
		last[name] = k
	}
	for p, n := range pairs {
		a, b := &s.Sources[p.a], &s.Sources[p.b]
		least := min(would[p.a], would[p.b]) / chanceAll
		if a.HasCtime && b.HasCtime && a.Ctime != b.Ctime && n.names >= repeatedNames && n.names >= least-least/repeatedShare && n.same*repeatedSame >= n.names {
			nights.join(p.a, p.b)
		}
	}
}

// groups joins numbers to groups, each called by the smallest in it.
type groups []int

func newGroups(n int) groups {
	g := make(groups, n)
	for i := range g {
		g[i] = i
	}
	return g
}

func (g groups) of(i int) int {
	for g[i] != i {
		i = g[i]
	}
	return i
}

func (g groups) join(i, j int) {
	a, b := g.of(i), g.of(j)
	g[max(a, b)] = min(a, b)
}

// all returns the groups of two and more, in order.
func (g groups) all() (out [][]int) {
	members := make(map[int][]int)
	for i := range g {
		members[g.of(i)] = append(members[g.of(i)], i)
	}
	for i := range g {
		if len(members[i]) > 1 {
			out = append(out, members[i])
		}
	}
	return out
}

// KeyName tells the keys of two snapshots from each other, whatever their sources
// are called.
type KeyName struct {
	db    int32
	len   int64
	whole sketch.Digest
	text  string
}

// NameOf returns the name of a key.
func NameOf(k *state.TopKey) KeyName {
	return KeyName{k.Key.DB, k.Key.Len, k.Whole, string(k.Key.Name)}
}
