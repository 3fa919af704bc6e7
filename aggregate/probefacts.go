package aggregate

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// Estimate is a saving that was computed on sampled keys and carried over to
// all keys of a pattern by their exact memory. All sums are bytes.
type Estimate struct {
	Sampled                       int64 // keys looked at
	Keys                          int64 // keys concerned, of all
	Before, After                 int64 // MEMORY USAGE of those
	BeforeResident, AfterResident int64 // really allocated
	// Bound is two standard deviations of Before - After, 0 when every key was
	// looked at (Exact).
	Bound int64
	Exact bool
}

// Saves returns Before - After.
func (e *Estimate) Saves() int64 { return e.Before - e.After }

// ProbeFacts are what the sampled keys of one (pattern, type) say.
type ProbeFacts struct {
	Sampled int64 // keys
	Probed  int64 // of them, keys whose value was looked at
	// Short: under names whose runs of words are one letter each.
	Short     Estimate
	ShortName string // the pattern of those names
	// Numbered: numbers from 1 on in place of the one long identifier.
	Numbered     Estimate
	NumberedName string
	// TTL: the keys without a TTL, with one; the expires table is not in it.
	TTL Estimate
	// Hash: strings that hold a JSON object, as hashes. Of those looked at:
	// Objects, Nested (with objects or arrays inside), Tables (no listpack).
	Hash                    Estimate
	Objects, Nested, Tables int64
	Fields                  int64 // of the objects looked at, together
	// Zlib and Zstd: strings that get smaller, where those tried have LargeMean
	// bytes on average. Compressed are those looked at that are compressed already.
	Zlib, Zstd     Estimate
	Compressed     int64
	Tried          int64 // of those looked at, strings long enough to be compressed
	ZlibIn, ZlibTo int64 // lengths of the strings tried, and compressed
	ZstdTo         int64
	Formats        []FormatCount // most frequent first
	// Copies are values that several keys have; nil when none was looked at.
	Copies *CopyFacts
	// Changed: keys without a TTL with a field that says when they were changed last.
	ChangedField string // its name where it is a usual one
	Changed      []AgeCount
	ChangedKeys  int64 // of those looked at
	// TopField is the field of sampled hashes that is the longest of most of
	// them, with its share of all contents.
	// Dated: keys without a TTL whose name has a date at least DatedSeconds before
	// the clock; OldestDate is the earliest date among those looked at, ms.
	Dated         Estimate
	DatedKeys     int64 // of those looked at, keys with a date in the name
	OldestDate    Time
	TopField      string
	TopFieldShare Ratio
	Previews      []string // only when asked for
}

// FormatCount is how many of the values looked at have a format.
type FormatCount struct {
	Format string
	Keys   int64
	// Serialized and Compressed say of which kind the format is.
	Serialized, Compressed bool
}

// AgeCount is the part of a pattern that was not changed for some time.
type AgeCount struct {
	Seconds int64 // at least
	Estimate
}

// changedAges are the ages that are told apart, seconds.
var changedAges = [...]int64{7 * 86400, 30 * 86400, 90 * 86400, 365 * 86400}

// EntityFacts are the strings of entities as fields of hashes.
type EntityFacts struct {
	Pattern string // user:{int}:*
	Match   string
	Types   string
	Keys    int64 // strings of the pattern
	Memory  int64 // MEMORY USAGE of those
	// Saving is for all of them; Sampled counts entities.
	Saving   Estimate
	Entities int64 // about, of all
	Fields   int64 // of the sampled entities, together
	Packed   int64 // sampled entities that become a listpack
	Expiring int64 // sampled entities with a TTL on some field
	MixedTTL int64 // sampled entities whose fields do not expire within the same hour
	Wide     int64 // sampled entities with more fields than were kept
	Example  string
	Rows     []int // indexes into Facts.Patterns
	// KeyspaceSaved is what the tables of the keyspace shrink by with fewer keys.
	KeyspaceSaved int64
}

// weighed is a sampled key with the number of keys it stands for.
type weighed struct {
	*probeKey
	weight uint64
}

// standsFor returns how many keys one stands for when those up to a hash were
// taken.
func standsFor(cut bool, last uint64) uint64 {
	if !cut || last == 0 {
		return 1
	}
	return max(1, ^uint64(0)/last)
}

