package part

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

const goldenAdvice = `A part that users may have is not read as it was. Is it meant to be?
  The report of the same figures changed (a new field, another order):
    go test ./aggregate/internal/part -run TestGoldenPart -update
  Parts of this format cannot be read any more: raise formatVersion, so that their
    readers are told why, and run the same; the golden part of the new format is
    made where there is none yet, and that of the old one is held to be refused.
  A limit changed, by which such parts are refused and say so: remove the golden
    part and run the same.`

// TestGoldenPart: a part that was committed once goes on giving the report it was
// made with, and what is read of it is written as it was. Parts of other formats
// are refused with the reason.
func TestGoldenPart(t *testing.T) {
	name := fmt.Sprintf("format-%d", formatVersion)
	file := filepath.Join("testdata", name+".rdbpart")
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && *update {
		b = writePart(t, madeOnce(t))
		err = os.WriteFile(file, b, 0o644)
		golden(t, name+".json", shownOf(t, madeOnce(t)), "")
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 300_000 {
		t.Errorf("%d bytes are many for a repository", len(b))
	}
	p, err := Read(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%v\n%s", err, goldenAdvice)
	}
	golden(t, name+".json", shownOf(t, p), goldenAdvice)

	body, err := partBody(b)
	if err != nil {
		t.Fatal(err)
	}
	c := new(contents)
	if _, err := decodeContents(body, c); err != nil {
		t.Fatal(err)
	}
	again := bodyOf(t, c)
	if bytes.Equal(typesOf(t, again), typesOf(t, body)) {
		if !bytes.Equal(again, body) {
			t.Errorf("what was read of the golden part is written as other bytes\n%s", goldenAdvice)
		}
	} else { // a field is new: the golden part goes on showing that one without it is read
		c2 := new(contents)
		if _, err := decodeContents(again, c2); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, c2, cmp.Exporter(func(reflect.Type) bool { return true }), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("what was read of the golden part is something else once it is written (-read +written):\n%s\n%s", diff, goldenAdvice)
		}
	}

	others, err := filepath.Glob(filepath.Join("testdata", "format-*.rdbpart"))
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range others {
		if other == file {
			continue
		}
		b, err := os.ReadFile(other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Read(bytes.NewReader(b)); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "make it again from the dump") {
			t.Errorf("%s: %v", other, err)
		}
	}
}

// typesOf is what the body of a part says of its own fields.
func typesOf(t *testing.T, body []byte) []byte {
	t.Helper()
	d := &decoder{in: body, left: maxState, most: counters.MaxSum}
	d.types()
	if d.err != nil {
		t.Fatal(d.err)
	}
	return body[:len(body)-len(d.in)]
}

// shownOf is all that is shown of a part.
func shownOf(t *testing.T, p *Part) string {
	t.Helper()
	b, err := json.MarshalIndent([]any{view.NewWhatIf(p.Summary), p.Failed, p.Notes, p.Tool, p.Unknown}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return statetest.ReportJSON(t, p.Summary) + "\n" + string(b) + "\n"
}

// madeOnce is what the golden part was made of: two sources, one cut off, with
// something in nearly every field.
func madeOnce(t *testing.T) *Part {
	t.Helper()
	now := data.Time(1_763_700_000_000)
	cfg := &data.Config{
		Tool: data.Tool{Name: "rdblens", Version: "golden"}, Now: &now, Groups: []data.Group{{Name: "jobs", Glob: "job:*"}},
		Scenarios: []data.Scenario{{Name: "small", Server: "valkey-9.0", Settings: []data.Setting{{Name: "hash-max-listpack-entries", Value: "2"}}}},
		Sweeps:    []data.Sweep{{Setting: "list-max-listpack-size", Values: []int64{-1, 3}}},
	}
	rnd := rand.New(rand.NewPCG(3, 3))
	var parts []*Part
	for i, n := range []int{150, 60} {
		dump := goldenDump(rnd, n, int64(now))
		if i == 1 {
			dump = dump[:len(dump)-30]
		}
		s, err := collect.Analyze(t.Context(), data.Input{Name: fmt.Sprintf("dump%d.rdb", i), Reader: bytes.NewReader(dump)}, cfg)
		if s == nil || (err != nil) != (i == 1) {
			t.Fatal(err)
		}
		parts = append(parts, &Part{Summary: s})
	}
	parts[0].Failed = []data.FailedSource{{Name: "none.rdb", Error: "no dump", Offset: 3, HasOffset: true}}
	parts[1].Notes = []data.Warning{{Source: "x", Code: "skipped", Text: "a part, not a dump", Count: 2}}
	p, err := Merge(parts...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// goldenDump holds n keys of each kind.
func goldenDump(rnd *rand.Rand, n int, now int64) []byte {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", "1763600400").Aux("used-mem", "20000000").SelectDB(0)
	text := func(s string) rdbtest.Value { return rdbtest.String(rdbtest.Plain(s)) }
	for i := range n {
		id := rnd.IntN(1e9)
		if i%3 == 0 {
			w.ExpireMs(now + rnd.Int64N(1e9) - 1e8)
		}
		w.Put(fmt.Sprintf("session:%08x-0000-4000-8000-%012x", id, i), text(fmt.Sprintf(`{"user": %d, "updated_at": %d}`, id, 1_760_000_000+i*100)))
		w.Put(fmt.Sprintf("page:%d", id), text(strings.Repeat(fmt.Sprint("words of page ", i%5), 40)))
		w.Put(fmt.Sprintf("user:%d:name", id), text("n"))
		w.Put(fmt.Sprintf("user:%d:last_login", id), text(fmt.Sprint(id)))
		w.Put(fmt.Sprintf("{cart:%d}:items", i%7+id%3*10), rdbtest.HashListpack(rdbtest.NewListpack("color", "red", "size", strings.Repeat("x", i%70), "changed", "1760000000").Str()))
		w.Put(fmt.Sprintf("job:%d", i), rdbtest.Set(rdbtest.Strs("1", "2", fmt.Sprint(id))...))
		w.Put(fmt.Sprintf("list:\xff%d", i), rdbtest.Quicklist(rdbtest.NewZiplist("a", "b").Str(), rdbtest.NewZiplist(strings.Repeat("c", 99)).LZF(), rdbtest.NewZiplist("d").Str()))
	}
	w.Idle(86400*9).Put("idle:1", text("x"))
	w.Freq(7).Put("freq:1", text("y"))
	w.Put("large", text(string(bytes.Repeat([]byte{0, 1, 2, 3, 4, 5, 6}, 180_000))))
	return w.EOF().Bytes()
}
