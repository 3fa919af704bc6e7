package part

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/zstd"
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// filler gives every field of plain data a value of its own.
type filler struct{ n int64 }

func (f *filler) fill(t *testing.T, v reflect.Value, path, tag string) {
	t.Helper()
	f.n++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int8:
		v.SetInt(f.n%100 + 1)
	case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(f.n)
		if strings.Contains(tag, ",signed") {
			v.SetInt(f.n * (1 - 2*(f.n&1))) // both signs
		}
	case reflect.Uint8:
		v.SetUint(uint64(f.n%255 + 1))
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(f.n))
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d", f.n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(t, v.Elem(), path, tag)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			f.fill(t, v.Index(i), path, tag)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if tag := field.Tag.Get("part"); tag != "-" {
				f.fill(t, v.Field(i), path+"."+field.Name, tag)
			}
		}
	default:
		t.Fatalf("%s is a %v: a summary holds plain data only", path, v.Type())
	}
}

// partTransport writes a state and reads it, unchecked.
func partTransport(t testing.TB, s *contents) *contents {
	t.Helper()
	out := new(contents)
	unknown, err := decodeContents(bodyOf(t, s), out)
	if err != nil || len(unknown) > 0 {
		t.Fatalf("unknown %v, %v", unknown, err)
	}
	return out
}

