package inspect

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"slices"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// Options say what a search looks at, and which server the memory is that of.
type Options struct {
	DB         *int32 // only this database, and no further than the last key; nil: all
	Server     string // aggregate.ServerAuto: what each dump says; or a line's name
	Allocator  memory.Allocator
	Settings   memory.Config
	Cluster    bool
	NoChecksum bool
	// Previewer returns what shows the value of one key; nil: values are not shown.
	Previewer func() Previewer
}

// Previewer shows the beginning of a value while its key passes by.
type Previewer interface {
	// Add takes a piece of the key, whose memory is not kept.
	Add(b *parser.Batch, k *parser.Key, es []parser.Element)
	// Preview is the value, of whose key k is the last piece.
	Preview(k *parser.Key, dialect parser.Dialect) Preview
}

// What a Previewer is given of a key, bytes.
const (
	MaxContents = 64 << 10 // contents of a string, a document, or what is neither a collection
	MaxRecord   = 4 << 20  // its record as stored
)

// Input is one source, already decompressed.
type Input struct {
	Name   string
	Reader io.Reader
	// Inflate is parser.Options.Inflate.
	Inflate func(c parser.Codec, src io.Reader) (io.Reader, error)
	// Progress, when set, is called now and then with the keys read so far.
	Progress func(keys int64)
}

// Search looks for keys by name, in one dump after another.
type Search struct {
	o     Options
	names map[string][]int // key names to arguments that may mean them
	long  []string         // the names that are longer than parser.MaxName

	wanted   []Outcome // by argument
	found    []*Key
	order    map[*Key]int // the argument that a key was found for
	warnings []aggregate.Warning
}

// Outcome is what became of the search for one name.
type Outcome struct {
	Found     int     // keys of that name
	Damaged   bool    // reading one of them failed, or what is inside it
	Elsewhere []int32 // databases that have one and were not asked for, in order
}

// NewSearch returns a search for keys. A name may be escaped as parser.Escape
// does: then it means both, the key that is called so and the one that is shown
// so.
func NewSearch(names []string, o Options) *Search {
	s := &Search{o: o, names: map[string][]int{}, wanted: make([]Outcome, len(names)), order: map[*Key]int{}}
	for i, name := range names {
		s.names[name] = append(s.names[name], i)
		if name == `""` { // text has it so
			s.names[""] = append(s.names[""], i)
		}
		if plain, ok := keyname.Unescape(name); ok && plain != name {
			s.names[plain] = append(s.names[plain], i)
		}
	}
	for name := range s.names {
		if len(name) > parser.MaxName {
			s.long = append(s.long, name)
		}
	}
	return s
}

// Outcomes returns what became of each name.
func (s *Search) Outcomes() []Outcome { return s.wanted }

// Warnings returns what is doubtful about the model of a dump.
func (s *Search) Warnings() []aggregate.Warning { return s.warnings }

// Keys returns the keys in the order of the names that were asked for.
func (s *Search) Keys() []*Key {
	keys := slices.Clone(s.found)
	slices.SortStableFunc(keys, func(a, b *Key) int {
		return cmp.Or(cmp.Compare(s.order[a], s.order[b]), cmp.Compare(a.Row.Source, b.Row.Source), cmp.Compare(a.Row.DB, b.Row.DB), cmp.Compare(a.Offset, b.Offset))
	})
	return keys
}

// Read searches one dump. dump is false when the source is none; the error is
// what stopped the search short of the end.
func (s *Search) Read(ctx context.Context, in Input) (dump bool, err error) {
	var under wantedKey
	r := parser.NewReader(in.Reader, s.parserOptions(&in, &under))
	defer r.Close()
	h, err := r.Header()
	if h == nil {
		return false, err
	}
	model, profile, doubt, err := s.o.model(h)
	if err != nil {
		return true, err
	}
	if doubt != "" {
		s.warnings = append(s.warnings, aggregate.Warning{Source: in.Name, Code: "model", Text: doubt, Count: 1})
	}
	m := measurement{search: s, source: in.Name, model: model, meter: memory.NewMeter(profile, true), dialect: h.Dialect}
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			s.markDamaged(err, &under)
			return true, err
		}
		for i := range b.Keys {
			m.key(b, &b.Keys[i])
		}
		b.Release()
		if in.Progress != nil {
			in.Progress(m.read)
		}
		if s.o.DB != nil && !slices.ContainsFunc(s.wanted, func(o Outcome) bool { return o.Found == 0 }) {
			return true, nil
		}
		if ctx.Err() != nil {
			return true, context.Cause(ctx)
		}
	}
}

// wantedKey is which names mean the key that a scanner has under way: what an error says
// of a key's name is cut off. It is the scanner's until that has ended.
type wantedKey struct{ meant []int }

func (s *Search) parserOptions(in *Input, under *wantedKey) parser.Options {
	match := func(k *parser.Key) bool { return s.inDB(k.DB) && len(s.meant(k)) > 0 }
	hooks := parser.Hooks{Walk: match}
	if len(s.long) > 0 {
		hooks.LongName = s.compareLong
	}
	hooks.Key = func(k *parser.Key) int {
		under.meant = nil
		if !match(k) {
			return 0
		}
		under.meant = s.meant(k)
		if s.o.Previewer == nil {
			return 0
		}
		switch k.Type.DataType() {
		case parser.DataTypeList, parser.DataTypeSet, parser.DataTypeZset, parser.DataTypeHash:
			// The largest element may be the last. Batches are handed over before they
			// hold much.
			return math.MaxInt
		}
		return MaxContents
	}
	if s.o.Previewer != nil {
		hooks.Record = func(k *parser.Key) int64 {
			if match(k) {
				return MaxRecord
			}
			return 0
		}
	}
	return parser.Options{Inflate: in.Inflate, NoChecksum: s.o.NoChecksum, Hooks: func() parser.Hooks { return hooks }}
}

