// Package check tells whether a dump is whole: it reads every byte, walks every
// packed blob entry by entry, holds what the dump declares against what it has,
// and looks for what no server would load.
package check

import (
	"context"
	"errors"
	"io"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser"
)

// Input is one source, already decompressed.
type Input struct {
	Name        string
	Reader      io.Reader
	Size        int64  // bytes that Reader will give, 0 when not known
	Compression string // what Reader is decompressed from, "" for nothing
	// Again opens the source once more from its first byte, for the name of a key
	// that is there twice; nil when it cannot be read again.
	Again func() (io.ReadCloser, error)
	// NewInflate returns a parser.Options.Inflate for one Reader. Without it
	// compressed runs of records (Dragonfly's) cannot be read.
	NewInflate func() func(c parser.Codec, src io.Reader) (io.Reader, error)
	// Progress, when set, is called now and then with the keys read so far.
	Progress func(keys int64)
}

// Options say how a source is read. The zero value is the strictest check.
type Options struct {
	Now        *aggregate.Time // the clock for expired keys; nil: when the dump says it was written
	NoChecksum bool            // do not compute the checksum
	Salvage    bool            // go on behind damage where the records make sense again
}

// Run reads a source to its end. What is wrong with it is in the result; a
// context that is done is too, as the error of a read.
func Run(ctx context.Context, in Input, o Options) Source {
	s := Source{Name: in.Name, Size: in.Size, Compression: in.Compression, Now: o.Now}
	r := in.open(in.Reader, parser.Options{WalkAll: true, NoChecksum: o.NoChecksum, Salvage: o.Salvage})
	defer r.Close()
	if h, err := r.Header(); err == nil && s.Now == nil {
		s.Now = writtenAt(h)
	}
	c := census{now: s.Now, expiredIn: map[int32]int64{}, twice: newDuplicates()}
	err := c.read(ctx, r, in.Progress)
	r.Close() // the scanner of a check that was interrupted may be at work still
	s.fill(r.Info(), r.Offset())
	if s.Now != nil {
		s.Expired = &c.expired
		for i := range s.Databases {
			n := c.expiredIn[s.Databases[i].DB]
			s.Databases[i].Expired = &n
		}
	}
	if s.Magic != "" {
		s.Duplicates = c.twice.result()
		if s.Duplicates.Possible > 0 && in.Again != nil {
			s.Duplicates.First = in.firstTwice(c.twice, s.Duplicates.some)
		}
	}
	s.judge(r.Info(), err)
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

// firstTwice reads the source once more.
func (in *Input) firstTwice(d *duplicates, some map[uint64]bool) *Repeated {
	again, err := in.Again()
	if err != nil {
		return nil
	}
	defer again.Close()
	r := in.open(again, parser.Options{})
	defer r.Close()
	return d.first(r, some)
}

// census counts the keys of a source.
type census struct {
	now       *aggregate.Time
	expired   int64
	expiredIn map[int32]int64 // by database
	twice     *duplicates
}

// read reads to the end. It returns nil there, or what stopped it.
func (c *census) read(ctx context.Context, r *parser.Reader, progress func(keys int64)) error {
	var keys int64
	for {
		b, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return r.Err()
		case err != nil:
			return err
		}
		c.twice.add(b.Keys)
		for i := range b.Keys {
			k := &b.Keys[i]
			if k.Is(parser.More) {
				continue
			}
			keys++
			if c.now != nil && k.Is(parser.HasExpiry) && k.Expiry < int64(*c.now) {
				c.expired++
				c.expiredIn[k.DB]++
			}
		}
		b.Release()
		if progress != nil {
			progress(keys)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
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