// samplesByRow returns the sampled keys of each row.
func (v *view) samplesByRow(strata []probeStratum, cfg *Config) map[starred][]weighed {
	split := newSplitter(cfg.Separators, cfg.Depth)
	out := make(map[starred][]weighed)
	for i := range strata {
		s := &strata[i]
		n := len(s.Keys)
		if n == 0 {
			continue
		}
		weight := standsFor(s.Cut, s.Keys[n-1].Key.Hash)
		for j := range s.Keys {
			k := &s.Keys[j]
			if node := v.nodeOf(k.Key.Name, k.Key.Len, split, cfg.Groups); node != 0 {
				at := starred{node, k.Type}
				out[at] = append(out[at], weighed{k, weight})
			}
		}
	}
	return out
}

// nodeOf returns the node under which a key was counted, 0 when that is not
// known.
func (v *view) nodeOf(name []byte, length int64, split *splitter, groups []Group) uint32 {
	if length != int64(len(name)) {
		return 0
	}
	for i, g := range groups {
		if glob(g.Glob).match(name) {
			lit := groupLiteral(i)
			l := literalOf(lit[:])
			return v.trie.find(rootNode, 0, classGroup, l, v.trie.hash(rootNode, 0, classGroup, l))
		}
	}
	path := v.path(name, split.split(name))
	if len(path) == 0 {
		return 0
	}
	return path[len(path)-1].node
}

// estimator adds up what sampled keys would save.
type estimator struct {
	n      int64
	groups []weightSums
	// Sums of products of savings s and memory m.
	ss, sm, mm, a, b big.Int
}

// weightSums are sums over the keys of one weight.
type weightSums struct {
	weight       uint64
	keys, memory int64
	in           int64    // keys concerned
	sums         [4]int64 // of them: before, after, the same allocated
}

func (e *estimator) add(k *weighed, concerned bool, before, after, beforeResident, afterResident int64) {
	n := len(e.groups) - 1
	for n >= 0 && e.groups[n].weight != k.weight {
		n--
	}
	if n < 0 {
		n = len(e.groups)
		e.groups = append(e.groups, weightSums{weight: k.weight})
	}
	g := &e.groups[n]
	e.n++
	g.keys++
	g.memory += k.Memory
	saves := int64(0)
	if concerned {
		g.in++
		for i, v := range [...]int64{before, after, beforeResident, afterResident} {
			g.sums[i] += v
		}
		saves = before - after
	}
	product := func(sum *big.Int, x, y int64) { sum.Add(sum, e.a.Mul(e.a.SetInt64(x), e.b.SetInt64(y))) }
	if saves != 0 {
		product(&e.ss, saves, saves)
		product(&e.sm, saves, k.Memory)
	}
	product(&e.mm, k.Memory, k.Memory)
}

// total returns the weighted sum of a figure.
func (e *estimator) total(of func(*weightSums) int64) *big.Int {
	sum := new(big.Int)
	for i := range e.groups {
		g := &e.groups[i]
		sum.Add(sum, e.a.Mul(e.a.SetUint64(g.weight), e.b.SetInt64(of(g))))
	}
	return sum
}

// estimate carries the sums over to all keys of a row.
func (e *estimator) estimate(keys, memory int64) (r Estimate) {
	r.Sampled = e.n
	allKeys := e.total(func(g *weightSums) int64 { return g.keys })
	allMemory := e.total(func(g *weightSums) int64 { return g.memory })
	if e.n == 0 || allMemory.Sign() <= 0 {
		return r
	}
	r.Exact = e.n >= keys
	scale := func(sum *big.Int, whole int64, by *big.Int) int64 {
		if r.Exact {
			return sum.Int64() // every weight is 1 then
		}
		sum.Mul(sum, e.a.SetInt64(whole))
		sum.Div(sum, by)
		if !sum.IsInt64() {
			return 1<<63 - 1
		}
		return sum.Int64()
	}
	r.Keys = scale(e.total(func(g *weightSums) int64 { return g.in }), keys, allKeys)
	for i, to := range [...]*int64{&r.Before, &r.After, &r.BeforeResident, &r.AfterResident} {
		*to = scale(e.total(func(g *weightSums) int64 { return g.sums[i] }), memory, allMemory)
	}
	if !r.Exact {
		r.Bound = e.bound(keys)
	}
	return r
}

