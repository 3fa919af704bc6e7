// Package check tells whether a dump is whole: it reads every byte, walks every
// packed blob entry by entry, holds what the dump declares against what it has,
// and looks for what no server would load.
package check

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// Input is one source, already decompressed.
type Input struct {
	Name        string
	Reader      io.Reader
	Size        int64  // bytes that Reader will give, 0 when not known
	Compression string // what Reader is decompressed from, "" for nothing
	// Again opens the source once more from its first byte, to tell keys and members
	// that are there twice from those that only look so; nil when it cannot be read again.
	Again func() (io.ReadCloser, error)
	// NewInflate returns a parser.Options.Inflate for one Reader. Without it
	// compressed runs of records (Dragonfly's) cannot be read.
	NewInflate func() func(c parser.Codec, src io.Reader) (io.Reader, error)
	// Progress, when set, is called now and then with the keys read so far.
	Progress func(keys int64)

	keyLimit, memberLimit int // of fingerprints in one reading, 0 for the default
}

// Options say how a source is read. The zero value is the strictest check.
type Options struct {
	Now        *aggregate.Time // the clock for expired keys; nil: when the dump says it was written
	NoChecksum bool            // do not compute the checksum
	Salvage    bool            // go on behind damage where the records make sense again
	// Server is the line that is to load the dump; nil: the one that wrote it.
	Server *memory.Server
}

// Run reads a source to its end. What is wrong with it is in the result; a
// context that is done is too, as the error of a read.
func Run(ctx context.Context, in Input, o Options) Source {
	s := Source{Name: in.Name, Size: in.Size, Compression: in.Compression, Now: o.Now}
	c := census{expiredIn: map[int32]int64{}, twice: newDuplicates()}
	if in.keyLimit > 0 {
		c.twice.limit = in.keyLimit
	}
	c.members, c.integrity = newMembers(c.twice.seed, 0, in.memberLimit), newIntegrity(c.twice.seed)
	hooks := func() parser.Hooks { return parser.Hooks{Members: c.members.begin, LongName: c.twice.longName} }
	r := in.open(in.Reader, parser.Options{WalkAll: true, NoChecksum: o.NoChecksum, Salvage: o.Salvage, Hooks: hooks})
	defer r.Close()
	if h, err := r.Header(); err == nil && s.Now == nil {
		s.Now = writtenAt(h)
	}
	c.now = s.Now
	err := c.read(ctx, r, in.Progress)
	r.Close() // the scanner of a check that was interrupted may be at work still
	c.members.end()
	s.fill(r.Info(), r.Offset())
	if s.Now != nil {
		s.Expired = &c.expired
		others := c.expired
		for i := range s.Databases {
			n := c.expiredIn[s.Databases[i].DB]
			others -= n
			if s.Databases[i].DB == parser.OtherDatabases { // the last
				n = others
			}
			s.Databases[i].Expired = &n
		}
	}
	if s.Magic != "" {
		in.lookAgain(ctx, &c, &s, o.Salvage)
	}
	s.judge(r.Info(), err, &c.integrity.defect)
	if o.Server != nil && s.Magic != "" {
		s.judgeFor(*o.Server, r.Info())
	}
	s.complete()
	return s
}

// Failed is the result of a source that could not be opened.
func Failed(name string, err error) Source {
	s := Source{Name: name, Error: err.Error(), ErrorOffset: offsetOf(err)}
	s.complete()
	return s
}

func (in *Input) open(r io.Reader, o parser.Options) *parser.Reader {
	if in.NewInflate != nil {
		o.Inflate = in.NewInflate()
	}
	return parser.NewReader(r, o)
}

// census counts the keys of a source.
type census struct {
	now       *aggregate.Time
	keys      int64
	expired   int64
	expiredIn map[int32]int64 // by database, of those with the smallest numbers: see expire
	twice     *duplicates
	members   *members
	integrity *integrity
}

// read reads to the end. It returns nil there, or what stopped it.
func (c *census) read(ctx context.Context, r *parser.Reader, progress func(keys int64)) error {
	for {
		b, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return r.Err()
		case err != nil:
			return err
		}
		if c.twice != nil {
			c.twice.add(b.Keys)
		}
		for i := range b.Keys {
			k := &b.Keys[i]
			if c.integrity != nil && k.Type != parser.TypeString {
				c.integrity.piece(b, k)
			}
			if k.Is(parser.More) {
				continue
			}
			c.keys++
			if c.now != nil && k.Is(parser.HasExpiry) && k.Expiry < int64(*c.now) {
				c.expire(k.DB)
			}
		}
		b.Release()
		if progress != nil {
			progress(c.keys)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// expire counts an expired key. The databases that parser.Info tells apart have the
// smallest numbers, so their counts are never among those that are dropped.
func (c *census) expire(db int32) {
	c.expired++
	c.expiredIn[db]++
	if len(c.expiredIn) > 2*parser.MaxDatabases {
		for _, db := range slices.Sorted(maps.Keys(c.expiredIn))[parser.MaxDatabases:] {
			delete(c.expiredIn, db)
		}
	}
}

// offsetOf is where reading a source failed: its first byte when nothing of it
// could be read.
func offsetOf(err error) *int64 {
	var offset int64
	if pe, ok := errors.AsType[*parser.Error](err); ok {
		offset = pe.Offset
	}
	return &offset
}
