package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/parser"
)

// hooked is an Options.Hooks for hooks without state.
func hooked(h parser.Hooks) func() parser.Hooks {
	return func() parser.Hooks { return h }
}

// record is a key in canonical text: two readings of a dump are equal when
// their records are.
type record struct {
	Head     string   // everything that does not depend on how the dump is read
	Elements []string // its elements, pieces joined
	kinds    []parser.Kind
	key      parser.Key // without what points into a batch
}

// reading is the outcome of reading a dump.
type reading struct {
	Keys    []record
	Partial string // name of a key that was begun and never ended
	Err     error
	Info    parser.Info
}

// headFlags are the flags that say something about the dump and not about the
// way it is read.
const headFlags = parser.HasExpiry | parser.HasIdle | parser.HasFreq | parser.NameTruncated | parser.Compressed

func headText(k *parser.Key) string {
	var b strings.Builder
	fmt.Fprintf(&b, "@%d+%d db%d %v(%d) %q/%d/%x/%x", k.Offset, k.Size, k.DB, k.Type, k.Code, k.Name, k.NameLen, k.NameHash, k.Tag)
	fmt.Fprintf(&b, " flags=%b expiry=%d idle=%d freq=%d metas=%d", k.Flags&headFlags, k.Expiry, k.Idle, k.Freq, k.Metas)
	fmt.Fprintf(&b, " len=%d stored=%d count=%d int=%d/%d", k.Len, k.Stored, k.Count, k.Int, k.IntClass)
	if m := k.Module; m != nil {
		fmt.Fprintf(&b, " module=%q/%d", m.Name, m.Version)
		if m.Vector != nil {
			fmt.Fprintf(&b, "%+v", *m.Vector)
		}
	}
	if k.Stream != nil {
		fmt.Fprintf(&b, " stream=%+v", *k.Stream)
	}
	return b.String()
}

func elementText(b *parser.Batch, e *parser.Element) string {
	s := fmt.Sprintf("kind=%d len=%d/%d value=%d/%d aux=%d flags=%b", e.Kind, e.Len, e.Int, e.Value, e.ValueInt, e.Aux, e.Flags)
	if p := b.Bytes(e); p != nil {
		s += fmt.Sprintf(" %q", p)
	}
	if p := b.ValueBytes(e); p != nil {
		s += fmt.Sprintf("=%q", p)
	}
	return s
}

// joiner puts the pieces of keys together and checks the law of pieces: a
// piece with More ends its batch, the next batch begins with the same key
// flagged Continued, and header facts are repeated.
type joiner struct {
	t    testing.TB
	out  reading
	open *record
	end  int64 // of the last whole key
}

func (j *joiner) add(b *parser.Batch) {
	j.t.Helper()
	if len(b.Keys) == 0 {
		j.t.Error("a batch without keys")
	}
	for i := range b.Keys {
		k := &b.Keys[i]
		switch {
		case k.Is(parser.Continued) != (j.open != nil):
			j.t.Errorf("key %q: Continued is %v after a piece with More: %v", k.Name, k.Is(parser.Continued), j.open != nil)
			j.open = nil
		case k.Is(parser.Continued) && i != 0:
			j.t.Errorf("key %q: continued inside a batch", k.Name)
		case k.Is(parser.More) && i != len(b.Keys)-1:
			j.t.Errorf("key %q: a piece with More is followed by a key in its batch", k.Name)
		}
		if j.open == nil {
			j.open = &record{}
			if k.Offset < j.end {
				j.t.Errorf("key %q at %d begins before the end %d of the last one", k.Name, k.Offset, j.end)
			}
		} else {
			before, now := &j.open.key, *k
			if string(before.Name) != string(now.Name) || before.Offset != now.Offset || before.DB != now.DB || before.Type != now.Type ||
				before.Expiry != now.Expiry || before.NameLen != now.NameLen || before.NameHash != now.NameHash || before.Idle != now.Idle ||
				before.Freq != now.Freq || before.Metas != now.Metas || before.Code != now.Code {
				j.t.Errorf("key %q: a continued piece differs:\n%s\n%s", k.Name, headText(before), headText(k))
			}
		}
		r := j.open
		elements := b.Elements(k)
		for e := range elements {
			r.Elements = append(r.Elements, elementText(b, &elements[e]))
			r.kinds = append(r.kinds, elements[e].Kind)
		}
		r.key = *k
		r.key.Name = bytes.Clone(k.Name)
		r.key.Value, r.key.Raw = bytes.Clone(k.Value), bytes.Clone(k.Raw)
		if k.Stream != nil {
			st := *k.Stream
			r.key.Stream = &st
		}
		if k.Is(parser.More) {
			continue
		}
		r.Head = headText(k)
		j.end = k.Offset + k.Size
		if k.Size <= 0 {
			j.t.Errorf("key %q has %d bytes", k.Name, k.Size)
		}
		j.out.Keys = append(j.out.Keys, *r)
		j.open = nil
	}
}