// bound returns two standard deviations of the ratio estimate of the saving: of
// the residuals saving - ratio * memory, with the correction for a sample that
// is a good part of all keys (Cochran, "Sampling Techniques", chapter 6).
func (e *estimator) bound(keys int64) int64 {
	if e.n < 2 {
		return 1<<63 - 1
	}
	var saves, memory, sum, t big.Int
	for i := range e.groups {
		g := &e.groups[i]
		saves.Add(&saves, t.SetInt64(g.sums[0]-g.sums[1]))
		memory.Add(&memory, t.SetInt64(g.memory))
	}
	// Σ(s M - S m)² = M² Σs² - 2 M S Σsm + S² Σm², with S and M the sums.
	sum.Mul(&e.ss, t.Mul(&memory, &memory))
	t.Mul(&memory, &saves)
	sum.Sub(&sum, t.Mul(t.Lsh(&t, 1), &e.sm))
	sum.Add(&sum, t.Mul(t.Mul(&saves, &saves), &e.mm))
	// 4 N (N-n) / (n (n-1)) of that over M².
	sum.Mul(&sum, t.SetInt64(4*keys))
	sum.Mul(&sum, t.SetInt64(keys-e.n))
	sum.Div(&sum, t.Mul(t.SetInt64(e.n), big.NewInt(e.n-1)))
	if memory.Sign() > 0 {
		sum.Div(&sum, memory.Mul(&memory, &memory))
	}
	sum.Sqrt(&sum)
	if !sum.IsInt64() {
		return 1<<63 - 1
	}
	return sum.Int64()
}

// digits returns how many of the numbers 1 to n have each number of digits.
func digits(n int64) (counts [maxDigits]int64) {
	low := int64(1)
	for d := range counts {
		high := low*10 - 1
		if d == maxDigits-1 {
			high = n
		}
		counts[d] = max(0, min(high, n)-low+1)
		low *= 10
	}
	return counts
}

// probeFacts computes what the samples of a row say.
func (r *patternRow) probeFacts(samples []weighed, split *splitter, now int64) *ProbeFacts {
	p := &ProbeFacts{Sampled: int64(len(samples))}
	r.nameFacts(p, samples, split)
	r.valueFacts(p, samples)
	r.changeFacts(p, samples, now)
	r.dateFacts(p, samples, split, now)
	if r.typ == parser.DataTypeHash.String() {
		topField(p, samples)
	}
	return p
}

func (r *patternRow) nameFacts(p *ProbeFacts, samples []weighed, split *splitter) {
	var short, numbered, ttl estimator
	of := digits(r.Keys)
	var sum, sumResident, t big.Int
	for i := range samples {
		k := &samples[i]
		short.add(k, k.Short < k.Memory || k.ShortResident < k.Resident, k.Memory, k.Short, k.Resident, k.ShortResident)
		ttl.add(k, !k.Expires, k.Memory, k.Memory+k.TTL, k.Resident, k.Resident+k.TTLResident)
		if len(k.Numbered) != 2*maxDigits {
			numbered.add(k, false, 0, 0, 0, 0)
			continue
		}
		// The key may get any of the numbers: the mean over them, in 256ths.
		sum.SetInt64(0)
		sumResident.SetInt64(0)
		for d, n := range of {
			if n > 0 {
				sum.Add(&sum, t.Mul(t.SetInt64(n), big.NewInt(k.Numbered[d])))
				sumResident.Add(&sumResident, t.Mul(t.SetInt64(n), big.NewInt(k.Numbered[maxDigits+d])))
			}
		}
		mean := func(s *big.Int) int64 { return t.Div(t.Lsh(s, 8), big.NewInt(max(1, r.Keys))).Int64() }
		numbered.add(k, true, k.Memory<<8, mean(&sum), k.Resident<<8, mean(&sumResident))
	}
	p.Short, p.Numbered, p.TTL = short.estimate(r.Keys, r.Memory), numbered.estimate(r.Keys, r.Memory), ttl.estimate(r.Keys, r.Memory)
	for _, v := range [...]*int64{&p.Numbered.Before, &p.Numbered.After, &p.Numbered.BeforeResident, &p.Numbered.AfterResident, &p.Numbered.Bound} {
		*v >>= 8
	}
	for i := range samples {
		k := &samples[i]
		edges := split.split(k.Key.Name)
		if p.ShortName == "" && (k.Short < k.Memory || k.ShortResident < k.Resident) {
			p.ShortName = string(appendShort(nil, edges, k.Key.Name))
		}
		if p.NumberedName == "" && len(k.Numbered) > 0 {
			for j := range edges {
				if isIdentifier(&edges[j]) {
					edges[j].cls = classInt
				}
			}
			p.NumberedName = string(appendPattern(nil, k.Key.Name, edges))
		}
	}
}

