package state

import (
	"cmp"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

const (
	// ProbeKeys bounds the sampled keys of all strata together (beyond
	// MinStratum each), ProbeBytes the values held for them.
	ProbeKeys  = 1 << 15
	ProbeBytes = 8 << 20
	// With more strata than FewStrata names begin with random words, and it is
	// less than ProbeKeys: each key that is held takes half a kilobyte.
	FewStrata = 1 << 7
	// A stratum keeps at most this many strings, or keys of other types.
	MaxStringStratum = 512
	MaxOtherStratum  = 128
	MinStratum       = 32
	MaxStratumBytes  = 256 << 10
	MinStratumBytes  = 64 << 10
	// ProbeString is how many bytes of a string are looked at, ProbeHash how
	// many of the fields and values of a hash, ProbeZset how many of the members
	// and scores of a packed sorted set, ProbeList how many of the items of a list.
	ProbeString = 16 << 10
	ProbeHash   = 512
	ProbeZset   = 512
	ProbeList   = 512
	// ProbeName is how many bytes of a sampled key's name are kept; keys with
	// longer names belong to no pattern in the sample.
	ProbeName = counters.ExampleLimit
)

// StratumLimits returns how many keys a stratum keeps and how many bytes of
// their values, when used strata have keys. Both only fall as used grows.
func StratumLimits(stratum, used int) (keys, bytes int) {
	used = max(used, 1)
	keys = MaxOtherStratum
	if keyname.HoldsStrings(stratum) {
		keys = MaxStringStratum
	}
	room := ProbeKeys / used
	if used > FewStrata {
		room = room * FewStrata / used
	}
	return min(keys, max(MinStratum, room)), min(MaxStratumBytes, max(MinStratumBytes, ProbeBytes/used))
}

// ProbeKey is a sampled key and what probes say of it, plain data.
type ProbeKey struct {
	Key      counters.KeptKey `part:"key"`
	DataType parser.DataType  `part:"data_type"`
	Type     string           `part:"type"`
	Memory   int64            `part:"memory"`
	Resident int64            `part:"resident"`
	Elements int64            `part:"elements"`
	ValueLen int64            `part:"value_length"` // bytes of a string
	Expires  bool             `part:"expires"`
	// Under a name whose runs of words are one letter each, and with the one
	// long identifier in the name replaced by a number of 1, 2, … digits (empty
	// when there is not exactly one).
	Short         int64   `part:"short_name"`
	ShortResident int64   `part:"short_name_resident"`
	Numbered      []int64 `part:"numbered_name"` // MEMORY USAGE by digits, then the same allocated
	// With the bits of that identifier in base64url: 0 where that is not shorter.
	Encoded         int64 `part:"encoded_name,optional"`
	EncodedResident int64 `part:"encoded_name_resident,optional"`
	// What a TTL adds to the key itself, beside its entry in the expires table; 0
	// for a key that has one.
	TTL         int64 `part:"ttl_cost,signed"`
	TTLResident int64 `part:"ttl_cost_resident,signed"`
	// Held is how many bytes of the value are looked at; Probed says that they were.
	Held   int64       `part:"held"`
	Probed bool        `part:"probed"`
	Value  probe.Value `part:"value"`
	// Of hashes: the field with the longest contents, and of all fields.
	TopField    string `part:"top_field"` // escaped for display; empty when its name is no plain word, unless it is a BigField
	TopFieldLen int64  `part:"top_field_length"`
	FieldsLen   int64  `part:"fields_length"`
	// What tells its role.
	Role counters.RoleSample `part:"role,optional"`
	// Of a hash of one field: as a string, whose name has the field's behind it.
	Single         int64  `part:"single_field,optional"` // MEMORY USAGE, 0 for others
	SingleResident int64  `part:"single_field_resident,optional"`
	Preview        string `part:"-"` // escaped beginning of the value, only when asked for
}

// Compare orders keys by hash; what follows tells those of damaged dumps apart.
func (k *ProbeKey) Compare(o *ProbeKey) int {
	if c := k.Key.CompareSample(&o.Key); c != 0 {
		return c
	}
	// A damaged dump may hold a key twice.
	return cmp.Or(cmp.Compare(k.Type, o.Type), cmp.Compare(k.Memory, o.Memory), cmp.Compare(k.Resident, o.Resident),
		cmp.Compare(k.Elements, o.Elements), cmp.Compare(k.Held, o.Held), slices.Compare(k.Value.Hash[:], o.Value.Hash[:]),
		cmp.Compare(k.FieldsLen, o.FieldsLen), k.Role.Compare(&o.Role))
}

// ProbeStratum is a stratum of a summary: its keys by hash.
type ProbeStratum struct {
	Stratum uint16     `part:"stratum"`
	Cut     bool       `part:"cut"` // there were more keys
	Keys    []ProbeKey `part:"keys"`
}

// MergeProbes combines samples.
func MergeProbes(parts ...[]ProbeStratum) []ProbeStratum {
	var strata [keyname.ProbeStrata]*ProbeStratum
	used := 0
	var held [keyname.ProbeStrata]int
	for _, p := range parts {
		for i := range p {
			held[p[i].Stratum&(keyname.ProbeStrata-1)] += len(p[i].Keys)
		}
	}
	for _, p := range parts {
		for i := range p {
			at := p[i].Stratum & (keyname.ProbeStrata - 1)
			s := strata[at]
			if s == nil {
				s = &ProbeStratum{Stratum: at, Keys: make([]ProbeKey, 0, held[at])}
				strata[at] = s
				used++
			}
			s.Cut = s.Cut || p[i].Cut
			s.Keys = append(s.Keys, p[i].Keys...)
		}
	}
	var out []ProbeStratum
	for _, s := range strata {
		if s != nil {
			s.cut(used)
			s.Keys = sketch.Fitted(s.Keys)
			out = append(out, *s)
		}
	}
	return out
}

// cut sorts a stratum and leaves of it what belongs to the sample.
func (s *ProbeStratum) cut(used int) {
	slices.SortFunc(s.Keys, func(a, b ProbeKey) int { return a.Compare(&b) })
	keys, bytes := StratumLimits(int(s.Stratum), used)
	n, sum := 0, int64(0)
	for n < min(len(s.Keys), keys) && sum+s.Keys[n].Held <= int64(bytes) {
		sum += s.Keys[n].Held
		n++
	}
	if n < len(s.Keys) {
		s.Keys, s.Cut = s.Keys[:n], true
	}
}