// finish takes the outcome from r.
func (j *joiner) finish(r *parser.Reader, err error) *reading {
	j.t.Helper()
	if j.open != nil {
		j.out.Partial = string(j.open.key.Name)
	}
	if _, again := r.Next(); again != err {
		j.t.Errorf("Next is not sticky: %v, then %v", err, again)
	}
	if err == io.EOF {
		err = nil
		if j.open != nil {
			j.t.Errorf("key %q was never ended", j.out.Partial)
		}
	}
	if got := r.Err(); got != err {
		j.t.Errorf("Err is %v, Next returned %v", got, err)
	}
	if err != nil {
		var pe *parser.Error
		if !errors.As(err, &pe) {
			j.t.Errorf("the error is a %T: %v", err, err)
		}
	}
	j.out.Err = err
	j.out.Info = *r.Info()
	if got := int64(len(j.out.Keys)); got != j.out.Info.Keys {
		j.t.Errorf("Info counts %d keys, %d were delivered", j.out.Info.Keys, got)
	}
	return &j.out
}

// readAll reads a source to its end.
func readAll(t testing.TB, src io.Reader, opts parser.Options) *reading {
	t.Helper()
	r := parser.NewReader(src, opts)
	j := &joiner{t: t}
	for {
		b, err := r.Next()
		if err != nil {
			return j.finish(r, err)
		}
		j.add(b)
		b.Release()
	}
}

func readBytes(t testing.TB, dump []byte, opts parser.Options) *reading {
	t.Helper()
	return readAll(t, bytes.NewReader(dump), opts)
}

// readPipe reads a dump through an operating system pipe.
func readPipe(t testing.TB, dump []byte, opts parser.Options) *reading {
	t.Helper()
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = out.Write(dump) // fails when the reader gives up early
		_ = out.Close()
	}()
	got := readAll(t, in, opts)
	_ = in.Close()
	<-done
	return got
}

// compare reports how two readings of the same dump differ.
func compare(t testing.TB, what string, want, got *reading) {
	t.Helper()
	if fmt.Sprint(want.Err) != fmt.Sprint(got.Err) {
		t.Errorf("%s: error %v, want %v", what, got.Err, want.Err)
	}
	if want.Partial != got.Partial {
		t.Errorf("%s: unfinished key %q, want %q", what, got.Partial, want.Partial)
	}
	compareKeys(t, what, want.Keys, got.Keys)
	if d := cmp.Diff(want.Info, got.Info); d != "" {
		t.Errorf("%s: info (-want +got)\n%s", what, d)
	}
}

func compareKeys(t testing.TB, what string, want, got []record) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%s: %d keys, want %d", what, len(got), len(want))
	}
	for i := range min(len(want), len(got)) {
		w, g := &want[i], &got[i]
		if w.Head != g.Head {
			t.Errorf("%s: key %d\ngot  %s\nwant %s", what, i, g.Head, w.Head)
			return
		}
		if len(w.Elements) != len(g.Elements) {
			t.Errorf("%s: key %d %q: %d elements, want %d", what, i, w.key.Name, len(g.Elements), len(w.Elements))
			return
		}
		for e := range w.Elements {
			if w.Elements[e] != g.Elements[e] {
				t.Errorf("%s: key %d %q element %d\ngot  %s\nwant %s", what, i, w.key.Name, e, g.Elements[e], w.Elements[e])
				return
			}
		}
	}
}

// warned reports whether a reading has a warning of the kind.
func (r *reading) warned(code parser.WarningCode) bool {
	for _, w := range r.Info.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

// damaged returns the offset of the first damage inside a value, -1 without one, and
// how many keys lie in front of it.
func (r *reading) damaged() (offset int64, keys int) {
	for _, w := range r.Info.Warnings {
		if w.Code == parser.WarnDamaged {
			for keys < len(r.Keys) && r.Keys[keys].key.Offset+r.Keys[keys].key.Size < w.Offset {
				keys++
			}
			return w.Offset, keys
		}
	}
	return -1, 0
}

// errorOffset returns the offset of a reading's error, -1 without one.
func (r *reading) errorOffset() int64 {
	var pe *parser.Error
	if errors.As(r.Err, &pe) {
		return pe.Offset
	}
	return -1
}