func (r *patternRow) valueFacts(p *ProbeFacts, samples []weighed) {
	var hash, zlib, zstd estimator
	var formats [probe.NumFormats]int64
	for i := range samples {
		k := &samples[i]
		if !k.Probed || k.Logical != parser.DataTypeString {
			continue
		}
		x := &k.Value
		p.Probed++
		formats[x.Format]++
		if x.Format.Compressed() {
			p.Compressed++
		}
		if x.Fields > 0 {
			p.Objects++
			p.Fields += x.Fields
			if x.Nested {
				p.Nested++
			}
			if !x.Packed {
				p.Tables++
			}
		}
		hash.add(k, x.Fields > 0, k.Memory, x.HashBytes, k.Resident, x.HashResident)
		if x.Zlib > 0 {
			p.Tried++
			p.ZlibIn += k.ValueLen
			p.ZlibTo += x.Zlib
			p.ZstdTo += x.Zstd
		}
		zlib.add(k, x.Zlib > 0 && x.ZlibBytes < k.Memory, k.Memory, x.ZlibBytes, k.Resident, x.ZlibResident)
		zstd.add(k, x.Zstd > 0 && x.ZstdBytes < k.Memory, k.Memory, x.ZstdBytes, k.Resident, x.ZstdResident)
		if k.Preview != "" && len(p.Previews) < 3 {
			p.Previews = append(p.Previews, k.Preview)
		}
	}
	p.Hash, p.Zlib, p.Zstd = hash.estimate(r.Keys, r.Memory), zlib.estimate(r.Keys, r.Memory), zstd.estimate(r.Keys, r.Memory)
	if p.ZlibIn < p.Tried*LargeMean {
		p.Zlib, p.Zstd = Estimate{}, Estimate{}
	}
	for f, n := range formats {
		if x := probe.Format(f); n > 0 {
			p.Formats = append(p.Formats, FormatCount{x.String(), n, x.Serialized(), x.Compressed()})
		}
	}
	slices.SortStableFunc(p.Formats, func(a, b FormatCount) int { return cmp.Compare(b.Keys, a.Keys) })
}

// usualFields are names of fields by their identity in samples: what a dump
// calls its fields is shown only when everybody calls them so.
var usualFields = func() map[uint64]string {
	m := make(map[uint64]string)
	for _, stem := range []string{"last_update", "last_updated", "updated", "updated_at", "update_time", "modified", "modified_at", "last_modified", "mtime",
		"last_seen", "seen", "seen_at", "last_access", "last_accessed", "accessed", "accessed_at", "atime", "last_active", "last_activity", "last_login",
		"last_visit", "timestamp", "ts", "time", "refreshed_at", "synced_at"} {
		camel := ""
		for i, part := range strings.Split(stem, "_") {
			if i > 0 {
				part = strings.ToUpper(part[:1]) + part[1:]
			}
			camel += part
		}
		for _, name := range []string{stem, camel, strings.ReplaceAll(stem, "_", ""), strings.ReplaceAll(stem, "_", "-"), strings.ToUpper(stem)} {
			m[probe.FieldName(name)] = name
		}
	}
	return m
}()

func (r *patternRow) changeFacts(p *ProbeFacts, samples []weighed, now int64) {
	if now <= 0 {
		return
	}
	ages := make([]estimator, len(changedAges))
	names := make(map[uint64]int64)
	for i := range samples {
		k := &samples[i]
		if !k.Probed {
			continue
		}
		changed := k.Value.Changed
		if changed > 0 {
			p.ChangedKeys++
			names[k.Value.ChangedField]++
		}
		for j := range ages {
			ages[j].add(k, !k.Expires && changed > 0 && now-changed >= changedAges[j]*1000, k.Memory, 0, k.Resident, 0)
		}
	}
	if p.ChangedKeys == 0 {
		return
	}
	for j := range ages {
		p.Changed = append(p.Changed, AgeCount{changedAges[j], ages[j].estimate(r.Keys, r.Memory)})
	}
	common := slices.SortedFunc(maps.Keys(names), func(a, b uint64) int { return cmp.Or(cmp.Compare(names[b], names[a]), cmp.Compare(a, b)) })
	p.ChangedField = usualFields[common[0]]
}