func bodyOf(t testing.TB, s *contents) []byte {
	t.Helper()
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	if err := encodeContents(w, s); err != nil && !errors.Is(err, errNegative) {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPartEveryField: every field of a summary, whatever is added to it,
// survives being written and read.
func TestPartEveryField(t *testing.T) {
	var fields []string
	for i := range reflect.TypeFor[state.Summary]().NumField() {
		fields = append(fields, reflect.TypeFor[state.Summary]().Field(i).Name)
	}
	if diff := cmp.Diff([]string{"Config", "Sources", "Keys", "Bounds"}, fields); diff != "" {
		t.Errorf("a summary has other fields than contents:\n%s", diff)
	}
	want := new(contents)
	f := &filler{}
	f.fill(t, reflect.ValueOf(want).Elem(), "part", "")
	if f.n < 1000 {
		t.Errorf("only %d values were filled", f.n)
	}
	got := partTransport(t, want)
	if !reflect.DeepEqual(got, want) {
		t.Fatal(cmp.Diff(want, got, exportAll))
	}
	// And one at a time from nothing: what is not written would be zero.
	if !reflect.DeepEqual(partTransport(t, new(contents)), new(contents)) {
		t.Error("an empty state is not empty afterwards")
	}
}

var exportAll = cmp.Exporter(func(reflect.Type) bool { return true })

func writePart(t testing.TB, p *Part) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readPart(t testing.TB, b []byte) *Part {
	t.Helper()
	p, err := Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// readLow reads the part of a summary that was made within low bounds: those that
// a part says are the program's.
func readLow(t testing.TB, b []byte) *Part {
	t.Helper()
	p := readPart(t, b)
	p.Summary.Bounds = statetest.LowBounds()
	return p
}

// TestPartRoundTrip: a real summary is the same behind a part, its report too,
// and the part of what was read is the same bytes.
func TestPartRoundTrip(t *testing.T) {
	offset := int64(17)
	want := &Part{
		Summary: statetest.SyntheticSummary(t, 5, 3000/keytest.Stride(4), statetest.LowBounds()),
		Failed:  []data.FailedSource{{Name: "bad.rdb", Error: "no dump", Offset: offset, HasOffset: true}},
		Notes:   []data.Warning{{Code: "skipped", Text: "no dump", Source: "x", Count: 1}},
	}
	b := writePart(t, want)
	got := readLow(t, b)
	if diff := cmp.Diff(want.Summary, got.Summary, exportAll, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(statetest.ReportJSON(t, want.Summary), statetest.ReportJSON(t, got.Summary)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{want.Failed, want.Notes}, []any{got.Failed, got.Notes}); diff != "" {
		t.Error(diff)
	}
	if !bytes.Equal(writePart(t, got), b) {
		t.Error("written again it is other bytes")
	}
}

// TestPartOfDump takes the way of a real dump.
func TestPartOfDump(t *testing.T) {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", "1763600400").SelectDB(0)
	for i := range 500 {
		if i%3 == 0 {
			w.ExpireMs(int64(1763600400000 + i*1000))
		}
		w.Put(fmt.Sprintf("user:%d:\xff", i), rdbtest.String(rdbtest.Plain(strings.Repeat("secret", i%50))))
	}
	dump := w.EOF().Bytes()
	cut, err := collect.Analyze(t.Context(), data.Input{Name: "cut", Reader: bytes.NewReader(dump[:len(dump)/2])}, &data.Config{})
	if cut == nil || err == nil || !cut.Partial() {
		t.Fatalf("a cut dump: %v", err)
	}
	for _, s := range []*state.Summary{cut, statetest.Analyzed(t, "whole", &data.Config{}, dump), statetest.Analyzed(t, "none", &data.Config{}, rdbtest.Redis(11).EOF().Bytes())} {
		b := writePart(t, &Part{Summary: s})
		if got, want := statetest.ReportJSON(t, readPart(t, b).Summary), statetest.ReportJSON(t, s); got != want {
			t.Error(cmp.Diff(want, got))
		}
		if body, err := partBody(b); err != nil || bytes.Contains(body, []byte("secretsecret")) {
			t.Errorf("a value is in the part, or %v", err)
		}
	}
}

// TestPartOfEveryServer: whatever a dump is sized for, its figures make a part.
func TestPartOfEveryServer(t *testing.T) {
	for i, server := range memory.Servers() {
		if testing.Short() && i%8 != 0 {
			continue
		}
		f, err := os.Open(filepath.Join("..", "..", "..", "testdata", "demo.rdb"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := collect.Analyze(t.Context(), data.Input{Name: "demo.rdb", Reader: f}, &data.Config{Server: server.String()})
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := statetest.ReportJSON(t, readPart(t, writePart(t, &Part{Summary: s})).Summary), statetest.ReportJSON(t, s); got != want {
			t.Errorf("%s: %s", server, cmp.Diff(want, got))
		}
	}
}

// TestPartOfTwins: a damaged dump may hold a key twice, in any order.
func TestPartOfTwins(t *testing.T) {
	values := []string{strings.Repeat("y", 100), strings.Repeat("x", 100), `{"a":1}`, "12", strings.Repeat("z", 3000)}
	for i := range values {
		for j := range values {
			w := rdbtest.Redis(11).SelectDB(0)
			w.Put("twin", rdbtest.String(rdbtest.Plain(values[i])))
			w.Put("twin", rdbtest.String(rdbtest.Plain(values[j])))
			s := statetest.Analyzed(t, "twins", &data.Config{}, w.EOF().Bytes())
			if got, want := statetest.ReportJSON(t, readPart(t, writePart(t, &Part{Summary: s})).Summary), statetest.ReportJSON(t, s); got != want {
				t.Errorf("%q, %q: %s", values[i], values[j], cmp.Diff(want, got))
			}
		}
	}
}

// reframe puts a body into a part with a right checksum.
func reframe(t testing.TB, body []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	b := z.EncodeAll(body, fileHead(data.Tool{Name: "rdblens", Version: "test"}))
	return binary.LittleEndian.AppendUint64(b, crc64.Checksum(b, crcTable))
}

// TestPartRefuses: nothing that is not a whole part of this program is read.
func TestPartRefuses(t *testing.T) {
	s := statetest.SyntheticSummary(t, 6, 300, statetest.LowBounds())
	whole := writePart(t, &Part{Summary: s})
	read := func(b []byte) error {
		_, err := Read(bytes.NewReader(b))
		return err
	}
	for n := 0; n < len(whole); n += keytest.Stride(31) {
		if err := read(whole[:n]); !errors.Is(err, ErrDamaged) && (n >= len(magic) || !errors.Is(err, ErrNotPart)) {
			t.Fatalf("cut to %d of %d bytes: %v", n, len(whole), err)
		}
	}
	for i := 0; i < len(whole); i += keytest.Stride(31) {
		b := bytes.Clone(whole)
		b[i] ^= 1 << (i % 8)
		if read(b) == nil {
			t.Fatalf("byte %d of %d changed: no error", i, len(whole))
		}
	}
	if err := read(append(bytes.Clone(whole), 0)); !errors.Is(err, ErrDamaged) {
		t.Errorf("a byte more: %v", err)
	}
	newer := bytes.Clone(whole)
	newer[len(magic)] = 9
	if err := read(newer); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "format 9 of rdblens test") {
		t.Errorf("format 9: %v", err)
	}
	if err := read([]byte("REDIS0011")); !errors.Is(err, ErrNotPart) {
		t.Errorf("a dump: %v", err)
	}
	for name, change := range map[string]func(l *limits){
		"sample_size": func(l *limits) { l.SampleSize++ },
		"wide_limits": func(l *limits) { l.WideLimits[1]++ },
		"encodings":   func(l *limits) { l.Encodings[3] = "rope" },
		"key_hash":    func(l *limits) { l.KeyHash[0]++ },
	} {
		other := contents{Limits: currentLimits(), Config: s.Config, Sources: s.Sources, Keys: s.Keys}
		change(&other.Limits)
		if err := read(reframe(t, bodyOf(t, &other))); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "("+name+")") {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if err := read(whole); err != nil {
		t.Error(err)
	}
}

// TestPartChecks: a state that no analysis makes is refused, with a right
// checksum too.
func TestPartChecks(t *testing.T) {
	s := statetest.SyntheticSummary(t, 7, 400, statetest.LowBounds())
	fresh := func() *contents { // nothing of it is shared with another
		return partTransport(t, &contents{Limits: currentLimits(), Config: s.Config, Sources: s.Sources, Keys: s.Keys})
	}
	stats := func(s *contents) *state.TypeStats { return firstStats(t, s) }
	for name, spoil := range map[string]func(s *contents){
		"nothing":             func(*contents) {},
		"a negative count":    func(s *contents) { stats(s).Payload = -1 },
		"negative rare":       func(s *contents) { stats(s).EnsureRare().Candidates[3].After = -5 },
		"too many pages":      func(s *contents) { stats(s).Sizes.Pages = append(stats(s).Sizes.Pages, [16]int64{}) },
		"octave 63":           func(s *contents) { stats(s).Sizes.Octaves ^= 1<<63 | stats(s).Sizes.Octaves&-stats(s).Sizes.Octaves },
		"min over max":        func(s *contents) { s.Keys.Cells[0].Sizes.Min = s.Keys.Cells[0].Sizes.Max + 1 },
		"keys not in buckets": func(s *contents) { stats(s).Keys++ },
		"totals":              func(s *contents) { s.Keys.Totals.Memory++ },
		"cells swapped":       func(s *contents) { s.Keys.Cells[0], s.Keys.Cells[1] = s.Keys.Cells[1], s.Keys.Cells[0] },
		"database -2":         func(s *contents) { s.Keys.Cells[0].DB = -2 },
		"encoding":            func(s *contents) { s.Keys.Biggest[0].Encoding = memory.Encoding(memory.NumEncodings) },
		"class":               func(s *contents) { s.Keys.Patterns[1].Class = keyname.NumClasses },
		"group": func(s *contents) {
			s.Keys.Patterns[1].Class, s.Keys.Patterns[1].Literal = keyname.ClassGroup, "\x00\x00\x00\x07"
		},
		"depth":         func(s *contents) { s.Keys.Patterns[1].Depth = 2 },
		"very deep":     func(s *contents) { s.Keys.Patterns[1].Depth = 200 },
		"a second root": func(s *contents) { s.Keys.Patterns[1].Depth = 0 },
		"no root":       func(s *contents) { s.Keys.Patterns = nil },
		"literal":       func(s *contents) { s.Keys.Patterns[len(s.Keys.Patterns)-1].Literal = "\xff[31m" },
		"separator":     func(s *contents) { s.Keys.Patterns[1].Sep = 0xff },
		"coarse":        func(s *contents) { s.Keys.Coarse = state.LastCoarse + 1 },
		"bin width":     func(s *contents) { s.Keys.Timeline.Bins[0].Width = 7 },
		"bins swapped": func(s *contents) {
			b := s.Keys.Timeline.Bins
			b[0], b[1] = b[1], b[0]
		},
		"bins too narrow":  func(s *contents) { s.Keys.Timeline.Wider = 1 },
		"bins too wide":    func(s *contents) { s.Keys.Timeline.Wider = uint8(len(state.BinWidths)) },
		"sample of no bin": func(s *contents) { s.Keys.Timeline.Samples[0].Expiry += 400 * sketch.Day },
		"samples swapped": func(s *contents) {
			l := s.Keys.Timeline.Samples
			l[0], l[1] = l[1], l[0]
		},
		"top swapped":       func(s *contents) { s.Keys.Biggest[0], s.Keys.Biggest[1] = s.Keys.Biggest[1], s.Keys.Biggest[0] },
		"top slot":          func(s *contents) { s.Keys.Biggest[0].Slot = keyname.NumSlots },
		"top pattern":       func(s *contents) { s.Keys.Biggest[0].Pattern = []byte("\x1b[2J") },
		"key length":        func(s *contents) { s.Keys.Biggest[0].Key.Len = 0 },
		"slot":              func(s *contents) { s.Keys.Slots[len(s.Keys.Slots)-1].Slot = keyname.NumSlots },
		"slot -1":           func(s *contents) { s.Keys.Slots[0].Slot = -1 },
		"sample of 0 bytes": func(s *contents) { s.Keys.Sample[0].Memory = 0 },
		"server":            func(s *contents) { s.Sources[0].Server = "redis-0.1" },
		"source text":       func(s *contents) { s.Sources[0].Error = "\x1b[31m" },
		"sources swapped":   func(s *contents) { s.Sources[0], s.Sources[1] = s.Sources[1], s.Sources[0] },
		"the same source":   func(s *contents) { s.Sources[1] = s.Sources[0] },
		"clock":             func(s *contents) { s.Sources[0].Clock = -1 },
		"tables":            func(s *contents) { s.Sources[0].Tables = []state.TableState{{Keys: 1, Expires: 2}} },
		"depth of config":   func(s *contents) { s.Config.Depth = -1 },
		"filter":            func(s *contents) { s.Config.Filters.Regex = []string{"("} },
		"note":              func(s *contents) { s.Notes = []data.Warning{{Text: "\x1b"}} },
		"failed":            func(s *contents) { s.Failed = []data.FailedSource{{Name: "\x1b"}} },
		"failed at -1":      func(s *contents) { s.Failed = []data.FailedSource{{Offset: -1}} },
		"note of a source":  func(s *contents) { s.Notes = []data.Warning{{Source: "\x1b"}} },
		"tool":              func(s *contents) { s.Config.Tool.Name = "\x1b" },
		"allocator":         func(s *contents) { s.Config.Allocator = 77 },
		// What is counted by scenario is taken by its number.
		"effects without a scenario": func(s *contents) {
			stats(s).Effects = slices.Grow(stats(s).Effects, 2)[:2]
		},
		"trials without a scenario": func(s *contents) { s.Keys.Trials.Trials = make([]counters.TrialState, 1) },
		"tables without a scenario": func(s *contents) { s.Sources[0].Trials = make([]counters.TrialTables, 1) },
		"a scenario without trials": func(s *contents) { s.Config.Scenarios = []data.Scenario{{Name: "x"}} },
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh()
			spoil(s)
			_, err := Read(bytes.NewReader(reframe(t, bodyOf(t, s))))
			if name == "nothing" {
				if err != nil {
					t.Error(err)
				}
			} else if !errors.Is(err, ErrDamaged) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// firstStats are the figures of the first pattern with keys.
func firstStats(t *testing.T, s *contents) *state.TypeStats {
	t.Helper()
	for i := range s.Keys.Patterns {
		if len(s.Keys.Patterns[i].Types) > 0 {
			return &s.Keys.Patterns[i].Types[0]
		}
	}
	t.Fatal("no pattern has keys")
	return nil
}

// TestPartOfScenarios: a part holds what scenarios do, which may be less or more.
func TestPartOfScenarios(t *testing.T) {
	cfg := &data.Config{
		Scenarios: []data.Scenario{{Name: "more", Settings: []data.Setting{{Name: "hash-max-listpack-entries", Value: "1"}}}, {Name: "same"}},
		Sweeps:    []data.Sweep{{Setting: "list-max-listpack-size", Values: []int64{-1, 7}}},
	}
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").SelectDB(0)
	for i := range 40 {
		w.Put(fmt.Sprint("cart:", i), rdbtest.HashListpack(rdbtest.NewListpack("a", "1", "b", "2").Str()))
	}
	s := statetest.Analyzed(t, "dump.rdb", cfg, w.EOF().Bytes())
	if d := s.Keys.Trials.Trials[0].Delta; d <= 0 {
		t.Fatalf("the first scenario takes %d bytes more", d)
	}
	s.Keys.Trials.Trials[1].Delta = -5
	got := readPart(t, writePart(t, &Part{Summary: s})).Summary
	if diff := cmp.Diff(view.NewWhatIf(s), view.NewWhatIf(got)); diff != "" {
		t.Error(diff)
	}
}

// TestPartOfLongerLZF: compression may make the nodes of a list longer.
func TestPartOfLongerLZF(t *testing.T) {
	node := func(s string) rdbtest.Str { return rdbtest.NewZiplist(s).LZF() }
	dump := rdbtest.Redis(9).SelectDB(0).Put("list", rdbtest.Quicklist(node("a"), node("b"), node("c"))).EOF().Bytes()
	s := statetest.Analyzed(t, "dump.rdb", &data.Config{}, dump)
	if got, want := statetest.ReportJSON(t, readPart(t, writePart(t, &Part{Summary: s})).Summary), statetest.ReportJSON(t, s); got != want {
		t.Error(cmp.Diff(want, got))
	}
}

// TestPartBomb: a few bytes that declare much come to nothing.
func TestPartBomb(t *testing.T) {
	types := func(b ...byte) []byte { return b }
	for name, body := range map[string][]byte{
		"empty":          {},
		"no types":       {0},
		"type of itself": types(1, byte(wireSlice), 0),
		"empty struct":   types(1, byte(wireStruct), 0),
		"huge array":     append(types(2, byte(wireBool), byte(wireArray)), 0xff, 0xff, 0xff, 0xff, 0x0f, 0),
		"many types":     {0xff, 0xff, 0xff, 0xff, 0x0f},
		"kind 200":       types(1, 200, 1),
	} {
		if _, err := decodeContents(body, new(contents)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Every struct holds the one before twice: 2^40 values.
	laughs := []byte{41, byte(wireBool)}
	for i := range byte(40) {
		laughs = append(laughs, byte(wireStruct), 2, 1, 'a', i, 1, 'b', i)
	}
	if _, err := decodeContents(laughs, new(contents)); !errors.Is(err, ErrDamaged) {
		t.Errorf("nested structs: %v", err)
	}
	// A slice of 2^40 elements at the first place that declares a number.
	s := statetest.SyntheticSummary(t, 8, 50)
	body := bodyOf(t, &contents{Limits: currentLimits(), Config: s.Config, Sources: s.Sources, Keys: s.Keys})
	allocated := testing.AllocsPerRun(1, func() {
		for i := 0; i < len(body); i += 37 * keytest.Stride(5) {
			b := slices.Concat(body[:i], []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0x1f}, body[i:])
			_, _ = decodeContents(b, new(contents))
		}
	})
	t.Logf("%d bytes, %.0f allocations", len(body), allocated)
	zeros := reframe(t, make([]byte, 64<<20/keytest.Stride(8)))
	if _, err := Read(bytes.NewReader(zeros)); !errors.Is(err, ErrDamaged) {
		t.Errorf("%d bytes of zeros: %v", len(zeros), err)
	}
}

// TestPartTrim: a part that would be too large has fewer patterns and says so;
// no key is lost.
func TestPartTrim(t *testing.T) {
	s := statetest.SyntheticSummary(t, 10, 3000/keytest.Stride(8), statetest.LowBounds())
	s.Sources = s.Sources[:1]
	whole := writePart(t, &Part{Summary: s})
	if len(s.Keys.Timeline.Samples) == 0 {
		t.Fatal("nothing to give up")
	}
	patterns := 0 // parts that gave up some
	for goal := len(whole); goal > len(whole)/2; goal -= len(whole) * keytest.Stride(6) / 20 {
		b := partOfSize(t, s, goal)
		got := readPart(t, b).Summary
		trimmed := goal < len(whole)
		left := got.Keys.LeftOut
		if (len(b) < len(whole)) != trimmed || left.BinSamples != trimmed || left.Patterns && !left.SlotTags || got.Keys.Capped != left.Patterns || len(b) > goal && !left.Patterns {
			t.Errorf("%d bytes for %d of %d, left out %+v", len(b), goal, len(whole), left)
		}
		if left.Patterns {
			patterns++
		} else if diff := cmp.Diff(s.Keys.Patterns, got.Keys.Patterns, exportAll, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(s.Keys.Totals, got.Keys.Totals, exportAll); diff != "" {
			t.Error(diff)
		}
		if !bytes.Equal(partOfSize(t, s, goal), b) {
			t.Error("the same summary, two parts")
		}
	}
	if patterns == 0 {
		t.Error("no part gave up patterns")
	}
}

// TestPartGivesUpSamplesFirst: a dump of few patterns whose keys expire at very many
// times has them all in its part, however small it is to be, and the report of it
// says what is missing.
func TestPartGivesUpSamplesFirst(t *testing.T) {
	rnd := rand.New(rand.NewPCG(31, 32))
	var names []string
	for i := range 20_000 {
		names = append(names, fmt.Sprintf("%s:%d:%x", keytest.Letters(i%11), i, rnd.Uint64()))
	}
	keys := statetest.KeysNamed(names...)
	for i := range keys {
		keys[i].HasExpiry, keys[i].Expiry = true, statetest.TestNow+rnd.Int64N(state.MinuteSpan)
	}
	s := statetest.Snapshot(t, "sessions.rdb", statetest.TestNow, keys)
	whole := writePart(t, &Part{Summary: s})
	if got := readPart(t, whole).Summary; got.Keys.LeftOut != (state.LeftOut{}) || statetest.ReportJSON(t, got) != statetest.ReportJSON(t, s) {
		t.Errorf("the part has not all: %+v", got.Keys.LeftOut)
	}
	got := readPart(t, partOfSize(t, s, len(whole)-1)).Summary
	if got.Keys.LeftOut != (state.LeftOut{BinSamples: true}) {
		t.Errorf("left out %+v", got.Keys.LeftOut)
	}
	r := view.NewReport(got)
	if len(r.Patterns) != 11 || r.PatternsCapped {
		t.Errorf("%d patterns, capped %v", len(r.Patterns), r.PatternsCapped)
	}
	var codes []string
	for _, w := range r.Warnings {
		codes = append(codes, w.Code)
	}
	if !slices.Equal(codes, []string{"part-timeline-samples"}) {
		t.Errorf("warnings %q", codes)
	}
}

// partOfSize is the part of a summary that should not be larger than goal bytes.
func partOfSize(t testing.TB, s *state.Summary, goal int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, &Part{Summary: s}, goal); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPartTop shows other numbers of rows of what a part holds.
func TestPartTop(t *testing.T) {
	cfg := statetest.TestConfig()
	sets := statetest.Synthetic(rand.New(rand.NewPCG(9, 9)), 4000/keytest.Stride(5))
	tops := []int{1, 7, 100, state.MinTop, 1500}
	for i := 0; i < len(tops); i += keytest.Stride(2) {
		n := tops[i]
		one := cfg
		one.Top = n
		many := cfg
		many.Top = 2000
		want := &state.Summary{Config: one, Sources: statetest.TestSources()[:1], Keys: statetest.Collected(&one, statetest.TestClock(0), sets[0], statetest.LowBounds()), Bounds: statetest.LowBounds()}
		got, err := (&state.Summary{Config: many, Sources: statetest.TestSources()[:1], Keys: statetest.Collected(&many, statetest.TestClock(0), sets[0], statetest.LowBounds()), Bounds: statetest.LowBounds()}).WithTop(n)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, exportAll, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("top %d: %s", n, diff)
		}
	}
	s := &state.Summary{Config: cfg, Sources: statetest.TestSources()[:1], Keys: statetest.Collected(&cfg, statetest.TestClock(0), sets[0], statetest.LowBounds()), Bounds: statetest.LowBounds()}
	if _, err := s.WithTop(state.MinTop + 1); err == nil {
		t.Error("more rows than are kept: no error")
	}
}

// FuzzPart: no bytes make Read panic or allocate without bound, and what
// it accepts can be reported and written again.
func FuzzPart(f *testing.F) {
	for seed := range uint64(3) {
		s := statetest.SyntheticSummary(f, seed, 20+60*int(seed), statetest.LowBounds())
		f.Add(bodyOf(f, &contents{Limits: currentLimits(), Config: s.Config, Sources: s.Sources, Keys: s.Keys}))
	}
	f.Add([]byte{1, byte(wireStruct), 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 1<<20 {
			return
		}
		p, err := decode(body)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
				t.Fatalf("error %v", err)
			}
			return
		}
		view.NewReport(p.Summary)
		if p.Summary.Partial() {
			return
		}
		if err := Write(io.Discard, p); err != nil {
			t.Fatal(err)
		}
	})
}
