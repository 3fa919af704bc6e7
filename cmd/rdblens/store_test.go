package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// objects are a kind of place beside files and standard input: what lies in memory
// below mem://. What the program does with it, it does with any Store.
type objects map[string]*object

type object struct {
	content []byte
	opened  int
}

// Find knows mem://NAME, and mem://PREFIX/ for all whose names begin so.
func (m objects) Find(_ context.Context, arg string) (*source.Listing, error) {
	if o := m[arg]; o != nil {
		return &source.Listing{Entries: []source.Entry{{Name: arg, Opener: o}}, Named: true}, nil
	}
	l := &source.Listing{Directory: true}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if strings.HasSuffix(arg, "/") && strings.HasPrefix(name, arg) {
			l.Entries = append(l.Entries, source.Entry{Name: name, Opener: m[name]})
		}
	}
	if len(l.Entries) == 0 {
		return nil, errors.New("no such object")
	}
	return l, nil
}

func (o *object) Open(context.Context) (io.ReadCloser, error) {
	o.opened++
	return io.NopCloser(bytes.NewReader(o.content)), nil
}
func (o *object) Size() int64               { return int64(len(o.content)) }
func (o *object) Rereadable() bool          { return true }
func (o *object) Same(x source.Opener) bool { return source.Opener(o) == x }

// runWith runs the program with a store.
func runWith(t *testing.T, m objects, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, err bytes.Buffer
	a := newApp(strings.NewReader(""), &out, &err, func(string) string { return "" })
	a.stores = map[string]source.Store{"mem": m}
	code = a.run(t.Context(), args)
	return out.String(), err.String(), code
}

// TestAnotherKindOfSource goes the whole way with objects in memory: found,
// listed, recognised, decompressed, counted, named in the outputs.
func TestAnotherKindOfSource(t *testing.T) {
	packed, err := packed("zstd", string(smallDump()))
	if err != nil {
		t.Fatal(err)
	}
	m := objects{
		"mem://b/a.rdb":     {content: smallDump()},
		"mem://b/b.rdb.zst": {content: packed},
		"mem://b/readme":    {content: []byte("text")},
		"mem://c/cut.rdb":   {content: smallDump()[:len(smallDump())-20]},
	}
	out, msg, code := runWith(t, m, "report", "mem://b/", "-f", "json", "--progress", "always")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, msg)
	}
	var doc struct {
		Sources []struct {
			Name  string `json:"name"`
			Bytes int64  `json:"bytes"`
			Keys  int64  `json:"keys"`
		} `json:"sources"`
		Warnings []struct{ Source, Code, Text string }
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Sources) != 2 || doc.Sources[0].Name != "mem://b/a.rdb" || doc.Sources[1].Name != "mem://b/b.rdb.zst" ||
		doc.Sources[0].Keys == 0 || doc.Sources[0].Keys != doc.Sources[1].Keys || doc.Sources[1].Bytes != int64(len(smallDump())) {
		t.Errorf("sources %+v", doc.Sources)
	}
	if want := (struct{ Source, Code, Text string }{"mem://b/readme", "skipped", "not an RDB dump"}); !slices.Contains(doc.Warnings, want) {
		t.Errorf("warnings %+v, want %+v", doc.Warnings, want)
	}
	// Progress knows the size of both, and that all of it was read.
	if !strings.Contains(msg, "(100 %)") || !strings.Contains(msg, "warning: skipped mem://b/readme: not an RDB dump") {
		t.Errorf("messages: %s", msg)
	}

	for _, tt := range []struct {
		args       []string
		code       int
		out, error string // parts of them
	}{
		{[]string{"mem://b/a.rdb"}, exitOK, "mem://b/a.rdb", ""},
		{[]string{"keys", "mem://b/b.rdb.zst"}, exitOK, ",mem://b/b.rdb.zst,", ""},
		{[]string{"keys", "mem://b/a.rdb", "--source-name", "other"}, exitOK, ",other,", ""},
		{[]string{"check", "mem://b/b.rdb.zst"}, exitOK, "decompressed from zstd", ""},
		{[]string{"check", "mem://c/cut.rdb"}, exitPartial, "mem://c/cut.rdb: DAMAGED", "mem://c/cut.rdb"},
		{[]string{"show", "mem://b/a.rdb", "greeting"}, exitOK, "in dump    mem://b/a.rdb", ""},
		{[]string{"diff", "mem://b/a.rdb", "mem://b/b.rdb.zst"}, exitOK, "", ""},
		{[]string{"diff", "mem://b/a.rdb", "mem://b/"}, exitUsage, "", "mem://b/a.rdb is on both sides"},
		{[]string{"report", "mem://b/a.rdb", "mem://b/"}, exitUsage, "", "mem://b/a.rdb is given twice"},
		{[]string{"report", "mem://b/lost"}, exitFailed, "", "mem://b/lost: no such object"},
		{[]string{"report", "s3://b/a.rdb"}, exitUsage, "", "s3:// sources are not built yet"},
	} {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			out, msg, code := runWith(t, m, tt.args...)
			if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(msg, tt.error) {
				t.Errorf("exit code %d, want %d\n%s%s", code, tt.code, out, msg)
			}
		})
	}
}

// TestAnotherKindIsReadAgain: what names a key that is there twice reads the
// source once more.
func TestAnotherKindIsReadAgain(t *testing.T) {
	value := rdbtest.String(rdbtest.Plain("v"))
	m := objects{"mem://twice": {content: head(11).SelectDB(0).Put("k", value).Put("k", value).EOF().Bytes()}}
	out, msg, code := runWith(t, m, "check", "mem://twice", "-f", "json")
	if code != exitPartial || !strings.Contains(out, "again at offset") || m["mem://twice"].opened != 2 {
		t.Errorf("exit code %d, opened %d times\n%s%s", code, m["mem://twice"].opened, out, msg)
	}
}