// LargeMean is the mean length in bytes from which strings are worth compressing.
const LargeMean = 1 << 10

// DatedSeconds is the age from which a date in a name counts as old.
const DatedSeconds = 180 * 86400

// dateFacts looks at the dates in names.
func (r *patternRow) dateFacts(p *ProbeFacts, samples []weighed, split *splitter, now int64) {
	if now <= 0 {
		return
	}
	var dated estimator
	for i := range samples {
		k := &samples[i]
		at := int64(0)
		for _, e := range split.split(k.Key.Name) {
			if e.cls == classDate || e.cls == classDatetime {
				at = dateOf(k.Key.Name[e.off : e.off+e.n])
				break
			}
		}
		if at != 0 {
			if p.DatedKeys++; p.DatedKeys == 1 || Time(at) < p.OldestDate {
				p.OldestDate = Time(at)
			}
		}
		dated.add(k, at != 0 && !k.Expires && now-at >= DatedSeconds*1000, k.Memory, 0, k.Resident, 0)
	}
	if p.DatedKeys > 0 {
		p.Dated = dated.estimate(r.Keys, r.Memory)
	}
}

// dateOf returns the day, or the month, that the digits of a token begin with,
// ms; 0 when they are none.
func dateOf(token []byte) int64 {
	var d [8]byte
	n := 0
	for _, c := range token {
		if c >= '0' && c <= '9' {
			if d[n] = c; n == len(d)-1 {
				n++
				break
			}
			n++
		}
	}
	day := 1
	switch {
	case n == 8:
		day = number(d[6:8])
	case n != 6:
		return 0
	}
	year, month := number(d[:4]), number(d[4:6])
	if !validDate(year, month, day) {
		return 0
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).UnixMilli()
}

