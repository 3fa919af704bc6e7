package view

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// changedAges are the ages that are told apart, seconds.
var changedAges = [...]int64{7 * 86400, 30 * 86400, 90 * 86400, 365 * 86400}

// weighed is a sampled key with the number of keys it stands for, in units of
// sketch.WeightUnit.
type weighed struct {
	*state.ProbeKey
	weight uint64
}

// samplesByRow returns the sampled keys of each row.
func samplesByRow(v *naming.View, strata []state.ProbeStratum, cfg *data.Config) map[naming.RowKey][]weighed {
	split := keyname.NewSplitter(cfg.Separators, cfg.Depth)
	out := make(map[naming.RowKey][]weighed)
	for i := range strata {
		s := &strata[i]
		n := len(s.Keys)
		if n == 0 {
			continue
		}
		weight := sketch.StandsFor(s.Cut, s.Keys[n-1].Key.Hash)
		for j := range s.Keys {
			k := &s.Keys[j]
			if node := v.NodeOf(k.Key.Name, k.Key.Len, split, cfg.Groups); node != 0 {
				at := naming.RowKey{Node: node, Type: k.Type}
				out[at] = append(out[at], weighed{k, weight})
			}
		}
	}
	return out
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
func (e *estimator) estimate(keys, memory int64) (r data.Estimate) {
	r.Sampled = e.n
	allKeys := e.total(func(g *weightSums) int64 { return g.keys })
	allMemory := e.total(func(g *weightSums) int64 { return g.memory })
	if e.n == 0 || allMemory.Sign() <= 0 {
		return r
	}
	r.Exact = e.n >= keys
	scale := func(of func(*weightSums) int64, whole int64, by *big.Int) (sum int64) {
		if r.Exact { // whatever they stand for, all keys are there
			for i := range e.groups {
				sum += of(&e.groups[i])
			}
			return sum
		}
		return scaled(e.total(of), whole, by)
	}
	r.Keys = scale(func(g *weightSums) int64 { return g.in }, keys, allKeys)
	for i, to := range [...]*int64{&r.Before, &r.After, &r.BeforeResident, &r.AfterResident} {
		*to = scale(func(g *weightSums) int64 { return g.sums[i] }, memory, allMemory)
	}
	if !r.Exact {
		r.Bound = e.bound(keys)
	}
	return r
}

// scaled returns sum * whole / by, which changes sum.
func scaled(sum *big.Int, whole int64, by *big.Int) int64 {
	sum.Mul(sum, big.NewInt(whole))
	sum.Div(sum, by)
	return capped(sum)
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
func digits(n int64) (counts [keyname.MaxDigits]int64) {
	low := int64(1)
	for d := range counts {
		high := low*10 - 1
		if d == keyname.MaxDigits-1 {
			high = n
		}
		counts[d] = max(0, min(high, n)-low+1)
		low *= 10
	}
	return counts
}

// probeFacts computes what the samples of a row say.
func probeFacts(r *naming.Row, samples []weighed, split *keyname.Splitter, names *naming.Renaming, now int64) *data.ProbeFacts {
	p := &data.ProbeFacts{Sampled: int64(len(samples))}
	nameFacts(r, p, samples, split, names)
	stringFacts(r, p, samples)
	changeFacts(r, p, samples, now)
	dateFacts(r, p, samples, split, now)
	if r.Type == parser.DataTypeHash.String() {
		topField(p, samples)
		singleFacts(r, p, samples)
	}
	return p
}

func nameFacts(r *naming.Row, p *data.ProbeFacts, samples []weighed, split *keyname.Splitter, names *naming.Renaming) {
	var short, numbered, encoded, ttl estimator
	of := digits(r.Keys)
	var sum, sumResident, t big.Int
	for i := range samples {
		k := &samples[i]
		edges := split.Split(k.Key.Name)
		shorter := names.Short != "" && (k.Short < k.Memory || k.ShortResident < k.Resident) && k.Key.Len-keyname.ShortLength(k.Key.Name, edges) == names.Saves
		short.add(k, shorter, k.Memory, k.Short, k.Resident, k.ShortResident)
		ttl.add(k, !k.Expires, k.Memory, k.Memory+k.TTL, k.Resident, k.Resident+k.TTLResident)
		if names.Numbered == "" || len(k.Numbered) != 2*keyname.MaxDigits || !naming.Numberable(k.Key.Name, edges) {
			numbered.add(k, false, 0, 0, 0, 0)
			encoded.add(k, false, 0, 0, 0, 0)
			continue
		}
		encoded.add(k, names.Encoded != "" && k.Encoded > 0, k.Memory, k.Encoded, k.Resident, k.EncodedResident)
		// The key may get any of the numbers: the mean over them, in 256ths.
		sum.SetInt64(0)
		sumResident.SetInt64(0)
		for d, n := range of {
			if n > 0 {
				sum.Add(&sum, t.Mul(t.SetInt64(n), big.NewInt(k.Numbered[d])))
				sumResident.Add(&sumResident, t.Mul(t.SetInt64(n), big.NewInt(k.Numbered[keyname.MaxDigits+d])))
			}
		}
		mean := func(s *big.Int) int64 { return t.Div(t.Lsh(s, 8), big.NewInt(max(1, r.Keys))).Int64() }
		numbered.add(k, true, k.Memory<<8, mean(&sum), k.Resident<<8, mean(&sumResident))
	}
	p.Encoded = encoded.estimate(r.Keys, r.Memory)
	if p.Encoded.Keys > 0 {
		p.EncodedName = names.Encoded
	}
	p.Short, p.Numbered, p.TTL = short.estimate(r.Keys, r.Memory), numbered.estimate(r.Keys, r.Memory), ttl.estimate(r.Keys, r.Memory)
	for _, v := range [...]*int64{&p.Numbered.Before, &p.Numbered.After, &p.Numbered.BeforeResident, &p.Numbered.AfterResident, &p.Numbered.Bound} {
		*v >>= 8
	}
	if p.Short.Keys > 0 {
		p.ShortName = names.Short
	}
	if p.Numbered.Keys > 0 {
		p.NumberedName = names.Numbered
	}
}

func stringFacts(r *naming.Row, p *data.ProbeFacts, samples []weighed) {
	var hash, zlib, zstd, sparse estimator
	var formats [probe.NumFormats]int64
	var value sketch.Digest // of the first one looked at
	p.SameValue = true
	for i := range samples {
		k := &samples[i]
		if !k.Probed || k.DataType != parser.DataTypeString && k.DataType != parser.DataTypeModule {
			continue
		}
		x := &k.Value
		if p.Probed++; p.Probed == 1 {
			value = x.Hash
		}
		p.SameValue = p.SameValue && x.Hash == value && value != (sketch.Digest{})
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
		if x.Looked > 0 {
			p.Bitmaps++
			p.BitmapBytes += x.Looked
			p.BitmapZeros += x.Zeros
		}
		sparse.add(k, x.Offsets > 0 && x.Offsets < k.Memory, k.Memory, x.Offsets, k.Resident, x.OffsetsAlloc)
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
	p.SameValue = p.SameValue && p.Probed > 1
	p.Hash, p.Zlib, p.Zstd = hash.estimate(r.Keys, r.Memory), zlib.estimate(r.Keys, r.Memory), zstd.estimate(r.Keys, r.Memory)
	p.Sparse = sparse.estimate(r.Keys, r.Memory)
	if p.ZlibIn < p.Tried*data.LargeMean {
		p.Zlib, p.Zstd = data.Estimate{}, data.Estimate{}
	}
	for f, n := range formats {
		if x := probe.Format(f); n > 0 {
			p.Formats = append(p.Formats, data.FormatCount{Format: x.String(), Keys: n, Serialized: x.Serialized(), Compressed: x.Compressed()})
		}
	}
	slices.SortStableFunc(p.Formats, func(a, b data.FormatCount) int { return cmp.Compare(b.Keys, a.Keys) })
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

func changeFacts(r *naming.Row, p *data.ProbeFacts, samples []weighed, now int64) {
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
		p.Changed = append(p.Changed, data.AgeCount{Seconds: changedAges[j], Estimate: ages[j].estimate(r.Keys, r.Memory)})
	}
	common := slices.SortedFunc(maps.Keys(names), func(a, b uint64) int { return cmp.Or(cmp.Compare(names[b], names[a]), cmp.Compare(a, b)) })
	p.ChangedField = usualFields[common[0]]
}

// dateFacts looks at the dates in names.
func dateFacts(r *naming.Row, p *data.ProbeFacts, samples []weighed, split *keyname.Splitter, now int64) {
	if now <= 0 {
		return
	}
	var dated estimator
	for i := range samples {
		k := &samples[i]
		at := int64(0)
		for _, e := range split.Split(k.Key.Name) {
			if e.Cls == keyname.ClassDate || e.Cls == keyname.ClassDatetime {
				at = dateOf(k.Key.Name[e.Off : e.Off+e.N])
				break
			}
		}
		if at != 0 {
			if p.DatedKeys++; p.DatedKeys == 1 || data.Time(at) < p.OldestDate {
				p.OldestDate = data.Time(at)
			}
		}
		dated.add(k, at != 0 && !k.Expires && now-at >= data.DatedSeconds*1000, k.Memory, 0, k.Resident, 0)
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
		day = keyname.Number(d[6:8])
	case n != 6:
		return 0
	}
	year, month := keyname.Number(d[:4]), keyname.Number(d[4:6])
	if !keyname.ValidDate(year, month, day) {
		return 0
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).UnixMilli()
}

// topField finds the field that is the longest of most sampled hashes.
func topField(p *data.ProbeFacts, samples []weighed) {
	type sums struct{ keys, length, largest int64 }
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
			fields[k.TopField] = sums{s.keys + 1, s.length + k.TopFieldLen, max(s.largest, k.TopFieldLen)}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if s := fields[name]; s.keys*2 > p.Probed {
			p.TopField, p.TopFieldShare, p.TopFieldLen = name, data.RatioOf(s.length, total), s.largest
		}
	}
}

// singleFacts sizes hashes of one field as strings.
func singleFacts(r *naming.Row, p *data.ProbeFacts, samples []weighed) {
	var single estimator
	for i := range samples {
		if k := &samples[i]; k.Probed {
			single.add(k, k.Single > 0, k.Memory, k.Single, k.Resident, k.SingleResident)
		}
	}
	p.Single = single.estimate(r.Keys, r.Memory)
}

// entityFacts sizes the sampled entities as hashes.
func entityFacts(s *state.Summary, v *naming.View, rows []naming.Row) []data.EntityFacts {
	if len(s.Keys.Entities) == 0 {
		return nil
	}
	sizer := sizer(s)
	if sizer == nil {
		return nil
	}
	split := keyname.NewSplitter(s.Config.Separators, s.Config.Depth)
	type place struct {
		node uint32
		sep  byte
	}
	byPlace := make(map[place][]entityWeight)
	for i := range s.Keys.Entities {
		x := &s.Keys.Entities[i]
		n := len(x.Entities)
		for j := range x.Entities {
			e := &x.Entities[j]
			if e.Key.Len != int64(len(e.Key.Name)) {
				continue
			}
			if node := v.End(e.Key.Name, split.Split(e.Key.Name)); node != 0 {
				at := place{node, e.Sep}
				byPlace[at] = append(byPlace[at], entityWeight{e, sketch.StandsFor(x.Cut, x.Entities[n-1].Key.Hash)})
			}
		}
	}
	texts := v.Texts()
	var out []data.EntityFacts
	for at, es := range byPlace {
		f := data.EntityFacts{Pattern: texts[at.node].Pattern + string(keyname.AppendSeparator(nil, at.sep)) + "*", Types: parser.DataTypeString.String()}
		f.Match = texts[at.node].Match + string(keyname.AppendGlobLiteral(nil, string(rune(at.sep)))) + "*"
		for i := range rows {
			if rows[i].Type == f.Types && v.IsField(rows[i].Node, at.node, at.sep) {
				f.Keys += rows[i].Keys
				f.Memory += rows[i].Memory
				f.Rows = append(f.Rows, i)
			}
		}
		if f.Keys > 0 {
			size(&f, es, sizer)
			f.KeyspaceSaved = keyspaceSaved(s, f.Keys-f.Entities)
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b data.EntityFacts) int {
		return cmp.Or(cmp.Compare(b.Memory, a.Memory), cmp.Compare(a.Pattern, b.Pattern), cmp.Compare(a.Match, b.Match))
	})
	return out
}

type entityWeight struct {
	*state.EntityKey
	weight uint64
}

// size sizes the entities of one pattern as hashes.
func size(f *data.EntityFacts, es []entityWeight, sizer *probe.Prober) {
	slices.SortFunc(es, func(a, b entityWeight) int { return a.Compare(b.EntityKey) })
	var sum estimator
	var fields []parser.Element
	var strings int64
	var x state.ProbeKey
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
	f.Entities = sketch.MulDiv(f.Keys, int64(len(es)), max(strings, 1))
	f.Saving = sum.estimate(f.Entities, f.Memory)
	f.Saving.Exact = f.Saving.Exact && strings == f.Keys
	f.Example = ExampleText(&es[0].Key)
}

// keyspaceSaved returns what the tables of the keyspaces shrink by when n keys
// without a TTL go, which are taken to be spread over the databases like all.
func keyspaceSaved(s *state.Summary, n int64) (sum int64) {
	for i := range s.Sources {
		x := &s.Sources[i]
		p, ok := profile(s, x)
		if !ok || s.Keys.Totals.Keys == 0 {
			continue
		}
		for _, t := range x.Tables {
			gone := min(sketch.MulDiv(t.Keys, n, s.Keys.Totals.Keys), t.Keys)
			sum += p.KeyspaceBytes(t.Keys, t.Expires) - p.KeyspaceBytes(t.Keys-gone, min(t.Expires, t.Keys-gone))
		}
	}
	return sum
}

// profile returns the memory profile of a source.
func profile(s *state.Summary, x *state.SourceState) (memory.Profile, bool) {
	server, err := memory.ParseServer(x.Server)
	return memory.Profile{Server: server, Allocator: s.Config.Allocator, Config: s.Config.Settings, Cluster: s.Config.Cluster}, err == nil
}

// sizer sizes keys as the first source's server does; nil when there is none.
func sizer(s *state.Summary) *probe.Prober {
	if len(s.Sources) == 0 {
		return nil
	}
	p, ok := profile(s, &s.Sources[0])
	if !ok {
		return nil
	}
	return probe.New(p, 0)
}
