package source

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bucket is a third kind of place: objects in memory, by their names.
type bucket map[string]string

// Find knows mem://NAME, and mem://PREFIX/ for all below.
func (b bucket) Find(_ context.Context, arg string) (*Listing, error) {
	name := strings.TrimPrefix(arg, "mem://")
	if strings.ContainsAny(name, "*") {
		return nil, &UsageError{Msg: arg + ": a bucket knows no patterns"}
	}
	if !strings.HasSuffix(name, "/") {
		text, ok := b[name]
		switch {
		case !ok:
			return nil, errors.New("no such object")
		case text == "forbidden":
			return &Listing{Entries: []Entry{{Name: arg, Err: errors.New(text)}}, Named: true}, nil
		}
		return &Listing{Entries: []Entry{{Name: arg, Opener: &object{name, text}}}, Named: true}, nil
	}
	l := &Listing{Directory: true}
	for n, text := range b {
		switch {
		case path.Dir(n)+"/" != name:
		case text == "forbidden":
			l.Entries = append(l.Entries, Entry{Name: "mem://" + n, Err: errors.New(text)})
		default:
			l.Entries = append(l.Entries, Entry{Name: "mem://" + n, Opener: &object{n, text}})
		}
	}
	slices.SortFunc(l.Entries, func(x, y Entry) int { return strings.Compare(x.Name, y.Name) })
	return l, nil
}

type object struct{ name, text string }

func (o *object) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(o.text)), nil
}
func (o *object) Size() int64      { return int64(len(o.text)) }
func (o *object) Rereadable() bool { return true }
func (o *object) Same(x Opener) bool {
	other, ok := x.(*object)
	return ok && o.name == other.name
}

// TestStore: what holds for files holds for another kind of place.
func TestStore(t *testing.T) {
	t.Chdir(tree(t, map[string]string{"a.rdb": dump}))
	b := bucket{
		"x/a.rdb": dump, "x/b.gz": string(gzipped(dump)), "x/.hidden": dump, "x/note": "text", "x/empty": "", "x/\x1b[31m": dump, "x/secret": "forbidden", strings.Repeat("long", 100): dump,
		"aof/a.manifest": "file a.base.rdb seq 1 type b\nfile a.incr.aof seq 1 type i\n", "aof/a.base.rdb": dump, "aof/a.incr.aof": "*1\r\n", "aof/b.rdb": dump,
		"gone/a.manifest": "file a.base.rdb seq 1 type b\n",
	}
	for _, tt := range []struct {
		name string
		args []string
		want outcome
	}{
		{"named", []string{"mem://x/note"}, outcome{Sources: []string{"mem://x/note"}}},
		{"beside a file", []string{"a.rdb", "mem://x/a.rdb", "-"}, outcome{Sources: []string{"a.rdb", "mem://x/a.rdb", "stdin"}}},
		{"missing", []string{"mem://x/lost"}, outcome{Failed: []string{"mem://x/lost: no such object"}}},
		{"forbidden", []string{"mem://x/secret"}, outcome{Failed: []string{"mem://x/secret: forbidden"}}},
		{"longer than names of files", []string{"mem://" + strings.Repeat("long", 100)}, outcome{Sources: []string{"mem://" + strings.Repeat("long", 100)}}},
		{"twice", []string{"mem://x/a.rdb", "mem://x/a.rdb"}, outcome{Usage: "mem://x/a.rdb is given twice"}},
		{"through a listing", []string{"mem://x/a.rdb", "mem://x/"}, outcome{Usage: "mem://x/a.rdb is given twice"}},
		{"cannot be meant", []string{"mem://x/*"}, outcome{Usage: "mem://x/*: a bucket knows no patterns"}},
		{"another scheme", []string{"s3://x/a.rdb"}, outcome{Usage: "s3:// sources are not built yet"}},
		{"listing", []string{"mem://x/"}, outcome{
			Sources: []string{`mem://x/\x1b[31m`, "mem://x/a.rdb", "mem://x/b.gz", "mem://x/empty"},
			Skipped: []string{"mem://x/.hidden: hidden file", "mem://x/note: not an RDB dump"}, Failed: []string{"mem://x/secret: forbidden"}}},
		{"multi-part AOF", []string{"mem://aof/"}, outcome{
			Sources: []string{"mem://aof/a.base.rdb"}, Skipped: []string{"mem://aof/b.rdb: not a part of the AOF that a.manifest describes"},
			Warnings: []string{"mem://aof/: 4 bytes of commands after the base of this AOF are not analysed"}}},
		{"AOF whose base is gone", []string{"mem://gone/"}, outcome{Failed: []string{"mem://gone/a.base.rdb: no such file or directory"}}},
		{"nothing there", []string{"mem://y/"}, outcome{Failed: []string{"mem://y/: no file in this directory is a dump"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := Resolver{Stdin: strings.NewReader(dump), Stores: map[string]Store{"mem": b}}.Resolve(t.Context(), tt.args)
			if diff := cmp.Diff(tt.want, inWords(t, set, err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFileNamedLikeAURL: what exists is meant.
func TestFileNamedLikeAURL(t *testing.T) {
	t.Chdir(tree(t, map[string]string{"mem:/a.rdb": dump}))
	set, err := Resolver{Stores: map[string]Store{"mem": bucket{"a.rdb": dump}}}.Resolve(t.Context(), []string{"mem://a.rdb"})
	if o := inWords(t, set, err); len(o.Sources) != 1 || o.Sources[0] != "mem://a.rdb" {
		t.Fatalf("%+v", o)
	}
	if _, ok := set.Sources[0].opener.(*file); !ok {
		t.Errorf("read by %T, want the file", set.Sources[0].opener)
	}
}

func TestStoreStream(t *testing.T) {
	b := bucket{"a": string(gzipped(dump)), "b": dump}
	set, err := Resolver{Stores: map[string]Store{"mem": b}}.Resolve(t.Context(), []string{"mem://a", "mem://b"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		compression string
		size        int64
	}{{"gzip", 0}, {"", int64(len(dump))}} {
		s := set.Sources[i]
		if s.Total() != int64(len(b[string("ab"[i])])) || !s.Rereadable() {
			t.Errorf("%s: %d bytes, rereadable %v", s.Name, s.Total(), s.Rereadable())
		}
		for range 2 {
			st, err := s.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(st)
			if string(got) != dump || err != nil || st.Compression != want.compression || st.Size != want.size {
				t.Errorf("%s: %q, %v, compression %q, size %d; want %+v", s.Name, got, err, st.Compression, st.Size, want)
			}
			st.Close()
		}
	}
}