// topField finds the field that is the longest of most sampled hashes.
func topField(p *ProbeFacts, samples []weighed) {
	type sums struct{ keys, length int64 }
	fields := make(map[string]sums)
	var total int64
	for i := range samples {
		k := &samples[i]
		total += k.FieldsLen
		if k.Probed {
			p.Probed++
		}
		if k.TopField != "" {
			s := fields[k.TopField]
			fields[k.TopField] = sums{s.keys + 1, s.length + k.TopFieldLen}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if s := fields[name]; s.keys*2 > p.Probed {
			p.TopField, p.TopFieldShare = name, RatioOf(s.length, total)
		}
	}
}

// entityFacts sizes the sampled entities as hashes.
func (s *Summary) entityFacts(v *view, rows []patternRow) []EntityFacts {
	if len(s.keys.Entities) == 0 {
		return nil
	}
	sizer := s.sizer()
	if sizer == nil {
		return nil
	}
	split := newSplitter(s.config.Separators, s.config.Depth)
	type place struct {
		node uint32
		sep  byte
	}
	byPlace := make(map[place][]entityWeight)
	for i := range s.keys.Entities {
		x := &s.keys.Entities[i]
		n := len(x.Entities)
		for j := range x.Entities {
			e := &x.Entities[j]
			if e.Key.Len != int64(len(e.Key.Name)) {
				continue
			}
			if path := v.path(e.Key.Name, split.split(e.Key.Name)); len(path) > 0 {
				at := place{path[len(path)-1].node, e.Sep}
				byPlace[at] = append(byPlace[at], entityWeight{e, standsFor(x.Cut, x.Entities[n-1].Key.Hash)})
			}
		}
	}
	texts := v.texts()
	var out []EntityFacts
	for at, es := range byPlace {
		f := EntityFacts{Pattern: texts[at.node].pattern + string(appendSeparator(nil, at.sep)) + "*", Types: parser.DataTypeString.String()}
		f.Match = texts[at.node].match + string(appendGlobLiteral(nil, string(rune(at.sep)))) + "*"
		for i := range rows {
			if rows[i].typ == f.Types && v.trie.isField(rows[i].node, at.node, at.sep) {
				f.Keys += rows[i].Keys
				f.Memory += rows[i].Memory
				f.Rows = append(f.Rows, i)
			}
		}
		if f.Keys > 0 {
			f.size(es, sizer)
			f.KeyspaceSaved = s.keyspaceSaved(f.Keys - f.Entities)
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b EntityFacts) int {
		return cmp.Or(cmp.Compare(b.Memory, a.Memory), cmp.Compare(a.Pattern, b.Pattern), cmp.Compare(a.Match, b.Match))
	})
	return out
}

// isField reports whether the names of a node are those of an entity's node and
// one word behind a separator.
func (t *trie) isField(id, entity uint32, sep byte) bool {
	n := &t.nodes[id]
	for n.parent != entity && n.parent != rootNode && joinsWord(n.sep, n.cls) {
		n = &t.nodes[n.parent]
	}
	return n.parent == entity && n.sep == sep && (n.cls == classLiteral || n.cls == classStar)
}

type entityWeight struct {
	*entityKey
	weight uint64
}

// size sizes the entities of one pattern as hashes.
func (f *EntityFacts) size(es []entityWeight, sizer *probe.Prober) {
	slices.SortFunc(es, func(a, b entityWeight) int { return a.compare(b.entityKey) })
	var sum estimator
	var fields []parser.Element
	var strings int64
	var x probeKey
	for _, e := range es {
		x.Memory = 0
		k := weighed{&x, e.weight}
		expires, first, mixed := false, int64(-2), false
		fields = fields[:0]
		var resident int64
		for _, s := range e.Fields {
			fields = append(fields, parser.Element{Kind: parser.KindItem, Len: s.Field, Value: s.Value, ValueInt: s.Int})
			k.Memory += s.Memory
			resident += s.Resident
			expires = expires || s.Expiry >= 0
			if hours := s.Expiry / 3600_000; first == -2 {
				first = hours
			} else if max(hours-first, first-hours) > 1 {
				mixed = true
			}
		}
		z := sizer.Collection(parser.TypeHash, e.Key.Len, expires, fields)
		sum.add(&k, true, k.Memory, z.Bytes, resident, z.Resident)
		strings += int64(len(fields))
		if z.Encoding != memory.EncodingHashtable {
			f.Packed++
		}
		if expires {
			f.Expiring++
		}
		if mixed {
			f.MixedTTL++
		}
		if e.More {
			f.Wide++
		}
	}
	f.Fields = strings
	f.Entities = mulDiv(f.Keys, int64(len(es)), max(strings, 1))
	f.Saving = sum.estimate(f.Entities, f.Memory)
	f.Saving.Exact = f.Saving.Exact && strings == f.Keys
	f.Example = exampleText(&es[0].Key)
}

// keyspaceSaved returns what the tables of the keyspaces shrink by when n keys
// without a TTL go, which are taken to be spread over the databases like all.
func (s *Summary) keyspaceSaved(n int64) (sum int64) {
	for i := range s.sources {
		x := &s.sources[i]
		p, ok := s.profile(x)
		if !ok || s.keys.Totals.Keys == 0 {
			continue
		}
		for _, t := range x.Tables {
			gone := min(mulDiv(t.Keys, n, s.keys.Totals.Keys), t.Keys)
			sum += p.KeyspaceBytes(t.Keys, t.Expires) - p.KeyspaceBytes(t.Keys-gone, min(t.Expires, t.Keys-gone))
		}
	}
	return sum
}

// profile returns the memory profile of a source.
func (s *Summary) profile(x *sourceState) (memory.Profile, bool) {
	server, err := memory.ParseServer(x.Server)
	return memory.Profile{Server: server, Allocator: s.config.Allocator, Config: s.config.Settings, Cluster: s.config.Cluster}, err == nil
}

// sizer sizes keys as the first source's server does; nil when there is none.
func (s *Summary) sizer() *probe.Prober {
	if len(s.sources) == 0 {
		return nil
	}
	p, ok := s.profile(&s.sources[0])
	if !ok {
		return nil
	}
	return probe.New(p, 0)
}

// nodeText is the pattern and the glob of a node.
type nodeText struct{ pattern, match string }

// texts returns the text of every node.
func (v *view) texts() map[uint32]nodeText {
	out := make(map[uint32]nodeText)
	v.trie.walk(func(id uint32, n *node) {
		d := int(n.depth)
		v.text.step(d, n.sep, n.cls, string(n.lit[:n.n]))
		out[id] = nodeText{string(v.text.pattern[d]), string(v.text.match[d])}
	})
	return out
}
