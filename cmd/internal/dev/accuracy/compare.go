package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/memory/truth"
	"github.com/rdblens/rdblens/parser"
)

// group is what became of the keys of one type and encoding, as the server
// names them.
type group struct {
	keys      int
	exact     int
	off       int64 // sum of the differences, each without its sign, bytes
	model     int64 // bytes
	server    int64
	encodings int  // predicted as the server says
	unnamed   bool // encodings were not compared
	bounded   int  // keys whose size is an expectation with a bound
	within    int  // those of them that are off by no more than it
}

func (g *group) add(o *group) {
	g.keys += o.keys
	g.exact += o.exact
	g.off += o.off
	g.model += o.model
	g.server += o.server
	g.encodings += o.encodings
	g.unnamed = g.unnamed || o.unnamed
	g.bounded += o.bounded
	g.within += o.within
}

// result is the comparison of one server.
type result struct {
	file      *truth.File
	groups    map[string]*group // by "type encoding"
	all       group
	claimed   int   // keys the model calls exact
	wrong     int   // those of them that are not
	predicted int64 // used_memory, bytes
}

// compare sizes every key of a dump under the profile of f.
func compare(f *truth.File, dump []byte) (*result, error) {
	p, err := f.Profile()
	if err != nil {
		return nil, err
	}
	said, err := f.Truth()
	if err != nil {
		return nil, err
	}
	r := &result{file: f, groups: map[string]*group{}}
	keys, expires := map[int32]int64{}, map[int32]int64{}
	info, err := size(dump, p, func(k *parser.Key, s *memory.Size) {
		want, ok := said[truth.ID{DB: int(k.DB), Name: string(k.Name)}]
		if !ok {
			return // expired before the server loaded it
		}
		keys[k.DB]++
		if k.Is(parser.HasExpiry) {
			expires[k.DB]++
		}
		r.predicted += s.Resident
		g := r.groups[want.Type+" "+want.Encoding]
		if g == nil {
			g = &group{}
			r.groups[want.Type+" "+want.Encoding] = g
		}
		one := outcome(s, want)
		g.add(&one)
		r.all.add(&one)
		if s.Exact {
			r.claimed++
			r.wrong += 1 - one.exact
		}
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	if r.all.keys != len(said) || r.all.keys != f.Keys || r.all.server != f.Sum {
		return nil, fmt.Errorf("%s: %d keys of %d bytes compared, the server had %d of %d", f.Name, r.all.keys, r.all.server, f.Keys, f.Sum)
	}
	r.predicted += p.BaselineBytes()
	for _, d := range info.Databases {
		r.predicted += p.LoadedKeyspaceBytes(keys[d.DB], expires[d.DB], d.DeclaredKeys, d.DeclaredExpires)
	}
	return r, nil
}

// outcome is the group of a single key.
func outcome(s *memory.Size, want truth.Key) group {
	one := group{keys: 1, model: s.Bytes, server: want.Usage}
	one.off = max(s.Bytes-want.Usage, want.Usage-s.Bytes)
	if one.off == 0 {
		one.exact = 1
	}
	if !s.Exact {
		one.bounded = 1
		if one.off <= s.Error {
			one.within = 1
		}
	}
	encoding := s.Encoding.String()
	if s.Encoding == memory.EncodingModule {
		encoding = "raw" // what OBJECT ENCODING prints for every module type
	}
	if encoding == want.Encoding {
		one.encodings = 1
	}
	return one
}

// size reads a dump and calls sized for each key.
func size(dump []byte, p memory.Profile, sized func(*parser.Key, *memory.Size)) (*parser.Info, error) {
	m := memory.NewMeter(p, false)
	r := parser.NewReader(bytes.NewReader(dump), parser.Options{Hooks: func() parser.Hooks { return parser.Hooks{Walk: m.NeedsWalk} }})
	defer r.Close()
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Info(), nil
		}
		if err != nil {
			return nil, err
		}
		for i := range b.Keys {
			k := &b.Keys[i]
			if !k.Is(parser.Continued) {
				m.Begin(k)
			}
			m.Elements(b, k, b.Elements(k))
			if !k.Is(parser.More) {
				s := m.End(k)
				sized(k, &s)
			}
		}
		b.Release()
	}
}