// meant returns the names that mean a key.
func (s *Search) meant(k *parser.Key) []int {
	if k.Is(parser.NameTruncated) {
		if k.Named == 0 {
			return nil
		}
		return s.names[s.long[k.Named-1]]
	}
	return s.names[string(k.Name)]
}

// compareLong is parser.Hooks.LongName: it leaves in Named which of the long names that
// are wanted a key has, counted from 1; 0 stands for none.
func (s *Search) compareLong(k *parser.Key) func(piece []byte, last bool) {
	var equal []int // of s.long, so far
	for i, name := range s.long {
		if int64(len(name)) == k.NameLen {
			equal = append(equal, i)
		}
	}
	if len(equal) == 0 {
		return nil
	}
	at := 0
	return func(piece []byte, last bool) {
		equal = slices.DeleteFunc(equal, func(i int) bool { return s.long[i][at:at+len(piece)] != string(piece) })
		if at += len(piece); last && len(equal) > 0 {
			k.Named = uint32(equal[0] + 1)
		}
	}
}

func (s *Search) inDB(db int32) bool { return s.o.DB == nil || db == *s.o.DB }

// markDamaged takes note when reading failed inside a key that is wanted.
func (s *Search) markDamaged(err error, under *wantedKey) {
	var pe *parser.Error
	if !errors.As(err, &pe) || !pe.HasKey {
		return
	}
	for _, i := range under.meant {
		s.wanted[i].Damaged = true
	}
}

// seenElsewhere takes note of a key in a database that was not asked for.
func (s *Search) seenElsewhere(meant []int, db int32) {
	for _, i := range meant {
		o := &s.wanted[i]
		if at, there := slices.BinarySearch(o.Elsewhere, db); !there {
			o.Elsewhere = slices.Insert(o.Elsewhere, at, db)
		}
	}
}

// model chooses the server for one dump; doubt is not empty when the choice is
// doubtful.
func (o *Options) model(h *parser.Header) (m aggregate.Model, p memory.Profile, doubt string, err error) {
	p = memory.Profile{Allocator: o.Allocator, Config: o.Settings, Cluster: o.Cluster}
	m = aggregate.Model{Allocator: o.Allocator.String(), Config: o.Settings.Changed()}
	if o.Server == aggregate.ServerAuto {
		found := memory.Detect(h)
		p.Server, p.StandIn, m.Reason, doubt = found.Server, found.StandsInFor != "", found.Reason, found.Warning
		m.Inexact = found.Inexact(p.Server)
	} else if p.Server, err = memory.ParseServer(o.Server); err != nil {
		return m, p, "", err
	} else {
		m.Inexact = p.Server.Unmeasured()
	}
	m.Server = p.Server.String()
	return m, p, doubt, nil
}

// measurement is the search in one dump under way.
type measurement struct {
	search  *Search
	source  string
	model   aggregate.Model
	dialect parser.Dialect
	meter   memory.Meter
	read    int64     // whole keys
	preview Previewer // of the key under way, nil if values are not shown
}

// key takes the next piece of a key.
func (m *measurement) key(b *parser.Batch, k *parser.Key) {
	s := m.search
	if !k.Is(parser.More) {
		m.read++
	}
	meant := s.meant(k)
	if len(meant) == 0 {
		return
	}
	if !s.inDB(k.DB) {
		s.seenElsewhere(meant, k.DB)
		return
	}
	if !k.Is(parser.Continued) {
		m.meter.Begin(k)
		if s.o.Previewer != nil {
			m.preview = s.o.Previewer()
		}
	}
	es := b.Elements(k)
	m.meter.Elements(b, k, es)
	if m.preview != nil {
		m.preview.Add(b, k, es)
	}
	if k.Is(parser.More) {
		return
	}
	size := m.meter.End(k)
	key := &Key{
		Row: row(k, size, m.source), Offset: k.Offset, RDBType: k.Type.String(), Model: m.model,
		Terms: slices.Clone(m.meter.Terms()), Waste: size.Waste,
	}
	key.Preview = Preview{Items: []Item{}, Of: k.Count}
	if m.preview != nil {
		key.Preview = m.preview.Preview(k, m.dialect)
	}
	s.found = append(s.found, key)
	s.order[key] = meant[0]
	for _, i := range meant {
		s.wanted[i].Found++
		s.wanted[i].Damaged = s.wanted[i].Damaged || k.Is(parser.Damaged)
	}
}

// row is the row of a key that was read whole.
func row(k *parser.Key, size memory.Size, source string) aggregate.Row {
	r := aggregate.Row{
		DB: k.DB, DataType: k.Type.DataType(), TypeName: k.Type.DataType().String(), Key: bytes.Clone(k.Name), KeyLen: k.NameLen,
		Size: size, Elements: k.Count, LongestElement: size.Longest, HasExpiry: k.Is(parser.HasExpiry), Expiry: k.Expiry,
		IdleSeconds: -1, Freq: -1, Slot: keyname.SlotOfName(k.Name, !k.Is(parser.NameTruncated)), Pattern: aggregate.PatternOf(k.Name), RDBBytes: k.Size, Source: source,
	}
	if k.Module != nil {
		r.TypeName = k.Module.Name
	}
	if k.Is(parser.HasIdle) {
		r.IdleSeconds = k.Idle
	}
	if k.Is(parser.HasFreq) {
		r.Freq = int32(k.Freq)
	}
	return r
}
